"""No module reads what is held of people without a property that it shows what is decided."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from tests.guards.source_files import (
    PACKAGES,
    ROOT,
    imports_of,
    module_of,
    name_of,
    names_reached,
    package_of,
    python_files,
)
from tests.integration.read_paths.read_paths_in_sql import READ_PATHS_IN_SQL
from tests.properties.test_read_paths import READ_PATHS

READING: Final = {
    "consent_ledger.journal.journal.unseal_event",
    "consent_ledger.journal.vault.unseal",
    "consent_ledger.register.kept_identities.open_identity",
    "consent_ledger.consent.decisions.decide",
    "consent_ledger.consent.decisions.open_categories",
    "consent_ledger.filter.remembered_decisions.RememberedDecisions",
    "consent_ledger.consent.access.access_by_agreement",
    "consent_ledger.consent.access.named_agreements_of",
    "consent_ledger.rights.access_log.disclosures_of",
    "consent_ledger.rights.proofs.prove_disclosures",
    "consent_ledger.rights.export.export",
    "consumers.passport.event_facts.facts_of",
    "consumers.passport.facts.facts_about",
    "consumers.passport.view.view",
    "consumers.passport.view.build",
    "consumers.passport.organisation.as_organisation",
    "deploy.operations.passport_seen.passport_seen",
    "consumers.analytics.facts.facts_of",
    "consumers.analytics.measures.funnel",
    "consumers.analytics.measures.outcomes",
    "consumers.analytics.measures.interim_outcomes",
}
"""What opens the journal, decides, or reads what was disclosed or received."""

HOLDING: Final = {
    "consent_ledger.tables.delivery.disclosure",
    "consent_ledger.tables.delivery.journal",
    "consumers.passport.tables.event",
    "consumers.analytics.tables.fact",
}
"""Tables that what is read stands in."""

TRIED: Final = {
    "consent_ledger/consent/decisions.py": "stream",
    "consent_ledger/filter/batch.py": "backfill",
    "consent_ledger/filter/planning.py": "replay",
    "consent_ledger/filter/remembered_decisions.py": "replay",
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
    "consumers/passport/event_facts.py": "passports",
    "consumers/passport/facts.py": "passports",
    "consumers/passport/organisation.py": "passports",
    "consumers/passport/sealed_facts.py": "passports",
    "consumers/passport/view.py": "passports",
    "deploy/cli/passport.py": "passports",
    "deploy/operations/passport_seen.py": "passports",
    "deploy/operations/prefill.py": "passports",
    "deploy/operations/merge_preview.py": "passports",
    "consumers/analytics/measures.py": "figures",
    "deploy/cli/stats.py": "figures",
    "consumers/analytics/facts.py": "rows of figures",
    "deploy/operations/subject_access.py": "rows of figures",
}
"""Modules that show something of people, each with the path on which a property tries it."""

EXCUSED: Final = {
    "consent_ledger/audit/journal_rows.py": "opens for the audit, which shows keys alone",
    "consent_ledger/audit/spool.py": "reads again what the audit set aside, for the audit alone",
    "consent_ledger/audit/stored_facts.py": "reads for the audit, which shows keys alone",
    "consent_ledger/journal/vault.py": "opens what the others ask for",
    "consent_ledger/filter/dead_letters.py": "opens what was not accepted; each use is noted",
    "consent_ledger/filter/changes.py": "finds whose events are to be looked at, opens none",
    "consent_ledger/reidentification/owners.py": "scores claims, of which counts alone are shown",
    "consent_ledger/register/kept_identities.py": "opens what the two others ask for",
    "consent_ledger/register/recognition.py": "compares in memory, shows no value of anybody",
    "consent_ledger/register/register.py": "opens what is asked again, shows no value of anybody",
    "consent_ledger/register/working_set.py": "opens what is compared, shows no value of anybody",
    "consent_ledger/register/participants.py": "counts events for the operator",
    "consent_ledger/rights/erased_rows.py": "deletes",
    "consent_ledger/rights/receipts.py": "terms and permissions alone, no data",
    "consent_ledger/consent/remaining_access.py": "terms and permissions alone, no data",
    "consent_ledger/verification/table_rows.py": "compares with the ledger, shows places alone",
    "consumers/passport/comparing.py": "compares with the tray, shows keys alone",
    "consumers/analytics/comparing.py": "compares with the tray, shows keys alone",
    "deploy/demo/story/one_participant.py": "the demonstration's own made-up people",
    "deploy/demo/story/trays.py": "the demonstration's own made-up people",
    "deploy/demo/story/withdrawal.py": "the demonstration's own made-up people",
    "deploy/home/key_file.py": "keys alone, under a recovery key",
    "deploy/operations/matching_weights.py": "compares in memory, of which shares alone are shown",
    "deploy/operations/dry_run.py": "decides and compares with the trays",
}
"""Modules that show nothing of people, or not to anybody, each with the reason."""


def readers(files: Mapping[Path, str]) -> set[Path]:
    """Return the files that define or reach a reading function, or reach a table, by any name.

    Whoever imports one from a module that has itself imported it reaches it, too.
    """
    reading = READING | HOLDING
    imported = {path: imports_of(source, package_of(path)) for path, source in files.items()}
    while True:
        passed_on = {
            f"{module_of(path)}.{name}"
            for path, names in imported.items()
            for name, origin in names.items()
            if origin in reading
        }
        if passed_on <= reading:
            break
        reading |= passed_on
    return {
        path
        for path, source in files.items()
        if any(one.rpartition(".")[0] == module_of(path) for one in READING)
        or not reading.isdisjoint(names_reached(source, package_of(path)))
    }


@pytest.mark.parametrize("name", sorted(READING | HOLDING))
def test_what_is_looked_for_is_there(name: str) -> None:
    """A function that has got another name would find no reader."""
    module, _, attribute = name.rpartition(".")

    assert hasattr(import_module(module), attribute)


def test_whoever_reads_what_is_held_of_people_is_tried_by_a_property() -> None:
    """A new one needs a line above, and a path in one of the two properties."""
    files = {path: path.read_text("utf-8") for path in python_files(*PACKAGES)}

    assert {name_of(path) for path in readers(files)} == TRIED.keys() | EXCUSED.keys()


@pytest.mark.parametrize(
    "source",
    [
        "from consumers.passport.view import view as show",
        "from consumers.passport import view as passports\nshown = passports.view(connection, one)",
        "import consumers.passport.view as shown\nshown.view(connection, one)",
        "import consumers.passport.view\nconsumers.passport.view.view(connection, one)",
        "from consent_ledger.tables import delivery\nrows = select(delivery.journal)",
        "from deploy.operations.passport_seen import view",
    ],
)
def test_a_reader_is_found_under_whatever_name_it_reads(source: str) -> None:
    """An alias, the whole module, or a module on the way hides nobody."""
    known = ROOT / "deploy/operations/passport_seen.py"
    new = ROOT / "deploy/pages/new.py"

    assert new in readers({known: known.read_text("utf-8"), new: source})


def test_what_reads_nothing_is_no_reader() -> None:
    """A function of the same name, and a module that is imported for something else."""
    new = ROOT / "deploy/pages/new.py"
    source = "from consumers.passport.view import Passport\ndef view(connection): ..."

    assert readers({new: source}) == set()


def test_every_path_that_is_named_is_tried_and_every_one_tried_is_named() -> None:
    """In memory or in SQL; the stream's own record of what it sent is tried in both."""
    tried = READ_PATHS.keys() | READ_PATHS_IN_SQL.keys()

    assert set(TRIED.values()) == tried - {"disclosure log"}
