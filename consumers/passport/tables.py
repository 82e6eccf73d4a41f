"""The passport's tables: one PostgreSQL schema, which no other package reads."""

from sqlalchemy import Column, LargeBinary, MetaData, Table, Text

from consumers.positions import position_table

metadata = MetaData(schema="passport")

event = Table(
    "event",
    metadata,
    Column("participant_id", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False, comment="Under the participant's key"),
    comment="all that the passport's agreement opens of an event",
)

position = position_table(metadata)
