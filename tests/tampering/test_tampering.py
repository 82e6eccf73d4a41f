import pytest

from consent_ledger.verification import ledger_verification
from tests.tampering.attack import ATTACKS
from tests.tampering.prove import PORTION, Result, play, prove

TAMPERS = 10_000
LEAST_CLASSES = 12


@pytest.fixture(scope="module")
def result() -> Result:
    """Grow ten thousand honest ledgers, and attack a copy of each."""
    return prove(TAMPERS, processes=2)


@pytest.mark.timeout(600)
def test_every_attack_is_found_and_the_first_bad_entry_named(result: Result) -> None:
    """Given one checkpoint that was kept outside, whatever was done to the copy."""
    assert result.missed == []
    assert result.tried.total() == TAMPERS


@pytest.mark.timeout(600)
def test_no_honest_ledger_is_accused(result: Result) -> None:
    """However it grew, and whichever of its checkpoints was kept."""
    assert result.accused == []
    assert result.honest == TAMPERS


@pytest.mark.timeout(600)
def test_every_class_of_attack_was_tried(result: Result) -> None:
    """A class that fits no history would prove nothing."""
    assert set(result.tried) == set(ATTACKS)
    assert len(ATTACKS) >= LEAST_CLASSES


def test_a_verifier_that_does_not_look_at_the_tables_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The proof can fail: what it counts as found is found by the code it is about."""
    monkeypatch.setattr(ledger_verification._Comparison, "finish", lambda _, __: ())

    result = play(range(PORTION))

    assert result.missed
    assert not result.is_proven
