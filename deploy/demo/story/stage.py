"""What the chapters play on, and what they hand on to each other."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.services import Directory
from consent_ledger.filter.progress import positions_of
from consent_ledger.ledger.enforcement import last_change, wait_until_enforced
from consumers.follower import TrayFollower
from deploy.demo.story.figures import Closing
from deploy.demo.story.mirror import Mirror
from deploy.demo.story.options import Options
from deploy.demo.story.participant import Participant
from deploy.demo.story.post import Post
from deploy.demo.story.screen import AdvanceBar, Screen
from deploy.hub import Hub
from deploy.one_machine.up.part import ChildProcess
from schemas.errors import BusError
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from schemas.trays import in_tray

PATIENCE_SECONDS: Final = 120.0
"""Far above what is seen for a change or an event: whoever waits longer waits in vain."""
PATIENCE_SECONDS_AN_EVENT: Final = 0.02
LOG_FILE: Final = "demo.log"
"""What the parts log, in the demo's folder: the screen is for the story."""
_LOOK_SECONDS: Final = 0.05


class StoryError(BusError):
    """The story cannot go on."""


@dataclass
class Stage:
    """The bus with all its parts at work, and what has come of the story so far."""

    options: Options
    folder: Path
    screen: Screen
    hub: Hub
    directory: Directory
    agreements: dict[AgreementId, Agreement]
    filter: ChildProcess
    post: Post
    passport: TrayFollower
    analytics: TrayFollower
    mirrors: dict[AgreementId, Mirror]
    closing: Closing = field(default_factory=Closing)
    participants: list[Participant] = field(default_factory=list)
    rosa: PassportNumber = PassportNumber("")
    """The passport number of the participant whom the story follows by name."""

    def provider_name(self, provider_id: ProviderId) -> str:
        """Return a provider's name."""
        return {one.id: one.name for one in self.directory.providers}[provider_id]

    def recipient_name(self, agreement_id: AgreementId) -> str:
        """Return the name of an agreement's recipient."""
        return self.agreements[agreement_id].recipient_name

    def settle(self, advance: AdvanceBar | None = None) -> None:
        """Wait until the filter has read and enforced everything, and every reader has caught up.

        `advance` hears how many events the filter has read.

        Raises:
            StoryError: the filter ended, or it took too long.
            TrayError: a reader did not come to the end of its tray.

        """
        patience = PATIENCE_SECONDS + PATIENCE_SECONDS_AN_EVENT * self.post.total
        until = time.monotonic() + patience
        while (read := self._events_read()) < self.post.total:
            if advance:
                advance(read)
            self._check_filter(until)
            time.sleep(_LOOK_SECONDS)
        with self.hub.engine.connect() as connection:
            newest = last_change(connection)
        if wait_until_enforced(self.hub.engine, newest, until - time.monotonic()) is None:
            self._check_filter(until)
            raise self._too_slow()
        for mirror in self.mirrors.values():
            mirror.catch_up(patience)
        self.passport.catch_up(patience)
        self.analytics.catch_up(patience)

    def _events_read(self) -> int:
        topics = [in_tray(one.id) for one in self.directory.providers]
        with self.hub.engine.connect() as connection:
            saved = positions_of(connection, topics, range(self.hub.settings.partitions))
        return sum(offset or 0 for offset in saved.values())

    def _check_filter(self, until: float) -> None:
        if not self.filter.is_alive():
            raise StoryError(f"The filter ended. Its last words:\n{self.filter.last_words()}")
        if time.monotonic() > until:
            raise self._too_slow()

    def _too_slow(self) -> StoryError:
        return StoryError(
            "The filter did not come to an end in time.",
            f"{LOG_FILE} says more; `nwd demo --keep FOLDER` keeps it.",
        )
