"""The register's rows in PostgreSQL: participants and providers' references."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    LargeBinary,
    Text,
    delete,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from consent_ledger.journal import sealed_keys
from consent_ledger.journal.array_text import array_of
from consent_ledger.journal.bulk import for_each
from consent_ledger.ledger.adding_rows import adding, in_arrays
from consent_ledger.register import look_ups, passport_numbers
from consent_ledger.register.identity_rows_in_sql import PostgresIdentityRows
from consent_ledger.register.look_ups import NotedLookUp
from consent_ledger.register.passport_numbers import COLUMNS, ParticipantRow, shown_as
from consent_ledger.register.register_rows import (
    KnownNumber,
    KnownReferences,
    NewParticipant,
    Reference,
    RegisterRows,
)
from consent_ledger.tables.register import match_key, participant, provider, provider_reference
from consent_ledger.tables.rights import erased_reference
from schemas.identifiers import PassportNumber, ProviderId

_IDS: Final = array_of("ids", Text)
_SHOWN: Final = (
    select(shown_as().label("shown"))
    .where(participant.c.participant_id == func.any(_IDS))
    .distinct()
    .subquery("people")
)
_OF_PERSON: Final = for_each(
    select(
        *COLUMNS,
        participant.c.sealed_key,
        exists().where(match_key.c.participant_id == participant.c.participant_id),
    ).where(
        or_(
            participant.c.participant_id == _SHOWN.c.shown,
            participant.c.merged_into == _SHOWN.c.shown,
        )
    ),
    "numbers",
)
_NUMBERS: Final = (
    select(_OF_PERSON).join_from(_SHOWN, _OF_PERSON, true()).order_by(_OF_PERSON.c.participant_id)
)
_ASKED: Final = (
    func.unnest(array_of("providers", Text), array_of("digests", LargeBinary))
    .table_valued("provider_id", "digest", name="asked")
    .render_derived()
)
_LINKED: Final = (
    select(provider_reference.c.participant_id)
    .where(
        provider_reference.c.provider_id == _ASKED.c.provider_id,
        provider_reference.c.digest == _ASKED.c.digest,
    )
    .scalar_subquery()
)
_REFERENCES: Final = select(
    _ASKED.c.provider_id,
    _ASKED.c.digest,
    _LINKED,
    exists().where(erased_reference.c.digest == _ASKED.c.digest),
)
_ADD: Final = adding(participant, NewParticipant._fields)
_ISSUED: Final = select(participant.c.participant_id).where(
    participant.c.participant_id == func.any(_IDS)
)
_RECOGNISED_AGAIN: Final = (
    delete(erased_reference)
    .where(erased_reference.c.digest == func.any(array_of("digests", LargeBinary)))
    .cte("recognised_again")
)
_LINK: Final = (
    upsert(provider_reference)
    .from_select(
        ["provider_id", "digest", "participant_id"],
        select(
            func.unnest(array_of("providers", Text)),
            func.unnest(array_of("digests", LargeBinary)),
            func.unnest(_IDS),
        ),
    )
    .on_conflict_do_nothing()
    .add_cte(_RECOGNISED_AGAIN)
)


class PostgresRegisterRows(PostgresIdentityRows, RegisterRows):
    """The register's rows in one transaction of a connection."""

    @override
    def numbers_of(self, participant_id: PassportNumber) -> list[ParticipantRow]:
        return passport_numbers.numbers_of(self.connection, participant_id, lock=True)

    @override
    def is_provider(self, provider_id: ProviderId) -> bool:
        asked = select(provider.c.name).where(provider.c.provider_id == provider_id)
        return self.connection.scalar(asked) is not None

    @override
    def numbers_of_all(self, participant_ids: Collection[PassportNumber]) -> list[KnownNumber]:
        rows = self.connection.execute(_NUMBERS, {"ids": list(participant_ids)})
        return [
            KnownNumber(ParticipantRow(*row), None if key is None else bytes(key), has_keys)
            for *row, key, has_keys in rows
        ]

    @override
    def issued(self, participant_ids: Collection[PassportNumber]) -> set[PassportNumber]:
        if not participant_ids:
            return set()
        return set(self.connection.scalars(_ISSUED, {"ids": list(participant_ids)}))

    @override
    def key_epochs(self) -> set[bytes]:
        return sealed_keys.epochs(self.connection)

    @override
    def add_participants(self, new: Sequence[NewParticipant]) -> None:
        if new:
            self.connection.execute(_ADD, in_arrays(NewParticipant._fields, new))

    @override
    def references(self, asked: Collection[Reference]) -> KnownReferences:
        numbers: dict[Reference, PassportNumber] = {}
        erased: set[bytes] = set()
        rows = self.connection.execute(_REFERENCES, _arrays(asked))
        for provider_id, digest, linked, is_erased in rows:
            if linked is not None:
                numbers[provider_id, bytes(digest)] = linked
            if is_erased:
                erased.add(bytes(digest))
        return KnownReferences(numbers, frozenset(erased))

    @override
    def link_references(self, numbers: Mapping[Reference, PassportNumber]) -> None:
        if numbers:
            self.connection.execute(
                _LINK, {**_arrays(numbers.keys()), "ids": list(numbers.values())}
            )

    @override
    def note_look_ups(self, provider_id: ProviderId, looked_up: Iterable[NotedLookUp]) -> None:
        look_ups.note_look_ups(self.connection, provider_id, list(looked_up), self.now())


def _arrays(references: Collection[Reference]) -> dict[str, Any]:
    return {
        "providers": [provider_id for provider_id, _ in references],
        "digests": [digest for _, digest in references],
    }
