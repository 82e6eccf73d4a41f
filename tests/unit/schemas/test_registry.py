import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from schemas import registry
from schemas.errors import MalformedError, SchemaError
from schemas.events import EVENT_TYPES
from schemas.registry import LockedSchema, latest_schema, locked_schemas, schema_by_id

AVRO = Path(registry.__file__).parent / "avro"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the schemas that the registry reads from."""
    copied = Path(shutil.copytree(AVRO, tmp_path / "avro"))
    monkeypatch.setattr(registry, "_FOLDER", copied)
    return copied


def read_again() -> Mapping[int, LockedSchema]:
    """Read the lock without what is remembered of it."""
    found: Mapping[int, LockedSchema] = locked_schemas.__wrapped__()
    return found


def change_lock(folder: Path, place: int, **changes: Any) -> None:
    """Change an entry of the lock."""
    entries = json.loads((folder / "lock.json").read_text("utf-8"))
    entries[place] |= changes
    (folder / "lock.json").write_text(json.dumps(entries), "utf-8")


def test_every_event_type_has_a_schema() -> None:
    """Id, version and walk are there for each."""
    for event in EVENT_TYPES:
        schema = latest_schema(event)

        assert schema_by_id(schema.id) is schema
        assert schema.json["name"].lower() == event
        assert callable(schema.walk)


def test_a_file_changed_after_it_was_locked_is_refused(folder: Path) -> None:
    """One character is enough: values were written by what the file said before."""
    read_again()
    file = folder / "referral.avsc"
    file.write_text(file.read_text("utf-8").replace("Goals", "Aims", 1) + " ", "utf-8")

    with pytest.raises(SchemaError, match=r"referral\.avsc is not the one that was locked"):
        read_again()


def test_line_ends_of_another_system_are_no_change(folder: Path) -> None:
    """A checkout may write carriage returns; the schema is the same."""
    file = folder / "referral.avsc"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    assert read_again() == locked_schemas()


@pytest.mark.parametrize("changes", [{"id": 1}, {"event": "referral", "version": 1}])
def test_an_id_or_a_version_twice_in_the_lock_is_refused(
    folder: Path, changes: dict[str, Any]
) -> None:
    """The second one would win in silence, and values of the first be read as it."""
    change_lock(folder, 1, **changes)

    with pytest.raises(SchemaError, match="twice"):
        read_again()


def test_an_unknown_id_is_a_fault_of_the_value() -> None:
    """A provider with a schema of its own publishes what nobody can read."""
    with pytest.raises(MalformedError, match="No schema has the id 77"):
        schema_by_id(77)


def test_an_unknown_event_type_has_no_schema() -> None:
    """It is a fault of the program that asks."""
    with pytest.raises(SchemaError, match="no event type sighting"):
        latest_schema("sighting")


def test_the_newest_version_is_the_one_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version 10 is newer than version 9, and the order of the lock does not matter."""
    entries = json.loads((folder / "lock.json").read_text("utf-8"))
    newer = [entries[0] | {"id": 90 + version, "version": version} for version in (9, 10)]
    (folder / "lock.json").write_text(json.dumps([*reversed(newer), *entries]), "utf-8")
    found = read_again()
    monkeypatch.setattr(registry, "locked_schemas", lambda: found)

    assert latest_schema.__wrapped__("referral").version == 10
