"""Our facts about consent records against the files that the W3C published."""

import csv
import json
from pathlib import Path

from tests.support.consent import vocabulary

PARTS = [
    *("dpv-consent_status", "pd-core", "pd-extended", "legal-eu-gdpr-legal_basis"),
    *("legal-eu-gdpr-legal_basis_special", "legal-eu-gdpr-rights", "legal-gb-legal-gb"),
]


def test_the_terms_are_those_of_the_vocabulary(shared_data: Path) -> None:
    """All of each part, under the prefix of its namespace."""
    published = set()
    for part in PARTS:
        path = shared_data / "consent" / "dpv-2.3-csv" / f"{part}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            published |= {f"{row['vocab']}:{row['term']}" for row in csv.DictReader(file)}

    assert published == vocabulary.TERMS


def test_the_fields_of_a_receipt_are_those_of_the_example(shared_data: Path) -> None:
    """Of the W3C's example with all the fields that ISO/IEC TS 27560 requires."""
    path = shared_data / "consent" / "example46_consent_receipt_required_fields.json"
    receipt = json.loads(path.read_text("utf-8"))
    record = receipt["dpv:hasRecordOfActivity"]

    assert receipt.keys() == vocabulary.RECEIPT
    assert record.keys() == vocabulary.RECORD
    assert record["dpv:hasProcess"].keys() == vocabulary.PROCESS
    assert record["dpv:hasConsentStatus"][0].keys() == vocabulary.STATUS
