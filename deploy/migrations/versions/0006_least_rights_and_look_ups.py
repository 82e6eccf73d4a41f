"""The application may change what recording, delivery and erasure need, and nothing else.

Rights reach as far as columns. Where the same column may be written once or forwards alone, or a
row be deleted only of somebody who is erased, a trigger says so, to whoever it is.

Who asked at a door about somebody who is known is written down, for that person to see.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ROLE: Final = "nwd_app"

_ADD: Final = "SELECT, INSERT"
_ADD_AND_DELETE: Final = "SELECT, INSERT, DELETE"
_RIGHTS: Final = {
    "ledger.entry": _ADD,
    "ledger.checkpoint": _ADD,
    "ledger.head": "SELECT, UPDATE (size, state)",
    "ledger.provider": f"{_ADD}, UPDATE (name, ukprn)",
    "ledger.service": f"{_ADD}, UPDATE (name, is_sensitive, seq)",
    "ledger.agreement_version": _ADD,
    "ledger.participant": f"{_ADD}, UPDATE (ledger_id, salt, state, sealed_key, merged_into,"
    " named_seq, registered_by, registered_at)",
    "ledger.match_key": _ADD_AND_DELETE,
    "ledger.provider_reference": _ADD_AND_DELETE,
    "ledger.erased_reference": _ADD_AND_DELETE,
    "ledger.look_up": _ADD_AND_DELETE,
    "ledger.key_epoch": _ADD_AND_DELETE,
    "ledger.standing": f"{_ADD_AND_DELETE}, UPDATE (granted, until, excluded, is_informed,"
    " has_objected, seq)",
    "ledger.change": f"{_ADD}, UPDATE (participant_id)",
    "ledger.journal": _ADD_AND_DELETE,
    "ledger.disclosure": f"{_ADD_AND_DELETE}, UPDATE (shown_as)",
    "ledger.disclosure_batch": _ADD,
    # to lock a row takes the right to update a column of it
    "ledger.unentered_turn": f"{_ADD_AND_DELETE}, UPDATE (turn)",
    "ledger.aborted_turn": _ADD,
    "ledger.waiting": _ADD_AND_DELETE,
    "ledger.shard": f"{_ADD}, UPDATE (epoch, next_seq, checked_at, decided_until, open_turn)",
    "ledger.position": f"{_ADD}, UPDATE (next_offset)",
    "ledger.enforcement": f"{_ADD}, UPDATE (entered_by)",
    "ledger.dead_letter_key": f"{_ADD_AND_DELETE}, UPDATE (sealed_key)",
    "ledger.dead_letter_use": _ADD,
    "ledger.erasure_certificate": f"{_ADD}, UPDATE (body, owed_for, entered_by)",
    "passport.event": _ADD_AND_DELETE,
    "passport.position": f"{_ADD_AND_DELETE}, UPDATE (next_offset, caught_up_at)",
    "analytics.fact": _ADD_AND_DELETE,
    "analytics.position": f"{_ADD_AND_DELETE}, UPDATE (next_offset, caught_up_at)",
    "snapshots.accepted_upload": _ADD,
    "snapshots.item": f"{_ADD}, UPDATE (digest, revision, collection, import_number)",
    "snapshots.unfinished": f"{_ADD_AND_DELETE}, UPDATE (imports)",
}

_ANOTHER_PERSON: Final = """
    (OLD.state, NEW.state) IN
        (('active', 'erased'), ('erasing', 'active'), ('erased', 'active'), ('erased', 'erasing'))
    OR NEW.ledger_id IS DISTINCT FROM OLD.ledger_id AND NEW.ledger_id IS NOT NULL
    OR NEW.salt IS DISTINCT FROM OLD.salt AND NEW.salt IS NOT NULL
    OR NEW.state <> 'erased' AND (NEW.registered_by, NEW.registered_at)
        IS DISTINCT FROM (OLD.registered_by, OLD.registered_at)
    -- another name by a later entry alone
    OR NEW.state <> 'erased' AND (NEW.merged_into, NEW.named_seq)
        IS DISTINCT FROM (OLD.merged_into, OLD.named_seq)
        AND (NEW.named_seq > coalesce(OLD.named_seq, -1)) IS NOT TRUE
