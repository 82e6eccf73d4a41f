"""What an agreement opens of a participant's data, printed for them to read."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from consent_ledger.agreements.agreement import Agreement, Basis
from consent_ledger.consent.last_day import last_day_of
from consent_ledger.consent.remaining_access import RemainingAccess
from consent_ledger.ledger.entries import EntryKind
from deploy.cli import output
from deploy.operations.access import AgreementAccess
from deploy.pages.plain_english import BASIS_WORDS, category_words, pseudonym_lines, remaining_lines

_LAST_WORDS: Final = {
    EntryKind.REQUESTED: "You were asked for your yes, and have not answered yet.",
    EntryKind.REFUSED: "You said no.",
    EntryKind.WITHDRAWN: "You took back your yes.",
    EntryKind.EXPIRED: "Your yes ran out.",
    EntryKind.RECONCILED: "You said different things under two numbers: the narrower holds.",
}


def print_access(held: Sequence[AgreementAccess]) -> None:
    """Print what each agreement opens of a person's data, for them to read.

    Another number of theirs is not named: it stands on their card, and in their copy.
    """
    several = any(access.place for access in held)
    for place, of_number in groupby(held, key=lambda access: access.place):
        accesses = list(of_number)
        if several:
            named = f"another number of yours ({place})" if place else accesses[0].participant_id
            output.result(f"What is known under {named}:")
        for access in accesses:
            _print_agreement(access)


def _print_agreement(held: AgreementAccess) -> None:
    agreement, standing, categories = held.access
    happened = _happened(held)
    if not categories:
        output.result(f"{_named(agreement)} sees nothing.{happened}")
        return
    output.result(f"{_named(agreement)} sees{_unnamed(agreement)}:{happened}")
    for category, basis in categories.items():
        output.result(f"  {category_words(agreement, category)} ({BASIS_WORDS[basis]})")
    for line in pseudonym_lines(agreement):
        output.result(f"  {line}")
    if Basis.CONSENT not in categories.values():
        return
    if standing.until is not None:
        day = last_day_of(standing.until).isoformat()
        output.result(f"  your yes holds until {day}, that day included")
    if standing.excluded:
        output.result(
            f"  your yes leaves out what these know: {', '.join(sorted(standing.excluded))}"
        )
    for left in held.without_consent:
        where = "here" if left.agreement.id == agreement.id else f"by {left.agreement.id}"
        output.result(
            f"  if you take back your yes, it still sees {where}{_unnamed(left.agreement)}:"
        )
        for line in remaining_lines(left):
            output.result(f"    {line}")


def print_remaining(remaining: Sequence[RemainingAccess]) -> None:
    """Print for a participant what is still seen after something was closed."""
    for left in remaining:
        output.result(f"{_named(left.agreement)} still sees{_unnamed(left.agreement)}:")
        for line in remaining_lines(left):
            output.result(f"  {line}")


def _named(agreement: Agreement) -> str:
    return f"{agreement.recipient_name} ({agreement.id})"


def _unnamed(agreement: Agreement) -> str:
    return ", without your name or any number of yours" if agreement.pseudonymous else ""


def _happened(held: AgreementAccess) -> str:
    objected = " You objected." if held.access.standing.has_objected else ""
    return f"{objected} {_LAST_WORDS[held.last]}" if held.last in _LAST_WORDS else objected
