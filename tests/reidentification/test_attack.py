import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from consent_ledger.reidentification.joins import Method
from consent_ledger.reidentification.tray_view import view_of
from consent_ledger.reidentification.uniqueness import people_by_group
from schemas.identifiers import AgreementId
from tests.reidentification.attack import Attack
from tests.reidentification.made_up_town import MadeUpTown
from tests.support.bus import SHIPPED_AGREEMENTS

GUARANTEES = Path(__file__).parents[2] / "docs" / "guarantees.md"
WIDEST = AgreementId("passport.coordination")
"""The named tray that shows the most of the most people: who reads it joins the best."""

NAMED = [one.id for one in SHIPPED_AGREEMENTS if not one.pseudonymous]
PSEUDONYMOUS = [one.id for one in SHIPPED_AGREEMENTS if one.pseudonymous]
HUBS_OWN = AgreementId("hub.statistics")
OUTSIDERS = [one for one in PSEUDONYMOUS if one != HUBS_OWN]

Attacks = Callable[[AgreementId, AgreementId], Attack]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> MadeUpTown:
    """Four hundred made-up people who lived, and some of whom were erased."""
    return MadeUpTown(tmp_path_factory.mktemp("return"))


@pytest.fixture(scope="module")
def attack(town: MadeUpTown) -> Attacks:
    """Whoever reads a named tray and a pseudonymous one, once each."""
    return cache(lambda named, pseudonymous: Attack(town, named, pseudonymous))


@pytest.mark.parametrize("agreement_id", PSEUDONYMOUS)
def test_the_page_says_what_an_attack_on_a_pseudonymous_tray_finds(
    attack: Attacks, agreement_id: AgreementId
) -> None:
    """By each method, so many people rightly named of so many claimed."""
    scores = attack(WIDEST, agreement_id).scores()

    measured = {one.value: f"{found.right} of {found.claimed}" for one, found in scores.items()}
    assert said_of(agreement_id, "by the join of") == measured


@pytest.mark.parametrize("agreement_id", PSEUDONYMOUS)
def test_the_page_says_how_many_are_alone(town: MadeUpTown, agreement_id: AgreementId) -> None:
    """By all that stands under a pseudonym."""
    groups = people_by_group(view_of(town.before[agreement_id]), town.owners(agreement_id))

    assert said_of(agreement_id, "people alike") == {one: str(n) for one, n in groups.items()}


def test_the_score_is_no_artefact(attack: Attacks) -> None:
    """Where each pseudonym is somebody else's, the same claims are wrong."""
    found = attack(WIDEST, HUBS_OWN)
    true, shuffled = found.scores(), found.scores_on_shuffled_truth()

    assert true[Method.VALUES].precision > 0.95
    assert max(one.precision for one in shuffled.values()) < 0.1
    assert {one: found.claimed for one, found in true.items()} == {
        one: found.claimed for one, found in shuffled.items()
    }


@pytest.mark.parametrize("agreement_id", OUTSIDERS)
def test_what_outsiders_get_leaves_few_alone(town: MadeUpTown, agreement_id: AgreementId) -> None:
    """Fewer than one of twenty, by all that is shown of them."""
    groups = people_by_group(view_of(town.before[agreement_id]), town.owners(agreement_id))

    assert sum(groups.values()) > 100
    assert groups["1"] < sum(groups.values()) / 20


@pytest.mark.parametrize("named", NAMED)
@pytest.mark.parametrize("agreement_id", OUTSIDERS)
def test_no_method_names_people_in_what_outsiders_get(
    attack: Attacks, agreement_id: AgreementId, named: AgreementId
) -> None:
    """None claims three or more with more than half of them right, of what stands in the tray.

    A retraction does not wait for a batch: what its arrival tells stands on the page.
    """
    scores = attack(named, agreement_id).scores()

    found = {
        method: one
        for method, one in scores.items()
        if method is not Method.RETRACTIONS and one.claimed >= 3 and one.precision > 0.5
    }
    assert not found


def said_of(agreement_id: AgreementId, heading: str) -> dict[str, str]:
    """Return what a table of the page has in an agreement's column, by row."""
    text = GUARANTEES.read_text(encoding="utf-8")
    (table,) = re.findall(rf"^\| {heading} \|.*\n(?:\|.*\n)+", text, re.MULTILINE)
    head, _, *rows = ([cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines())
    column = head.index(f"`{agreement_id}`")
    return {row[0]: row[column] for row in rows}
