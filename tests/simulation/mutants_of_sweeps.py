"""Mutants of sweeps: what a portion decides by, where it goes on, and when its end is told."""

from typing import Final

from tests.simulation.mutant import Mutant
from tests.simulation.mutants_of_rules import RuleMutant

_FILTER: Final = "consent_ledger.filter."
_UNIT: Final = "tests.unit.consent_ledger.test_sweeps"
MUTANTS_OF_SWEEPS: Final = (
    Mutant(
        "a portion decides under the terms of its sweep's beginning",
        _FILTER + "shard",
        "Shard._sweep",
        "cursor = self._begin(transaction)",
        "cursor = transaction.fence(self._lease)",
    ),
    Mutant(
        "a portion decides for the moment at which its sweep began",
        _FILTER + "shard",
        "Shard._sweep",
        "now = self._settings.clock()",
        "now = sweep.until",
    ),
    Mutant(
        "what does not fit into a turn is forgotten",
        _FILTER + "shard",
        "Shard._send",
        "begun=begun",
        "begun=()",
    ),
    Mutant(
        "a portion is told as swept before it is sent",
        _FILTER + "shard",
        "Shard._sweep",
        "entries = transaction.entries(sweep.seqs) if portion.after is None else []",
        "entries = []; swept = sweep.gone_on(portion.after, {});"
        " transaction.close_turn(self._lease, {}, cursor, [], swept=swept)",
    ),
    Mutant(
        "what is said during a sweep is told as enforced before it is sent",
        _FILTER + "shard",
        "Shard._take",
        "batch = self._prepare(transaction, records, agenda.scope, now, sweeps=sweeps)",
        "batch = self._prepare(transaction, records, agenda.scope, now, sweeps=sweeps);"
        " transaction.close_turn(self._lease, {}, agenda.cursor, [], begun=begun); begun = []",
    ),
    Mutant(
        "who takes a shard over forgets what is swept",
        _FILTER + "shard",
        "Shard.acquire",
        "shard._sweeps = transaction.sweeps(lease)",
        "pass",
    ),
    Mutant(
        "who takes over begins behind what is still swept",
        _FILTER + "shards",
        "_successors",
        "cursor=state.of_everybody",
        "cursor=state.cursor",
    ),
    Mutant(
        "of somebody with many events the first are swept alone",
        _FILTER + "portions",
        "Portions.next",
        "Reached(sweep.participant_id, part.upto) if part.upto else None",
        "None",
    ),
    Mutant(
        "in a sweep of everybody the first events of each are swept alone",
        _FILTER + "portions",
        "Portions._of",
        "Reached(first, part.upto), part",
        "Reached(first), part",
    ),
    Mutant(
        "a sweep of everybody ends with its first portion",
        _FILTER + "portions",
        "Portions._of",
        "Reached(chosen[-1])",
        "None",
    ),
    Mutant(
        "a portion settles all that waits of somebody",
        _FILTER + "portions",
        "Portion.holds",
        " and self.part.holds(row.event_id)",
        "",
    ),
)
"""Those that a history notices."""

RULES_OF_SWEEPS: Final = (
    RuleMutant(
        Mutant(
            "a sweep forgets where it was when its process is killed",
            _FILTER + "shard",
            "Shard.acquire",
            "shard._sweeps = transaction.sweeps(lease)",
            "shard._sweeps = [one.gone_on(Sweep.after, {}) for one in transaction.sweeps(lease)]",
        ),
        _UNIT,
        "test_a_killed_process_goes_on_where_it_was",
    ),
    RuleMutant(
        Mutant(
            "whoever withdraws waits for the end of a sweep",
            _FILTER + "shard",
            "Shard.turn",
            "self.is_sweeping and not self._has_just_swept",
            "self.is_sweeping",
        ),
        _UNIT,
        "test_somebody_who_withdraws_does_not_wait_for_the_end_of_a_sweep",
    ),
    RuleMutant(
        Mutant(
            "one person waits for the end of a sweep of everybody",
            _FILTER + "agenda",
            "Agenda.put_off",
            "for participant_id in sorted(people):",
            "for participant_id in ():",
        ),
        _UNIT,
        "test_a_person_with_many_events_is_swept_and_nobody_waits",
    ),
    RuleMutant(
        Mutant(
            "a batch that is not due any more is released",
            _FILTER + "portions",
            "Portions._released",
            "due != self._due or ",
            "",
        ),
        _UNIT,
        "test_a_batch_that_is_not_due_any_more_is_released_no_further",
    ),
)
"""Those that each have a unit test which notices them."""
