"""Consent records and receipts as JSON (ISO/IEC TS 27560:2023, as the W3C's guide to it has it).

A record holds no personal value: the person is in it under the ledger's pseudonym. A receipt is a
copy of the record as it was after one change.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from consent_ledger.agreements.agreement import Agreement, Article9, Basis
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.rights import dpv
from consent_ledger.rights.receipts import Controller, Receipt, StatedChange
from consent_ledger.transparency.merkle import leaf_hash
from schemas.categories import CRIMINAL, SPECIAL, Category

LANGUAGE: Final = "en-GB"
_COUNTRY: Final = "loc:GB"
_CONTROLS: Final = ("dpv:ProvideConsent", "dpv:WithdrawConsent")
_NOT_EXPRESSED: Final = frozenset({EntryKind.REQUESTED, EntryKind.EXPIRED})
"""What is not something that the person said."""


def receipt_document(receipt: Receipt, controller: Controller, ledger: str) -> dict[str, Any]:
    """Return a receipt as JSON; `ledger` is the ledger's name.

    The same change always gives the same document, so its ids are derived and not drawn.
    """
    change, agreement = receipt.change, receipt.agreement
    receipt_id = uuid5(NAMESPACE_URL, f"{ledger}/receipt/{change.seq}")
    captured = {} if change.captured_by is None else {"nwd:capturedBy": change.captured_by}
    return {
        "@context": dpv.CONTEXT,
        "@id": receipt_id.urn,
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": str(receipt_id),
        "dct:conformsTo": dpv.RECEIPT,
        "dct:created": change.at.isoformat(),
        "dct:publisher": controller.name,
        "schema:recipient": "dpv:DataSubject",
        "dpv:hasRecordOfActivity": _record(receipt, controller, ledger),
        "nwd:ledger": ledger,
        "nwd:ledgerEntry": change.seq,
        "nwd:ledgerEntryHash": leaf_hash(change.leaf).hex(),
        "nwd:agreement": agreement.id,
        "nwd:agreementVersion": agreement.version,
        "nwd:stillOpen": [
            {
                "nwd:agreement": access.agreement.id,
                "dpv:hasRecipient": access.agreement.recipient_name,
                "nwd:categories": {
                    found.value: basis for found, basis in access.categories.items()
                },
            }
            for access in change.still_open
        ],
        **captured,
    }


def _record(receipt: Receipt, controller: Controller, ledger: str) -> dict[str, Any]:
    about = f"{receipt.ledger_id}/{receipt.agreement.id}"
    record_id = uuid5(NAMESPACE_URL, f"{ledger}/record/{about}")
    is_consent = receipt.change.kind in dpv.STATUS
    record: dict[str, Any] = {
        "@id": record_id.urn,
        "@type": "dpv:ConsentRecord" if is_consent else "dpv:DataProcessingRecord",
        "dct:identifier": str(record_id),
        "dct:conformsTo": dpv.RECORD,
        "dpv:hasDataSubject": {"@id": receipt.ledger_id.urn, "skos:broader": "dpv:Participant"},
        "dpv:hasDataController": {
            "@type": "dpv:DataController",
            "dpv:hasName": controller.name,
            "dpv:hasContact": controller.contact,
            "dpv:hasAddress": controller.address,
        },
        "dpv:hasJurisdiction": _COUNTRY,
        "dpv:hasApplicableLaw": ["legal-gb:law-GDPR", "legal-gb:law-DPA"],
        "dpv:hasProcess": _processes(receipt),
        "dpv:hasConsentControl": {
            "@type": list(_CONTROLS),
            "dpv:isExercisedAt": controller.contact,
        },
        "dpv:hasRight": [
            {
                "@type": ["dpv:DataSubjectRight", right],
                "dct:title": title,
                "dpv:isExercisedAt": controller.contact,
            }
            for right, title in dpv.RIGHTS.items()
        ],
        "dpv:hasNotice": _notice(receipt.agreement),
    }
    statuses = [_status(one, receipt.agreement) for one in receipt.changes]
    record["dpv:hasConsentStatus"] = [one for one in statuses if one is not None]
    record["nwd:hasObjected"] = receipt.change.has_objected
    return record


def _processes(receipt: Receipt) -> list[dict[str, Any]]:
    """Return one process for each lawful basis, with the categories that rest on it."""
    by_basis: dict[Basis, list[Category]] = {}
    for category in Category:
        terms = receipt.agreement.categories.get(category)
        if terms is None:
            continue
        is_consent = terms.basis is Basis.CONSENT
        if category in receipt.concerned if is_consent else receipt.reaches_without_consent:
            by_basis.setdefault(terms.basis, []).append(category)
    return [_process(receipt.agreement, basis, found) for basis, found in by_basis.items()]


def _process(agreement: Agreement, basis: Basis, opened: Sequence[Category]) -> dict[str, Any]:
    days = agreement.retention_days
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "@id": f"nwd:{agreement.id}",
            "dct:description": agreement.plain,
        },
        "dpv:hasLegalBasis": [
            dpv.BASIS[basis],
            *sorted(
                {
                    dpv.CONDITION[condition]
                    for category in opened
                    if (condition := agreement.categories[category].article_9) is not None
                }
            ),
        ],
        "dpv:hasPersonalData": [_personal_data(agreement, one) for one in opened],
        "dpv:hasRecipient": {"@id": f"nwd:{agreement.recipient}", "@type": "dpv:Recipient"}
        | {"dpv:hasName": agreement.recipient_name},
        "dpv:hasDataSource": "dpv:ThirdPartyDataSource",
        "dpv:hasProcessing": ["dpv:Filter", "dpv:Share", "dpv:Store"],
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": [_COUNTRY]},
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": f"P{days}D"},
        ],
    }


def _personal_data(agreement: Agreement, category: Category) -> dict[str, Any]:
    basis = agreement.categories[category].basis
    types = ["dpv:PersonalData", *dpv.PERSONAL_DATA[category]]
    if category in SPECIAL:
        types.append("dpv:SpecialCategoryPersonalData")
    elif category in CRIMINAL:
        types.append("dpv:SensitivePersonalData")
    if agreement.pseudonymous:
        types.append("dpv:PseudonymisedData")
    return {
        "@id": f"nwd:{category.value}",
        "@type": types,
        "dpv:hasNecessity": "dpv:Optional" if basis is Basis.CONSENT else "dpv:Required",
    }


def _notice(agreement: Agreement) -> dict[str, Any]:
    return {
        "@id": f"nwd:{agreement.id}/{agreement.version}",
        "@type": "dpv:ConsentNotice",
        "dct:date": agreement.valid_from.date().isoformat(),
        "dct:language": LANGUAGE,
        "dct:description": agreement.plain,
    }


def _status(change: StatedChange, agreement: Agreement) -> dict[str, Any] | None:
    """Return the state of consent after a change; None where the change was not about consent."""
    state = dpv.STATUS.get(change.kind)
    if state is None:
        return None
    is_explicit = any(
        agreement.categories[found].article_9 is Article9.EXPLICIT_CONSENT
        for found in change.granted
        if found in agreement.categories
    )
    ends: dict[str, Any] = {
        "@type": "dpv:UntilEventDuration",
        "rdf:value": "withdrawal, or the end of the agreement",
    }
    if change.until is not None:
        ends = {"@type": "dpv:UntilTimeDuration", "rdf:value": change.until.isoformat()}
    status: dict[str, Any] = {
        "@type": [state, f"dpv:{'ExplicitlyE' if is_explicit else 'E'}xpressedConsent"],
        "dpv:isIndicatedBy": "dpv:DataSubject",
        "dpv:hasIndicationMethod": "Said to an adviser or entered by the person",
        "dpv:isIndicatedAtTime": change.at.isoformat(),
        "dpv:hasDuration": ends,
        "nwd:categories": [found.value for found in change.granted],
        "nwd:providersLeftOut": change.left_out,
        "nwd:ledgerEntry": change.seq,
    }
    if change.kind in _NOT_EXPRESSED:
        status |= {
            "@type": [state],
            "dpv:isIndicatedBy": "dpv:DataController",
            "dpv:hasIndicationMethod": "Entered by the bus",
        }
    if change.kind is EntryKind.REQUESTED:
        status["dpv:hasIndicationMethod"] = "Asked by an adviser"
        status["nwd:requested"] = [found.value for found in change.requested]
    return status
