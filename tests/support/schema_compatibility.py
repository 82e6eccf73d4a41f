"""FULL_TRANSITIVE: every version of an event's schema can read and be read by every other."""

import itertools
from collections.abc import Iterable

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from schemas.errors import SchemaError
from schemas.registry import LockedSchema


def check_compatibility(schemas: Iterable[LockedSchema]) -> None:
    """Check all versions of each event against each other, in both directions.

    Raises:
        SchemaError: a version cannot read what another one writes; says which and why.

    """
    by_event: dict[str, list[LockedSchema]] = {}
    for schema in schemas:
        by_event.setdefault(schema.event, []).append(schema)
    for event, versions in by_event.items():
        for reader, writer in itertools.permutations(versions, 2):
            # One checker a pair: it keeps results by schema name, not by content.
            checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]  # no types
            result = checker.get_compatibility(
                avro.schema.parse(reader.text), avro.schema.parse(writer.text)
            )
            if result.compatibility is not SchemaCompatibilityType.compatible:
                raise SchemaError(
                    f"Version {reader.version} of {event} cannot read version {writer.version}.",
                    "; ".join(sorted(result.messages)),
                )
