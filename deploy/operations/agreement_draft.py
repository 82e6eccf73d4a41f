"""A draft of an agreement: the terms of another one, for another recipient, to be reviewed.

Its words for participants are left open. Without them no agreement is taken, so a draft that
nobody reviewed is refused wherever it is put.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from textwrap import wrap
from typing import Final

import yaml

from consent_ledger.agreements.agreement import Agreement, AgreementError, check_readers
from consent_ledger.consent.new_terms import body_of
from schemas.identifiers import AgreementId

_OF_ANOTHER: Final = {"organisation", "although", "valid_until", "ended", "plain"}
"""What says something of the template's own recipient, or only of its own time."""
_OF_PSEUDONYMS: Final = {"pseudonym", "release_every"}
_OF_ITS_LAW: Final = {"article_10"}
"""An authority in law is its recipient's: left open, it is refused until somebody names one."""


def draft_agreement(
    template_id: str, agreements: Collection[Agreement], recipient: str, name: str, now: datetime
) -> tuple[Agreement, str]:
    """Return an agreement on a template's terms, and the file in which it is reviewed.

    Raises AgreementError where there is no such template, or its recipient would read a
    pseudonymous tray beside a named one.
    """
    known = {agreement.id: agreement for agreement in agreements}
    if template_id not in known:
        raise AgreementError(
            f"There is no agreement {template_id} to make a draft from.",
            f"There are: {', '.join(known)}.",
        )
    template = known[AgreementId(template_id)]
    draft = template.model_copy(
        update={
            "id": AgreementId(f"{recipient}.{template.purpose}"),
            "version": 1,
            "recipient_name": name,
            "organisation": None,
            "although": {},
            "valid_from": datetime(now.year, now.month, now.day, tzinfo=UTC),
            "valid_until": None,
            "ended": False,
        }
    )
    check_readers([*agreements, draft])
    return draft, _file_of(draft, template)


def _file_of(draft: Agreement, template: Agreement) -> str:
    left_out = _OF_ANOTHER if draft.pseudonymous else _OF_ANOTHER | _OF_PSEUDONYMS
    body = {name: value for name, value in body_of(draft).items() if name not in left_out}
    if not draft.fields:
        del body["fields"]
    body["categories"] = {
        category: {
            name: None if name in _OF_ITS_LAW else said
            for name, said in terms.items()
            if said is not None
        }
        for category, terms in body["categories"].items()
    }
    advice = (
        f"A draft, on the terms of {template.id}. Nothing is shared by it. Review every line: is"
        " each category needed, and is its basis theirs, too? Then write `plain`: what it is for,"
        f" in words for a participant. Of {template.id} they are:"
    )
    return (
        "".join(f"# {line}\n" for text in (advice, template.plain) for line in wrap(text, 96))
        + yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100)
        + "plain:\n"
    )
