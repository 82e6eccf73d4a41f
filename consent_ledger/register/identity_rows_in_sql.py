"""How people are known again, in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    LargeBinary,
    Text,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from consent_ledger.ledger.rows import PostgresLedgerRows
from consent_ledger.register.identity_rows import IdentityRows, KeptIdentity
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
from consent_ledger.transparency.transparency_log import hold_head
from schemas.identifiers import LedgerIndex, PassportNumber

_ASKED: Final = (
    func.unnest(
        bindparam("kinds", type_=ARRAY(Text)),
        bindparam("digests", type_=ARRAY(LargeBinary)),
        bindparam("enough", type_=ARRAY(Boolean)),
        bindparam("says", type_=ARRAY(Text)),
    )
    .table_valued("kind", "digest", "enough", "says", name="asked")
    .render_derived()
)
_HELD: Final = (
    select(match_key.c.participant_id)
    .where(match_key.c.kind == _ASKED.c.kind, match_key.c.digest == _ASKED.c.digest)
    # without statistics of digests the planner would read the whole table: so it looks up each
    .offset(0)
    .lateral("held")
)
_HOLDERS: Final = (
    select(_ASKED.c.kind, _ASKED.c.digest, func.count())
    .join_from(_ASKED, _HELD, true())
    .group_by(_ASKED.c.kind, _ASKED.c.digest)
)
_SHARES: Final = (
    select(
        _ASKED.c.kind,
        _ASKED.c.digest,
        _ASKED.c.enough,
        _ASKED.c.says,
        select(shown_as())
        .where(participant.c.participant_id == _HELD.c.participant_id)
        .scalar_subquery()
        .label("shown"),
    )
    .join_from(_ASKED, _HELD, true())
    .distinct()
    .subquery("shares")
)
_SHARING: Final = (
    select(_SHARES.c.shown)
    .group_by(_SHARES.c.shown)
    .having(or_(func.count(_SHARES.c.says.distinct()) > 1, func.bool_or(_SHARES.c.enough)))
    .order_by(_SHARES.c.shown)
)
_MATCHES: Final = select(_SHARES.c.kind, _SHARES.c.shown)
_WANTED: Final = func.any(bindparam("ids", type_=ARRAY(Text)))
_KEYS: Final = select(match_key.c.kind, match_key.c.digest).where(
    match_key.c.participant_id == _WANTED
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
    def matches(self, keys: Sequence[MatchKey]) -> set[tuple[str, PassportNumber]]:
        rows = self.connection.execute(_MATCHES, _asking_for(keys))
        return {(kind, number) for kind, number in rows}

    @override
    def keys_of(self, participant_ids: Sequence[PassportNumber]) -> set[MatchKey]:
        rows = self.connection.execute(_KEYS, {"ids": list(participant_ids)})
        return {MatchKey(kind, bytes(digest)) for kind, digest in rows}

    @override
    def remember_keys(self, participant_id: PassportNumber, keys: Sequence[MatchKey]) -> None:
        if keys:
            self.connection.execute(
                upsert(match_key).on_conflict_do_nothing(),
                [key._asdict() | {"participant_id": participant_id} for key in keys],
            )

    @override
    def holders(self, keys: Sequence[MatchKey]) -> dict[MatchKey, int]:
        rows = self.connection.execute(_HOLDERS, _asking_for(keys))
        return {MatchKey(kind, bytes(digest)): held for kind, digest, held in rows}

    @override
    def sharing(
        self, keys: Mapping[MatchKey, str], enough: Collection[MatchKey]
    ) -> list[PassportNumber]:
        asked = _asking_for(list(keys), enough) | {"says": list(keys.values())}
        return list(self.connection.scalars(_SHARING, asked))

    @override
    def sealed_key(self, participant_id: PassportNumber) -> bytes:
        asked = participant.c.participant_id == participant_id
        key: bytes = self.connection.execute(
            select(participant.c.sealed_key).where(asked, participant.c.sealed_key.is_not(None))
        ).scalar_one()
        return key

    @override
    def kept_of(self, participant_ids: Collection[PassportNumber]) -> list[KeptIdentity]:
        return kept_of(self.connection, participant_ids)

    @override
    def is_kept(self, participant_id: PassportNumber, digest: bytes) -> bool:
        columns = kept_identity.c
        return self._exists(
            columns.participant_id,
            (columns.participant_id == participant_id) & (columns.digest == digest),
        )

    @override
    def keep_identity(self, participant_id: PassportNumber, digest: bytes, sealed: bytes) -> None:
        self.connection.execute(
            insert(kept_identity).values(
                participant_id=participant_id, digest=digest, sealed=sealed
            )
        )

    @override
    def last_telling(self) -> int:
        return self.connection.scalar(select(func.max(kept_identity.c.number))) or 0

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
    def count_up(self, digests: Collection[bytes]) -> None:
        if digests:
            self.connection.execute(
                upsert(counted_value).on_conflict_do_update(
                    index_elements=["digest"], set_={"people": counted_value.c.people + 1}
                ),
                [{"digest": digest, "people": 1} for digest in sorted(digests)],
            )

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

    def _exists(self, column: ColumnElement[Any], condition: ColumnElement[bool]) -> bool:
        return self.connection.scalar(select(column).where(condition)) is not None


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


def _asking_for(keys: Sequence[MatchKey], enough: Collection[MatchKey] = ()) -> dict[str, Any]:
    return {
        "kinds": [key.kind for key in keys],
        "digests": [key.digest for key in keys],
        "enough": [key in enough for key in keys],
        "says": [key.kind for key in keys],
    }


def _any_of(digests: Collection[bytes]) -> ColumnElement[bytes]:
    return func.any(bindparam(None, sorted(digests), type_=ARRAY(LargeBinary)))
