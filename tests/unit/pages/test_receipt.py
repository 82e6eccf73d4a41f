"""The page that a participant is given."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from consent_ledger.agreements.agreement import Agreement, Basis, CategoryTerms
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.rights.receipts import Controller, Receipt, StatedChange
from deploy.pages.receipt import receipt_page
from schemas.categories import PLAIN_WORDS, Category
from schemas.identifiers import LedgerIndex, OrganisationId
from tests.support.page_outline import check_page, long_sentences

WHO = UUID(int=7)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HUB = Controller("The <hub>", "hub@example.org", "1 Example Street")
AGREEMENT = Agreement(
    id="borough-d.support",
    version=1,
    recipient_name="The jobs & skills team",
    plain="The team helps you to find <b>work</b>.",
    events=frozenset({"referral"}),
    categories={
        Category.PARTICIPATION: CategoryTerms(basis=Basis.CONSENT),
        Category.IDENTITY: CategoryTerms(basis=Basis.CONSENT),
        Category.PROGRESS: CategoryTerms(basis=Basis.PUBLIC_TASK),
    },
    retention_days=1096,
)


def change(
    kind: EntryKind,
    *granted: Category,
    seq: LedgerIndex = LedgerIndex(1),
    has_objected: bool = False,
    requested: tuple[Category, ...] = (),
) -> StatedChange:
    """Return a change of noon."""
    return StatedChange(seq, kind, NOW, granted, None, 0, True, has_objected, b"{}", requested)


def page(*changes: StatedChange) -> str:
    """Return the page after these changes of one agreement."""
    found = [Receipt(WHO, AGREEMENT, changes[:count]) for count in range(len(changes), 0, -1)]
    return receipt_page(WHO, found, HUB, "example.org/ledger", NOW)


GIVEN = change(EntryKind.GIVEN, Category.PARTICIPATION, Category.IDENTITY)


def test_the_page_says_what_stands_and_what_was_said() -> None:
    """In plain words, with the day and the number in the ledger."""
    text = page(GIVEN, change(EntryKind.NARROWED, Category.PARTICIPATION, seq=LedgerIndex(9)))

    assert "You say yes to this now." in text
    assert f"<li>{PLAIN_WORDS[Category.PARTICIPATION]}</li>" in text
    assert f"<li>{PLAIN_WORDS[Category.IDENTITY]}</li>" not in text
    assert f"<li>{PLAIN_WORDS[Category.PROGRESS]}</li>" in text
    assert "<td>22 November 2026</td><td>You took back a part of your yes." in text
    assert text.index("<td>9</td>") < text.index("<td>1</td>")
    assert "for up to 3 years." in text


def test_what_was_withdrawn_or_has_run_out_is_not_shown_as_seen() -> None:
    """The state says so."""
    withdrawn = page(GIVEN, change(EntryKind.WITHDRAWN, seq=LedgerIndex(2)))
    run_out = page(GIVEN._replace(until=NOW))
    holding = page(GIVEN._replace(until=NOW + timedelta(days=1), left_out=2))

    assert "You took back your yes. Nothing is shared on it any more." in withdrawn
    assert "Your yes has run out." in run_out
    for text in (withdrawn, run_out):
        assert "With your yes" not in text
    assert "Your yes holds until the end of 23 November 2026." in holding
    assert "leave out what 2 places know about you" in holding


def test_a_question_a_no_and_an_end_are_told_in_plain_words() -> None:
    """What was asked for is named; it is not shown as seen."""
    asked = page(change(EntryKind.REQUESTED, requested=(Category.IDENTITY,)))
    refused = page(GIVEN, change(EntryKind.REFUSED, seq=LedgerIndex(2)))
    expired = page(GIVEN, change(EntryKind.EXPIRED, seq=LedgerIndex(2)))

    assert f"You were asked for: {PLAIN_WORDS[Category.IDENTITY]}." in asked
    assert "You were asked, and have not answered yet." in asked
    assert "You said no." in refused
    assert "Your yes has run out." in expired
    assert "Your yes ran out." in expired
    for text in (asked, refused, expired):
        assert "With your yes" not in text


def test_what_needs_no_yes_is_shown_to_who_was_told_of_it() -> None:
    """The agreement reaches nobody else."""
    assert "public job, they may see" in page(GIVEN)
    assert "public job, they may see" not in page(GIVEN._replace(is_informed=False))


def test_an_objection_takes_the_public_job_off_the_page() -> None:
    """Until it has been looked at."""
    text = page(change(EntryKind.OBJECTED, has_objected=True))

    assert "You objected." in text
    assert "public job, they may see" not in text


def test_who_entered_a_change_with_a_key_of_its_own_is_told() -> None:
    """What the hub entered itself says nothing of it."""
    captured = page(GIVEN._replace(captured_by=OrganisationId("college-c")))

    assert "It was entered by college-c." in captured
    assert "It was entered by" not in page(GIVEN)


def test_everything_that_is_filled_in_is_escaped() -> None:
    """An agreement is somebody else's text."""
    text = page(GIVEN)

    assert "The jobs &amp; skills team" in text
    assert "find &lt;b&gt;work&lt;/b&gt;." in text
    assert "The &lt;hub&gt; answers for this." in text


def test_the_page_loads_nothing_and_can_be_read_aloud() -> None:
    """One file with a language, headings in order, and a name for each table and column."""
    check_page(page(GIVEN))


def test_its_sentences_are_short() -> None:
    """What a child of twelve reads has no sentence of more than 25 words."""
    assert long_sentences(page(GIVEN)) == []


def test_a_day_is_that_of_london() -> None:
    """Where summer time is an hour ahead; an end is the day that was named."""
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    end = datetime(2026, 7, 1, tzinfo=UTC)
    given = GIVEN._replace(at=late, until=end)

    text = receipt_page(WHO, [Receipt(WHO, AGREEMENT, (given,))], HUB, "example.org", late)

    assert "<td>1 July 2026</td>" in text
    assert "until the end of 30 June 2026." in text
    assert "Made on 1 July 2026." in text


def test_who_has_said_nothing_is_told_so() -> None:
    """And still what they can do."""
    text = receipt_page(WHO, [], HUB, "example.org/ledger", NOW)

    assert "You have not said anything yet." in text
    assert "Change your mind." in text
