"""Every table, as the first release has it. It calls no other module: what it makes stays so."""

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.schema import CreateSchema, CreateSequence, SchemaItem
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

_ROLE: Final = "nwd_app"
_BIG: Final = sa.BigInteger()
_BOOL: Final = sa.Boolean()
_BYTES: Final = sa.LargeBinary()
_DAY: Final = sa.Date()
_INT: Final = sa.Integer()
_SMALL: Final = sa.SmallInteger()
_TEXT: Final = sa.Text()
_TIME: Final = sa.DateTime(timezone=True)
_UUID: Final = sa.Uuid()
_Kind = TypeEngine[Any]
_READ_AND_WRITE: Final = "SELECT, INSERT, UPDATE, DELETE"

_CREATE_ROLE: Final = f"""
DO $$ BEGIN
    -- asked first, because who may not create roles is refused even where the role exists
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{_ROLE}') THEN
        CREATE ROLE {_ROLE} NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- roles belong to the whole server: a migration of another database was first
END $$
"""

_CREATE_REFUSAL: Final = """
CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$
"""


def upgrade() -> None:
    """Make the role, the schemas, and every table in them."""
    op.execute(_CREATE_ROLE)
    for schema in ("ledger", "passport", "analytics", "snapshots"):
        op.execute(CreateSchema(schema))
        op.execute(f"GRANT USAGE ON SCHEMA {schema} TO {_ROLE}")
    _log()
    _register()
    _consent()
    _delivery()
    _rights()
    _projections()
    _snapshots()
    sequences = "ledger.turn_seq, ledger.shard_shard_id_seq, snapshots.import_number"
    op.execute(f"GRANT USAGE ON SEQUENCE {sequences} TO {_ROLE}")


def _log() -> None:
    """Make the transparency log: rows are added and never changed, but for its one head.

    Triggers refuse a change by anybody, grants one by the application. Both stop accidents; the
    owner can take them off, and that is what a checkpoint kept elsewhere is for.
    """
    op.execute(_CREATE_REFUSAL)
    _table(
        "ledger.entry",
        _key("seq", _BIG, "from 0, no gaps"),
        _col("leaf", _BYTES, "the bytes that the tree is over"),
        _col(
            "hashes",
            _BYTES,
            "roots of the subtrees that this entry completes, its own leaf hash first: proofs read them, and they tell which entry was altered",
        ),
        _col(
            "recorded_at",
            _TIME,
            "not covered by the tree: a time that must be proven belongs in the leaf",
            server_default=sa.text("clock_timestamp()"),
        ),
        sa.CheckConstraint("octet_length(leaf) <= 65535", name="entry_leaf_fits_a_tile"),
        sa.CheckConstraint("seq >= 0", name="entry_seq_from_0"),
        rights="SELECT, INSERT",
    )
    is_key_change = 'position(\'"kind":"key"\'::bytea IN leaf) > 0'
    _index("entry_of_key_change", "ledger.entry", "seq", where=is_key_change)
    _table(
        "ledger.head",
        _key("is_the_row", _BOOL, server_default=sa.true()),
        _col("size", _BIG, "number of entries: the next seq"),
        _col("state", _BYTES, "CompactRange.to_bytes() of that size"),
        sa.CheckConstraint("is_the_row", name="head_is_one_row"),
        rights="SELECT, UPDATE",
        comment="whoever appends locks this row, so there is one order of entries",
    )
    op.execute("INSERT INTO ledger.head (size, state) VALUES (0, '')")
    _table(
        "ledger.checkpoint",
        _key("size", _BIG),
        _col("note", _TEXT, "signed note, c2sp.org/tlog-checkpoint"),
        sa.CheckConstraint("size > 0", name="checkpoint_of_something"),
        rights="SELECT, INSERT",
    )
    _append_only("ledger.entry")
    _append_only("ledger.checkpoint")


