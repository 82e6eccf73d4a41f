"""A pooler of transactions in front of a PostgreSQL: all clients share one server connection.

It is PgBouncer's `pool_mode = transaction` as far as the bus could be misled by it: between two
transactions of a client the connection is somebody else's, and a notice goes to whoever has it.
"""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

_SSL_REQUEST = 80877103
_TRANSACTION_IS_OVER = b"ZI"


class TransactionPooler:
    """Listens on a port of the loopback address; `server` is logged in and idle."""

    def __init__(self, server: psycopg.Connection) -> None:
        self._parameters = server.info
        self._server = socket.socket(fileno=os.dup(server.fileno()))
        self._server.setblocking(True)
        self._is_held = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]

    def serve(self) -> None:
        """Take clients until the door is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def close(self) -> None:
        """Close the door and the server's connection."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._server.close()

    def _serve(self, client: socket.socket) -> None:
        with suppress(ConnectionError, OSError), client:
            self._greet(client)
            while (message := _read(client))[:1] != b"X":
                with self._is_held:
                    self._pass_on_a_transaction(client, message)

    def _greet(self, client: socket.socket) -> None:
        """Ask nobody for a password: that is between the pooler and the server."""
        while struct.unpack("!I", _startup(client)[:4])[0] == _SSL_REQUEST:
            client.sendall(b"N")
        client.sendall(_message(b"R", struct.pack("!I", 0)))
        for name in ("server_version", "client_encoding", "standard_conforming_strings"):
            value = self._parameters.parameter_status(name) or ""
            client.sendall(_message(b"S", f"{name}\0{value}\0".encode()))
        client.sendall(_message(b"Z", b"I"))

    def _pass_on_a_transaction(self, client: socket.socket, message: bytes) -> None:
        while True:
            self._server.sendall(message)
            if message[:1] in b"QS":  # a query, or the end of a group of messages
                answer = b""
                while answer[:1] != b"Z":
                    answer = _read(self._server)
                    client.sendall(answer)
                if answer[:1] + answer[-1:] == _TRANSACTION_IS_OVER:
                    return
            message = _read(client)


@contextmanager
def transaction_pooler(server_url: str) -> Iterator[int]:
    """Give the port of a pooler in front of a server, by its libpq URL."""
    with psycopg.connect(server_url, autocommit=True) as server:
        pooler = TransactionPooler(server)
        thread = threading.Thread(target=pooler.serve)
        thread.start()
        try:
            yield pooler.port
        finally:
            pooler.close()
            thread.join()


def _startup(client: socket.socket) -> bytes:
    (length,) = struct.unpack("!I", _exactly(client, 4))
    return _exactly(client, length - 4)


def _read(sender: socket.socket) -> bytes:
    head = _exactly(sender, 5)
    return head + _exactly(sender, struct.unpack("!I", head[1:])[0] - 4)


def _message(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!I", len(content) + 4) + content


def _exactly(sender: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        part = sender.recv(size - len(content))
        if not part:
            raise ConnectionError
        content += part
    return content
