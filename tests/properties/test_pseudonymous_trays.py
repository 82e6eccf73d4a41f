import hashlib
import hmac
import uuid
from collections.abc import Iterator
from datetime import datetime, time
from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement, Pseudonym
from consent_ledger.consent.changes import Notice
from consent_ledger.redaction.pseudonyms import Pseudonyms
from consent_ledger.rights.erasure import record_erasure
from deploy.operations.tray_names import under_their_number
from schemas.categories import Category
from schemas.codec import decode
from schemas.derivation import derived_event_id
from schemas.events import Event
from schemas.identifiers import AgreementId, EventId, PassportNumber, ServiceId
from schemas.trays import TrayRecord, is_tick, split_out_key
from tests.properties.memory_bus import MemoryBus
from tests.support.bus_settings import PEPPER
from tests.support.event_strategies import PASSPORT_NUMBERS, REFERENCES, SERVICES, events
from tests.support.shared_fields import all_fields
from tests.support.trays_planned import make_agreement, shared_on

PEOPLE = PASSPORT_NUMBERS[:2]
PSEUDONYMOUS = [
    make_agreement(
        AgreementId(f"{recipient}.statistics"),
        pseudonym=stands_for,
        categories=shared_on("public-task", *Category),
        applies_to="everyone",
        fields=all_fields(),
    )
    for recipient, stands_for in (
        ("hub", Pseudonym.PERSON),
        ("ministry", Pseudonym.PERSON),
        ("college", Pseudonym.JOURNEY),
        ("university", Pseudonym.EVENT),
    )
]
NAMED = make_agreement(
    AgreementId("passport.coordination"),
    applies_to="everyone",
    categories=shared_on("public-task", *Category),
)
COMMON = {"ce_specversion", "content-type", "ce_type", "ce_time", "basis", "closed"}
"""Headers out of a few words, or of days: they name nobody."""


@st.composite
def lives(draw: st.DrawFn) -> MemoryBus:
    """Give a bus on which things happened to two people, who may be one and may be erased."""
    bus = MemoryBus([*PSEUDONYMOUS, NAMED], PEOPLE)
    published: dict[str, Event] = {}
    for event in draw(st.lists(events(), min_size=1, max_size=4)):
        published[event.event_id] = event.model_copy(
            update={"participant_id": draw(st.sampled_from(PEOPLE)), "revision": 1}
        )
    for event in published.values():
        bus.publish(event)
    if draw(st.booleans()):
        bus.turn()
        corrected = next(iter(published.values()))
        bus.publish(corrected.model_copy(update={"revision": 2, "referral_ref": REFERENCES[-1]}))
    bus.turn()
    bus.enter(Notice(number=PEOPLE[0], agreement=PSEUDONYMOUS[0].id))
    if draw(st.booleans()):
        bus.merge(PEOPLE[1], PEOPLE[0])
    bus.turn()
    if draw(st.booleans()):
        with bus.ground.begin() as tx:
            record_erasure(tx, PEOPLE[0], bus.vault)
    bus.turn()
    return bus


def about_people(bus: MemoryBus, agreement: Agreement) -> list[TrayRecord]:
    """Return a tray's records without its ticks, which are the same in every tray."""
    return [one for one in bus.records(agreement.id) if not is_tick(one.key)]


def naming(record: TrayRecord) -> set[str]:
    """Return every value of a record, its key and its headers that could name one of its own."""
    found = {record.key.decode(), *split_out_key(record.key)}
    found |= {f"{name} {value.decode()}" for name, value in record.headers if name not in COMMON}
    if record.value is not None:
        fields = decode(record.value)
        found |= {fields["participant_id"], fields["event_id"], fields["referral_ref"] or ""}
        found.add((fields["source"] or {}).get("reference", ""))
    return found - {""}


def moments(value: Any) -> Iterator[datetime]:
    """Yield the moments in a decoded value, at any depth; two of the envelope are always empty."""
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from moments(one)
    elif isinstance(value, list):
        for one in value:
            yield from moments(one)


