"""What kafka-python leaves open in one test is no failure of another."""

import gc
import socket
import warnings

from kafka.net.inet import KafkaNetSocket

from tests.plugins.kafka_client import SelfClosingSocket


def test_a_socket_that_the_client_leaves_to_the_collector_is_closed_by_it() -> None:
    """Without a warning, which would fail whichever test runs at that moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        left = KafkaNetSocket().socket(socket.AF_INET, socket.SOCK_STREAM, 0)
        assert isinstance(left, SelfClosingSocket)
        left.connect(server.getsockname())
        other_end, _ = server.accept()

        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            del left
            gc.collect()

        assert not warned
        with other_end:
            assert other_end.recv(1) == b""
