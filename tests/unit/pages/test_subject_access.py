"""The page of a participant's copy: all of it there in plain words, and nothing in it obeyed."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from consent_ledger.agreements.agreement import Agreement, Basis, CategoryTerms, Pseudonym
from consent_ledger.filter.dead_letters import DeadLetter
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.register.look_ups import LookUp, Reply
from consent_ledger.rights.export import (
    Export,
    ExportedDisclosure,
    ExportedEntry,
    HeldEvent,
    Registration,
    ToldIdentity,
)
from consent_ledger.rights.receipts import Controller
from consumers.passport.view import Passport, PassportValue, Sourced, StoryStep
from deploy.operations.subject_access import Copy
from deploy.pages.subject_access import subject_access_page
from schemas.categories import PLAIN_WORDS, Category
from schemas.codec import decode, encode
from schemas.field_forms import FieldForm
from schemas.identifiers import (
    AgreementId,
    EventId,
    LedgerIndex,
    PassportNumber,
    ProviderId,
    ServiceId,
)
from tests.support.factories import make_enrolment
from tests.support.page_outline import check_page, long_sentences
from tests.support.shared_fields import all_fields

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
NUMBER = PassportNumber("NWD-SAMP-1E00-9")
SUPPORT = AgreementId("borough-d.support")
PURPOSE = "The jobs team helps you to find work."
HUB = Controller("The <hub>", "hub@example.org", "1 Example Street")
NAMES = {
    "college-c": "Lanternfield College",
    "college-c.adult-skills": "Courses for adults",
    "borough-d": "Fernmoor Council",
    "charity-b": "The Kettle Trust",
}


def agreement(agreement_id: AgreementId, name: str, **changes: Any) -> Agreement:
    """Return an agreement about who somebody is."""
    fields = {
        "version": 1,
        "plain": PURPOSE,
        "events": frozenset({"enrolment"}),
        "categories": {
            Category.PARTICIPATION: CategoryTerms(basis=Basis.CONSENT),
            Category.IDENTITY: CategoryTerms(basis=Basis.CONSENT),
        },
        "retention_days": 365,
    }
    return Agreement(id=agreement_id, recipient_name=name, **(fields | changes))


def held(
    fields: Mapping[str, Any], *entries: ExportedEntry, number: PassportNumber = NUMBER
) -> Export:
    """Return what is held under a number: one event, sent to two recipients."""
    given = ExportedEntry(
        7,
        "given",
        AT,
        SUPPORT,
        {
            "granted": ["participation", "identity"],
            "until": "2027-04-01T00:00:00.000000Z",
            "except": ["charity-b"],
            "informed": True,
            "objected": False,
        },
    )
    return Export(
        Registration(
            number,
            "a-pseudonym",
            "borough-d",
            AT,
            ("learner number", "names-year"),
            ("college-c",),
            (ToldIdentity(ProviderId("college-c"), {"family_name": "Oyelaran", "postcode": "E8"}),),
        ),
        {},
        (ExportedEntry(3, "registered", AT, None, {}), given, *entries),
        tuple(LookUp(AT, ProviderId("college-c"), answer) for answer in Reply),
        (
            HeldEvent(
                EventId("an-event"),
                2,
                "enrolment",
                ProviderId("college-c"),
                ServiceId("college-c.esol"),
                AT,
                dict(fields),
            ),
        ),
        (
            ExportedDisclosure(
                AT, SUPPORT, EventId("an-event"), ("identity",), LedgerIndex(7), is_confirmed=True
            ),
            ExportedDisclosure(
                AT, SUPPORT, EventId("another"), ("identity",), LedgerIndex(7), is_confirmed=True
            ),
            ExportedDisclosure(
                AT,
                AgreementId("hub.statistics"),
                EventId("an-event"),
                ("identity",),
                LedgerIndex(2),
                is_confirmed=True,
            ),
            ExportedDisclosure(
                AT, SUPPORT, EventId("an-event"), (), LedgerIndex(8), is_confirmed=False
            ),
        ),
        {
            SUPPORT: agreement(SUPPORT, "Fernmoor's jobs team"),
            "hub.statistics": agreement(
                AgreementId("hub.statistics"),
                "The hub's statistics team",
                pseudonym=Pseudonym.PERSON,
                fields=all_fields([Category.PARTICIPATION])
                | {"identity.date_of_birth": FieldForm.BAND},
            ),
        },
        NAMES,
    )


def page(*entries: ExportedEntry, others: tuple[Export, ...] = (), **changes: object) -> str:
    """Return the page of somebody with one event."""
    fields = decode(encode(make_enrolment(participant_id=NUMBER))) | changes
    born = Sourced(
        value="1991-03-14",
        event_id="an-event",
        event="enrolment",
        provider_id="college-c",
        service_id="college-c.adult-skills",
        observed_at=AT,
    )
    other = born.model_copy(update={"value": "1991-03-15", "provider_id": "borough-d"})
    passport = Passport(
        participant_id=NUMBER,
        values=(
            PassportValue(
                category=Category.IDENTITY, field="date_of_birth", last=born, differing=(other,)
            ),
        ),
        story=(
            StoryStep(
                event_id="an-event",
                event="enrolment",
                provider_id="college-c",
                service_id="college-c.adult-skills",
                occurred_at=AT,
                facts={},
            ),
        ),
    )
    figure = {
        "participant": "p2-abc",
        "event": "outcome",
        "service_id": "borough-d.jobs",
        "stage": "recorded",
        "on_day": date(2026, 6, 1),
        "outcome_category": "EMP",
        "outcome_code": "2",
        "programme": None,
    }
    letter = DeadLetter("in.charity-b/0/7", "malformed", "", "2026-06-01T12:00:00.000000Z", b"")
    letters = ((letter, f"Ada <b>{NUMBER}".encode()), (letter, encode(make_enrolment())))
    copy = Copy(AT, (held(fields, *entries), *others), (), passport, (figure,), letters)
    return subject_access_page(copy, HUB)


def told(text: str) -> PassportNumber:
    """Return the page's words, each element's text on a line of its own."""
    body = text.partition("</style>")[2]
    return PassportNumber(re.sub(r"\s*\n\s*", "\n", re.sub(r"<[^>]+>", "\n", body)))


def test_an_event_is_shown_with_its_sender_and_its_fields_in_words() -> None:
    """Names for ids, words for codes, days and times as they are read in London."""
    text = told(page())

    assert "You joined: college-c.esol" in text
    for label, value in {
        "Who told us": "Lanternfield College",
        "When we got it": "1 June 2026, 1:00pm",
        "Version": "2",
        "When it happened": "4 May 2026, 10:30am",
        "Service": "Courses for adults",
        "How far it is": "you started",
        "Given names": "Ada",
        "Date of birth": "14 March 1991",
        "You need an interpreter": "no",
        "In work or not": "not in paid employment, looking for work and available",
        "Ethnic group": "African",
        "More exactly": "paid work of 16 hours a week or more",
    }.items():
        assert f"\n{label}\n{value}\n" in text


def test_what_was_said_is_shown_in_words_with_its_number_in_the_record() -> None:
    """What holds, until when, and what it leaves out."""
    text = told(
        page(ExportedEntry(9, "withdrawn", AT + timedelta(days=200), SUPPORT, {"granted": []}))
    )

    assert "You were given this passport number.\n3\n" in text
    assert "Fernmoor&#39;s jobs team\n: You said yes.\nYour yes holds for:" in text
    assert "Your yes holds until the end of 31 March 2027." in text
    assert "It leaves out what these know about you:\nThe Kettle Trust\n" in text
    assert "You have been told about it." in text
    assert "\n18 December 2026, 12:00pm\n" in text
    assert ": You took back your yes.\n9\n" in text


def test_who_asked_about_them_is_shown_with_what_they_were_told() -> None:
    """In words for each answer, and by the organisation's name."""
    text = told(page())

    assert "They asked if we know somebody like you." in text
    assert "They showed us your number" in text
    assert "They said that you agreed, and we told them your number." in text
    assert not any(answer.value in text for answer in Reply)


