"""Decisions of one moment: what differs in nothing that a decision looks at is decided once."""

from datetime import datetime

from consent_ledger.agreements.in_force import InForce
from consent_ledger.consent.decisions import Decision, Standing, decide
from schemas.identifiers import LedgerIndex, ProviderId


class RememberedDecisions:
    """Decides as `decide` does, for the agreements in force that it is always asked about."""

    def __init__(self) -> None:
        self._now: datetime | None = None
        self._made: dict[tuple[object, ...], Decision] = {}

    def decide(
        self,
        in_force: InForce,
        standing: Standing,
        provider_id: ProviderId,
        event: str,
        *,
        is_sensitive: bool,
        now: datetime,
        newest: LedgerIndex,
    ) -> Decision:
        """Return the decision, with `newest` as what decided where that was entered last."""
        if now != self._now:
            self._now = now
            self._made.clear()
        # all of the standing but the entry that states it last
        about = (in_force.agreement.id, standing[:-1], provider_id, event, is_sensitive)
        made = self._made.get(about)
        if made is None:
            made = self._made[about] = decide(
                in_force.agreement,
                in_force.seq,
                standing,
                provider_id,
                event,
                is_sensitive=is_sensitive,
                now=now,
            )
        return Decision(
            mask=made.mask,
            closed=made.closed,
            basis=made.basis,
            by_sensitive_gate=made.by_sensitive_gate,
            seq=max(in_force.seq, standing.seq, newest),
        )
