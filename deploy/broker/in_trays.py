"""The way into the in-trays for the programs that run beside the hub."""

from collections.abc import Iterator
from contextlib import contextmanager

from producers.publisher import Publisher, connect, let_go


@contextmanager
def open_in_trays(bootstrap: str) -> Iterator[Publisher]:
    """Give a publisher, and close its connection afterwards.

    Raises:
        PublishError: no broker answers there.

    """
    producer = connect(bootstrap)
    try:
        yield Publisher(producer)
    finally:
        let_go(producer)
