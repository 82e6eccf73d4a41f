from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from consent_ledger.consent.changes import Merge
from consent_ledger.matching.official_numbers import TEMPORARY_ULN
from consent_ledger.register.look_ups import Reply, look_ups_of
from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.rights.erasure import record_erasure
from consent_ledger.tables.register import look_up, participant
from deploy.operations.registrar import TOGETHER, HubRegistrar
from producers.hub import (
    Applicant,
    Erased,
    Impossible,
    PossibleMatch,
    Registered,
    Registration,
    UnknownNumber,
)
from schemas.blocks import Identity
from schemas.identifiers import PassportNumber, ProviderId
from tests.support.bus import Bus

COLLEGE = ProviderId("college-c")
NEVER_ISSUED = PassportNumber("NWD-SAMP-1E00-9")


@pytest.fixture
def registrar(bus: Bus) -> HubRegistrar:
    """Give the registrar of that bus."""
    return HubRegistrar(bus.ledger, bus.register)


def learner(
    reference: str, *, carried: PassportNumber | None = None, name: str | None = None
) -> Applicant:
    """Return a learner who is like nobody else, unless the given name is somebody's."""
    dice = Random(name or reference)  # noqa: S311 - the same person for the same name
    person = Identity(
        given_names=name or dice.choice(("Adaeze", "Bilal", "Chloe", "Dmitri", "Esme", "Farid")),
        family_name="".join(dice.choice(("ba", "ko", "ri", "tum", "nel", "oz")) for _ in range(5)),
        date_of_birth=date(1950, 1, 2) + timedelta(days=dice.randrange(18_000)),
    )
    return Applicant(reference, person, carried)


def same_number(reference: str) -> Applicant:
    """Return a learner of whom the number alone is known, as may be of somebody else."""
    return Applicant(reference, Identity(uln="1000000000"), None)


def participants(bus: Bus) -> int:
    """Return how many there are."""
    with bus.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(participant)) or 0


