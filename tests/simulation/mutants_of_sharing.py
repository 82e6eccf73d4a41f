"""Mutants of what is decided once for many events, or rendered once for several trays."""

from typing import Final

from tests.simulation.mutant import Mutant
from tests.simulation.mutants_of_rules import RuleMutant

_FILTER: Final = "consent_ledger.filter."
_NOTICES: Final = "tests.unit.consent_ledger.test_remembered_decisions"
MUTANTS_OF_SHARING: Final = (
    RuleMutant(
        Mutant(
            "a decision is remembered whoever was left out",
            _FILTER + "remembered_decisions",
            "RememberedDecisions.decide",
            "standing[:-1]",
            "(*standing[:2], *standing[3:-1])",
        ),
        _NOTICES,
        "test_whatever_a_decision_looks_at_is_told_apart",
    ),
    RuleMutant(
        Mutant(
            "a decision is remembered whichever provider told",
            _FILTER + "remembered_decisions",
            "RememberedDecisions.decide",
            "standing[:-1], provider_id, event",
            "standing[:-1], event",
        ),
        _NOTICES,
        "test_whatever_a_decision_looks_at_is_told_apart",
    ),
    RuleMutant(
        Mutant(
            "a decision is remembered whatever kind of event it is",
            _FILTER + "remembered_decisions",
            "RememberedDecisions.decide",
            "provider_id, event, is_sensitive)",
            "provider_id, is_sensitive)",
        ),
        _NOTICES,
        "test_whatever_a_decision_looks_at_is_told_apart",
    ),
    RuleMutant(
        Mutant(
            "a remembered decision names the entry of its first",
            _FILTER + "remembered_decisions",
            "RememberedDecisions.decide",
            "max(in_force.seq, standing.seq, newest)",
            "max(made.seq, newest)",
        ),
        _NOTICES,
        "test_whatever_a_decision_looks_at_is_told_apart",
    ),
    RuleMutant(
        Mutant(
            "trays that open different blocks share a record",
            _FILTER + "planning",
            "Planner._render",
            "decided = decision.mask, ",
            "decided = decision.closed, ",
        ),
        _NOTICES,
        "test_each_of_several_trays_holds_what_it_would_alone",
    ),
    RuleMutant(
        Mutant(
            "trays that close different blocks share a digest",
            _FILTER + "planning",
            "Planner._render",
            "decision.closed, decision.basis\n",
            "decision.mask, decision.basis\n",
        ),
        _NOTICES,
        "test_each_of_several_trays_holds_what_it_would_alone",
    ),
    RuleMutant(
        Mutant(
            "trays on different bases share a digest",
            _FILTER + "planning",
            "Planner._render",
            "decision.closed, decision.basis\n",
            "decision.closed, Basis.CONSENT\n",
        ),
        _NOTICES,
        "test_each_of_several_trays_holds_what_it_would_alone",
    ),
)
