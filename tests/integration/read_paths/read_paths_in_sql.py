"""The paths by which data leave a real PostgreSQL, each beside what is decided at that moment."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, insert

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.access import access_by_agreement, named_agreements_of
from consent_ledger.consent.standings import standings_of
from consent_ledger.ledger.entries import salted_digests
from consent_ledger.register.passport_numbers import active, participant_row
from consent_ledger.rights.access_log import disclosures_of
from consent_ledger.rights.disclosure_batches import enter_closed_turns
from consent_ledger.rights.disclosure_proof import DisclosureProof
from consent_ledger.rights.export import export
from consent_ledger.rights.proofs import prove_disclosures
from consent_ledger.rights.read_back import names_of
from consumers.analytics import tables
from consumers.analytics.disclosure_control import ReleasedTable
from consumers.analytics.facts import AnalyticsFact, AnalyticsFacts, facts_of
from consumers.analytics.measures import By, funnel, interim_outcomes, outcomes, unmet_needs
from consumers.changes import latest_changes
from consumers.passport.facts import PassportFacts
from consumers.passport.organisation import as_organisation
from consumers.passport.view import OF_THE_MOMENT, view
from deploy.cli.text.disclosure import disclosure_fields
from schemas.categories import BLOCKS, Category
from schemas.codec import decode, encode
from schemas.events import Event, event_type
from schemas.identifiers import AgreementId, ServiceId
from schemas.trays import TrayRecord
from tests.integration.read_paths.crowd_in_sql import PASSPORT, Crowd, Pair
from tests.support.bus_settings import PEPPER

GATES: Final = frozenset({Category.PARTICIPATION, Category.SENSITIVE_PARTICIPATION})

Compared = tuple[object, object]
"""What a path shows, and what it must show."""


def tray(crowd: Crowd, _: Connection) -> Compared:
    """The records that stand: each with the blocks that it has."""
    held = {
        (one.id, record.key): _blocks(record.value)
        for one in crowd.agreements.values()
        for record in crowd.records(one.id)
    }
    found = {
        (agreement.id, event.event_id): held.get((agreement.id, crowd.key(agreement, event)))
        for agreement, event in crowd.pairs()
    }
    return {pair: kept for pair, kept in found.items() if kept}, crowd.decided()


def access_log(crowd: Crowd, connection: Connection) -> Compared:
    """`nwd disclosures`: the newest line of each event, and the basis on which its gate is open."""
    newest: dict[Pair, dict[str, Any]] = {}
    for one in disclosures_of(connection, crowd.bus.vault, crowd.first):
        newest.setdefault((one.agreement.id, one.about.event_id), disclosure_fields(one))
    shown = {
        pair: (set(said["categories"]), said["categories"]["participation"]["basis"])
        for pair, said in newest.items()
        if said["action"] == "sent"
    }
    decided = {
        (agreement.id, event.event_id): crowd.decision(agreement.id, event).basis
        for agreement, event in crowd.pairs()
    }
    return shown, {pair: (kept, decided[pair]) for pair, kept in crowd.decided().items()}


def access_log_and_trays(crowd: Crowd, connection: Connection) -> Compared:
    """Every certain line of the log is a record that was sent, and every record has a line."""
    lines = disclosures_of(connection, crowd.bus.vault, crowd.first)
    told, certain = (
        Counter((one.agreement.id, frozenset(one.categories)) for one in some)
        for some in (lines, [one for one in lines if one.is_certain])
    )
    keys = {crowd.key(agreement, event) for agreement, event in crowd.pairs()}
    sent = Counter(
        (agreement_id, _blocks(record.value))
        for agreement_id in crowd.agreements
        for record in crowd.records(agreement_id)
        if record.key in keys
    )
    return (sent - told, certain - sent), (Counter(), Counter())


def disclosures_in_a_copy(crowd: Crowd, connection: Connection) -> Compared:
    """`nwd export`: the last line of each event says what its recipient holds."""
    copy = export(connection, crowd.bus.vault, crowd.first)
    last = {(one.agreement_id, one.event_id): set(one.categories) for one in copy.disclosures}
    return {pair: kept for pair, kept in last.items() if kept}, crowd.decided()


def events_in_a_copy(crowd: Crowd, connection: Connection) -> Compared:
    """`nwd export`: all that providers have told, whatever anybody else may see of it."""
    copy = export(connection, crowd.bus.vault, crowd.first)
    own = [event for event in crowd.events if event.participant_id == crowd.first]
    shown = {one.event_id: one.fields for one in copy.events}
    return shown, {event.event_id: decode(encode(event)) for event in own}


def proofs(crowd: Crowd, connection: Connection) -> Compared:
    """`nwd disclosures --proofs`: the newest proof of each event proves what its recipient has."""
    with crowd.bus.engine.begin() as entering:
        enter_closed_turns(crowd.bus.ledger.on(entering))
    _, salt = active(participant_row(connection, crowd.first))
    events = {salted_digests(salt, [event.event_id])[0]: event.event_id for event in crowd.events}
    newest: dict[Pair, set[str]] = {}
    for proof in prove_disclosures(connection, crowd.first):
        found = DisclosureProof.unpack(proof.extra or b"")
        assert found is not None
        leaf = json.loads(found.disclosure)
        newest.setdefault((leaf["agreement"], events[leaf["event"]]), set(leaf["categories"]))
    return {pair: kept for pair, kept in newest.items() if kept}, crowd.decided()


def passports(crowd: Crowd, connection: Connection) -> Compared:
    """`nwd passport show --as`: steps of the story, and what is known of somebody at all.

    Of a passport that holds everything: full values alone, of people alone.
    """
    _take_in(PassportFacts(crowd.bus.vault), connection, crowd.records(PASSPORT.id))
    terms = read_agreements(connection)
    standings = standings_of(connection, [crowd.first])[crowd.first]
    shown, decided = {}, {}
    for agreement in crowd.agreements.values():
        if agreement.pseudonymous:
            continue
        held = named_agreements_of(agreement.recipient, terms, standings)
        may_see = as_organisation(held, terms.is_sensitive, crowd.bus.clock())
        passport = view(connection, crowd.bus.vault, crowd.first, may_see)
        shown[agreement.id] = (
            {step.event_id: set(step.facts) for step in passport.story},
            {value.category for value in passport.values},
        )
        coarse = set(agreement.coarse)
        steps = {
            event.event_id: crowd.kept(agreement.id, event) - coarse
            for one, event in crowd.pairs()
            if one is agreement and crowd.kept(agreement.id, event)
        }
        decided[agreement.id] = (
            {event_id: set(kept & OF_THE_MOMENT) for event_id, kept in steps.items()},
            set[Category]().union(*steps.values()) - OF_THE_MOMENT,
        )
    return shown, decided


def figures(crowd: Crowd, connection: Connection) -> Compared:
    """`nwd stats`: as if what is closed had never been published."""
    _count(crowd, connection)
    shown = _measured(connection)
    AnalyticsFacts().clear(connection)
    rows = [
        _row(crowd, event)
        for event in crowd.events
        if crowd.kept(AgreementId(crowd.statistics), event)
    ]
    if rows:
        connection.execute(insert(tables.fact), [row._asdict() for row in rows])
    return shown, _measured(connection)


def rows_of_figures(crowd: Crowd, connection: Connection) -> Compared:
    """What a copy says that figures are made of: the same rows, under the tray's own names."""
    _count(crowd, connection)
    terms = [one.agreement for one in read_agreements(connection).agreements.values()]
    found = facts_of(connection, names_of(crowd.first, terms, PEPPER))
    own = [
        _row(crowd, event)
        for agreement, event in crowd.pairs()
        if agreement.id == crowd.statistics and crowd.kept(AgreementId(crowd.statistics), event)
    ]
    named = len(("participant", "event_key"))
    shown = Counter(tuple(row.values())[named:] for row in found)
    return shown, Counter(tuple(row)[named:] for row in own)


