"""Mutants of a turn: what it reads, what it looks at again, and how it names what it sends."""

from typing import Final

from tests.simulation.mutant import Mutant

_FILTER: Final = "consent_ledger.filter."
MUTANTS_OF_TURNS: Final = (
    Mutant(
        "a decision is remembered beyond its moment",
        _FILTER + "remembered_decisions",
        "RememberedDecisions.decide",
        "if now != self._now:",
        "if self._now is None:",
    ),
    Mutant(
        "a decision is remembered whatever was granted",
        _FILTER + "remembered_decisions",
        "RememberedDecisions.decide",
        "standing[:-1]",
        "standing[1:-1]",
    ),
    Mutant(
        "a decision is remembered whether or not the service is sensitive",
        _FILTER + "remembered_decisions",
        "RememberedDecisions.decide",
        "provider_id, event, is_sensitive)",
        "provider_id, event)",
    ),
    Mutant(
        "a decision is remembered for every agreement",
        _FILTER + "remembered_decisions",
        "RememberedDecisions.decide",
        "(in_force.agreement.id, ",
        "(",
    ),
    Mutant(
        "a retraction has the id of what it retracts",
        _FILTER + "planning",
        "Planner._retracted",
        "issued[place.agreement_id] += 1",
        "pass",
    ),
    Mutant(
        "ids begin again after a tombstone",
        _FILTER + "planning",
        "Planner.plan",
        "issued = _issued(last)",
        "issued = _issued({place: sent for place, sent in last.items() if sent.mask})",
    ),
    Mutant(
        "a retraction is skipped when the last disclosure was not confirmed",
        _FILTER + "planning",
        "Planner._retracted",
        "before.mask != NOTHING or not before.is_confirmed",
        "before.mask != NOTHING and before.is_confirmed",
    ),
    Mutant(
        "a tombstone of a pseudonymous tray is in another partition",
        _FILTER + "planning",
        "Planner._delivery",
        "place.partition,\n",
        "place.partition if content else partition_of(shown_as, self._partitions),\n",
    ),
    Mutant(
        "what a clock that was ahead has decided is forgotten",
        _FILTER + "agenda",
        "read_agenda",
        "max(cursor.decided_until, now)",
        "now",
    ),
    Mutant(
        "a clock that is behind looks at nothing again",
        _FILTER + "agenda",
        "read_agenda",
        "min(cursor.checked_at, now)",
        "cursor.checked_at",
    ),
    Mutant(
        "an offset is read twice",
        _FILTER + "batch",
        "Preparation._admit",
        "record.offset + 1",
        "record.offset",
    ),
    Mutant(
        "an offset that is read twice is taken twice",
        _FILTER + "batch",
        "Preparation._accepted",
        "if event.revision not in history.digests:",
        "if True:",
    ),
    Mutant(
        "of several changes to a person the first alone is looked at",
        _FILTER + "agenda",
        "read_agenda",
        "agreements.add(agreement_id)",
        "agreements.add(agreement_id) if not agreements else None",
    ),
    Mutant(
        "a changed agreement waits for the next service",
        _FILTER + "agenda",
        "Agenda.put_off",
        "frozenset(self.agreements) or None",
        "None if self.services else frozenset(self.agreements)",
    ),
    Mutant(
        "the terms of a turn are those of its process's start",
        _FILTER + "shard",
        "Shard._begin",
        "self._terms = _read_terms(transaction, self._settings, self._terms)",
        "pass",
    ),
)
