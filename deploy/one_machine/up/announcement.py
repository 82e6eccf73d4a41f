"""What `nwd up` says when it is up: where everything answers, and how to use it from elsewhere."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text
from sqlalchemy import URL, make_url

from deploy.settings import Settings
from schemas.identifiers import AgreementId

EXAMPLE: Final = AgreementId("hub.statistics")
"""An agreement that covers everyone, so that its tray fills first."""
KIT: Final = "nwd organisation kit borough-d --to borough-d-kit"
"""What is written has the line by which kcat reads that organisation's tray."""


@dataclass(frozen=True)
class Server:
    """A server that the bus uses. The version of a given one may be unknown."""

    address: str
    version: str | None
    is_embedded: bool


@dataclass(frozen=True)
class Announcement:
    """All that a second terminal needs; no password."""

    home: Path
    version: str
    kafka: Server
    postgres: Server
    registry: str | None
    """Address of the schema registry's read side, if it is served."""
    metrics: Mapping[str, str]
    """Addresses of /metrics by what serves them; empty when none are served."""

    def fields(self) -> dict[str, Any]:
        """Return it for a JSON object."""
        return asdict(self) | {"home": str(self.home)}

    def commands(self) -> tuple[str, ...]:
        """Return lines to try in a second terminal."""
        is_default = self.home == Settings.model_fields["home"].default.resolve()
        home = "" if is_default else f"NWD_HOME={shlex.quote(str(self.home))} "
        return (
            f"{home}nwd tray show {EXAMPLE}",
            *([f"{home}{KIT}"] if self.kafka.is_embedded else []),
            f"psql {shlex.quote(self.postgres.address)}",
        )

    def show(self, console: Console) -> None:
        """Print it for a person."""
        rows = {
            _titled("Kafka", self.kafka): self.kafka.address,
            _titled("PostgreSQL", self.postgres): self.postgres.address,
            "Home": str(self.home),
        }
        if self.registry:
            rows["Schema registry"] = self.registry
        rows |= {f"Metrics of {name}": url for name, url in self.metrics.items()}
        width = max(map(len, rows))
        lines = [Text(f"\nThe bus is up (No Wrong Door {self.version}).", "bold green")]
        lines += [
            Text.assemble("  ", (name.ljust(width), "bold"), "  ", where)
            for name, where in rows.items()
        ]
        lines.append(Text("\nFrom a second terminal:", "bold"))
        lines += [Text(f"  {command}") for command in self.commands()]
        lines.append(Text("\nCtrl-C stops everything; nothing is lost, and `nwd up` goes on.\n"))
        for line in lines:
            console.print(line, soft_wrap=True, highlight=False)


def for_psql(url: str) -> str:
    """Return a database's address as psql and other programs take it, without a password."""
    given = make_url(url)
    return URL.create(
        "postgresql",
        username=given.username,
        host=given.host,
        port=given.port,
        database=given.database,
        query=given.query,
    ).render_as_string()


def _titled(name: str, server: Server) -> str:
    version = f" {server.version}" if server.version else ""
    return f"{name}{version}{'' if server.is_embedded else ' (given)'}"
