import re

import pytest

from consent_ledger.filter.failpoints import TurnStep
from tests.model.designs import DESIGNS, Design
from tests.model.search import MODEL, search, trail

OURS = [one for one in DESIGNS if one.breaks is None]
WEAKER = [one for one in DESIGNS if one.breaks is not None]

pytestmark = [
    pytest.mark.needs("spin", install="apt-get install spin"),
    pytest.mark.needs("gcc", install="apt-get install gcc libc6-dev"),
]


@pytest.mark.parametrize("design", OURS, ids=lambda design: design.name)
def test_the_design_holds_in_every_history(design: Design) -> None:
    """The search was exhaustive, and no order of steps and faults broke a claim."""
    found = search(design)

    assert found.is_complete
    assert found.broken is None
    assert found.holds


@pytest.mark.parametrize("design", WEAKER, ids=lambda design: design.name)
def test_a_weaker_design_breaks_a_claim(design: Design) -> None:
    """Each part of the design is needed: without it one fault, or none, is enough."""
    found = search(design)

    assert found.broken == design.breaks
    assert not found.holds


def test_a_trail_tells_the_history_in_words() -> None:
    """Somebody who reads it sees who did what, up to the step that breaks the claim."""
    steps = trail(next(one for one in WEAKER if one.name == "the API retracts"))

    assert any(one.startswith("participant: withdraws") for one in steps)
    assert "enforced, and the tray holds revision" in steps[-1]


def test_a_search_that_was_cut_short_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound that is too small must not look like a design that holds."""
    monkeypatch.setattr("tests.model.search.DEPTH", 20)

    assert not search(OURS[0]).holds


def test_every_weakening_that_the_model_knows_is_searched() -> None:
    """A switch without a row would be a claim that nobody checks."""
    text = MODEL.read_text()
    listed = set(re.findall(r"^ \*   ([A-Z_]+)  ", text, re.MULTILINE))
    used = {name for one in DESIGNS for name in one.defined if "=" not in name}

    assert listed == used


def test_the_model_names_every_step_at_which_the_filter_may_be_killed() -> None:
    """Whoever adds a step to a turn says where it stands in the model."""
    text = MODEL.with_name("filter.pml").read_text()

    assert [step.name for step in TurnStep if step.name not in text] == []
