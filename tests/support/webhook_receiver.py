"""A recipient's server that webhooks call, by TLS, on this machine."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from typing_extensions import override

from tests.support.certificates import Certificate


class Received(NamedTuple):
    """A call: its headers in lower case, and its body."""

    headers: dict[str, str]
    body: bytes


class Receiver:
    """Keeps the calls that came, and answers each with `status`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.status = 204
        self.calls: list[Received] = []
        self.before_answering: Callable[[], None] = lambda: None
        self.after_answering: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://127.0.0.1:{self.port}/nwd?of=test"


@contextmanager
def receiving(certificate: Certificate) -> Iterator[Receiver]:
    """Run a receiver until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.calls.append(Received(headers, body))
            receiver.before_answering()
            with suppress(OSError):  # who called may be gone
                self._answer()
            receiver.after_answering()

        def _answer(self) -> None:
            self.send_response(receiver.status)
            if receiver.status == 302:
                self.send_header("location", receiver.url)
            self.send_header("content-length", "0")
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        receiver = Receiver(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
