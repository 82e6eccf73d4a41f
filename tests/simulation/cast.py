"""Who and what the histories are about: made once, the same in each, so that they are cheap."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from consent_ledger.agreements import Agreement, Article9, Basis
from consent_ledger.agreements import Terms as CategoryTerms
from consent_ledger.terms import InForce, Terms
from consent_ledger.vault import Vault
from schemas.categories import Category
from schemas.codec import encode
from schemas.events import Event
from schemas.identifiers import derived_event_id, new_passport_number
from schemas.trays import partition_of
from tests.factories import make_enrolment, make_outcome, make_referral

PARTITIONS = 2
PEPPER = bytes(32)
VAULT = Vault([bytes(32)], PEPPER)
PROVIDERS = ("borough-d", "charity-b", "college-c")
SERVICES = {"borough-d.jobs": False, "charity-b.recovery": True, "college-c.adult-skills": False}
PEOPLE = 3
EVENTS = 5
REVISIONS = 3
UNUSED = ("contact", "area", "background", "equality", "justice", "wellbeing", "notes")
"""Blocks that no agreement here opens: without them an event is read in half the time."""


class Somebody(NamedTuple):
    """A participant of every history."""

    participant_id: str
    ledger_id: uuid.UUID
    partition: int
    salt: bytes
    sealed_key: bytes


class Published(NamedTuple):
    """A revision of an event, encoded."""

    participant_id: str
    provider_id: str
    value: bytes


@cache
def people() -> tuple[Somebody, ...]:
    """Return the participants, on both partitions."""
    found: list[Somebody] = []
    while len(found) < PEOPLE:
        number = new_passport_number()
        partition = partition_of(number, PARTITIONS)
        if partition == len(found) % PARTITIONS:
            key = VAULT.new_key(number)
            found.append(Somebody(number, uuid.uuid4(), partition, bytes(16), key))
    return tuple(found)


@cache
def published(person: int, event: int, revision: int) -> Published:
    """Return one revision of one of a person's events: some blocks come and go with it."""
    make = (make_referral, make_enrolment, make_outcome)[event % 3]
    number = people()[person].participant_id
    built: Event = make(
        list(SERVICES)[(event + person) % 3] if event < EVENTS - 1 else "charity-b.unheard-of",
        participant_id=number,
        provider_id=PROVIDERS[event % 3],
        event_id=derived_event_id(PEPPER, number, str(event)),
        revision=revision,
    )
    without = (("health",), ("identity", "money"), ())[(revision + event) % REVISIONS]
    lean = built.model_copy(update=dict.fromkeys((*UNUSED, *without)))
    return Published(number, built.provider_id, encode(lean))


@cache
def agreements(version: int) -> Mapping[str, Agreement]:
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
    }
    common = {"recipient_name": "A recipient", "retention_days": 1, "version": version + 1}
    plain = "An agreement of the simulation, for nobody to read."
    return {
        "wide.purpose": Agreement(
            id="wide.purpose",
            plain=plain,
            events=frozenset({"referral", "enrolment", "outcome"}),
            categories=wide,
            ended=version == 3,
            **common,
        ),
        "hub.statistics": Agreement(
            id="hub.statistics",
            plain=plain,
            events=frozenset({"referral", "outcome"}),
            categories=counted,
            applies_to="everyone",
            valid_until=datetime(2026, 6, 3, tzinfo=UTC) if version == 0 else None,
            pseudonymous=True,
            generalise={Category.IDENTITY: "birth-band"},
            **common,
        ),
        "task.purpose": Agreement(
            id="task.purpose",
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


def terms(version: int, seqs: Mapping[str, int], services: Mapping[str, bool]) -> Terms:
    """Return the terms in force when these entries brought that version in."""
    return Terms(
        {one.id: InForce(one, seqs[one.id]) for one in agreements(version).values()},
        dict(services),
        frozenset(PROVIDERS),
    )
