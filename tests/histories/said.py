"""What participants said, kept in the plainest way: each entry of the ledger must say the same."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from typing import Any, Final, NamedTuple

from schemas.identifiers import AgreementId, PassportNumber
from tests.histories import cast

_ANSWERS: Final = {"given", "renewed", "narrowed", "refused", "withdrawn"}
_UNANSWERED: Final = {"expired", "unmerged"}


class Said(NamedTuple):
    """What somebody has granted under an agreement, until when, and without which providers.

    And whether they have been informed of it, and object.
    """

    granted: frozenset[str] = frozenset()
    until: datetime | None = None
    left_out: frozenset[str] = frozenset()
    informed: bool = False
    objected: bool = False

    def at(self, now: datetime) -> "Said":
        """Return what is left of it at a moment."""
        has_run_out = self.until is not None and self.until <= now
        return self.without(self.granted) if has_run_out else self

    def without(self, categories: frozenset[str]) -> "Said":
        """Return what is left when these are taken back."""
        left = self.granted - categories
        if left:
            return self._replace(granted=left)
        return Said(informed=self.informed, objected=self.objected)

    def narrowed(self, other: "Said") -> "Said":
        """Return it with the consent that both give."""
        ends = [one for one in (self.until, other.until) if one is not None]
        both = self._replace(
            granted=self.granted & other.granted,
            until=min(ends, default=None),
            left_out=self.left_out | other.left_out,
        )
        return both.without(frozenset())


def said_in(entry: Mapping[str, Any], salt: bytes) -> Said:
    """Return what an entry of the ledger says of somebody, with their salt."""
    providers = {hashlib.sha256(salt + one.encode()).hexdigest(): one for one in cast.PROVIDERS}
    until = entry["until"] and datetime.fromisoformat(entry["until"])
    return Said(
        frozenset(entry["granted"]),
        until,
        frozenset(providers[digest] for digest in entry["except"]),
        informed=entry["informed"],
        objected=entry["objected"],
    )


class Model:
    """What everybody said, by number and agreement; which numbers are one person's."""

    def __init__(self) -> None:
        self.said: dict[tuple[PassportNumber, AgreementId], Said] = {}
        self._merged: dict[PassportNumber, PassportNumber] = {}
        self._apart: set[tuple[PassportNumber, PassportNumber]] = set()
        self._answered: set[tuple[PassportNumber, AgreementId]] = set()
        self._opened: dict[PassportNumber, set[AgreementId]] = {}
        self._unpaused: dict[PassportNumber, set[AgreementId]] = {}

    def of(self, participant_id: PassportNumber, agreement_id: AgreementId) -> Said:
        """Return what was said of a number about an agreement."""
        return self.said.get((participant_id, agreement_id), Said())

    def say(
        self,
        participant_id: PassportNumber,
        agreement_id: AgreementId,
        said: Said,
        *,
        kind: str,
        opens: bool,
    ) -> None:
        """Say something of one number, entered as `kind`; `opens`: it may have opened something."""
        if kind in _ANSWERS:
            self._answered.add((participant_id, agreement_id))
        elif kind in _UNANSWERED:
            self._answered.discard((participant_id, agreement_id))
        before = self.of(participant_id, agreement_id)
        self.said[participant_id, agreement_id] = said
        if participant_id not in self._merged:
            return
        if opens:
            self._opened[participant_id].add(agreement_id)
        if before.objected and not said.objected:
            self._unpaused[participant_id].add(agreement_id)

    def told_apart(self, participant_id: PassportNumber, other: PassportNumber) -> None:
        """Take two numbers for two people's."""
        self._apart.add((participant_id, other))

    def are_apart(self, participant_id: PassportNumber, other: PassportNumber) -> bool:
        """Tell whether any two numbers of these two people were told apart."""
        mine, others = self.numbers_of(participant_id), self.numbers_of(other)
        return any(
            (pair[0] in mine and pair[1] in others) or (pair[1] in mine and pair[0] in others)
            for pair in self._apart
        )

    def numbers_of(self, participant_id: PassportNumber) -> list[PassportNumber]:
        """Return the numbers of the person with this one."""
        main = self._merged.get(participant_id, participant_id)
        return [main, *sorted(one for one, into in self._merged.items() if into == main)]

    def merged(
        self, participant_id: PassportNumber, into: PassportNumber, now: datetime
    ) -> dict[tuple[PassportNumber, AgreementId], Said]:
        """Take two numbers for one person's; return what is the narrower of both from now on."""
        numbers = [participant_id, *self.numbers_of(into)]
        before = dict(self.said)
        for agreement_id in {case[1] for case in before}:
            self._make_narrow([(number, agreement_id) for number in numbers], now)
        self._merged[participant_id] = into
        self._opened[participant_id], self._unpaused[participant_id] = set(), set()
        return {case: said for case, said in self.said.items() if said != before.get(case, Said())}

    def _make_narrow(self, cases: list[tuple[PassportNumber, AgreementId]], now: datetime) -> None:
        held = {case: self.said.get(case, Said()) for case in cases}
        answers = {
            case: said
            for case, said in held.items()
            if case in self._answered and not (said.until is not None and said.until <= now)
        }
        objected = any(said.objected for said in held.values())
        for case, said in held.items():
            mine = reduce(Said.narrowed, answers.values(), said) if case in answers else said
            if mine._replace(objected=objected) != said:
                self.said[case] = mine._replace(objected=objected)

    def unmerged(self, participant_id: PassportNumber) -> None:
        """Take them for two again, and close what was opened since for the one that is parted.

        An objection that was ended since may have been another person's to end: it holds again.
        """
        self.told_apart(participant_id, self._merged.pop(participant_id))
        closed, unpaused = self._opened.pop(participant_id), self._unpaused.pop(participant_id)
        for agreement_id in closed:
            objected = self.of(participant_id, agreement_id).objected or agreement_id in unpaused
            self.said[participant_id, agreement_id] = Said(objected=objected)
            self._answered.discard((participant_id, agreement_id))

    def agreements_changed(self, version: int) -> None:
        """Take away what the agreements of a version do not ask for any more."""
        for case, one in self.said.items():
            dropped = one.granted - cast.asked_consent_for(version, case[1])
            if dropped:
                self.said[case] = one.without(dropped)

    def erased(self, participant_id: PassportNumber) -> None:
        """Forget somebody, under all of their numbers."""
        numbers = self.numbers_of(participant_id)
        self.said = {case: one for case, one in self.said.items() if case[0] not in numbers}
        self._answered = {case for case in self._answered if case[0] not in numbers}
        self._apart = {pair for pair in self._apart if not {*pair} & {*numbers}}
        for one in numbers:
            self._merged.pop(one, None)
