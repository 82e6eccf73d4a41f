"""What an import did, for a person to read: counts, reasons and lines, never a value."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from deploy.cli import output
from deploy.operations.dry_run import Reach
from producers.comparison import Comparison
from producers.ilr.result import ImportResult, SetAside

_LINES_SHOWN: Final = 20


def print_result(done: ImportResult, *, is_in_file: bool) -> None:
    """Print the account of an import; `is_in_file` when a file says who was set aside."""
    output.result(
        f"Return of {done.ukprn} for {done.year}, prepared on {done.prepared_on},"
        f" for {done.provider_id}"
    )
    if done.is_dry_run:
        output.result("A dry run: nothing was registered, published or stored.")
    output.result(
        f"learners    {done.learners_read:,} read, {done.learners_taken:,} taken"
        f" ({done.learners_new:,} new), {done.learners_set_aside:,} set aside"
    )
    output.result(f"enrolments  {changes_text(done.enrolments)}")
    output.result(f"outcomes    {changes_text(done.outcomes)}")
    verb = "would be published" if done.is_dry_run else "published"
    output.result(f"events      {done.published:,} {verb}")
    if done.set_aside:
        _print_set_aside(done.set_aside)
    if "possible-match" in done.set_aside_by_reason and not is_in_file:
        output.message(
            "A learner who may have a passport number already waits for an adviser. Import the"
            " return with --set-aside FILE, fill that file in, and give it back with --answers"
            f" FILE. Or, for one: `nwd participant register --provider {done.provider_id} --stdin`"
            " with the learner's reference and --same-as, --with-consent or --new."
        )
    if "erased" in done.set_aside_by_reason:
        output.message(
            "Those who were erased stay out: the bus asks that returns to it leave them out."
            " If one of them wishes to take part again, answer `returning`, or give `nwd"
            f" participant register --provider {done.provider_id} --stdin --returning` the"
            " learner's reference."
        )
    if done.warnings:
        output.table(
            "Warnings",
            ("code", "times", "what", "lines"),
            (
                (
                    warned.code,
                    warned.count,
                    warned.text,
                    lines_text(one.line for one in warned.places),
                )
                for warned in done.warnings
            ),
        )


def print_reaches(reaches: list[Reach]) -> None:
    """Print which recipient would get how much."""
    output.table(
        "Who would get it",
        ("agreement", "recipient", "records", "more if asked", "holding"),
        (
            (
                reach.agreement_id,
                reach.recipient_name,
                reach.records,
                reach.to_ask,
                ", ".join(f"{category} {count:,}" for category, count in reach.categories.items()),
            )
            for reach in reaches
        ),
    )


def reach_fields(reach: Reach) -> dict[str, Any]:
    """Return for JSON what one agreement would deliver."""
    return {
        "agreement": reach.agreement_id,
        "recipient": reach.recipient_name,
        "records": reach.records,
        "records_if_asked": reach.to_ask,
        "categories": {category.value: count for category, count in reach.categories.items()},
    }


def _print_set_aside(learners: tuple[SetAside, ...]) -> None:
    by_reason: dict[str, list[int]] = defaultdict(list)
    for learner in learners:
        for reason in learner.reasons:
            by_reason[reason].append(learner.line)
    output.table(
        "Set aside",
        ("rule", "learners", "lines"),
        ((reason, len(lines), lines_text(lines)) for reason, lines in sorted(by_reason.items())),
    )
    for learner in learners[:_LINES_SHOWN]:
        for problem in learner.problems:
            output.result(f"  {problem}")
    if len(learners) > _LINES_SHOWN:
        rest = len(learners) - _LINES_SHOWN
        output.result(f"  and {rest:,} learners more: --json lists all")


def changes_text(changes: Comparison) -> str:
    """Return the counts of one kind of event that are not nought."""
    counts = {name.replace("_", " "): count for name, count in changes.model_dump().items()}
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "none"


def lines_text(lines: Iterable[int], count: int | None = None) -> str:
    """Return the first lines, and how many more there are; of `count`, where not all are known."""
    listed = [str(line) for line in lines]
    rest = (len(listed) if count is None else count) - min(len(listed), _LINES_SHOWN)
    more = f" and {rest:,} more" if listed and rest else ""
    return ", ".join(listed[:_LINES_SHOWN]) + more
