"""What a door is answered for one person of a set."""

from dataclasses import dataclass

from consent_ledger.matching.reading import Doubt
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.passport_numbers import RegisterError
from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber


@dataclass(frozen=True)
class RegisteredPerson:
    """The participant's number, and whether it is new to the provider, as far as that shows.

    `is_new` is where the provider neither brought it nor had it by the reference that it gave.
    Whether it was issued just now is not told: a provider would learn who is known elsewhere.
    `doubts` is what was taken as absent of what the provider told, and why. `apart_from` is of whom
    the provider, asked about them, said that it is not them: no door shows them.
    """

    participant_id: PassportNumber
    is_new: bool
    doubts: tuple[Doubt, ...] = ()
    apart_from: tuple[PassportNumber, ...] = ()


Refusal = RegisterError | MalformedError
"""Why somebody is not registered, who is refused before anything is changed."""
Answered = RegisteredPerson | PossibleMatches | Refusal
"""The register's answer for one person of a set."""
