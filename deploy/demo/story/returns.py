"""The college's ILR return in the story: one made for it, or a real one that the user gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from consent_ledger.ledger.clock import system_clock
from consent_ledger.register.register import Register
from consent_ledger.transaction import PostgresLedger
from deploy.demo.people.ilr_return import write_return
from deploy.demo.people.journeys import COLLEGE
from deploy.demo.people.person import Person
from deploy.demo.people.places import borough_of
from deploy.demo.story.screen import Screen
from deploy.demo.story.stage import Stage
from deploy.operations.earlier_references import ukprns
from deploy.operations.registrar import HubRegistrar
from deploy.pages.text import counted
from producers.hub import Applicant, Registered, Registration
from producers.ilr.handed_in import open_return
from producers.ilr.importer import IlrImporter, check_return
from producers.ilr.mapping import JOB_OFFER
from producers.ilr.reader import read_return
from producers.ilr.records import Header
from producers.ilr.result import ImportResult
from producers.ilr.years import LAST_WITH_DESTINATIONS, label
from producers.snapshots.store import PostgresSnapshots
from schemas.identifiers import PassportNumber, ProviderId


@dataclass(frozen=True)
class Return:
    """A file and whose it is; `is_own` when the story has made it."""

    path: Path
    provider_id: ProviderId
    is_own: bool


def own_return(stage: Stage, people: Sequence[Person], passports: Mapping[int, str]) -> Return:
    """Write the college's return for these people, with the passport numbers they have."""
    ukprns = {entry.id: entry.ukprn for entry in stage.directory.providers if entry.ukprn}
    seed = stage.options.seed
    path = write_return(stage.folder, people, ukprn=ukprns[COLLEGE], passports=passports, seed=seed)
    return Return(path, COLLEGE, is_own=True)


def given_return(stage: Stage, path: Path) -> Return:
    """Take a real return: its provider by the UKPRN in its header, or else the demo's college.

    Raises StructureError when it is no return.
    """
    with open_return(path) as file:
        headers = (part for part in read_return(file.stream) if isinstance(part, Header))
        ukprn = str(next(headers).ukprn)
    known = {entry.ukprn: entry.id for entry in stage.directory.providers if entry.ukprn}
    provider_id = known.get(ukprn, COLLEGE)
    if ukprn not in known:
        name = stage.provider_name(COLLEGE)
        stage.screen.say(
            f"{path.name} is of a provider that the demo does not know: {name} takes it."
        )
    return Return(path, provider_id, is_own=False)


def check_given(path: Path, screen: Screen) -> None:
    """Check a given return as its import will, before anything is started for it.

    Raises StructureError when it does not have the structure of a return, ReturnRefusedError when
    it breaks a rule about the file as a whole.
    """
    with open_return(path) as file, screen.working(f"Checking {path.name}", 0) as advance:
        check_return(file, system_clock(), advance)


def import_return(stage: Stage, handed_in: Return) -> dict[str, PassportNumber]:
    """Import a return; return its learners' passport numbers by learner reference.

    Raises BusError when the return is refused as a whole.
    """
    hub = stage.hub
    registrar = _RecordingRegistrar(hub.ledger, hub.register)
    importer = IlrImporter(
        handed_in.provider_id,
        hub.secrets.door_key(handed_in.provider_id),
        registrar,
        PostgresSnapshots(hub.engine),
        hub.clock,
        ukprns(stage.directory.providers),
        is_of_any=True,  # whoever shows a real return has been told who takes it
        # right only for made-up addresses
        borough_of=borough_of if handed_in.is_own else lambda _: None,
    )
    with (
        open_return(handed_in.path) as file,
        stage.screen.working("Importing the college's ILR return", 0) as advance,
    ):
        result = importer.run(
            file,
            stage.post,
            on_progress=lambda progress: advance(progress.done, progress.total),
        )
    _say(stage, result)
    return registrar.numbers


class _RecordingRegistrar(HubRegistrar):
    """Keeps the passport numbers by learner reference: the importer does not report them."""

    def __init__(self, ledger: PostgresLedger, register: Register) -> None:
        super().__init__(ledger, register)
        self.numbers: dict[str, PassportNumber] = {}

    @override
    def register(
        self, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> list[Registration]:
        answers = super().register(provider_id, applicants)
        for applicant, answer in zip(applicants, answers, strict=True):
            if isinstance(answer, Registered):
                self.numbers[applicant.reference] = answer.participant_id
        return answers


def _say(stage: Stage, result: ImportResult) -> None:
    carried = result.learners_taken - result.learners_new
    stage.screen.say(
        f"{stage.provider_name(result.provider_id)} hands in its ILR return for {result.year}:"
        f" {counted(result.learners_read, 'learner')}, of whom {carried:,} show a passport number"
        f" that they have already, and {result.learners_new:,} get one now."
    )
    if result.learners_set_aside:
        rules = ", ".join(sorted(result.set_aside_by_reason))
        stage.screen.say(
            f"Set aside, with a reason and a line of the file for each ({rules}):"
            f" {counted(result.learners_set_aside, 'learner')}. The others go through."
        )
    work = stage.post.work
    offers = work[result.provider_id, JOB_OFFER]
    jobs = (
        sum(count for (provider, _), count in work.items() if provider == result.provider_id)
        - offers
    )
    why = ""
    if result.year > label(LAST_WITH_DESTINATIONS):
        why = ": since 2024-25 a return does not say what became of a learner"
    stage.screen.say(
        f"It tells of {counted(result.enrolments.new, 'course')}, of"
        f" {counted(result.outcomes.new - jobs - offers, 'qualification')} and the like, of"
        f" {counted(offers, 'job offer')} after a Skills Bootcamp, and of"
        f" {counted(jobs, 'job')}{why}."
    )
