"""Of the rows of a dry run: which recipients would see which categories, and what to ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from deploy.operations.dry_run import EventReach
from schemas.categories import BLOCKS, Category, Mask
from schemas.identifiers import AgreementId

LINES_LISTED: Final = 20
"""How many lines are listed of rows that would be seen alike; all are counted."""
NOBODY_YET: Final = "nobody yet"

_NOTHING: Final = EventReach({}, {})


class AlikeRows(NamedTuple):
    """Rows that the same recipients would see with the same categories: how many, and which."""

    reach: EventReach
    rows: int
    lines: tuple[int, ...]
    is_unseen: bool
    """Whether nobody who knows the person would see them."""


@dataclass(slots=True)
class RowReaches:
    """Gathers who would see each row, by line. A row's events count as one.

    `names` are those of the recipients; `figures` are the agreements whose recipients see
    pseudonyms, and so nobody.
    """

    names: Mapping[AgreementId, str] = field(default_factory=dict)
    figures: frozenset[AgreementId] = frozenset()
    _by_line: dict[int, EventReach] = field(default_factory=dict, init=False)
    _alike: dict[tuple[Any, ...], EventReach] = field(default_factory=dict, init=False)

    def add(self, line: int, reach: EventReach) -> None:
        """Note who would see an event of a row."""
        before = self._by_line.get(line, _NOTHING)
        seen = _together(before.seen, reach.seen)
        to_ask = _together(before.to_ask, reach.to_ask)
        key = (*seen.items(), None, *to_ask.items())
        self._by_line[line] = self._alike.setdefault(key, EventReach(seen, to_ask))

    def grouped(self) -> list[AlikeRows]:
        """Return the rows, those together that are alike: first those that nobody would see."""
        counts: dict[int, int] = {}
        lines: dict[int, list[int]] = {}
        for line, reach in sorted(self._by_line.items()):
            counts[id(reach)] = counts.get(id(reach), 0) + 1
            listed = lines.setdefault(id(reach), [])
            if len(listed) < LINES_LISTED:
                listed.append(line)
        found = [
            AlikeRows(reach, counts[id(reach)], tuple(lines[id(reach)]), self._is_unseen(reach))
            for reach in self._alike.values()
            if id(reach) in counts
        ]
        return sorted(found, key=lambda alike: (not alike.is_unseen, -alike.rows, alike.lines))

    def texts(self) -> dict[int, tuple[str, str]]:
        """Return of each row in words who would see what, and what to ask its person."""
        words = {
            id(reach): (self.seen_text(reach), self.to_ask_text(reach))
            for reach in self._alike.values()
        }
        return {line: words[id(reach)] for line, reach in self._by_line.items()}

    def fields(self) -> list[dict[str, Any]]:
        """Return for JSON the rows, those together that are alike."""
        return [
            {
                "rows": alike.rows,
                "lines": list(alike.lines),
                "seen_by_nobody_yet": alike.is_unseen,
                "recipients": self._recipients(alike.reach.seen),
                "to_ask": self._recipients(alike.reach.to_ask),
            }
            for alike in self.grouped()
        ]

    def _is_unseen(self, reach: EventReach) -> bool:
        return reach.seen.keys() <= self.figures

    def seen_text(self, reach: EventReach) -> str:
        """Return in words who would see what."""
        told = _listed(reach.seen)
        if not self._is_unseen(reach):
            return told
        return f"{NOBODY_YET}, but as a figure: {told}" if told else NOBODY_YET

    def to_ask_text(self, reach: EventReach) -> str:
        """Return in words who would see what in addition, once the person has been asked."""
        return _listed(reach.to_ask)

    def _recipients(self, masks: Mapping[AgreementId, Mask]) -> list[dict[str, Any]]:
        return [
            {
                "agreement": agreement_id,
                "recipient": self.names[agreement_id],
                "categories": [category.value for category in categories_of(mask)],
            }
            for agreement_id, mask in masks.items()
        ]


def categories_of(mask: Mask) -> list[Category]:
    """Return the categories of a mask that have a block."""
    return [category for category in BLOCKS if mask & category.bit]


def _together(
    masks: Mapping[AgreementId, Mask], more: Mapping[AgreementId, Mask]
) -> dict[AgreementId, Mask]:
    return {
        agreement_id: Mask(masks.get(agreement_id, 0) | more.get(agreement_id, 0))
        for agreement_id in sorted({*masks, *more})
    }


def _listed(masks: Mapping[AgreementId, Mask]) -> str:
    return "; ".join(
        f"{agreement_id} ({', '.join(categories_of(mask))})" for agreement_id, mask in masks.items()
    )
