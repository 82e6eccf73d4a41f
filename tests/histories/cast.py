"""Who and what the histories are about: made once, the same in each, so that they are cheap."""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from itertools import product
from random import Random
from typing import NamedTuple

from consent_ledger.agreements.agreement import (
    RELEASE_EVERY,
    Agreement,
    Article9,
    Basis,
    CategoryTerms,
    Pseudonym,
)
from consent_ledger.agreements.services import Directory, Provider, Service
from consent_ledger.consent.decisions import Standing
from consent_ledger.journal.vault import Vault
from consent_ledger.redaction.pseudonyms import Pseudonyms
from schemas.blocks import Identity, Needs
from schemas.categories import Category
from schemas.derivation import derived_event_id, derived_token
from schemas.events import Event
from schemas.field_forms import FieldForm
from schemas.identifiers import (
    ALPHABET,
    AgreementId,
    EventId,
    LedgerIndex,
    PassportNumber,
    ProviderId,
    ServiceId,
    TrayName,
    is_passport_number,
)
from schemas.trays import partition_of
from tests.histories.writers import write
from tests.support.bus_settings import PEPPER
from tests.support.factories import make_enrolment, make_outcome, make_referral
from tests.support.shared_fields import all_fields

PARTITIONS = 2
PROVIDERS = (ProviderId("borough-d"), ProviderId("charity-b"), ProviderId("college-c"))
SERVICES = {
    ServiceId("borough-d.jobs"): False,
    ServiceId("charity-b.recovery"): True,
    ServiceId("college-c.adult-skills"): False,
}
NAMES = ("Adaeze", "Bolanle", "Chinwe")
FAMILIES = ("Sample", "Oyelaran", "Whitfield")
BIRTHDAYS = (date(1991, 3, 14), date(1978, 11, 2), date(2003, 7, 25))
ULNS = ("1000000000", "1000000019", "2000000001")
PEOPLE = len(NAMES)
EVENTS = 5
REVISIONS = 3
VERSIONS = 4
LEFT_OUT = ("participation.is_mandatory", "progress.employer", "progress.effective_from")
"""Fields that the pseudonymous agreement does not share."""
UNUSED = ("contact", "area", "background", "equality", "justice", "wellbeing", "notes")
"""Blocks that no agreement here opens: without them an event is read in half the time."""


class Somebody(NamedTuple):
    """A participant of every history. `number` is 1, 2 or 3: how a trace names them."""

    number: int
    participant_id: PassportNumber
    ledger_id: uuid.UUID
    partition: int
    salt: bytes
    sealed_key: bytes


class Published(NamedTuple):
    """A revision of an event, encoded."""

    participant_id: PassportNumber
    partition: int
    provider_id: ProviderId
    value: bytes


class JournalKeys:
    """The journal keys of a bus, by their numbers, the newest first."""

    def __init__(self, *generations: int) -> None:
        self.generations = generations

    def read(self) -> list[bytes]:
        """Return the keys as they are now."""
        return [bytes([one]) * 32 for one in self.generations]

    def vault(self) -> Vault:
        """Return a vault that reads them again when it has to."""
        return Vault(self.read(), PEPPER, self.read)


@cache
def people() -> tuple[Somebody, ...]:
    """Return the participants, on both partitions: the same numbers in every process."""
    drawn = numbers(1)
    found: list[Somebody] = []
    while len(found) < PEOPLE:
        one = next(drawn)
        partition = partition_of(one, PARTITIONS)
        if partition == len(found) % PARTITIONS:
            number = len(found) + 1
            salt, key = bytes([number]) * 16, JournalKeys(0).vault().new_key(one)
            found.append(
                Somebody(number, PassportNumber(one), uuid.UUID(int=number), partition, salt, key)
            )
    return tuple(found)


@cache
def sealed_key(person: int, generation: int) -> bytes:
    """Return a participant's key as a journal key of that generation sealed it; 0 is the first."""
    one = people()[person - 1]
    if generation == 0:
        return one.sealed_key
    return JournalKeys(generation).vault().new_key(one.participant_id)


def numbers(seed: int) -> Iterator[PassportNumber]:
    """Yield passport numbers, the same for a seed."""
    random = Random(seed)  # noqa: S311 - the same people in every process, so that a seed plays alike
    while True:
        body = "".join(random.choice(ALPHABET) for _ in range(8))
        for check in ALPHABET:
            number = f"NWD-{body[:4]}-{body[4:]}-{check}"
            if is_passport_number(number):
                yield PassportNumber(number)


@cache
def names(
    agreement_id: AgreementId,
) -> Mapping[tuple[TrayName, EventId], tuple[Somebody, Somebody, EventId]]:
    """Return in whose name an event stands and which of whose it is, by its names in one tray."""
    pseudonyms = Pseudonyms(PEPPER, agreement_id)
    merged = derived_token(PEPPER, "merged")
    found: dict[tuple[TrayName, EventId], tuple[Somebody, Somebody, EventId]] = {}
    for name, person, event in product(people(), people(), range(EVENTS)):
        event_id = own_id = derived_event_id(PEPPER, person.participant_id, str(event))
        if name != person:
            event_id = derived_event_id(merged, person.participant_id, event_id)
        number = name.participant_id
        if agreements(0)[agreement_id].pseudonymous:
            shown = pseudonyms.participant(number), pseudonyms.event(number, event_id)
            found[shown] = name, person, own_id
        else:
            found[number, event_id] = name, person, own_id
    return found


