"""The valid API keys, in memory for a second: a flood of wrong ones asks the database nothing.

With them is kept whose webhook fails, because the answers to those keys say it.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from consent_ledger.credentials.api_keys import ApiKey, digest_of, is_secret, valid_keys
from consumers.webhooks.endpoints import failing_organisations
from deploy.hub import Hub
from deploy.web.work import Work
from schemas.identifiers import OrganisationId

FRESH_SECONDS: Final = 1.0
"""For so long a key that was revoked is still taken, and one that was made is not."""


class _HeldKeys(NamedTuple):
    """The valid keys by digest, and since when a webhook of an organisation takes no call."""

    keys: Mapping[bytes, ApiKey]
    failing: Mapping[OrganisationId, datetime]


class KeyRing:
    """Finds the key that a secret is of."""

    def __init__(self, hub: Hub, work: Work) -> None:
        self._hub = hub
        self._work = work
        self._known = _HeldKeys({}, {})
        self._read_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    async def find(self, secret: str) -> ApiKey | None:
        """Return the valid key that this is the secret of; None where there is none.

        What does not look like a secret is not looked up. OperationalError where the database does
        not answer.
        """
        if not is_secret(secret):
            return None
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._refresh())
            await asyncio.shield(self._reading)  # one reading for all who wait for it
        key = self._known.keys.get(digest_of(secret))
        return key if key is not None and key.is_valid(self._hub.clock()) else None

    def webhook_failing_since(self, organisation: OrganisationId) -> datetime | None:
        """Return since when a webhook of an organisation takes no call; None where all do."""
        return self._known.failing.get(organisation)

    async def _refresh(self) -> None:
        began = time.monotonic()
        self._known = await self._work.run(self._read)
        self._read_at = began

    def _read(self) -> _HeldKeys:
        with self._hub.engine.connect() as connection:
            keys = {key.digest: key for key in valid_keys(connection, self._hub.clock())}
            return _HeldKeys(keys, failing_organisations(connection))
