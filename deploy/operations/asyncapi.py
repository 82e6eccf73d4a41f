"""An out-tray as an AsyncAPI 3 document: what its recipient receives, for tools that read those.

Source: AsyncAPI 3.0.0 specification, and its Kafka binding 0.5.0.
"""

from collections.abc import Mapping
from typing import Any, Final

from consent_ledger.agreements.agreement import Agreement
from schemas.registry import LockedSchema, locked_schemas
from schemas.trays import out_tray

_BINDING: Final = "0.5.0"
_AVRO: Final = "application/vnd.apache.avro+json;version=1.9.0"
_TEXT: Final = {"type": "string"}
_OF_EVERY_RECORD: Final = {
    "ce_specversion": {"const": "1.0"},
    "ce_id": _TEXT,
    "ce_source": _TEXT,
    "agreement": _TEXT,
}
_RETRACTED: Final = "retracted"
_TICK: Final = "tick"


def asyncapi_document(agreement: Agreement, partitions: int) -> dict[str, Any]:
    """Return the document of an agreement's tray, with every version of its events."""
    schemas = [schema for schema in locked_schemas().values() if schema.event in agreement.events]
    messages = {f"{schema.event}-{schema.version}": _event(schema) for schema in schemas}
    messages |= {
        _RETRACTED: _without_value(
            _RETRACTED,
            "Nothing under this key is shared any more: delete what came before.",
            ledgerseq=_TEXT,
        ),
        _TICK: _without_value(_TICK, "Nothing happened; all that was to come by now has come."),
    }
    names = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    tray = out_tray(agreement.id)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"What {agreement.recipient_name} receives",
            "version": f"{agreement.version}.0.0",
            "description": agreement.plain,
        },
        "defaultContentType": "application/avro",
        "channels": {
            "tray": {
                "address": tray,
                "title": f"The out-tray of {agreement.id}",
                "description": (
                    "Keep the last value of each key. A client reads committed records alone"
                    " (isolation.level=read_committed)."
                ),
                "messages": names,
                "bindings": {
                    "kafka": {
                        "topic": tray,
                        "partitions": partitions,
                        "bindingVersion": _BINDING,
                    }
                },
            }
        },
        "operations": {
            "receive": {
                "action": "receive",
                "channel": {"$ref": "#/channels/tray"},
                "messages": [{"$ref": f"#/channels/tray/messages/{name}"} for name in messages],
            }
        },
        "components": {"messages": messages},
    }


def _event(schema: LockedSchema) -> dict[str, Any]:
    headers = {
        "content-type": {"const": "application/avro"},
        "ce_type": {"const": f"org.nowrongdoor.{schema.event}"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ledgerseq": _TEXT,
    }
    return {
        "name": schema.event,
        "title": f"{schema.event.capitalize()}, version {schema.version}",
        "summary": schema.json["doc"],
        "contentType": "application/avro",
        "headers": _headers(headers),
        "payload": {"schemaFormat": _AVRO, "schema": schema.json},
        "bindings": {
            "kafka": {
                "key": _TEXT,
                "schemaIdLocation": "payload",
                "schemaIdPayloadEncoding": "confluent",
                "bindingVersion": _BINDING,
            }
        },
    }


def _without_value(name: str, summary: str, **headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.capitalize(),
        "summary": summary,
        "headers": _headers({"ce_type": {"const": f"org.nowrongdoor.{name}"}, **headers}),
        "payload": {"type": "null"},
        "bindings": {"kafka": {"key": _TEXT, "bindingVersion": _BINDING}},
    }


def _headers(of_this_one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["ce_specversion", "ce_type", "ce_id", "ce_source"],
        "properties": {**_OF_EVERY_RECORD, **of_this_one},
    }
