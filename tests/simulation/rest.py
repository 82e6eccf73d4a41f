"""What must hold when nothing is left to do."""

from datetime import timedelta
from functools import cache

from consent_ledger.agreements.agreement import RELEASE_EVERY
from consent_ledger.audit.auditing import audit
from consent_ledger.filter.intake import Reason
from consent_ledger.redaction.pseudonyms import Pseudonyms
from consent_ledger.register.passport_numbers import ParticipantRow
from schemas.trays import DEAD_PREFIX, OUT_PREFIX
from tests.histories import cast
from tests.simulation.faults import Faults
from tests.simulation.watch import ViolationError
from tests.support.bus_settings import PEPPER

_CONFLICT = ("reason", Reason.REVISION_CONFLICT.encode())
MAX_RECORDS = 50
"""A turn at rest reads all there is: in the history itself it reads three events."""

MAX_TURNS = 200
"""More than any history leaves to be read."""


class Rest(Faults):
    """A bus that comes to rest."""

    def rest(self) -> None:
        """Let fresh processes do what is left, finish what was begun, and look at everything."""
        self.tell("rest")
        self.filter_clock.skew = timedelta()
        self._settle()
        self._check_trays()
        self.clock.go_on(timedelta(minutes=RELEASE_EVERY))
        self._settle()
        if self.ground.waiting:
            raise ViolationError("what waited for a batch waits for ever")
        self._check_trays()
        for one in cast.people():
            if self.ground.participants[one.participant_id].state != "active":
                self.finish_erasure(one.number)
                self._check_forgotten(one)
        self._check_letters()
        before = self._lengths()
        self.ground.forget_positions(range(cast.PARTITIONS))
        self._settle()
        if self._lengths() != before:
            raise ViolationError("reading everything again has written to a tray")
        self._check_letters()

    def _settle(self) -> None:
        for shard_id in sorted(self.ground.shards):
            process = self.new_process(shard_id, MAX_RECORDS)
            turns = 1
            process.turn()
            while process.shard.lag() or process.shard.is_sweeping:
                process.turn()
                turns += 1
                if turns > MAX_TURNS:
                    raise ViolationError("a shard does not come to rest")

    def _check_trays(self) -> None:
        """Every tray equals the naive function."""
        with self.ground.facts() as facts:
            report = audit(
                facts,
                self.keys.vault(),
                PEPPER,
                self.broker.read,
                self.clock(),
                partitions=cast.PARTITIONS,
                topics={topic for topic, _ in self.broker.partitions},
            )
        if report.unknown_topics:
            raise ViolationError("the filter has written to a topic of nobody")
        if report.differences:
            raise ViolationError(f"at rest: {report.differences[0]}")

    def _check_letters(self) -> None:
        """No event was refused for being another one, but those that were written in two ways."""
        if any(len(writers) > 1 for writers in self.writers.values()):
            return
        for (topic, _), held in self.broker.partitions.items():
            if topic.startswith(DEAD_PREFIX) and any(_CONFLICT in one.headers for one in held):
                raise ViolationError("an event was refused for being what it was before")

    def _check_forgotten(self, person: cast.Somebody) -> None:
        """No byte of somebody erased is in a table, or in what compaction leaves of a tray."""
        who = person.participant_id
        if who in self.brought_back:
            self.ground.take_away_again(who)
        row = self.ground.participants[who]
        if row != ParticipantRow(who, None, row.partition, "erased", None):
            raise ViolationError("of somebody erased more than the number is left")
        held = self.ground.text_beside(who)
        trays = b"".join(
            key + value
            for place in self.watch.standing.values()
            for key, (value, _) in place.items()
        )
        for trace in _traces(person):
            if trace in trays or repr(trace)[2:-1].encode() in held:
                raise ViolationError("something of somebody erased is left")

    def _lengths(self) -> dict[tuple[str, int], int]:
        return {
            place: len(held)
            for place, held in self.broker.partitions.items()
            if place[0].startswith(OUT_PREFIX)
        }


@cache
def _traces(person: cast.Somebody) -> tuple[bytes, ...]:
    """Return what stands for a person, or is in their events alone: numbers, names, keys."""
    pseudonyms = [Pseudonyms(PEPPER, agreement_id) for agreement_id in cast.agreements(0)]
    events = [cast.event_of(person.number, event, 1) for event in range(cast.EVENTS)]
    return (
        cast.NAMES[person.number - 1].encode(),
        person.participant_id.encode(),
        person.sealed_key,
        person.salt,
        repr(person.ledger_id).encode(),
        *(one.participant(person.participant_id).encode() for one in pseudonyms),
        *(one.event_id.encode() for one in events),
    )
