"""A table handed in over HTTP: proposed, tried and imported, by its token."""

import io
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, NamedTuple

from sqlalchemy import Connection

from deploy.hub import Hub
from deploy.operations.kept_out import demand_not_kept_out
from deploy.operations.members import read_members
from deploy.operations.table_import import TableImport, service_names
from producers.tables.chosen_mapping import (
    ChosenTable,
    chosen_table,
    mapping_of_choices,
    text_of_mapping,
)
from producers.tables.errors import MappingError
from producers.tables.fields import SERVICE, STAGE, choices_of
from producers.tables.guess import ProposedMapping, proposed_mapping
from producers.tables.headings import OURS, folded
from producers.tables.mapping import Mapping as TableMapping
from producers.tables.mapping import parse_mapping
from producers.tables.opening import read_table
from producers.tables.result import TableResult
from producers.tables.result_file import write_result
from producers.tables.table import Table, TableFile
from producers.uploads.kept_uploads import (
    UploadedFile,
    UploadError,
    await_upload,
    choose_mapping,
    find_upload,
    is_awaited,
    keep_upload,
    remove_upload,
)
from producers.uploads.saved_mappings import newest_mappings, save_mapping
from schemas.derivation import derived_token
from schemas.identifiers import ProviderId

_DIGITS: Final = 16
"""Of the digest by which a mapping is named: enough for an organisation's few tables."""
_WORKBOOKS = (".xlsx", ".xls", ".ods")


class LookedThrough(NamedTuple):
    """A table that was handed in: what is proposed of it, and whose services it may be about."""

    token: str
    file: UploadedFile
    chosen: ChosenTable
    proposed: ProposedMapping
    services: Mapping[str, str]


class Tried(NamedTuple):
    """What an import of a table would do, and for whom."""

    done: TableResult
    tried: TableImport


class ReturnedTable(NamedTuple):
    """A table with a column of reasons, as a file."""

    name: str
    content: bytes
    is_workbook: bool


def ask_for_table(hub: Hub, provider_id: ProviderId) -> str:
    """Return the token under which an organisation may hand in one table; KeptOutError."""
    demand_not_kept_out(hub, provider_id)
    with hub.engine.begin() as connection:
        return await_upload(connection, provider_id, hub.clock())


def is_asked_for(hub: Hub, upload_id: str) -> bool:
    """Return whether a table may still come under the first half of its token."""
    with hub.engine.connect() as connection:
        return is_awaited(connection, upload_id, hub.clock())


def hand_in(hub: Hub, token: str, name: str, content: bytes) -> None:
    """Keep a table. Raises UploadError where none is awaited, TableError where it is none."""
    with hub.engine.begin() as connection:
        _read(keep_upload(connection, token, name, content, hub.clock()))


def look_through(hub: Hub, token: str, event: str) -> LookedThrough:
    """Return where each column of a table may go, where each row is an event of a type.

    It is as the organisation chose the last time for a table with these columns, else as is
    guessed. Raises UploadError, TableError.
    """
    with hub.engine.connect() as connection:
        file = find_upload(connection, token, hub.clock())
        names = service_names(read_members(hub.settings))
        proposed = _proposed(file, names)
        used = _used_for(connection, file, proposed)
    plain = proposed.plain
    before = next((mapping for mapping in used if event in mapping.events), None)
    if before is not None:
        plain = plain | before.model_dump(mode="json")
    chosen = chosen_table(plain, event, choices_of(event, STAGE))
    services = {id_: names[id_] for id_ in proposed.services}
    return LookedThrough(token, file, chosen, proposed, services)


