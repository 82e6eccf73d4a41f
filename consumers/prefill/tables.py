"""The tables of prefilled forms: one PostgreSQL schema, which no other package reads.

Neither names a participant, or holds an answer.
"""

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(schema="prefill")

offer = Table(
    "offer",
    metadata,
    Column("offer_id", Text, primary_key=True, comment="Random: what an answer refers to"),
    Column("organisation", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("digests", JSONB, nullable=False, comment="By question, keyed, of what was offered"),
    Index("offer_by_moment", "made_at"),
    comment="forms that were offered filled and have not come back",
)

entry_count = Table(
    "entry_count",
    metadata,
    Column("month", Date, primary_key=True, comment="Its first day"),
    Column("organisation", Text, primary_key=True),
    Column("form", Text, primary_key=True),
    Column("question", Text, primary_key=True),
    Column("reused", BigInteger, nullable=False, comment="Offered, and came back equal"),
    Column("changed", BigInteger, nullable=False, comment="Offered, and came back otherwise"),
    Column("asked", BigInteger, nullable=False, comment="Not offered: the person was asked"),
    comment="answers by question: what was typed although it was known, and what was not",
)