def test_each_kind_of_entry_about_a_participant_has_words() -> None:
    """No code of the ledger's is left on the page."""
    kinds = set(EntryKind) - {
        EntryKind.AGREEMENT,
        EntryKind.SERVICE,
        EntryKind.KEY,
        EntryKind.API_KEY,
        EntryKind.API_KEY_REVOKED,
        EntryKind.ERASED,
        EntryKind.DISCLOSED,
        EntryKind.ENFORCED,
        EntryKind.CERTIFIED,
        EntryKind.REPAIRED,
        EntryKind.TOLD_APART,
    }
    asked = {"requested": ["needs"], "objected": True}
    text = told(page(*(ExportedEntry(9, kind.value, AT, SUPPORT, asked) for kind in sorted(kinds))))

    assert [kind for kind in kinds if f": {kind.value}\n" in text] == []
    assert f"You were asked for:\n{PLAIN_WORDS[Category.NEEDS]}\n" in text
    assert "Your objection holds." in text


def test_who_was_sent_what_is_shown_once_for_what_was_sent_at_once() -> None:
    """By recipient, as coarse as it was sent, with what was taken back and what is not sure."""
    text = told(page())
    _, borough, hub = text.partition("Who was sent what about you")[2].split("team", 2)

    assert borough.count("They were sent:") == 1
    assert PLAIN_WORDS[Category.IDENTITY] in borough
    assert (
        "You joined: college-c.esol (4 May 2026)\nA record that we no longer hold\n7\n" in borough
    )
    assert "We took back what they had been sent from:\nYou joined: college-c.esol" in borough
    assert "We were cut off. It may not have reached them.\n8\n" in borough
    assert ": without your name or any number of yours" in hub
    assert "only the five years in which you were born" in hub


