"""Values of the formats that the OpenAPI names, for schemathesis: it loads this as its hooks.

JSON Schema cannot say what the check character of a passport number is, that two requests have
different keys, or where a tray ends. Some of the values are there on the bus that is asked, so that
what is tried gets as far as the ledger and the tray.
"""

import json
import os
from base64 import b64decode, b64encode
from typing import Any, Final
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st

from producers.examples import EXAMPLES
from schemas.identifiers import new_passport_number
from tests.support.avro_container import container

KEY: Final = "idempotency-key"

schemathesis.openapi.format(
    "passport-number",
    st.sampled_from(os.environ["OPENAPI_NUMBERS"].split()) | st.builds(new_passport_number),
)
schemathesis.openapi.format(KEY, st.uuids().map(str))
schemathesis.openapi.format(
    "agreement-id",
    st.sampled_from(os.environ["OPENAPI_AGREEMENTS"].split())
    | st.from_regex(r"[a-z0-9-]{1,20}\.[a-z0-9-]{1,20}", fullmatch=True),
)
schemathesis.openapi.format(
    "avro-container",
    st.sampled_from([b64encode(container(event)).decode() for event in EXAMPLES.values()]),
)
schemathesis.openapi.format("tray-cursor", st.just(os.environ["OPENAPI_CURSOR"]))


@schemathesis.hook
def before_call(_context: object, case: schemathesis.Case[Any], _kwargs: object) -> None:
    """Give each request a key of its own, in place of one that was drawn before."""
    if case.meta and case.meta.generation.mode.is_positive and KEY in case.headers:
        case.headers[KEY] = str(uuid4())


@schemathesis.serializer("application/avro")
def as_a_container(_context: object, value: Any) -> bytes:
    """Send the bytes that a text stands for; any other value as it is written."""
    try:
        return b64decode(value, validate=True)
    except (TypeError, ValueError):
        return json.dumps(value).encode()


@schemathesis.serializer("application/x-ndjson")
def as_a_line(_context: object, value: Any) -> bytes:
    """Send a value as JSON on a line of its own."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()
