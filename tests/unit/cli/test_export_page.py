"""The page of a participant's copy: all of it there, and nothing in it obeyed."""

from datetime import UTC, datetime

from consent_ledger.filter.dead_letters import DeadLetter
from consent_ledger.rights.export import Disclosure, Entry, Export, HeldEvent, Registration
from consumers.passport.view import Passport
from deploy.operations.subject_access import Copy
from deploy.pages.subject_access import export_page
from schemas.codec import decode, encode
from tests.support.factories import make_enrolment

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
NUMBER = "NWD-SAMP-1E00-9"


def page(**changes: object) -> str:
    """Return the page of somebody with one event."""
    fields = decode(encode(make_enrolment(participant_id=NUMBER))) | changes
    held = Export(
        Registration(NUMBER, "a-pseudonym", "borough-d", AT, ("learner number",), ()),
        {},
        (Entry(7, "given", AT, "borough-d.support", {"granted": ["identity"], "informed": False}),),
        (HeldEvent("an-event", 2, "enrolment", "college-c", "college-c.esol", AT, fields),),
        (
            Disclosure(AT, "borough-d.support", "an-event", ("identity",), 7, is_confirmed=True),
            Disclosure(AT, "borough-d.support", "an-event", (), 8, is_confirmed=False),
        ),
        {"borough-d.support": ("Borough D", "To help you")},
    )
    passport = Passport(participant_id=NUMBER, values=(), story=())
    letter = DeadLetter("in.charity-b/0/7", "malformed", "", "2026-06-01", b"sealed")
    figures = ({"participant": "p2-abc", "stage": "started"},)
    letters = ((letter, f"Ada <b>{NUMBER}".encode()), (letter, encode(make_enrolment())))
    return export_page(Copy(AT, (held,), (), passport, figures, letters))


def test_the_page_says_what_is_held_who_said_it_and_who_got_it() -> None:
    """In words, with the number of each entry and event."""
    made = page()

    assert f"<h1>Everything held about {NUMBER}</h1>" in made
    assert "enrolment from college-c (college-c.esol), received 2026-06-01 12:00:00 UTC" in made
    assert "<td>given_names</td><td>Ada</td>" in made
    assert "<td>Borough D (borough-d.support): To help you</td>" in made
    assert "your name, date of birth and official numbers</td><td>7</td>" in made
    assert "taken back: what was sent before (the sending was cut short" in made
    assert "<td>7</td><td>2026-06-01 12:00:00 UTC</td><td>given</td>" in made


def test_what_was_not_accepted_and_what_is_counted_are_on_the_page() -> None:
    """A letter that is no event as it was sent, one that is as its fields."""
    made = page()

    assert "From charity-b, refused 2026-06-01: malformed" in made
    assert f"<td>Ada &lt;b&gt;{NUMBER}</td>" in made
    assert made.count("<td>given_names</td><td>Ada</td>") == 2
    assert "<td>p2-abc</td><td>started</td>" in made


def test_a_text_of_a_provider_cannot_become_part_of_the_page() -> None:
    """Markup in a note is shown, not obeyed, and control characters are replaced."""
    made = page(notes={"text": "<script>alert(1)</script>\x1b[2J", "written_by": None})

    assert "&lt;script&gt;alert(1)&lt;/script&gt;\N{REPLACEMENT CHARACTER}[2J" in made
    assert "<script" not in made
