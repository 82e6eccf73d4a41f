"""Mutants of what a table may claim: each has a unit test."""

from typing import Final

from tests.simulation.mutant import Mutant
from tests.simulation.mutants_of_rules import RuleMutant

_IMPORTING: Final = "tests.unit.tables.test_importing"

MUTANTS_OF_TABLES: Final = (
    RuleMutant(
        Mutant(
            "of two rows with one key both are taken",
            "producers.tables.intake",
            "TableIntake._sort",
            "row.key in self.survey.keys",
            "False",
        ),
        _IMPORTING,
        "test_two_rows_with_one_key_are_both_set_aside",
    ),
    RuleMutant(
        Mutant(
            "a reference may be two people's",
            "producers.tables.intake",
            "TableIntake._is_of_two",
            "in self.survey.shared",
            "in ()",
        ),
        _IMPORTING,
        "test_a_person_can_have_several_rows_and_one_reference_is_one_person",
    ),
    RuleMutant(
        Mutant(
            "an end may be before its start in a table",
            "producers.tables.rows",
            "RowReader._note_together",
            "misordered(told)",
            "()",
        ),
        _IMPORTING,
        "test_days_in_the_wrong_order_set_a_row_aside",
    ),
    RuleMutant(
        Mutant(
            "a mapping of another organisation is taken",
            "producers.tables.importer",
            "TableImporter._demand_own",
            "mapping.provider not in {None, self.provider_id}",
            "False",
        ),
        _IMPORTING,
        "test_a_mapping_of_another_organisation_is_refused",
    ),
    RuleMutant(
        Mutant(
            "a column that nobody placed is passed over",
            "producers.tables.placing",
            "_demand_placed",
            "if unplaced:",
            "if False:",
        ),
        _IMPORTING,
        "test_a_column_that_nobody_placed_refuses_the_table",
    ),
)
