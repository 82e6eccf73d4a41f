"""Tables of the register: providers, services, participants and how they are recognised."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
    true,
)

from consent_ledger.tables import metadata

provider = Table(
    "provider",
    metadata,
    Column("provider_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("ukprn", Text, unique=True),
)

service = Table(
    "service",
    metadata,
    Column("service_id", Text, primary_key=True),
    Column("provider_id", ForeignKey(provider.c.provider_id), nullable=False),
    Column("name", Text, nullable=False),
    Column("is_sensitive", Boolean, nullable=False),
    Column("seq", BigInteger, nullable=False, comment="Ledger entry that marked it last"),
)

key_epoch = Table(
    "key_epoch",
    metadata,
    Column("epoch", LargeBinary, primary_key=True, comment="Names a journal key: a token of it"),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    comment="Journal keys that keys are sealed under: two while one is rotated",
)


def key_epoch_column() -> Column[bytes]:
    """Return the column that says under which journal key a row's `sealed_key` is.

    It is read out of the sealed key itself, which begins with it. While a row refers to an epoch,
    the epoch cannot be ended.
    """
    return Column(
        "key_epoch",
        LargeBinary,
        Computed("substring(sealed_key FROM 1 FOR 8)", persisted=True),
        ForeignKey(key_epoch.c.epoch),
    )


participant = Table(
    "participant",
    metadata,
    Column("participant_id", Text, primary_key=True),
    Column(
        "ledger_id",
        Uuid,
        unique=True,
        comment="Random pseudonym that stands in the ledger's leaves",
    ),
    Column("salt", LargeBinary, comment="Salt of the digests in the leaves; gone with an erasure"),
    Column("partition", Integer, nullable=False),
    Column("state", Text, nullable=False, server_default="active"),
    Column("sealed_key", LargeBinary, comment="Key of the journal, sealed; gone with an erasure"),
    key_epoch_column(),
    Column(
        "merged_into",
        ForeignKey("ledger.participant.participant_id"),
        comment="The number under which trays show the events of this one; none: its own",
    ),
    Column("named_seq", BigInteger, comment="Ledger entry that merged or unmerged it last"),
    Column("registered_by", ForeignKey(provider.c.provider_id)),
    Column("registered_at", DateTime(timezone=True), server_default=func.now()),
    CheckConstraint("state IN ('active', 'erasing', 'erased')", name="state_known"),
    CheckConstraint(
        "(state = 'active') = (sealed_key IS NOT NULL AND salt IS NOT NULL)",
        name="erased_has_no_key",
    ),
    CheckConstraint("(state = 'erased') = (ledger_id IS NULL)", name="erased_is_a_bare_number"),
    Index("participant_by_partition", "partition", "participant_id"),
    Index("participant_by_merged_into", "merged_into", postgresql_where="merged_into IS NOT NULL"),
    # of few, so that to learn that a number is merged with none costs next to nothing
    Index("participant_merged", "participant_id", postgresql_where="merged_into IS NOT NULL"),
)

match_key = Table(
    "match_key",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True, comment="HMAC: no identifier is stored"),
    Column("participant_id", ForeignKey(participant.c.participant_id), primary_key=True),
    Index("match_key_by_participant", "participant_id"),
)

kept_identity = Table(
    "kept_identity",
    metadata,
    Column("participant_id", ForeignKey(participant.c.participant_id), primary_key=True),
    Column("digest", LargeBinary, primary_key=True, comment="HMAC: the same telling is kept once"),
    Column("sealed", LargeBinary, nullable=False, comment="Under the participant's key"),
    Column("number", BigInteger, Identity(always=True), nullable=False, comment="In commit order"),
    Index("kept_identity_by_number", "number", unique=True),
    comment="What providers told of somebody, by which they are known again",
)

duplicate_search = Table(
    "duplicate_search",
    metadata,
    Column("is_the_row", Boolean, primary_key=True, server_default=true()),
    Column(
        "upto", BigInteger, nullable=False, server_default="0", comment="The last telling compared"
    ),
    CheckConstraint("is_the_row", name="duplicate_search_is_one_row"),
    comment="Up to where people with two numbers were looked for",
)

two_people = Table(
    "two_people",
    metadata,
    Column("participant_id", ForeignKey(participant.c.participant_id), primary_key=True),
    Column("other_id", ForeignKey(participant.c.participant_id), primary_key=True),
    Column("seq", BigInteger, nullable=False, comment="Ledger entry that said so last"),
    CheckConstraint("participant_id < other_id", name="two_people_in_order"),
    Index("two_people_by_other", "other_id"),
    comment="Numbers that look like one person's, and are two people's",
)

counted_value = Table(
    "counted_value",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="HMAC of a value; of nobody by name"),
    Column("people", BigInteger, nullable=False),
    CheckConstraint("people > 0", name="somebody_has_it"),
    comment="How many people share a value: what many share says little of who somebody is",
)

provider_reference = Table(
    "provider_reference",
    metadata,
    Column("provider_id", ForeignKey(provider.c.provider_id), primary_key=True),
    Column("digest", LargeBinary, primary_key=True, comment="HMAC of the provider's own reference"),
    Column("participant_id", ForeignKey(participant.c.participant_id), nullable=False),
    Index("provider_reference_by_participant", "participant_id"),
)

look_up = Table(
    "look_up",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    # not referring to the participant: who registers does not wait for whoever changes that row
    Column("participant_id", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint(
        "answer IN ('possible-match', 'by-number', 'number-told', 'known', 'prefilled')",
        name="answer_known",
    ),
    Index("look_up_by_participant", "participant_id"),
    comment="Which provider asked about somebody who is known, for the person to see",
)
