"""Which numbers the register must know, kept in the plainest way."""

from collections.abc import Callable, Sequence

from schemas.identifiers import PassportNumber, ProviderId


class Doors:
    """Who is known by which reference at which provider, and under which numbers a name is."""

    def __init__(self, numbers: dict[int, str]) -> None:
        self.names = {person: {number} for person, number in numbers.items()}
        self.references: dict[tuple[str, int], str] = {}
        self.erased_references: set[tuple[str, int]] = set()

    def expected(
        self, provider: ProviderId, person: int, shown_as: Callable[[str], str], *, knows_name: bool
    ) -> str | frozenset[str] | None:
        """Return the number that a door must get, or the candidates it is asked about.

        Nothing: the person gets a new number. "erased": the door is refused.
        """
        if (provider, person) in self.references:
            return self.references[provider, person]
        if (provider, person) in self.erased_references:
            return "erased"
        return frozenset(map(shown_as, self.names[person])) or None if knows_name else None

    def linked(self, provider: ProviderId, person: int, number: PassportNumber) -> None:
        """Note that a provider's reference leads to a number from now on."""
        self.references[provider, person] = number
        self.erased_references.discard((provider, person))

    def erased(self, numbers: Sequence[str]) -> None:
        """Forget numbers; the references that led to them are refused from now on."""
        gone = {place for place, number in self.references.items() if number in numbers}
        self.erased_references |= gone
        self.references = {
            place: number for place, number in self.references.items() if place not in gone
        }
        for known in self.names.values():
            known.difference_update(numbers)
