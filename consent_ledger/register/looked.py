"""What the tables hold that concerns a set of people at a door, read for all of them at once.

However many they are, and whoever of them is known, it takes the same statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import NamedTuple

from consent_ledger.matching.blocking import Kind, is_enough
from consent_ledger.register.asked import PEOPLE, Asked
from consent_ledger.register.changes import Changes
from consent_ledger.register.identity_rows import KeptIdentity
from consent_ledger.register.match_keys import MatchKey
from consent_ledger.register.passport_numbers import NumberPair
from consent_ledger.register.register_rows import KnownNumber, KnownReferences, RegisterRows
from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber, passport_number


class Looked(NamedTuple):
    """Rows of everybody whom somebody of the set may be. Two that are equal answer alike.

    `holders` are of the set's keys, over all of the register; `sharing` says who of `numbers` has
    them. `numbers` and `kept` are by number, of all numbers of a person. `apart` are those of whom
    somebody has said that they are two people.
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
    said = [one.keys | {key: key.kind for key in one.old_keys} for one in searched]
    old = {key for one in asked for key in one.old_keys}
    keys = old.union(*said)
    holders = tx.holders(keys)
    enough = {
        key for key, held in holders.items() if key in old or is_enough(Kind(key.kind), held - 1)
    }
    shown = tx.sharing(said, enough)
    named = {*linked.values(), *_brought(asked), *changes.holding(keys)} - changes.people.keys()
    numbers = {known.row.participant_id: known for known in tx.numbers_of_all({*shown, *named})}
    sharing: defaultdict[MatchKey, set[PassportNumber]] = defaultdict(set)
    for number, key in tx.keys_held(numbers.keys(), keys):
        sharing[key].add(number)
    kept: defaultdict[PassportNumber, list[KeptIdentity]] = defaultdict(list)
    for telling in tx.kept_of(numbers.keys()):
        kept[telling.participant_id].append(telling)
    values = {digest for one in searched for digest in one.values.values()}
    return Looked(
        references,
        holders,
        numbers,
        {key: frozenset(held) for key, held in sharing.items()},
        dict(kept),
        tx.counts({PEOPLE} | values),
        tx.told_apart(numbers.keys()),
    )


def _brought(asked: Iterable[Asked]) -> set[PassportNumber]:
    found: set[PassportNumber] = set()
    for registrant in (each.registrant for each in asked):
        for number in filter(None, (registrant.carried, registrant.same_as)):
            # whoever decides says what is wrong with it
            with suppress(MalformedError):
                found.add(passport_number(number))
    return found
