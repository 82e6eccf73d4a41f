"""Entering consent changes: consent asked for, given, refused, withdrawn; notice; objection."""

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.changes import (
    ALL,
    Categories,
    ConsentChange,
    Grant,
    LedgerChange,
    Merge,
    Narrowing,
    Notice,
    Objection,
    ObjectionEnd,
    Refusal,
    Renewal,
    Request,
    TellingApart,
    Unmerge,
    Withdrawal,
)
from consent_ledger.consent.decisions import NO_STANDING
from consent_ledger.consent.merges import merge, unmerge
from consent_ledger.consent.standing_entries import (
    ConsentError,
    PriorStanding,
    StandingChange,
    Target,
    UnknownProviderError,
    enter,
    find_target,
)
from consent_ledger.consent.telling_apart import tell_apart
from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.ledger.entries import ABOUT_CONSENT, EntryKind
from schemas.categories import GATES, NOTHING, Mask, categories_of, mask_of
from schemas.identifiers import AgreementId, LedgerIndex, OrganisationId, PassportNumber


def apply(
    tx: LedgerTransaction, change: LedgerChange, captured_by: OrganisationId | None = None
) -> LedgerIndex:
    """Enter a change in the ledger; return the index of the entry, or of the first one.

    A person who has several numbers gets an entry for each: the change may name any of them. What
    is entered of consent names the organisation whose own credential captured it, if one did.

    Raises RegisterError when the passport number was never issued, or the person was erased;
    ConsentError when the agreement or a provider is unknown, or the change does not fit what the
    agreement asks or what was granted; MergeError when the numbers cannot be
    merged, parted or told apart. Nothing was changed.
    """
    match change:
        case ConsentChange():
            return _apply_consent(tx, change, captured_by)
        case Merge():
            return merge(tx, change.number, change.into)
        case Unmerge():
            return unmerge(tx, change.number)
        case TellingApart():
            return tell_apart(tx, change.number, change.other)
    raise ConsentError("That is no change that the ledger has an entry for.")


def _apply_consent(
    tx: LedgerTransaction, change: ConsentChange, captured_by: OrganisationId | None
) -> LedgerIndex:
    target = find_target(tx, change.number, change.agreement)
    match change:
        case Grant():
            entered = _grants(tx, target, change)
        case Renewal():
            entered = _renewals(tx, target, change)
        case Request():
            entered = _requests(tx, target, change)
        case Refusal():
            entered = _refusals(tx, target)
        case Narrowing():
            entered = _withdrawals(target, mask_of(change.categories))
        case Withdrawal():
            entered = _withdrawals(target, None)
        case Notice():
            entered = _notices(target)
        case Objection():
            entered = _objections(target)
        case ObjectionEnd():
            entered = _ends_of_objections(target)
        case _:
            raise ConsentError("That is no change that the ledger has an entry for.")
    return enter(tx, target.agreement, entered, captured_by)


def expire(
    tx: LedgerTransaction, participant_id: PassportNumber, agreement_id: AgreementId
) -> LedgerIndex | None:
    """Enter that a grant has run out; None where none has, such as after a renewal.

    The filter closes it on time by itself: this is only for the person's history.

    Raises RegisterError when the passport number was never issued, or the person was erased;
    ConsentError when the agreement is unknown.
    """
    target = find_target(tx, participant_id, agreement_id)
    now = tx.now()
    entered = [
        _without(prior, EntryKind.EXPIRED, prior.before.granted)
        for prior in target.numbers
        if prior.before.granted and not prior.granted(now)
    ]
    return enter(tx, target.agreement, entered) if entered else None


def _grants(tx: LedgerTransaction, target: Target, change: Grant) -> list[StandingChange]:
    asked = _asked_for(target.agreement, change.categories)
    now = tx.now()
    if change.until is not None and change.until <= now:
        raise ConsentError("The moment until which consent is given has passed already.")
    if change.excluded and (unknown := change.excluded - tx.agreements_in_force().providers):
        raise UnknownProviderError(f"There is no provider {', '.join(sorted(unknown))}.")
    return [
        _grant(prior, target.agreement, asked, change, prior.granted(now))
        for prior in target.numbers
    ]


def _grant(
    prior: PriorStanding, agreement: Agreement, asked: Mask, change: Grant, held: Mask
) -> StandingChange:
    """Return what a grant makes of a standing of which `held` is granted and has not run out."""
    granted = Mask(held & agreement.consent_mask | asked)
    others = agreement.public_task_mask | agreement.legal_obligation_mask
    if not (granted | others) & GATES:
        raise ConsentError(
            "Without participation nothing is delivered: every record shows that a service"
            " is used.",
            "Grant participation too, or nothing.",
        )
    kept = prior.before if held else NO_STANDING
    excluded = kept.excluded if change.excluded is None else change.excluded
    after = prior.before._replace(
        granted=granted, until=change.until or kept.until, excluded=excluded
    )
    return StandingChange(prior, EntryKind.RENEWED if granted == held else EntryKind.GIVEN, after)


