"""Mutants that no history notices, or few do: each has a unit test that does."""

from typing import Final, NamedTuple

from tests.simulation.mutant import Mutant

_UNIT: Final = "tests.unit.consent_ledger."


class RuleMutant(NamedTuple):
    """A mutant, and the test that must fail: its module, and the class or function in it."""

    mutant: Mutant
    module: str
    test: str


MUTANTS_OF_RULES: Final = (
    RuleMutant(
        Mutant(
            "who writes an in-tray itself may end what has not begun",
            "consent_ledger.filter.intake",
            "admit",
            "_demand_date_order(event)",
            "pass",
        ),
        _UNIT + "test_intake",
        "test_an_end_before_its_start_is_refused_also_from_who_writes_its_in_tray_itself",
    ),
    RuleMutant(
        Mutant(
            "a door may send what ended before it began",
            "producers.publisher",
            "value_of",
            "demand_date_order(event)",
            "pass",
        ),
        "tests.unit.producers.test_publisher",
        "test_an_end_before_its_start_is_refused_whatever_door_it_came_by",
    ),
    RuleMutant(
        Mutant(
            "the basis of the other gate is told",
            "consent_ledger.consent.decisions",
            "decide",
            "agreement.categories.get(gate)",
            "agreement.categories.get(Category.PARTICIPATION)",
        ),
        _UNIT + "test_decisions",
        "test_the_basis_that_is_told_is_that_of_the_gate_in_question",
    ),
    RuleMutant(
        Mutant(
            "two numbers are open until the later end",
            "consent_ledger.consent.decisions",
            "Standing.and_also",
            "min(ends, default=None)",
            "max(ends, default=None)",
        ),
        _UNIT + "test_decisions",
        "TestTwoNumbers.test_a_category_is_open_where_both_have_granted_it",
    ),
    RuleMutant(
        Mutant(
            "who one of two numbers leaves out is not left out",
            "consent_ledger.consent.decisions",
            "Standing.and_also",
            "self.excluded | other.excluded",
            "self.excluded & other.excluded",
        ),
        _UNIT + "test_decisions",
        "TestTwoNumbers.test_a_category_is_open_where_both_have_granted_it",
    ),
    RuleMutant(
        Mutant(
            "an objection of one of two numbers is not enough",
            "consent_ledger.consent.decisions",
            "Standing.and_also",
            "self.has_objected or other.has_objected",
            "self.has_objected and other.has_objected",
        ),
        _UNIT + "test_decisions",
        "TestTwoNumbers.test_a_notice_is_needed_of_both_and_one_objection_is_enough",
    ),
    RuleMutant(
        Mutant(
            "a notice to one of two numbers is enough",
            "consent_ledger.consent.decisions",
            "Standing.and_also",
            "self.is_informed and other.is_informed",
            "self.is_informed or other.is_informed",
        ),
        _UNIT + "test_decisions",
        "TestTwoNumbers.test_a_notice_is_needed_of_both_and_one_objection_is_enough",
    ),
    RuleMutant(
        Mutant(
            "a merge is not named as what decided",
            "consent_ledger.filter.planning",
            "Planner.plan",
            "max(name.seq, mark.seq)",
            "mark.seq",
        ),
        _UNIT + "test_planning",
        "test_a_merge_that_was_entered_last_decided",
    ),
    RuleMutant(
        Mutant(
            "a mark is not named as what decided",
            "consent_ledger.filter.planning",
            "Planner.plan",
            "max(name.seq, mark.seq)",
            "name.seq",
        ),
        _UNIT + "test_planning",
        "test_a_service_s_mark_that_was_entered_last_decided",
    ),
    RuleMutant(
        Mutant(
            "what a merge retracts is decided by nothing",
            "consent_ledger.filter.planning",
            "Planner.plan",
            "self._retracted(event, old, issued, name.seq)",
            "self._retracted(event, old, issued, 0)",
        ),
        _UNIT + "test_planning",
        "test_a_merge_that_was_entered_last_decided",
    ),
    RuleMutant(
        Mutant(
            "a tray once filled is not looked at without a standing",
            "consent_ledger.filter.planning",
            "Planner._considered",
            "{place.agreement_id for place in last}",
            "set()",
        ),
        _UNIT + "test_planning",
        "test_a_tray_once_filled_is_looked_at_though_no_standing_is_left",
    ),
    RuleMutant(
        Mutant(
            "a provider replaces another's event",
            "consent_ledger.filter.batch",
            "_refuse",
            "known is not None and known.provider_id != event.provider_id",
            "False",
        ),
        _UNIT + "test_turns",
        "test_a_provider_does_not_replace_another_s_event",
    ),
    RuleMutant(
        Mutant(
            "a dead letter names somebody erased",
            "consent_ledger.filter.batch",
            "_with_erased_marked",
            "if numbers & erased:",
            "if False:",
        ),
        _UNIT + "test_turns",
        "test_no_dead_letter_is_about_somebody_erased",
    ),
    RuleMutant(
        Mutant(
            "a dead letter is about somebody erased",
            "consent_ledger.filter.batch",
            "Preparation._letters",
            "refusal.reason is not Reason.ERASED_PARTICIPANT",
            "True",
        ),
        _UNIT + "test_turns",
        "test_no_dead_letter_is_about_somebody_erased",
    ),
    RuleMutant(
        Mutant(
            "compaction waits for the next tick after an erasure",
            "consent_ledger.filter.agenda",
            "read_agenda",
            "agenda.is_tick_due |= change.kind is EntryKind.ERASED",
            "pass",
        ),
        _UNIT + "test_turns",
        "test_an_erasure_lets_a_tick_be_written_at_once",
    ),
    RuleMutant(
        Mutant(
            "a provider that is entered is not read",
            "consent_ledger.filter.shard",
            "Shard._follow_providers",
            "if self._topics != self._terms.topics():",
            "if False:",
        ),
        _UNIT + "test_turns",
        "test_a_provider_that_is_entered_is_read_from_then_on",
    ),
    RuleMutant(
        Mutant(
            "a shard without events looks once",
            "consent_ledger.filter.shard",
            "Shard._is_check_due",
            "self._checked_at is None or now - self._checked_at >= self._settings.check_every",
            "self._checked_at is None",
        ),
        _UNIT + "test_turns",
        "test_a_turn_without_events_carries_out_what_was_said",
    ),
    RuleMutant(
        Mutant(
            "consent is given until a moment that has passed",
            "consent_ledger.consent.consent",
            "_grants",
            "change.until <= now",
            "False",
        ),
        _UNIT + "test_turns",
        "test_consent_is_not_given_until_a_moment_that_has_passed",
    ),
    RuleMutant(
        Mutant(
            "every number's standing names the first entry",
            "consent_ledger.consent.standing_entries",
            "enter",
            "change.after._replace(seq=seq)",
            "change.after._replace(seq=seqs[0])",
        ),
        _UNIT + "test_turns",
        "test_a_standing_names_the_entry_of_its_own_number",
    ),
    RuleMutant(
        Mutant(
            "a parted number's standing names no entry",
            "consent_ledger.consent.merges",
            "unmerge",
            "after._replace(seq=seq)",
            "after",
        ),
        _UNIT + "test_turns",
        "test_a_standing_names_the_entry_of_its_own_number",
    ),
    RuleMutant(
        Mutant(
            "a mark names the entry before",
            "consent_ledger.consent.new_terms",
            "enter_services",
            "marked_by |= zip((service.id for service in changed), seqs, strict=True)",
            "changes = zip((service.id for service in changed), seqs, strict=True)\n"
            "    marked_by = dict(changes) | marked_by",
        ),
        _UNIT + "test_turns",
        "test_a_mark_names_the_entry_that_changed_it",
    ),
    RuleMutant(
        Mutant(
            "what a portion has decided moves no moment of the cursor",
            "consent_ledger.filter.shard",
            "Shard._sweep",
            "cursor.after_deciding_for(now)",
            "cursor",
        ),
        _UNIT + "test_sweeps",
        "test_what_had_run_out_by_a_fast_clock_is_looked_at_again_once_it_is_right",
    ),
    RuleMutant(
        Mutant(
            "the issues of an event begin again under another number",
            "consent_ledger.filter.planning",
            "Planner.plan",
            "issued = _issued(last)",
            "issued = _issued({p: s for p, s in last.items() if p.shown_as == name.shown_as})",
        ),
        _UNIT + "test_planning",
        "test_records_that_moved_with_a_merge_never_share_an_id",
    ),
    RuleMutant(
        Mutant(
            "a correction retracts what a merge's sweep has not come to",
            "consent_ledger.filter.planning",
            "Planner.plan",
            " and (only is None or place.agreement_id in only)",
            "",
        ),
        _UNIT + "test_sweeps",
        "test_a_correction_moves_no_record_before_the_sweep_of_a_merge_comes_to_it",
    ),
    RuleMutant(
        Mutant(
            "each of several changes costs the same",
            "consent_ledger.filter.agenda",
            "enforced_by",
            "is_last = last[change.participant_id, change.agreement_id] == change.seq",
            "is_last = True",
        ),
        _UNIT + "test_agenda",
        "test_of_several_changes_to_one_standing_the_last_was_carried_out",
    ),
    RuleMutant(
        Mutant(
            "of what a change cost the last record counts",
            "consent_ledger.filter.agenda",
            "cost_of",
            "cost.get(agreement_id, Cost()).plus(added)",
            "added",
        ),
        _UNIT + "test_agenda",
        "test_a_change_costs_what_was_written_and_retracted_under_its_agreement",
    ),
    RuleMutant(
        Mutant(
            "a merge is never enforced",
            "consent_ledger.filter.agenda",
            "asks_anything",
            "change.kind in _OF_EVERYTHING",
            "change.kind is EntryKind.ERASED",
        ),
        _UNIT + "test_agenda",
        "test_an_erasure_a_merge_and_a_parting_cost_what_was_sent_of_the_person",
    ),
    RuleMutant(
        Mutant(
            "unmerging leaves events under the other number",
            "consent_ledger.filter.agenda",
            "read_agenda",
            "change.kind in _OF_EVERYTHING",
            "change.kind in _OF_EVERYTHING - {EntryKind.UNMERGED}",
        ),
        _UNIT + "test_agenda",
        "test_everything_of_a_person_is_looked_at_after_a_change_of_their_name",
    ),
    RuleMutant(
        Mutant(
            "a change of one agreement hides one of everything",
            "consent_ledger.filter.agenda",
            "read_agenda",
            "        if agreements is not None:\n            agreements.add(agreement_id)",
            "        agenda.scope[participant_id] = (agreements or set()) | {agreement_id}",
        ),
        _UNIT + "test_agenda",
        "test_a_change_of_consent_hides_nothing_of_a_merge",
    ),
)