def _register() -> None:
    """Make the tables of providers, services, participants and how they are recognised."""
    _table(
        "ledger.provider",
        _key("provider_id", _TEXT),
        _col("name", _TEXT),
        _maybe("ukprn", _TEXT),
        sa.UniqueConstraint("ukprn"),
    )
    _table(
        "ledger.service",
        _key("service_id", _TEXT),
        _col("provider_id", _TEXT, to="ledger.provider.provider_id"),
        _col("name", _TEXT),
        _col("is_sensitive", _BOOL),
        _col("seq", _BIG, "Ledger entry that marked it last"),
    )
    _table(
        "ledger.participant",
        _key("participant_id", _TEXT),
        _maybe("ledger_id", _UUID, "Random pseudonym that stands in the ledger's leaves"),
        _maybe("salt", _BYTES, "Salt of the digests in the leaves; gone with an erasure"),
        _col("partition", _INT),
        _col("state", _TEXT, server_default="active"),
        _maybe("sealed_key", _BYTES, "Key of the journal, sealed; gone with an erasure"),
        _maybe(
            "merged_into",
            _TEXT,
            "The number under which trays show the events of this one; none: its own",
            to="ledger.participant.participant_id",
        ),
        _maybe("named_seq", _BIG, "Ledger entry that merged or unmerged it last"),
        _maybe("registered_by", _TEXT, to="ledger.provider.provider_id"),
        _maybe("registered_at", _TIME, server_default=sa.func.now()),
        sa.CheckConstraint("state IN ('active', 'erasing', 'erased')", name="state_known"),
        sa.CheckConstraint(
            "(state = 'active') = (sealed_key IS NOT NULL AND salt IS NOT NULL)",
            name="erased_has_no_key",
        ),
        sa.CheckConstraint(
            "(state = 'erased') = (ledger_id IS NULL)", name="erased_is_a_bare_number"
        ),
        sa.UniqueConstraint("ledger_id"),
    )
    _index("participant_by_partition", "ledger.participant", "partition", "participant_id")
    _index("participant_by_merged_into", "ledger.participant", "merged_into", where_set=True)
    _table(
        "ledger.match_key",
        _key("kind", _TEXT),
        _key("digest", _BYTES, "HMAC: no identifier is stored"),
        _key("participant_id", _TEXT, to="ledger.participant.participant_id"),
    )
    _index("match_key_by_participant", "ledger.match_key", "participant_id")
    _table(
        "ledger.provider_reference",
        _key("provider_id", _TEXT, to="ledger.provider.provider_id"),
        _key("digest", _BYTES, "HMAC of the provider's own reference"),
        _col("participant_id", _TEXT, to="ledger.participant.participant_id"),
    )
    _index("provider_reference_by_participant", "ledger.provider_reference", "participant_id")


def _consent() -> None:
    """Make the tables of what the entries mean now, and the feed that wakes the filter."""
    _table(
        "ledger.agreement_version",
        _key("agreement_id", _TEXT),
        _key("version", _INT),
        _col("body", JSONB()),
        _col("seq", _BIG),
    )
    _table(
        "ledger.standing",
        _key("participant_id", _TEXT, to="ledger.participant.participant_id"),
        _key("agreement_id", _TEXT),
        _col("granted", _INT),
        _maybe("until", _TIME),
        _col("excluded", ARRAY(_TEXT)),
        _col("is_informed", _BOOL),
        _col("has_objected", _BOOL),
        _col("seq", _BIG),
    )
    _index("standing_by_agreement", "ledger.standing", "agreement_id")
    _index("standing_by_until", "ledger.standing", "until", where_set=True)
    _table(
        "ledger.change",
        _key("seq", _BIG),
        _col("kind", _TEXT),
        _maybe("participant_id", _TEXT),
        _maybe("partition", _INT),
        _maybe("agreement_id", _TEXT),
        _maybe("service_id", _TEXT),
        _maybe("with_seq", _BIG, "The entry of whose change this one is a part"),
        _col("recorded_at", _TIME, server_default=sa.func.now()),
        comment="What each entry of the ledger concerns: the feed that the filter reads",
    )
    _index("change_of_terms", "ledger.change", "seq", where="kind IN ('agreement', 'service')")
    _index("change_by_participant", "ledger.change", "participant_id", "seq", where_set=True)
    _index("change_by_with_seq", "ledger.change", "with_seq", where_set=True)


