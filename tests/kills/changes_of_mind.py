"""Participants who change their minds all the time, and what each change has closed since."""

import random
import threading
import time
from collections import deque
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from consent_ledger.agreements.agreement import load_agreements
from consent_ledger.consent.changes import (
    ConsentChange,
    Grant,
    Narrowing,
    Notice,
    Objection,
    ObjectionEnd,
    Withdrawal,
)
from consent_ledger.consent.consent import apply
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.standing_entries import ConsentError
from consent_ledger.ledger.clock import system_clock
from consent_ledger.ledger.enforcement import wait_until_enforced
from consent_ledger.redaction.pseudonyms import Pseudonyms
from consent_ledger.register.answered import RegisteredPerson
from deploy.hub import Hub
from deploy.operations.erasure import erase_person
from deploy.settings import Settings
from schemas.blocks import Identity
from schemas.categories import GATES, NOTHING, Category, categories_of
from schemas.errors import BusError
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ProviderId
from schemas.trays import out_tray
from tests.kills.closures import Closure
from tests.support.up_process import hub_at

ASKED: Final = {
    one.id: one.consent_mask
    for one in load_agreements(Settings().agreements)
    if not one.public_task_mask
}
"""What the agreements on consent ask consent for."""
STATISTICS: Final = AgreementId("hub.statistics")
JOBCENTRE: Final = AgreementId("jobcentre-e.engagement")
TRAYS: Final = (*ASKED, STATISTICS, JOBCENTRE)
ERASED_SHARE: Final = 0.02
ENFORCED_SECONDS: Final = 180.0
"""How long a change may wait for a bus that is being killed, before that is a fault."""
TRY_SECONDS: Final = 3.0
AWAY_PAUSE_SECONDS: Final = 0.3
BETWEEN_CHANGES_SECONDS: Final = 0.1
AWAY: Final = (SQLAlchemyError, psycopg.Error)
"""What a change raises while PostgreSQL is away; it may have been recorded all the same."""


