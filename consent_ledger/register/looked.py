"""What the tables hold that concerns a set of people at a door, read for all of them at once.

However many they are, and whoever of them is known, it takes the same statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Final, NamedTuple

from consent_ledger.matching.blocking import MOST_HOLDERS, Kind, is_enough, says_anything
from consent_ledger.register.asked import PEOPLE, Asked
from consent_ledger.register.changes import Changes
from consent_ledger.register.identity_rows import KeptIdentity
from consent_ledger.register.match_keys import MatchKey
from consent_ledger.register.passport_numbers import NumberPair
from consent_ledger.register.register_rows import KnownNumber, KnownReferences, RegisterRows
from schemas.errors import MalformedError
from schemas.identifiers import LedgerIndex, PassportNumber, passport_number

_COUNTED_UPTO: Final = MOST_HOLDERS + 2
"""Whoever is looked for may be a holder: one more than too many others."""


class Looked(NamedTuple):
    """Rows of everybody whom somebody of the set may be. Two that are equal answer alike.

    `holders` are of the set's keys, over all of the register; `sharing` says who of `numbers` has
    them, unless so many have that it says nothing. `numbers` and `kept` are by number, of all
    numbers of a person. `apart` are those of whom somebody has said that they are two people.
    """

    references: KnownReferences
    holders: Mapping[MatchKey, int]
    numbers: Mapping[PassportNumber, KnownNumber]
    sharing: Mapping[MatchKey, frozenset[PassportNumber]]
    kept: Mapping[PassportNumber, Sequence[KeptIdentity]]
    counts: Mapping[bytes, int]
    apart: AbstractSet[NumberPair]


def look(tx: RegisterRows, asked: Sequence[Asked], changes: Changes) -> Looked:
    """Return what is known of whom a set of people may be, and of whom others changed before.

    A sharing of keys that is enough in the tables is enough to be looked at; whether it is once
    others of the set are registered is for whoever decides. One of the holders may be the very
    person who is looked for.
    """
    asked_by = {one.reference for one in asked if one.reference is not None}
    references = tx.references(asked_by)
    linked = references.numbers | changes.linked(asked_by)
    searched = [one for one in asked if one.is_searched and one.reference not in linked]
    counts = tx.counts({PEOPLE}.union(*(one.values.values() for one in searched)))
    said = [one.keys | {key: key.kind for key in one.old_keys} for one in searched]
    old = {key for one in asked for key in one.old_keys}
    keys = old.union(*said)
    holders = tx.holders(keys, _COUNTED_UPTO)
    saying = {key for key, held in holders.items() if key in old or says_anything(held - 1)}
    enough = {
        key
        for key in saying
        if key in old or is_enough(Kind(key.kind), holders[key] - 1, counts.get(PEOPLE, 0))
    }
    held = tx.sharing(
        [{key: says for key, says in one.items() if key in saying} for one in said], enough
    )
    named = {*linked.values(), *_brought(asked), *changes.holding(keys)} - changes.people.keys()
    found = {number for number, _ in held}
    numbers = {known.row.participant_id: known for known in tx.numbers_of_all(found | named)}
    shown = {numbers[number].row.shown_as for number in found}
    held |= tx.keys_held(
        [number for number, known in numbers.items() if known.row.shown_as not in shown], saying
    )
    sharing: defaultdict[MatchKey, set[PassportNumber]] = defaultdict(set)
    for number, key in held:
        sharing[key].add(number)
    kept: defaultdict[PassportNumber, list[KeptIdentity]] = defaultdict(list)
    for telling in tx.kept_of(numbers.keys()):
        kept[telling.participant_id].append(telling)
    return Looked(
        references,
        holders,
        numbers,
        {key: frozenset(held) for key, held in sharing.items()},
        dict(kept),
        counts,
        tx.told_apart(numbers.keys()),
    )


def look_again(
    tx: RegisterRows, asked: Sequence[Asked], looked: Looked, newest: tuple[LedgerIndex, int]
) -> Looked:
    """Return what is known now that the head of the ledger is held.

    `newest` is `tx.newest()` of before `looked` was read. Where it stayed, only references may have
    been linked, or left by somebody who is erased: all else is as it was read, or as it was read of
    somebody who was being erased, which decides the same.
    """
    asked_by = {one.reference for one in asked if one.reference is not None}
    if tx.newest() == newest and tx.references(asked_by) == looked.references:
        return looked
    return look(tx, asked, Changes())


def _brought(asked: Iterable[Asked]) -> set[PassportNumber]:
    found: set[PassportNumber] = set()
    for registrant in (each.registrant for each in asked):
        for number in filter(None, (registrant.carried, registrant.same_as)):
            # whoever decides says what is wrong with it
            with suppress(MalformedError):
                found.add(passport_number(number))
    return found
