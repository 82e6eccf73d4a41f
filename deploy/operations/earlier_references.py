"""What a provider says of where a person was before, and how far the bus takes its word.

Of its own earlier reference a provider may say whose it is: it knows that person already. Of
another provider's it may not: a reference can be guessed. Its word decides between "it may be" and
"it is" alone, where what is told of the person has already led to that one person and nothing
speaks against it. In all other cases it counts as nothing, so that nobody learns from the answer
whether another provider has such a reference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from consent_ledger.agreements.services import Provider
from consent_ledger.register.answered import Answered, RegisteredPerson
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.register import Register
from consent_ledger.register.register_rows import Reference, RegisterRows
from producers.hub import AnswerWord, Applicant
from schemas.identifiers import PassportNumber, ProviderId


class OwnReference(NamedTuple):
    """The number that a provider's own earlier reference has; whether it was of somebody erased.

    They come back by their own wish alone, under whatever reference.
    """

    number: PassportNumber | None = None
    is_erased: bool = False


@dataclass(frozen=True)
class EarlierReferences:
    """Looks earlier references up; `ukprns` says which provider has which."""

    register: Register
    ukprns: Mapping[int, ProviderId]

    def own(
        self, tx: RegisterRows, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> list[OwnReference]:
        """Return for each, in order, what the provider's own earlier reference says."""
        found = [OwnReference()] * len(applicants)
        earlier = {
            place: who.earlier.reference
            for place, who in enumerate(applicants)
            if who.earlier is not None and who.earlier.ukprn is None
        }
        if not earlier:
            return found
        texts = {*earlier.values(), *(applicants[place].reference for place in earlier)}
        references = {text: self.register.reference(provider_id, text) for text in texts}
        known = tx.references(references.values())
        for place, before in earlier.items():
            who = applicants[place]
            number = known.numbers.get(references[before])
            is_erased = (
                number is None
                and references[before][1] in known.erased
                and references[who.reference] not in known.numbers
                and not _is_said_otherwise(who)
            )
            found[place] = OwnReference(number, is_erased)
        return found

    def of_others(
        self, tx: RegisterRows, applicants: Sequence[Applicant], answers: Mapping[int, Answered]
    ) -> dict[int, PassportNumber]:
        """Return, by place, about whom another provider's reference decides.

        Each is the number of the only one whom it may be, in the register's answer.
        """
        said: dict[int, Reference] = {}
        for place, who in enumerate(applicants):
            if who.earlier is not None and who.carried is None and who.answer is None:
                provider_id = self.ukprns.get(who.earlier.ukprn or 0)
                if provider_id is not None:
                    said[place] = self.register.reference(provider_id, who.earlier.reference)
        if not said:
            return {}
        known = tx.references(said.values())
        alone = {
            place: answer.candidates[0]
            for place in said
            if isinstance(answer := answers.get(place), PossibleMatches)
            and len(answer.candidates) == 1
        }
        numbers = [number.row for number in tx.numbers_of_all(set(alone.values()))]
        shown_as = {row.participant_id: row.shown_as for row in numbers}
        decided = {}
        for place, candidate in alone.items():
            number = known.numbers.get(said[place])
            if number is not None and shown_as.get(number) == candidate:
                decided[place] = number
        return decided


def as_new(answer: Answered) -> Answered:
    """Return an answer that does not tell whether the person was known elsewhere."""
    return replace(answer, is_new=True) if isinstance(answer, RegisteredPerson) else answer


def _is_said_otherwise(who: Applicant) -> bool:
    """Return whether a number, or an adviser's answer, says who it is or that they come back."""
    if who.answer is None:
        return who.carried is not None
    return who.answer.number is not None or who.answer.word is AnswerWord.RETURNING


def ukprns(providers: Iterable[Provider]) -> dict[int, ProviderId]:
    """Return which provider has which UKPRN, as far as the file of services says."""
    return {int(one.ukprn): one.id for one in providers if one.ukprn is not None}
