"""Mutants of what a return may claim: each has a unit test."""

from typing import Final

from tests.simulation.mutant import Mutant
from tests.simulation.mutants_of_rules import RuleMutant

_CLAIMS: Final = "tests.unit.ilr.test_what_a_return_may_claim"
_EARLIER: Final = "deploy.operations.earlier_references"

MUTANTS_OF_RETURNS: Final = (
    RuleMutant(
        Mutant(
            "any reference at another provider opens the number that was found",
            _EARLIER,
            "EarlierReferences.of_another",
            "if said not in numbers:",
            "if False:",
        ),
        _CLAIMS,
        "test_a_reference_elsewhere_decides_about_the_one_who_was_found_alone",
    ),
    RuleMutant(
        Mutant(
            "a reference at another provider decides between two",
            _EARLIER,
            "EarlierReferences.of_another",
            " or len(answer.candidates) > 1",
            "",
        ),
        _CLAIMS,
        "test_a_reference_elsewhere_does_not_decide_between_two",
    ),
    RuleMutant(
        Mutant(
            "that somebody was known elsewhere is told",
            _EARLIER,
            "EarlierReferences.of_another",
            "replace(taken, is_new=True)",
            "taken",
        ),
        _CLAIMS,
        "test_a_reference_elsewhere_decides_about_the_one_who_was_found_alone",
    ),
    RuleMutant(
        Mutant(
            "two learners may have been one",
            "producers.ilr.survey",
            "Survey.is_clear",
            "_written(earlier) not in self.earlier",
            "True",
        ),
        _CLAIMS,
        "test_a_reference_that_two_learners_claim_is_used_for_neither",
    ),
    RuleMutant(
        Mutant(
            "a learner who is there may be another, too",
            "producers.ilr.survey",
            "Survey.close",
            "self.earlier.also_in(self.references)",
            "pass",
        ),
        _CLAIMS,
        "test_a_reference_that_somebody_has_now_says_nothing_of_another",
    ),
    RuleMutant(
        Mutant(
            "events go over to another number",
            "producers.ilr.intake",
            "Intake._reference_before",
            "person.number_before in {None, person.participant_id}",
            "True",
        ),
        _CLAIMS,
        "test_one_who_has_two_numbers_by_now_is_told_and_nothing_moves",
    ),
    RuleMutant(
        Mutant(
            "anybody hands in a return of anybody",
            "producers.ilr.rules.file",
            "other_organisation",
            "if ukprns.get(header.ukprn) == provider_id:",
            "if provider_id:",
        ),
        _CLAIMS,
        "test_a_return_of_another_organisation_is_refused_before_anything",
    ),
    RuleMutant(
        Mutant(
            "an answer about nobody is overlooked",
            "producers.answers",
            "demand_present",
            "if faults:",
            "if False:",
        ),
        _CLAIMS,
        "test_an_answer_about_nobody_in_the_return_takes_nobody",
    ),
)
