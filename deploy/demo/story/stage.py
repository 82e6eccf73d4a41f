"""The bus that the chapters play on, and what they hand on to each other."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.services import Directory
from consent_ledger.filter.progress import positions_of
from consent_ledger.ledger.enforcement import is_everything_enforced
from consumers.follower import TrayFollower
from deploy.demo.story.figures import Closing
from deploy.demo.story.mirror import Mirror
from deploy.demo.story.options import Options
from deploy.demo.story.post import Post
from deploy.demo.story.screen import AdvanceBar, Screen
from deploy.hub import Hub
from deploy.one_machine.up.part import ChildProcess
from schemas.errors import BusError
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from schemas.trays import in_tray

PATIENCE_SECONDS: Final = 120.0
"""Far above what is seen for a change or an event: a longer wait is in vain."""
PATIENCE_SECONDS_AN_EVENT: Final = 0.02
LOG_FILE: Final = "demo.log"
"""The parts' log, in the demo's folder: the screen is for the story."""
_LOOK_SECONDS: Final = 0.05


class StoryError(BusError):
    """The story cannot go on."""


class Participant(NamedTuple):
    """`label` seeds the participant's chance; `door` is the provider that registered them first."""

    label: str
    passport: PassportNumber
    door: ProviderId


@dataclass
class Stage:
    """The bus with all its parts at work, and the results of the story so far."""

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
        return {provider.id: provider.name for provider in self.directory.providers}[provider_id]

    def recipient_name(self, agreement_id: AgreementId) -> str:
        """Return the name of an agreement's recipient."""
        return self.agreements[agreement_id].recipient_name

    def settle(self, advance: AdvanceBar | None = None) -> None:
        """Wait until the filter has read and enforced everything, and every reader has caught up.

        `advance` is called with how many events the filter has read. Raises StoryError when the
        filter ended or took too long, TrayError when a reader did not come to the end of its tray.
        """
        patience = PATIENCE_SECONDS + PATIENCE_SECONDS_AN_EVENT * self.post.total
        until = time.monotonic() + patience
        while (read := self._events_read()) < self.post.total:
            if advance:
                advance(read)
            self._check_filter(until)
            time.sleep(_LOOK_SECONDS)
        while not self._is_enforced():
            self._check_filter(until)
            time.sleep(_LOOK_SECONDS)
        for mirror in self.mirrors.values():
            mirror.catch_up(patience)
        self.passport.catch_up(patience)
        self.analytics.catch_up(patience)

    def _is_enforced(self) -> bool:
        with self.hub.engine.connect() as connection:
            return is_everything_enforced(connection)

    def _events_read(self) -> int:
        topics = [in_tray(provider.id) for provider in self.directory.providers]
        with self.hub.engine.connect() as connection:
            saved = positions_of(connection, topics, range(self.hub.settings.partitions))
        return sum(offset or 0 for offset in saved.values())

    def _check_filter(self, until: float) -> None:
        if not self.filter.is_alive():
            raise StoryError(f"The filter ended. Its last words:\n{self.filter.log_tail()}")
        if time.monotonic() > until:
            raise self._too_slow()

    def _too_slow(self) -> StoryError:
        return StoryError(
            "The filter did not come to an end in time.",
            f"{LOG_FILE} says more; `nwd demo --keep FOLDER` keeps it.",
        )
