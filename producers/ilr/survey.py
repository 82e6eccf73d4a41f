"""The first pass through a return: it checks the structure and notes what repeats.

Memory holds a short fingerprint for each learner and aim, never a record.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from producers.ilr.codes import TEMPORARY_ULN
from producers.ilr.errors import StructureError, StructureFault
from producers.ilr.keys import uuid_of
from producers.ilr.reader import read_return
from producers.ilr.records import Header, Learner, LearnerDestination

_FINGERPRINT_BYTES: Final = 8


@dataclass(slots=True)
class Repeats:
    """Which values came more than once."""

    _seen: set[bytes] = field(default_factory=set)
    _again: set[bytes] = field(default_factory=set)

    def add(self, value: str | int) -> None:
        """Note one occurrence."""
        mark = fingerprint(value)
        (self._again if mark in self._seen else self._seen).add(mark)

    def __contains__(self, value: str | int) -> bool:
        return fingerprint(value) in self._again

    def forget_the_rest(self) -> None:
        """Keep only what repeats: call it once all have been added."""
        self._seen.clear()


@dataclass(slots=True)
class Survey:
    """The facts about the file that no single learner shows."""

    header: Header
    learners: int = 0
    references: Repeats = field(default_factory=Repeats)
    ulns: Repeats = field(default_factory=Repeats)
    software_ids: Repeats = field(default_factory=Repeats)
    with_destinations: set[bytes] = field(default_factory=set)

    def note(self, learner: Learner) -> None:
        """Add a learner."""
        self.learners += 1
        self.references.add(learner.reference)
        if learner.uln != TEMPORARY_ULN:
            self.ulns.add(learner.uln)
        for aim in learner.aims:
            if (software_id := uuid_of(aim)) is not None:
                self.software_ids.add(software_id)

    def close(self) -> None:
        """Drop what only the first pass needed."""
        for repeats in (self.references, self.ulns, self.software_ids):
            repeats.forget_the_rest()


def fingerprint(value: str | int) -> bytes:
    """Return 8 bytes that stand for a value while a file is read."""
    return hashlib.blake2b(str(value).encode(), digest_size=_FINGERPRINT_BYTES).digest()


def survey_return(source: BinaryIO, on_learners: Callable[[int], None] = lambda _: None) -> Survey:
    """Read all of a return; `on_learners` is called with the number of learners so far.

    Raises:
        StructureError: the file does not have the structure of a return.

    """
    survey: Survey | None = None
    for record in read_return(source):
        if isinstance(record, Header):
            survey = Survey(record)
        elif survey is not None and isinstance(record, Learner):
            survey.note(record)
            on_learners(survey.learners)
        elif survey is not None and isinstance(record, LearnerDestination):
            survey.with_destinations.add(fingerprint(record.reference))
    if survey is None:
        raise StructureError((StructureFault(1, "the file is empty"),))
    survey.close()
    return survey
