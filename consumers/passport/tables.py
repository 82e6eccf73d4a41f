"""The passport's tables: one PostgreSQL schema, which no other package reads."""

from sqlalchemy import Column, DateTime, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from consumers.positions import position_table

metadata = MetaData(schema="passport")

fact = Table(
    "fact",
    metadata,
    Column("participant_id", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("category", Text, primary_key=True, comment="schemas.categories.Category"),
    Column("field", Text, primary_key=True, comment="the field of that category's block"),
    Column("value", JSONB, nullable=False, comment="dates and times as ISO 8601"),
    Column("event", Text, nullable=False, comment="referral, enrolment or outcome"),
    Column("provider_id", Text, nullable=False),
    Column("service_id", Text, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False, comment="when it was observed"),
    comment="every value of every event that the passport's agreement opens",
)

position = position_table(metadata)
