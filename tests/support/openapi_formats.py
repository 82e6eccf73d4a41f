"""Values of the formats that the OpenAPI names, for schemathesis: it loads this as its hooks.

JSON Schema cannot say what the check character of a passport number is. Some of the values are
there on the bus that is asked, so that what is tried gets as far as the ledger.
"""

import json
import os
from typing import Any

import schemathesis
from hypothesis import strategies as st

from schemas.identifiers import new_passport_number

schemathesis.openapi.format(
    "passport-number",
    st.sampled_from(os.environ["OPENAPI_NUMBERS"].split()) | st.builds(new_passport_number),
)
schemathesis.openapi.format("idempotency-key", st.uuids().map(str))
schemathesis.openapi.format(
    "agreement-id",
    st.sampled_from(os.environ["OPENAPI_AGREEMENTS"].split())
    | st.from_regex(r"[a-z0-9-]{1,20}\.[a-z0-9-]{1,20}", fullmatch=True),
)


@schemathesis.serializer("application/x-ndjson")
def as_a_line(_context: object, value: Any) -> bytes:
    """Send a value as JSON on a line of its own."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()