def told_as_open(crowd: Crowd, connection: Connection) -> Compared:
    """`nwd consent show`: what is said to be open is what is opened of an event within reach."""
    standings = standings_of(connection, [crowd.first])[crowd.first]
    told = {
        one.agreement.id: one
        for one in access_by_agreement(read_agreements(connection), standings, crowd.bus.clock())
    }
    shown, decided = {}, {}
    for agreement, event in crowd.pairs():
        is_reached = event.provider_id not in told[agreement.id].standing.excluded
        if event_type(event) not in agreement.events or not is_reached:
            continue
        is_sensitive = crowd.is_sensitive(event)
        gate = Category.SENSITIVE_PARTICIPATION if is_sensitive else Category.PARTICIPATION
        opened = set(told[agreement.id].categories)
        kept = crowd.kept(agreement.id, event)
        pair = agreement.id, event.event_id
        shown[pair] = gate in opened, opened - GATES if gate in opened else set()
        decided[pair] = bool(kept), kept - GATES
    return shown, decided


def _blocks(value: bytes | None) -> frozenset[Category]:
    fields = decode(value) if value is not None else {}
    return frozenset(one for one in BLOCKS if fields.get(one) is not None)


def _count(crowd: Crowd, connection: Connection) -> None:
    """Let the analytics read their tray."""
    projection = AnalyticsFacts()
    projection.clear(connection)
    _take_in(projection, connection, crowd.records(AgreementId(crowd.statistics)))