@cache
def event_of(person: int, event: int, revision: int) -> Event:
    """Return one revision of one of a person's events: some blocks come and go with it."""
    make = (make_referral, make_enrolment, make_outcome)[event % 3]
    number = people()[person - 1].participant_id
    built: Event = make(
        ServiceId(
            list(SERVICES)[(event + person - 1) % 3]
            if event < EVENTS - 1
            else "charity-b.unheard-of"
        ),
        participant_id=number,
        provider_id=PROVIDERS[event % 3],
        event_id=derived_event_id(PEPPER, number, str(event)),
        revision=revision,
    )
    own: dict[str, object] = {
        "identity": identity_of(person),
        "needs": Needs(goals=(f"What {NAMES[person - 1]} hopes for",)),
    }
    without = (("health",), ("identity", "money"), ())[(revision + event) % REVISIONS]
    return built.model_copy(update=own | dict.fromkeys((*UNUSED, *without)))


@cache
def published(person: int, event: int, revision: int, writer: int) -> Published:
    """Return a revision of an event as a writer of that version of the schemas publishes it."""
    one, built = people()[person - 1], event_of(person, event, revision)
    return Published(one.participant_id, one.partition, built.provider_id, write(built, writer))


@cache
def agreements(version: int) -> Mapping[AgreementId, Agreement]:
    """Return the agreements of a version: each later one shares something else."""
    consent = CategoryTerms(basis=Basis.CONSENT)
    special = CategoryTerms(basis=Basis.CONSENT, article_9=Article9.EXPLICIT_CONSENT)
    task = CategoryTerms(basis=Basis.PUBLIC_TASK)
    wide = {
        Category.PARTICIPATION: consent,
        Category.SENSITIVE_PARTICIPATION: special,
        Category.IDENTITY: consent,
        Category.HEALTH: special,
        Category.MONEY: consent,
    }
    if version > 0:
        del wide[Category.HEALTH]
    counted = {
        Category.PARTICIPATION: task,
        Category.IDENTITY: task,
        Category.PROGRESS: task if version < 2 else consent,
        Category.MONEY: consent,
    }
    common = {"recipient_name": "A recipient", "retention_days": 1, "version": version + 1}
    plain = "An agreement of the simulation, for nobody to read."
    return {
        AgreementId("wide.purpose"): Agreement(
            id=AgreementId("wide.purpose"),
            plain=plain,
            events=frozenset({"referral", "enrolment", "outcome"}),
            categories=wide,
            ended=version == VERSIONS - 1,
            **common,
        ),
        AgreementId("hub.statistics"): Agreement(
            id=AgreementId("hub.statistics"),
            plain=plain,
            events=frozenset({"referral", "outcome"}),
            categories=counted,
            applies_to="everyone",
            valid_until=datetime(2026, 6, 3, tzinfo=UTC) if version == 0 else None,
            pseudonym=Pseudonym.PERSON,
            release_every=0 if version == 1 else RELEASE_EVERY,
            fields=all_fields(counted) | dict.fromkeys(LEFT_OUT, FieldForm.LEFT_OUT),
            **common,
        ),
        AgreementId("task.purpose"): Agreement(
            id=AgreementId("task.purpose"),
            plain=plain,
            events=frozenset({"enrolment", "outcome"}),
            categories={
                Category.PARTICIPATION: task,
                Category.MONEY: task,
                Category.NEEDS: consent,
            },
            valid_from=datetime(2026, 6, 3, tzinfo=UTC),
            **common,
        ),
    }


@cache
def beside_pseudonyms() -> Agreement:
    """Return an agreement that would give names to who reads pseudonyms of the same people."""
    named = agreements(0)[AgreementId("wide.purpose")]
    return named.model_copy(update={"id": AgreementId("wide.names"), "organisation": "hub"})


@cache
def asked_consent_for(version: int, agreement_id: AgreementId) -> frozenset[str]:
    """Return the categories that an agreement shares on consent alone."""
    categories = agreements(version)[agreement_id].categories
    return frozenset(one.value for one in categories if categories[one].basis is Basis.CONSENT)


@cache
def full_standing(agreement_id: AgreementId) -> Standing:
    """Return the standing of somebody who was informed and has granted all that was ever asked."""
    return Standing(agreements(0)[agreement_id].consent_mask, is_informed=True, seq=LedgerIndex(0))


@cache
def directory() -> Directory:
    """Return the providers, and the services as they are marked at first."""
    return Directory(
        providers=tuple(Provider(id=one, name=one) for one in PROVIDERS),
        services=tuple(Service(id=one, name=one, sensitive=at) for one, at in SERVICES.items()),
    )


@cache
def identity_of(person: int) -> Identity:
    """Return who a person is, wherever all of it is asked: unlike anybody else here."""
    return Identity(
        given_names=NAMES[person - 1],
        family_name=FAMILIES[person - 1],
        date_of_birth=BIRTHDAYS[person - 1],
        uln=ULNS[person - 1],
    )
