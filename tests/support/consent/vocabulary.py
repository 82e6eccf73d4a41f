"""What the W3C published about consent records, kept as facts.

- `dpv-2.3-terms.txt`: terms of the Data Privacy Vocabulary 2.3, one a line: states of consent,
  personal data, and the legal bases and rights of the EU's and the UK's GDPR.
- `RECEIPT`: names of fields in the example with all that ISO/IEC TS 27560 requires (example 46 of
  the guide to that standard).

Where the published files are, `test_published_vocabulary` compares both with their source.
"""

from pathlib import Path
from typing import Final

TERMS: Final = frozenset(
    (Path(__file__).parent / "dpv-2.3-terms.txt").read_text(encoding="utf-8").split()
)

_NODE: Final = frozenset({"@id", "@type", "dct:identifier", "dct:conformsTo"})
RECEIPT: Final = _NODE | {
    *("dct:created", "dct:publisher", "schema:recipient", "dpv:hasRecordOfActivity"),
}
RECORD: Final = _NODE | {
    *("dpv:hasDataSubject", "dpv:hasDataController", "dpv:hasDataProcessor"),
    *("dpv:hasJurisdiction", "dpv:hasApplicableLaw", "dpv:hasProcess", "dpv:hasConsentControl"),
    *("dpv:hasRight", "dpv:hasNotice", "dpv:hasConsentStatus"),
}
PROCESS: Final = frozenset(
    {
        *("@type", "dpv:hasRecipient", "dpv:hasPurpose", "dpv:hasPersonalData"),
        "dpv:hasStorageCondition",
    }
)
STATUS: Final = frozenset(
    {"@type", "dpv:isIndicatedBy", "dpv:hasIndicationMethod", "dpv:isIndicatedAtTime"}
)
