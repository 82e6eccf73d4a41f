"""What the pages for tables send, read."""

from collections.abc import Mapping
from typing import Final

from deploy.operations.uploads import LookedThrough
from producers.tables.cells import CellError, Habits
from producers.tables.chosen_mapping import ChosenColumn, ChosenTable
from producers.tables.fields import choices_of, fields_of
from producers.tables.mapping import UNPLACED
from producers.tables.samples import ColumnSample

_AS_WRITTEN: Final = Habits()


def chosen_in(fields: Mapping[str, str], looked: LookedThrough) -> ChosenTable:
    """Return what a person chose for each column of a table, where the form says it."""
    event = looked.chosen.event
    return ChosenTable(
        event=event,
        reference=fields.get("reference", looked.chosen.reference),
        service=fields.get("service", UNPLACED),
        stage=fields.get("stage", UNPLACED),
        columns=tuple(
            _column(fields, place, column.heading)
            for place, column in enumerate(looked.chosen.columns)
        ),
    )


def with_words(chosen: ChosenTable, samples: Mapping[str, ColumnSample]) -> ChosenTable:
    """Return a choice with every word of a column to be translated, where its field has a list."""
    return chosen._replace(
        columns=tuple(
            column._replace(words=_words(chosen.event, column, samples[column.heading]))
            for column in chosen.columns
        )
    )


def lacks_words(chosen: ChosenTable, samples: Mapping[str, ColumnSample]) -> bool:
    """Return whether a column has words of which nobody has said what they mean."""
    complete = with_words(chosen, samples)
    return any(
        now.words.keys() - said.words.keys()
        for now, said in zip(complete.columns, chosen.columns, strict=True)
    )


def _column(fields: Mapping[str, str], place: int, heading: str) -> ChosenColumn:
    words: dict[str, str] = {}
    while (said := fields.get(f"said-{place}-{len(words)}")) is not None and said not in words:
        words[said] = fields.get(f"word-{place}-{len(words)}", UNPLACED)
    return ChosenColumn(heading, fields.get(f"to-{place}", UNPLACED), words)


def _words(event: str, column: ChosenColumn, sample: ColumnSample) -> dict[str, str]:
    """Return the words of a column that its field does not know, with what is known of them."""
    if not choices_of(event, column.to):
        return {}
    convert = fields_of(event)[column.to].convert
    words: dict[str, str] = {}
    for word in sample.list_of_words():
        known = column.words.get(word)
        if known is None:
            try:
                convert(word, _AS_WRITTEN)
            except CellError:
                words[word] = UNPLACED
        else:
            words[word] = known
    return words
