"""The OpenAPI document is one by OpenAPI's own schema."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from tests.support.web import lonely_app


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """Give the document of the whole application."""
    return lonely_app(tmp_path).openapi()


def test_the_document_keeps_to_openapi_3_1(document: dict[str, Any]) -> None:
    """As a whole by the schema of 3.1, and each of its schemas by JSON Schema's own."""
    assert document["openapi"].startswith("3.1.")
    assert [fault.message for fault in OPENAPI_31_VALIDATOR.iter_errors(document)] == []
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_an_answer_without_a_description_is_seen(document: dict[str, Any]) -> None:
    """So that nothing passes because nothing is looked at."""
    document["paths"]["/v1/events"]["post"]["responses"]["202"].pop("description")

    assert not OPENAPI_31_VALIDATOR.is_valid(document)
