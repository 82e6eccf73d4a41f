"""What every `nwd import` has: its options, who it is for, and the file of those set aside."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from typer import Option

from consent_ledger.agreements.services import Provider, ServicesError
from deploy.cli import output
from producers.answers import AsideRow, aside_file
from producers.progress import ImportProgress, OnProgress
from schemas.identifiers import ProviderId

IsDryRun = Annotated[
    bool,
    Option(
        "--dry-run",
        help="Register, publish and store nothing: say what would be, and who would get it.",
    ),
]
SetAsideFile = Annotated[
    Path | None,
    Option(
        metavar="FILE",
        help="Write who was set aside to a new CSV file, by the provider's own references, with"
        " an empty column for answers. Only you may read it.",
    ),
]
AnswersFile = Annotated[
    Path | None,
    Option(
        metavar="FILE",
        help="That file filled in, for the same source: same (with the number on the card, or"
        " the word consent), other, returning or leave in each row.",
        exists=True,
        dir_okay=False,
    ),
]


def shown(advance: output.Advance) -> OnProgress:
    """Return what moves a progress bar as an import goes on."""

    def on_progress(now: ImportProgress) -> None:
        advance(now.stage.value, now.done, now.total)

    return on_progress


def demand_listed(listed: Sequence[Provider], provider_id: ProviderId) -> None:
    """Raise ServicesError where the bus has no such provider."""
    known = [provider.id for provider in listed]
    if provider_id not in known:
        raise ServicesError(
            f"There is no provider {provider_id}.", f"There are: {', '.join(known)}."
        )


def write_set_aside(file: Path, who: Iterable[AsideRow]) -> None:
    """Write the file of those who were set aside, where there is anybody."""
    rows = list(who)
    if not rows:
        output.message(f"Nobody was set aside: {file} was not written.")
        return
    output.new_file(file, aside_file(rows))
    output.message(f"Fill in what can be answered, and import it again with --answers {file}.")
