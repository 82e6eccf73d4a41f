"""Our words in those of the W3C Data Privacy Vocabulary 2.3, as consent records use them."""

from typing import Final

from consent_ledger.agreements.agreement import Article9, Basis
from consent_ledger.ledger.entries import EntryKind
from schemas.categories import Category

CONTEXT: Final = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "legal-gb": "https://w3id.org/dpv/legal/gb#",
    "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "nwd": "https://no-wrong-door.example/ns#",
}
"""Prefixes. `nwd:` is for what the vocabulary has no word for: the place in the ledger."""

RECORD: Final = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
RECEIPT: Final = "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr"

STATUS: Final = {
    EntryKind.REQUESTED: "dpv:ConsentRequested",
    EntryKind.GIVEN: "dpv:ConsentGiven",
    EntryKind.RENEWED: "dpv:RenewedConsentGiven",
    EntryKind.NARROWED: "dpv:ConsentGiven",
    EntryKind.REFUSED: "dpv:ConsentRefused",
    EntryKind.WITHDRAWN: "dpv:ConsentWithdrawn",
    EntryKind.EXPIRED: "dpv:ConsentExpired",
    EntryKind.UNMERGED: "dpv:ConsentInvalidated",
    EntryKind.RECONCILED: "dpv:ConsentInvalidated",
}
"""The state of consent after an entry; other entries are not about consent."""

BASIS: Final = {
    Basis.CONSENT: "eu-gdpr:A6-1-a",
    Basis.PUBLIC_TASK: "eu-gdpr:A6-1-e",
    Basis.LEGAL_OBLIGATION: "eu-gdpr:A6-1-c",
}
CONDITION: Final = {
    Article9.EXPLICIT_CONSENT: "eu-gdpr:A9-2-a",
    Article9.SOCIAL_PROTECTION: "eu-gdpr:A9-2-b",
    Article9.SUBSTANTIAL_PUBLIC_INTEREST: "eu-gdpr:A9-2-g",
    Article9.STATISTICS: "eu-gdpr:A9-2-j",
}

PERSONAL_DATA: Final = {
    Category.PARTICIPATION: ("pd:ServiceConsumptionBehaviour",),
    Category.SENSITIVE_PARTICIPATION: ("pd:ServiceConsumptionBehaviour",),
    Category.IDENTITY: ("pd:Name", "pd:BirthDate", "pd:OfficialID"),
    Category.CONTACT: ("pd:Contact",),
    Category.AREA: ("pd:Locality",),
    Category.BACKGROUND: ("pd:WorkHistory", "pd:EducationQualification"),
    Category.NEEDS: ("pd:Intention", "pd:Household"),
    Category.HEALTH: ("pd:Health", "pd:Disability"),
    Category.EQUALITY: ("pd:Ethnicity", "pd:Gender", "pd:Religion"),
    Category.JUSTICE: ("pd:Criminal",),
    Category.MONEY: ("pd:FinancialStatus", "pd:Income"),
    Category.PROGRESS: ("pd:Professional",),
    Category.WELLBEING: ("pd:MentalHealth", "pd:WorkEnvironment"),
    Category.NOTES: ("pd:Opinion",),
}

RIGHTS: Final = {
    "eu-gdpr:A7-3": "Right to withdraw consent",
    "eu-gdpr:A15": "Right of access",
    "eu-gdpr:A16": "Right to rectification",
    "eu-gdpr:A17": "Right to erasure",
    "eu-gdpr:A21": "Right to object",
    "eu-gdpr:A77": "Right to complain to a supervisory authority",
}
