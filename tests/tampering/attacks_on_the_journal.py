"""Attacks on the tables that the filter reads of events: the journal, keys, disclosures."""

from dataclasses import replace

from consent_ledger.audit.differences import DifferenceKind, WrongPart
from schemas.identifiers import LedgerIndex, PassportNumber, ProviderId, ServiceId
from tests.tampering.victim import SUPPORT, Named, Victim, attack

UNREADABLE = Named(WrongPart.JOURNAL, DifferenceKind.UNREADABLE, ("sealed",))


@attack
def a_row_of_another_service(victim: Victim) -> Named:
    """Sensitive or not: the decision is another one."""
    victim.change_row(service_id=ServiceId("charity-b.recovery"))
    return UNREADABLE


@attack
def a_row_of_another_provider(victim: Victim) -> Named:
    """One whom the person has not left out."""
    victim.change_row(provider_id=ProviderId("charity-b"))
    return UNREADABLE


@attack
def an_older_ciphertext_in_the_newer_row(victim: Victim) -> Named:
    """What was corrected would come back."""
    victim.change_row(sealed=victim.corrected[1].sealed)
    return UNREADABLE


@attack
def a_row_sealed_for_another_event(victim: Victim) -> Named:
    """Of the same person."""
    rows = victim.ground.database.journal.values()
    victim.change_row(sealed=next(row for row in rows if len(row) == 1)[1].sealed)
    return UNREADABLE


@attack
def an_older_row_altered(victim: Victim) -> Named:
    """It decides nothing any more, and a copy for the person shows it."""
    victim.change_row(1, sealed=bytes(60))
    return UNREADABLE


@attack
def a_digest_changed(victim: Victim) -> Named:
    """The same event would be refused as another one."""
    victim.change_row(digest=bytes(16))
    return Named(WrongPart.JOURNAL, DifferenceKind.DIFFERENT, ("digest",))


@attack
def an_event_taken_out_of_the_journal(victim: Victim) -> Named:
    """What stands in the trays could never be retracted by a decision."""
    key = next(iter(victim.ground.database.journal))
    victim.ground.database.journal[key].clear()
    return Named(WrongPart.JOURNAL, DifferenceKind.MISSING)


@attack
def a_key_exchanged(victim: Victim) -> Named:
    """Nothing of the person opens any more."""
    other = PassportNumber("NWD-7777-7777-7")
    victim.ground.database.keys[victim.number] = victim.bus.vault.new_key(other)
    return Named(WrongPart.PARTICIPANTS, DifferenceKind.UNREADABLE, ("sealed_key",))


@attack
def a_disclosure_taken_away(victim: Victim) -> Named:
    """A tombstone is written only where something may stand."""
    victim.disclosures(SUPPORT).pop()
    victim.disclosures(SUPPORT)[:] = [
        row for row in victim.disclosures(SUPPORT) if row[1].agreement_id != SUPPORT
    ]
    return Named(WrongPart.DISCLOSURES, DifferenceKind.MISSING)


@attack
def a_disclosure_under_another_number(victim: Victim) -> Named:
    """The tombstone would go to another place."""
    rows = victim.disclosures(SUPPORT)
    for at, (turn, row) in enumerate(rows):
        if row.agreement_id == SUPPORT:
            rows[at] = turn, replace(row, shown_as=PassportNumber("NWD-7777-7777-7"))
    return Named(WrongPart.DISCLOSURES, DifferenceKind.MISSING)


@attack
def a_disclosure_told_as_retracted(victim: Victim) -> Named:
    """A withdrawal would find nothing to retract."""
    victim.change_disclosure(mask=0)
    return Named(WrongPart.DISCLOSURES, DifferenceKind.DIFFERENT, ("mask",))


@attack
def a_disclosure_decided_by_nothing(victim: Victim) -> Named:
    """An entry that says nothing about the person or the agreement; the record says it, too."""
    victim.change_disclosure(decided_by=LedgerIndex(10**6))
    key = next(iter(victim.ground.database.disclosures))
    topic, _ = victim.record(SUPPORT)
    record = {one.key: one for one in victim.bus.broker.read(topic)}["|".join(key).encode()]
    headers = [one for one in record.headers if one[0] != "ledgerseq"]
    headers.append(("ledgerseq", b"1000000"))
    victim.bus.broker.append(topic, record.partition, record.key, record.value, headers)
    return Named(WrongPart.DISCLOSURES, DifferenceKind.DIFFERENT, ("decided_by",))
