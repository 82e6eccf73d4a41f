"""What an agreement opens of a participant's data, printed for them to read."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Final

from consent_ledger.agreements.agreement import Agreement, Basis
from consent_ledger.consent.access import Opening
from consent_ledger.consent.remaining_access import StillOpen
from consent_ledger.ledger.entries import Kind
from deploy.cli import output
from deploy.pages.plain_english import BASIS_WORDS, category_words, still_open_lines

_LAST_WORDS: Final = {
    Kind.REQUESTED: "You were asked for your yes, and have not answered yet.",
    Kind.REFUSED: "You said no.",
    Kind.WITHDRAWN: "You took back your yes.",
    Kind.EXPIRED: "Your yes ran out.",
}


def print_opening(
    opening: Opening, last: Kind | None, without_consent: Sequence[StillOpen]
) -> None:
    """Print an opening for a participant to read.

    Args:
        opening: what an agreement opens.
        last: what happened last about consent to it.
        without_consent: what the recipient would still see if that consent were taken back.

    """
    agreement, standing, categories = opening
    if not categories:
        output.result(f"{_named(agreement)} sees nothing.{_said(opening, last)}")
        return
    output.result(f"{_named(agreement)} sees{_unnamed(agreement)}:{_said(opening, last)}")
    for category, basis in categories.items():
        output.result(f"  {category_words(agreement, category)} ({BASIS_WORDS[basis]})")
    if Basis.CONSENT not in categories.values():
        return
    if standing.until is not None:
        # the moment is the first at which it no longer holds
        day = (standing.until.astimezone(UTC) - timedelta(microseconds=1)).date()
        output.result(f"  your yes holds until {day.isoformat()}, that day included")
    if standing.excluded:
        output.result(
            f"  your yes leaves out what these know: {', '.join(sorted(standing.excluded))}"
        )
    for one in without_consent:
        where = "here" if one.agreement.id == agreement.id else f"by {one.agreement.id}"
        output.result(
            f"  if you take back your yes, it still sees {where}{_unnamed(one.agreement)}:"
        )
        for line in still_open_lines(one):
            output.result(f"    {line}")


def print_still_open(found: Sequence[StillOpen]) -> None:
    """Print for a participant what is still seen after something was closed."""
    for one in found:
        output.result(f"{_named(one.agreement)} still sees{_unnamed(one.agreement)}:")
        for line in still_open_lines(one):
            output.result(f"  {line}")


def _named(agreement: Agreement) -> str:
    return f"{agreement.recipient_name} ({agreement.id})"


def _unnamed(agreement: Agreement) -> str:
    return ", without your name or any number of yours" if agreement.pseudonymous else ""


def _said(opening: Opening, last: Kind | None) -> str:
    said = ["You objected."] if opening.standing.has_objected else []
    if last in _LAST_WORDS:
        said.append(_LAST_WORDS[last])
    return "".join(f" {one}" for one in said)
