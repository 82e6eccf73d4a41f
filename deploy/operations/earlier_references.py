"""What a provider says of where a person was before, and how far the bus takes its word.

Of its own earlier reference a provider may say whose it is: it knows that person already. Of
another provider's it may not: a reference can be guessed. Its word decides between "it may be" and
"it is" alone, where what is told of the person has already led to that one person and nothing
speaks against it. In all other cases it counts as nothing, so that nobody learns from the answer
whether another provider has such a reference.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from consent_ledger.agreements.services import Provider
from consent_ledger.matching.reading import NO_CONTACT
from consent_ledger.register.passport_numbers import ErasedError
from consent_ledger.register.register import (
    NOTHING_TOLD,
    PossibleMatches,
    Register,
    RegisteredPerson,
    RegisterRows,
)
from producers.hub import AnswerWord, Applicant, EarlierReference
from schemas.identifiers import PassportNumber, ProviderId

Ask = Callable[[PassportNumber | None], RegisteredPerson | PossibleMatches]
"""Asks the register about somebody who carries a number, or None."""


@dataclass(frozen=True)
class EarlierReferences:
    """Looks earlier references up; `ukprns` says which provider has which."""

    register: Register
    ukprns: Mapping[int, ProviderId]

    def own(
        self, tx: RegisterRows, provider_id: ProviderId, who: Applicant
    ) -> PassportNumber | None:
        """Return the number that the provider's own earlier reference of somebody has.

        Raises ErasedError where it was that of somebody erased, and nothing else says who this is:
        they come back by their own wish alone, under whatever reference.
        """
        if who.earlier is None or who.earlier.ukprn is not None:
            return None
        digest = self._digest(tx, provider_id, who.earlier.reference)
        number = tx.by_reference(provider_id, digest)
        if number is None and not _is_said_otherwise(who) and tx.was_erased(digest):
            now = self._digest(tx, provider_id, who.reference)
            if tx.by_reference(provider_id, now) is None:
                raise ErasedError("The person whom the provider knew by that reference was erased.")
        return number

    def of_another(
        self, tx: RegisterRows, earlier: EarlierReference, ask: Ask
    ) -> RegisteredPerson | PossibleMatches:
        """Return the register's answer, in which another provider's reference may have decided."""
        answer = ask(None)
        at = None if earlier.ukprn is None else self.ukprns.get(earlier.ukprn)
        if at is None or not tx.is_provider(at):
            return answer
        said = tx.by_reference(at, self._digest(tx, at, earlier.reference))
        if not isinstance(answer, PossibleMatches) or len(answer.candidates) > 1:
            return answer
        numbers = {row.participant_id for row in tx.numbers_of(answer.candidates[0])}
        if said not in numbers:
            return answer
        taken = ask(said)
        # whether the person was known elsewhere is not told
        return replace(taken, is_new=True) if isinstance(taken, RegisteredPerson) else taken

    def _digest(self, tx: RegisterRows, provider_id: ProviderId, reference: str) -> bytes:
        asked = self.register.asked(tx, provider_id, NOTHING_TOLD, NO_CONTACT, reference)
        assert asked.digest is not None  # noqa: S101 - there is a reference
        return asked.digest


def _is_said_otherwise(who: Applicant) -> bool:
    """Return whether a number, or an adviser's answer, says who it is or that they come back."""
    if who.answer is None:
        return who.carried is not None
    return who.answer.number is not None or who.answer.word is AnswerWord.RETURNING


def ukprns(providers: Iterable[Provider]) -> dict[int, ProviderId]:
    """Return which provider has which UKPRN, as far as the file of services says."""
    return {int(one.ukprn): one.id for one in providers if one.ukprn is not None}
