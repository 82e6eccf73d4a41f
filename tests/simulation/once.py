"""What is pure is worked out once for all histories: they are about the same few events.

Only while the block runs, and anew in each: a mutant must not be hidden by what was worked out
before it. The next version of each schema is known as long.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from types import SimpleNamespace
from unittest.mock import patch

from consent_ledger import audit, journal, project, pseudonyms
from consent_ledger.agreements import Agreement
from consent_ledger.filter import intake, planning, shard, ticks
from consent_ledger.filter.planning import Planner
from consent_ledger.project import Projection
from consent_ledger.terms import Terms
from consent_ledger.vault import Vault
from schemas import codec, registry, trays
from schemas.categories import Mask
from schemas.codec import WalkedEvent
from schemas.identifiers import derived_event_id, derived_token
from tests.simulation import cast
from tests.simulation.writers import with_next_versions

remembered = lru_cache(maxsize=50_000)


@contextmanager
def once() -> Iterator[None]:
    """Let the bus remember what is pure while the block runs."""
    walk, token, event_id = map(remembered, (codec.walk, derived_token, derived_event_id))
    out_tray = remembered(trays.out_tray)
    projections: dict[int, Projection] = {}

    values: dict[tuple[int, bytes, Mask, str], bytes] = {}
    work_out = Projection.value

    def value(self: Projection, event: WalkedEvent, mask: Mask, shown_as: str) -> bytes:
        """Return what one projection makes of an event."""
        key = id(self), event.value, mask, shown_as
        if key not in values:
            values[key] = work_out(self, event, mask, shown_as)
        return values[key]

    def projection(agreement: Agreement, pepper: bytes) -> Projection:
        """Return the one of this agreement: the cast keeps its agreements for good."""
        if id(agreement) not in projections:
            projections[id(agreement)] = Projection(agreement, pepper)
        return projections[id(agreement)]

    planners: dict[tuple[int, Vault], tuple[Terms, Planner]] = {}

    def planner(terms: Terms, pepper: bytes, vault: Vault, partitions: int) -> Planner:
        """Return the one under these terms, which are kept: no others are taken for them."""
        key = id(terms), vault
        if key not in planners:
            planners[key] = terms, Planner(terms, pepper, vault, partitions)
        return planners[key][1]

    places = (
        (shard, "Planner", planner),
        (registry, "locked_schemas", with_next_versions),
        (intake, "walk", walk),
        (journal, "walk", walk),
        (planning, "Projection", projection),
        *((place, "out_tray", out_tray) for place in (planning, ticks)),
        (shard, "in_tray", remembered(trays.in_tray)),
        (ticks, "dead_letters", remembered(trays.dead_letters)),
        (project, "derived_event_id", event_id),
        (pseudonyms, "derived_token", token),
        (pseudonyms, "derived_event_id", event_id),
        (audit, "derived_token", token),
        (audit, "derived_event_id", event_id),
        (audit, "decode", remembered(codec.decode)),
        (audit, "json", SimpleNamespace(loads=remembered(json.loads))),
        (Projection, "value", value),
        (Vault, "open_key", remembered(Vault.open_key)),
    )
    cast.vault.cache_clear()
    with ExitStack() as stack:
        for place, name, made in places:
            stack.enter_context(patch.object(place, name, made))
        yield
