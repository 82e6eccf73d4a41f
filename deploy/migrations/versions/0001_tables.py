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
_TIME: Final = sa.DateTime(timezone=True)
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
    for schema in ("ledger", "passport", "analytics", "ilr"):
        op.execute(CreateSchema(schema))
        op.execute(f"GRANT USAGE ON SCHEMA {schema} TO {_ROLE}")
    _log()
    _register()
    _consent()
    _delivery()
    _rights()
    _passport()
    _analytics()
    _ilr()
    sequences = "ledger.turn_seq, ledger.shard_shard_id_seq, ilr.import_number"
    op.execute(f"GRANT USAGE ON SEQUENCE {sequences} TO {_ROLE}")


def _log() -> None:
    """Make the transparency log: rows are added and never changed, but for its one head.

    Triggers refuse a change by anybody, grants one by the application. Both stop accidents; the
    owner can take them off, and that is what a checkpoint kept elsewhere is for.
    """
    op.execute(_CREATE_REFUSAL)
    _table(
        "ledger.entry",
        _col("seq", sa.BigInteger(), "from 0, no gaps"),
        _col("leaf", sa.LargeBinary(), "the bytes that the tree is over"),
        _col(
            "hashes",
            sa.LargeBinary(),
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
        key="seq",
        rights="SELECT, INSERT",
    )
    is_key_change = 'position(\'"kind":"key"\'::bytea IN leaf) > 0'
    _index("entry_of_key_change", "ledger.entry", "seq", where=is_key_change)
    _table(
        "ledger.head",
        _col("is_the_row", sa.Boolean(), server_default=sa.true()),
        _col("size", sa.BigInteger(), "number of entries: the next seq"),
        _col("state", sa.LargeBinary(), "CompactRange.to_bytes() of that size"),
        sa.CheckConstraint("is_the_row", name="head_is_one_row"),
        key="is_the_row",
        rights="SELECT, UPDATE",
        comment="whoever appends locks this row, so there is one order of entries",
    )
    op.execute("INSERT INTO ledger.head (size, state) VALUES (0, '')")
    _table(
        "ledger.checkpoint",
        _col("size", sa.BigInteger()),
        _col("note", sa.Text(), "signed note, c2sp.org/tlog-checkpoint"),
        sa.CheckConstraint("size > 0", name="checkpoint_of_something"),
        key="size",
        rights="SELECT, INSERT",
    )
    _append_only("ledger.entry")
    _append_only("ledger.checkpoint")


def _register() -> None:
    """Make the tables of providers, services, participants and how they are recognised."""
    _table(
        "ledger.provider",
        _col("provider_id", sa.Text()),
        _col("name", sa.Text()),
        _maybe("ukprn", sa.Text()),
        sa.UniqueConstraint("ukprn"),
        key="provider_id",
    )
    _table(
        "ledger.service",
        _col("service_id", sa.Text()),
        _col("provider_id", sa.Text()),
        _col("name", sa.Text()),
        _col("is_sensitive", sa.Boolean()),
        _col("seq", sa.BigInteger(), "Ledger entry that marked it last"),
        _refers("provider_id", "ledger.provider.provider_id"),
        key="service_id",
    )
    _table(
        "ledger.participant",
        _col("participant_id", sa.Text()),
        _maybe("ledger_id", sa.Uuid(), "Random pseudonym that stands in the ledger's leaves"),
        _maybe("salt", sa.LargeBinary(), "Salt of the digests in the leaves; gone with an erasure"),
        _col("partition", sa.Integer()),
        _col("state", sa.Text(), server_default="active"),
        _maybe("sealed_key", sa.LargeBinary(), "Key of the journal, sealed; gone with an erasure"),
        _maybe(
            "merged_into",
            sa.Text(),
            "The number under which trays show the events of this one; none: its own",
        ),
        _maybe("named_seq", sa.BigInteger(), "Ledger entry that merged or unmerged it last"),
        _maybe("registered_by", sa.Text()),
        _maybe("registered_at", _TIME, server_default=sa.func.now()),
        sa.CheckConstraint("state IN ('active', 'erasing', 'erased')", name="state_known"),
        sa.CheckConstraint(
            "(state = 'active') = (sealed_key IS NOT NULL AND salt IS NOT NULL)",
            name="erased_has_no_key",
        ),
        sa.CheckConstraint(
            "(state = 'erased') = (ledger_id IS NULL)", name="erased_is_a_bare_number"
        ),
        _refers("merged_into", "ledger.participant.participant_id"),
        _refers("registered_by", "ledger.provider.provider_id"),
        sa.UniqueConstraint("ledger_id"),
        key="participant_id",
    )
    _index("participant_by_partition", "ledger.participant", "partition", "participant_id")
    _index(
        "participant_by_merged_into",
        "ledger.participant",
        "merged_into",
        where="merged_into IS NOT NULL",
    )
    _table(
        "ledger.match_key",
        _col("kind", sa.Text()),
        _col("digest", sa.LargeBinary(), "HMAC: no identifier is stored"),
        _col("participant_id", sa.Text()),
        _refers("participant_id", "ledger.participant.participant_id"),
        key="kind digest participant_id",
    )
    _index("match_key_by_participant", "ledger.match_key", "participant_id")
    _table(
        "ledger.provider_reference",
        _col("provider_id", sa.Text()),
        _col("digest", sa.LargeBinary(), "HMAC of the provider's own reference"),
        _col("participant_id", sa.Text()),
        _refers("participant_id", "ledger.participant.participant_id"),
        _refers("provider_id", "ledger.provider.provider_id"),
        key="provider_id digest",
    )
    _index("provider_reference_by_participant", "ledger.provider_reference", "participant_id")


def _consent() -> None:
    """Make the tables of what the entries mean now, and the feed that wakes the filter."""
    _table(
        "ledger.agreement_version",
        _col("agreement_id", sa.Text()),
        _col("version", sa.Integer()),
        _col("body", JSONB()),
        _col("seq", sa.BigInteger()),
        key="agreement_id version",
    )
    _table(
        "ledger.standing",
        _col("participant_id", sa.Text()),
        _col("agreement_id", sa.Text()),
        _col("granted", sa.Integer()),
        _maybe("until", _TIME),
        _col("excluded", ARRAY(sa.Text())),
        _col("is_informed", sa.Boolean()),
        _col("has_objected", sa.Boolean()),
        _col("seq", sa.BigInteger()),
        _refers("participant_id", "ledger.participant.participant_id"),
        key="participant_id agreement_id",
    )
    _index("standing_by_agreement", "ledger.standing", "agreement_id")
    _index("standing_by_until", "ledger.standing", "until", where="until IS NOT NULL")
    _table(
        "ledger.change",
        _col("seq", sa.BigInteger()),
        _col("kind", sa.Text()),
        _maybe("participant_id", sa.Text()),
        _maybe("partition", sa.Integer()),
        _maybe("agreement_id", sa.Text()),
        _maybe("service_id", sa.Text()),
        _maybe("with_seq", sa.BigInteger(), "The entry of whose change this one is a part"),
        _col("recorded_at", _TIME, server_default=sa.func.now()),
        key="seq",
        comment="What each entry of the ledger concerns: the feed that the filter reads",
    )
    _index("change_of_terms", "ledger.change", "seq", where="kind IN ('agreement', 'service')")
    _index(
        "change_by_participant",
        "ledger.change",
        "participant_id",
        "seq",
        where="participant_id IS NOT NULL",
    )
    _index("change_by_with_seq", "ledger.change", "with_seq", where="with_seq IS NOT NULL")


def _delivery() -> None:
    """Make the filter's tables: the sealed journal, what was disclosed, each shard's progress."""
    _table(
        "ledger.journal",
        _col("participant_id", sa.Text()),
        _col("event_id", sa.Uuid()),
        _col("revision", sa.Integer()),
        _col("provider_id", sa.Text()),
        _col("service_id", sa.Text()),
        _col("digest", sa.LargeBinary(), "Keyed digest of the value"),
        _col("sealed", sa.LargeBinary(), "AES-GCM under the participant's key"),
        _col("accepted_at", _TIME, server_default=sa.func.now()),
        key="participant_id event_id revision",
        comment="Every accepted event: the durable history from which all else can be rebuilt",
    )
    _index("journal_by_service", "ledger.journal", "service_id")
    op.execute(CreateSequence(sa.Sequence("turn_seq", schema="ledger")))
    _table(
        "ledger.disclosure",
        _col("turn", sa.BigInteger()),
        _col("participant_id", sa.Text()),
        _col("event_id", sa.Uuid()),
        _col("agreement_id", sa.Text()),
        _maybe("shown_as", sa.Text(), "The number in the key, where it is not the participant's"),
        _col("issue", sa.Integer(), "Counts what was sent under this key"),
        _col("mask", sa.Integer(), "Open blocks; 0 is a tombstone"),
        _maybe(
            "by_sensitive_gate",
            sa.Boolean(),
            "Whether sensitive participation opened it, or participation; none of a tombstone",
        ),
        _maybe("digest", sa.LargeBinary(), "Keyed digest of what was sent; none of a tombstone"),
        _col("decided_by", sa.BigInteger(), "Ledger entry that decided"),
        _col("decided_at", _TIME, server_default=sa.func.now()),
        comment="What each recipient was sent, written before it is sent; the last turn counts",
    )
    _index("disclosure_by_event", "ledger.disclosure", "participant_id", "event_id", "agreement_id")
    _index("disclosure_by_turn", "ledger.disclosure", "turn")
    _index("disclosure_by_shown_as", "ledger.disclosure", "shown_as", where="shown_as IS NOT NULL")
    _table(
        "ledger.unentered_turn",
        _col("turn", sa.BigInteger()),
        key="turn",
        comment="Turns whose disclosures are not in the ledger yet",
    )
    _table(
        "ledger.disclosure_batch",
        _col("turn", sa.BigInteger()),
        _col("agreement_id", sa.Text()),
        _col("seq", sa.BigInteger(), "Ledger entry that holds its Merkle root"),
        _col("hashes", sa.LargeBinary(), "Leaf hashes in the tree's order"),
        key="turn agreement_id",
        rights="SELECT, INSERT",
        comment="What a turn disclosed under an agreement: proofs read it, also after an erasure",
    )
    _table(
        "ledger.shard",
        _col("shard_id", sa.SmallInteger(), autoincrement=True),
        _col("partitions", ARRAY(sa.Integer())),
        _col("epoch", sa.BigInteger(), "Who holds the shard: fences its writes"),
        _col("next_seq", sa.BigInteger(), "First ledger entry not yet enforced"),
        _col("checked_at", _TIME, "Expiries are done so far"),
        _col(
            "decided_until",
            _TIME,
            "The latest moment that something was decided for since; clocks can be set back",
        ),
        _maybe("open_turn", sa.BigInteger(), "The turn that is being sent"),
        key="shard_id",
        comment="A fixed set of partitions with one writer",
    )
    _table(
        "ledger.aborted_turn",
        _col("turn", sa.BigInteger()),
        key="turn",
        comment="Turns that were opened and never closed: what they disclosed may not have been sent",
    )
    _table(
        "ledger.position",
        _col("topic", sa.Text()),
        _col("partition", sa.Integer()),
        _col("next_offset", sa.BigInteger()),
        key="topic partition",
    )
    _table(
        "ledger.enforcement",
        _col("seq", sa.BigInteger()),
        _col("shard_id", sa.SmallInteger()),
        _col("records", sa.Integer(), "Records written because of the entry"),
        _col("tombstones", sa.Integer(), "Records retracted because of it"),
        _col("by_agreement", JSONB(), "Of these, by agreement: records written and retracted"),
        _col("enforced_at", _TIME, server_default=sa.func.now()),
        _refers("shard_id", "ledger.shard.shard_id"),
        key="seq shard_id",
        comment="When everything an entry of the ledger asks for had been flushed to the trays",
    )


def _rights() -> None:
    """Make the tables of what erasure and dead letters keep."""
    _table(
        "ledger.erased_reference",
        _col("digest", sa.LargeBinary(), "HMAC: see provider_reference"),
        key="digest",
        rights="SELECT, INSERT, DELETE",
        comment="References under which a provider knew somebody who was erased, joined to nobody",
    )
    _table(
        "ledger.erasure_certificate",
        _col("seq", sa.BigInteger(), "The ledger's entry"),
        _maybe("body", JSONB(), "Counts, offsets and moments"),
        _maybe(
            "owed_for",
            ARRAY(sa.Text()),
            "Until it is made: the codes of the person's numbers on the suppression list",
        ),
        sa.CheckConstraint("(body IS NULL) = (owed_for IS NOT NULL)", name="owed_or_made"),
        key="seq",
        rights="SELECT, INSERT, UPDATE",
        comment="What was found when an erasure was read back, and who has acknowledged it since",
    )
    _table(
        "ledger.dead_letter_use",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _col("origin", sa.Text(), "Topic, partition and offset of an in-tray"),
        _col("operator", sa.Text(), "Who of the hub's people did it"),
        _col("did", sa.Text()),
        _col("at", _TIME),
        sa.CheckConstraint("did IN ('shown', 'replayed')", name="did_known"),
        key="number",
        rights="SELECT, INSERT",
        comment="Who opened a sealed dead letter: append-only",
    )
    _append_only("ledger.dead_letter_use")


def _passport() -> None:
    """Make the job passport's facts."""
    _table(
        "passport.fact",
        _col("participant_id", sa.Text()),
        _col("event_id", sa.Text()),
        _col("category", sa.Text(), "schemas.categories.Category"),
        _col("field", sa.Text(), "the field of that category's block"),
        _col("value", JSONB(), "dates and times as ISO 8601"),
        _col("event", sa.Text(), "referral, enrolment or outcome"),
        _col("provider_id", sa.Text()),
        _col("service_id", sa.Text()),
        _col("occurred_at", _TIME, "when it was observed"),
        key="participant_id event_id category field",
        comment="every value of every event that the passport's agreement opens",
    )
    _table("passport.position", *_tray_position(), key="topic partition")


def _analytics() -> None:
    """Make the hub's analytics."""
    _table(
        "analytics.fact",
        _col("participant", sa.Text(), "the tray's own pseudonym"),
        _col("event_key", sa.Text(), "the tray's own id of the event"),
        _col("event", sa.Text(), "referral, enrolment or outcome"),
        _col("stage", sa.Text()),
        _col("provider_id", sa.Text(), "who published it"),
        _col("service_id", sa.Text(), "the service, <provider>.<service>"),
        _maybe("programme", sa.Text()),
        _maybe("borough", sa.Text()),
        _maybe("birth_band", sa.SmallInteger(), "the first year of the five-year band"),
        _col("on_day", sa.Date(), "when it happened"),
        _maybe("started_on", sa.Date(), "of an enrolment"),
        _maybe("outcome_category", sa.Text(), "EMP, EDU, VOL, QUAL, INT, GWK and so on"),
        _maybe("outcome_code", sa.Text()),
        _maybe("effective_on", sa.Date(), "the first day of an outcome"),
        _maybe("sustained_weeks", sa.Integer()),
        _maybe("hours_per_week", sa.Double()),
        key="participant event_key",
        comment="one row an event of the hub's statistics tray",
    )
    _table("analytics.position", *_tray_position(), key="topic partition")


def _ilr() -> None:
    """Make the tables of what was imported from ILR returns."""
    op.execute(CreateSequence(sa.Sequence("import_number", schema="ilr")))
    _table(
        "ilr.accepted_return",
        _col("import_number", sa.BigInteger()),
        _col("provider_id", sa.Text()),
        _col("year", sa.SmallInteger(), "in which the academic year starts"),
        _col("prepared_at", _TIME, "by the file's header"),
        _col("accepted_at", _TIME, server_default=sa.func.now()),
        key="import_number",
        comment="Returns that were published to the end",
    )
    _index("accepted_return_latest", "ilr.accepted_return", "provider_id", "year", "import_number")
    _table(
        "ilr.item",
        _col("provider_id", sa.Text()),
        _col("event_id", sa.Uuid()),
        _col("kind", sa.Text()),
        _col("digest", sa.LargeBinary(), "keyed digest of the event's content"),
        _col("revision", sa.Integer()),
        _col("year", sa.SmallInteger(), "of the latest return that held it"),
        _col("import_number", sa.BigInteger(), "the last import that saw it"),
        key="provider_id event_id",
        comment="Each event ever published from a return, as it was last",
    )
    _index("item_by_import", "ilr.item", "provider_id", "import_number")
    _table(
        "ilr.unfinished",
        _col("provider_id", sa.Text()),
        _col("imports", sa.Integer()),
        key="provider_id",
        comment="Imports since the last accepted one that began to publish and did not end",
    )


def _tray_position() -> Iterable[sa.Column[Any]]:
    """Return the columns of how far a projection has read its tray."""
    return (
        _col("topic", sa.Text()),
        _col("partition", sa.Integer()),
        _col("topic_id", sa.Text(), "another one: the topic was made again"),
        _col("next_offset", sa.BigInteger(), "the next offset to read"),
        _col(
            "caught_up_at",
            _TIME,
            "the last moment at which next_offset was known to be the end, or at which reading began with nothing: deletions older than that have been seen",
        ),
    )


def _table(
    name: str,
    *parts: SchemaItem,
    key: str = "",
    rights: str = _READ_AND_WRITE,
    comment: str | None = None,
) -> None:
    """Make a table; `key` names the columns of its primary key, `rights` are the application's."""
    schema, _, table = name.partition(".")
    keys = [sa.PrimaryKeyConstraint(*key.split())] if key else []
    op.create_table(table, *parts, *keys, schema=schema, comment=comment)
    op.execute(f"GRANT {rights} ON {name} TO {_ROLE}")


def _col(
    name: str, kind: TypeEngine[Any], comment: str | None = None, **options: Any
) -> sa.Column[Any]:
    options = {"autoincrement": False, "nullable": False} | options
    return sa.Column(name, kind, comment=comment, **options)


def _maybe(
    name: str, kind: TypeEngine[Any], comment: str | None = None, **options: Any
) -> sa.Column[Any]:
    return _col(name, kind, comment, nullable=True, **options)


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to])


def _index(name: str, table: str, *columns: str, where: str | None = None) -> None:
    schema, _, of = table.partition(".")
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
