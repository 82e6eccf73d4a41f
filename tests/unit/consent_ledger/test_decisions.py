from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consent_ledger.agreements.agreement import Agreement, Basis, CategoryTerms
from consent_ledger.consent.decisions import NO_STANDING, Decision, Standing, decide
from schemas.categories import NOTHING, Category, mask_of
from schemas.identifiers import LedgerIndex, ProviderId

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GATE = Category.PARTICIPATION
SENSITIVE = Category.SENSITIVE_PARTICIPATION
SHARED = (GATE, Category.IDENTITY, Category.PROGRESS)
INSTANT = timedelta(microseconds=1)


def agreement(basis: str = "consent", **changes: Any) -> Agreement:
    """Return an agreement that shares three categories on one basis."""
    return Agreement.model_validate(
        {
            "id": "college-c.outcomes",
            "version": 1,
            "recipient_name": "A college",
            "plain": "What you reached after your course.",
            "events": ["outcome"],
            "categories": {one: {"basis": basis} for one in SHARED},
            "retention_days": 365,
        }
        | changes
    )


def decision(
    about: Agreement,
    standing: Standing = NO_STANDING,
    *,
    provider_id: ProviderId = ProviderId("borough-d"),
    event: str = "outcome",
    is_sensitive: bool = False,
    now: datetime = NOW,
) -> Decision:
    """Decide with the ledger's entry 3 having brought the agreement in."""
    return decide(
        about, LedgerIndex(3), standing, provider_id, event, is_sensitive=is_sensitive, now=now
    )


def granted(*categories: Category, **more: Any) -> Standing:
    """Return a standing with consent to these."""
    return Standing(granted=mask_of(categories), seq=LedgerIndex(9), **more)


ALL = granted(GATE, Category.IDENTITY, Category.PROGRESS)


def test_absence_denies() -> None:
    """Somebody who was never asked has nothing delivered on consent."""
    assert decision(agreement()) == Decision(
        mask=NOTHING,
        closed=mask_of([GATE, Category.IDENTITY, Category.PROGRESS]),
        basis=Basis.CONSENT,
        by_sensitive_gate=False,
        seq=LedgerIndex(3),
    )


def test_what_was_granted_is_open_and_the_rest_is_said_to_be_closed() -> None:
    """The entry that decided is the participant's own, the later of the two."""
    assert decision(agreement(), granted(GATE, Category.PROGRESS)) == Decision(
        mask=mask_of([GATE, Category.PROGRESS]),
        closed=Category.IDENTITY.bit,
        basis=Basis.CONSENT,
        by_sensitive_gate=False,
        seq=LedgerIndex(9),
    )


def test_a_grant_opens_nothing_that_the_agreement_does_not_share() -> None:
    """A mask with every bit set is no wider than the agreement."""
    everything = granted(*Category)

    assert decision(agreement(), everything).mask == mask_of(
        [GATE, Category.IDENTITY, Category.PROGRESS]
    )


def test_without_participation_there_is_no_record() -> None:
    """The gate stays shut whatever else was granted."""
    assert decision(agreement(), granted(Category.IDENTITY, Category.PROGRESS)).mask == NOTHING


def test_consent_ends_at_the_very_moment_it_was_given_until() -> None:
    """An instant before it is open, at the moment it is closed."""
    standing = ALL._replace(until=NOW)

    assert decision(agreement(), standing, now=NOW - INSTANT).mask != NOTHING
    assert decision(agreement(), standing, now=NOW).mask == NOTHING
    assert decision(agreement(), standing, now=NOW + INSTANT).mask == NOTHING


def test_what_an_excluded_provider_knows_stays_closed() -> None:
    """Everything but the clinic."""
    standing = ALL._replace(excluded=frozenset({"charity-b"}))

    assert decision(agreement(), standing, provider_id=ProviderId("charity-b")).mask == NOTHING
    assert decision(agreement(), standing, provider_id=ProviderId("borough-d")).mask != NOTHING


def test_an_event_type_that_the_agreement_does_not_name_is_closed() -> None:
    """It was never agreed on."""
    assert decision(agreement(), ALL, event="referral").mask == NOTHING


@pytest.mark.parametrize(
    "changes",
    [{"ended": True}, {"valid_until": NOW}, {"valid_from": NOW + INSTANT}],
)
@pytest.mark.parametrize("basis", list(Basis))
def test_an_agreement_that_does_not_hold_opens_nothing(changes: Any, basis: Basis) -> None:
    """Ended, past its end or not begun, on whatever basis."""
    about = agreement(basis, applies_to="everyone", **changes)

    assert decision(about, ALL._replace(is_informed=True)).mask == NOTHING


