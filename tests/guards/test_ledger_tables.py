from sqlalchemy import BigInteger, Boolean, DateTime, Integer, SmallInteger

from consent_ledger.tables import consent, credentials, delivery, metadata, register, rights
from consent_ledger.tables import transparency_log as log

MODULES = (consent, credentials, delivery, log, register, rights)
"""Imported so that every table is in the metadata."""

HARMLESS = (BigInteger, Boolean, DateTime, Integer, SmallInteger)

REVIEWED = {
    "aborted_turn": set(),
    "agreement_version": {"agreement_id", "body"},
    "api_key": {"key_id", "organisation", "scopes", "digest"},  # of an organisation
    "change": {"kind", "participant_id", "agreement_id", "service_id"},
    "checkpoint": {"note"},
    "dead_letter_key": {"origin", "sealed_key", "key_epoch"},
    "dead_letter_use": {"origin", "operator", "did"},  # of the hub's own people
    "disclosure": {"participant_id", "shown_as", "event_id", "agreement_id", "digest"},
    "disclosure_batch": {"agreement_id", "hashes"},
    "enforcement": {"by_agreement"},  # agreements and counts
    "erased_reference": {"digest"},
    "erasure_certificate": {"body", "owed_for"},  # names nobody, see test_erasing; keyed codes
    "entry": {"leaf", "hashes"},
    "head": {"state"},
    "journal": {"participant_id", "event_id", "provider_id", "service_id", "digest", "sealed"},
    "kept_identity": {"participant_id", "digest", "sealed"},
    "counted_value": {"digest"},
    "key_epoch": {"epoch"},
    "look_up": {"participant_id", "provider_id", "answer"},
    "match_key": {"kind", "digest", "participant_id"},
    "participant": {
        "participant_id",
        "ledger_id",
        "salt",
        "state",
        "sealed_key",
        "key_epoch",
        "merged_into",
        "registered_by",
    },
    "position": {"topic"},
    "provider": {"provider_id", "name", "ukprn"},  # of an organisation, and public
    "provider_reference": {"provider_id", "digest", "participant_id"},
    "service": {"service_id", "provider_id", "name"},  # of a service
    "shard": {"partitions"},
    "sweep": {
        "participant_id",
        "agreement_ids",
        "service_ids",
        "seqs",
        "after_participant",
        "after_event",
        "cost",
    },
    "duplicate_search": set(),
    "two_people": {"participant_id", "other_id"},
    "unentered_turn": set(),
    "standing": {"participant_id", "agreement_id", "excluded"},
    "waiting": {"participant_id", "event_id", "agreement_id"},
}
"""Every column that could hold a text or bytes, looked at one by one: passport numbers, slugs of
organisations, keyed digests and sealed values. No name, no date of birth and no number that
anybody else gave a person."""

NAMING = ("given", "family", "surname", "birth", "uln", "nino", "ni_number", "postcode", "mail")


def test_every_column_that_could_name_a_person_was_looked_at() -> None:
    """A new one is added to the list above by somebody who knows what it will hold."""
    found = {
        table.name: {
            column.name for column in table.columns if not isinstance(column.type, HARMLESS)
        }
        for table in metadata.tables.values()
    }

    assert found == REVIEWED


def test_no_column_is_named_after_what_names_a_person() -> None:
    """Whatever its type."""
    for table in metadata.tables.values():
        for column in table.columns:
            assert not any(word in column.name for word in NAMING), f"{table.name}.{column.name}"


def test_every_table_stands_in_the_ledger_s_own_schema() -> None:
    """No other package reads it, and it reads no other's."""
    assert {table.schema for table in metadata.tables.values()} == {"ledger"}
