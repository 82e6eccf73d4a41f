"""The document of each recipient, as AsyncAPI's own parser takes it."""

import json
import os
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from deploy.operations.asyncapi import asyncapi_document
from tests.guards.source_files import ROOT
from tests.support.bus import SHIPPED_AGREEMENTS
from tests.support.bus_settings import PARTITIONS

MODULES = ROOT / ".venv" / "asyncapi" / "node_modules"
PARSER = str(MODULES / "@asyncapi" / "parser")
PROGRAM = """
const { Parser } = require("@asyncapi/parser");
const { AvroSchemaParser } = require("@asyncapi/avro-schema-parser");
const parser = new Parser({ schemaParsers: [AvroSchemaParser()] });
const documents = JSON.parse(require("fs").readFileSync(0));
Promise.all(documents.map((document) => parser.parse(document))).then((parsed) =>
  console.log(JSON.stringify(parsed.map((one) => one.diagnostics))));
"""
ERROR = 0

pytestmark = [
    pytest.mark.needs("node", install="apt-get install nodejs npm"),
    pytest.mark.needs(PARSER, install="make asyncapi-parser"),
]


def errors_in(documents: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return what the parser finds wrong with each document."""
    done = subprocess.run(  # noqa: S603 - our own program
        ["node", "-e", PROGRAM],  # noqa: S607 - as it is installed
        input=json.dumps(documents),
        env=os.environ | {"NODE_PATH": str(MODULES)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [
        [found["message"] for found in diagnostics if found["severity"] == ERROR]
        for diagnostics in json.loads(done.stdout)
    ]


def test_the_document_of_every_recipient_is_valid() -> None:
    """With its Avro schemas."""
    documents = [asyncapi_document(agreement, PARTITIONS) for agreement in SHIPPED_AGREEMENTS]

    assert errors_in(documents) == [[] for _ in SHIPPED_AGREEMENTS]


def test_a_document_that_is_none_is_seen() -> None:
    """A channel that is not there, and a schema that is no Avro."""
    agreement = SHIPPED_AGREEMENTS[0]
    lost, mistyped = (asyncapi_document(agreement, PARTITIONS) for _ in range(2))
    lost["operations"]["receive"]["channel"] = {"$ref": "#/channels/none"}
    message = next(iter(mistyped["components"]["messages"].values()))
    message["payload"]["schema"] = {"type": "record"}

    assert all(errors_in([lost, mistyped]))
