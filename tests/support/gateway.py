"""A provider's system, which asks the gateway over a socket."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

from deploy.web.guard.key_ring import FRESH_SECONDS


class GatewayClient:
    """Asks with an API key."""

    def __init__(self, port: int, secret: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._secret = secret

    def send(self, method: str, path: str, body: str | bytes | None = None, **headers: str) -> Any:
        """Return status and JSON of the answer."""
        kind = {} if body is None else {"content-type": "application/json"}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"authorization": f"Bearer {self._secret}"} | kind | given
        self._connection.request(method, path, body, sent)
        answer = self._connection.getresponse()
        said = answer.read()
        self._connection.close()  # the server would, while a test does something else for long
        return answer.status, json.loads(said)

    def post(self, path: str, **body: Any) -> Any:
        """Return the JSON that is answered to something that must succeed."""
        status, answer = self.send("POST", path, json.dumps(body))
        assert status in {200, 202}, answer
        return answer

    def elsewhere(self, port: int) -> "GatewayClient":
        """Return the same system, as it asks another server."""
        return GatewayClient(port, self._secret)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def gateway_client(bus: Any, port: int, shipped: str) -> Iterator[GatewayClient]:
    """Give the system of a provider of the demo, with a key that is revoked in the end."""
    name = bus.name(shipped)
    key = bus.json("api-key", "add", name, "--scope", f"publish:{name}")
    time.sleep(FRESH_SECONDS)
    client = GatewayClient(port, key["secret"])
    try:
        yield client
    finally:
        client.close()
        bus.done("api-key", "revoke", key["id"])
