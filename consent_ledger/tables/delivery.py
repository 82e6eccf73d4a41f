"""Tables of the filter: the sealed journal, what was disclosed, and each shard's progress."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    SmallInteger,
    Table,
    Text,
    Uuid,
    false,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from consent_ledger.tables import metadata
from consent_ledger.tables.register import key_epoch_column

journal = Table(
    "journal",
    metadata,
    Column("participant_id", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("provider_id", Text, nullable=False),
    Column("service_id", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, comment="Keyed digest of the value"),
    Column("sealed", LargeBinary, nullable=False, comment="AES-GCM under the participant's key"),
    Column("accepted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("journal_by_service", "service_id"),
    comment="Every accepted event: the durable history from which all else can be rebuilt",
)

dead_letter_key = Table(
    "dead_letter_key",
    metadata,
    Column("origin", Text, primary_key=True, comment="Topic, partition and offset of an in-tray"),
    Column("sealed_key", LargeBinary, nullable=False),
    key_epoch_column(),
    Column("sealed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="Keys of dead letters, sealed: without its key a letter is noise",
)

turn_seq = Sequence("turn_seq", metadata=metadata)
"""Numbers the turns of all shards, in the order in which a participant's one writer takes them."""

disclosure = Table(
    "disclosure",
    metadata,
    Column("turn", BigInteger, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("agreement_id", Text, nullable=False),
    Column("shown_as", Text, comment="The number in the key, where it is not the participant's"),
    Column("issue", Integer, nullable=False, comment="Counts what was sent under this key"),
    Column("mask", Integer, nullable=False, comment="Open blocks; 0 is a tombstone"),
    Column(
        "by_sensitive_gate",
        Boolean,
        comment="Whether sensitive participation opened it, or participation; none of a tombstone",
    ),
    Column("digest", LargeBinary, comment="Keyed digest of what was sent; none of a tombstone"),
    Column("decided_by", BigInteger, nullable=False, comment="Ledger entry that decided"),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # without the agreement: equal keys are kept once, and a row costs PostgreSQL a fifth less
    Index("disclosure_by_event", "participant_id", "event_id"),
    Index("disclosure_by_turn", "turn"),
    Index("disclosure_by_shown_as", "shown_as", postgresql_where="shown_as IS NOT NULL"),
    comment="What each recipient was sent, written before it is sent; the last turn counts",
)

waiting = Table(
    "waiting",
    metadata,
    Column("participant_id", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("agreement_id", Text, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    Index("waiting_by_agreement", "agreement_id", "since"),
    comment="Events that a tray is to show with its next batch, decided about again at that moment",
)

unentered_turn = Table(
    "unentered_turn",
    metadata,
    Column("turn", BigInteger, primary_key=True, autoincrement=False),
    comment="Turns whose disclosures are not in the ledger yet",
)

disclosure_batch = Table(
    "disclosure_batch",
    metadata,
    Column("turn", BigInteger, primary_key=True, autoincrement=False),
    Column("agreement_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, comment="Ledger entry that holds its Merkle root"),
    Column("hashes", LargeBinary, nullable=False, comment="Leaf hashes in the tree's order"),
    comment="What a turn disclosed under an agreement: proofs read it, also after an erasure",
)

shard = Table(
    "shard",
    metadata,
    Column("shard_id", SmallInteger, primary_key=True),
    Column("partitions", ARRAY(Integer), nullable=False),
    Column("epoch", BigInteger, nullable=False, comment="Who holds the shard: fences its writes"),
    Column("next_seq", BigInteger, nullable=False, comment="First ledger entry not yet enforced"),
    Column(
        "checked_at", DateTime(timezone=True), nullable=False, comment="Expiries are done so far"
    ),
    Column(
        "decided_until",
        DateTime(timezone=True),
        nullable=False,
        comment="The latest moment that something was decided for since; clocks can be set back",
    ),
    Column("open_turn", BigInteger, comment="The turn that is being sent"),
    Column(
        "is_retired",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether the partitions were divided anew: others write them since",
    ),
    comment="A fixed set of partitions with one writer",
)

sweep = Table(
    "sweep",
    metadata,
    Column("sweep_id", BigInteger, Identity(), primary_key=True),
    Column("shard_id", ForeignKey(shard.c.shard_id), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column(
        "until",
        DateTime(timezone=True),
        nullable=False,
        comment="What was decided for a moment from the one to the other is looked at again",
    ),
    Column(
        "seqs",
        ARRAY(BigInteger),
        nullable=False,
        comment="Ledger entries that are enforced when it has come to its end",
    ),
    Column("participant_id", Text, comment="Whose events it is about; null: everybody's"),
    Column("agreement_ids", ARRAY(Text), comment="Of one person: null is all. Else: have changed"),
    Column("service_ids", ARRAY(Text), comment="Have changed"),
    Column("is_release", Boolean, nullable=False, comment="Of what waits for a batch"),
    Column("after_participant", Text, nullable=False, server_default="", comment="Up to whom"),
    Column("after_event", Uuid, comment="And up to which of the events, where not to all"),
    Column(
        "cost",
        JSONB,
        nullable=False,
        server_default="{}",
        comment="By agreement: records written and retracted so far",
    ),
    comment="Events to be decided about again in portions, and how far that has come",
)

aborted_turn = Table(
    "aborted_turn",
    metadata,
    Column("turn", BigInteger, primary_key=True, autoincrement=False),
    comment="Turns that were opened and never closed: what they disclosed may not have been sent",
)

position = Table(
    "position",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)

enforcement = Table(
    "enforcement",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("shard_id", ForeignKey(shard.c.shard_id), primary_key=True),
    Column("records", Integer, nullable=False, comment="Records written because of the entry"),
    Column("tombstones", Integer, nullable=False, comment="Records retracted because of it"),
    Column(
        "by_agreement",
        JSONB,
        nullable=False,
        comment="Of these, by agreement: records written and retracted",
    ),
    Column("enforced_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column(
        "entered_by", BigInteger, comment="Ledger entry whose Merkle root covers this; none yet"
    ),
    Index("enforcement_by_entered_by", "entered_by", "seq", "shard_id"),
    comment="When everything an entry of the ledger asks for had been flushed to the trays",
)
