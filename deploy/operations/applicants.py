"""People whom a provider registers by request, several at once: each is answered by itself."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from deploy.hub import Hub
from deploy.operations.kept_out import demand_not_kept_out
from deploy.operations.person_given import PersonError, person_of
from deploy.operations.registrar import HubRegistrar
from producers.hub import (
    AnswerWord,
    Applicant,
    Erased,
    GivenAnswer,
    Impossible,
    PossibleMatch,
    Registered,
    Registration,
    UnknownNumber,
)
from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber, ProviderId, passport_number

_ANSWERS: Final = ", ".join(AnswerWord)


class RegistrationOutcome(StrEnum):
    """What a provider is told of somebody."""

    REGISTERED = "registered"
    """They have a number, which this provider did not have."""
    KNOWN = "known"
    """The provider had their number, by its own reference, or brought it."""
    POSSIBLE_MATCH = "possible-match"
    """They may have a number: ask them, and send them again with an answer."""
    UNKNOWN_NUMBER = "unknown-number"
    """Nobody who takes part has the number that was brought."""
    ERASED = "erased"
    """The provider's reference was that of somebody erased."""
    IMPOSSIBLE = "impossible"
    """What is told of them cannot be."""
    REFUSED = "refused"
    """It was not understood."""


class FoundPerson(NamedTuple):
    """The answer for one person: their number, or why there is none; no value is repeated."""

    line: int
    outcome: RegistrationOutcome
    participant_id: PassportNumber | None = None
    doubts: Sequence[str] = ()
    problems: Sequence[str] = ()


def register_people(hub: Hub, provider_id: ProviderId, people: Sequence[Any]) -> list[FoundPerson]:
    """Register or find people, given as JSON that was read, and answer each in its place.

    Whoever is not understood keeps no other from being registered. Raises KeptOutError.
    """
    demand_not_kept_out(hub, provider_id)
    answers: dict[int, FoundPerson] = {}
    applicants: dict[int, Applicant] = {}
    for line, content in enumerate(people, start=1):
        try:
            applicants[line] = _applicant(content)
        except PersonError as error:
            answers[line] = FoundPerson(line, RegistrationOutcome.REFUSED, problems=error.problems)
    registered = HubRegistrar(hub.ledger, hub.register).register(
        provider_id, [*applicants.values()]
    )
    for line, answer in zip(applicants, registered, strict=True):
        answers[line] = _told(line, answer)
    return [answers[line] for line in sorted(answers)]


def _applicant(content: Any) -> Applicant:
    """Return the applicant in JSON. Raises PersonError."""
    if not isinstance(content, Mapping):
        raise PersonError("it is not a JSON object")
    given = dict(content)
    number = _number(given.pop("passport_number", None))
    word = _word(given.pop("answer", None))
    identity, contact, reference = person_of(given)
    if reference is None:
        raise PersonError("reference: is needed, so that sending it again finds the same person")
    answer = None if word is None else GivenAnswer(word, number)
    return Applicant(reference, identity, number, contact, answer=answer)


def _number(text: Any) -> PassportNumber | None:
    if text is None:
        return None
    try:
        return passport_number(text if isinstance(text, str) else "")
    except MalformedError:
        raise PersonError("passport_number: it looks like NWD-XXXX-XXXX-C") from None


def _word(text: Any) -> AnswerWord | None:
    if text is None or text in list(AnswerWord):
        return text and AnswerWord(text)
    raise PersonError(f"answer: must be one of {_ANSWERS}")


def _told(line: int, answer: Registration) -> FoundPerson:
    match answer:
        case Registered():
            outcome = RegistrationOutcome.REGISTERED if answer.is_new else RegistrationOutcome.KNOWN
            return FoundPerson(line, outcome, answer.participant_id, doubts=answer.doubts)
        case PossibleMatch():
            return FoundPerson(line, RegistrationOutcome.POSSIBLE_MATCH, problems=answer.reasons)
        case UnknownNumber():
            return FoundPerson(line, RegistrationOutcome.UNKNOWN_NUMBER)
        case Erased():
            return FoundPerson(line, RegistrationOutcome.ERASED)
        case Impossible():
            return FoundPerson(line, RegistrationOutcome.IMPOSSIBLE, problems=answer.problems)
