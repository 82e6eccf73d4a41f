import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.compiled import BUILD, Build
from schemas.framing import HEADER_BYTES, frame
from schemas.registry import locked_schemas
from tests.support.event_strategies import values
from tests.support.filter_answers import answer

pytestmark = pytest.mark.skipif(
    BUILD is Build.COMPILED, reason="both builds are compared by a run on Python"
)

Ask = Callable[[bytes], str]


@pytest.fixture(scope="module")
def ask(compiled: dict[str, str]) -> Iterator[Ask]:
    """Give a question to a program that runs compiled."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.filter_answers"],
        env=compiled,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        to_it, from_it = program.stdin, program.stdout

        def ask_it(value: bytes) -> str:
            to_it.write(f"{value.hex()}\n")
            to_it.flush()
            return from_it.readline().removesuffix("\n")

        yield ask_it
        to_it.close()


@given(values())
def test_an_event_is_planned_and_encoded_byte_for_byte_alike(ask: Ask, value: bytes) -> None:
    """What every shipped agreement's tray is given, the rows that say so, and Kafka's batch."""
    assert ask(value) == answer(value)


@given(values(), st.integers(0), st.integers(1, 255), st.integers(0, 2))
def test_bytes_changed_anywhere_are_refused_in_the_same_words(
    ask: Ask, value: bytes, place: int, change: int, left_out: int
) -> None:
    """Or give the same event, where both take them."""
    at = HEADER_BYTES + place % (len(value) - HEADER_BYTES)
    changed = value[:at] + bytes([value[at] ^ change]) + value[at + 1 + left_out :]

    assert ask(changed) == answer(changed)


@given(st.sampled_from(sorted(locked_schemas())), st.binary(max_size=300))
def test_random_bytes_are_refused_in_the_same_words(ask: Ask, schema_id: int, body: bytes) -> None:
    """A length of 64 bits, too, which the compiler holds otherwise than a short one."""
    value = frame(schema_id, body)

    assert ask(value) == answer(value)
