import pytest

from consent_ledger.verification import ledger_verification
from tests.plugins.profile import Profile
from tests.tampering.attack import ATTACKS
from tests.tampering.prove import PORTION, Result, play, prove

LEAST_CLASSES = 12


@pytest.fixture(scope="module")
def result(profile: Profile) -> Result:
    """Grow many honest ledgers, and attack a copy of each."""
    return prove(profile.tampers, processes=2)


@pytest.mark.timeout(600)
def test_every_attack_is_found_and_the_first_bad_entry_named(
    result: Result, profile: Profile
) -> None:
    """Given one checkpoint that was kept outside, whatever was done to the copy."""
    assert result.missed == []
    assert result.tried.total() == profile.tampers


@pytest.mark.timeout(600)
def test_no_honest_ledger_is_accused(result: Result, profile: Profile) -> None:
    """However it grew, and whichever of its checkpoints was kept."""
    assert result.accused == []
    assert result.honest == profile.tampers


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
