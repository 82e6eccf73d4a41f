"""Which numbers the register must know, kept in the plainest way."""

from collections.abc import Callable, Sequence
from enum import Enum

from schemas.identifiers import PassportNumber, ProviderId


class Knows(Enum):
    """What a door asks of a person: nothing, a number, or who they are, with that number."""

    NOTHING = 0
    NUMBER = 1
    ALL = 2


class Doors:
    """Who is known by which reference at which provider, and what was told of which numbers."""

    def __init__(self, numbers: dict[int, str]) -> None:
        self.told = {person: {number: {Knows.ALL}} for person, number in numbers.items()}
        self.references: dict[tuple[str, int], str] = {}
        self.erased_references: set[tuple[str, int]] = set()

    def expected(
        self, provider: ProviderId, person: int, shown_as: Callable[[str], str], knows: Knows
    ) -> str | frozenset[str] | None:
        """Return the number that a door must get, or the candidates it is asked about.

        Nothing: the person gets a new number. "erased": the door is refused. Only who says all of
        somebody of whom all is known gets their number without a question.
        """
        if (provider, person) in self.references:
            return self.references[provider, person]
        if (provider, person) in self.erased_references:
            return "erased"
        told = self.told[person]
        if knows is Knows.NOTHING or not told:
            return None
        candidates = frozenset(map(shown_as, told))
        is_certain = knows is Knows.ALL and any(Knows.ALL in known for known in told.values())
        return next(iter(candidates)) if is_certain and len(candidates) == 1 else candidates

    def alike(
        self, number: PassportNumber, shown_as: Callable[[str], PassportNumber]
    ) -> set[PassportNumber]:
        """Return under which other numbers somebody is shown of whom the same was told."""
        told = [{shown_as(one) for one in numbers} for numbers in self.told.values()]
        return {one for shown in told if number in shown for one in shown} - {number}

    def linked(
        self, provider: ProviderId, person: int, number: PassportNumber, knows: Knows
    ) -> None:
        """Note that a provider's reference leads to a number, of which it has told something."""
        if knows is not Knows.NOTHING:
            self.told[person].setdefault(number, set()).add(knows)
        self.references[provider, person] = number
        self.erased_references.discard((provider, person))

    def erased(self, numbers: Sequence[str]) -> None:
        """Forget numbers; the references that led to them are refused from now on."""
        gone = {place for place, number in self.references.items() if number in numbers}
        self.erased_references |= gone
        self.references = {
            place: number for place, number in self.references.items() if place not in gone
        }
        for known in self.told.values():
            for number in numbers:
                known.pop(number, None)
