"""Mutants of two numbers of one person: merged, spoken of together, and parted."""

from typing import Final

from tests.simulation.mutant import Mutant

_CONSENT: Final = "consent_ledger.consent.consent"
_MERGES: Final = "consent_ledger.consent.merges"
_RECONCILING: Final = "consent_ledger.consent.reconciling"
MUTANTS_OF_MERGING: Final = (
    Mutant(
        "a number is merged into one that is shown as a third",
        _MERGES,
        "plan_merge",
        "if main.participant_id != into:",
        "if False:",
    ),
    Mutant(
        "a number that others are shown under is merged",
        _MERGES,
        "plan_merge",
        "    if others:",
        "    if False:",
    ),
    Mutant(
        "unmerging keeps the notice that was given",
        _MERGES,
        "_closed_again",
        "is_informed=False, ",
        "",
    ),
    Mutant(
        "unmerging keeps the end of an objection",
        _MERGES,
        "_closed_again",
        "before.has_objected or agreement_id in unpaused",
        "before.has_objected",
    ),
    Mutant(
        "a notice opens nothing that unmerging closes",
        _MERGES,
        "_closed_again",
        "row.kind in _OPENING",
        "row.kind in _OPENING - {EntryKind.INFORMED}",
    ),
    Mutant(
        "a renewal opens nothing that unmerging closes",
        _MERGES,
        "_closed_again",
        "row.kind in _OPENING",
        "row.kind in _OPENING - {EntryKind.RENEWED}",
    ),
    Mutant(
        "the end of an objection opens nothing that unmerging closes",
        _MERGES,
        "_closed_again",
        "row.kind in _OPENING",
        "row.kind in _OPENING - {EntryKind.OBJECTION_ENDED}",
    ),
    Mutant(
        "unmerging closes what was said before the merge alone",
        _MERGES,
        "unmerge",
        "row.named_seq)",
        "LedgerIndex(-1))",
    ),
    Mutant(
        "a lower revision is accepted after a merge",
        "consent_ledger.filter.batch",
        "Preparation._accepted",
        "if event.revision == history.revision:",
        "if event.revision == history.revision"
        " or people.active[event.participant_id].name.seq >= 0:",
    ),
    Mutant(
        "a renewal is of one number of several",
        _CONSENT,
        "_renewals",
        "for prior in target.numbers",
        "for prior in target.numbers[:1]",
    ),
    Mutant(
        "a notice is of one number of several",
        _CONSENT,
        "_notices",
        "for prior in target.numbers",
        "for prior in target.numbers[:1]",
    ),
    Mutant(
        "an objection is of one number of several",
        _CONSENT,
        "_objections",
        "for prior in target.numbers",
        "for prior in target.numbers[:1]",
    ),
    Mutant(
        "two consents that differ are both kept",
        _RECONCILING,
        "reconciled",
        "if after != before:",
        "if False:",
    ),
    Mutant(
        "an objection under one number is not one under the other",
        _RECONCILING,
        "reconciled",
        "after._replace(has_objected=has_objected)",
        "after",
    ),
    Mutant(
        "who was never asked under one number has said no under the other",
        _RECONCILING,
        "reconciled",
        "if agreement_id in answered[number] and not",
        "if not",
    ),
    Mutant(
        "what is reconciled is not written",
        _MERGES,
        "merge",
        "tx.set_standing(change.number, change.agreement_id, change.after._replace(seq=seq))",
        "pass",
    ),
    Mutant(
        "a number that a door issued without knowing is not found later",
        "consent_ledger.register.duplicates",
        "duplicates_of",
        ", **candidates(rows, asked.keys, but=number)",
        "",
    ),
)