def test_answers_come_in_order_over_more_than_one_transaction(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """Everybody gets a number, and the same one again."""
    learners = [Applicant(f"{one:03}", Identity(), None) for one in range(TOGETHER + 3)]

    first = registrar.register(COLLEGE, learners)
    again = registrar.register(COLLEGE, learners)

    assert all(isinstance(one, Registered) and one.is_new for one in first)
    assert [one.participant_id for one in again if isinstance(one, Registered)] == [
        one.participant_id for one in first if isinstance(one, Registered)
    ]
    assert participants(bus) == len(learners)


def test_a_number_that_was_never_issued_sets_one_learner_aside(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """The others of the same transaction are registered."""
    before, unknown, after = registrar.register(
        COLLEGE, [learner("1"), learner("2", carried=NEVER_ISSUED), learner("3")]
    )

    assert unknown == UnknownNumber()
    assert isinstance(before, Registered)
    assert isinstance(after, Registered)
    assert participants(bus) == 2


def test_somebody_erased_stays_out_by_reference_and_by_number(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """The others of the same transaction are registered; a look answers alike."""
    (gone,) = registrar.register(COLLEGE, [learner("1")])
    assert isinstance(gone, Registered)
    with bus.ledger.begin() as tx:
        record_erasure(tx, gone.participant_id, bus.vault)
    again = [learner("1"), learner("2"), learner("3", carried=gone.participant_id)]

    looked = registrar.trial().register(COLLEGE, again)
    erased, other, carrying = registrar.register(COLLEGE, again)

    assert looked[0::2] == [Erased(), UnknownNumber()]
    assert isinstance(looked[1], Registered)
    assert erased == Erased()
    assert carrying == UnknownNumber(), "whose number it was is not told"
    assert isinstance(other, Registered)


def test_a_number_that_is_carried_finds_its_participant(bus: Bus, registrar: HubRegistrar) -> None:
    """Somebody who was at another door first."""
    number = bus.participant(ProviderId("borough-d"))

    assert registrar.register(COLLEGE, [learner("1", carried=number)]) == [
        Registered(number, is_new=False)
    ]


def test_somebody_who_may_be_known_is_for_an_adviser(registrar: HubRegistrar) -> None:
    """The same learner number under another reference, and nothing else to compare."""
    registrar.register(COLLEGE, [same_number("1")])

    assert registrar.register(COLLEGE, [same_number("2")]) == [PossibleMatch()]


def test_what_cannot_be_sets_one_learner_aside(bus: Bus, registrar: HubRegistrar) -> None:
    """With the field and the reason; what is taken as absent is told beside the number."""
    unborn = Identity(given_names="Grace", date_of_birth=date(2031, 1, 2))
    waiting = learner("3").person.model_copy(update={"uln": TEMPORARY_ULN})

    before, impossible, after = registrar.register(
        COLLEGE, [learner("1"), Applicant("2", unborn, None), Applicant("3", waiting, None)]
    )

    assert impossible == Impossible(("date_of_birth: is in the future",))
    assert isinstance(before, Registered)
    assert before.doubts == ()
    assert isinstance(after, Registered)
    assert after.doubts == ("uln: is the placeholder of those without one: taken as absent",)
    assert participants(bus) == 2


def test_a_dry_run_answers_alike_and_changes_nothing(bus: Bus, registrar: HubRegistrar) -> None:
    """Whoever would be new gets a number that is made up."""
    (known,) = registrar.register(COLLEGE, [learner("1")])

    found = registrar.trial().register(
        COLLEGE,
        [
            learner("1"),
            same_number("2"),
            same_number("3"),
            learner("4", carried=NEVER_ISSUED),
        ],
    )

    assert isinstance(known, Registered)
    first, new, *others = found
    assert first == Registered(known.participant_id, is_new=False)
    assert isinstance(new, Registered)
    assert new.is_new
    assert others == [PossibleMatch(), UnknownNumber()]
    assert participants(bus) == 1


def test_a_dry_run_promises_what_the_run_does(bus: Bus, registrar: HubRegistrar) -> None:
    """Also where the first and the last of a file are one person, or may be, batches apart."""
    between = [learner(str(place)) for place in range(3, TOGETHER + 4)]
    grace = learner("grace", name="Grace")
    learners = [grace, same_number("2"), *between, same_number("again")]
    learners.append(Applicant("grace again", grace.person, None))
    trial = registrar.trial()

    looked = [trial.register(COLLEGE, learners[at : at + 7]) for at in range(0, len(learners), 7)]
    assert participants(bus) == 0
    done = registrar.register(COLLEGE, learners)

    promised = [answer for answers in looked for answer in answers]
    assert kinds(promised) == kinds(done)
    assert done[-2] == PossibleMatch()
    assert isinstance(done[-1], Registered)
    assert isinstance(done[0], Registered)
    assert done[-1].participant_id == done[0].participant_id


def test_of_21_learners_the_first_and_the_last_are_one_in_the_dry_run_too(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """By name and date of birth, twenty apart: it was a second number that only the run noticed."""
    first = learner("1", name="Grace")
    learners = [first, *(learner(str(place)) for place in range(2, 21))]
    learners.append(replace(first, reference="21"))
    trial = registrar.trial()

    looked = trial.register(COLLEGE, learners[:20]), trial.register(COLLEGE, learners[20:])
    done = registrar.register(COLLEGE, learners)

    assert kinds([*looked[0], *looked[1]]) == kinds(done)
    assert participants(bus) == 20


def kinds(answers: Sequence[Registration]) -> list[object]:
    """Return answers without the numbers, but for who is the same person."""
    numbers: dict[PassportNumber, int] = {}
    return [
        (answer.is_new, answer.doubts, numbers.setdefault(answer.participant_id, len(numbers)))
        if isinstance(answer, Registered)
        else answer
        for answer in answers
    ]


def test_who_is_looked_up_can_see_it_also_in_a_dry_run(bus: Bus, registrar: HubRegistrar) -> None:
    """Not those who were only tried, and not by the door's own reference."""
    (known,) = registrar.register(COLLEGE, [same_number("1")])
    assert isinstance(known, Registered)

    for ask in (registrar.trial().register, registrar.register):
        ask(COLLEGE, [same_number("1"), same_number("2"), learner("3", name="Ida")])
    carried = Applicant("4", Identity(uln="1000000000"), known.participant_id)
    registrar.register(COLLEGE, [carried])

    with bus.engine.connect() as connection:
        found = look_ups_of(connection, known.participant_id)
        assert connection.scalar(select(func.count()).select_from(look_up)) == len(found)
    assert [(one.provider_id, one.answer) for one in found] == [
        (COLLEGE, Reply.POSSIBLE_MATCH),
        (COLLEGE, Reply.POSSIBLE_MATCH),
        (COLLEGE, Reply.BY_NUMBER),
    ]


def test_who_is_known_can_see_it_and_the_door_is_told_what_it_is_of_anybody(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """That the number is not new would tell a provider who is known elsewhere."""
    grace = learner("case 7", name="Grace")
    (first,) = registrar.register(ProviderId("borough-d"), [grace])

    (again,) = registrar.register(COLLEGE, [Applicant("1", grace.person, None)])

    assert first == again
    assert isinstance(first, Registered)
    with bus.engine.connect() as connection:
        (found,) = look_ups_of(connection, first.participant_id)
    assert (found.provider_id, found.answer) == (COLLEGE, Reply.KNOWN)


def test_a_merged_number_that_is_shown_is_the_one_that_is_told(
    bus: Bus, registrar: HubRegistrar
) -> None:
    """Not the one that another provider gave, under which trays show the person."""
    own, other = bus.participant(), bus.participant(ProviderId("charity-b"))
    bus.enter(Merge(number=own, into=other))

    (carried,) = registrar.register(COLLEGE, [learner("1", carried=own)])
    with bus.ledger.begin() as tx:
        linked = bus.register.link(tx, COLLEGE, "case 2", own)

    assert carried == Registered(own, is_new=False)
    assert linked.participant_id == own


def test_an_unknown_provider_registers_nobody(bus: Bus, registrar: HubRegistrar) -> None:
    """Not even those who carry a number."""
    number = bus.participant()
    for one in (learner("1"), learner("2", carried=number)):
        with pytest.raises(RegisterError, match="There is no provider nobody"):
            registrar.register(ProviderId("nobody"), [one])

    assert participants(bus) == 1
