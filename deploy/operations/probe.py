"""The probe: a made-up participant who says yes and no, to see that the trays follow.

It has a provider, a service and an agreement of its own, entered when it first runs. Its service is
marked sensitive and its one agreement rests on consent, so nobody else's tray, and none of the
hub's figures, ever holds anything of it; the filter, the trays and the ledger are the real ones.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final, NamedTuple
from uuid import uuid4

from sqlalchemy import func, select

from consent_ledger.agreements.agreement import Agreement, Article9, Basis, CategoryTerms
from consent_ledger.agreements.services import Directory, Provider, Service
from consent_ledger.consent.changes import ALL, Grant, LedgerChange, Request, Withdrawal
from consent_ledger.consent.new_terms import enter_agreements, enter_services
from consent_ledger.journal.journal import known_events
from consent_ledger.ledger.enforcement import Enforcement
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.participants import registered_by
from consumers.tray import TrayError
from consumers.tray_reader import TrayReader
from deploy.broker.in_trays import open_in_trays
from deploy.broker.topics import create_topics
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from deploy.operations.consent_changes import enter_change
from deploy.operations.erasure import erase_person
from producers.publisher import Publisher
from schemas.blocks import Identity
from schemas.categories import Category
from schemas.errors import BusError
from schemas.events import Referral, ReferralParticipation, ReferralStage
from schemas.identifiers import EventId, ProviderId, ServiceId
from schemas.trays import is_tick, out_tray, probe_agreement

ROUNDS_OF_ONE: Final = 100
"""Rounds after which the participant is erased and another one made: their history stays short."""
_LOOK_SECONDS: Final = 0.02
_LOCK: Final = 0x6E7764  # any number that nothing else locks


class LateError(BusError):
    """Something was not delivered or not carried out in the time given."""


class Round(NamedTuple):
    """What one round found. `leaks` are records that could be read after the withdrawal."""

    recorded_at: datetime
    enforced_at: datetime
    delivered_seconds: float
    withdrawal_seconds: float
    retracted: int
    leaks: int


class Probe:
    """One participant's rounds. `open_probe` makes it, and erases the participant at the end."""

    def __init__(
        self,
        hub: Hub,
        name: ProviderId,
        in_trays: Publisher,
        tray: TrayReader,
        timeout_seconds: float,
    ) -> None:
        self._hub = hub
        self._name = name
        self._in_trays = in_trays
        self._tray = tray
        self._timeout = timeout_seconds
        self._held: dict[bytes, bytes] = {}
        self._at = dict(tray.starts())
        tray.seek(self._at)
        self._rounds = 0

    def round(self) -> Round:
        """Grant, publish, withdraw, publish, and look at the tray.

        LateError where a step took longer than it may; BusError where Kafka or PostgreSQL is away.
        """
        if self._rounds % ROUNDS_OF_ONE == 0:
            self.erase()
            self._begin()
        self._rounds += 1
        begun = time.monotonic()
        number, agreement = self._number, probe_agreement(self._name)
        self._enforced(Grant(number=number, agreement=agreement, categories=ALL))
        mark = self._publish(self._before)
        self._wait(lambda: self._shows(mark), "the record was not delivered")
        delivered = time.monotonic() - begun
        done = self._enforced(Withdrawal(number=number, agreement=agreement))
        self._read()
        leaks = len(self._held)
        self._publish(self._after)
        self._wait(self._is_accepted, "the event after the withdrawal was not accepted")
        # it opens nothing; once it is enforced, the turn that took the event in is over
        self._enforced(Request(number=number, agreement=agreement, categories=ALL, again=True))
        leaks += self._read()
        return Round(
            done.recorded_at, done.enforced_at, delivered, done.seconds, done.tombstones, leaks
        )

    def erase(self) -> None:
        """Erase every participant that a probe of this name has left. Raises NotEnforcedError."""
        with self._hub.engine.connect() as connection:
            left = registered_by(connection, self._name)
        for number in left:
            erase_person(self._hub, number, self._timeout, is_made_up=True)

    def _begin(self) -> None:
        with self._hub.ledger.begin() as tx:
            answer = self._hub.register.register(tx, self._name, Identity())
        assert isinstance(answer, RegisteredPerson)  # noqa: S101 - without a name nobody matches
        self._number = answer.participant_id
        self._before, self._after = EventId(str(uuid4())), EventId(str(uuid4()))

    def _enforced(self, change: LedgerChange) -> Enforcement:
        done = enter_change(self._hub, change, self._timeout).done
        if done is None:
            raise self._late("a consent change was not carried out")
        return done

    def _publish(self, event_id: EventId) -> str:
        """Publish the next revision of an event, and return the mark in it."""
        now, mark = self._hub.clock(), f"Synthetic, round {self._rounds}."
        self._in_trays.publish(
            Referral(
                event_id=event_id,
                participant_id=self._number,
                provider_id=self._name,
                revision=self._rounds,
                occurred_at=now,
                recorded_at=now,
                participation=ReferralParticipation(
                    service_id=ServiceId(f"{self._name}.round"),
                    programme=mark,
                    stage=ReferralStage.REQUESTED,
                ),
            )
        )
        self._in_trays.flush()
        return mark

    def _shows(self, mark: str) -> bool:
        self._read()
        return any(mark.encode() in value for value in self._held.values())

    def _is_accepted(self) -> bool:
        event = self._number, self._after
        with self._hub.engine.connect() as connection:
            known = known_events(connection, [event]).get(event)
        return known is not None and self._rounds in known.digests

    def _read(self) -> int:
        """Read the tray to its end, and return how many records that show something came."""
        ends = self._tray.ends()
        if ends is None:
            raise TrayError("No Kafka broker answers.")
        shown = 0

        def is_read() -> bool:
            nonlocal shown
            if all(self._at[partition] >= end for partition, end in ends.items()):
                return True
            batch = self._tray.poll(_LOOK_SECONDS)
            self._at = dict(batch.positions)
            for record in batch.records:
                if is_tick(record.key):
                    continue
                if record.value is None:
                    self._held.pop(record.key, None)
                else:
                    self._held[record.key] = record.value
                    shown += 1
            return False

        self._wait(is_read, "the tray could not be read to its end")
        return shown

    def _wait(self, is_done: Callable[[], bool], otherwise: str) -> None:
        until = time.monotonic() + self._timeout
        while not is_done():
            if time.monotonic() > until:
                raise self._late(otherwise)
            time.sleep(_LOOK_SECONDS)

    def _late(self, what: str) -> LateError:
        return LateError(
            f"Within {self._timeout:g} seconds {what}.",
            "Does the filter run (`nwd up` or `nwd run filter`)? Look at the lag in its metrics.",
        )


