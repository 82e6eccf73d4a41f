import shlex
from pathlib import Path

import pytest
from rich.console import Console

from deploy.one_machine.up.announcement import Announcement, Server, for_psql
from deploy.one_machine.up.parts import plan_parts
from deploy.one_machine.up.servers import Servers
from deploy.settings import Settings, SettingsError


def announcement(home: Path) -> Announcement:
    """Return an announcement of a bus in this home."""
    return Announcement(
        home,
        "1.2.3",
        Server("127.0.0.1:19092", "4.3.1", is_embedded=True),
        Server("postgresql://postgres@/postgres?host=%2Fa%20b", None, is_embedded=False),
        None,
        {},
    )


def test_each_shard_has_a_filter_and_each_part_a_port_of_its_own() -> None:
    """Two parts on one port could not both serve their metrics."""
    plans = plan_parts(Settings(metrics_port=9000), 2)

    assert [(one.name, one.metrics_port) for one in plans] == [
        ("filter-0", 9001),
        ("filter-1", 9002),
        ("passport", 9003),
        ("analytics", 9004),
        ("web", 9005),
    ]
    assert plans[1].arguments == ("run", "filter", "--shard", "1", "--metrics-port", "9002")


def test_no_port_for_metrics_is_none_for_every_part() -> None:
    """0 would otherwise become 1, 2 and so on."""
    assert {one.metrics_port for one in plan_parts(Settings(metrics_port=0), 1)} == {0}


def test_lines_to_copy_name_the_home_unless_it_is_the_usual_one(tmp_path: Path) -> None:
    """A second terminal finds the bus by the default alone, or else by the line."""
    elsewhere = announcement(tmp_path / "a home").commands()[0]
    usual = announcement(Path(".nwd").resolve()).commands()[0]

    assert shlex.split(elsewhere) == [
        f"NWD_HOME={tmp_path}/a home",
        *shlex.split("nwd tray show hub.statistics"),
    ]
    assert usual == "nwd tray show hub.statistics"


def test_a_long_address_stays_on_one_line(tmp_path: Path) -> None:
    """It is there to be copied, however narrow the terminal."""
    console = Console(width=40, record=True, quiet=False, file=(tmp_path / "out").open("w"))
    with console.file:
        announcement(tmp_path).show(console)

    lines = (tmp_path / "out").read_text().splitlines()
    assert "  psql 'postgresql://postgres@/postgres?host=%2Fa%20b'" in lines


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://nwd:secret@db:5432/bus", "postgresql://nwd:secret@db:5432/bus"],
)
def test_the_address_for_psql_has_no_password(url: str) -> None:
    """What is printed is read by others."""
    assert for_psql(url) == "postgresql://nwd@db:5432/bus"


def test_a_server_that_is_neither_embedded_nor_named_is_told(tmp_path: Path) -> None:
    """There is nowhere to go on to."""
    with pytest.raises(SettingsError, match="neither embedded nor named"):
        Servers(Settings(home=tmp_path), None, None).addresses()
