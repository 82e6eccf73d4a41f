from deploy.one_machine.embedded.broker_settings import as_properties, loopback_listeners, one_node


def test_every_address_of_the_broker_is_on_the_loopback() -> None:
    """The embedded broker has no passwords: nobody outside the machine may reach it."""
    settings = one_node("data") | loopback_listeners(1, 2)

    addresses = [value for value in settings.values() if "//" in value or "@" in value]
    assert len(addresses) == 3
    assert all("127.0.0.1" in value for value in addresses)
    assert "0.0.0.0" not in "".join(addresses)  # noqa: S104 - what must not be there


def test_topics_are_never_made_by_a_slip_of_the_pen() -> None:
    """A client that misspells a topic gets an error, not a new topic."""
    assert one_node("data")["auto.create.topics.enable"] == "false"


def test_a_backslash_survives_the_properties_format() -> None:
    """Java would read a single one as the start of an escape."""
    assert as_properties({"a": "b\\c"}) == "a=b\\\\c\n"
