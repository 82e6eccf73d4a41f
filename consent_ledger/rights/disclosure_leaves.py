"""A disclosure's leaf: made and hashed by the database, always by the same expression.

It is canonical JSON, in which the person stands by pseudonym, the event by a salted and the value
by a keyed digest.
"""

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    text,
)

from consent_ledger.tables.delivery import disclosure
from consent_ledger.tables.register import participant
from schemas.categories import BLOCKS


def disclosure_leaf() -> ColumnElement[str]:
    """Return the expression of a disclosure's leaf, for a query that joins the participant."""
    event = func.sha256(participant.c.salt.op("||")(_utf8(cast(disclosure.c.event_id, Text))))
    at = func.to_char(
        func.timezone("UTC", disclosure.c.decided_at),
        text("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""),
    )
    opened = func.concat_ws(
        ",",
        *(case((disclosure.c.mask.op("&")(int(one.bit)) != 0, f'"{one.value}"')) for one in BLOCKS),
    )
    return func.concat(
        '{"agreement":"',
        disclosure.c.agreement_id,
        '","at":"',
        at,
        '","by_sensitive_gate":',
        func.coalesce(cast(disclosure.c.by_sensitive_gate, Text), "null"),
        ',"categories":[',
        opened,
        '],"decided_by":',
        disclosure.c.decided_by,
        ',"digest":',
        _quoted(func.encode(disclosure.c.digest, "hex")),
        ',"event":',
        _quoted(func.encode(event, "hex")),
        ',"format":1,"issue":',
        disclosure.c.issue,
        ',"subject":',
        _quoted(cast(participant.c.ledger_id, Text)),
        ',"turn":',
        disclosure.c.turn,
        "}",
        type_=Text,
    )


def leaf_hash_of(leaf: ColumnElement[str]) -> ColumnElement[bytes]:
    """Return the expression of a leaf's hash: RFC 6962 section 2.1, as `merkle.leaf_hash`."""
    prefix = literal_column(r"'\x00'::bytea", LargeBinary)
    return func.sha256(prefix.op("||")(_utf8(leaf)), type_=LargeBinary)


def _quoted(value: ColumnElement[str]) -> ColumnElement[str]:
    return func.coalesce('"' + value + '"', literal("null"))


def _utf8(value: ColumnElement[str]) -> ColumnElement[bytes]:
    return func.convert_to(value, "UTF8", type_=LargeBinary)
