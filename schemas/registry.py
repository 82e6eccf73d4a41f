"""The schema lock: which schema id is which version of which event.

`avro/lock.json` is a list of `{"id", "event", "version", "file", "sha256"}`; an entry never
changes once a value has been written with its id.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any, Final

import fastavro

from schemas.contract import ENVELOPE, check_contract
from schemas.day_fields import compile_days
from schemas.errors import MalformedError, SchemaError
from schemas.walk import compile_walk

_FOLDER: Final = resources.files("schemas") / "avro"


@dataclass(frozen=True)
class LockedSchema:
    """One version of an event's schema, under its id."""

    id: int
    event: str
    version: int
    text: str

    @cached_property
    def json(self) -> Mapping[str, Any]:
        """The schema as JSON."""
        loaded: Mapping[str, Any] = json.loads(self.text)
        return loaded

    @cached_property
    def parsed(self) -> Any:
        """The schema as fastavro takes it."""
        return fastavro.parse_schema(dict(self.json))

    @cached_property
    def blocks(self) -> Mapping[str, Any]:
        """Each nullable block by name, as fastavro takes it."""
        return {name: fastavro.parse_schema(block) for name, block in self._block_schemas()}

    @cached_property
    def days(self) -> Mapping[str, Callable[[bytes, int], dict[str, int]]]:
        """What reads the days of each block, from `schemas.day_fields.compile_days`."""
        return {name: compile_days(block) for name, block in self._block_schemas()}

    @cached_property
    def walk(self) -> Callable[[bytes, int], list[int]]:
        """The strict walk of this schema, from `schemas.walk.compile_walk`."""
        return compile_walk(self.json)

    def _block_schemas(self) -> Iterator[tuple[str, Any]]:
        for field in self.json["fields"][len(ENVELOPE) :]:
            yield field["name"], field["type"]


@cache
def locked_schemas() -> Mapping[int, LockedSchema]:
    """Return every locked schema by id.

    Raises:
        SchemaError: a file differs from its entry in the lock, or breaks the contract, or an id or
            a version is in the lock twice.

    """
    by_id: dict[int, LockedSchema] = {}
    for entry in json.loads((_FOLDER / "lock.json").read_text("utf-8")):
        text = (_FOLDER / entry["file"]).read_text("utf-8")
        if hashlib.sha256(text.encode()).hexdigest() != entry["sha256"]:
            raise SchemaError(
                f"The schema file {entry['file']} is not the one that was locked.",
                "A published schema never changes: restore it, and add a new version instead.",
            )
        schema = LockedSchema(entry["id"], entry["event"], entry["version"], text)
        check_contract(schema.json)
        versions = {(locked.event, locked.version) for locked in by_id.values()}
        if schema.id in by_id or (schema.event, schema.version) in versions:
            raise SchemaError(
                f"The schema lock holds the id {schema.id}, or version {schema.version} of"
                f" {schema.event}, twice.",
                "What is written with an id must be read by the same schema for ever.",
            )
        by_id[schema.id] = schema
    return by_id


def schema_by_id(schema_id: int) -> LockedSchema:
    """Return the schema with this id. Raises MalformedError where none has it."""
    try:
        return locked_schemas()[schema_id]
    except KeyError:
        raise MalformedError(
            f"No schema has the id {schema_id}.", "The ids are in schemas/avro/lock.json."
        ) from None


@cache
def latest_schema(event: str) -> LockedSchema:
    """Return the newest version for an event type, the one that providers write."""
    versions = [schema for schema in locked_schemas().values() if schema.event == event]
    if not versions:
        raise SchemaError(f"There is no event type {event}.")
    return max(versions, key=lambda schema: schema.version)
