"""What must hold whenever something is appended, and whenever something is said to be enforced."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from consent_ledger.filter.records import OutRecord
from consent_ledger.filter.sweep import Sweep
from schemas.identifiers import EventId, PassportNumber
from schemas.trays import OUT_PREFIX, is_tick
from tests.simulation.permitted import Permissions, Shown, shown
from tests.support.ground import Ground


class ViolationError(AssertionError):
    """Something happened that must never happen."""


class Watch:
    """Looks at every record of every out-tray; `standing` holds the readable ones, by place."""

    def __init__(self, ground: Ground, tell: Callable[[str], None]) -> None:
        self._ground = ground
        self._tell = tell
        self._permissions = Permissions(ground.leaves)
        self.standing: dict[tuple[str, int], dict[bytes, tuple[bytes, Shown]]] = {}
        self._ids: set[tuple[str, bytes]] = set()

    def entries(self) -> int:
        """Return how many entries the ledger has now."""
        return len(self._ground.leaves)

    def appended(
        self, records: Sequence[OutRecord], since: int, moments: Collection[datetime]
    ) -> None:
        """Each append was permitted by some state of the ledger between its read and its append."""
        self._permissions.read(self._ground.leaves)
        for record in records:
            topic, partition, key, value = record.topic, record.partition, record.key, record.value
            if not topic.startswith(OUT_PREFIX) or is_tick(key):
                continue
            self._check_id(topic, dict(record.headers)["ce_id"])
            held = self.standing.setdefault((topic, partition), {})
            if value is None:
                before = held.pop(key, None)
                whose = f" for person {before[1].person.number}" if before else ""
                self._tell(f"{topic} <- a tombstone{whose}")
                continue
            one = shown(topic, key, value)
            held[key] = value, one
            name = "" if one.name == one.person else f" as person {one.name.number}"
            blocks = ", ".join(sorted(one.blocks))
            self._tell(f"{topic} <- {one.event} of person {one.person.number}{name}: {blocks}")
            if one.wrong:
                raise ViolationError(f"a record of {topic}: {one.wrong}")
            if not self._permissions.allow(one, since, moments):
                raise ViolationError(f"a record of {topic} opens what was not permitted")
            self._check_batch(one, record.timestamp_ms, since, moments)

    def _check_batch(
        self, one: Shown, timestamp_ms: int | None, since: int, moments: Collection[datetime]
    ) -> None:
        """Where a tray is filled in batches, a record waited for one, and tells its moment alone.

        When the terms of a tray change, all that it shows may change at once.
        """
        shards = self._ground.shards.items()
        shard_id, shard = next(
            (shard_id, row) for shard_id, row in shards if one.person.partition in row.partitions
        )
        swept = [its for its in self._ground.sweeps if _may_concern(its, one, shard_id)]
        first = min(shard.checked_at, *moments, *(its.since for its in swept))
        last = max(shard.decided_until, *moments, *(its.until for its in swept))
        since = min(since, shard.next_seq, *(seq for its in swept for seq in its.seqs))
        in_force = self._permissions.terms(one.agreement, since)
        if any(terms.get("release_every") == 0 for terms in in_force):
            return
        hours = {moment.replace(minute=0, second=0, microsecond=0) for moment in moments}
        if timestamp_ms not in {round(hour.timestamp() * 1000) for hour in hours}:
            raise ViolationError(f"a record of {one.agreement} tells when it came")
        turns = {terms.get(bound) for terms in in_force for bound in ("valid_from", "valid_until")}
        if len({terms.get("version") for terms in in_force}) > 1 or any(
            first <= datetime.fromisoformat(turn) <= last for turn in turns if turn
        ):
            return
        if not any(
            waiting.participant_id == one.person.participant_id
            and waiting.agreement_id == one.agreement
            and {begun.replace(minute=0, second=0, microsecond=0)} != hours
            for waiting, begun in self._ground.waiting.items()
        ):
            raise ViolationError(f"a record of {one.agreement} did not wait for its batch")

    def _check_id(self, topic: str, ce_id: bytes) -> None:
        """No two records of a tray are one CloudEvent: whoever knows an id would skip the other."""
        if (topic, ce_id) in self._ids:
            raise ViolationError(f"two records of {topic} have the same id")
        self._ids.add((topic, ce_id))

    def said_enforced(self, shard_id: int, moments: Collection[datetime]) -> None:
        """Whatever can be read is permitted in a state since what is said to be enforced.

        What is still swept is not, where the sweep has not come yet.
        """
        self._permissions.read(self._ground.leaves)
        shard = self._ground.shards.get(shard_id)
        if shard is None:
            raise ViolationError("a shard whose partitions others write says that it has enforced")
        at = {*moments, shard.checked_at}
        sweeps = self._ground.sweeps
        for (topic, _), held in self.standing.items():
            for _, one in held.values():
                if one.person.partition not in shard.partitions:
                    continue
                swept = [its for its in sweeps if _may_concern(its, one, shard_id)]
                since = min([shard.next_seq, *(seq for its in swept for seq in its.seqs)])
                earlier = {moment for its in swept for moment in (its.since, its.until)}
                if not self._permissions.allow(one, since, at | earlier):
                    raise ViolationError(f"{topic} shows what was enforced to be closed")


def _may_concern(sweep: Sweep, one: Shown, shard_id: int) -> bool:
    """Tell whether a sweep is still to decide about a record of a person of this shard."""
    who = one.person.participant_id
    if sweep.participant_id is not None:
        is_its = sweep.participant_id == who
    else:
        is_its = sweep.shard_id == shard_id
    is_in_scope = sweep.scope is None or one.agreement in sweep.scope
    return is_its and is_in_scope and not _is_behind(sweep, who, one.event_id)


def _is_behind(sweep: Sweep, who: PassportNumber, event_id: EventId) -> bool:
    """Tell whether a sweep has been there: a release goes by lot, and leaves no trace."""
    if sweep.is_release or sweep.after is None:
        return sweep.after is None
    participant_id, upto = sweep.after
    return who < participant_id or (who == participant_id and (upto is None or event_id <= upto))
