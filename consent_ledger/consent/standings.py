"""Participants' standings towards agreements: read for many at once, or set with an entry."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import Any

from sqlalchemy import Connection, Text, bindparam, func, select, type_coerce
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.types import NULLTYPE
from typing_extensions import override

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.in_force import NEWEST, agreement_of
from consent_ledger.consent.decisions import NO_STANDING, Standing
from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.journal.array_text import array_of
from consent_ledger.ledger.entries import ABOUT_CONSENT, EntryKind
from consent_ledger.register.rows import PostgresRegisterRows
from consent_ledger.tables.consent import change, standing
from schemas.categories import Mask
from schemas.identifiers import AgreementId, PassportNumber

_STATED = (
    standing.c.granted,
    standing.c.until,
    type_coerce(standing.c.excluded, NULLTYPE),  # a list already: not to be gone through again
    standing.c.is_informed,
    standing.c.has_objected,
    standing.c.seq,
)
_IS_ASKED = standing.c.participant_id == func.any(array_of("ids", Text))
_OF_PEOPLE = select(standing.c.participant_id, standing.c.agreement_id, *_STATED).where(_IS_ASKED)
_TOWARDS = (
    select(NEWEST.c.body, standing.c.participant_id, *_STATED)
    .select_from(
        NEWEST.outerjoin(standing, (standing.c.agreement_id == NEWEST.c.id) & _IS_ASKED),
    )
    .where(NEWEST.c.id == bindparam("agreement"))
)


def standings_of(
    connection: Connection, participant_ids: Sequence[PassportNumber]
) -> dict[PassportNumber, dict[AgreementId, Standing]]:
    """Return, for each of the participants that has any, the standings by agreement."""
    found: dict[PassportNumber, dict[AgreementId, Standing]] = {}
    rows = connection.execute(_OF_PEOPLE, {"ids": list(participant_ids)}).all()
    # at once: row by row costs three times as much
    for participant_id, agreement_id, *stated in rows:
        found.setdefault(participant_id, {})[agreement_id] = _standing(*stated)
    return found


def standings_towards(
    connection: Connection, agreement_id: AgreementId, participant_ids: Sequence[PassportNumber]
) -> tuple[Agreement, dict[PassportNumber, Standing]] | None:
    """Return an agreement in force, and each participant's standing; None without such one.

    One statement, however many agreements there are.
    """
    asked = {"agreement": agreement_id, "ids": list(participant_ids)}
    rows = connection.execute(_TOWARDS, asked).all()
    if not rows:
        return None
    found = {row.participant_id: _standing(*row[2:]) for row in rows if row.participant_id}
    held = {number: found.get(number, NO_STANDING) for number in participant_ids}
    return agreement_of(rows[0].body), held


def _standing(
    granted: int, until: datetime | None, excluded: Sequence[str], *rest: Any
) -> Standing:
    return Standing(Mask(granted), until, frozenset(excluded), *rest)


def standings_of_person(
    connection: Connection, participant_ids: Sequence[PassportNumber]
) -> dict[AgreementId, Standing]:
    """Return, by agreement, what is open whichever of a person's numbers it is known under."""
    held = standings_of(connection, participant_ids)
    each = [held.get(one, {}) for one in participant_ids]
    return {
        agreement_id: reduce(
            Standing.and_also, (one.get(agreement_id, NO_STANDING) for one in each)
        )
        for agreement_id in set().union(*each)
    }


def run_out(connection: Connection, now: datetime) -> list[tuple[PassportNumber, AgreementId]]:
    """Return participant and agreement of every grant that has run out with no entry of it yet."""
    rows = connection.execute(
        select(standing.c.participant_id, standing.c.agreement_id)
        .where(standing.c.until <= now, standing.c.granted != 0)
        .order_by(standing.c.participant_id, standing.c.agreement_id)
    ).all()
    return [(row.participant_id, row.agreement_id) for row in rows]


def last_consent_entries(
    connection: Connection, participant_id: PassportNumber
) -> dict[AgreementId, EntryKind]:
    """Return what happened last about consent, by agreement: it was asked for, given, refused."""
    rows = connection.execute(
        select(change.c.agreement_id, change.c.kind)
        .where(
            change.c.participant_id == participant_id,
            change.c.agreement_id.is_not(None),
            change.c.kind.in_(sorted(ABOUT_CONSENT)),
        )
        .order_by(change.c.seq)
    )
    return {row.agreement_id: EntryKind(row.kind) for row in rows}


class PostgresStandingRows(PostgresRegisterRows, LedgerTransaction):
    """The standings in one transaction of a connection, beside the register's rows."""

    @override
    def standing(self, participant_id: PassportNumber, agreement_id: AgreementId) -> Standing:
        held = standings_of(self.connection, [participant_id])
        return held.get(participant_id, {}).get(agreement_id, NO_STANDING)

    @override
    def standings_towards(
        self, agreement_id: AgreementId, participant_ids: Sequence[PassportNumber]
    ) -> tuple[Agreement, dict[PassportNumber, Standing]] | None:
        return standings_towards(self.connection, agreement_id, participant_ids)

    @override
    def set_standing(
        self, participant_id: PassportNumber, agreement_id: AgreementId, new: Standing
    ) -> None:
        values = {
            "granted": int(new.granted),
            "until": new.until,
            "excluded": sorted(new.excluded),
            "is_informed": new.is_informed,
            "has_objected": new.has_objected,
            "seq": new.seq,
        }
        self.connection.execute(
            insert(standing)
            .values(participant_id=participant_id, agreement_id=agreement_id, **values)
            .on_conflict_do_update(index_elements=["participant_id", "agreement_id"], set_=values)
        )
