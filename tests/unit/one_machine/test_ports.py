import socket

from deploy.one_machine.embedded.ports import HIGHEST, LOOPBACK, LOWEST, free_ports, is_free


def test_the_ports_given_are_different_and_free() -> None:
    """A broker needs several at once."""
    ports = free_ports(20)

    assert len(set(ports)) == 20
    assert all(is_free(port) for port in ports)


def test_the_ports_lie_below_those_of_outgoing_connections() -> None:
    """A client that reconnects while the server is away must not be given the server's port."""
    assert all(LOWEST <= port <= HIGHEST < 32_768 for port in free_ports(20))


def test_a_port_that_is_listened_on_is_not_free() -> None:
    """A server that is there keeps its port."""
    (port,) = free_ports(1)
    with socket.create_server((LOOPBACK, port)):
        assert not is_free(port)

    assert is_free(port)


def test_a_port_is_free_again_at_once_after_its_server_has_gone() -> None:
    """Connections that only linger do not stop a server from coming back."""
    (port,) = free_ports(1)
    with socket.create_server((LOOPBACK, port)) as server:
        client = socket.create_connection((LOOPBACK, port))
        accepted, _ = server.accept()
        accepted.close()  # the side that closes first keeps the port in TIME_WAIT
        client.close()

    assert is_free(port)
