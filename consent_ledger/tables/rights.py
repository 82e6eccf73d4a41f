"""Tables of what was done at a person's request, and by whom: none says who a person is."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from consent_ledger.tables import metadata

erased_reference = Table(
    "erased_reference",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="HMAC: see provider_reference"),
    comment="References under which a provider knew somebody who was erased, joined to nobody",
)

erasure_certificate = Table(
    "erasure_certificate",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="The ledger's entry"),
    Column("body", JSONB, comment="Counts, offsets and moments"),
    Column(
        "owed_for",
        ARRAY(Text),
        comment="Until it is made: the codes of the person's numbers on the suppression list",
    ),
    Column("entered_by", BigInteger, comment="Ledger entry with the digest of the body"),
    CheckConstraint("(body IS NULL) = (owed_for IS NOT NULL)", name="owed_or_made"),
    comment="What was found when an erasure was read back, and who has acknowledged it since",
)

dead_letter_use = Table(
    "dead_letter_use",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("origin", Text, nullable=False, comment="Topic, partition and offset of an in-tray"),
    Column("operator", Text, nullable=False, comment="Who of the hub's people did it"),
    Column("did", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint("did IN ('shown', 'replayed')", name="did_known"),
    comment="Who opened a sealed dead letter: append-only",
)
