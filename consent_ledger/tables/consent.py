"""Tables of what the ledger's entries mean now, and the feed that wakes the filter.

All of them are derived from the entries, in the transaction that appends the entry.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from consent_ledger.tables import metadata
from consent_ledger.tables.register import participant

agreement_version = Table(
    "agreement_version",
    metadata,
    Column("agreement_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("seq", BigInteger, nullable=False),
)

standing = Table(
    "standing",
    metadata,
    Column("participant_id", ForeignKey(participant.c.participant_id), primary_key=True),
    Column("agreement_id", Text, primary_key=True),
    Column("granted", Integer, nullable=False),
    Column("until", DateTime(timezone=True)),
    Column("excluded", ARRAY(Text), nullable=False),
    Column("is_informed", Boolean, nullable=False),
    Column("has_objected", Boolean, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index("standing_by_until", "until", postgresql_where="until IS NOT NULL"),
    Index("standing_by_agreement", "agreement_id"),
)

CHANGES_OF_TERMS: Final = ("agreement", "service")
"""Kinds of entries after which decisions about everybody may come out differently."""

change = Table(
    "change",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("participant_id", Text),
    Column("partition", Integer),
    Column("agreement_id", Text),
    Column("service_id", Text),
    Column("with_seq", BigInteger, comment="The entry of whose change this one is a part"),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index(
        "change_by_participant",
        "participant_id",
        "seq",
        postgresql_where="participant_id IS NOT NULL",
    ),
    Index("change_by_with_seq", "with_seq", postgresql_where="with_seq IS NOT NULL"),
    Index(
        "change_of_terms",
        "seq",
        postgresql_where=text(f"kind IN ({', '.join(map(repr, CHANGES_OF_TERMS))})"),
    ),
    comment="What each entry of the ledger concerns: the feed that the filter reads",
)
