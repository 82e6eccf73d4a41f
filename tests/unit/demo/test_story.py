import os
import signal
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from consent_ledger.agreements.agreement import load_agreements
from consumers.passport.form import Answered, FilledForm, Question, ToAsk, Why
from consumers.passport.view import Sourced
from deploy.demo.people.dice import dice
from deploy.demo.story.answers import answered_blocks, true_answer
from deploy.demo.story.choices import choices
from deploy.demo.story.folder import demo_folder
from deploy.demo.story.interruption import Interrupted, Interruption, interrupted_by_signals
from deploy.settings import PACKAGE
from schemas.blocks import Health, Identity
from schemas.categories import Category
from schemas.errors import BusError
from schemas.identifiers import ProviderId

AGREEMENTS = {one.id: one for one in load_agreements(PACKAGE / "agreements")}
PROVIDERS = [
    ProviderId("borough-d"),
    ProviderId("charity-b"),
    ProviderId("college-c"),
    ProviderId("jobcentre-e"),
]


def umask() -> int:
    """Return the mask under which this process makes files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def question(category: Category, field: str) -> Question:
    """Return a question."""
    return Question(text=f"{field}?", category=category, field=field)


def answered(category: Category, field: str, value: object) -> Answered:
    """Return a question that the passport answers."""
    source = {
        "event_id": "an event",
        "event": "enrolment",
        "provider_id": "borough-d",
        "service_id": "borough-d.jobs",
        "observed_at": datetime(2026, 2, 2, tzinfo=UTC),
    }
    return Answered(
        question=question(category, field),
        answer=Sourced.model_validate({"value": value} | source),
    )


def test_the_first_signal_ends_the_story_and_the_next_cuts_nothing_short() -> None:
    """What was started is being stopped by then."""
    before = signal.getsignal(signal.SIGTERM)
    with interrupted_by_signals():
        with pytest.raises(Interrupted) as interrupted:
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)

    assert interrupted.value.number == signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before


def test_that_it_is_being_stopped_is_said_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    """By the signal itself: before the servers are stopped, which takes some seconds."""
    interruption = Interruption()
    with pytest.raises(Interrupted):
        interruption.handle(signal.SIGINT, None)

    assert "Stopping everything" in capfd.readouterr().err


def test_a_signal_after_the_last_chapter_passes_without_effect() -> None:
    """Everything is being stopped already."""
    with interrupted_by_signals() as interruption:
        interruption.hold_off()
        signal.raise_signal(signal.SIGINT)


def test_a_folder_that_holds_something_is_not_taken(tmp_path: Path) -> None:
    """The story begins at the beginning, and overwrites nothing of anybody's."""
    (tmp_path / "mine.txt").touch()

    with pytest.raises(BusError, match="not an empty folder"), demo_folder(tmp_path):
        pytest.fail("the folder was taken")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_new_folder_is_kept(tmp_path: Path) -> None:
    """Whoever names a folder finds the bus in it afterwards."""
    with demo_folder(tmp_path / "new") as folder:
        (folder / "data").touch()

    assert (tmp_path / "new" / "data").exists()


def test_nobody_else_can_read_what_is_made_in_a_folder_that_is_kept(tmp_path: Path) -> None:
    """Also where the folder was there before, open to everybody; afterwards all is as it was."""
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o755)
    with demo_folder(kept) as folder:
        (folder / "return.xml").touch()
        (folder / "data").mkdir()
    (tmp_path / "afterwards").touch()

    assert [path.name for path in kept.iterdir() if path.stat().st_mode & 0o077] == []
    assert (tmp_path / "afterwards").stat().st_mode & 0o777 == 0o666 & ~umask()


def test_answers_of_a_form_become_the_blocks_of_the_enrolment() -> None:
    """Nobody types again what the passport told; what was asked joins it in the same block."""
    form = FilledForm(
        form_id="a-form",
        form="a form",
        reused=(
            answered(Category.IDENTITY, "given_names", "Rosa"),
            answered(Category.IDENTITY, "date_of_birth", "1991-03-14"),
            answered(Category.HEALTH, "conditions", [9]),
        ),
        to_ask=(ToAsk(question=question(Category.IDENTITY, "uln"), why=Why.NOT_KNOWN),),
    )
    truth = {"identity": Identity(uln="9900000018")}
    asked = {one.question: true_answer(one.question, truth) for one in form.to_ask}

    assert answered_blocks(form, asked) == {
        "identity": Identity(given_names="Rosa", date_of_birth=date(1991, 3, 14), uln="9900000018"),
        "health": Health(conditions=(9,)),
    }


def test_people_choose_what_the_agreements_ask_and_nothing_else() -> None:
    """Every choice can be granted; some leave out a category, some a provider, some say no."""
    found = [list(choices(dice("test", number), AGREEMENTS, PROVIDERS)) for number in range(500)]
    said = [one for person in found for one in person]

    assert all(set(one.categories) <= set(AGREEMENTS[one.agreement_id].categories) for one in said)
    assert all(one.categories for one in said)
    assert {one.agreement_id for one in said} == AGREEMENTS.keys() - {
        "hub.statistics",
        "research.outcomes",
    }
    assert 0.1 < sum(one.left_out > 0 for one in said) / len(said) < 0.4
    assert 0.03 < sum(bool(one.excluded) for one in said) / len(said) < 0.12
    assert any(not person for person in found)


def test_nobody_leaves_out_participation_which_is_the_gate() -> None:
    """Without it nothing would be delivered, and the grant would be refused."""
    gated = [
        one
        for number in range(500)
        for one in choices(dice("test", number), AGREEMENTS, PROVIDERS)
        if Category.PARTICIPATION.bit & AGREEMENTS[one.agreement_id].consent_mask
    ]

    assert all(Category.PARTICIPATION in one.categories for one in gated)


def test_a_signal_that_a_library_made_another_error_of_still_ends_the_story() -> None:
    """Whoever pressed Ctrl-C is told that it was stopped, not that a query was cancelled."""

    def cancelled_query() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            raise RuntimeError("a query was cancelled") from None

    with pytest.raises(Interrupted) as ended, interrupted_by_signals():
        cancelled_query()

    assert ended.value.number == signal.SIGTERM
