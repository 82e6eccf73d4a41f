"""The same datum under two bases: closing one leaves the other, and the participant is told."""

from consent_ledger.agreements.agreement import Agreement, Basis, load_agreement
from consent_ledger.consent.changes import Notice, Objection
from consent_ledger.consent.consent import apply
from consent_ledger.consent.new_terms import enter_agreements
from consent_ledger.rights.receipts import Receipt, receipts_of, remaining_access_after
from schemas.categories import Category
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber
from tests.support.bus import SHIPPED, Bus
from tests.support.factories import make_events
from tests.support.trays_planned import make_agreement, shared_on

JOBCENTRE = AgreementId("jobcentre-e.engagement")
VACANCIES = AgreementId("jobcentre-e.vacancies")
GATE, NAME = Category.PARTICIPATION, Category.IDENTITY


def enter(bus: Bus, *new: Agreement) -> None:
    """Enter agreements."""
    with bus.ledger.begin() as tx:
        enter_agreements(tx, new)


def vacancies() -> Agreement:
    """Return another agreement of the Jobcentre's, on consent alone."""
    categories = shared_on(Basis.CONSENT, GATE, NAME, Category.CONTACT)
    return make_agreement(VACANCIES, categories=categories)


def inform(bus: Bus, participant_id: PassportNumber) -> None:
    """Tell somebody of what the Jobcentre sees on public task."""
    with bus.ledger.begin() as tx:
        apply(tx, Notice(number=participant_id, agreement=JOBCENTRE))


def told(bus: Bus, seq: LedgerIndex) -> dict[str, dict[Category, Basis]]:
    """Return what a participant is told is still seen after a change."""
    with bus.engine.connect() as connection:
        return {one.agreement.id: one.categories for one in remaining_access_after(connection, seq)}


def newest(bus: Bus, participant_id: PassportNumber) -> Receipt:
    """Return somebody's newest receipt."""
    with bus.engine.connect() as connection:
        return receipts_of(connection, participant_id)[0]


def test_public_task_of_another_agreement_outlives_a_withdrawal(bus: Bus) -> None:
    """The one tray is emptied, the other stays as it is, and the receipt says so."""
    enter(bus, vacancies())
    participant_id = bus.participant()
    inform(bus, participant_id)
    bus.grant(participant_id, VACANCIES)
    bus.publish(*make_events(participant_id))
    bus.turn()
    before = bus.tray(JOBCENTRE)
    seq = bus.withdraw(participant_id, VACANCIES)
    bus.turn()

    assert bus.tray(VACANCIES) == {}
    assert len(before) == 3
    assert bus.tray(JOBCENTRE) == before
    assert told(bus, seq) == {JOBCENTRE: {GATE: Basis.PUBLIC_TASK, NAME: Basis.PUBLIC_TASK}}
    (still,) = newest(bus, participant_id).change.still_open
    assert still.agreement.id == JOBCENTRE
    bus.assert_holds()


def test_public_task_of_the_same_agreement_outlives_a_withdrawal(bus: Bus) -> None:
    """The records stay, without what the consent had opened."""
    participant_id = bus.participant()
    inform(bus, participant_id)
    bus.grant(participant_id, JOBCENTRE)
    bus.publish(*make_events(participant_id))
    bus.turn()
    seq = bus.withdraw(participant_id, JOBCENTRE)
    bus.turn()

    records = bus.tray(JOBCENTRE).values()
    assert len(records) == 3
    assert {record["needs"] for record in records} == {None}
    assert told(bus, seq)[JOBCENTRE].keys() == {GATE, NAME, Category.PROGRESS}
    bus.assert_holds()


def test_a_yes_elsewhere_outlives_an_objection(bus: Bus) -> None:
    """An objection pauses public task alone."""
    enter(bus, vacancies())
    participant_id = bus.participant()
    inform(bus, participant_id)
    bus.grant(participant_id, VACANCIES)
    bus.publish(*make_events(participant_id))
    bus.turn()
    with bus.ledger.begin() as tx:
        seq = apply(tx, Objection(number=participant_id, agreement=JOBCENTRE))
    bus.turn()

    assert bus.tray(JOBCENTRE) == {}
    assert len(bus.tray(VACANCIES)) == 3
    assert told(bus, seq) == {VACANCIES: {GATE: Basis.CONSENT, NAME: Basis.CONSENT}}
    bus.assert_holds()


def test_a_category_that_moved_from_consent_to_public_task_is_told_of(bus: Bus) -> None:
    """The next version of an agreement shares it on another basis: the grant's end leaves it."""
    enter(bus, vacancies())
    participant_id = bus.participant()
    bus.grant(participant_id, VACANCIES)
    bus.publish(*make_events(participant_id))
    moved = vacancies().model_dump()
    moved["categories"] |= shared_on(Basis.PUBLIC_TASK, GATE)
    enter(bus, Agreement.model_validate(moved | {"version": 2}))
    with bus.ledger.begin() as tx:
        apply(tx, Notice(number=participant_id, agreement=VACANCIES))
    seq = bus.withdraw(participant_id, VACANCIES)
    bus.turn()

    records = bus.tray(VACANCIES).values()
    assert [record["identity"] for record in records] == [None, None, None]
    assert told(bus, seq) == {VACANCIES: {GATE: Basis.PUBLIC_TASK}}
    bus.assert_holds()


def test_what_is_told_does_not_depend_on_what_data_there_is(bus: Bus) -> None:
    """Somebody about whom nothing was published is told the same."""
    enter(bus, vacancies())
    sentences = []
    for has_events in (True, False):
        participant_id = bus.participant()
        inform(bus, participant_id)
        bus.grant(participant_id, VACANCIES)
        if has_events:
            bus.publish(*make_events(participant_id))
        bus.turn()
        sentences.append(told(bus, bus.withdraw(participant_id, VACANCIES)))
        bus.turn()

    assert sentences[0] == sentences[1] != {}
    bus.assert_holds()


def test_an_agreement_that_came_later_is_not_in_an_older_receipt(bus: Bus) -> None:
    """A receipt is of the moment of its change: asked for later, it is the same."""
    participant_id = bus.participant()
    bus.grant(participant_id, JOBCENTRE)
    bus.withdraw(participant_id, JOBCENTRE)
    before = newest(bus, participant_id)
    task = load_agreement(SHIPPED / "agreements" / f"{JOBCENTRE}.yaml")
    enter(bus, task.model_copy(update={"id": "jobcentre-e.later", "applies_to": "everyone"}))

    assert newest(bus, participant_id) == before
    assert before.change.still_open == ()