@given(lives())
def test_two_trays_have_no_value_by_which_they_could_be_joined(bus: MemoryBus) -> None:
    """Two pseudonymous ones, or one of them and a tray with real names; to the last tombstone."""
    for one, other in combinations([*PSEUDONYMOUS, NAMED], 2):
        theirs = [
            {name for record in about_people(bus, tray) for name in naming(record)}
            for tray in (one, other)
        ]

        assert all(theirs)
        assert not theirs[0] & theirs[1]


@given(lives())
def test_a_pseudonymous_tray_tells_no_moment_finer_than_a_day(bus: MemoryBus) -> None:
    """Neither in a value nor in a header."""
    for agreement in PSEUDONYMOUS:
        for record in about_people(bus, agreement):
            told = list(moments(decode(record.value))) if record.value is not None else []
            at = dict(record.headers).get("ce_time", b"0000-00-00T00:00:00.000Z").decode()

            assert {one.time() for one in told} <= {time()}
            assert at.endswith("T00:00:00.000Z")


@given(lives())
def test_every_tray_is_as_the_audit_works_it_out(bus: MemoryBus) -> None:
    """Whatever a pseudonym stands for: merged, corrected and erased, nothing is left behind."""
    bus.assert_holds()
    for agreement in PSEUDONYMOUS:
        keys = [record.key for record in about_people(bus, agreement)]
        names = [split_out_key(key) for key in keys]
        if agreement.pseudonym is not Pseudonym.PERSON:
            assert len({name for name, _ in names}) == len(set(names))


@given(lives())
def test_the_hub_finds_a_person_s_records_and_nobody_else_s(bus: MemoryBus) -> None:
    """By the pepper alone, also once the person is erased: so that it can certify that."""
    numbers = {number: number.encode() for number in PEOPLE}
    for agreement in PSEUDONYMOUS:
        trail = about_people(bus, agreement)
        found = {
            number: [
                record.key
                for record in under_their_number(trail, agreement, [number], PEPPER)
                if record.key.startswith(numbers[number] + b"|")
            ]
            for number in PEOPLE
        }

        assert sum(map(len, found.values())) == len(trail)


references = st.text(st.sampled_from("0123456789"), min_size=1, max_size=4)


def guesses(*parts: str) -> set[EventId]:
    """Return what somebody without the pepper would try for the id of a source's key."""
    found = {derived_event_id(secret, *parts) for secret in (b"", b"pepper", bytes(32))}
    for joined in ("".join(parts), "|".join(parts), "/".join(parts), str(parts)):
        for digest in (
            hashlib.sha256(joined.encode()).digest(),
            hashlib.md5(joined.encode(), usedforsecurity=False).digest(),
            hmac.digest(b"", joined.encode(), "sha256"),
        ):
            found.add(EventId(str(uuid.UUID(bytes=digest[:16]))))
        found.add(EventId(str(uuid.uuid5(uuid.NAMESPACE_OID, joined))))
    return found


@given(references, st.sampled_from(SERVICES))
def test_an_event_id_cannot_be_confirmed_by_guessing_its_source(
    reference: str, service_id: ServiceId
) -> None:
    """All references of four figures are tried in no time: none gives the id without the pepper."""
    key = ("ilr-aim", "10000001", reference, service_id)

    assert derived_event_id(PEPPER, *key) == derived_event_id(PEPPER, *key)
    assert derived_event_id(PEPPER, *key) not in guesses(*key)


@given(st.uuids().map(str), st.sampled_from(PEOPLE))
def test_a_pseudonymous_event_id_cannot_be_computed_from_the_real_one(
    event_id: EventId, participant_id: PassportNumber
) -> None:
    """Not by the recipient of a tray with real names, who knows all but the pepper."""
    known = guesses(participant_id, event_id) | guesses(event_id) | {event_id}
    for agreement in PSEUDONYMOUS:
        known |= guesses(agreement.id, participant_id, event_id)
        known.add(Pseudonyms(b"", agreement.id).event(participant_id, event_id))

    for agreement in PSEUDONYMOUS:
        assert Pseudonyms(PEPPER, agreement.id).event(participant_id, event_id) not in known
