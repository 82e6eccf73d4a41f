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
from consent_ledger.project import Projection
from consent_ledger.vault import Vault
from schemas import codec, registry, trays
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

    def projection(agreement: Agreement, pepper: bytes) -> Projection:
        """Return the one of this agreement: the cast keeps its agreements for good."""
        if id(agreement) not in projections:
            projections[id(agreement)] = Projection(agreement, pepper)
        return projections[id(agreement)]

    places = (
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
        (Vault, "open_key", remembered(Vault.open_key)),
    )
    cast.vault.cache_clear()
    with ExitStack() as stack:
        for place, name, made in places:
            stack.enter_context(patch.object(place, name, made))
        yield
