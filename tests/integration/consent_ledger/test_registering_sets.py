"""A set of people in PostgreSQL: the same as one after another, in few statements, at once."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any, Final

import pytest
from sqlalchemy import Column, func, select

from consent_ledger.register.answered import Answered, RegisteredPerson
from consent_ledger.register.asked import Registrant
from consent_ledger.register.dry_run import TrialRegister
from consent_ledger.register.register import Register
from consent_ledger.tables.register import (
    counted_value,
    kept_identity,
    look_up,
    match_key,
    provider_reference,
)
from deploy.demo.people import blocks
from deploy.demo.people.person import people
from deploy.operations.registrar import HubRegistrar
from producers.hub import Applicant, Registered
from schemas.blocks import Identity
from schemas.errors import BusError
from schemas.identifiers import PassportNumber, ProviderId
from tests.histories.cast import numbers
from tests.support.bus import Bus
from tests.support.bus_settings import PARTITIONS, PEPPER
from tests.support.desk import Desk, desk
from tests.support.ilr.returns import valid_uln
from tests.support.statements import counted_statements

COLLEGE, BOROUGH = ProviderId("college-c"), ProviderId("borough-d")
AT_MOST: Final = 30
"""Statements for a set, however many people it is of."""
WAIT_SECONDS: Final = 60.0


def file(count: int, prefix: str = "") -> list[Registrant]:
    """Return so many made-up people, each told of once."""
    return [
        Registrant(blocks.identity(one), blocks.contact(one), f"{prefix}{one.number}")
        for one in people(count)
    ]


def with_doubles(some: Sequence[Registrant]) -> list[Registrant]:
    """Return them, and some of them again under other references, typed otherwise."""
    found = list(some)
    for place, who in enumerate(some):
        family = who.identity.family_name or ""
        wrong = who.identity.model_copy(update={"family_name": family[:2] + "x" + family[2:]})
        if place % 3 == 0:
            found.append(replace(who, reference=f"again {place}"))
        if place % 4 == 0:
            found.append(replace(who, identity=wrong, reference=f"typed {place}"))
        if place % 5 == 0:
            found.append(replace(who, identity=wrong))
        if place % 6 == 0:
            uln = Identity(uln=f"{valid_uln(100_000_000 + 10 * place)}")
            found += [Registrant(uln, reference=f"{which} number {place}") for which in "ab"]
    return found


def at_once(bus: Bus, some: Sequence[Registrant], provider: ProviderId = COLLEGE) -> list[Answered]:
    """Register a set on a connection of its own."""
    with bus.ledger.begin() as tx:
        return bus.register.register_all(tx, provider, some)


def statements(bus: Bus, register: Register | TrialRegister, some: Sequence[Registrant]) -> int:
    """Return how many statements a set takes; rows that are sent one by one count each."""
    with counted_statements(bus.engine) as counts, bus.ledger.begin() as tx:
        register.register_all(tx, COLLEGE, some)
    return sum(counts)


def test_a_set_is_its_people_one_after_another(bus: Bus) -> None:
    """The same answers and the same rows as of each alone, in the database in memory."""
    some = with_doubles(file(24))
    register = Register(
        pepper=PEPPER, vault=bus.vault, partitions=PARTITIONS, draw=numbers(7).__next__
    )

    with desk() as made:
        expected = one_by_one(made, some)
        with bus.ledger.begin() as tx:
            assert register.register_all(tx, COLLEGE, some) == expected
        kinds = Counter(type(answer).__name__ for answer in expected)
        assert len(kinds) > 1, "some are asked about"
        database = made.ground.database
        key, kept, linked = match_key.c, kept_identity.c, provider_reference.c
        assert set(rows(bus, key.kind, key.digest, key.participant_id)) == {
            (*held, number) for held, number in database.match_keys
        }
        counted = rows(bus, counted_value.c.digest, counted_value.c.people)
        assert set(counted) == set(database.counted_values.items())
        assert set(rows(bus, kept.participant_id, kept.digest)) == {*database.kept_identities}
        assert set(rows(bus, linked.provider_id, linked.digest, linked.participant_id)) == {
            (*reference, number) for reference, number in database.references.items()
        }
        noted = rows(bus, look_up.c.number, look_up.c.participant_id, look_up.c.answer)
        assert [row[1:] for row in sorted(noted)] == [
            (number, answer.value) for _, number, answer in database.look_ups
        ]


def rows(bus: Bus, *columns: Column[Any]) -> list[tuple[Any, ...]]:
    """Return these columns of a table."""
    with bus.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def one_by_one(made: Desk, some: Sequence[Registrant]) -> list[Answered]:
    """Register each in a transaction of its own."""
    register = Register(
        pepper=PEPPER, vault=made.vault, partitions=PARTITIONS, draw=numbers(7).__next__
    )
    found: list[Answered] = []
    for who in some:
        with made.ground.begin() as tx:
            found += register.register_all(tx, COLLEGE, [who])
    return found


def test_a_set_takes_as_many_statements_as_one_alone(bus: Bus) -> None:
    """New, known elsewhere, and known by reference; and tried."""
    everybody = file(500)
    elsewhere = [replace(who, reference=f"other {who.reference}") for who in everybody]

    assert statements(bus, TrialRegister(bus.register), everybody) < AT_MOST / 2
    of_all = statements(bus, bus.register, everybody)
    of_one = statements(bus, bus.register, file(501)[500:])

    assert of_one <= of_all <= AT_MOST
    assert statements(bus, bus.register, elsewhere) <= AT_MOST
    assert statements(bus, bus.register, everybody) <= AT_MOST


def test_two_doors_that_import_the_same_people_at_once_give_them_one_number(bus: Bus) -> None:
    """In whatever order either has them: neither waits for the other for ever."""
    everybody = file(60)
    ready = Barrier(3)

    def imported(provider: ProviderId, some: Sequence[Registrant]) -> dict[str, PassportNumber]:
        ready.wait(WAIT_SECONDS)
        found: dict[str, PassportNumber] = {}
        for start in range(0, len(some), 20):
            part = some[start : start + 20]
            for who, answer in zip(part, at_once(bus, part, provider), strict=True):
                if isinstance(answer, RegisteredPerson):
                    found[who.reference or ""] = answer.participant_id
        return found

    orders = (everybody, everybody[::-1], everybody[30:] + everybody[:30])
    doors = (COLLEGE, BOROUGH, ProviderId("charity-b"))
    with ThreadPoolExecutor(3) as pool:
        imports = [pool.submit(imported, *one) for one in zip(doors, orders, strict=True)]
        first, *others = [one.result(WAIT_SECONDS) for one in imports]

    assert len(first) > 50
    for found in others:
        shared = first.keys() & found.keys()
        assert len(shared) > 50
        assert {reference: found[reference] for reference in shared} == {
            reference: first[reference] for reference in shared
        }


def test_a_set_does_not_wait_for_whoever_waits_for_its_head(bus: Bus) -> None:
    """A withdrawal locks the person's numbers before the head, which the set holds by then."""
    (known,) = at_once(bus, [file(1)[0]])
    assert isinstance(known, RegisteredPerson)
    told_more = replace(file(1)[0], identity=Identity(given_names="Grace", family_name="Sample"))
    more = [replace(told_more, same_as=known.participant_id, reference="2"), *file(5, "new ")]

    with ThreadPoolExecutor(1) as pool, bus.ledger.begin() as tx:
        tx.numbers_of(known.participant_id)
        registered = pool.submit(at_once, bus, more).result(WAIT_SECONDS)
        tx.hold_head()

    assert len(registered) == len(more)
    assert all(isinstance(answer, RegisteredPerson) for answer in registered[:1])


def test_an_import_that_stops_goes_on_where_it_stopped(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sets before are registered; the one that failed is not, by half or at all."""
    monkeypatch.setattr("deploy.operations.registrar.TOGETHER", 3)
    applicants = [Applicant(str(place), Identity(), None) for place in range(8)]
    drawn = numbers(7)
    few = iter([next(drawn) for _ in range(5)])

    def draw() -> PassportNumber:
        number = next(few, None)
        if number is None:
            raise BusError("No number was drawn.")
        return number

    stopping = Register(pepper=PEPPER, vault=bus.vault, partitions=PARTITIONS, draw=draw)
    with pytest.raises(BusError, match="No number was drawn"):
        HubRegistrar(bus.ledger, stopping).register(COLLEGE, applicants)
    with bus.engine.connect() as connection:
        linked = connection.scalar(select(func.count()).select_from(provider_reference))
    found = HubRegistrar(bus.ledger, bus.register).register(COLLEGE, applicants)

    assert linked == 3
    assert [isinstance(one, Registered) and one.is_new for one in found] == [False] * 3 + [True] * 5
