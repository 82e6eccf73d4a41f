"""Mutants of who is known, who is asked about and who sees it: each has a unit test."""

from typing import Final

from tests.simulation.mutant import Mutant
from tests.simulation.mutants_of_rules import RuleMutant

_UNIT: Final = "tests.unit.consent_ledger."
_LOOK_UPS: Final = _UNIT + "test_look_ups"
_KNOWN: Final = _UNIT + "test_known_people"
_UNREADABLE: Final = _UNIT + "test_unreadable_identities"
_SETS: Final = _UNIT + "test_sets"
_WORKING_SET: Final = "consent_ledger.register.working_set"
_FOUND: Final = _UNIT + "test_duplicates"
_APART: Final = _UNIT + "test_telling_apart"
_DUPLICATES: Final = "consent_ledger.register.duplicates"
_REGISTER: Final = "consent_ledger.register.register"
_FINDING: Final = "consent_ledger.register.finding"

MUTANTS_OF_REGISTER: Final = (
    RuleMutant(
        Mutant(
            "a door weighs by the shipped weights whatever the hub has set",
            "consent_ledger.register.recognition",
            "recognise",
            ", weights=rows.weights",
            "",
        ),
        _UNIT + "test_other_weights",
        "test_at_a_door_and_found_later_people_are_weighed_by_the_hubs_own_weights",
    ),
    RuleMutant(
        Mutant(
            "who cannot be compared with somebody is new",
            _FINDING,
            "find",
            "not_compared(sharing(rows, asked.keys))",
            "None",
        ),
        _UNREADABLE,
        "test_it_is_a_question_of_one_and_the_others_of_the_set_go_through",
    ),
    RuleMutant(
        Mutant(
            "a reference is linked though the answer cannot be taken",
            _REGISTER,
            "_take",
            "rows.demand_open(number)",
            "pass",
        ),
        _UNREADABLE,
        "test_a_number_that_is_brought_is_a_question_and_an_answer_is_refused",
    ),
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
            _FINDING,
            "_compared",
            " and candidates - ruled_out == known",
            "",
        ),
        _KNOWN,
        "test_who_shares_a_number_with_somebody_else_is_asked_about_both",
    ),
    RuleMutant(
        Mutant(
            "a number that agrees asks nobody",
            _FINDING,
            "_compared",
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
            "not against",
            "True",
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
    RuleMutant(
        Mutant(
            "who was told apart is listed again",
            _DUPLICATES,
            "duplicates_of",
            "if pair.numbers not in apart",
            "",
        ),
        _APART,
        "test_who_is_told_apart_is_listed_no_more_from_either_side",
    ),
    RuleMutant(
        Mutant(
            "two who share an official number are not listed",
            _DUPLICATES,
            "_compared",
            "verdict is MatchVerdict.NEW and",
            "False and",
        ),
        _FOUND,
        "test_who_shares_an_official_number_is_listed_whatever_else_says",
    ),
    RuleMutant(
        Mutant(
            "whom version 0.1 registered is not listed",
            _DUPLICATES,
            "duplicates_of",
            ", *_by_old_keys(number, old)",
            "",
        ),
        _FOUND,
        "test_who_of_version_0_1_shares_an_exact_key_is_possible_without_a_score",
    ),
    RuleMutant(
        Mutant(
            "a number that agrees rules nobody out who was told apart",
            _FINDING,
            "_compared",
            "candidates - ruled_out == known",
            "candidates == known",
        ),
        _APART,
        "test_a_door_is_asked_no_more_about_somebody_who_was_told_apart",
    ),
    RuleMutant(
        Mutant(
            "who was parted is listed again",
            "consent_ledger.consent.merges",
            "unmerge",
            "tx.tell_apart(in_order(participant_id, row.merged_into), first)",
            "pass",
        ),
        _APART,
        "test_who_was_parted_is_not_listed_though_nobody_told_them_apart_before",
    ),
    RuleMutant(
        Mutant(
            "what unmerging closed is a no under the other number",
            "consent_ledger.consent.reconciling",
            "_answered",
            "if kind in _ANSWERS",
            "",
        ),
        _UNIT + "test_reconciling",
        "test_what_an_unmerging_closed_is_no_answer",
    ),
    RuleMutant(
        Mutant(
            "two values that differ are one",
            "consumers.passport.conflicts",
            "conflicts_between",
            "not is_same_value(value.last.value, other.last.value)",
            "value.last.provider_id == other.last.provider_id",
        ),
        "tests.unit.consumers.test_passport_conflicts",
        "test_what_two_say_differently_comes_with_both_sources",
    ),
    RuleMutant(
        Mutant(
            "a consent that has run out is a no under the other number",
            "consent_ledger.consent.reconciling",
            "reconciled",
            " and not standing.has_run_out(now)",
            "",
        ),
        _UNIT + "test_reconciling",
        "test_what_has_run_out_says_nothing_against_what_holds",
    ),
)
