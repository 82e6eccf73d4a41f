"""The read side of a Confluent-compatible schema registry, served from the schema lock.

Any Avro client that speaks to a registry can decode a tray with nothing else installed. Nothing can
be registered here: a schema enters by a reviewed change of the lock. Paths, fields and error codes:
Confluent Schema Registry API, as its Python client and karapace use it.
"""

import re
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from deploy.web.api.any_path import ANY_PATH
from schemas.registry import LockedSchema, locked_schemas

MEDIA_TYPE: Final = "application/vnd.schemaregistry.v1+json"
_VERSION: Final = re.compile(r"[1-9][0-9]{0,8}")


class RegistryResponse(JSONResponse):
    """JSON in the registry's media type."""

    media_type = MEDIA_TYPE


_MISSING: Final = {
    "type": "object",
    "required": ["error_code", "message"],
    "properties": {"error_code": {"type": "integer"}, "message": {"type": "string"}},
}

router = APIRouter(
    tags=["schema registry"],
    default_response_class=RegistryResponse,
    responses={
        404: {
            "description": "There is no such schema, subject or version.",
            "content": {MEDIA_TYPE: {"schema": _MISSING}},
        }
    },
)


@router.get("/schemas/types")
def schema_types() -> Response:
    """Return the types of schema there are."""
    return RegistryResponse(["AVRO"])


@router.get("/schemas/ids/{schema_id}")
def schema_by_id(schema_id: int) -> Response:
    """Return the schema with this id."""
    schema = locked_schemas().get(schema_id)
    if schema is None:
        return _missing(40403, "Schema not found")
    return RegistryResponse({"schema": schema.text})


@router.get("/subjects")
def subjects() -> Response:
    """Return the subjects: one for each event."""
    return RegistryResponse(sorted({_subject(schema) for schema in locked_schemas().values()}))


@router.get("/subjects/{subject}/versions")
def versions(subject: str) -> Response:
    """Return the versions of an event's schema."""
    by_version = _of(subject)
    if not by_version:
        return _missing(40401, "Subject not found")
    return RegistryResponse(sorted(by_version))


@router.get("/subjects/{subject}/versions/{version}")
def version_of(subject: str, version: str) -> Response:
    """Return one version, or `latest`."""
    by_version = _of(subject)
    if not by_version:
        return _missing(40401, "Subject not found")
    number = max(by_version) if version == "latest" else _number(version)
    if number not in by_version:
        return _missing(40402, "Version not found")
    schema = by_version[number]
    return RegistryResponse(
        {"subject": subject, "version": number, "id": schema.id, "schema": schema.text}
    )


@router.get(f"/associations/{{_path:{ANY_PATH}}}")
def associations(_path: str) -> Response:
    """Answer that a topic has no association: any other error would fail every read."""
    return RegistryResponse([])


def _number(version: str) -> int:
    """Return a version's number, 0 for what is none: digits of ASCII, and few of them."""
    return int(version) if _VERSION.fullmatch(version) else 0


def _subject(schema: LockedSchema) -> str:
    return f"{schema.event}-value"


def _of(subject: str) -> dict[int, LockedSchema]:
    schemas = locked_schemas().values()
    return {schema.version: schema for schema in schemas if _subject(schema) == subject}


def _missing(code: int, message: str) -> Response:
    return RegistryResponse({"error_code": code, "message": message}, status_code=404)
