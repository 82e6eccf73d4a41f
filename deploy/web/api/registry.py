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

NO_SUBJECT: Final = (
    "Subject not found: there is one for each event, whatever the topic (subject.name.strategy):"
    " enrolment-value, outcome-value, referral-value, and the record's name, such as"
    " org.nowrongdoor.Outcome"
)
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
    """Return the subjects: two names for each event."""
    named = (_subjects(schema) for schema in locked_schemas().values())
    return RegistryResponse(sorted({name for names in named for name in names}))


@router.get("/subjects/{subject}/versions")
def versions(subject: str) -> Response:
    """Return the versions of an event's schema."""
    by_version = _of(subject)
    if not by_version:
        return _missing(40401, NO_SUBJECT)
    return RegistryResponse(sorted(by_version))


@router.get("/subjects/{subject}/versions/{version}")
def version_of(subject: str, version: str) -> Response:
    """Return one version, or `latest`."""
    schema = _schema(subject, version)
    if not isinstance(schema, LockedSchema):
        return schema
    return RegistryResponse(
        {"subject": subject, "version": schema.version, "id": schema.id, "schema": schema.text}
    )


@router.get("/subjects/{subject}/versions/{version}/schema")
def text_of(subject: str, version: str) -> Response:
    """Return the schema of one version, or of `latest`, and nothing around it."""
    schema = _schema(subject, version)
    if not isinstance(schema, LockedSchema):
        return schema
    return RegistryResponse(schema.json)


@router.get("/config")
def config() -> Response:
    """Return what a new version is held to: readers and writers of all versions understand it."""
    return RegistryResponse({"compatibilityLevel": "FULL_TRANSITIVE"})


@router.get("/mode")
def mode() -> Response:
    """Return that nothing can be registered here."""
    return RegistryResponse({"mode": "READONLY"})


@router.get(f"/associations/{{_path:{ANY_PATH}}}")
def associations(_path: str) -> Response:
    """Answer that a topic has no association: any other error would fail every read."""
    return RegistryResponse([])


def _schema(subject: str, version: str) -> LockedSchema | Response:
    """Return one version, or `latest`; the answer that says so where there is none."""
    by_version = _of(subject)
    if not by_version:
        return _missing(40401, NO_SUBJECT)
    number = max(by_version) if version == "latest" else _number(version)
    return by_version.get(number) or _missing(40402, "Version not found")


def _number(version: str) -> int:
    """Return a version's number, 0 for what is none: digits of ASCII, and few of them."""
    return int(version) if _VERSION.fullmatch(version) else 0


def _subjects(schema: LockedSchema) -> tuple[str, str]:
    """Return the subjects of an event: ours, and the record's name (RecordNameStrategy).

    The second is the one way in which clients in Java and .NET find it with no code of their own.
    """
    return f"{schema.event}-value", f"{schema.json['namespace']}.{schema.json['name']}"


def _of(subject: str) -> dict[int, LockedSchema]:
    schemas = locked_schemas().values()
    return {schema.version: schema for schema in schemas if subject in _subjects(schema)}


def _missing(code: int, message: str) -> Response:
    return RegistryResponse({"error_code": code, "message": message}, status_code=404)
