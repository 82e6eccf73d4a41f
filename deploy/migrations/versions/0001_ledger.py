"""The ledger: log, register, consent, journal, progress of the filter."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Sequence
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateSchema, CreateSequence

from consent_ledger.tables import transparency_log as log
from consent_ledger.tables.append_only import CREATE_APPLICATION_ROLE
from deploy.migrations.grants import grant_all

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the schema ledger."""
    op.execute(CREATE_APPLICATION_ROLE)
    op.execute(CreateSchema("ledger"))
    op.execute(CreateSequence(Sequence("turn_seq", schema="ledger")))
    op.create_table(
        "aborted_turn",
        sa.Column("turn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("turn"),
        schema="ledger",
        comment="Turns that were opened and never closed: what they disclosed may not have been sent",
    )
    op.create_table(
        "agreement_version",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", "version"),
        schema="ledger",
    )
    op.create_table(
        "change",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Text(), nullable=True),
        sa.Column("partition", sa.Integer(), nullable=True),
        sa.Column("agreement_id", sa.Text(), nullable=True),
        sa.Column("service_id", sa.Text(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("seq"),
        schema="ledger",
        comment="What each entry of the ledger concerns: the feed that the filter reads",
    )
    op.create_index(
        "change_of_terms",
        "change",
        ["seq"],
        unique=False,
        schema="ledger",
        postgresql_where=sa.text("kind IN ('agreement', 'service')"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "note", sa.Text(), nullable=False, comment="signed note, c2sp.org/tlog-checkpoint"
        ),
        sa.CheckConstraint("size > 0", name="checkpoint_of_something"),
        sa.PrimaryKeyConstraint("size"),
        schema="ledger",
    )
    op.create_table(
        "disclosure",
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column(
            "issue", sa.Integer(), nullable=False, comment="Counts what was sent under this key"
        ),
        sa.Column("mask", sa.Integer(), nullable=False, comment="Open blocks; 0 is a tombstone"),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=True,
            comment="Keyed digest of what was sent; none of a tombstone",
        ),
        sa.Column(
            "decided_by", sa.BigInteger(), nullable=False, comment="Ledger entry that decided"
        ),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        schema="ledger",
        comment="What each recipient was sent, written before it is sent; the last turn counts",
    )
    op.create_index(
        "disclosure_by_event",
        "disclosure",
        ["participant_id", "event_id", "agreement_id"],
        unique=False,
        schema="ledger",
    )
    op.create_table(
        "entry",
        sa.Column(
            "seq", sa.BigInteger(), autoincrement=False, nullable=False, comment="from 0, no gaps"
        ),
        sa.Column(
            "leaf", sa.LargeBinary(), nullable=False, comment="the bytes that the tree is over"
        ),
        sa.Column(
            "hashes",
            sa.LargeBinary(),
            nullable=False,
            comment="roots of the subtrees that this entry completes, its own leaf hash first: proofs read them, and they tell which entry was altered",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="not covered by the tree: a time that must be proven belongs in the leaf",
        ),
        sa.CheckConstraint("octet_length(leaf) <= 65535", name="entry_leaf_fits_a_tile"),
        sa.CheckConstraint("seq >= 0", name="entry_seq_from_0"),
        sa.PrimaryKeyConstraint("seq"),
        schema="ledger",
    )
    op.create_table(
        "head",
        sa.Column("is_the_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "size", sa.BigInteger(), nullable=False, comment="number of entries: the next seq"
        ),
        sa.Column(
            "state",
            sa.LargeBinary(),
            nullable=False,
            comment="CompactRange.to_bytes() of that size",
        ),
        sa.CheckConstraint("is_the_row", name="head_is_one_row"),
        sa.PrimaryKeyConstraint("is_the_row"),
        schema="ledger",
        comment="whoever appends locks this row, so there is one order of entries",
    )
    op.create_table(
        "journal",
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="Keyed digest of the value"),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="AES-GCM under the participant's key",
        ),
        sa.Column(
            "accepted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("participant_id", "event_id", "revision"),
        schema="ledger",
        comment="Every accepted event: the durable history from which all else can be rebuilt",
    )
    op.create_index("journal_by_service", "journal", ["service_id"], unique=False, schema="ledger")
    op.create_table(
        "position",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition"),
        schema="ledger",
    )
    op.create_table(
        "provider",
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ukprn", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("provider_id"),
        sa.UniqueConstraint("ukprn"),
        schema="ledger",
    )
    op.create_table(
        "shard",
        sa.Column("shard_id", sa.SmallInteger(), nullable=False),
        sa.Column("partitions", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column(
            "epoch",
            sa.BigInteger(),
            nullable=False,
            comment="Who holds the shard: fences its writes",
        ),
        sa.Column(
            "next_seq",
            sa.BigInteger(),
            nullable=False,
            comment="First ledger entry not yet enforced",
        ),
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Expiries are done so far",
        ),
        sa.Column(
            "open_turn", sa.BigInteger(), nullable=True, comment="The turn that is being sent"
        ),
        sa.PrimaryKeyConstraint("shard_id"),
        schema="ledger",
        comment="A fixed set of partitions with one writer",
    )
    op.create_table(
        "enforcement",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shard_id", sa.SmallInteger(), nullable=False),
        sa.Column(
            "records", sa.Integer(), nullable=False, comment="Records written because of the entry"
        ),
        sa.Column(
            "tombstones", sa.Integer(), nullable=False, comment="Records retracted because of it"
        ),
        sa.Column(
            "enforced_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["shard_id"],
            ["ledger.shard.shard_id"],
        ),
        sa.PrimaryKeyConstraint("seq", "shard_id"),
        schema="ledger",
        comment="When everything an entry of the ledger asks for had been flushed to the trays",
    )
    op.create_table(
        "participant",
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column(
            "ledger_id",
            sa.Uuid(),
            nullable=False,
            comment="Random pseudonym that stands in the ledger's leaves",
        ),
        sa.Column(
            "salt",
            sa.LargeBinary(),
            nullable=True,
            comment="Salt of the digests in the leaves; gone with an erasure",
        ),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column(
            "sealed_key",
            sa.LargeBinary(),
            nullable=True,
            comment="Key of the journal, sealed; gone with an erasure",
        ),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column(
            "registered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'active') = (sealed_key IS NOT NULL AND salt IS NOT NULL)",
            name="erased_has_no_key",
        ),
        sa.CheckConstraint("state IN ('active', 'erased')", name="state_known"),
        sa.ForeignKeyConstraint(
            ["registered_by"],
            ["ledger.provider.provider_id"],
        ),
        sa.PrimaryKeyConstraint("participant_id"),
        sa.UniqueConstraint("ledger_id"),
        schema="ledger",
    )
    op.create_index(
        "participant_by_partition",
        "participant",
        ["partition", "participant_id"],
        unique=False,
        schema="ledger",
    )
    op.create_table(
        "service",
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["ledger.provider.provider_id"],
        ),
        sa.PrimaryKeyConstraint("service_id"),
        schema="ledger",
    )
    op.create_table(
        "match_key",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "digest", sa.LargeBinary(), nullable=False, comment="HMAC: no identifier is stored"
        ),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["ledger.participant.participant_id"],
        ),
        sa.PrimaryKeyConstraint("kind", "digest", "participant_id"),
        schema="ledger",
    )
    op.create_index(
        "match_key_by_participant", "match_key", ["participant_id"], unique=False, schema="ledger"
    )
    op.create_table(
        "provider_reference",
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=False,
            comment="HMAC of the provider's own reference",
        ),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["ledger.participant.participant_id"],
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["ledger.provider.provider_id"],
        ),
        sa.PrimaryKeyConstraint("provider_id", "digest"),
        schema="ledger",
    )
    op.create_index(
        "provider_reference_by_participant",
        "provider_reference",
        ["participant_id"],
        unique=False,
        schema="ledger",
    )
    op.create_table(
        "standing",
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("excluded", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_informed", sa.Boolean(), nullable=False),
        sa.Column("has_objected", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["ledger.participant.participant_id"],
        ),
        sa.PrimaryKeyConstraint("participant_id", "agreement_id"),
        schema="ledger",
    )
    op.create_index(
        "standing_by_agreement", "standing", ["agreement_id"], unique=False, schema="ledger"
    )
    op.create_index(
        "standing_by_until",
        "standing",
        ["until"],
        unique=False,
        schema="ledger",
        postgresql_where="until IS NOT NULL",
    )
    grant_all("ledger")
    log.install(op.get_bind())
    log.restrict(op.get_bind())
