"""What is pure is worked out once for all histories: they are about the same few events.

Only while the block runs, and anew in each: a mutant must not be hidden by what was worked out
before it. The next version of each schema is known as long.
"""

import json
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import TypeVar
from unittest.mock import patch

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.audit import expected, facts, journal_rows, terms
from consent_ledger.audit.encoded_fields import EncodedFields
from consent_ledger.consent import changes, new_terms
from consent_ledger.filter import intake, planning, shard, ticks
from consent_ledger.filter.planning import Planner
from consent_ledger.journal import journal
from consent_ledger.journal.vault import Vault
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry
from consent_ledger.redaction import pseudonyms
from consent_ledger.redaction import redactor as project
from consent_ledger.redaction.redactor import Redactor
from schemas import codec, trays
from schemas.categories import Mask
from schemas.codec import WalkedEvent
from schemas.derivation import derived_event_id, derived_token
from schemas.identifiers import passport_number

remembered = lru_cache(maxsize=50_000)

T = TypeVar("T")


def remembered_by(key_of: Callable[..., Hashable], work: Callable[..., T]) -> Callable[..., T]:
    """Remember by something else than the arguments: None is worked out each time."""
    made: dict[Hashable, T] = {}

    def work_once(*given: object) -> T:
        key = key_of(*given)
        if key is None:
            return work(*given)
        if key not in made:
            made[key] = work(*given)
        return made[key]

    return work_once


def _shown(projection: Redactor, event: WalkedEvent, mask: Mask, shown_as: str) -> Hashable:
    return id(projection), event.value, mask, shown_as


def _of_the_hub(entry: NewEntry, at: datetime) -> Hashable:
    """Return what an agreement's or a service's entry is known by; None of any other."""
    match entry.kind:
        case EntryKind.AGREEMENT:
            return entry.agreement_id, entry.facts["terms"]["version"], at
        case EntryKind.SERVICE:
            return entry.service_id, entry.facts["sensitive"], at
    return None


def _in_force(terms: AgreementsInForce, _: bytes, __: Vault, ___: int) -> Hashable:
    versions = (
        (one.agreement.id, one.agreement.version, one.seq) for one in terms.agreements.values()
    )
    return *versions, *terms.services.items()


@contextmanager
def once() -> Iterator[None]:
    """Let the bus remember what is pure while the block runs."""
    walk, out_tray = remembered(codec.walk), remembered(trays.out_tray)
    token, event_id = remembered(derived_token), remembered(derived_event_id)
    places = (
        (shard, "Planner", remembered_by(_in_force, Planner)),
        (changes, "passport_number", remembered(passport_number)),
        (intake, "walk", walk),
        (journal, "walk", walk),
        # the cast keeps its agreements for good
        (new_terms, "body_of", remembered_by(id, new_terms.body_of)),
        (planning, "Redactor", remembered_by(lambda *of: (id(of[0]), *of[2]), Redactor)),
        *((place, "out_tray", out_tray) for place in (planning, ticks)),
        (shard, "in_tray", remembered(trays.in_tray)),
        (ticks, "dead_letters", remembered(trays.dead_letters)),
        (project, "derived_event_id", event_id),
        (pseudonyms, "derived_token", token),
        (pseudonyms, "derived_event_id", event_id),
        (expected, "derived_token", token),
        (terms, "derived_token", token),
        (expected, "derived_event_id", event_id),
        (journal_rows, "EncodedFields", remembered(EncodedFields)),
        (facts, "json", SimpleNamespace(loads=remembered(json.loads))),
        (Redactor, "value", remembered_by(_shown, Redactor.value)),
        (NewEntry, "leaf", remembered_by(_of_the_hub, NewEntry.leaf)),
        (Vault, "open_key", remembered(Vault.open_key)),
    )
    with ExitStack() as stack:
        for place, name, made in places:
            stack.enter_context(patch.object(place, name, made))
        yield
