"""No module reads what is held of people without a property that it shows what is decided."""

from pathlib import Path
from typing import Final

from tests.integration.read_paths.read_paths_in_sql import READ_PATHS_IN_SQL
from tests.properties.test_read_paths import READ_PATHS

ASKING: Final = (
    "unseal_event(",
    "unseal(",
    "decide(",
    "open_categories(",
    "access_by_agreement(",
    "as_organisation(",
    "disclosures_of(",
    "prove_disclosures(",
    "disclosure.c.",
    "journal.c.",
    "fact.c.",
    "tables.fact",
    "facts_of(",
    "facts_about(",
    "export(connection",
    "view(connection",
    "funnel(",
)
"""What is called by whoever opens the journal, decides, or reads what was disclosed or received."""

TRIED: Final = {
    "consent_ledger/consent/decisions.py": "stream",
    "consent_ledger/filter/batch.py": "backfill",
    "consent_ledger/filter/planning.py": "replay",
    "consent_ledger/journal/disclosures.py": "tray",
    "consent_ledger/consent/access.py": "told as open",
    "deploy/operations/access.py": "told as open",
    "consent_ledger/rights/access_log.py": "access log",
    "deploy/cli/disclosures.py": "access log and trays",
    "consent_ledger/rights/export.py": "disclosures in a copy",
    "consent_ledger/journal/journal.py": "events in a copy",
    "consent_ledger/rights/disclosure_batches.py": "proofs of disclosures",
    "consent_ledger/rights/disclosure_leaves.py": "proofs of disclosures",
    "consent_ledger/rights/proofs.py": "proofs of disclosures",
    "consumers/passport/facts.py": "passports",
    "consumers/passport/organisation.py": "passports",
    "consumers/passport/view.py": "passports",
    "deploy/cli/passport.py": "passports",
    "consumers/analytics/measures.py": "figures",
    "consumers/analytics/facts.py": "rows of figures",
    "deploy/operations/subject_access.py": "rows of figures",
}
"""Modules that show something of people, each with the path on which a property tries it."""

EXCUSED: Final = {
    "consent_ledger/audit.py": "every tray, worked out the naive way",
    "consent_ledger/journal/vault.py": "opens what the others ask for",
    "consent_ledger/filter/changes.py": "finds whose events are to be looked at, opens none",
    "consent_ledger/register/participants.py": "counts events for the operator",
    "consent_ledger/rights/erased_rows.py": "deletes",
    "consent_ledger/rights/receipts.py": "terms and permissions alone, no data",
    "consent_ledger/consent/remaining_access.py": "terms and permissions alone, no data",
    "consent_ledger/verification/table_rows.py": "compares with the ledger, shows places alone",
    "deploy/demo/story/one_participant.py": "the demonstration's own made-up people",
    "deploy/demo/story/trays.py": "the demonstration's own made-up people",
    "deploy/demo/story/withdrawal.py": "the demonstration's own made-up people",
    "deploy/operations/probe.py": "the probe's own made-up participant",
    "deploy/operations/dry_run.py": "decides and compares with the trays",
}
"""Modules that show nothing of people, or not to anybody, each with the reason."""


def test_whoever_reads_what_is_held_of_people_is_tried_by_a_property() -> None:
    """A new one needs a line above, and a path in one of the two properties."""
    root = Path(__file__).parents[2]
    found = {
        path.relative_to(root).as_posix()
        for package in ("schemas", "producers", "consent_ledger", "consumers", "deploy")
        for path in (root / package).rglob("*.py")
        if any(one in path.read_text() for one in ASKING)
    }

    assert found == TRIED.keys() | EXCUSED.keys()


def test_every_path_that_is_named_is_tried_and_every_one_tried_is_named() -> None:
    """In memory or in SQL; the stream's own record of what it sent is tried in both."""
    tried = READ_PATHS.keys() | READ_PATHS_IN_SQL.keys()

    assert set(TRIED.values()) == tried - {"disclosure log"}
