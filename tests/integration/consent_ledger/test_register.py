from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from consent_ledger.matching.blocking import Kind
from consent_ledger.matching.official_numbers import TEMPORARY_ULN
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.identity_rows import HeldKey
from consent_ledger.register.match_keys import first_match_keys
from consent_ledger.register.passport_numbers import RegisterError, subject
from consent_ledger.tables import register as tables
from consent_ledger.tables.transparency_log import entry
from schemas.blocks import Contact, Identity
from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber, ProviderId, is_passport_number, new_passport_number
from schemas.trays import partition_of
from tests.support.bus import Bus
from tests.support.bus_settings import PARTITIONS, PEPPER

ADA = Identity(
    given_names="Ada",
    family_name="O'Nwosu",
    date_of_birth=date(1991, 3, 14),
    uln="1234567899",
    ni_number="AB123456C",
)

LIVES = Contact(
    postcode="E8 3RH",
    address=("12 Mare Street", "Hackney"),
    phone="07700 900123",
    email="ada@example.org",
)


def register(
    bus: Bus,
    identity: Identity = ADA,
    provider_id: ProviderId = ProviderId("borough-d"),
    **more: Any,
) -> RegisteredPerson | PossibleMatches:
    """Register in a transaction of its own."""
    with bus.ledger.begin() as tx:
        return bus.register.register(tx, provider_id, identity, **more)


def number_of(found: RegisteredPerson | PossibleMatches) -> PassportNumber:
    """Return the passport number of somebody who was registered."""
    assert isinstance(found, RegisteredPerson)
    return found.participant_id


def count(bus: Bus) -> int:
    """Return how many participants there are."""
    with bus.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(tables.participant)) or 0


def erase(bus: Bus, participant_id: PassportNumber) -> None:
    """Leave what an erasure leaves of a participant's row."""
    with bus.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            update(tables.participant)
            .where(tables.participant.c.participant_id == participant_id)
            .values(state="erased", sealed_key=None, salt=None, ledger_id=None)
        )


def test_somebody_new_gets_a_number_and_an_entry_under_a_pseudonym(bus: Bus) -> None:
    """The leaf says that somebody was registered; only the database knows who."""
    found = register(bus)

    assert isinstance(found, RegisteredPerson)
    assert found.is_new
    assert is_passport_number(found.participant_id)
    with bus.engine.connect() as connection:
        who = subject(connection, found.participant_id)
    assert who.partition == partition_of(found.participant_id, PARTITIONS)
    assert bus.leaf() == {
        "at": "2026-06-01T12:00:00.000000Z",
        "format": 1,
        "kind": "registered",
        "subject": str(who.ledger_id),
    }


def test_a_provider_s_own_reference_finds_the_same_person_again(bus: Bus) -> None:
    """Whatever else it says of the person the second time."""
    first = register(bus, reference="learner-4711")

    again = register(bus, Identity(given_names="Adaeze"), reference="learner-4711")

    assert number_of(again) == number_of(first)
    assert isinstance(again, RegisteredPerson)
    assert not again.is_new
    assert count(bus) == 1


def test_the_same_reference_of_another_provider_is_somebody_else(bus: Bus) -> None:
    """Every provider has a learner 1."""
    first = register(bus, Identity(), reference="1")
    other = register(bus, Identity(), ProviderId("college-c"), reference="1")

    assert number_of(first) != number_of(other)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (Identity(uln="1234567899"), "the same learner number"),
        (Identity(ni_number="AB123456C"), "the same National Insurance number"),
        (Identity(ni_number="AB123456 "), "the same National Insurance number"),
        (
            Identity(given_names="Bilal", family_name="O Nwosu", uln="1234567899"),
            "the same learner number",
        ),
    ],
)
def test_whoever_may_have_a_number_is_asked_about_and_never_joined(
    bus: Bus, known: Identity, reason: str
) -> None:
    """Nothing is issued and nothing is linked until a person has decided."""
    first = number_of(register(bus))

    found = register(bus, known, ProviderId("college-c"), reference="learner-1")

    assert isinstance(found, PossibleMatches)
    assert found.candidates == (first,)
    assert reason in found.reasons
    assert count(bus) == 1
    assert register(bus, known, ProviderId("college-c"), reference="learner-1") == found


@pytest.mark.parametrize(
    "told",
    [
        ADA,
        ADA.model_copy(update={"given_names": " Áda ", "family_name": "o nwosu"}),
        ADA.model_copy(update={"ni_number": None}),
    ],
)
def test_whoever_is_as_good_as_certainly_known_has_one_number(bus: Bus, told: Identity) -> None:
    """At every door, without a question; the answer is as for somebody new."""
    first = register(bus)

    again = register(bus, told, ProviderId("college-c"), reference="learner-1")

    assert again == first
    assert count(bus) == 1


