"""Entering reviewed agreements and services in the ledger: from then on they count."""

from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from consent_ledger.agreements.agreement import Agreement, AgreementError
from consent_ledger.agreements.in_force import InForce, read_terms
from consent_ledger.agreements.services import Directory
from consent_ledger.consent.consent import standing_entry
from consent_ledger.consent.standings import set_standing, standings_of
from consent_ledger.ledger.entries import Kind
from consent_ledger.ledger.ledger import Ledger, NewEntry
from consent_ledger.register.passport_numbers import participant_row
from consent_ledger.register.register import active
from consent_ledger.tables.consent import agreement_version, standing
from consent_ledger.tables.register import participant, provider, service
from schemas.categories import Mask


def enter_agreements(
    connection: Connection, ledger: Ledger[Connection], agreements: Sequence[Agreement]
) -> list[str]:
    """Enter each agreement version that is not in the ledger yet; return their ids.

    Raises:
        AgreementError: a version was entered before with another content, or is older than the
            newest: an agreement changes by a higher version alone; or it is pseudonymous and the
            newest is not, or the other way round.

    """
    in_force = read_terms(connection).agreements
    new = [one for one in agreements if _is_new(one, in_force.get(one.id))]
    seqs = ledger.record(
        connection,
        [NewEntry(Kind.AGREEMENT, agreement_id=one.id, facts={"terms": _body(one)}) for one in new],
    )
    for one, seq in zip(new, seqs, strict=True):
        connection.execute(
            insert(agreement_version).values(
                agreement_id=one.id, version=one.version, body=_body(one), seq=seq
            )
        )
        if one.id in in_force:
            _close_what_is_dropped(connection, ledger, in_force[one.id].agreement, one)
    return [one.id for one in new]


def _close_what_is_dropped(
    connection: Connection, ledger: Ledger[Connection], old: Agreement, new: Agreement
) -> None:
    """Narrow each grant of a category for which the agreement no longer asks consent.

    If a later version asks for it again, it is closed until people are asked again.
    """
    dropped = old.consent_mask & ~new.consent_mask
    ids = connection.scalars(
        select(standing.c.participant_id)
        .join(participant, participant.c.participant_id == standing.c.participant_id)
        .where(
            standing.c.agreement_id == new.id,
            standing.c.granted.bitwise_and(dropped) != 0,
            participant.c.state == "active",
        )
        .order_by(standing.c.participant_id)
        .with_for_update(of=participant)
    ).all()
    held = standings_of(connection, ids)
    entries, after = [], []
    for participant_id in ids:
        who, salt = active(participant_row(connection, participant_id))
        left = held[participant_id][new.id].without(Mask(dropped))
        entries.append(standing_entry(Kind.NARROWED, who, salt, new, left))
        after.append(left)
    for participant_id, left, seq in zip(
        ids, after, ledger.record(connection, entries), strict=True
    ):
        set_standing(connection, participant_id, new.id, left._replace(seq=seq))


def enter_services(
    connection: Connection, ledger: Ledger[Connection], directory: Directory
) -> list[str]:
    """Enter providers, and services that are new or marked differently; return their ids."""
    for one in directory.providers:
        values = {"name": one.name, "ukprn": one.ukprn}
        connection.execute(
            insert(provider)
            .values(provider_id=one.id, **values)
            .on_conflict_do_update(index_elements=["provider_id"], set_=values)
        )
    known = read_terms(connection).services
    changed = [one for one in directory.services if known.get(one.id) is not one.sensitive]
    ledger.record(
        connection,
        [
            NewEntry(Kind.SERVICE, service_id=one.id, facts={"sensitive": one.sensitive})
            for one in changed
        ],
    )
    for service_entry in directory.services:
        fields = {"name": service_entry.name, "is_sensitive": service_entry.sensitive}
        connection.execute(
            insert(service)
            .values(
                service_id=service_entry.id,
                provider_id=service_entry.id.partition(".")[0],
                **fields,
            )
            .on_conflict_do_update(index_elements=["service_id"], set_=fields)
        )
    return [one.id for one in changed]


def _is_new(agreement: Agreement, known: InForce | None) -> bool:
    if known is None:
        return True
    if agreement.version > known.agreement.version:
        # records that stand under the names of the one kind could never be retracted by the other
        if agreement.pseudonymous is not known.agreement.pseudonymous:
            raise AgreementError(
                f"{agreement.id} cannot become pseudonymous, or cease to be.",
                "End it, and enter an agreement of another id.",
            )
        return True
    if agreement == known.agreement:
        return False
    raise AgreementError(
        f"{agreement.id} version {agreement.version} differs from what the ledger holds.",
        f"The ledger holds version {known.agreement.version}; what is changed needs a higher one.",
    )


def _body(agreement: Agreement) -> dict[str, object]:
    """Return the agreement as JSON with its lists sorted, so that it has one form."""
    body = agreement.model_dump(mode="json")
    body["events"] = sorted(body["events"])
    return body
