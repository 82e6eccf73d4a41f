"""The table of the inbox: one PostgreSQL schema, which no other package reads. It names nobody."""

from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

metadata = MetaData(schema="inbox")

read_so_far = Table(
    "read_so_far",
    metadata,
    Column("agreement_id", Text, primary_key=True),
    Column("organisation", Text, nullable=False, comment="whose key it was"),
    Column("topic_id", Text, nullable=False, comment="another one: the topic was made again"),
    Column("positions", ARRAY(BigInteger), nullable=False, comment="by partition, the next offset"),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    comment="the cursor that a tray's reader came with last: all before it was read",
)