@contextmanager
def open_probe(hub: Hub, name: ProviderId, timeout_seconds: float) -> Iterator[Probe]:
    """Give a probe, with what it needs entered; BusError while another one runs."""
    with _locked(hub):
        _enter(hub, name)
        kafka = hub.kafka(HubUser.OPERATOR)
        with (
            open_in_trays(hub.kafka(HubUser.DOORS)) as in_trays,
            TrayReader(kafka, out_tray(probe_agreement(name))) as tray,
        ):
            yield Probe(hub, name, in_trays, tray, timeout_seconds)


@contextmanager
def _locked(hub: Hub) -> Iterator[None]:
    """Hold a lock of the database, which goes away with its holder."""
    with hub.engine.connect() as connection:
        if not connection.scalar(select(func.pg_try_advisory_lock(_LOCK))):
            raise BusError("Another probe runs on this bus.", "One is enough: it sees everything.")
        connection.commit()
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(_LOCK)))
            connection.commit()


def _enter(hub: Hub, name: ProviderId) -> None:
    """Make the probe's topics, and enter its provider, service and agreement, once."""
    agreement = Agreement(
        id=probe_agreement(name),
        version=1,
        recipient_name="The bus's own probe",
        plain="A test of the bus. It is about a made-up person alone. You are never asked for it.",
        events=frozenset({"referral"}),
        categories={
            Category.SENSITIVE_PARTICIPATION: CategoryTerms(
                basis=Basis.CONSENT, article_9=Article9.EXPLICIT_CONSENT
            )
        },
        retention_days=1,
    )
    create_topics(
        hub.kafka(HubUser.OPERATOR),
        [name],
        [agreement.id],
        partitions=hub.settings.partitions,
        replication=hub.settings.replication,
        segment_ms=hub.settings.segment_ms,
    )
    directory = Directory(
        providers=(Provider(id=name, name="The bus's own probe"),),
        services=(
            Service(id=ServiceId(f"{name}.round"), name="Synthetic: a round", sensitive=True),
        ),
    )
    with hub.ledger.begin() as tx:
        enter_services(tx, directory)
        enter_agreements(tx, [agreement])
