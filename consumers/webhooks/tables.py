"""The tables of webhooks: one PostgreSQL schema, which no other package reads. They name nobody."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

metadata = MetaData(schema="webhooks")

endpoint = Table(
    "endpoint",
    metadata,
    Column("endpoint_id", Text, primary_key=True),
    Column("agreement_id", Text, nullable=False),
    Column("organisation", Text, nullable=False, comment="who reads the tray"),
    Column("url", Text, nullable=False),
    Column("key_number", Integer, nullable=False, comment="of the key that signs"),
    Column("old_key_number", Integer, comment="of one that signs too, while they are changed over"),
    Column("told_to", Text, nullable=False, comment="cursor: what is before it was told"),
    Column("pending_since", DateTime(timezone=True), comment="since when it takes no call"),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", DateTime(timezone=True)),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    comment="where a recipient is told that its tray has something new",
)

delivery = Table(
    "delivery",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("endpoint_id", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("status", Integer, comment="of the answer, where there was one"),
    Column("problem", Text, nullable=False, comment="empty where the message was taken"),
    Index("delivery_of_endpoint", "endpoint_id", "number"),
    comment="each call of an endpoint, for thirty days",
)
