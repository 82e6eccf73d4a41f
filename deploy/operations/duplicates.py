"""People with two numbers: looked for among those who are new or told more of, worst harm first."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from consent_ledger.journal.vault import UnsealError
from consent_ledger.matching.answers import MatchVerdict
from consent_ledger.register.duplicates import Duplicate, duplicates_of
from consent_ledger.register.participants import ToldOf, how_much_is_told
from consent_ledger.register.passport_numbers import NumberPair
from deploy.hub import Hub
from schemas.identifiers import AgreementId, PassportNumber

_TOGETHER: Final = 100
"""Tellings that are looked at in one transaction, which keeps nobody waiting."""
_NUMBERS_TOGETHER: Final = 1000

Progress = Callable[[int, int], object]
"""Takes how many tellings were looked at, and how many there are."""


class FoundDuplicate(NamedTuple):
    """Two numbers that may be one person's, and how much is told of each, in their order."""

    pair: Duplicate
    told: tuple[ToldOf, ToldOf]

    @property
    def agreements(self) -> frozenset[AgreementId]:
        """Under which agreements a recipient was told half a story, or the same one twice."""
        first, second = self.told
        return first.agreements | second.agreements

    @property
    def events(self) -> int:
        """How many events there are of both."""
        return sum(told.events for told in self.told)


class DuplicateSearch(NamedTuple):
    """Whom a search found, worst harm first, and the last telling that it looked at.

    `uncompared` could not be looked for: what is kept of them, or of somebody who may be them,
    cannot be opened.
    """

    found: list[FoundDuplicate]
    upto: int
    uncompared: list[PassportNumber]


def find_duplicates(hub: Hub, *, is_whole: bool, progress: Progress) -> DuplicateSearch:
    """Return who may have two numbers, among everybody or those told of since the last search.

    The place of the last search is moved by `remember_search` alone, once the answer has reached
    whoever asked: a search that is cut short is made again.

    Harm is ordered by how sure it is that there is any, then by how far it reaches: known before
    possible; then under how many agreements either was sent to a recipient, then how many events
    there are of both; then the score.
    """
    with hub.ledger.begin() as tx:
        begun = 0 if is_whole else tx.searched_upto()
        upto = tx.last_telling()
    after, found, looked_up = begun, dict[NumberPair, Duplicate](), set[PassportNumber]()
    uncompared: list[PassportNumber] = []
    while after < upto:
        progress(after - begun, upto - begun)
        with hub.ledger.begin() as tx:
            batch = tx.people_told_of(after, upto, _TOGETHER)
            for number in dict.fromkeys(number for _, number in batch):
                if number in looked_up:
                    continue
                looked_up.add(number)
                try:
                    pairs = duplicates_of(tx, hub.register, number)
                except UnsealError:
                    uncompared.append(number)
                else:
                    found.update({pair.numbers: pair for pair in pairs})
        after = batch[-1][0] if batch else upto
    progress(upto - begun, upto - begun)
    return DuplicateSearch(_worst_first(hub, found.values()), upto, uncompared)


def remember_search(hub: Hub, search: DuplicateSearch) -> None:
    """Let the next search begin where this one ended."""
    with hub.ledger.begin() as tx:
        tx.set_searched(search.upto)


def _worst_first(hub: Hub, pairs: Iterable[Duplicate]) -> list[FoundDuplicate]:
    """Return the pairs that are still two living people's, in order."""
    pairs = list(pairs)
    numbers = sorted({number for pair in pairs for number in pair.numbers})
    told: dict[PassportNumber, ToldOf] = {}
    with hub.engine.connect() as connection:
        for start in range(0, len(numbers), _NUMBERS_TOGETHER):
            told |= how_much_is_told(connection, numbers[start : start + _NUMBERS_TOGETHER])
    found = [
        FoundDuplicate(pair, (told[pair.numbers[0]], told[pair.numbers[1]]))
        for pair in pairs
        if told.keys() >= {*pair.numbers}
    ]
    return sorted(found, key=_harm)


def _harm(found: FoundDuplicate) -> tuple[bool, int, int, float, NumberPair]:
    return (
        found.pair.verdict is not MatchVerdict.KNOWN,
        -len(found.agreements),
        -found.events,
        -(found.pair.score or 0.0),
        found.pair.numbers,
    )