def _delivery() -> None:
    """Make the filter's tables: the sealed journal, what was disclosed, each shard's progress."""
    _table(
        "ledger.journal",
        _key("participant_id", _TEXT),
        _key("event_id", _UUID),
        _key("revision", _INT),
        _col("provider_id", _TEXT),
        _col("service_id", _TEXT),
        _col("digest", _BYTES, "Keyed digest of the value"),
        _col("sealed", _BYTES, "AES-GCM under the participant's key"),
        _col("accepted_at", _TIME, server_default=sa.func.now()),
        comment="Every accepted event: the durable history from which all else can be rebuilt",
    )
    _index("journal_by_service", "ledger.journal", "service_id")
    op.execute(CreateSequence(sa.Sequence("turn_seq", schema="ledger")))
    _table(
        "ledger.disclosure",
        _col("turn", _BIG),
        _col("participant_id", _TEXT),
        _col("event_id", _UUID),
        _col("agreement_id", _TEXT),
        _maybe("shown_as", _TEXT, "The number in the key, where it is not the participant's"),
        _col("issue", _INT, "Counts what was sent under this key"),
        _col("mask", _INT, "Open blocks; 0 is a tombstone"),
        _maybe(
            "by_sensitive_gate",
            _BOOL,
            "Whether sensitive participation opened it, or participation; none of a tombstone",
        ),
        _maybe("digest", _BYTES, "Keyed digest of what was sent; none of a tombstone"),
        _col("decided_by", _BIG, "Ledger entry that decided"),
        _col("decided_at", _TIME, server_default=sa.func.now()),
        comment="What each recipient was sent, written before it is sent; the last turn counts",
    )
    _index("disclosure_by_event", "ledger.disclosure", "participant_id", "event_id", "agreement_id")
    _index("disclosure_by_turn", "ledger.disclosure", "turn")
    _index("disclosure_by_shown_as", "ledger.disclosure", "shown_as", where_set=True)
    _table(
        "ledger.unentered_turn",
        _key("turn", _BIG),
        comment="Turns whose disclosures are not in the ledger yet",
    )
    _table(
        "ledger.disclosure_batch",
        _key("turn", _BIG),
        _key("agreement_id", _TEXT),
        _col("seq", _BIG, "Ledger entry that holds its Merkle root"),
        _col("hashes", _BYTES, "Leaf hashes in the tree's order"),
        rights="SELECT, INSERT",
        comment="What a turn disclosed under an agreement: proofs read it, also after an erasure",
    )
    _table(
        "ledger.shard",
        _key("shard_id", _SMALL, autoincrement=True),
        _col("partitions", ARRAY(_INT)),
        _col("epoch", _BIG, "Who holds the shard: fences its writes"),
        _col("next_seq", _BIG, "First ledger entry not yet enforced"),
        _col("checked_at", _TIME, "Expiries are done so far"),
        _col(
            "decided_until",
            _TIME,
            "The latest moment that something was decided for since; clocks can be set back",
        ),
        _maybe("open_turn", _BIG, "The turn that is being sent"),
        comment="A fixed set of partitions with one writer",
    )
    _table(
        "ledger.aborted_turn",
        _key("turn", _BIG),
        comment="Turns that were opened and never closed: what they disclosed may not have been sent",
    )
    _table(
        "ledger.position",
        _key("topic", _TEXT),
        _key("partition", _INT),
        _col("next_offset", _BIG),
    )
    _table(
        "ledger.enforcement",
        _key("seq", _BIG),
        _key("shard_id", _SMALL, to="ledger.shard.shard_id"),
        _col("records", _INT, "Records written because of the entry"),
        _col("tombstones", _INT, "Records retracted because of it"),
        _col("by_agreement", JSONB(), "Of these, by agreement: records written and retracted"),
        _col("enforced_at", _TIME, server_default=sa.func.now()),
        comment="When everything an entry of the ledger asks for had been flushed to the trays",
    )


def _rights() -> None:
    """Make the tables of what erasure and dead letters keep."""
    _table(
        "ledger.erased_reference",
        _key("digest", _BYTES, "HMAC: see provider_reference"),
        rights="SELECT, INSERT, DELETE",
        comment="References under which a provider knew somebody who was erased, joined to nobody",
    )
    _table(
        "ledger.erasure_certificate",
        _key("seq", _BIG, "The ledger's entry"),
        _maybe("body", JSONB(), "Counts, offsets and moments"),
        _maybe(
            "owed_for",
            ARRAY(_TEXT),
            "Until it is made: the codes of the person's numbers on the suppression list",
        ),
        sa.CheckConstraint("(body IS NULL) = (owed_for IS NOT NULL)", name="owed_or_made"),
        rights="SELECT, INSERT, UPDATE",
        comment="What was found when an erasure was read back, and who has acknowledged it since",
    )
    _table(
        "ledger.dead_letter_use",
        sa.Column("number", _BIG, sa.Identity(always=True), primary_key=True),
        _col("origin", _TEXT, "Topic, partition and offset of an in-tray"),
        _col("operator", _TEXT, "Who of the hub's people did it"),
        _col("did", _TEXT),
        _col("at", _TIME),
        sa.CheckConstraint("did IN ('shown', 'replayed')", name="did_known"),
        rights="SELECT, INSERT",
        comment="Who opened a sealed dead letter: append-only",
    )
    _append_only("ledger.dead_letter_use")


