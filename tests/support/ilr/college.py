"""One learner of a return, changed for a test and imported."""

from schemas.events import Enrolment, Outcome
from tests.support.ilr.hub import CollegeHub
from tests.support.ilr.returns import Edited


class College:
    """One learner of a return, changed and imported."""

    def __init__(self, name: str, reference: str) -> None:
        self.file = Edited(name)
        self.file.keep(reference)
        self.learner = self.file.learner(reference)
        self.aims = self.file.all("LearningDelivery", self.learner)

    def person(self, **values: str | None) -> None:
        """Change values of the learner."""
        for name, value in values.items():
            self.file.set(self.learner, name, value)

    def aim(self, number: int = 0, **values: str | None) -> None:
        """Change values of an aim."""
        for name, value in values.items():
            self.file.set(self.aims[number], name, value)

    def monitoring(self, type_: str, code: str) -> None:
        """Give the first aim a monitoring code."""
        self.file.add(
            self.aims[0], "LearningDeliveryFAM", LearnDelFAMType=type_, LearnDelFAMCode=code
        )

    def events(self) -> tuple[list[Enrolment], list[Outcome]]:
        """Import and return what was published."""
        hub = CollegeHub()
        result = hub.run(self.file.file())
        assert result.set_aside == ()
        return (
            [event for event in hub.published if isinstance(event, Enrolment)],
            [event for event in hub.published if isinstance(event, Outcome)],
        )

    def enrolment(self) -> Enrolment:
        """Import and return the first enrolment."""
        return self.events()[0][0]
