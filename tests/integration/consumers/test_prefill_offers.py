"""Whatever comes back of a form: an answer is reused only where it is what was offered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from consumers.passport.form import Answered, FilledForm
from consumers.passport.forms.known_forms import form_of
from consumers.passport.view import Sourced
from consumers.prefill.duplicate_entry import duplicate_entry
from consumers.prefill.offers import OFFER_DAYS, EnteredAs, OfferError, Offers
from schemas.identifiers import EventId, OrganisationId, ProviderId, ServiceId

NOW = datetime(2026, 9, 30, 12, tzinfo=UTC)
SECRET = b"a secret of the hub that no table holds"
FORM = form_of("first-meeting")
QUESTIONS = [question.id for question in FORM.questions]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda items: st.lists(items, max_size=2),
    max_leaves=3,
)
SOURCE: dict[str, Any] = {
    "event_id": EventId("e3e70682-c209-4cac-a29f-6fbed82c07cd"),
    "event": "referral",
    "provider_id": ProviderId("borough-d"),
    "service_id": ServiceId("borough-d.jobs"),
    "observed_at": NOW,
}


def filled(offered: dict[str, Any]) -> FilledForm:
    """Return the form with some answers known."""
    return FilledForm(
        form_id=FORM.id,
        form=FORM.name,
        reused=tuple(
            Answered(question=question, answer=Sourced(value=offered[question.id], **SOURCE))
            for question in FORM.questions
            if question.id in offered
        ),
        to_ask=(),
    )


def some_answers() -> st.SearchStrategy[dict[str, Any]]:
    """Give answers to some of the form's questions."""
    return st.dictionaries(st.sampled_from(QUESTIONS), VALUES, max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(some_answers(), some_answers() | st.none())
def test_an_answer_is_reused_exactly_where_it_equals_what_was_offered(
    engine: Engine, offered: dict[str, Any], forged: dict[str, Any] | None
) -> None:
    """By type, too: 1 is not true, and a list in another order is another answer."""
    answers = offered | (forged or {})
    with engine.connect() as connection:
        offers = Offers(connection, SECRET, OrganisationId("college-c"))
        offer = offers.make(filled(offered), NOW)
        entered = offers.take_answers(offer, answers, NOW)
        counts = {count.question: count for count in duplicate_entry(connection, NOW.date())}
        connection.rollback()

    assert entered.keys() == {name for name, answer in answers.items() if answer is not None}
    for name, entered_as in entered.items():
        is_equal = name in offered and repr(offered[name]) == repr(answers[name])
        assert (entered_as is EnteredAs.REUSED) is is_equal
        assert (entered_as is EnteredAs.ASKED) is (name not in offered)
        assert (counts[name].reused, counts[name].changed, counts[name].asked) == tuple(
            int(entered_as is kind) for kind in EnteredAs
        )


def test_an_offer_runs_out_and_is_deleted_on_the_way(engine: Engine) -> None:
    """Nothing of a form that nobody sent back is kept for longer than a week."""
    with engine.connect() as connection:
        offers = Offers(connection, SECRET, OrganisationId("college-c"))
        offer = offers.make(filled({}), NOW)
        late = NOW + timedelta(days=OFFER_DAYS, seconds=1)

        with pytest.raises(OfferError):
            offers.take_answers(offer, {}, late)
        offers.make(filled({}), late)

        assert connection.scalar(text("SELECT count(*) FROM prefill.offer")) == 1


def test_what_is_kept_of_an_offer_tells_no_answer(engine: Engine) -> None:
    """Neither as it is, nor as a digest that is the same for the same answer."""
    with engine.connect() as connection:
        offers = Offers(connection, SECRET, OrganisationId("college-c"))
        for _ in range(2):
            offers.make(filled({"contact.language": "Tigrinya"}), NOW)
        rows = [str(row) for row in connection.execute(text("SELECT digests FROM prefill.offer"))]

    assert len(rows) == len(set(rows)) == 2
    assert "Tigrinya" not in "".join(rows)


def test_what_nearly_always_comes_back_equal_is_not_to_be_asked_again(engine: Engine) -> None:
    """From thirty answers on, of which nineteen in twenty are equal."""
    with engine.connect() as connection:
        offers = Offers(connection, SECRET, OrganisationId("college-c"))
        shares = []
        for turn in range(40):
            offer = offers.make(filled({"contact.language": "en"}), NOW)
            answer = "cy" if turn in {3, 35} else "en"
            offers.take_answers(offer, {"contact.language": answer}, NOW)
            (count,) = duplicate_entry(connection, NOW.date())
            shares.append((count.equal_share, count.is_to_stop))

    assert shares[28] == (0.966, False)  # too few
    assert shares[29] == (0.967, True)
    assert shares[35] == (0.944, False)  # too many differ
    assert shares[39] == (0.95, True)