def test_what_an_agreement_is_for_is_said_once() -> None:
    """However many lines speak of it."""
    assert page().count(f"<p>{PURPOSE}</p>") == 2  # of two agreements


def test_the_passport_shows_the_last_value_and_who_differs() -> None:
    """Each with its source and day."""
    text = told(page())

    assert "\nDate of birth\n14 March 1991\nLanternfield College, 1 June 2026\n" in text
    assert "as somebody else has it\n15 March 1991\nFernmoor Council, 1 June 2026\n" in text
    assert "\n1 June 2026, 1:00pm\nYou joined: Courses for adults\nLanternfield College\n" in text


def test_what_was_not_accepted_and_what_is_counted_are_on_the_page() -> None:
    """A letter that is no event as it was sent, one that is as its fields."""
    text = told(page())

    assert "\nWho sent it\nThe Kettle Trust\n" in text
    assert "\nWhy\nwe could not read it\n" in text
    assert f"\nText\nAda &lt;b&gt;{NUMBER}\n" in text
    assert text.count("\nGiven names\nAda\n") == 2
    assert "\nCode used for you\np2-abc\n" in text
    assert "\nMore exactly\npaid work of less than 16 hours a week\n" in text
    assert "Programme" not in text.partition("What we count, without your name\nWe")[2][:400]


def test_each_of_a_person_s_numbers_has_its_part() -> None:
    """The first names them all."""
    other = held(decode(encode(make_enrolment())), number=PassportNumber("NWD-SAMP-1E01-7"))

    text = page(others=(other,))

    assert f"passport numbers <strong>{NUMBER} and NWD-SAMP-1E01-7</strong>" in text
    assert "Passport number NWD-SAMP-1E01-7</h2>" in text
    check_page(text)


@pytest.mark.parametrize("sent", ["<script>alert(1)</script>\x1b[2J", "<b>\"&'"])
def test_a_text_of_a_provider_cannot_become_part_of_the_page(sent: str) -> None:
    """Markup in a note is shown, not obeyed, and control characters are replaced."""
    text = page(notes={"text": sent, "written_by": None})

    shown = {
        "<script>alert(1)</script>\x1b[2J": "&lt;script&gt;alert(1)&lt;/script&gt;\ufffd[2J",
        "<b>\"&'": "&lt;b&gt;&#34;&amp;&#39;",
    }
    assert f"<td>{shown[sent]}</td>" in text
    assert "<script" not in text
    assert "<b>" not in text


def test_the_page_loads_nothing_and_can_be_read_aloud() -> None:
    """One file with a language, headings in order, and a name for each table, row and column."""
    check_page(page())


def test_its_sentences_are_short() -> None:
    """What a child of twelve reads has no sentence of more than 25 words."""
    assert long_sentences(page()) == []


def test_the_page_of_who_has_nothing_says_so() -> None:
    """Every part is there, and what they can do."""
    registration = Registration(NUMBER, "a-pseudonym", "borough-d", AT, (), ())
    empty = Export(registration, {}, (), (), (), (), {}, {})
    passport = Passport(participant_id=NUMBER, values=(), story=())

    text = subject_access_page(Copy(AT, (empty,), (), passport, (), ()), HUB)

    check_page(text)
    assert "Nobody was sent anything." in text
    assert "Nobody." in told(text).splitlines()
    assert told(text).count("\nNothing.\n") == 5
    assert "The &lt;hub&gt; answers for this." in text
