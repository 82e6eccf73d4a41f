"""The certificate of an erasure: what was done, looked at and found. It names nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from consent_ledger.ledger.enforcement import Enforcement
from consent_ledger.rights.acknowledgement import Acknowledgement, Deletions
from consent_ledger.rights.read_back import TrayScan
from schemas.identifiers import TopicName

KEPT: Final = {
    "the bare passport number, marked as erased, and a keyed code of it": "so that a late event or"
    " a restored backup cannot bring the person back (UK GDPR Articles 17(3)(b) and 32)",
    "a keyed code of each reference under which a provider knew the person": "so that the"
    " provider's next return, which is a full one again, does not register them anew (UK GDPR"
    " Articles 17(3)(b) and 25)",
    "keyed digests of events that came by a college's return": "to tell what a later return"
    " changes; they cannot be read, and nothing joins them to a person (UK GDPR Article 25)",
    "the ledger's entries, under a random pseudonym that nothing joins to a person": "to show that"
    " what was shared was permitted (UK GDPR Articles 5(2), 7(1) and 17(3)(e))",
    "this certificate, under the number of its entry": "to show that the person was erased, and"
    " which recipients have acknowledged it since (UK GDPR Articles 5(2) and 19)",
}
"""What is kept, and under which basis."""

BEYOND: Final = {
    "recipients' own copies, exports and backups": "each recipient was told to delete by a"
    " tombstone; whether it did is for the recipient to show",
    "the providers' own systems": "the events came from there",
    "dead letters that do not say whose they are": "each was opened and searched for the passport"
    " number; one that holds something of the person without it is deleted with its age",
    "backups of the keys": "an export of the keys that was taken before opens what an older backup"
    " of the database holds: only the newest two are kept, and the others destroyed",
}
"""Where this bus cannot look, and what holds there."""

ROTATING: Final = timedelta(hours=1)
"""Allowed for a rotation of the journal key from when it is due until it has ended."""


class RemainingPlace(NamedTuple):
    """A place where bytes of the person may be.

    `found` is what the read-back counted there, None where it cannot look; `gone_by` is when the
    last of it is gone, or opens with nothing that still exists, None where nobody can say.
    """

    place: str
    holds: str
    found: int | None = None
    gone_by: datetime | None = None


@dataclass(frozen=True)
class Certificate:
    """What can be said of an erasure. `done` is None where it was finished before this run.

    `in_trays` counts the records there that hold the number. `sampled` counts the columns of bytes
    in the planner's statistics. `epoch` names the journal key of that moment, in hexadecimal
    digits: once it is destroyed, since `sealed_gone_at`, no copy of a sealed value opens any more.
    A time of None is never, or not yet.
    """

    made_at: datetime
    done: Enforcement | None
    trays: Mapping[TopicName, TrayScan]
    dead_letters: Mapping[TopicName, TrayScan]
    in_trays: Mapping[TopicName, int]
    tables: Mapping[str, int]
    deletions: Deletions
    acknowledgements: Sequence[Acknowledgement]
    values_gone_by: datetime
    keys_gone_by: datetime
    in_trays_gone_by: datetime | None
    dead_letters_gone_by: datetime | None
    sampled: int = 0
    epoch: str = ""
    sealed_gone_by: datetime | None = None
    sealed_gone_at: datetime | None = None

    @property
    def survivors(self) -> int:
        """How many records and rows of the person can still be read: it must be 0.

        What a provider sent in is not counted: only the filter reads it, it is refused, and it
        expires by age.
        """
        scanned = [*self.trays.values(), *self.dead_letters.values()]
        return sum(one.survivors for one in scanned) + sum(self.tables.values()) + self.sampled

    @property
    def places(self) -> list[RemainingPlace]:
        """Every place where bytes of the person may be, read back or with a date, or both."""
        sealed = self.sealed_gone_at or self.sealed_gone_by
        trays = sum(one.survivors for one in self.trays.values())
        letters = sum(one.survivors for one in self.dead_letters.values())
        rows = sum(self.tables.values())
        older = (
            "what was told of the person, sealed: noise once the journal key of that time is"
            " destroyed; number, services and moments stay until they are written over"
        )
        return [
            RemainingPlace(
                "Kafka: values in out-trays", "what was disclosed", trays, self.values_gone_by
            ),
            RemainingPlace(
                "Kafka: keys in out-trays", "pseudonym or number", None, self.keys_gone_by
            ),
            RemainingPlace(
                "Kafka: in-trays",
                "what providers sent: only the filter reads it, and refuses it",
                sum(self.in_trays.values()),
                self.in_trays_gone_by,
            ),
            RemainingPlace(
                "Kafka: dead letters",
                "noise: each has a key of its own, which is destroyed",
                letters,
                self.dead_letters_gone_by,
            ),
            RemainingPlace(
                "PostgreSQL: rows and their indexes", "every column of every table", rows
            ),
            RemainingPlace("PostgreSQL: dead rows", older, None, sealed),
            RemainingPlace("PostgreSQL: write-ahead log", older, None, sealed),
            RemainingPlace(
                "PostgreSQL: the planner's statistics",
                "no column of keys, ciphertext or digests is sampled",
                self.sampled,
            ),
            RemainingPlace("PostgreSQL: temporary files", older, None, sealed),
            RemainingPlace("base backups of the database", older, None, sealed),
            RemainingPlace(
                "backups of the secrets", "the keys of their time: keep the newest two exports only"
            ),
            RemainingPlace(
                "recipients' copies",
                "each recipient was told to delete, and who has read so is listed",
            ),
        ]

    @property
    def awaiting(self) -> int:
        """How many retracted records wait for compaction."""
        return sum(one.awaiting for one in [*self.trays.values(), *self.dead_letters.values()])
