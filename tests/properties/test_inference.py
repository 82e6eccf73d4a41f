from functools import reduce

import pytest
from hypothesis import given, settings

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.decisions import Standing
from consumers.analytics.facts import AnalyticsFact, fact_of
from consumers.changes import Upsert, latest_changes
from consumers.passport.event_facts import facts_of
from consumers.passport.form import FilledForm, fill
from consumers.passport.forms.known_forms import STANDARD, form_of
from consumers.passport.organisation import as_organisation
from consumers.passport.view import Passport, build
from schemas.categories import Category
from schemas.identifiers import PassportNumber
from tests.properties.happenings import (
    GATES,
    PASSPORT,
    PEOPLE,
    SUPPORT,
    TURN,
    Happening,
    NextVersion,
    Publish,
    PublishOnce,
    grant,
)
from tests.properties.two_histories import History, Recipient, play, two_histories


def held(history: History, agreement: Agreement) -> list[Upsert]:
    """Return what a recipient holds that has read its tray to the end."""
    changes = latest_changes(history.bus.records(agreement.id))
    return [one for one in changes if isinstance(one, Upsert)]


def looked_up(history: History, agreement: Agreement) -> list[tuple[Passport, FilledForm]]:
    """Return every passport as an organisation sees it by its agreement, with a filled form."""
    facts = [fact for one in held(history, PASSPORT) for fact in facts_of(one)]
    found = []
    for number in PEOPLE:
        standing = reduce(Standing.and_also, history.standings_of_person(number, agreement))
        may_see = as_organisation(
            [(agreement, standing)], history.bus.terms().is_sensitive, history.clock()
        )
        of_person = [fact for fact in facts if fact.participant_id == number]
        passport = build(PassportNumber(number), of_person, may_see)
        found.append((passport, fill(form_of(STANDARD), passport)))
    return found


def counted(history: History, agreement: Agreement) -> list[AnalyticsFact]:
    """Return what the figures of the hub are made of."""
    return [fact_of(one) for one in held(history, agreement)]


@settings(max_examples=150)
@given(two_histories())
def test_what_a_recipient_gets_does_not_depend_on_what_it_may_not_see(
    drawn: tuple[Recipient, History, History],
) -> None:
    """Every record of its tray, offset and header included, every passport, form and figure."""
    recipient, one, other = drawn
    agreement = recipient.agreement

    assert one.bus.records(agreement.id) == other.bus.records(agreement.id)
    assert counted(one, agreement) == counted(other, agreement)
    assert looked_up(one, agreement) == looked_up(other, agreement)


EVERYTHING = frozenset(Category)
FULL = 2 * sum(6**place for place in range(12))
"""The number by which every block of an event is filled."""
SOME = Recipient(SUPPORT, frozenset({*GATES, Category.CONTACT, Category.NEEDS}))
CORRECTIONS = [
    pytest.param(PublishOnce((0, number), 1, hidden), id=f"event {number}, hidden {hidden}")
    for number in (0, 2, 3)
    for hidden in (0, FULL)
]


def begun(recipient: Recipient) -> list[Happening]:
    """Return how somebody is asked, and events come in and are delivered."""
    asked = [grant(0, one, EVERYTHING - {Category.NEEDS}) for one in (PASSPORT, SUPPORT)]
    published = [Publish((0, number), FULL, (FULL, FULL)) for number in (0, 2, 3)]
    assert recipient.agreement is SUPPORT
    return [*asked, *published, TURN]


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_a_correction_during_a_sweep_does_not_come_before_it(correction: PublishOnce) -> None:
    """Else the place of a record that a new version asks for would show what was corrected."""
    recipient = Recipient(PASSPORT, frozenset(GATES))
    version = NextVersion(PASSPORT, kept=frozenset(GATES), is_ended=False)
    asked = [grant(0, PASSPORT, frozenset(GATES))]
    published = [Publish((0, number), FULL, (FULL, FULL)) for number in (0, 2, 3)]
    new = Publish((0, 1), FULL, (FULL, FULL))

    one, other = play(recipient, [*asked, *published, TURN, correction, version, new, TURN, TURN])

    assert len(other.bus.records(PASSPORT.id)) > 4
    assert one.bus.records(PASSPORT.id) == other.bus.records(PASSPORT.id)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_a_correction_of_what_is_closed_is_no_record(correction: PublishOnce) -> None:
    """Nor anything else: no tombstone, no higher issue. Whoever may see the correction gets it."""
    one, other = play(SOME, [*begun(SOME), correction, TURN])

    assert len(one.bus.records(SUPPORT.id)) == 3
    assert one.bus.records(SUPPORT.id) == other.bus.records(SUPPORT.id)
    assert (len(other.bus.records(PASSPORT.id)) > 3) == (correction.hidden != FULL)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_a_correction_of_what_is_closed_does_not_show_by_the_order(
    correction: PublishOnce,
) -> None:
    """It came in with a change of consent, by which all events are told again."""
    widened = grant(0, SUPPORT, EVERYTHING)

    one, other = play(SOME, [*begun(SOME), correction, widened, TURN])

    assert len(one.bus.records(SUPPORT.id)) == 6
    assert one.bus.records(SUPPORT.id) == other.bus.records(SUPPORT.id)


@pytest.mark.parametrize("shown", [0, FULL // 2, FULL])
def test_a_passport_shows_nothing_that_a_coarser_form_hides(shown: int) -> None:
    """Whoever may know the borough alone learns no postcode from the passport either."""
    areas_alone = Recipient(SUPPORT, frozenset({*GATES, Category.AREA}))
    asked = [grant(0, one, EVERYTHING) for one in (PASSPORT, SUPPORT)]

    one, other = play(areas_alone, [*asked, Publish((0, 0), shown, (FULL, FULL // 2)), TURN])

    assert one.bus.records(PASSPORT.id) != other.bus.records(PASSPORT.id)
    assert one.bus.records(SUPPORT.id) == other.bus.records(SUPPORT.id)
    assert looked_up(one, SUPPORT) == looked_up(other, SUPPORT)