def _projections() -> None:
    """Make the facts of the job passport and of the hub's analytics."""
    _table(
        "passport.fact",
        _key("participant_id", _TEXT),
        _key("event_id", _TEXT),
        _key("category", _TEXT, "schemas.categories.Category"),
        _key("field", _TEXT, "the field of that category's block"),
        _col("value", JSONB(), "dates and times as ISO 8601"),
        _col("event", _TEXT, "referral, enrolment or outcome"),
        _col("provider_id", _TEXT),
        _col("service_id", _TEXT),
        _col("occurred_at", _TIME, "when it was observed"),
        comment="every value of every event that the passport's agreement opens",
    )
    _table("passport.position", *_tray_position())
    _table(
        "analytics.fact",
        _key("participant", _TEXT, "the tray's own pseudonym"),
        _key("event_key", _TEXT, "the tray's own id of the event"),
        _col("event", _TEXT, "referral, enrolment or outcome"),
        _col("stage", _TEXT),
        _col("provider_id", _TEXT, "who published it"),
        _col("service_id", _TEXT, "the service, <provider>.<service>"),
        _maybe("programme", _TEXT),
        _maybe("borough", _TEXT),
        _maybe("birth_band", _SMALL, "the first year of the five-year band"),
        _col("on_day", _DAY, "when it happened"),
        _maybe("started_on", _DAY, "of an enrolment"),
        _maybe("outcome_category", _TEXT, "EMP, EDU, VOL, QUAL, INT, GWK and so on"),
        _maybe("outcome_code", _TEXT),
        _maybe("effective_on", _DAY, "the first day of an outcome"),
        _maybe("sustained_weeks", _INT),
        _maybe("hours_per_week", sa.Double()),
        comment="one row an event of the hub's statistics tray",
    )
    _table("analytics.position", *_tray_position())


def _snapshots() -> None:
    """Make the tables of the last accepted state of what is uploaded whole."""
    op.execute(CreateSequence(sa.Sequence("import_number", schema="snapshots")))
    _table(
        "snapshots.accepted_upload",
        _key("import_number", _BIG),
        _col("provider_id", _TEXT),
        _col("collection", _TEXT, "what an upload replaces: 2025-26"),
        _col("prepared_at", _TIME, "by the upload itself"),
        _col("accepted_at", _TIME, server_default=sa.func.now()),
        comment="Uploads that were published to the end",
    )
    _index(
        "accepted_upload_latest",
        "snapshots.accepted_upload",
        *("provider_id", "collection", "import_number"),
    )
    _table(
        "snapshots.item",
        _key("provider_id", _TEXT),
        _key("event_id", _UUID),
        _col("kind", _TEXT),
        _col("digest", _BYTES, "keyed digest of the event's content"),
        _col("revision", _INT),
        _col("collection", _TEXT, "the last of those that held it"),
        _col("import_number", _BIG, "the last import that saw it"),
        comment="Each event ever published from an upload, as it was last",
    )
    _index("item_by_import", "snapshots.item", "provider_id", "import_number")
    _table(
        "snapshots.unfinished",
        _key("provider_id", _TEXT),
        _col("imports", _INT),
        comment="Imports since the last accepted one that began to publish and did not end",
    )


def _tray_position() -> Iterable[sa.Column[Any]]:
    """Return the columns of how far a projection has read its tray."""
    return (
        _key("topic", _TEXT),
        _key("partition", _INT),
        _col("topic_id", _TEXT, "another one: the topic was made again"),
        _col("next_offset", _BIG, "the next offset to read"),
        _col(
            "caught_up_at",
            _TIME,
            "the last moment at which next_offset was known to be the end, or at which reading began with nothing: deletions older than that have been seen",
        ),
    )


def _table(
    name: str, *parts: SchemaItem, rights: str = _READ_AND_WRITE, comment: str | None = None
) -> None:
    """Make a table, on which the application has these rights."""
    schema, _, table = name.partition(".")
    op.create_table(table, *parts, schema=schema, comment=comment)
    op.execute(f"GRANT {rights} ON {name} TO {_ROLE}")


def _col(
    name: str, kind: _Kind, comment: str | None = None, *, to: str | None = None, **options: Any
) -> sa.Column[Any]:
    """Return a column that is never null; `to` is the column that it refers to."""
    options = {"autoincrement": False, "nullable": False} | options
    return sa.Column(name, kind, *([sa.ForeignKey(to)] if to else []), comment=comment, **options)


def _key(name: str, kind: _Kind, comment: str | None = None, **options: Any) -> sa.Column[Any]:
    return _col(name, kind, comment, primary_key=True, **options)


def _maybe(name: str, kind: _Kind, comment: str | None = None, **options: Any) -> sa.Column[Any]:
    return _col(name, kind, comment, nullable=True, **options)


def _index(
    name: str, table: str, *columns: str, where: str | None = None, where_set: bool = False
) -> None:
    """Make an index, of some rows or of those in which the first column is set."""
    schema, _, of = table.partition(".")
    where = f"{columns[0]} IS NOT NULL" if where_set else where
    condition = sa.text(where) if where else None
    op.create_index(name, of, columns, schema=schema, postgresql_where=condition)


def _append_only(table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on a table, whoever tries; row triggers miss the last."""
    for name, when, each in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH {each}"
            " EXECUTE FUNCTION ledger.refuse_change()"
        )