"""

_REFUSED_UPDATES: Final = {
    "ledger.head": ("NEW.size <= OLD.size", "the log only grows"),
    "ledger.service": (
        "NEW.seq < OLD.seq OR NEW.seq = OLD.seq AND NEW.is_sensitive <> OLD.is_sensitive",
        "only a later entry marks a service",
    ),
    "ledger.standing": ("NEW.seq <= OLD.seq", "only a later entry changes a standing"),
    "ledger.change": ("NEW.participant_id IS NOT NULL", "a change is forgotten or stays as it is"),
    "ledger.disclosure": (
        "NEW.shown_as IS DISTINCT FROM 'erased'",
        "a disclosure stays as it is but for the number of somebody erased",
    ),
    "ledger.unentered_turn": ("true", "a turn stays as it is"),
    "ledger.enforcement": (
        "OLD.entered_by IS NOT NULL OR NEW.entered_by IS NULL",
        "an enforcement is entered once",
    ),
    "ledger.erasure_certificate": (
        "NEW.body IS NULL OR NEW.entered_by IS NULL OR NEW.entered_by <= OLD.entered_by",
        "only a later entry changes a certificate",
    ),
    "ledger.shard": (
        "NEW.epoch < OLD.epoch OR NEW.next_seq < OLD.next_seq",
        "a shard goes forwards",
    ),
    "ledger.participant": (
        _ANOTHER_PERSON,
        "who somebody is stays as it is, until they are erased",
    ),
}
"""When an update is refused to anybody, and why."""

_OF_THE_ERASED: Final = {
    ("ledger.match_key", "DELETE"): "participant_id",
    ("ledger.provider_reference", "DELETE"): "participant_id",
    ("ledger.look_up", "DELETE"): "participant_id",
    ("ledger.standing", "DELETE"): "participant_id",
    ("ledger.journal", "DELETE"): "participant_id",
    ("ledger.disclosure", "DELETE"): "participant_id",
    ("ledger.disclosure", "UPDATE"): "shown_as",
    ("ledger.change", "UPDATE"): "participant_id",
}
"""What is done to rows only of a participant, named by this column, who is being erased."""

_FUNCTIONS: Final = (
    """
    CREATE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%.%: %', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]
            USING ERRCODE = 'insufficient_privilege';
    END $$
    """,
    """
    CREATE FUNCTION ledger.refuse_of_active() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE asked text := to_jsonb(OLD) ->> TG_ARGV[0];
    BEGIN
        IF EXISTS (SELECT FROM ledger.participant
                WHERE participant_id = asked AND state = 'active') THEN
            RAISE EXCEPTION '%.%: % is refused, but of somebody who is being erased',
                TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    """
    CREATE FUNCTION ledger.refuse_unrecorded_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM ledger.change
                WHERE participant_id = OLD.participant_id AND kind = 'erased') THEN
            RAISE EXCEPTION 'ledger.participant: no entry erases them'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION ledger.refuse_unentered_turn() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM ledger.disclosure WHERE turn = OLD.turn)
                AND NOT EXISTS (SELECT FROM ledger.disclosure_batch WHERE turn = OLD.turn) THEN
            RAISE EXCEPTION 'ledger.unentered_turn: what it disclosed is not in the ledger yet'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN OLD;
    END $$
    """,
)


def upgrade() -> None:
    """Make the table, take every right away, give those of the list, and make the triggers."""
    _look_ups()
    for schema in ("ledger", "passport", "analytics", "snapshots"):
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {_ROLE}")
    for table, rights in _RIGHTS.items():
        op.execute(f"GRANT {rights} ON {table} TO {_ROLE}")
    for function in _FUNCTIONS:
        op.execute(function)
    for table, (condition, reason) in _REFUSED_UPDATES.items():
        _trigger("refused_update", table, "UPDATE", f"ledger.refuse('{reason}')", condition)
    for (table, what), column in _OF_THE_ERASED.items():
        _trigger(f"erased_{what.lower()}", table, what, f"ledger.refuse_of_active('{column}')")
    _trigger(
        "recorded_erasure",
        "ledger.participant",
        "UPDATE",
        "ledger.refuse_unrecorded_erasure()",
        "OLD.state = 'active' AND NEW.state <> 'active'",
    )
    _trigger("entered_turn", "ledger.unentered_turn", "DELETE", "ledger.refuse_unentered_turn()")


def _look_ups() -> None:
    op.create_table(
        "look_up",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "answer IN ('possible-match', 'by-number', 'number-told')", name="answer_known"
        ),
        schema="ledger",
        comment="Which provider asked about somebody who is known, for the person to see",
    )
    op.create_index("look_up_by_participant", "look_up", ["participant_id"], schema="ledger")


def _trigger(name: str, table: str, what: str, call: str, condition: str = "true") -> None:
    """Make a trigger that is asked before each row is changed."""
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW WHEN ({condition})"
        f" EXECUTE FUNCTION {call}"
    )