def choose(hub: Hub, looked: LookedThrough) -> None:
    """Keep where a person said that each column goes. Raises MappingError.

    The mapping is the one used before for these columns, this event and this service, or a newer
    version of it. A new one is named by a keyed digest of those: what a file is called may name a
    person, and it changes from month to month.
    """
    file, event = looked.file, looked.chosen.event
    made = mapping_of_choices(looked.proposed.plain, looked.chosen)
    service = made.events[event].fixed.get(SERVICE, "")
    with hub.engine.begin() as connection:
        before = next(
            (
                mapping
                for mapping in _used_for(connection, file, looked.proposed)
                if event in mapping.events
                and mapping.events[event].fixed.get(SERVICE, "") == service
            ),
            None,
        )
        if before is None:
            key = hub.secrets.door_key(file.provider_id)
            digest = derived_token(key, "table", event, service, *sorted(made.headings)).hex()
            made = made.model_copy(update={"name": f"table-{digest[:_DIGITS]}"})
        else:
            made = made.model_copy(update={"name": before.name, "version": before.version})
            if made != before:
                made = made.model_copy(update={"version": before.version + 1})
        choose_mapping(connection, looked.token, looked.file, text_of_mapping(made))


def choose_text(hub: Hub, token: str, text: str | None) -> None:
    """Keep a mapping for a table: as it was written, or the last that was used for its columns.

    Raises UploadError, TableError, MappingError.
    """
    with hub.engine.begin() as connection:
        file = find_upload(connection, token, hub.clock())
        if text is None:
            used = _used_for(connection, file, _proposed(file, {}))
            if not used:
                raise MappingError(
                    "No mapping was used for a table with these columns yet.",
                    "Send one: `nwd import csv FILE --guess` proposes it, and so does /import.",
                )
            mapping = used[0]
        else:
            mapping = parse_mapping(text)
        choose_mapping(connection, token, file, text_of_mapping(mapping))


def try_upload(hub: Hub, token: str) -> Tried:
    """Return what an import of a table would do, by the mapping that was chosen for it.

    Raises UploadError, TableError, MappingError.
    """
    _, tried = _import(hub, token)
    return Tried(tried.dry_run(), tried)


def return_upload(hub: Hub, token: str) -> ReturnedTable:
    """Return the table with what would become of each row and why. Raises as `try_upload`."""
    file, tried = _import(hub, token)
    tried.dry_run()
    is_workbook = PurePath(file.name).suffix.lower() in _WORKBOOKS
    stream = io.BytesIO()
    write_result(stream, tried.table, tried.outcomes(), is_workbook=is_workbook)
    name = f"{PurePath(file.name).stem}-checked{'.xlsx' if is_workbook else '.csv'}"
    return ReturnedTable(name, stream.getvalue(), is_workbook)


def import_upload(hub: Hub, token: str, of: ProviderId | None = None) -> TableResult:
    """Import a table, and delete what was kept of it; its mapping is kept for the next one.

    With `of` there is none but of that organisation.

    Raises UploadError, TableError, MappingError, KeptOutError, UploadInProgressError; then the
    table is kept.
    """
    file, run = _import(hub, token)
    if of not in {None, file.provider_id}:
        raise UploadError
    demand_not_kept_out(hub, file.provider_id)
    with hub.engine.begin() as connection:  # first: one that is refused has published nothing
        text = text_of_mapping(run.mapping)
        save_mapping(connection, file.provider_id, run.mapping, text, hub.clock())
    done = run.run()
    with hub.engine.begin() as connection:
        remove_upload(connection, token)
    return done


def _import(hub: Hub, token: str) -> tuple[UploadedFile, TableImport]:
    with hub.engine.connect() as connection:
        file = find_upload(connection, token, hub.clock())
    if file.mapping is None:  # nobody has tried it yet
        raise UploadError
    mapping = parse_mapping(file.mapping)
    return file, TableImport(hub, file.provider_id, _read(file, mapping.sheet), mapping)


def _read(file: UploadedFile, sheet: str | None = None) -> Table:
    return read_table(TableFile(file.name, io.BytesIO(file.content)), sheet)


def _proposed(file: UploadedFile, services: Mapping[str, str]) -> ProposedMapping:
    return proposed_mapping(_read(file), file.provider_id, services, "table")


def _used_for(
    connection: Connection, file: UploadedFile, proposed: ProposedMapping
) -> list[TableMapping]:
    """Return the mappings that its organisation used for tables with a file's columns."""
    headings = frozenset(map(folded, proposed.samples)) - frozenset(map(folded, OURS))
    used = newest_mappings(connection, file.provider_id)
    return [mapping for mapping in used if mapping.headings == headings]
