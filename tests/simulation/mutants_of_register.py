"""Mutants of who is known, who is asked about and who sees it: each has a unit test."""

from typing import Final

from tests.simulation.mutant import Mutant
from tests.simulation.mutants_of_rules import RuleMutant

_UNIT: Final = "tests.unit.consent_ledger."
_LOOK_UPS: Final = _UNIT + "test_look_ups"
_KNOWN: Final = _UNIT + "test_known_people"
_SETS: Final = _UNIT + "test_sets"
_WORKING_SET: Final = "consent_ledger.register.working_set"
_REGISTER: Final = "consent_ledger.register.register"

MUTANTS_OF_REGISTER: Final = (
    RuleMutant(
        Mutant(
            "whom a door asks about cannot see it",
            _REGISTER,
            "_asked_about",
            "rows.note(match.candidates, Reply.POSSIBLE_MATCH)",
            "pass",
        ),
        _LOOK_UPS,
        "test_a_possible_match_is_written_down_for_everybody_whom_it_may_be",
    ),
    RuleMutant(
        Mutant(
            "whom a dry run asks about cannot see it",
            "consent_ledger.register.dry_run",
            "TrialRegister.register_all",
            "one.participant_id not in self._changes.people",
            "False",
        ),
        _LOOK_UPS,
        "test_a_dry_run_is_written_down_too",
    ),
    RuleMutant(
        Mutant(
            "a number is told without consent",
            _REGISTER,
            "_asked_about",
            "not asked.registrant.has_consent or ",
            "",
        ),
        _LOOK_UPS,
        "test_a_possible_match_is_written_down_for_everybody_whom_it_may_be",
    ),
    RuleMutant(
        Mutant(
            "the number of another provider is told for one that is shown",
            _REGISTER,
            "_carried",
            "_take(rows, asked, number",
            "_take(rows, asked, rows.numbers_of(number)[0].participant_id",
        ),
        _LOOK_UPS,
        "test_the_number_that_is_shown_is_the_one_that_is_told",
    ),
    RuleMutant(
        Mutant(
            "what was counted of a person erased stays",
            "consent_ledger.rights.erasure",
            "record_erasure",
            "tx.count_down(counted)",
            "pass",
        ),
        _KNOWN,
        "test_of_an_erased_person_no_digest_no_identity_and_no_count_is_left",
    ),
    RuleMutant(
        Mutant(
            "somebody is known although another has the number",
            _REGISTER,
            "find",
            " and candidates == {answer.matches[0].key}",
            "",
        ),
        _KNOWN,
        "test_who_shares_a_number_with_somebody_else_is_asked_about_both",
    ),
    RuleMutant(
        Mutant(
            "a number that agrees asks nobody",
            _REGISTER,
            "find",
            "candidates |= by_number.keys()",
            "pass",
        ),
        _KNOWN,
        "test_a_learner_number_with_another_name_and_birthday_asks",
    ),
    RuleMutant(
        Mutant(
            "a door learns who is known elsewhere",
            _REGISTER,
            "_take",
            "is_new=True",
            "is_new=False",
        ),
        _KNOWN,
        "test_who_is_known_sees_it_and_the_door_does_not",
    ),
    RuleMutant(
        Mutant(
            "who is known at a door cannot see it",
            _REGISTER,
            "_take",
            "rows.note([number], answer)",
            "pass",
        ),
        _KNOWN,
        "test_who_is_known_sees_it_and_the_door_does_not",
    ),
    RuleMutant(
        Mutant(
            "another person's identity is kept under a reference",
            _REGISTER,
            "_by_reference",
            " and not recognition.against(rows, asked, shown)",
            "",
        ),
        _KNOWN,
        "test_a_reference_that_is_another_person_s_now_tells_nothing_of_the_first",
    ),
    RuleMutant(
        Mutant(
            "a number is taken from whoever brings it",
            _REGISTER,
            "_differing",
            "if against else None",
            "if False else None",
        ),
        _KNOWN,
        "test_a_number_that_somebody_else_brings_is_asked_about",
    ),
    RuleMutant(
        Mutant(
            "what is told of somebody who is known is not kept",
            _REGISTER,
            "_take",
            "recognition.keep(rows, asked, number)",
            "pass",
        ),
        _KNOWN,
        "test_an_earlier_name_is_kept",
    ),
    RuleMutant(
        Mutant(
            "people of one set do not know each other",
            _WORKING_SET,
            "WorkingSet.having",
            ".union(self.changes.keys.get(key, ()))",
            "",
        ),
        _SETS,
        "test_the_first_and_the_last_of_a_set_may_be_one_person",
    ),
    RuleMutant(
        Mutant(
            "what many of one set share is not counted",
            _WORKING_SET,
            "WorkingSet.holders",
            " + since",
            "",
        ),
        _SETS,
        "test_what_many_of_a_set_share_makes_nobody_a_candidate",
    ),
    RuleMutant(
        Mutant(
            "a reference of one set is linked to two people",
            _WORKING_SET,
            "WorkingSet.by_reference",
            "linked or self.changes.references.get(reference)",
            "linked",
        ),
        _SETS,
        "test_a_reference_that_comes_twice_in_a_set_is_one_person",
    ),
    RuleMutant(
        Mutant(
            "the same telling of one set is kept twice",
            _WORKING_SET,
            "WorkingSet.is_kept",
            "kept | new",
            "kept",
        ),
        _SETS,
        "test_the_first_and_the_last_of_a_set_may_be_one_person",
    ),
)
