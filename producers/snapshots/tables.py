"""The tables of the snapshots, in a PostgreSQL schema of their own: nothing personal in them."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
    Uuid,
    func,
)

metadata = MetaData(schema="snapshots")

import_number = Sequence("import_number", metadata=metadata)
"""Numbers the imports, those that fail included."""

accepted_upload = Table(
    "accepted_upload",
    metadata,
    Column("import_number", BigInteger, primary_key=True, autoincrement=False),
    Column("provider_id", Text, nullable=False),
    Column("collection", Text, nullable=False, comment="what an upload replaces: 2025-26"),
    Column("prepared_at", DateTime(timezone=True), nullable=False, comment="by the upload itself"),
    Column("accepted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("accepted_upload_latest", "provider_id", "collection", "import_number"),
    comment="Uploads that were published to the end",
)

item = Table(
    "item",
    metadata,
    Column("provider_id", Text, primary_key=True),
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, comment="keyed digest of the event's content"),
    Column("revision", Integer, nullable=False),
    Column("collection", Text, nullable=False, comment="the last of those that held it"),
    Column("import_number", BigInteger, nullable=False, comment="the last import that saw it"),
    Index("item_by_import", "provider_id", "import_number"),
    comment="Each event ever published from an upload, as it was last",
)

unfinished = Table(
    "unfinished",
    metadata,
    Column("provider_id", Text, primary_key=True),
    Column("imports", Integer, nullable=False),
    comment="Imports since the last accepted one that began to publish and did not end",
)
