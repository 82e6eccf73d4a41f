"""What one recipient may see of one event now: a pure function, closed unless something opens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Self

from consent_ledger.agreements.agreement import Agreement, Basis
from schemas.categories import NOTHING, Category, Mask
from schemas.identifiers import LedgerIndex, ProviderId

_GATE: Final = Category.PARTICIPATION.bit
_SENSITIVE_GATE: Final = Category.SENSITIVE_PARTICIPATION.bit


class Standing(NamedTuple):
    """A participant's standing towards one agreement.

    `seq` is the last ledger entry that states it. `excluded` holds providers whose events the
    participant's consent does not reach.
    """

    granted: Mask = NOTHING
    until: datetime | None = None
    excluded: frozenset[str] = frozenset()
    is_informed: bool = False
    has_objected: bool = False
    seq: LedgerIndex = LedgerIndex(-1)

    def and_also(self, other: Self) -> Self:
        """Return what both open: what is known under either of two numbers may be shown by it."""
        ends = [one for one in (self.until, other.until) if one is not None]
        return self._replace(
            granted=Mask(self.granted & other.granted),
            until=min(ends, default=None),
            excluded=self.excluded | other.excluded,
            is_informed=self.is_informed and other.is_informed,
            has_objected=self.has_objected or other.has_objected,
            seq=max(self.seq, other.seq),
        )

    def has_run_out(self, now: datetime) -> bool:
        """Return whether what was granted held until now, or until an earlier moment."""
        return self.until is not None and self.until <= now

    def without(self, closing: Mask) -> Self:
        """Return the standing with categories closed; of a grant of nothing nothing else stays."""
        left = Mask(self.granted & ~closing)
        if left == NOTHING:
            return self._replace(granted=left, until=None, excluded=frozenset())
        return self._replace(granted=left)


@dataclass(init=False)
class Decision:
    """The blocks that are open (none: no record at all) and the agreement's blocks that are closed.

    `basis` is that of the gate, which is the sensitive one or not; `seq` the ledger entry that
    decided.
    """

    mask: Mask
    closed: Mask
    basis: Basis
    by_sensitive_gate: bool
    seq: LedgerIndex

    def __init__(
        self,
        *,
        mask: Mask,
        closed: Mask,
        basis: Basis,
        by_sensitive_gate: bool,
        seq: LedgerIndex,
    ) -> None:
        self.mask = mask
        self.closed = closed
        self.basis = basis
        self.by_sensitive_gate = by_sensitive_gate
        self.seq = seq


NO_STANDING: Final = Standing()
"""The standing of a person who was never asked."""


def decide(
    agreement: Agreement,
    agreement_seq: LedgerIndex,
    standing: Standing,
    provider_id: ProviderId,
    event: str,
    *,
    is_sensitive: bool,
    now: datetime,
) -> Decision:
    """Decide about one event of a provider, by the version of the agreement that is in force.

    `agreement_seq` is that version's ledger entry, `event` the event type's name, `is_sensitive`
    whether its service is marked sensitive: an unknown service is.
    """
    opened = NOTHING
    if event in agreement.events and agreement.is_valid(now):
        opened = open_categories(agreement, standing, provider_id, now)
    gate = Category.SENSITIVE_PARTICIPATION if is_sensitive else Category.PARTICIPATION
    mask = NOTHING
    if opened & gate.bit:
        mask = Mask((opened | _GATE) & ~_SENSITIVE_GATE)
    terms = agreement.categories.get(gate)
    return Decision(
        mask=mask,
        closed=Mask(agreement.block_mask & ~mask),
        basis=terms.basis if terms else Basis.CONSENT,
        by_sensitive_gate=is_sensitive,
        seq=max(agreement_seq, standing.seq),
    )


def open_categories(
    agreement: Agreement, standing: Standing, provider_id: ProviderId, now: datetime
) -> Mask:
    """Return the categories that consent, public task and legal obligation open together.

    Withdrawal stops consent; objection pauses public task; neither stops a legal obligation.
    """
    opened = 0
    if provider_id not in standing.excluded and not standing.has_run_out(now):
        opened |= standing.granted & agreement.consent_mask
    if agreement.applies_to == "everyone" or standing.is_informed:
        if not standing.has_objected:
            opened |= agreement.public_task_mask
        opened |= agreement.legal_obligation_mask
    return Mask(opened)
