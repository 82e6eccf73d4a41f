"""A participant's say: consent given, narrowed and withdrawn; notice given; objection made."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Generic, NamedTuple

from consent_ledger.agreements import Agreement
from consent_ledger.clock import Clock
from consent_ledger.decisions import NO_STANDING, Standing
from consent_ledger.entries import Kind, moment, salted_digests
from consent_ledger.ledger import Handle, Ledger, NewEntry, Subject
from consent_ledger.register import active
from consent_ledger.terms import Terms
from schemas.categories import (
    NOTHING,
    Category,
    Mask,
    categories_of,
    mask_of,
)
from schemas.errors import BusError

_GATES = Category.PARTICIPATION.bit | Category.SENSITIVE_PARTICIPATION.bit


class _Case(NamedTuple):
    """What a change is about, and how it was before."""

    who: Subject
    salt: bytes
    terms: Terms
    agreement: Agreement
    before: Standing


class ConsentError(BusError):
    """A change of permission that cannot be entered as asked. Nothing was changed."""


class Consent(Generic[Handle]):
    """Enters changes of permission in the ledger, in the caller's transaction, known by a handle.

    Each method returns the sequence number of the entry. Each raises RegisterError where the
    passport number is unknown or erased, and ConsentError where the agreement is unknown.
    """

    def __init__(self, ledger: Ledger[Handle], clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def grant(
        self,
        handle: Handle,
        participant_id: str,
        agreement_id: str,
        categories: Collection[Category] | None = None,
        *,
        until: datetime | None = None,
        excluded: Iterable[str] | None = None,
    ) -> int:
        """Open categories, all that the agreement asks consent for by default, until a moment.

        What was granted before stays granted, and so do its end and the providers left out
        (`excluded`, whose knowledge the consent does not reach): naming one category more never
        opens anything else. A new `until` or `excluded` holds for the whole grant. Of a grant that
        has run out nothing stays.

        Raises:
            ConsentError: the agreement asks no consent, or none for a category, no gate would be
                open, a provider is unknown, or the moment has passed.

        """
        case = self._find(handle, participant_id, agreement_id)
        asked = case.agreement.consent_mask if categories is None else mask_of(categories)
        if asked & ~case.agreement.consent_mask:
            extra = ", ".join(categories_of(Mask(asked & ~case.agreement.consent_mask)))
            raise ConsentError(
                f"{agreement_id} does not ask consent for: {extra}.",
                "It asks consent for: "
                + ", ".join(categories_of(case.agreement.consent_mask))
                + ".",
            )
        now = self._clock()
        has_run_out = case.before.until is not None and case.before.until <= now
        held = NOTHING if has_run_out else case.before.granted
        granted = Mask(held & case.agreement.consent_mask | asked)
        if granted == NOTHING:
            raise ConsentError(
                f"There is nothing to consent to in {agreement_id}.",
                "Name a category that it asks consent for; what it shares on another basis can be"
                " objected to.",
            )
        others = case.agreement.public_task_mask | case.agreement.legal_obligation_mask
        if not (granted | others) & _GATES:
            raise ConsentError(
                "Without participation nothing is delivered: every record shows that a service"
                " is used.",
                "Grant participation too, or nothing.",
            )
        if until is not None and until <= now:
            raise ConsentError("The moment until which consent is given has passed already.")
        kept = NO_STANDING if has_run_out else case.before
        left_out = kept.excluded if excluded is None else frozenset(excluded)
        unknown = left_out - case.terms.providers
        if unknown:
            raise ConsentError(f"There is no provider {', '.join(sorted(unknown))}.")
        after = case.before._replace(granted=granted, until=until or kept.until, excluded=left_out)
        kind = Kind.RENEWED if granted == held else Kind.GIVEN
        return self._enter(handle, case, after, kind)

    def withdraw(
        self,
        handle: Handle,
        participant_id: str,
        agreement_id: str,
        categories: Collection[Category] | None = None,
    ) -> int:
        """Close categories that were granted: all of them by default.

        Raises:
            ConsentError: nothing of it was granted.

        """
        case = self._find(handle, participant_id, agreement_id)
        closing = case.before.granted if categories is None else mask_of(categories)
        if not closing & case.before.granted:
            raise ConsentError(
                "There is no consent to withdraw there.",
                "`nwd consent show` lists what was granted. What is shared on another basis can be"
                " objected to.",
            )
        after = case.before.without(closing)
        kind = Kind.NARROWED if after.granted else Kind.WITHDRAWN
        return self._enter(handle, case, after, kind)

    def inform(self, handle: Handle, participant_id: str, agreement_id: str) -> int:
        """Record that the person was given the notice of an agreement that is not on consent."""
        case = self._find(handle, participant_id, agreement_id)
        after = case.before._replace(is_informed=True)
        return self._enter(handle, case, after, Kind.INFORMED)

    def object(self, handle: Handle, participant_id: str, agreement_id: str) -> int:
        """Pause what is shared on public task until the objection is reviewed.

        Raises:
            ConsentError: nothing is shared on public task there: consent is withdrawn instead, and
                a legal obligation cannot be objected to (UK GDPR Article 21).

        """
        case = self._find(handle, participant_id, agreement_id)
        if not case.agreement.public_task_mask:
            raise ConsentError(
                f"{agreement_id} shares nothing on public task.",
                "Consent can be withdrawn at any time; a legal obligation cannot be objected to.",
            )
        after = case.before._replace(has_objected=True)
        return self._enter(handle, case, after, Kind.OBJECTED)

    def end_objection(self, handle: Handle, participant_id: str, agreement_id: str) -> int:
        """Record that an objection was reviewed and did not hold, or was taken back."""
        case = self._find(handle, participant_id, agreement_id)
        if not case.before.has_objected:
            raise ConsentError("There is no objection to end there.")
        after = case.before._replace(has_objected=False)
        return self._enter(handle, case, after, Kind.OBJECTION_ENDED)

    def _find(self, handle: Handle, participant_id: str, agreement_id: str) -> _Case:
        records = self._ledger.records_of(handle)
        # Locked: a change is computed from the standing before it, and must not miss another one.
        person = active(records.participant(participant_id, lock=True))
        terms = records.terms()
        in_force = terms.agreements
        if agreement_id not in in_force:
            raise ConsentError(
                f"There is no agreement {agreement_id}.",
                "There are: " + ", ".join(sorted(in_force)) + "." if in_force else "",
            )
        agreement = in_force[agreement_id].agreement
        return _Case(*person, terms, agreement, records.standing(participant_id, agreement_id))

    def _enter(
        self,
        handle: Handle,
        case: _Case,
        after: Standing,
        kind: Kind,
    ) -> int:
        entry = standing_entry(kind, case.who, case.salt, case.agreement, after)
        (seq,) = self._ledger.record(handle, [entry])
        self._ledger.records_of(handle).set_standing(
            case.who.participant_id, case.agreement.id, after._replace(seq=seq)
        )
        return seq


def standing_entry(
    kind: Kind, who: Subject, salt: bytes, agreement: Agreement, after: Standing
) -> NewEntry:
    """Return the entry that says how a participant stands towards an agreement from now on."""
    facts = {
        "version": agreement.version,
        "granted": list(categories_of(after.granted)),
        "until": moment(after.until) if after.until else None,
        "except": salted_digests(salt, after.excluded),
        "informed": after.is_informed,
        "objected": after.has_objected,
    }
    return NewEntry(kind, who, agreement_id=agreement.id, facts=facts)
