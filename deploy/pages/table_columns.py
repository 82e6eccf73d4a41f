"""The page on which an organisation says where each column of its table goes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from deploy.pages.days import london_day
from deploy.pages.environment import render
from deploy.pages.event_words import label
from deploy.pages.table_upload import EVENT_WORDS
from producers.tables.chosen_mapping import ChosenColumn, ChosenTable
from producers.tables.fields import NUMBER, OCCURRED, REFERRAL, STAGE, choices_of, fields_of
from producers.tables.mapping import IGNORED
from producers.tables.samples import ColumnSample
from schemas.categories import PLAIN_WORDS, category

_OWN_WORDS: Final = {
    NUMBER: "Passport number",
    OCCURRED: "Day on which it happened",
    REFERRAL: "Reference of the referral",
}


class ColumnForm(NamedTuple):
    """A table that is looked through: its token, what is chosen, what is in it, what is wrong."""

    token: str
    file_name: str
    chosen: ChosenTable
    samples: Mapping[str, ColumnSample]
    services: Mapping[str, str]
    faults: Sequence[str] = ()


def table_columns_page(form: ColumnForm, now: datetime) -> str:
    """Return the page."""
    chosen = form.chosen
    return render(
        "table_columns.html",
        token=form.token,
        file_name=form.file_name,
        event=chosen.event,
        each_row=EVENT_WORDS[chosen.event],
        headings=list(form.samples),
        reference=chosen.reference,
        services=form.services.items(),
        service=chosen.service,
        stages=list(_words(chosen.event, STAGE)),
        stage=chosen.stage,
        groups=list(_groups(chosen.event)),
        columns=[
            _column(chosen.event, place, column, form.samples[column.heading])
            for place, column in enumerate(chosen.columns)
        ],
        ignored=IGNORED,
        faults=form.faults,
        made=london_day(now),
    )


def _column(event: str, place: int, column: ChosenColumn, sample: ColumnSample) -> dict[str, Any]:
    return {
        "place": place,
        "heading": column.heading,
        "to": column.to,
        "share": sample.share,
        "shape": sample.shape if "9" in sample.shape else "",  # letters alone say nothing
        "words": list(enumerate(column.words.items())),
        "choices": list(_words(event, column.to)),
    }


def _words(event: str, path: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a closed list as those who work with it say them."""
    yield from (
        (choice, choice.replace("_", " ").capitalize()) for choice in choices_of(event, path)
    )


def _groups(event: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the fields that a column can go to, in the groups that people know."""
    yield "About the row", [*_OWN_WORDS.items()]
    by_block: dict[str, list[tuple[str, str]]] = {}
    for path, field in fields_of(event).items():
        if field.block is not None:
            by_block.setdefault(field.block, []).append((path, label(field.name)))
    yield from (_group(block, options) for block, options in by_block.items())


def _group(block: str, options: Iterable[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    return PLAIN_WORDS[category(block)], list(options)
