"""An organisation's copy of its out-tray by key, as its own system would keep one."""

import time
from collections.abc import Callable

from consumers.tray import TrayError
from consumers.tray_reader import TrayReader
from schemas.identifiers import AgreementId, EventId
from schemas.kafka_connection import KafkaConnection
from schemas.trays import TrayRecord, out_tray, split_out_key

_POLL_SECONDS = 0.05


class Mirror:
    """One organisation's copy of its tray: it only ever puts and deletes by key."""

    def __init__(self, kafka: KafkaConnection, agreement_id: AgreementId) -> None:
        self.topic = out_tray(agreement_id)
        self.held: dict[bytes, TrayRecord] = {}
        self.retracted = 0
        self._reader = TrayReader(kafka, self.topic)
        self._at = dict(self._reader.starts())
        self._reader.seek(self._at)

    def read(self) -> None:
        """Apply the records that come within a moment."""
        batch = self._reader.poll(_POLL_SECONDS)
        for record in batch.records:
            if record.value is None:
                self.retracted += 1
                self.held.pop(record.key, None)
            else:
                self.held[record.key] = record
        self._at.update(batch.positions)

    def catch_up(self, deadline_seconds: float) -> None:
        """Apply everything written so far. Raises TrayError when that takes longer."""
        until = time.monotonic() + deadline_seconds
        ends = self._reader.ends() or {}
        while any(self._at[place] < end for place, end in ends.items()):
            self._check(until)
            self.read()

    def wait_for(self, key: bytes, deadline_seconds: float) -> TrayRecord:
        """Return the record under a key as soon as it is there. Raises TrayError as `catch_up`."""
        until = time.monotonic() + deadline_seconds
        while key not in self.held:
            self._check(until)
            self.read()
        return self.held[key]

    def about(self, name_of: Callable[[EventId], str]) -> list[TrayRecord]:
        """Return the records about a person; `name_of` says how their events' keys name them."""
        return [
            held
            for key, held in self.held.items()
            if split_out_key(key)[0] == name_of(split_out_key(key)[1])
        ]

    def people(self) -> int:
        """Return how many people the records are about."""
        return len({split_out_key(key)[0] for key in self.held})

    def with_closed(self) -> int:
        """Return how many records name a closed category."""
        return sum(bool(closed_of(record)) for record in self.held.values())

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()

    def _check(self, until: float) -> None:
        if time.monotonic() > until:
            raise TrayError(f"{self.topic} did not give in time what was awaited.")


def closed_of(record: TrayRecord) -> tuple[str, ...]:
    """Return the categories that a record's header names as closed."""
    named = dict(record.headers).get("closed", b"").decode()
    return tuple(named.split(",")) if named else ()
