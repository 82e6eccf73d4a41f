from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement, Basis
from consent_ledger.consent.decisions import NO_STANDING, Decision, Standing, decide
from schemas.categories import BLOCKS, NOTHING, Category, Mask, categories_of
from schemas.identifiers import LedgerIndex, ProviderId
from tests.support.agreement_strategies import (
    EVENT_NAMES,
    NOON,
    agreements,
    around_noon,
    standings,
)
from tests.support.event_strategies import PROVIDERS

GATE = Category.PARTICIPATION
SENSITIVE = Category.SENSITIVE_PARTICIPATION


@dataclass(frozen=True)
class Question:
    """Everything about an event that a decision depends on, and when it is made."""

    provider_id: ProviderId
    event: str
    is_sensitive: bool
    now: datetime

    def put(
        self, agreement: Agreement, standing: Standing, now: datetime | None = None
    ) -> Decision:
        """Return the decision, the agreement having come in by entry 7."""
        return decide(
            agreement,
            LedgerIndex(7),
            standing,
            self.provider_id,
            self.event,
            is_sensitive=self.is_sensitive,
            now=now or self.now,
        )


questions = st.builds(
    Question,
    provider_id=st.sampled_from(PROVIDERS),
    event=st.sampled_from(EVENT_NAMES),
    is_sensitive=st.booleans(),
    now=around_noon,
)


def opens(agreement: Agreement, standing: Standing, asked: Question, category: Category) -> bool:
    """Tell, rule by rule and for one category alone, whether anything opens it."""
    terms = agreement.categories.get(category)
    if terms is None or asked.event not in agreement.events or agreement.ended:
        return False
    if asked.now < agreement.valid_from:
        return False
    if agreement.valid_until is not None and asked.now >= agreement.valid_until:
        return False
    if terms.basis is Basis.CONSENT:
        has_run_out = standing.until is not None and asked.now >= standing.until
        is_left_out = asked.provider_id in standing.excluded
        return bool(standing.granted & category.bit) and not has_run_out and not is_left_out
    is_reached = standing.is_informed or agreement.applies_to == "everyone"
    if terms.basis is Basis.PUBLIC_TASK:
        return is_reached and not standing.has_objected
    return is_reached


@given(agreements(), standings(), questions)
def test_a_block_is_open_when_its_category_and_the_gate_are(
    agreement: Agreement, standing: Standing, asked: Question
) -> None:
    """The decision on bits is the one that the rules give category by category."""
    gate = SENSITIVE if asked.is_sensitive else GATE
    expected = set()
    if opens(agreement, standing, asked, gate):
        expected = {GATE} | {one for one in BLOCKS if opens(agreement, standing, asked, one)}

    assert set(categories_of(asked.put(agreement, standing).mask)) == expected


@given(agreements(), standings(), questions)
def test_open_and_closed_are_what_the_agreement_shares_and_nothing_else(
    agreement: Agreement, standing: Standing, asked: Question
) -> None:
    """No block is in both, none is missing, and the sensitive gate is never in either."""
    found = asked.put(agreement, standing)

    assert found.mask & found.closed == NOTHING
    assert found.mask | found.closed == agreement.block_mask
    assert not (found.mask | found.closed) & SENSITIVE.bit
    assert found.mask == NOTHING or found.mask & GATE.bit
    assert found.seq == max(7, standing.seq)


@given(agreements(), questions)
def test_absence_denies(agreement: Agreement, asked: Question) -> None:
    """Without a standing, nothing but another basis for everyone opens anything."""
    found = asked.put(agreement, NO_STANDING)

    if agreement.applies_to == "informed":
        assert found.mask == NOTHING
    assert not found.mask & agreement.consent_mask & ~GATE.bit


@given(agreements(), standings(), questions, standings())
def test_narrowing_never_opens_anything(
    agreement: Agreement, standing: Standing, asked: Question, said: Standing
) -> None:
    """Less granted, a provider more left out, an earlier end, an objection: deny wins."""
    ends = [until for until in (standing.until, said.until) if until is not None]
    narrower = [
        standing._replace(granted=Mask(standing.granted & said.granted)),
        standing._replace(excluded=standing.excluded | said.excluded),
        standing._replace(until=min(ends, default=None)),
        standing._replace(has_objected=True),
        standing._replace(is_informed=False),
    ]

    before = asked.put(agreement, standing).mask
    for one in narrower:
        assert asked.put(agreement, one).mask & ~before == NOTHING


@given(agreements(), standings(), questions)
def test_a_withdrawal_leaves_nothing_that_is_on_consent(
    agreement: Agreement, standing: Standing, asked: Question
) -> None:
    """Every later decision is the one of somebody who never consented."""
    withdrawn = standing._replace(granted=NOTHING)

    found = asked.put(agreement, withdrawn)
    assert not found.mask & agreement.consent_mask & ~GATE.bit
    assert found.mask == asked.put(agreement, withdrawn._replace(until=None)).mask


@given(agreements(), standings(), questions)
def test_consent_ends_at_its_very_moment_for_good(
    agreement: Agreement, standing: Standing, asked: Question
) -> None:
    """At `until` and ever after it is as if withdrawn; just before, as if it had no end."""
    ending = standing._replace(until=NOON)
    withdrawn = standing._replace(granted=NOTHING)
    endless = standing._replace(until=None)
    instant = timedelta(microseconds=1)

    for after in (timedelta(0), instant, timedelta(hours=5)):
        at = NOON + after
        assert asked.put(agreement, ending, at).mask == asked.put(agreement, withdrawn, at).mask
    just_before = NOON - instant
    assert (
        asked.put(agreement, ending, just_before).mask
        == asked.put(agreement, endless, just_before).mask
    )


@given(agreements(), standings(), questions)
def test_an_excluded_provider_s_events_are_decided_without_consent(
    agreement: Agreement, standing: Standing, asked: Question
) -> None:
    """And nobody else's decision changes."""
    left_out = standing._replace(excluded=frozenset({"charity-b"}))
    nobody = standing._replace(excluded=frozenset())
    without_consent = nobody._replace(granted=NOTHING)
    expected = without_consent if asked.provider_id == "charity-b" else nobody

    assert asked.put(agreement, left_out).mask == asked.put(agreement, expected).mask


@given(agreements(), standings(), questions)
def test_an_objection_closes_public_task_alone(
    agreement: Agreement, standing: Standing, asked: Question
) -> None:
    """What is on consent or on legal obligation is decided as before, behind its own gate."""
    before = asked.put(agreement, standing._replace(has_objected=False)).mask
    after = asked.put(agreement, standing._replace(has_objected=True)).mask

    assert not after & agreement.public_task_mask & ~GATE.bit
    if after != NOTHING:
        assert before & ~after & ~agreement.public_task_mask == NOTHING


@given(agreements(), questions)
def test_a_legal_obligation_stands_whatever_the_person_says(
    agreement: Agreement, asked: Question
) -> None:
    """Once the person was told: neither withdrawal, exclusion, expiry nor objection closes it."""
    gate = SENSITIVE if asked.is_sensitive else GATE
    gated = agreement.categories.get(gate)
    if gated is None or gated.basis is not Basis.LEGAL_OBLIGATION:
        return
    told = Standing(is_informed=True)
    refused = Standing(
        until=NOON - timedelta(days=9),
        excluded=frozenset(PROVIDERS),
        is_informed=True,
        has_objected=True,
    )
    kept = agreement.legal_obligation_mask | GATE.bit

    assert asked.put(agreement, refused).mask & kept == asked.put(agreement, told).mask & kept
