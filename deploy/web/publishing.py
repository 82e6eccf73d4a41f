"""Publishing for those who ask over HTTP: so many batches at once, over one connection to Kafka."""

from typing import Final

from deploy.broker.shared_in_trays import SharedInTrays
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from deploy.operations.published_batches import PublishedBatch, publish_once
from deploy.web.guard.problems import ProblemError
from deploy.web.work import Work
from producers.gateway.batch import EventBatch
from producers.gateway.kept_requests import KeyedRequest

AT_ONCE: Final = 3
"""Batches that threads work on; more would take turns at Python's lock. Each has a connection of
the database's pool for two short moments, and waits for Kafka without one."""
UNDER_WAY: Final = 32
"""With those that wait for a thread. Each holds a body: the next one is told to come again."""
RETRY_SECONDS: Final = 2


class Publishing:
    """The way of batches into the in-trays."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._trays = SharedInTrays(lambda: hub.kafka(HubUser.DOORS))
        self._work = Work(AT_ONCE)
        self._under_way = 0

    async def publish(self, batch: EventBatch, asked: KeyedRequest | None) -> PublishedBatch:
        """Publish a batch, as `publish_once` does; ProblemError 429 where enough are under way."""
        if self._under_way >= UNDER_WAY:
            raise ProblemError(
                429,
                "Enough batches are being published.",
                "Send it again in a moment.",
                retry_after=str(RETRY_SECONDS),
            )
        self._under_way += 1
        try:
            return await self._work.run(publish_once, self._hub, self._trays, batch, asked)
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """Close the connection."""
        self._trays.close()
