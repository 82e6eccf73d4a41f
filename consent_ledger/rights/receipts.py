"""Consent records and receipts (ISO/IEC TS 27560:2023, in the JSON form of the W3C's guide to it).

A record is made from the ledger's entries alone and holds no personal value: the person stands in
it by the ledger's pseudonym. A receipt is a copy of the record as it was after one change.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Connection, select

from consent_ledger.agreements import Agreement, Article9, Basis
from consent_ledger.entries import Kind
from consent_ledger.register import subject
from consent_ledger.rights import dpv
from consent_ledger.tables.consent import agreement_version, change
from consent_ledger.tables.log import entry
from consent_ledger.transparency.merkle import leaf_hash
from schemas.categories import CRIMINAL, SPECIAL, Category, category

LANGUAGE: Final = "en-GB"
_COUNTRY: Final = "loc:GB"
_CONTROLS: Final = ("dpv:ProvideConsent", "dpv:WithdrawConsent")
_ENDS: Final = frozenset({Kind.WITHDRAWN, Kind.REFUSED, Kind.EXPIRED})
_NOT_EXPRESSED: Final = frozenset({Kind.REQUESTED, Kind.EXPIRED})
"""What is not something that the person said."""


@dataclass(frozen=True)
class Controller:
    """Who answers for the bus: what a person needs to reach them."""

    name: str
    contact: str
    address: str


class Change(NamedTuple):
    """One entry about a participant and an agreement; `granted` is what stands after it.

    `requested` is what they were asked for, where that is what the entry says.
    """

    seq: int
    kind: Kind
    at: datetime
    granted: tuple[Category, ...]
    until: datetime | None
    left_out: int
    is_informed: bool
    has_objected: bool
    leaf: bytes
    requested: tuple[Category, ...] = ()


class Receipt(NamedTuple):
    """One change, the last of `changes`, with those before it, under the terms it was made on."""

    ledger_id: UUID
    agreement: Agreement
    changes: tuple[Change, ...]

    @property
    def change(self) -> Change:
        """The change that the receipt is for."""
        return self.changes[-1]

    @property
    def reaches_without_consent(self) -> bool:
        """Whether what does not rest on consent reaches the person: see `Agreement.applies_to`."""
        return self.agreement.applies_to == "everyone" or self.change.is_informed

    @property
    def concerned(self) -> tuple[Category, ...]:
        """The categories that consent was given or asked for, or that were closed when it ended."""
        last = self.change
        if last.kind is Kind.REQUESTED:
            return tuple(one for one in Category if one in last.granted + last.requested)
        if last.granted or last.kind not in _ENDS or len(self.changes) == 1:
            return last.granted
        return self.changes[-2].granted


def receipts_of(
    connection: Connection, participant_id: str, agreement_id: str | None = None
) -> list[Receipt]:
    """Return a receipt for each change that a participant made, the newest first.

    Raises:
        RegisterError: the number was never issued, or the person was erased.

    """
    who = subject(connection, participant_id)
    wanted = (
        select(change.c.seq, change.c.agreement_id, entry.c.leaf, agreement_version.c.body)
        .join(entry, entry.c.seq == change.c.seq)
        .join(
            agreement_version,
            (agreement_version.c.agreement_id == change.c.agreement_id)
            & (agreement_version.c.seq < change.c.seq),
        )
        .where(change.c.participant_id == participant_id)
        .order_by(change.c.seq, agreement_version.c.version)
    )
    if agreement_id is not None:
        wanted = wanted.where(change.c.agreement_id == agreement_id)
    before: dict[str, tuple[Change, ...]] = {}
    found = []
    for seq, about, leaf, body in connection.execute(wanted):
        fact = json.loads(leaf)
        if body["version"] != fact["version"]:
            continue
        before[about] = (*before.get(about, ()), _change(seq, bytes(leaf), fact))
        found.append(Receipt(who.ledger_id, Agreement.model_validate(body), before[about]))
    return found[::-1]


def _change(seq: int, leaf: bytes, fact: dict[str, Any]) -> Change:
    until = fact["until"]
    return Change(
        seq,
        Kind(fact["kind"]),
        datetime.fromisoformat(fact["at"]),
        tuple(map(category, fact["granted"])),
        datetime.fromisoformat(until) if until else None,
        len(fact["except"]),
        fact["informed"],
        fact["objected"],
        leaf,
        tuple(map(category, fact.get("requested", ()))),
    )


def receipt_document(receipt: Receipt, controller: Controller, ledger: str) -> dict[str, Any]:
    """Return a receipt as JSON; `ledger` is the ledger's name.

    The same change always gives the same document, so its ids are derived and not drawn.
    """
    change, agreement = receipt.change, receipt.agreement
    receipt_id = uuid5(NAMESPACE_URL, f"{ledger}/receipt/{change.seq}")
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
    for one in Category:
        terms = receipt.agreement.categories.get(one)
        if terms is None:
            continue
        is_consent = terms.basis is Basis.CONSENT
        if one in receipt.concerned if is_consent else receipt.reaches_without_consent:
            by_basis.setdefault(terms.basis, []).append(one)
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
                    for one in opened
                    if (condition := agreement.categories[one].article_9) is not None
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


def _personal_data(agreement: Agreement, one: Category) -> dict[str, Any]:
    basis = agreement.categories[one].basis
    types = ["dpv:PersonalData", *dpv.PERSONAL_DATA[one]]
    if one in SPECIAL:
        types.append("dpv:SpecialCategoryPersonalData")
    elif one in CRIMINAL:
        types.append("dpv:SensitivePersonalData")
    if agreement.pseudonymous:
        types.append("dpv:PseudonymisedData")
    return {
        "@id": f"nwd:{one.value}",
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


def _status(one: Change, agreement: Agreement) -> dict[str, Any] | None:
    """Return the state of consent after a change; None where the change was not about consent."""
    state = dpv.STATUS.get(one.kind)
    if state is None:
        return None
    is_explicit = any(
        agreement.categories[found].article_9 is Article9.EXPLICIT_CONSENT
        for found in one.granted
        if found in agreement.categories
    )
    ends: dict[str, Any] = {
        "@type": "dpv:UntilEventDuration",
        "rdf:value": "withdrawal, or the end of the agreement",
    }
    if one.until is not None:
        ends = {"@type": "dpv:UntilTimeDuration", "rdf:value": one.until.isoformat()}
    status: dict[str, Any] = {
        "@type": [state, f"dpv:{'ExplicitlyE' if is_explicit else 'E'}xpressedConsent"],
        "dpv:isIndicatedBy": "dpv:DataSubject",
        "dpv:hasIndicationMethod": "Said to an adviser or entered by the person",
        "dpv:isIndicatedAtTime": one.at.isoformat(),
        "dpv:hasDuration": ends,
        "nwd:categories": [found.value for found in one.granted],
        "nwd:providersLeftOut": one.left_out,
        "nwd:ledgerEntry": one.seq,
    }
    if one.kind in _NOT_EXPRESSED:
        status |= {
            "@type": [state],
            "dpv:isIndicatedBy": "dpv:DataController",
            "dpv:hasIndicationMethod": "Entered by the bus",
        }
    if one.kind is Kind.REQUESTED:
        status["dpv:hasIndicationMethod"] = "Asked by an adviser"
        status["nwd:requested"] = [found.value for found in one.requested]
    return status
