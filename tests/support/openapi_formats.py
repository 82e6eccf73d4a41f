"""Values of the formats that the OpenAPI names, for schemathesis: it loads this as its hooks.

JSON Schema cannot say what the check character of a passport number is, nor where a tray ends.
Some of the values are there on the bus that is asked, so that what is tried gets as far as the
ledger and the tray.
"""

import os

import schemathesis
from hypothesis import strategies as st

from schemas.identifiers import new_passport_number

schemathesis.openapi.format(
    "passport-number",
    st.sampled_from(os.environ["OPENAPI_NUMBERS"].split()) | st.builds(new_passport_number),
)
schemathesis.openapi.format(
    "agreement-id",
    st.sampled_from(os.environ["OPENAPI_AGREEMENTS"].split())
    | st.from_regex(r"[a-z0-9-]{1,20}\.[a-z0-9-]{1,20}", fullmatch=True),
)
schemathesis.openapi.format("tray-cursor", st.just(os.environ["OPENAPI_CURSOR"]))
