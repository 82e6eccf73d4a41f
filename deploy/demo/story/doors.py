"""Chapter 1: people come to the doors, get a passport number, and providers publish what they know.

Whoever came to the borough, the charity or the Jobcentre is registered there. The college hands in
its ILR return, which registers its learners; those who have a number already carry it.
"""

from collections import Counter
from typing import Final

from consent_ledger.register.register import RegisteredPerson
from deploy.demo.people import blocks
from deploy.demo.people.history import history
from deploy.demo.people.ilr_learner import learner_reference
from deploy.demo.people.journeys import COLLEGE, journey
from deploy.demo.people.person import Person, people
from deploy.demo.story.participant import Participant
from deploy.demo.story.returns import Return, given_return, import_return, own_return
from deploy.demo.story.stage import Stage, StoryError
from schemas.identifiers import PassportNumber, ProviderId

BATCH: Final = 25
"""People in one transaction."""


def open_doors(stage: Stage) -> None:
    """Register everybody, import the college's return, and publish what the others tell."""
    everybody = people(stage.options.participants, seed=stage.options.seed)
    doors = {one.number: journey(one, seed=stage.options.seed).door for one in everybody}
    known = _register(stage, everybody, doors)
    handed_in = _hand_in(stage, everybody, known)
    learners = import_return(stage, handed_in)
    if handed_in.is_own:
        for one in everybody:
            passport = learners.get(learner_reference(one))
            if passport is not None:
                known[one.number] = passport
    _publish(stage, everybody, known)
    stage.participants = [
        Participant(f"person {number}", passport, doors[number])
        for number, passport in known.items()
    ]
    numbered = set(known.values())
    stage.participants += [
        Participant(f"learner {place}", passport, handed_in.provider_id)
        for place, passport in enumerate(learners.values())
        if passport not in numbered
    ]
    stage.closing.participants = len(stage.participants)


def _register(
    stage: Stage, everybody: list[Person], doors: dict[int, ProviderId]
) -> dict[int, PassportNumber]:
    """Register whoever came to another door than the college's; return passport numbers."""
    coming = [one for one in everybody if doors[one.number] != COLLEGE]
    known: dict[int, PassportNumber] = {}
    with stage.screen.working("Registering people at the doors", len(coming)) as advance:
        for start in range(0, len(coming), BATCH):
            with stage.hub.ledger.begin() as tx:
                for one in coming[start : start + BATCH]:
                    answer = stage.hub.register.register(
                        tx, doors[one.number], blocks.identity(one)
                    )
                    if not isinstance(answer, RegisteredPerson):
                        raise StoryError("Two of the made-up people were taken for one.")
                    known[one.number] = answer.participant_id
            advance(len(known))
    came = Counter(doors[one.number] for one in coming)
    counts = ", ".join(f"{count:,} at {stage.provider_name(one)}" for one, count in came.items())
    stage.screen.say(
        f"{len(coming):,} people who do not exist come to a door: {counts}. Each gets a passport"
        f" number, such as {next(iter(known.values()))}. No National Insurance number is needed."
    )
    return known


def _hand_in(stage: Stage, everybody: list[Person], known: dict[int, PassportNumber]) -> Return:
    if stage.options.ilr is not None:
        return given_return(stage, stage.options.ilr)
    return own_return(stage, everybody, known)


def _publish(stage: Stage, everybody: list[Person], known: dict[int, PassportNumber]) -> None:
    """Publish what the providers tell of people besides the return."""
    before = stage.post.total
    told = [one for one in everybody if one.number in known]
    with stage.screen.working("Publishing what the others tell", len(told)) as advance:
        for done, one in enumerate(told, start=1):
            for event in history(one, known[one.number], seed=stage.options.seed):
                stage.post.publish(event)
            advance(done)
        stage.post.flush()
    stage.screen.say(
        "The council, the charity, the Jobcentre and the college publish what else they know, each"
        f" to an in-tray that it alone may write: {stage.post.total - before:,} referrals,"
        f" enrolments and outcomes. The journal seals {stage.post.total:,} events in all."
    )
