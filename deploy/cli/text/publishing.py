"""What became of the lines that `nwd publish` read, for a person or a program to read."""

from dataclasses import dataclass, field
from typing import Any, Final

from typing_extensions import override

from deploy.cli import output
from deploy.cli.text.services import print_warnings
from deploy.operations.published_events import EventStatus, SentEvent, Status
from deploy.operations.service_warnings import ServiceWarning
from deploy.pages.service_fields import warning_fields
from deploy.pages.text import counted
from producers.account import Refused
from producers.json_lines import LineAccount

_LINES_SHOWN: Final = 20
_MEANINGS: Final = {
    "unknown-participant": "nobody has that passport number",
    "erased-participant": "the person was erased: leave them out of what you send",
    "event-of-another-provider": "another provider has an event of that event_id",
    "revision-conflict": "that revision was published with another content: give a higher one",
}


@dataclass
class PublishAccount(LineAccount):
    """What became of the lines, by their number.

    `sent` has the events that are on the bus. `statuses` is None unless the filter was asked.
    `warnings` are of services that people are referred to.
    """

    sent: dict[int, SentEvent] = field(default_factory=dict)
    statuses: dict[int, EventStatus] | None = None
    warnings: list[ServiceWarning] = field(default_factory=list)

    @override
    def refuse(self, refused: Refused) -> None:
        """List a refused line; the first ones are printed at once."""
        super().refuse(refused)
        if len(self.refused) <= _LINES_SHOWN:
            for problem in refused.problems:
                output.message(f"line {refused.line}: {problem}")

    def count(self, status: Status) -> int:
        """Return how many events have a status, as far as the filter was asked."""
        return [known.status for known in (self.statuses or {}).values()].count(status)


def print_account(account: PublishAccount, *, is_dry_run: bool) -> None:
    """Print counts and new event ids, and on standard error why the filter refused events."""
    if not is_dry_run:
        for number, event_id in account.assigned.items():
            output.result(f"line {number} is event {event_id}")
    print_warnings(account.warnings)
    if len(account.refused) > _LINES_SHOWN:
        output.message(f"and {len(account.refused) - _LINES_SHOWN:,} lines more: --json lists all")
    if account.refused and not account.accepted:
        output.message("Each line is one JSON object, as `nwd publish --example referral` prints.")
    done = "would be published" if is_dry_run else "published"
    lines = counted(len(account.refused), "line")
    output.result(f"{counted(account.accepted, 'event')} {done}, {lines} refused")
    if account.statuses is None:
        return
    for number, (status, reason, detail) in account.statuses.items():
        if status is Status.REFUSED:
            meaning = detail or _MEANINGS.get(reason)
            output.message(
                f"line {number}: refused, {reason}" + (f" ({meaning})" if meaning else "")
            )
    accepted, refused, pending = map(account.count, Status)
    more = f", {pending:,} not looked at yet" if pending else ""
    output.result(f"{counted(accepted, 'event')} accepted, {refused:,} refused{more}")
    if pending:
        output.message(
            "The events are safe, and the filter will look at them when it runs: see `nwd up` or"
            " `nwd run filter`, and the lag in its metrics."
        )


def account_fields(account: PublishAccount, *, is_dry_run: bool) -> dict[str, Any]:
    """Return an account for JSON; `events` has each that was sent, and its status if known."""
    return {
        "published": len(account.sent),
        "good": account.accepted,
        "refused": len(account.refused),
        "problems": [refused.model_dump() for refused in account.refused],
        "assigned_event_ids": {} if is_dry_run else account.assigned,
        "events": [
            {"line": line, "event_id": event.event_id, **_status_fields(account, line)}
            for line, event in account.sent.items()
        ],
        "service_warnings": list(map(warning_fields, account.warnings)),
        "is_dry_run": is_dry_run,
    }


def _status_fields(account: PublishAccount, line: int) -> dict[str, str]:
    if account.statuses is None:
        return {"status": "published"}
    return {name: text for name, text in account.statuses[line]._asdict().items() if text}
