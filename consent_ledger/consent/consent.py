"""A participant's say: consent asked for, given, refused, withdrawn; notice given; objection."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.in_force import Terms
from consent_ledger.consent.decisions import NO_STANDING, Standing
from consent_ledger.ledger.clock import Clock
from consent_ledger.ledger.entries import ABOUT_CONSENT, Kind, moment, salted_digests
from consent_ledger.ledger.ledger import Handle, Ledger, NewEntry, Subject
from consent_ledger.register.register import all_active
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
    """A number that a change is about, and how it stood before."""

    who: Subject
    salt: bytes
    before: Standing


class _Matter(NamedTuple):
    """What a change is about: an agreement, and every number of one person."""

    terms: Terms
    agreement: Agreement
    cases: Sequence[_Case]


class _Said(NamedTuple):
    """What is entered of one number."""

    case: _Case
    kind: Kind
    after: Standing
    requested: Mask | None = None


class ConsentError(BusError):
    """A change of permission that cannot be entered as asked. Nothing was changed."""


class Consent(Generic[Handle]):
    """Enters changes of permission in the ledger, in the caller's transaction, known by a handle.

    Of somebody who has several numbers a change is entered for each of them: any of the numbers
    may be given. Each method returns the sequence number of the entry, or of the first one. Each
    raises RegisterError where the passport number is unknown or erased, and ConsentError where the
    agreement is unknown.
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
        matter = self._find(handle, participant_id, agreement_id)
        asked = _asked_for(matter.agreement, categories)
        now = self._clock()
        if until is not None and until <= now:
            raise ConsentError("The moment until which consent is given has passed already.")
        left_out = None if excluded is None else frozenset(excluded)
        unknown = (left_out or frozenset()) - matter.terms.providers
        if unknown:
            raise ConsentError(f"There is no provider {', '.join(sorted(unknown))}.")
        said = [
            _grant(case, matter.agreement, asked, until=until, excluded=left_out, now=now)
            for case in matter.cases
        ]
        return self._enter(handle, matter, said)

    def request(
        self,
        handle: Handle,
        participant_id: str,
        agreement_id: str,
        categories: Collection[Category] | None = None,
        *,
        is_again: bool = False,
    ) -> int:
        """Record that somebody was asked for consent: to all that the agreement asks by default.

        It opens nothing, and changes nothing that was said. Nobody is asked twice by mistake: where
        the last answer was a no, or there is none yet, `is_again` says that it is meant.

        Raises:
            ConsentError: the agreement asks no consent, or none for a category; all of it was
                granted; or they were asked before.

        """
        matter = self._find(handle, participant_id, agreement_id)
        asked = _asked_for(matter.agreement, categories)
        now = self._clock()
        if not any(asked & ~_granted(case.before, now) for case in matter.cases):
            raise ConsentError("They have said yes to all of that already, or it asks for nothing.")
        last = self._last_word(handle, matter)
        if last in (Kind.REQUESTED, Kind.REFUSED) and not is_again:
            raise ConsentError(
                "They have said no to this."
                if last is Kind.REFUSED
                else "They were asked already, and have not answered yet.",
                "Ask again only if they want that; then say so (--again).",
            )
        said = [_Said(case, Kind.REQUESTED, case.before, asked) for case in matter.cases]
        return self._enter(handle, matter, said)

    def refuse(self, handle: Handle, participant_id: str, agreement_id: str) -> int:
        """Record that somebody said no. It opens nothing, and closes all that was granted.

        Raises:
            ConsentError: the agreement asks no consent, or they have said no already.

        """
        matter = self._find(handle, participant_id, agreement_id)
        _asked_for(matter.agreement, None)
        is_open = any(case.before.granted for case in matter.cases)
        if not is_open and self._last_word(handle, matter) is Kind.REFUSED:
            raise ConsentError("They have said no to this already, and that holds.")
        said = [
            _Said(case, Kind.REFUSED, case.before.without(case.before.granted))
            for case in matter.cases
        ]
        return self._enter(handle, matter, said)

    def expire(self, handle: Handle, participant_id: str, agreement_id: str) -> int | None:
        """Record that a grant has run out; None where none has, such as after a renewal.

        The filter closes it on time by itself: this is for the person's history alone.
        """
        matter = self._find(handle, participant_id, agreement_id)
        now = self._clock()
        said = [
            _Said(case, Kind.EXPIRED, case.before.without(case.before.granted))
            for case in matter.cases
            if case.before.granted and not _granted(case.before, now)
        ]
        return self._enter(handle, matter, said) if said else None

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
        matter = self._find(handle, participant_id, agreement_id)
        closing = None if categories is None else mask_of(categories)
        said = [
            _withdraw(case, case.before.granted if closing is None else closing)
            for case in matter.cases
            if case.before.granted and (closing is None or closing & case.before.granted)
        ]
        if not said:
            raise ConsentError(
                "There is no consent to withdraw there.",
                "`nwd consent show` lists what was granted. What is shared on another basis can be"
                " objected to.",
            )
        return self._enter(handle, matter, said)

    def inform(self, handle: Handle, participant_id: str, agreement_id: str) -> int:
        """Record that the person was given the notice of an agreement that is not on consent."""
        matter = self._find(handle, participant_id, agreement_id)
        said = [
            _Said(case, Kind.INFORMED, case.before._replace(is_informed=True))
            for case in matter.cases
        ]
        return self._enter(handle, matter, said)

    def object(self, handle: Handle, participant_id: str, agreement_id: str) -> int:
        """Pause what is shared on public task until the objection is reviewed.

        Raises:
            ConsentError: nothing is shared on public task there: consent is withdrawn instead, and
                a legal obligation cannot be objected to (UK GDPR Article 21).

        """
        matter = self._find(handle, participant_id, agreement_id)
        if not matter.agreement.public_task_mask:
            raise ConsentError(
                f"{agreement_id} shares nothing on public task.",
                "Consent can be withdrawn at any time; a legal obligation cannot be objected to.",
            )
        said = [
            _Said(case, Kind.OBJECTED, case.before._replace(has_objected=True))
            for case in matter.cases
        ]
        return self._enter(handle, matter, said)

    def end_objection(self, handle: Handle, participant_id: str, agreement_id: str) -> int:
        """Record that an objection was reviewed and did not hold, or was taken back."""
        matter = self._find(handle, participant_id, agreement_id)
        said = [
            _Said(case, Kind.OBJECTION_ENDED, case.before._replace(has_objected=False))
            for case in matter.cases
            if case.before.has_objected
        ]
        if not said:
            raise ConsentError("There is no objection to end there.")
        return self._enter(handle, matter, said)

    def _find(self, handle: Handle, participant_id: str, agreement_id: str) -> _Matter:
        records = self._ledger.records_of(handle)
        # Locked: a change is computed from the standing before it, and must not miss another one.
        people = all_active(records.numbers_of(participant_id))
        terms = records.terms()
        in_force = terms.agreements
        if agreement_id not in in_force:
            raise ConsentError(
                f"There is no agreement {agreement_id}.",
                "There are: " + ", ".join(sorted(in_force)) + "." if in_force else "",
            )
        cases = [
            _Case(who, salt, records.standing(who.participant_id, agreement_id))
            for who, salt in people
        ]
        return _Matter(terms, in_force[agreement_id].agreement, cases)

    def _last_word(self, handle: Handle, matter: _Matter) -> Kind | None:
        """Return the kind of the last entry about consent to an agreement, None without any."""
        records = self._ledger.records_of(handle)
        said = [
            (one.seq, one.kind)
            for case in matter.cases
            for one in records.said_since(case.who.participant_id, -1)
            if one.agreement_id == matter.agreement.id and one.kind in ABOUT_CONSENT
        ]
        return Kind(max(said)[1]) if said else None

    def _enter(self, handle: Handle, matter: _Matter, said: Sequence[_Said]) -> int:
        agreement = matter.agreement
        entries = [
            standing_entry(
                one.kind,
                one.case.who,
                one.case.salt,
                agreement,
                one.after,
                requested=one.requested,
                is_part=place > 0,
            )
            for place, one in enumerate(said)
        ]
        seqs = self._ledger.record(handle, entries)
        records = self._ledger.records_of(handle)
        for seq, one in zip(seqs, said, strict=True):
            number = one.case.who.participant_id
            records.set_standing(number, agreement.id, one.after._replace(seq=seq))
        return seqs[0]


