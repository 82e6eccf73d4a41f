"""Chapter 5: Rosa withdraws, first one category, then everything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.changes import ConsentChange, Narrowing, Objection, Withdrawal
from consent_ledger.consent.consent import apply
from consent_ledger.ledger.enforcement import wait_until_enforced
from consent_ledger.redaction.pseudonyms import Pseudonyms
from consumers.passport.view import see_all_that_is_held, view
from deploy.demo.story.figures import EnforcedChange
from deploy.demo.story.one_participant import OUTCOMES, SUPPORT
from deploy.demo.story.rosa import ROSA
from deploy.demo.story.stage import PATIENCE_SECONDS, Stage, StoryError
from deploy.programs.read_trays import PASSPORT_AGREEMENT
from schemas.categories import Category
from schemas.codec import decode
from schemas.identifiers import AgreementId, EventId, PassportNumber, TrayName
from schemas.trays import TrayRecord

_ONE_CATEGORY: Final = Category.HEALTH


@dataclass(frozen=True)
class _Held:
    """How many records a tray holds about Rosa, and how many of them hold her health."""

    records: int
    with_health: int


def change_her_mind(stage: Stage) -> None:
    """Withdraw one category, then everything; show what goes from where, and how soon."""
    stage.settle()
    before = _held(stage)
    _withdraw_one(stage, before)
    between = _held(stage)
    stage.screen.say(
        f"The others notice nothing: her job passport still holds it, in"
        f" {between[PASSPORT_AGREEMENT].with_health} records."
    )
    took = _withdraw_everything(stage)
    after = _held(stage)
    stage.screen.table(
        ("Records about her", "before", "now", "gone after"),
        (
            (stage.recipient_name(name), between[name].records, after[name].records, f"{taken} ms")
            for name, taken in took.items()
        ),
    )
    stage.screen.say(
        "The milliseconds are from the entry in the ledger to the last retraction acknowledged."
        " What an organisation wrote down itself stays in its own system; what it was sent is gone."
    )
    _check(stage, between, after)


def _withdraw_one(stage: Stage, before: dict[AgreementId, _Held]) -> None:
    health = frozenset({_ONE_CATEGORY})
    (done,) = _enforce(
        stage,
        [Narrowing(number=stage.rosa, agreement=SUPPORT, categories=health)],
        f"{_ONE_CATEGORY.value} from {SUPPORT}",
    ).values()
    stage.screen.say(
        f"{ROSA.given_names} withdraws {_ONE_CATEGORY.value} from {stage.recipient_name(SUPPORT)}."
        f" {done.milliseconds} milliseconds later its {done.rewritten} records about her have been"
        f" written again: {before[SUPPORT].with_health} of them held it, and all now say that it is"
        " closed."
    )


def _withdraw_everything(stage: Stage) -> dict[AgreementId, int]:
    """Return the milliseconds by agreement."""
    done = _enforce(
        stage,
        [
            Withdrawal(number=stage.rosa, agreement=PASSPORT_AGREEMENT),
            Withdrawal(number=stage.rosa, agreement=SUPPORT),
            Withdrawal(number=stage.rosa, agreement=OUTCOMES),
            *(Objection(number=stage.rosa, agreement=counted) for counted in _counting(stage)),
        ],
        "everything",
    )
    retracted = sum(change.retracted for change in done.values())
    stage.screen.say(
        "Then she withdraws all that she had said yes to, and objects to being counted, which rests"
        f" on public task. {retracted} records are taken out again:"
    )
    return {agreement_id: change.milliseconds for agreement_id, change in done.items()}


def _counting(stage: Stage) -> list[AgreementId]:
    """Return the agreements that count people under pseudonyms, for the hub and for research."""
    return [agreement.id for agreement in stage.agreements.values() if agreement.pseudonymous]


def _enforce(
    stage: Stage, changes: Sequence[ConsentChange], what: str
) -> dict[AgreementId, EnforcedChange]:
    """Enter changes in one transaction and wait until the filter has enforced them."""
    with stage.hub.ledger.begin() as tx:
        seqs = {change.agreement: apply(tx, change) for change in changes}
    enforced = {}
    for agreement_id, seq in seqs.items():
        done = wait_until_enforced(stage.hub.engine, seq, PATIENCE_SECONDS)
        if done is None:
            raise StoryError(f"Entry {seq} of the ledger was not enforced in time.")
        enforced[agreement_id] = EnforcedChange(
            what=what if len(changes) == 1 else f"{what}: {agreement_id}",
            milliseconds=round(done.seconds * 1000),
            rewritten=done.records,
            retracted=done.tombstones,
        )
    stage.closing.withdrawals += enforced.values()
    stage.settle()
    return enforced


def _held(stage: Stage) -> dict[AgreementId, _Held]:
    pepper = stage.hub.secrets.pepper
    held = {}
    for agreement_id, mirror in stage.mirrors.items():
        records = mirror.about(_name_in(stage.agreements[agreement_id], stage.rosa, pepper))
        held[agreement_id] = _Held(len(records), sum(map(_has_health, records)))
    return held


def _name_in(
    agreement: Agreement, participant_id: PassportNumber, pepper: bytes
) -> Callable[[EventId], TrayName]:
    """Return what says how the keys of a tray name a participant."""
    if agreement.pseudonym is None:
        return lambda _: participant_id
    return partial(Pseudonyms(pepper, agreement.id, agreement.pseudonym).in_key, participant_id)


def _has_health(record: TrayRecord) -> bool:
    return decode(record.value or b"")[_ONE_CATEGORY.value] is not None


def _check(
    stage: Stage, between: dict[AgreementId, _Held], after: dict[AgreementId, _Held]
) -> None:
    if between[SUPPORT].with_health:
        stage.closing.findings.append("Health that was withdrawn is still in the council's tray.")
    for agreement_id, held in after.items():
        if held.records:
            stage.closing.findings.append(
                f"{agreement_id} still holds {held.records} records of somebody who withdrew."
            )
    with stage.hub.engine.connect() as connection:
        if view(connection, stage.hub.vault, stage.rosa, see_all_that_is_held).story:
            stage.closing.findings.append("A passport still tells what was withdrawn.")
