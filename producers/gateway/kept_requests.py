"""Requests with an Idempotency-Key: sent again, each has the effect and the answer of the first.

What is kept for a day are digests, under the provider's own key. An answer is not kept: it follows
from the body, the key, the moment when the request first came, and who took part then.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from producers.gateway.tables import request
from producers.hub import DoorKey
from schemas.derivation import derived_event_id, derived_token
from schemas.errors import BusError
from schemas.identifiers import ProviderId

KEPT: Final = timedelta(hours=24)
HELD: Final = timedelta(seconds=60)
"""Longer than a batch takes: a request that a process took with it can be sent again then."""


class KeyReusedError(BusError):
    """The key came with another body before."""

    def __init__(self) -> None:
        super().__init__(
            "That Idempotency-Key came with another body before.",
            "Give each batch a key of its own, such as a new UUID.",
        )


class InFlightError(BusError):
    """The same request is being answered."""

    def __init__(self) -> None:
        super().__init__(
            "A request with that Idempotency-Key is being answered.", "Send it again in a moment."
        )


@dataclass(frozen=True)
class KeyedRequest:
    """A request of a provider, by what is kept of it."""

    provider_id: ProviderId
    door_key: DoorKey
    key: str
    body: bytes

    @property
    def key_digest(self) -> bytes:
        """The digest of its key."""
        return derived_token(self.door_key, "idempotency-key", self.key)

    @property
    def body_digest(self) -> bytes:
        """The digest of its body."""
        return hmac.digest(derived_token(self.door_key, "request"), self.body, "sha256")

    def new_id(self, line: int) -> str:
        """Return the id of an event without one: the same each time that this is sent."""
        return derived_event_id(self.door_key, "request", self.key, str(line))


@dataclass(frozen=True)
class BegunRequest:
    """When a request first came, and whether it was answered: then nothing is to be done.

    `nobody_s` are the lines that were refused then as about nobody who takes part.
    """

    begun_at: datetime
    is_answered: bool
    nobody_s: Sequence[int] = ()


class KeptRequests:
    """The requests that are kept."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def begin(self, asked: KeyedRequest) -> BegunRequest:
        """Take up a request that is new, or was not answered. Raises KeyReusedError, InFlightError.

        Those that were kept for long enough are forgotten.
        """
        now = self._clock()
        row = request.c.provider_id == asked.provider_id, request.c.key == asked.key_digest
        with self._engine.begin() as connection:
            connection.execute(delete(request).where(request.c.begun_at < now - KEPT))
            new = upsert(request).values(
                provider_id=asked.provider_id,
                key=asked.key_digest,
                body=asked.body_digest,
                begun_at=now,
                held_until=now + HELD,
            )
            if connection.scalar(new.on_conflict_do_nothing().returning(request.c.begun_at)):
                return BegunRequest(now, is_answered=False)
            kept = connection.execute(select(request).where(*row).with_for_update()).one()
            if kept.body != asked.body_digest:
                raise KeyReusedError
            if kept.held_until is None:
                return BegunRequest(kept.begun_at, is_answered=True, nobody_s=kept.nobody_s or ())
            if kept.held_until > now:
                raise InFlightError
            connection.execute(update(request).where(*row).values(held_until=now + HELD))
            return BegunRequest(kept.begun_at, is_answered=False)

    def end(self, asked: KeyedRequest, answered: Sequence[int] | None) -> None:
        """Keep that a request was answered, with the lines of nobody; None lets it come again."""
        row = request.c.provider_id == asked.provider_id, request.c.key == asked.key_digest
        new = (
            {"held_until": self._clock()}
            if answered is None
            else {"held_until": None, "nobody_s": answered}
        )
        with self._engine.begin() as connection:
            connection.execute(update(request).where(*row).values(new))