def _asked_for(agreement: Agreement, categories: Collection[Category] | None) -> Mask:
    """Return what is asked of somebody; raise ConsentError where the agreement does not ask it."""
    askable = agreement.consent_mask
    if askable == NOTHING:
        raise ConsentError(
            f"There is nothing to consent to in {agreement.id}.",
            "What it shares on another basis can be objected to.",
        )
    asked = askable if categories is None else mask_of(categories)
    if asked & ~askable:
        extra = ", ".join(categories_of(Mask(asked & ~askable)))
        raise ConsentError(
            f"{agreement.id} does not ask consent for: {extra}.",
            "It asks consent for: " + ", ".join(categories_of(askable)) + ".",
        )
    return asked


def _granted(standing: Standing, now: datetime) -> Mask:
    """Return what was granted and has not run out."""
    return standing.granted if standing.until is None or now < standing.until else NOTHING


def _grant(
    case: _Case,
    agreement: Agreement,
    asked: Mask,
    *,
    until: datetime | None,
    excluded: frozenset[str] | None,
    now: datetime,
) -> _Said:
    """Return what a grant makes of a standing. See `Consent.grant`."""
    held = _granted(case.before, now)
    granted = Mask(held & agreement.consent_mask | asked)
    if granted == NOTHING:
        raise ConsentError(
            f"There is nothing to consent to in {agreement.id}.",
            "Name a category that it asks consent for; what it shares on another basis can be"
            " objected to.",
        )
    others = agreement.public_task_mask | agreement.legal_obligation_mask
    if not (granted | others) & _GATES:
        raise ConsentError(
            "Without participation nothing is delivered: every record shows that a service"
            " is used.",
            "Grant participation too, or nothing.",
        )
    kept = case.before if held else NO_STANDING
    left_out = kept.excluded if excluded is None else excluded
    after = case.before._replace(granted=granted, until=until or kept.until, excluded=left_out)
    return _Said(case, Kind.RENEWED if granted == held else Kind.GIVEN, after)


def _withdraw(case: _Case, closing: Mask) -> _Said:
    after = case.before.without(closing)
    return _Said(case, Kind.NARROWED if after.granted else Kind.WITHDRAWN, after)


def standing_entry(
    kind: Kind,
    who: Subject,
    salt: bytes,
    agreement: Agreement,
    after: Standing,
    *,
    requested: Mask | None = None,
    is_part: bool = False,
) -> NewEntry:
    """Return the entry that says how a participant stands towards an agreement from now on.

    Where they were asked for something, it says for what.
    """
    facts: dict[str, Any] = {
        "version": agreement.version,
        "granted": list(categories_of(after.granted)),
        "until": moment(after.until) if after.until else None,
        "except": salted_digests(salt, after.excluded),
        "informed": after.is_informed,
        "objected": after.has_objected,
    }
    if requested is not None:
        facts["requested"] = list(categories_of(requested))
    return NewEntry(kind, who, agreement_id=agreement.id, facts=facts, is_part=is_part)
