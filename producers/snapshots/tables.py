"""The tables of the ILR importer, in a PostgreSQL schema of their own: nothing personal in them."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
)

metadata = MetaData(schema="ilr")

import_number = Sequence("import_number", metadata=metadata)
"""Numbers the imports, those that fail included."""

accepted_return = Table(
    "accepted_return",
    metadata,
    Column("import_number", BigInteger, primary_key=True, autoincrement=False),
    Column("provider_id", Text, nullable=False),
    Column("year", SmallInteger, nullable=False, comment="in which the academic year starts"),
    Column("prepared_at", DateTime(timezone=True), nullable=False, comment="by the file's header"),
    Column("accepted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("accepted_return_latest", "provider_id", "year", "import_number"),
    comment="Returns that were published to the end",
)

item = Table(
    "item",
    metadata,
    Column("provider_id", Text, primary_key=True),
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, comment="keyed digest of the event's content"),
    Column("revision", Integer, nullable=False),
    Column("year", SmallInteger, nullable=False, comment="of the latest return that held it"),
    Column("import_number", BigInteger, nullable=False, comment="the last import that saw it"),
    Index("item_by_import", "provider_id", "import_number"),
    comment="Each event ever published from a return, as it was last",
)

unfinished = Table(
    "unfinished",
    metadata,
    Column("provider_id", Text, primary_key=True),
    Column("imports", Integer, nullable=False),
    comment="Imports since the last accepted one that began to publish and did not end",
)
