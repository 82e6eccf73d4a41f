"""What was offered of a form, and what each answer that comes back is.

An answer is reused only where it equals what was offered: that somebody says so counts for
nothing. What was offered is kept as a digest under a key that never leaves the hub, without the
person, until it comes back or a week has gone.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_urlsafe
from typing import Final

from pydantic import JsonValue
from sqlalchemy import Connection, delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from consumers.passport.form import FilledForm
from consumers.passport.forms.known_forms import form_of
from consumers.prefill.tables import entry_count, offer
from schemas.derivation import derived_token
from schemas.errors import BusError
from schemas.identifiers import OrganisationId

OFFER_DAYS: Final = 7
"""An answer that comes later is to an offer that is no more."""
_OFFER_BYTES: Final = 24


class OfferError(BusError):
    """An offer that was never made to this organisation, was answered, or has run out."""


class UnaskedError(BusError):
    """An answer to a question that the form does not ask."""


class EnteredAs(StrEnum):
    """What an answer that came back is."""

    REUSED = "reused"
    """It was offered, and came back equal."""
    CHANGED = "changed"
    """It was offered, and something else came back: a new answer."""
    ASKED = "asked"
    """It was not offered: a new answer, too."""


class Offers:
    """The offers that are made to one organisation, in one transaction."""

    def __init__(self, connection: Connection, secret: bytes, organisation: OrganisationId) -> None:
        self._connection = connection
        self._secret = secret
        self._organisation = organisation

    def make(self, filled: FilledForm, at: datetime) -> str:
        """Keep what is offered of a form, and return the offer's id.

        Offers that have run out are deleted on the way.
        """
        offer_id = token_urlsafe(_OFFER_BYTES)
        digests = {
            known.question.id: self._digest(offer_id, known.question.id, known.answer.value)
            for known in filled.reused
        }
        self._connection.execute(delete(offer).where(offer.c.made_at < _oldest(at)))
        self._connection.execute(
            insert(offer).values(
                offer_id=offer_id,
                organisation=self._organisation,
                form=filled.form_id,
                made_at=at,
                digests=digests,
            )
        )
        return offer_id

    def take_answers(
        self, offer_id: str, answers: Mapping[str, JsonValue], at: datetime
    ) -> dict[str, EnteredAs]:
        """Return what each answer to an offer is, by question, and count it; null is no answer.

        The offer is over with it. Raises OfferError, or UnaskedError; the transaction is then to be
        rolled back, and nothing is counted.
        """
        taken = self._connection.execute(
            delete(offer)
            .where(
                offer.c.offer_id == offer_id,
                offer.c.organisation == self._organisation,
                offer.c.made_at >= _oldest(at),
            )
            .returning(offer.c.form, offer.c.digests)
        ).one_or_none()
        if taken is None:
            raise OfferError(
                "There is no such offer of a form.",
                f"It was answered before, or is older than {OFFER_DAYS} days: ask for the form"
                " again.",
            )
        form = form_of(taken.form)
        if not answers.keys() <= {question.id for question in form.questions}:
            raise UnaskedError(
                "There is an answer to a question that the form does not ask.",
                "Send answers under the questions' names, as the form came.",
            )
        entered = {
            question: self._entered_as(taken.digests.get(question), offer_id, question, answer)
            for question, answer in answers.items()
            if answer is not None
        }
        self._count(form.id, entered, at)
        return entered

    def _entered_as(
        self, offered: str | None, offer_id: str, question: str, answer: JsonValue
    ) -> EnteredAs:
        if offered is None:
            return EnteredAs.ASKED
        is_equal = hmac.compare_digest(self._digest(offer_id, question, answer), offered)
        return EnteredAs.REUSED if is_equal else EnteredAs.CHANGED

    def _count(self, form_id: str, entered: Mapping[str, EnteredAs], at: datetime) -> None:
        if not entered:
            return
        rows = [
            {
                "month": at.date().replace(day=1),
                "organisation": self._organisation,
                "form": form_id,
                "question": question,
                **{kind.value: int(kind is entered_as) for kind in EnteredAs},
            }
            # in one order, so that two who count the same questions do not wait for each other
            for question, entered_as in sorted(entered.items())
        ]
        new = upsert(entry_count)
        counted = {
            kind.value: entry_count.c[kind.value] + new.excluded[kind.value] for kind in EnteredAs
        }
        keys = entry_count.primary_key.columns
        self._connection.execute(new.on_conflict_do_update(index_elements=keys, set_=counted), rows)

    def _digest(self, offer_id: str, question: str, answer: JsonValue) -> str:
        text = json.dumps(answer, sort_keys=True, ensure_ascii=False)
        return derived_token(self._secret, "offered answer", offer_id, question, text).hex()


def _oldest(at: datetime) -> datetime:
    return at - timedelta(days=OFFER_DAYS)
