"""Consent records and receipts, made from the ledger's entries."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from consent_ledger.consent.changes import Grant, Notice, Objection, Refusal, Request
from consent_ledger.consent.consent import apply, expire
from consent_ledger.ledger.entries import ABOUT_CONSENT
from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.rights import dpv
from consent_ledger.rights.receipt_document import receipt_document
from consent_ledger.rights.receipts import Controller, Receipt, receipts_of
from consent_ledger.transparency.merkle import leaf_hash
from consent_ledger.transparency.transparency_log import entries
from schemas.categories import Category
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from tests.support.bus import Bus
from tests.support.consent import vocabulary

SUPPORT = AgreementId("borough-d.support")
JOBCENTRE = AgreementId("jobcentre-e.engagement")
HUB = Controller("The hub", "hub@example.org", "1 Example Street")
LEDGER = "example.org/ledger"


def receipts(
    bus: Bus, participant_id: PassportNumber, agreement_id: AgreementId | None = None
) -> list[Receipt]:
    """Return somebody's receipts."""
    with bus.engine.connect() as connection:
        return receipts_of(connection, participant_id, agreement_id)


def documents(
    bus: Bus, participant_id: PassportNumber, agreement_id: AgreementId = SUPPORT
) -> list[dict[str, Any]]:
    """Return somebody's receipts as JSON that was written and read again."""
    return [
        json.loads(json.dumps(receipt_document(one, HUB, LEDGER)))
        for one in receipts(bus, participant_id, agreement_id)
    ]


def states(document: dict[str, Any]) -> list[str]:
    """Return the states of consent in a receipt, the oldest first."""
    record = document["dpv:hasRecordOfActivity"]
    return [one["@type"][0] for one in record["dpv:hasConsentStatus"]]


def values(found: Any) -> Iterator[str]:
    """Yield every text in a document, keys aside."""
    match found:
        case dict():
            for one in found.values():
                yield from values(one)
        case list():
            for one in found:
                yield from values(one)
        case _:
            yield str(found)


def test_each_change_has_a_receipt_with_all_that_came_before(bus: Bus) -> None:
    """The newest first; each says what state consent was in, and for what."""
    person = bus.participant()
    bus.grant(person, SUPPORT, Category.PARTICIPATION, Category.IDENTITY, Category.HEALTH)
    bus.clock.go_on(timedelta(days=1))
    bus.withdraw(person, SUPPORT, Category.HEALTH)
    bus.grant(person, SUPPORT, Category.PARTICIPATION)
    bus.withdraw(person, SUPPORT)

    found = documents(bus, person)

    assert [states(one) for one in found[::-1]] == [
        ["dpv:ConsentGiven"],
        ["dpv:ConsentGiven"] * 2,
        [*["dpv:ConsentGiven"] * 2, "dpv:RenewedConsentGiven"],
        [*["dpv:ConsentGiven"] * 2, "dpv:RenewedConsentGiven", "dpv:ConsentWithdrawn"],
    ]
    record = found[0]["dpv:hasRecordOfActivity"]
    given, narrowed, *_ = record["dpv:hasConsentStatus"]
    assert given["nwd:categories"] == ["participation", "identity", "health"]
    assert given["@type"][1] == "dpv:ExplicitlyExpressedConsent"
    assert narrowed["nwd:categories"] == ["participation", "identity"]
    assert narrowed["@type"][1] == "dpv:ExpressedConsent"
    assert datetime.fromisoformat(narrowed["dpv:isIndicatedAtTime"]) == bus.clock()
    withdrawn_data = [one["@id"] for one in record["dpv:hasProcess"][0]["dpv:hasPersonalData"]]
    assert withdrawn_data == ["nwd:participation", "nwd:identity"]
    assert len({one["dct:identifier"] for one in found}) == 4
    assert len({one["dpv:hasRecordOfActivity"]["dct:identifier"] for one in found}) == 1


def test_what_is_asked_refused_and_runs_out_is_in_the_receipts(bus: Bus) -> None:
    """In the vocabulary's states; what nobody said is not said to be expressed by the person."""
    person = bus.participant()
    with bus.ledger.begin() as tx:
        apply(
            tx,
            Request(
                number=person, agreement=SUPPORT, categories=frozenset({Category.PARTICIPATION})
            ),
        )
        apply(tx, Refusal(number=person, agreement=SUPPORT))
        until = bus.clock() + timedelta(days=1)
        apply(
            tx,
            Grant(
                number=person,
                agreement=SUPPORT,
                categories=frozenset({Category.PARTICIPATION}),
                until=until,
            ),
        )
    bus.clock.go_on(timedelta(days=1))
    with bus.ledger.begin() as tx:
        expire(tx, person, SUPPORT)

    newest, *_, oldest = documents(bus, person)

    assert states(newest) == [
        "dpv:ConsentRequested",
        "dpv:ConsentRefused",
        "dpv:ConsentGiven",
        "dpv:ConsentExpired",
    ]
    statuses = newest["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"]
    assert statuses[0]["nwd:requested"] == ["participation"]
    assert [one["dpv:isIndicatedBy"] for one in statuses] == [
        "dpv:DataController",
        "dpv:DataSubject",
        "dpv:DataSubject",
        "dpv:DataController",
    ]
    for document in (newest, oldest):
        (process,) = document["dpv:hasRecordOfActivity"]["dpv:hasProcess"]
        assert [one["@id"] for one in process["dpv:hasPersonalData"]] == ["nwd:participation"]


