"""`nwd up`: the whole bus on this machine, until Ctrl-C."""

import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from rich.console import Console
from typer import Option, Typer

from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.one_machine.embedded.jars import fetch, locked_jars
from deploy.one_machine.up.announcement import Announcement
from deploy.one_machine.up.bus import keep_up
from deploy.settings import read_settings

app = Typer()


@app.command(
    epilog=examples("nwd up", "nwd up --home /srv/no-wrong-door", "nwd up --json > addresses.json")
)
def up(
    *,
    home: Annotated[
        Path | None,
        Option(help="Folder of the data, which lasts. The default is NWD_HOME, or else .nwd here."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the whole bus on this machine until Ctrl-C: Kafka, PostgreSQL, filter and readers.

    It says where everything answers; use it from a second terminal. Started again on the same home
    it goes on where it stopped. What ends by itself is told, and started again. The servers that
    NWD_KAFKA_BOOTSTRAP and NWD_DATABASE_URL name are used instead of those in the home.

    With --json the addresses come as one JSON object on standard output, as soon as it is up.
    """
    settings = read_settings()
    if home is not None:
        settings = settings.model_copy(update={"home": home})
    terminal = _Terminal(as_json=as_json)
    keep_up(
        settings,
        fetch=_fetch_jars,
        tell=terminal.tell,
        tell_line=terminal.tell_line,
        announce=terminal.announce,
    )
    terminal.tell("Everything is stopped.")


class _Terminal:
    """Says things from any thread, one after the other; that nobody hears them is no error.

    The terminal may be gone, and what runs must still be stopped.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._lock = threading.Lock()

    def tell(self, text: str) -> None:
        """Say something of `nwd up` itself."""
        with self._lock, suppress(OSError):
            output.message(text)

    def tell_line(self, part: str, line: str) -> None:
        """Pass on what a part said, with the part's name before it."""
        self.tell(f"{part} | {line}")

    def announce(self, announcement: Announcement) -> None:
        """Say that it is up, and where."""
        with self._lock, suppress(OSError):
            announcement.show(Console(stderr=True))
            if self._as_json:
                output.json_object(announcement.fields())
                sys.stdout.flush()  # whoever started it waits for this line


def _fetch_jars() -> None:
    """Fetch what the embedded Kafka needs, and check it; the first time that takes a while."""
    jars = locked_jars()
    with output.progress() as advance:
        fetch(jars, progress=lambda done, total: advance("Kafka's jars", done, total))