class TestSensitiveServices:
    """The fact of using one is special-category data, so it has a gate of its own."""

    both = agreement(
        categories={
            GATE: CategoryTerms(basis=Basis.CONSENT),
            SENSITIVE: {"basis": "consent", "article_9": "explicit-consent"},
            Category.PROGRESS: {"basis": "consent"},
        }
    )

    def test_the_ordinary_gate_does_not_open_it(self) -> None:
        """Consent to show courses is no consent to show a recovery service."""
        standing = granted(GATE, Category.PROGRESS)

        assert decision(self.both, standing, is_sensitive=True).mask == NOTHING

    def test_its_own_gate_opens_the_participation_block(self) -> None:
        """There is one block for both gates, and the sensitive bit never leaves the decision."""
        standing = granted(SENSITIVE, Category.PROGRESS)

        found = decision(self.both, standing, is_sensitive=True)
        assert found.mask == mask_of([GATE, Category.PROGRESS])
        assert found.closed == NOTHING
        assert found.by_sensitive_gate

    def test_its_gate_does_not_open_ordinary_services(self) -> None:
        """Each gate is for its own kind of service."""
        assert decision(self.both, granted(SENSITIVE, Category.PROGRESS)).mask == NOTHING

    def test_an_agreement_without_that_gate_never_sees_it(self) -> None:
        """Not even from somebody who granted every category there is."""
        found = decision(agreement(), granted(*Category), is_sensitive=True)

        assert found.mask == NOTHING
        assert found.basis is Basis.CONSENT


class TestPublicTask:
    """Shared because the law gives the recipient a task: informed, and open to objection."""

    def test_nothing_before_the_person_was_informed(self) -> None:
        """Unless the agreement reaches everyone."""
        assert decision(agreement("public-task")).mask == NOTHING
        assert decision(agreement("public-task", applies_to="everyone")).mask != NOTHING

    def test_everything_once_informed_without_consent(self) -> None:
        """The basis is said in the decision."""
        found = decision(agreement("public-task"), Standing(is_informed=True))

        assert found.mask == mask_of([GATE, Category.IDENTITY, Category.PROGRESS])
        assert found.basis is Basis.PUBLIC_TASK

    def test_an_objection_pauses_it(self) -> None:
        """Also where the agreement reaches everyone."""
        objected = Standing(is_informed=True, has_objected=True)

        assert decision(agreement("public-task"), objected).mask == NOTHING
        assert decision(agreement("public-task", applies_to="everyone"), objected).mask == NOTHING

    def test_consent_does_not_open_it_nor_does_its_end_close_it(self) -> None:
        """Each basis is a behaviour of its own."""
        informed = Standing(is_informed=True, until=NOW, excluded=frozenset({"borough-d"}))

        assert decision(agreement("public-task"), ALL).mask == NOTHING
        assert decision(agreement("public-task"), informed).mask != NOTHING

    def test_an_objection_leaves_what_is_on_consent(self) -> None:
        """It closes the categories of its own basis alone."""
        mixed = agreement(
            categories={GATE: {"basis": "consent"}, Category.PROGRESS: {"basis": "public-task"}}
        )
        standing = granted(GATE, is_informed=True, has_objected=True)

        found = decision(mixed, standing)
        assert (found.mask, found.closed) == (GATE.bit, Category.PROGRESS.bit)


class TestLegalObligation:
    """Shared because the law demands it: neither withdrawal nor objection stops it."""

    def test_an_objection_does_not_stop_it(self) -> None:
        """UK GDPR Article 21 does not reach it."""
        standing = Standing(is_informed=True, has_objected=True, until=NOW)

        found = decision(agreement("legal-obligation"), standing)
        assert found.mask == mask_of([GATE, Category.IDENTITY, Category.PROGRESS])
        assert found.basis is Basis.LEGAL_OBLIGATION

    def test_the_person_is_told_first_unless_it_reaches_everyone(self) -> None:
        """Article 13: the notice comes before the sharing."""
        assert decision(agreement("legal-obligation")).mask == NOTHING
        assert decision(agreement("legal-obligation", applies_to="everyone")).mask != NOTHING


class TestTwoNumbers:
    """What is known under either of two numbers may be shown by what both open."""

    early, late = NOW + timedelta(days=1), NOW + timedelta(days=2)

    def test_a_category_is_open_where_both_have_granted_it(self) -> None:
        """And until the earlier end, without whoever either leaves out."""
        one = granted(GATE, Category.IDENTITY, until=self.late, excluded=frozenset({"borough-d"}))
        other = granted(
            GATE, Category.PROGRESS, until=self.early, excluded=frozenset({"college-c"})
        )

        both = one.and_also(other)

        assert both.granted == GATE.bit
        assert both.until == self.early
        assert both.excluded == {"borough-d", "college-c"}
        assert one.and_also(granted(GATE)).until == self.late

    def test_a_notice_is_needed_of_both_and_one_objection_is_enough(self) -> None:
        """Whichever of them is asked first."""
        told, objects = Standing(is_informed=True), Standing(is_informed=True, has_objected=True)

        assert told.and_also(told).is_informed
        assert not told.and_also(NO_STANDING).is_informed
        assert not NO_STANDING.and_also(told).is_informed
        assert told.and_also(objects).has_objected
        assert objects.and_also(told).has_objected
        assert not told.and_also(told).has_objected

    def test_the_newer_entry_decides(self) -> None:
        """It is the one that a recipient is told of."""
        older, newer = Standing(seq=LedgerIndex(4)), Standing(seq=LedgerIndex(9))

        assert older.and_also(newer).seq == newer.and_also(older).seq == 9


def test_the_basis_that_is_told_is_that_of_the_gate_in_question() -> None:
    """A sensitive service may be shared on another basis than an ordinary one."""
    two_bases = agreement(
        categories={
            GATE: {"basis": "public-task"},
            SENSITIVE: {"basis": "consent", "article_9": "explicit-consent"},
        }
    )

    assert decision(two_bases).basis is Basis.PUBLIC_TASK
    assert decision(two_bases, is_sensitive=True).basis is Basis.CONSENT
