"""Agreements' versions as the ledger holds them, those of earlier releases too."""

from collections.abc import Mapping
from typing import Any, Final

from consent_ledger.agreements.agreement import Agreement, Pseudonym
from consent_ledger.agreements.shared_fields import blocks_of, fields_of_blocks
from schemas.categories import Category
from schemas.field_forms import FieldForm

_OF_RELEASE_0_1_0: Final = frozenset({"pseudonymous", "generalise"})
_COARSER_IN_0_1_0: Final = {
    "birth-band": ("identity.date_of_birth", FieldForm.BAND),
    "borough": ("area.borough", FieldForm.AREA),
}


def agreement_in_ledger(body: Mapping[str, Any]) -> Agreement:
    """Return an agreement's version as the ledger holds it, also one of release 0.1.0.

    That release knew `pseudonymous` and `generalise`, block by block. Of such a version nothing
    passes that it did not make coarser; a pseudonymous one shares no field at all until a version
    of today's form is entered. No file of that form is taken.
    """
    if "generalise" not in body:
        return Agreement.model_validate(body)
    today = {name: value for name, value in body.items() if name not in _OF_RELEASE_0_1_0}
    shared = blocks_of([Category(name) for name in body["categories"]])
    if body["pseudonymous"]:
        today["pseudonym"] = Pseudonym.PERSON
        today["fields"] = dict.fromkeys(fields_of_blocks(shared), FieldForm.LEFT_OUT)
        today["release_every"] = 0
    else:
        today["fields"] = dict(_COARSER_IN_0_1_0[name] for name in body["generalise"].values())
    return Agreement.model_validate(today)
