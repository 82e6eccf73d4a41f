"""The tables of uploads: one PostgreSQL schema, which no other package reads."""

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData(schema="uploads")

upload = Table(
    "upload",
    metadata,
    Column("upload_id", Text, primary_key=True, comment="Half of its token"),
    Column("provider_id", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("sealed", LargeBinary, comment="Under a key that the token alone has; null: awaited"),
    Index("upload_by_moment", "made_at"),
    comment="files that are to be imported within a day",
)

mapping = Table(
    "mapping",
    metadata,
    Column("provider_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False, comment="As YAML"),
    Column("saved_at", DateTime(timezone=True), nullable=False),
    comment="where the columns of an organisation's tables go; a version never changes",
)