def _renewals(tx: LedgerTransaction, target: Target, change: Renewal) -> list[StandingChange]:
    now = tx.now()
    if change.until is not None and change.until <= now:
        raise ConsentError("The moment until which consent is renewed has passed already.")
    entered = [
        StandingChange(prior, EntryKind.RENEWED, prior.before._replace(until=change.until))
        for prior in target.numbers
        if prior.granted(now)
    ]
    if not entered:
        raise ConsentError(
            "There is no consent to renew there.",
            "Nothing was granted, or it has run out: consent is given again (`nwd consent grant`).",
        )
    return entered


def _requests(tx: LedgerTransaction, target: Target, change: Request) -> list[StandingChange]:
    asked = _asked_for(target.agreement, change.categories)
    now = tx.now()
    if not any(asked & ~prior.granted(now) for prior in target.numbers):
        raise ConsentError("They have said yes to all of that already, or it asks for nothing.")
    last = _last_about_consent(tx, target)
    if last in (EntryKind.REQUESTED, EntryKind.REFUSED) and not change.again:
        raise ConsentError(
            "They have said no to this."
            if last is EntryKind.REFUSED
            else "They were asked already, and have not answered yet.",
            "Ask again only if they want that; then say so (--again).",
        )
    return [
        StandingChange(prior, EntryKind.REQUESTED, prior.before, asked) for prior in target.numbers
    ]


def _refusals(tx: LedgerTransaction, target: Target) -> list[StandingChange]:
    _asked_for(target.agreement, ALL)
    is_open = any(prior.before.granted for prior in target.numbers)
    if not is_open and _last_about_consent(tx, target) is EntryKind.REFUSED:
        raise ConsentError("They have said no to this already, and that holds.")
    return [_without(prior, EntryKind.REFUSED, prior.before.granted) for prior in target.numbers]


def _withdrawals(target: Target, closing: Mask | None) -> list[StandingChange]:
    """Close categories that were granted: all of them without `closing`."""
    entered = [
        _withdraw(prior, prior.before.granted if closing is None else closing)
        for prior in target.numbers
        if prior.before.granted and (closing is None or closing & prior.before.granted)
    ]
    if not entered:
        raise ConsentError(
            "There is no consent to withdraw there.",
            "`nwd consent show` lists what was granted. What is shared on another basis can be"
            " objected to.",
        )
    return entered


def _withdraw(prior: PriorStanding, closing: Mask) -> StandingChange:
    after = prior.before.without(closing)
    return StandingChange(
        prior, EntryKind.NARROWED if after.granted else EntryKind.WITHDRAWN, after
    )


def _notices(target: Target) -> list[StandingChange]:
    return [
        StandingChange(prior, EntryKind.INFORMED, prior.before._replace(is_informed=True))
        for prior in target.numbers
    ]


def _objections(target: Target) -> list[StandingChange]:
    """Pause what is shared on public task. Nothing else can be objected to (UK GDPR Article 21)."""
    if not target.agreement.public_task_mask:
        raise ConsentError(
            f"{target.agreement.id} shares nothing on public task.",
            "Consent can be withdrawn at any time; a legal obligation cannot be objected to.",
        )
    return [
        StandingChange(prior, EntryKind.OBJECTED, prior.before._replace(has_objected=True))
        for prior in target.numbers
    ]


def _ends_of_objections(target: Target) -> list[StandingChange]:
    entered = [
        StandingChange(prior, EntryKind.OBJECTION_ENDED, prior.before._replace(has_objected=False))
        for prior in target.numbers
        if prior.before.has_objected
    ]
    if not entered:
        raise ConsentError("There is no objection to end there.")
    return entered


def _without(prior: PriorStanding, kind: EntryKind, closing: Mask) -> StandingChange:
    return StandingChange(prior, kind, prior.before.without(closing))


def _last_about_consent(tx: LedgerTransaction, target: Target) -> EntryKind | None:
    """Return the kind of the last entry about consent to the agreement, None without any."""
    entered = [
        (row.seq, row.kind)
        for prior in target.numbers
        for row in tx.changes_after(prior.who.participant_id, LedgerIndex(-1))
        if row.agreement_id == target.agreement.id and row.kind in ABOUT_CONSENT
    ]
    return EntryKind(max(entered)[1]) if entered else None


def _asked_for(agreement: Agreement, categories: Categories) -> Mask:
    """Return the mask of what is asked; raise ConsentError where the agreement asks less."""
    askable = agreement.consent_mask
    if askable == NOTHING:
        raise ConsentError(
            f"There is nothing to consent to in {agreement.id}.",
            "What it shares on another basis can be objected to.",
        )
    if isinstance(categories, str):
        return askable
    asked = mask_of(categories)
    if asked & ~askable:
        extra = ", ".join(categories_of(Mask(asked & ~askable)))
        raise ConsentError(
            f"{agreement.id} does not ask consent for: {extra}.",
            "It asks consent for: " + ", ".join(categories_of(askable)) + ".",
        )
    return asked
