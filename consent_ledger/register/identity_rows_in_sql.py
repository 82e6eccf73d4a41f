"""How people are known again, in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    LargeBinary,
    TableValuedAlias,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from consent_ledger.journal.array_text import ArrayText, array_of
from consent_ledger.journal.bulk import for_each
from consent_ledger.ledger.rows import PostgresLedgerRows
from consent_ledger.register.identity_rows import (
    HeldKey,
    IdentityRows,
    KeptIdentity,
    SealedTelling,
)
from consent_ledger.register.match_keys import MatchKey
from consent_ledger.register.passport_numbers import NumberPair, in_order, shown_as
from consent_ledger.tables.register import (
    counted_value,
    duplicate_search,
    kept_identity,
    match_key,
    participant,
    two_people,
)
from consent_ledger.tables.transparency_log import head
from consent_ledger.transparency.transparency_log import hold_head
from schemas.identifiers import LedgerIndex, PassportNumber

_ASKED: Final = (
    func.unnest(
        array_of("people", Integer),
        array_of("places", Integer),
        array_of("kinds", Text),
        array_of("digests", LargeBinary),
        array_of("enough", Boolean),
        array_of("says", Text),
    )
    .table_valued("person", "place", "kind", "digest", "enough", "says", name="asked")
    .render_derived()
)
_KEYS: Final = (
    func.unnest(array_of("kinds", Text), array_of("digests", LargeBinary))
    .table_valued("kind", "digest", with_ordinality="place", name="asked")
    .render_derived()
)


def _held(asked: TableValuedAlias) -> FromClause:
    return for_each(
        select(match_key.c.participant_id).where(
            match_key.c.kind == asked.c.kind, match_key.c.digest == asked.c.digest
        ),
        "held",
    )


_COUNTED: Final = (
    select(literal(1).label("one"))
    .where(match_key.c.kind == _KEYS.c.kind, match_key.c.digest == _KEYS.c.digest)
    .limit(bindparam("upto", type_=Integer))
    .lateral("counted")
)
_HOLDERS: Final = (
    select(_KEYS.c.place, func.count()).join_from(_KEYS, _COUNTED, true()).group_by(_KEYS.c.place)
)
_SHARERS: Final = _held(_ASKED)
_MERGED_INTO: Final = (
    # of the small index: a look-up for each who shares a digest, and hardly any is merged
    select(participant.c.merged_into)
    .where(
        participant.c.participant_id == _SHARERS.c.participant_id,
        participant.c.merged_into.is_not(None),
    )
    .scalar_subquery()
)
_SHARES: Final = (
    select(
        _ASKED.c.person,
        _ASKED.c.place,
        _ASKED.c.enough,
        _ASKED.c.says,
        _SHARERS.c.participant_id,
        func.coalesce(_MERGED_INTO, _SHARERS.c.participant_id).label("shown"),
    )
    .join_from(_ASKED, _SHARERS, true())
    .cte("shares")
)
_SHARED: Final = (
    select(_SHARES.c.shown)
    .group_by(_SHARES.c.person, _SHARES.c.shown)
    .having(
        or_(
            # two that do not say the same: cheaper than to count them
            func.min(_SHARES.c.says) < func.max(_SHARES.c.says),
            func.bool_or(_SHARES.c.enough),
        )
    )
)
_SHARING: Final = (
    # a row for each number: one for each key takes longer to read than to find
    select(
        _SHARES.c.participant_id,
        func.string_agg(_SHARES.c.place.cast(Text).distinct(), literal(",")),
    )
    .where(_SHARES.c.shown.in_(_SHARED))
    .group_by(_SHARES.c.participant_id)
)
_WANTED: Final = func.any(array_of("ids", Text))
_OF_NUMBERS: Final = (
    func.unnest(array_of("ids", Text))
    .table_valued("participant_id", name="wanted")
    .render_derived()
)
_OF_NUMBER: Final = for_each(
    select(match_key.c.kind, match_key.c.digest).where(
        match_key.c.participant_id == _OF_NUMBERS.c.participant_id
    ),
    "held",
)
_KEYS_OF: Final = (
    # a row for each number, too
    select(
        _OF_NUMBERS.c.participant_id,
        func.string_agg(
            _OF_NUMBER.c.kind + ":" + func.encode(_OF_NUMBER.c.digest, "hex"), literal(",")
        ),
    )
    .join_from(_OF_NUMBERS, _OF_NUMBER, true())
    .group_by(_OF_NUMBERS.c.participant_id)
)
_REMEMBER: Final = (
    upsert(match_key)
    .from_select(
        ["participant_id", "kind", "digest"],
        select(
            func.unnest(array_of("ids", Text)),
            func.unnest(array_of("kinds", Text)),
            func.unnest(array_of("digests", LargeBinary)),
        ),
    )
    .on_conflict_do_nothing()
)
_KEEP: Final = insert(kept_identity).from_select(
    ["participant_id", "digest", "sealed"],
    select(
        func.unnest(array_of("ids", Text)),
        func.unnest(array_of("digests", LargeBinary)),
        func.unnest(array_of("sealed", LargeBinary)),
    ),
)
_COUNTING: Final = upsert(counted_value).from_select(
    ["digest", "people"],
    select(
        func.unnest(array_of("digests", LargeBinary)),
        func.unnest(array_of("people", BigInteger)),
    ),
)
_COUNT_UP: Final = _COUNTING.on_conflict_do_update(
    index_elements=["digest"],
    set_={"people": counted_value.c.people + _COUNTING.excluded.people},
)
_KEPT: Final = (
    select(
        kept_identity.c.participant_id,
        kept_identity.c.digest,
        kept_identity.c.sealed,
        shown_as(),
        participant.c.sealed_key,
    )
    .join_from(participant, kept_identity)
    .where(
        or_(participant.c.participant_id == _WANTED, participant.c.merged_into == _WANTED),
        participant.c.sealed_key.is_not(None),
    )
    .order_by(kept_identity.c.participant_id, kept_identity.c.digest)
)
_NEWEST: Final = select(
    select(head.c.size).scalar_subquery(),
    select(func.coalesce(func.max(kept_identity.c.number), 0)).scalar_subquery(),
)
_FIRST, _SECOND = participant.alias("first"), participant.alias("second")
_SHOWN_FIRST: Final = func.coalesce(_FIRST.c.merged_into, _FIRST.c.participant_id)
_SHOWN_SECOND: Final = func.coalesce(_SECOND.c.merged_into, _SECOND.c.participant_id)
_ASKED_NUMBERS: Final = (
    select(participant.c.participant_id)
    .where(or_(participant.c.participant_id == _WANTED, participant.c.merged_into == _WANTED))
    .cte("asked_numbers")
)
_PAIRS: Final = union(
    *(
        select(two_people.c.participant_id, two_people.c.other_id).join(
            _ASKED_NUMBERS, _ASKED_NUMBERS.c.participant_id == number
        )
        for number in (two_people.c.participant_id, two_people.c.other_id)
    )
).subquery("pairs")
_TOLD_APART: Final = (
    select(_SHOWN_FIRST, _SHOWN_SECOND)
    .join_from(_PAIRS, _FIRST, _PAIRS.c.participant_id == _FIRST.c.participant_id)
    .join(_SECOND, _PAIRS.c.other_id == _SECOND.c.participant_id)
    .where(_SHOWN_FIRST != _SHOWN_SECOND)
)


class PostgresIdentityRows(PostgresLedgerRows, IdentityRows):
    """How people are known again, in one transaction of a connection."""

    @override
    def keys_held(
        self, participant_ids: Collection[PassportNumber], keys: Collection[MatchKey]
    ) -> set[HeldKey]:
        if not participant_ids or not keys:
            return set()
        asked = {f"{key.kind}:{key.digest.hex()}": key for key in keys}
        rows = self.connection.execute(_KEYS_OF, {"ids": list(participant_ids)})
        # not joined by the database: it does not know how many keys are asked for
        return {
            HeldKey(number, asked[text])
            for number, texts in rows
            for text in asked.keys() & texts.split(",")
        }

    @override
    def remember_keys(self, held: Collection[HeldKey]) -> None:
        if held:
            ids = [number for number, _ in held]
            keys = _arrays([key for _, key in held])
            self.connection.execute(_REMEMBER, {"ids": ids, **keys})

    @override
    def holders(self, keys: Collection[MatchKey], upto: int) -> dict[MatchKey, int]:
        asked = sorted(keys)  # as the index has them
        rows = self.connection.execute(_HOLDERS, {**_arrays(asked), "upto": upto})
        return {asked[place - 1]: held for place, held in rows}

    @override
    def sharing(
        self, asked: Sequence[Mapping[MatchKey, str]], enough: Collection[MatchKey]
    ) -> set[HeldKey]:
        rows = [
            (person, key, says) for person, keys in enumerate(asked) for key, says in keys.items()
        ]
        keys = [key for _, key, _ in rows]
        first = {key: place for place, key in reversed([*enumerate(keys)])}
        more = {
            "people": [person for person, _, _ in rows],
            "places": [first[key] for key in keys],
            "enough": [key in enough for key in keys],
            "says": [says for _, _, says in rows],
        }
        found = self.connection.execute(_SHARING, _arrays(keys) | more)
        return {
            HeldKey(number, keys[int(place)])
            for number, places in found
            for place in places.split(",")
        }

    @override
    def kept_of(self, participant_ids: Collection[PassportNumber]) -> list[KeptIdentity]:
        return kept_of(self.connection, participant_ids)

    @override
    def keep_identities(self, tellings: Collection[SealedTelling]) -> None:
        if tellings:
            ids, digests, sealed = map(list, zip(*tellings, strict=True))
            self.connection.execute(_KEEP, {"ids": ids, "digests": digests, "sealed": sealed})

    @override
    def last_telling(self) -> int:
        return self.connection.scalar(select(func.max(kept_identity.c.number))) or 0

    @override
    def newest(self) -> tuple[LedgerIndex, int]:
        size, telling = self.connection.execute(_NEWEST).one()
        return LedgerIndex(size), telling

    @override
    def people_told_of(self, after: int, upto: int, limit: int) -> list[tuple[int, PassportNumber]]:
        rows = self.connection.execute(
            select(kept_identity.c.number, shown_as())
            .join_from(kept_identity, participant)
            .where(kept_identity.c.number > after, kept_identity.c.number <= upto)
            .order_by(kept_identity.c.number)
            .limit(limit)
        )
        return [(number, PassportNumber(shown)) for number, shown in rows]

    @override
    def searched_upto(self) -> int:
        upto: int = self.connection.execute(select(duplicate_search.c.upto)).scalar_one()
        return upto

    @override
    def set_searched(self, upto: int) -> None:
        self.connection.execute(
            update(duplicate_search).where(duplicate_search.c.upto < upto).values(upto=upto)
        )

    @override
    def told_apart(self, participant_ids: Collection[PassportNumber]) -> set[NumberPair]:
        rows = self.connection.execute(_TOLD_APART, {"ids": list(participant_ids)})
        return {in_order(number, other) for number, other in rows}

    @override
    def tell_apart(self, numbers: NumberPair, seq: LedgerIndex) -> None:
        first, second = numbers
        self.connection.execute(
            upsert(two_people)
            .values(participant_id=first, other_id=second, seq=seq)
            .on_conflict_do_update(index_elements=["participant_id", "other_id"], set_={"seq": seq})
        )

    @override
    def counts(self, digests: Collection[bytes]) -> Mapping[bytes, int]:
        rows = self.connection.execute(
            select(counted_value.c.digest, counted_value.c.people).where(
                counted_value.c.digest == _any_of(digests)
            )
        )
        return {bytes(digest): people for digest, people in rows}

    @override
    def count_up(self, people: Mapping[bytes, int]) -> None:
        if people:
            counted = {"digests": list(people.keys()), "people": list(people.values())}
            self.connection.execute(_COUNT_UP, counted)

    @override
    def count_down(self, digests: Collection[bytes]) -> None:
        counted = counted_value.c.digest == _any_of(digests)
        self.connection.execute(delete(counted_value).where(counted, counted_value.c.people == 1))
        self.connection.execute(
            update(counted_value)
            .where(counted, counted_value.c.people > 1)
            .values(people=counted_value.c.people - 1)
        )

    @override
    def hold_head(self) -> None:
        hold_head(self.connection)


def kept_of(
    connection: Connection, participant_ids: Collection[PassportNumber]
) -> list[KeptIdentity]:
    """Return what is kept of these numbers and of those that are shown under them."""
    return [
        KeptIdentity(number, bytes(digest), bytes(sealed), shown, bytes(key))
        for number, digest, sealed, shown, key in connection.execute(
            _KEPT, {"ids": list(participant_ids)}
        )
    ]


def _arrays(keys: Collection[MatchKey]) -> dict[str, Any]:
    return {"kinds": [key.kind for key in keys], "digests": [key.digest for key in keys]}


def _any_of(digests: Collection[bytes]) -> ColumnElement[bytes]:
    return func.any(bindparam(None, sorted(digests), type_=ArrayText(LargeBinary)))
