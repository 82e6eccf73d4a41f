from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, LargeBinary, Text, func, select
from sqlalchemy.types import TypeEngine

from consent_ledger.journal.array_text import array_of
from tests.support.bus import Bus

ODD = [
    "",
    "NULL",
    'a "word"',
    "back\\slash",
    '\\"',
    "a,b",
    "{a}",
    "it's",
    " ",
    "\n\t",
    "Łukasz",
    "%s",
]


@pytest.mark.parametrize(
    ("item", "given"),
    [
        (Text, ODD),
        (Text, ODD[:1]),
        (LargeBinary, [b"", b"\x00\xff", b'"\\', b"{,}"]),
        (BigInteger, [0, -1, 2**63 - 1]),
        (Boolean, [True, False]),
        (Text, []),
    ],
)
def test_an_array_that_is_given_as_a_text_holds_what_was_given(
    bus: Bus, item: type[TypeEngine[Any]], given: Sequence[Any]
) -> None:
    """In its order, whatever letters a text has."""
    asked = select(func.unnest(array_of("given", item)))

    with bus.engine.connect() as connection:
        found = connection.scalars(asked, {"given": given}).all()

    assert [bytes(one) if isinstance(one, memoryview) else one for one in found] == list(given)
