import pytest

from deploy.cli.run import shard_program


@pytest.mark.parametrize(
    ("client", "name"),
    [
        ("kafka-python", "shard 3 of the filter"),
        ("librdkafka", "shard 3 of the filter by librdkafka"),
    ],
)
def test_what_a_shard_says_at_its_start_names_a_client_that_was_chosen(
    client: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks into a filter's output sees which one it was."""
    monkeypatch.setenv("NWD_KAFKA_CLIENT", client)

    assert shard_program(3).name == name
