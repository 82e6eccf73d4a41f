"""Mutants of the audit: what it remembers within one run, for too long or under too little."""

from typing import Final

from tests.simulation.mutant import Mutant

_EXPECTED: Final = "consent_ledger.audit.expected"
_OPENED: Final = "Expectations._open"
_AT_ANY: Final = "return next(one for key, one in self._opened.items() if key[:2] == known[:2])"
_SHOWN: Final = "Expectations.of"
_SHOWN_UNDER: Final = "known = terms.agreement_id, schema, opened\n"
MUTANTS_OF_AUDIT: Final = (
    Mutant(
        "the audit keeps what is open beyond the person",
        _EXPECTED,
        _OPENED,
        "self._person, self._opened = person, {}",
        "self._person = person",
    ),
    Mutant(
        "the audit remembers what is open at whichever service",
        _EXPECTED,
        _OPENED,
        "return self._opened[known]",
        _AT_ANY,
    ),
    Mutant(
        "the audit remembers what is shown whatever is open",
        _EXPECTED,
        _SHOWN,
        _SHOWN_UNDER,
        _SHOWN_UNDER.replace("opened", "None"),
    ),
    Mutant(
        "the audit remembers what is shown in whichever tray",
        _EXPECTED,
        _SHOWN,
        _SHOWN_UNDER,
        _SHOWN_UNDER.replace("terms.agreement_id", "None"),
    ),
)
