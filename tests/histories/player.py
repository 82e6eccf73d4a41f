"""Plays the steps of a history on a bus, in memory or on PostgreSQL; what is checked is others'."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.services import Directory
from consent_ledger.consent.changes import LedgerChange, Merge, TellingApart, Unmerge
from consent_ledger.consent.consent import apply, expire
from consent_ledger.consent.merges import MergeError
from consent_ledger.consent.new_terms import enter_agreements, enter_services
from consent_ledger.consent.standing_entries import ConsentError
from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.journal.vault import Vault
from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.rights.erasure import ErasureError, finish_erasure, record_erasure
from schemas.categories import categories_of
from schemas.identifiers import AgreementId, PassportNumber, ServiceId
from tests.histories.changes import CHANGES, About, Expiry, Taught
from tests.histories.drawing import Call
from tests.support.bus import AnyBus
from tests.support.killing import KilledError, killed_at


class Trace:
    """What is told of a history: each line as deep as it is in the middle of others."""

    def __init__(self, print_line: Callable[[str], None] | None) -> None:
        self.depth = 0
        self._print_line = print_line

    def __call__(self, what: object) -> None:
        """Add a line, where a trace is kept."""
        if self._print_line:
            self._print_line("    " * self.depth + str(what))


def carry_out(tx: LedgerTransaction, change: LedgerChange) -> None:
    """Enter a change as whoever makes it does: the hub alone enters an expiry."""
    if isinstance(change, Expiry):
        expire(tx, change.number, change.agreement)
    else:
        apply(tx, change)


class Player:
    """A bus, and the people of a history: a step names them from 1 on."""

    def __init__(
        self,
        bus: AnyBus,
        people: Sequence[PassportNumber],
        directory: Directory,
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self.bus = bus
        self.ground, self.clock, self.broker = bus.ground, bus.clock, bus.broker
        self.people = people
        self.directory = directory
        self.tell = Trace(trace)

    def do(self, call: Call) -> None:
        """Take a step."""
        self.tell(call)
        self.tell.depth += 1
        taught = CHANGES.get(call.step)
        if taught is None:
            getattr(self, call.step)(**call.arguments)
        else:
            self.say(taught, **call.arguments)
        self.tell.depth -= 1

    @property
    def vault(self) -> Vault:
        """What opens the keys of participants now."""
        return self.bus.vault

    def number(self, person: int) -> PassportNumber:
        """Return the passport number of somebody."""
        return self.people[person - 1]

    # participants

    def say(self, taught: Taught, person: int, agreement: AgreementId, **drawn: Any) -> None:
        """A participant says something of an agreement."""
        about = About(self.number(person), agreement, self.asked(agreement), self.clock())
        self.enter(taught.change(about, **drawn))

    def asked(self, agreement: AgreementId) -> frozenset[str]:
        """Return what an agreement asks consent for now."""
        with self.ground.begin() as tx:
            terms = tx.agreements_in_force().agreements
        return frozenset(categories_of(terms[agreement].agreement.consent_mask))

    def enter(self, change: LedgerChange) -> bool:
        """Enter a change; tell whether it was entered, or refused."""
        try:
            with self.ground.begin() as tx:
                carry_out(tx, change)
        except (ConsentError, MergeError, RegisterError):
            self.tell("refused")
            return False
        return True

    def merge(self, person: int, into: int) -> None:
        """Two numbers turn out to be one person's."""
        self.enter(Merge(number=self.number(person), into=self.number(into)))

    def unmerge(self, person: int) -> None:
        """They were two people after all."""
        self.enter(Unmerge(number=self.number(person)))

    def tell_apart(self, person: int, into: int) -> None:
        """Two numbers are alike and two people's: no tray follows that."""
        self.enter(TellingApart(number=self.number(person), other=self.number(into)))

    # erasure

    def erase(self, person: int) -> None:
        """A participant asks to be forgotten: recorded, and everything closed at once."""
        with self.ground.begin() as tx:
            record_erasure(tx, self.number(person), self.vault)

    def finish_erasure(self, person: int) -> None:
        """What is left of them is taken away, once every tray is without them."""
        try:
            with self.ground.begin() as tx:
                finish_erasure(tx, self.number(person))
        except ErasureError:
            self.tell("not yet")

    # the hub

    def enter_agreements(self, agreements: Sequence[Agreement]) -> None:
        """The hub enters versions of agreements."""
        with self.ground.begin() as tx:
            enter_agreements(tx, agreements)

    def mark_service(self, service: ServiceId) -> None:
        """The hub marks a service sensitive, or not sensitive any more."""
        services = tuple(
            one.model_copy(update={"sensitive": one.sensitive is not (one.id == service)})
            for one in self.directory.services
        )
        self.directory = self.directory.model_copy(update={"services": services})
        with self.ground.begin() as tx:
            enter_services(tx, self.directory)

    # time

    def wait(self, by: timedelta) -> None:
        """Time goes by, or the clock jumps, be it back."""
        self.clock.go_on(by)

    # the filter

    def turn(self, shard: int) -> None:
        """A shard does a turn; with one shard it is the same, whichever is drawn."""
        del shard
        self.bus.turn()

    def die(self, shard: int, at: TurnStep) -> None:
        """The filter is killed at a step, if it comes by it, and replaced."""
        del shard
        with suppress(KilledError):
            self.bus.new_shard(killed_at(at)).turn(0)
        self.bus.shard = self.bus.new_shard()