class ChangesOfMind:
    """One thread of changes about participants of its own, by the production code.

    `closures` says what must not be seen; `erased`, of whom nothing more is expected.
    """

    def __init__(self, home: Path, seed: str, participants: deque[str]) -> None:
        self.closures: list[Closure] = []
        self.erased: set[str] = set()
        self.enforced = 0
        self.failure: BaseException | None = None
        self._home = home
        self._chance = random.Random(seed)  # noqa: S311 - a seed to be repeated
        self._everybody = participants
        self._mine: list[PassportNumber] = []
        self._stop = threading.Event()
        self._free = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"changes of mind {seed}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(ENFORCED_SECONDS)

    @property
    def rest(self) -> threading.Lock:
        """Held between two changes by whoever wants none to be made."""
        return self._free

    def add(self, hub: Hub, count: int) -> None:
        """Register participants of whom nothing is known yet."""
        for _ in range(count):
            with hub.ledger.begin() as tx:
                found = hub.register.register(tx, ProviderId("borough-d"), Identity())
            assert isinstance(found, RegisteredPerson)
            self._mine.append(found.participant_id)
            self._everybody.append(found.participant_id)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    with hub_at(self._home) as hub:
                        self._go_on(hub)
                except AWAY:
                    self._stop.wait(AWAY_PAUSE_SECONDS)
        except BaseException as error:  # noqa: BLE001 - raised where somebody waits for it
            self.failure = error

    def _go_on(self, hub: Hub) -> None:
        while not self._stop.is_set():
            with self._free:
                who = self._chance.choice(self._mine)
                if self._chance.random() < ERASED_SHARE:
                    self._erase(hub, PassportNumber(who))
                else:
                    self._change(hub, PassportNumber(who), self._chance.choice(TRAYS))
            self._stop.wait(BETWEEN_CHANGES_SECONDS)

    def _change(self, hub: Hub, who: PassportNumber, agreement_id: AgreementId) -> None:
        with hub.ledger.begin() as tx:
            before = tx.standing(who, agreement_id)
        if agreement_id in ASKED:
            self._say(hub, who, agreement_id, before)
        elif before.has_objected:
            self._open(hub, ObjectionEnd(number=who, agreement=agreement_id))
        elif agreement_id == JOBCENTRE and not before.is_informed:
            self._open(hub, Notice(number=who, agreement=agreement_id))
        else:
            self._close(hub, Objection(number=who, agreement=agreement_id))

    def _say(
        self, hub: Hub, who: PassportNumber, agreement_id: AgreementId, before: Standing
    ) -> None:
        """Consent to more, or take back some of it, or all."""
        held = categories_of(before.granted)
        if before.granted == NOTHING or self._chance.random() < 1 / 3:
            asked = categories_of(ASKED[agreement_id])
            more = self._chance.sample(asked, self._chance.randint(1, len(asked)))
            wanted = frozenset({*more, Category.PARTICIPATION})
            self._open(hub, Grant(number=who, agreement=agreement_id, categories=wanted))
        else:
            parts = [one for one in held if not one.bit & GATES]
            if parts and self._chance.random() < 1 / 2:
                some = frozenset(self._chance.sample(parts, self._chance.randint(1, len(parts))))
                self._close(hub, Narrowing(number=who, agreement=agreement_id, categories=some))
            else:
                self._close(hub, Withdrawal(number=who, agreement=agreement_id))

    def _open(self, hub: Hub, change: ConsentChange) -> None:
        """Ask for more to be open: from before that on, nothing is known to be closed."""
        self._end_closures(hub, change.number, change.agreement)
        self._enforce(hub, self._record(hub, change))

    def _close(self, hub: Hub, change: ConsentChange) -> None:
        enforced_at = self._enforce(hub, self._record(hub, change))
        if enforced_at is not None:
            blocks = (
                frozenset(category.value for category in change.categories)
                if isinstance(change, Narrowing)
                else None
            )
            self._note(hub, change.number, change.agreement, blocks, enforced_at)

    def _erase(self, hub: Hub, who: PassportNumber) -> None:
        """Erase somebody, and let somebody new come in their place."""
        self.erased.add(who)
        until = time.monotonic() + ENFORCED_SECONDS
        while True:
            try:
                done = erase_person(hub, who, TRY_SECONDS).done
                break
            except (*AWAY, BusError):  # not enforced yet, or Kafka is away: it goes on
                assert time.monotonic() < until, "an erasure was not enforced"
                time.sleep(AWAY_PAUSE_SECONDS)
        self._mine.remove(who)
        for agreement_id in TRAYS:
            self._end_closures(hub, who, agreement_id)
            at = done.enforced_at if done else system_clock()
            self._note(hub, who, agreement_id, None, at)
        self.enforced += 1
        self.add(hub, 1)

    def _record(self, hub: Hub, change: ConsentChange) -> LedgerIndex | None:
        try:
            with hub.ledger.begin() as tx:
                return apply(tx, change)
        except ConsentError:
            return None  # it was recorded before, when PostgreSQL could not say so any more

    def _enforce(self, hub: Hub, seq: LedgerIndex | None) -> datetime | None:
        """Wait until a change is enforced, through whatever happens; return when that was."""
        until = time.monotonic() + ENFORCED_SECONDS
        while seq is not None:
            try:
                done = wait_until_enforced(hub.engine, seq, TRY_SECONDS)
            except AWAY:
                done = None
                time.sleep(AWAY_PAUSE_SECONDS)
            if done is not None:
                self.enforced += 1
                return done.enforced_at
            assert time.monotonic() < until, "a change was not enforced"
        return None

    def _note(
        self,
        hub: Hub,
        who: PassportNumber,
        agreement_id: AgreementId,
        blocks: frozenset[str] | None,
        enforced_at: datetime,
    ) -> None:
        person = _name_in(hub, who, agreement_id)
        self.closures.append(
            Closure(out_tray(agreement_id), PassportNumber(person), blocks, enforced_at)
        )

    def _end_closures(self, hub: Hub, who: PassportNumber, agreement_id: AgreementId) -> None:
        topic, person = out_tray(agreement_id), _name_in(hub, who, agreement_id)
        now = system_clock()
        for one in self.closures:
            if (one.topic, one.person, one.ended_at) == (topic, person, None):
                one.ended_at = now


def _name_in(hub: Hub, participant_id: PassportNumber, agreement_id: AgreementId) -> str:
    """Return how a tray names a participant."""
    if agreement_id == STATISTICS:
        return Pseudonyms(hub.secrets.pepper, agreement_id).participant(participant_id)
    return participant_id