def test_everything_that_agrees_is_said_and_nothing_of_the_values(bus: Bus) -> None:
    """The adviser sees why, and learns nothing that was not known at this door."""
    register(bus)
    told = ADA.model_copy(update={"date_of_birth": date(1958, 7, 2), "uln": None})

    found = register(bus, told, ProviderId("college-c"))

    assert isinstance(found, PossibleMatches)
    assert {"the same family name", "the same National Insurance number"} <= set(found.reasons)
    assert "another date of birth" in found.reasons
    assert not any(one in repr(found) for one in ("Ada", "1991", "1958", "1234567899", "AB123456"))


@pytest.mark.parametrize(
    "known",
    [
        Identity(uln="2000000001"),
        Identity(given_names="Bilal", family_name="Okafor", date_of_birth=date(1984, 5, 26)),
        Identity(given_names="Ada", family_name="Castellano", date_of_birth=date(1962, 9, 30)),
        Identity(),
    ],
)
def test_what_is_too_little_or_differs_is_no_match(bus: Bus, known: Identity) -> None:
    """Another number, another name, the same given name: somebody else."""
    first = register(bus)

    assert number_of(register(bus, known, ProviderId("college-c"))) != number_of(first)


def test_somebody_of_whom_there_are_keys_alone_is_asked_about(bus: Bus) -> None:
    """As version 0.1 kept them; what this door tells is kept with whom it turns out to be."""
    first = number_of(register(bus, Identity()))
    with bus.ledger.begin() as tx:
        tx.remember_keys([HeldKey(first, key) for key in first_match_keys(PEPPER, ADA)])

    found = register(bus, ADA, ProviderId("college-c"))
    told = register(bus, ADA, ProviderId("college-c"), has_consent=True)
    again = register(bus, ADA, ProviderId("charity-b"))

    reasons = (
        "the same National Insurance number",
        "the same learner number",
        "the same name and date of birth",
    )
    assert found == PossibleMatches(reasons, (first,))
    assert number_of(told) == number_of(again) == first


def test_no_key_of_the_first_kinds_is_written(bus: Bus) -> None:
    """They would tell how many people have a name and birthday exactly alike."""
    register(bus)

    with bus.engine.connect() as connection:
        kinds = set(connection.scalars(select(tables.match_key.c.kind)))
    assert kinds <= {str(kind) for kind in Kind}


def test_the_ilr_s_placeholder_identifies_nobody(bus: Bus) -> None:
    """9999999999 stands for every learner who has no number yet."""
    waiting = Identity(uln=TEMPORARY_ULN)

    assert number_of(register(bus, waiting)) != number_of(register(bus, waiting))


def test_the_answer_somebody_else_issues_a_number_of_its_own(bus: Bus) -> None:
    """Twins are two people, and a third who matches is asked about both."""
    first = number_of(register(bus))
    second = number_of(register(bus, ADA, ProviderId("college-c"), is_new=True))

    found = register(bus, ADA, ProviderId("charity-b"))

    assert first != second
    assert isinstance(found, PossibleMatches)
    assert found.candidates == tuple(sorted((first, second)))


def test_the_answer_the_same_person_links_the_reference(bus: Bus) -> None:
    """From then on the provider's own reference finds them, however the number was typed."""
    first = number_of(register(bus))
    with bus.ledger.begin() as tx:
        linked = bus.register.link(tx, ProviderId("college-c"), "learner-1", first.lower())

    assert linked == RegisteredPerson(first, is_new=False)
    assert register(bus, ADA, ProviderId("college-c"), reference="learner-1") == linked


def test_a_reference_is_never_moved_to_somebody_else(bus: Bus) -> None:
    """Said twice it stays; said of another person it is refused in words, and nothing changes."""
    first = number_of(register(bus, reference="case-1"))
    other = number_of(register(bus, Identity()))
    with bus.ledger.begin() as tx:
        bus.register.link(tx, ProviderId("borough-d"), "case-1", first)

    with (
        pytest.raises(RegisterError, match="has a passport number already"),
        bus.engine.begin() as connection,
    ):
        bus.register.link(bus.ledger.on(connection), ProviderId("borough-d"), "case-1", other)

    assert number_of(register(bus, reference="case-1")) == first


def test_a_number_that_was_brought_along_is_taken(bus: Bus) -> None:
    """As typed; the reference is linked, and what this door knows helps to recognise them."""
    first = number_of(register(bus, Identity(uln="1234567899")))

    carried = register(
        bus,
        ADA,
        ProviderId("college-c"),
        reference="learner-1",
        carried=f" {first.lower().replace('-', '')} ",
    )

    assert carried == RegisteredPerson(first, is_new=False)
    assert register(bus, Identity(), ProviderId("college-c"), reference="learner-1") == carried
    found = register(bus, Identity(ni_number="AB123456C"), ProviderId("charity-b"))
    assert isinstance(found, PossibleMatches)
    assert found.candidates == (first,)