def test_every_state_that_is_used_is_one_of_the_vocabulary_s() -> None:
    """Each kind of entry about consent has one."""
    assert dpv.STATUS.keys() == ABOUT_CONSENT
    assert set(dpv.STATUS.values()) <= vocabulary.TERMS


def test_a_receipt_has_every_field_of_the_published_example(bus: Bus) -> None:
    """Of the W3C's example with all the fields that ISO/IEC TS 27560 requires."""
    person = bus.participant()
    bus.grant(person, SUPPORT)

    (made,) = documents(bus, person)

    assert made.keys() >= vocabulary.RECEIPT
    record = made["dpv:hasRecordOfActivity"]
    # who processes for the controller is not the bus's to know
    assert record.keys() >= vocabulary.RECORD - {"dpv:hasDataProcessor"}
    assert record["dpv:hasProcess"][0].keys() >= vocabulary.PROCESS
    assert record["dpv:hasConsentStatus"][0].keys() >= vocabulary.STATUS
    assert record["dpv:hasProcess"][0]["dpv:hasLegalBasis"] == ["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"]


def test_a_receipt_holds_no_personal_value(bus: Bus) -> None:
    """Neither the passport number nor the providers that were left out: a pseudonym and a count."""
    person = bus.participant()
    bus.grant(person, SUPPORT, excluded=[ProviderId("charity-b")])

    (made,) = documents(bus, person)

    (receipt,) = receipts(bus, person)
    texts = list(values(made))
    assert not any(person in text or "charity-b" in text for text in texts)
    assert made["dpv:hasRecordOfActivity"]["dpv:hasDataSubject"]["@id"] == receipt.ledger_id.urn
    status = made["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"][0]
    assert status["nwd:providersLeftOut"] == 1


def test_a_receipt_names_its_entry_and_the_entry_s_hash(bus: Bus) -> None:
    """So that a proof of the entry is a proof of the receipt."""
    person = bus.participant()
    seq = bus.grant(person, SUPPORT)

    (made,) = documents(bus, person)

    with bus.engine.connect() as connection:
        (entry,) = entries(connection, seq, seq + 1)
    assert made["nwd:ledgerEntry"] == seq
    assert made["nwd:ledgerEntryHash"] == leaf_hash(entry.leaf).hex()


def test_what_is_not_consent_is_a_record_of_processing_with_its_own_basis(bus: Bus) -> None:
    """A notice given, and an objection made, change no state of consent."""
    person = bus.participant()
    with bus.ledger.begin() as tx:
        apply(tx, Notice(number=person, agreement=JOBCENTRE))
        apply(tx, Objection(number=person, agreement=JOBCENTRE))

    objected, informed = documents(bus, person, JOBCENTRE)

    record = objected["dpv:hasRecordOfActivity"]
    assert record["@type"] == "dpv:DataProcessingRecord"
    assert record["dpv:hasConsentStatus"] == []
    assert [one["dpv:hasLegalBasis"] for one in record["dpv:hasProcess"]] == [["eu-gdpr:A6-1-e"]]
    assert record["nwd:hasObjected"]
    assert not informed["dpv:hasRecordOfActivity"]["nwd:hasObjected"]


def test_every_term_that_is_used_is_one_of_the_vocabulary_s(bus: Bus) -> None:
    """Of those parts of it that are at hand: personal data, states, bases, rights."""
    person = bus.participant()
    bus.grant(person, AgreementId("passport.coordination"))
    bus.grant(person, JOBCENTRE)

    texts = {
        text for one in receipts(bus, person) for text in values(receipt_document(one, HUB, LEDGER))
    }

    terms = {text for text in texts if text.startswith(("pd:", "eu-gdpr:", "legal-gb:"))}
    assert len(terms) > 20
    assert terms <= vocabulary.TERMS


def test_receipts_of_nobody_are_refused(bus: Bus) -> None:
    """A mistyped number must not read as nothing said."""
    with pytest.raises(RegisterError):
        receipts(bus, PassportNumber("NWD-0000-0000-0"))
