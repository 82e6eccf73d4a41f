"""The tables of the gateway, in a PostgreSQL schema of their own: they name nobody."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)

metadata = MetaData(schema="gateway")

request = Table(
    "request",
    metadata,
    Column("provider_id", Text, primary_key=True),
    Column("key", LargeBinary, primary_key=True, comment="Keyed digest of the Idempotency-Key"),
    Column("body", LargeBinary, nullable=False, comment="Keyed digest of the body"),
    Column("begun_at", DateTime(timezone=True), nullable=False, comment="When it first came"),
    Column(
        "held_until",
        DateTime(timezone=True),
        comment="Until then nobody else takes it up; none once it was answered",
    ),
    Column("nobody_s", ARRAY(Integer), comment="Lines refused as about nobody who takes part"),
    Index("request_by_begun_at", "begun_at"),
    comment="Requests with an Idempotency-Key, kept for a day",
)

published = Table(
    "published",
    metadata,
    Column("provider_id", Text, primary_key=True),
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("partition", Integer, nullable=False, comment="Of its in-tray, where it came last"),
    Column("position", BigInteger, nullable=False, comment="There"),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Index("published_by_published_at", "published_at"),
    Index("published_by_place", "provider_id", "partition", "position"),
    comment="Where events stand that came over HTTP, while their in-trays hold them",
)
