from random import Random

import pytest

from consent_ledger.verification import ledger_verification
from tests.plugins.profile import Profile
from tests.simulation.mutant import applied
from tests.tampering.attack import ATTACKS, Target
from tests.tampering.checks_left_out import CHECKS_LEFT_OUT, LeftOut
from tests.tampering.honest_history import HonestHistory
from tests.tampering.prove import PORTION, Result, play, prove

LEAST_CLASSES = 55
MOST_SEEDS = 300
"""A check left out whose attack so many histories do not miss is no check."""


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


@pytest.mark.parametrize(
    "left_out", CHECKS_LEFT_OUT, ids=lambda one: one.mutant.name.replace(" ", "-")
)
def test_a_check_that_is_left_out_is_noticed(left_out: LeftOut) -> None:
    """The attack that it is there for is not found any more, or not where it is."""
    with applied(left_out.mutant):
        for seed in range(MOST_SEEDS):
            target = Target(HonestHistory(seed), Random(seed))  # noqa: S311 - attacks, not secrets
            wanted = ATTACKS[left_out.attack](target)
            if wanted and not wanted.is_named(target.copy.verify(target.trusted, target.outside)):
                return
    pytest.fail("no attack has noticed it")
