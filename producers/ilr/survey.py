"""The first pass through a return: it checks the structure and notes what repeats.

Memory holds a short fingerprint for each learner and aim, never a record.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from producers.hub import EarlierReference
from producers.ilr.errors import StructureError, StructureFault
from producers.ilr.keys import uuid_of
from producers.ilr.reader import read_return
from producers.ilr.records import Header, Learner, LearnerDestination
from producers.official_numbers import TEMPORARY_ULN
from producers.repeats import Repeats, fingerprint


@dataclass(slots=True)
class Survey:
    """The facts about the file that no single learner shows.

    `absent` are references that were looked for, and that no learner has.
    """

    header: Header
    learners: int = 0
    references: Repeats = field(default_factory=Repeats)
    ulns: Repeats = field(default_factory=Repeats)
    software_ids: Repeats = field(default_factory=Repeats)
    earlier: Repeats = field(default_factory=Repeats)
    with_destinations: set[int] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)

    def note(self, learner: Learner) -> None:
        """Add a learner."""
        self.learners += 1
        self.references.add(learner.reference)
        self.absent.discard(learner.reference)
        if learner.uln != TEMPORARY_ULN:
            self.ulns.add(learner.uln)
        if learner.earlier is not None:
            self.earlier.add(_written(learner.earlier))
        for aim in learner.aims:
            if (software_id := uuid_of(aim)) is not None:
                self.software_ids.add(software_id)

    def close(self) -> None:
        """Drop what only the first pass needed.

        A reference of before that somebody in the file has now says of nobody who they were.
        """
        self.earlier.also_in(self.references)
        for repeats in (self.references, self.ulns, self.software_ids, self.earlier):
            repeats.forget_the_rest()

    def is_clear(self, earlier: EarlierReference) -> bool:
        """Return whether a reference of before is one learner's alone, and nobody's now."""
        return _written(earlier) not in self.earlier


def _written(earlier: EarlierReference) -> str:
    """Return a reference of before as one text: one of the provider's own as it has it now."""
    return earlier.reference if earlier.ukprn is None else f"{earlier.ukprn}/{earlier.reference}"


def survey_return(
    source: BinaryIO,
    on_learners: Callable[[int], None] = lambda _: None,
    look_for: Iterable[str] = (),
) -> Survey:
    """Read a return, and look for references; `on_learners` gets the number of learners so far.

    Raises StructureError.
    """
    survey: Survey | None = None
    for record in read_return(source):
        if isinstance(record, Header):
            survey = Survey(record, absent=set(look_for))
        elif survey is not None and isinstance(record, Learner):
            survey.note(record)
            on_learners(survey.learners)
        elif survey is not None and isinstance(record, LearnerDestination):
            survey.with_destinations.add(fingerprint(record.reference))
    if survey is None:
        raise StructureError((StructureFault(1, "the file is empty"),))
    survey.close()
    return survey