@pytest.mark.parametrize(
    "other",
    [
        Identity(uln="2000000001", ni_number="AA999999D"),
        Identity(given_names="Ada", family_name="O'Nwosu", date_of_birth=date(1958, 7, 2)),
        Identity(given_names="Bilal", family_name="Okafor", date_of_birth=date(1991, 3, 14)),
    ],
)
def test_a_number_of_which_something_contradicts_is_asked_about(bus: Bus, other: Identity) -> None:
    """A card found in the street, a mother's card, a typing error that is somebody's number."""
    first = number_of(register(bus))

    found = register(bus, other, ProviderId("college-c"), reference="learner-1", carried=first)

    assert isinstance(found, PossibleMatches)
    assert found.candidates == (first,)
    assert (
        number_of(register(bus, Identity(), ProviderId("college-c"), reference="learner-1"))
        != first
    )


@pytest.mark.parametrize("is_known", [True, False])
def test_a_number_is_taken_where_there_is_nothing_to_compare(bus: Bus, *, is_known: bool) -> None:
    """Whoever gave no name at one of the doors is not turned away."""
    first = number_of(register(bus, ADA if is_known else Identity()))

    found = register(bus, Identity() if is_known else ADA, ProviderId("college-c"), carried=first)

    assert found == RegisteredPerson(first, is_new=False)


def test_a_number_that_was_never_issued_or_is_none_is_refused(bus: Bus) -> None:
    """The check character tells a typing error, the register the rest."""
    with pytest.raises(RegisterError, match="No participant has"):
        register(bus, carried=new_passport_number())
    with pytest.raises(MalformedError):
        register(bus, carried="NWD-0000-0000-1")

    assert count(bus) == 0


def test_an_erased_person_s_number_is_refused(bus: Bus) -> None:
    """It is not issued again, and nobody is linked to it: in the words of one never issued."""
    first = number_of(register(bus, Identity()))
    erase(bus, first)

    ways: list[Callable[[Any], Any]] = [
        lambda connection: bus.register.link(
            bus.ledger.on(connection), ProviderId("college-c"), "1", first
        ),
        lambda connection: bus.register.register(
            bus.ledger.on(connection), ProviderId("college-c"), ADA, carried=first
        ),
        lambda connection: subject(connection, first),
    ]
    for way in ways:
        with (
            pytest.raises(RegisterError, match="No participant has"),
            bus.engine.begin() as connection,
        ):
            way(connection)


def test_only_a_provider_of_the_bus_registers_anybody(bus: Bus) -> None:
    """The rule is the same for a link."""
    first = number_of(register(bus))

    with pytest.raises(RegisterError, match="no provider borough-x"):
        register(bus, Identity(), ProviderId("borough-x"))
    with pytest.raises(RegisterError, match="no provider"), bus.engine.begin() as connection:
        bus.register.link(bus.ledger.on(connection), ProviderId("borough-x"), "1", first)


def test_two_who_register_one_reference_at_once_end_with_one_person(bus: Bus) -> None:
    """The second is refused in words and nothing of it stays; asked again, it finds the first."""

    def try_it(_: int) -> RegisteredPerson | PossibleMatches | RegisterError:
        try:
            return register(bus, Identity(), reference="case-1")
        except RegisterError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(try_it, range(4)))

    numbers = {one.participant_id for one in found if isinstance(one, RegisteredPerson)}
    assert len(numbers) == 1
    assert count(bus) == 1
    assert number_of(register(bus, Identity(), reference="case-1")) in numbers


def test_no_identifier_and_no_name_is_stored(bus: Bus) -> None:
    """Every row of the register, as text and as bytes, is free of what the provider said."""
    register(bus, reference="learner-4711")
    register(bus, ADA, ProviderId("college-c"), contact=LIVES)
    told = ("Ada", "Nwosu", "1991-03-14", "1234567899", "AB123456", "learner-4711")
    reached = ("E8 3RH", "E83RH", "Mare", "07700900123", "ada@example.org")
    said_bytes = [one.casefold().encode() for one in (*told, *reached)]

    with bus.engine.connect() as connection:
        for table in (
            tables.participant,
            tables.match_key,
            tables.kept_identity,
            tables.counted_value,
            tables.provider_reference,
            entry,
        ):
            for row in connection.execute(select(table)):
                for value in row:
                    held = bytes(value) if isinstance(value, bytes) else str(value).encode()
                    assert not any(one in held.lower() for one in said_bytes), table.name


def test_a_reference_is_the_same_in_small_letters(bus: Bus) -> None:
    """Importers write capitals, advisers type as they like: both find the same person."""
    with bus.ledger.begin() as tx:
        first = bus.register.register(tx, ProviderId("college-c"), Identity(), reference="ab 12c")
        again = bus.register.register(tx, ProviderId("college-c"), Identity(), reference=" AB 12C ")

    assert number_of(first) == number_of(again)
