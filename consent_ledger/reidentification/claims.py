"""Claims that somebody in one tray is somebody in another, and how many of them are right."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Owners = Mapping[str, str]
"""Whose each name of a tray is: a reader of trays does not know it."""


class JoinClaim(NamedTuple):
    """A name in a named tray and one in a pseudonymous tray, said to be the same person's."""

    name: str
    pseudonym: str


class Scored(NamedTuple):
    """In people: of how many something was claimed, and of how many it is right."""

    claimed: int
    right: int

    @property
    def precision(self) -> float:
        """The share that is right; 0 where nothing is claimed."""
        return self.right / self.claimed if self.claimed else 0.0


def best_claims(
    scores: Mapping[tuple[str, str], float], *, one_pseudonym_each: bool
) -> list[JoinClaim]:
    """Return for each person the best claim, where one is better than every other.

    Args:
        scores: how well a name and a pseudonym go together; nothing is not at all.
        one_pseudonym_each: whether a pseudonym stands for a person: then a person for whom two
            go equally well is left out.

    """
    by_name: dict[str, list[tuple[float, str]]] = defaultdict(list)
    by_pseudonym: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for (name, pseudonym), score in scores.items():
        by_name[name].append((score, pseudonym))
        by_pseudonym[pseudonym].append((score, name))
    owner = {pseudonym: _best(found) for pseudonym, found in by_pseudonym.items()}
    claims = []
    for name, found in sorted(by_name.items()):
        if one_pseudonym_each:
            best = _best(found)
            kept = best if best is not None and owner[best] == name else None
        else:
            mine = [one for one in found if owner[one[1]] == name]
            kept = max(mine)[1] if mine else None
        if kept is not None:
            claims.append(JoinClaim(name, kept))
    return claims


def score(claims: Sequence[JoinClaim], names: Owners, pseudonyms: Owners) -> Scored:
    """Return how many claims are right; each is about another person."""
    right = sum(names[one.name] == pseudonyms.get(one.pseudonym) for one in claims)
    return Scored(len(claims), right)


def unique_pairs(
    named: Mapping[object, set[str]], pseudonymous: Mapping[object, set[str]]
) -> Counter[tuple[str, str]]:
    """Count for a name and a pseudonym the tokens that each of them alone has in its tray."""
    found: Counter[tuple[str, str]] = Counter()
    for token in named.keys() & pseudonymous.keys():
        if len(named[token]) == len(pseudonymous[token]) == 1:
            found[next(iter(named[token])), next(iter(pseudonymous[token]))] += 1
    return found


def _best(found: Sequence[tuple[float, str]]) -> str | None:
    """Return the best; None where two are equally good."""
    first, *rest = sorted(found, reverse=True)
    return None if rest and rest[0][0] == first[0] else first[1]