def _take_in(
    facts: PassportFacts | AnalyticsFacts, connection: Connection, records: Sequence[TrayRecord]
) -> None:
    """Read records in two goes: what stands after the first may be gone after the second."""
    half = len(records) // 2
    for some in (records[:half], records[half:]):
        facts.apply(connection, latest_changes(some))


def _measured(connection: Connection) -> list[ReleasedTable]:
    return [
        measure(connection, by)
        for measure in (funnel, outcomes, interim_outcomes, unmet_needs)
        for by in By
    ]


def _row(crowd: Crowd, event: Event) -> AnalyticsFact:
    """Return what may be counted of an event of which something is decided, closed blocks empty."""
    kept = crowd.kept(AgreementId(crowd.statistics), event)
    whole = event.model_dump()
    fields = {one: whole[one] if one in kept else {} for one in BLOCKS}
    participation, progress = fields[Category.PARTICIPATION], fields[Category.PROGRESS]
    born = fields[Category.IDENTITY].get("date_of_birth")
    agreement = crowd.agreements[AgreementId(crowd.statistics)]
    band = 5 if Category.IDENTITY in agreement.coarse else 1
    is_hidden = agreement.pseudonymous
    known = {service.id for service in crowd.directory.services}
    service_id = participation["service_id"]
    return AnalyticsFact(
        participant=crowd.number_of(event),
        event_key=event.event_id,
        event=event_type(event),
        stage=participation["stage"],
        service_id=ServiceId("") if is_hidden and service_id not in known else service_id,
        decline_reason=participation.get("decline_reason"),
        programme=None,
        borough=fields[Category.AREA].get("borough"),
        birth_band=born and born.year // band * band,
        on_day=event.occurred_at.date(),
        started_on=participation.get("started_on"),
        outcome_category=progress.get("category"),
        outcome_code=progress.get("code"),
        effective_on=progress.get("effective_from"),
        hours_per_week=progress.get("hours_per_week"),
    )


READ_PATHS_IN_SQL: Final[dict[str, Callable[[Crowd, Connection], Compared]]] = {
    "tray": tray,
    "access log": access_log,
    "access log and trays": access_log_and_trays,
    "disclosures in a copy": disclosures_in_a_copy,
    "events in a copy": events_in_a_copy,
    "proofs of disclosures": proofs,
    "passports": passports,
    "figures": figures,
    "rows of figures": rows_of_figures,
    "told as open": told_as_open,
}
"""Each is read in a transaction that is rolled back."""
