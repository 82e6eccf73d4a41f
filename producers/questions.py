"""What is asked about somebody whom the register did not take, and what can be answered."""

from typing import Final, NamedTuple

from producers.hub import (
    AnswerWord,
    Erased,
    GivenAnswer,
    Impossible,
    PossibleMatch,
    Registration,
    UnknownNumber,
)


class PersonQuestion(NamedTuple):
    """Why somebody is set aside: a reason, the same in words, and what can be answered."""

    reason: str
    text: str
    advice: str


_ASK: Final = (
    "ask the person: same, with the number on their card or the word consent; other; or leave"
)
_POSSIBLE: Final = PersonQuestion(
    "possible-match", "may have a passport number already: an adviser decides", _ASK
)
_QUESTIONS: Final[dict[type[Registration], PersonQuestion]] = {
    PossibleMatch: _POSSIBLE,
    UnknownNumber: PersonQuestion("unknown-number", "nobody has the passport number carried", _ASK),
    Erased: PersonQuestion(
        "erased",
        "this person was erased: leave them out of what you send",
        "returning, where they wish to take part again or the reference is another's now; or leave",
    ),
    Impossible: PersonQuestion(
        "impossible",
        "what is told of the person cannot be",
        "correct the record and export the return again: no answer helps",
    ),
}


def question_about(answer: Registration, given: GivenAnswer | None) -> PersonQuestion:
    """Return what is asked where the register answered so; `given` was answered before."""
    if isinstance(answer, PossibleMatch) and given is not None:
        return _answered_in_vain(given)
    question = _QUESTIONS[type(answer)]
    if isinstance(answer, Impossible):
        return question._replace(text=f"{question.text}: {', '.join(answer.problems)}")
    return question


def _answered_in_vain(given: GivenAnswer) -> PersonQuestion:
    """Return why an answer to a possible match did not settle it."""
    if given.number is not None:
        return PersonQuestion(
            "answer-contradicted",
            "what is known of the number that was answered is of somebody else",
            "look at the card again; `nwd participant register --same-as` says so for one alone",
        )
    if given.word is not AnswerWord.SAME:
        return _POSSIBLE
    return _POSSIBLE._replace(
        text="there is more than one whom it may be, so that consent does not say which"
    )
