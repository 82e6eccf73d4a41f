"""The certificate of an erasure: what was done, looked at and found. It names nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

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
    "backups of the database": "once one is restored, `nwd erasure reapply` erases again",
    "PostgreSQL's own files": "they hold deleted rows until they are vacuumed",
}
"""Where this bus cannot look, and what holds there."""


@dataclass(frozen=True)
class Certificate:
    """What can be said of an erasure. `done` is None where it was finished before this run.

    `in_trays` counts the records there that hold the number. A time of None is never.
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

    @property
    def survivors(self) -> int:
        """How many records and rows of the person can still be read: it must be 0.

        What a provider sent in is not counted: the filter alone reads it, refuses it, and it goes
        with its age.
        """
        scanned = [*self.trays.values(), *self.dead_letters.values()]
        return sum(one.survivors for one in scanned) + sum(self.tables.values())

    @property
    def awaiting(self) -> int:
        """How many retracted records wait for compaction."""
        return sum(one.awaiting for one in [*self.trays.values(), *self.dead_letters.values()])
