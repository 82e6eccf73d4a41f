"""Chapter 1: people come to the doors, get a passport number, and providers publish what they know.

The borough, the charity and the Jobcentre register the people who came to them. The college hands
in its ILR return, which registers its learners; those who have a number already carry it.
"""

from collections import Counter
from functools import partial
from typing import Final

from consent_ledger.register.answered import RegisteredPerson
from deploy.demo.people import blocks
from deploy.demo.people.history import history
from deploy.demo.people.ilr_learner import learner_reference
from deploy.demo.people.journeys import COLLEGE, journey_of
from deploy.demo.people.person import Person, people
from deploy.demo.story.returns import given_return, import_return, own_return
from deploy.demo.story.stage import Participant, Stage, StoryError
from schemas.identifiers import PassportNumber, ProviderId

BATCH: Final = 25
"""People in one transaction."""


def open_doors(stage: Stage) -> None:
    """Register everyone, import the college's return, and publish what the others know."""
    everybody = people(stage.options.participants, seed=stage.options.seed)
    doors = {
        person.number: journey_of(person, seed=stage.options.seed).door for person in everybody
    }
    known = _register(stage, everybody, doors)
    if stage.options.ilr is None:
        handed_in = own_return(stage, everybody, known)
    else:
        handed_in = given_return(stage, stage.options.ilr)
    learners = import_return(stage, handed_in)
    if handed_in.is_own:
        for person in everybody:
            passport = learners.get(learner_reference(person))
            if passport is not None:
                known[person.number] = passport
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
    """Register the people who came to a door other than the college's; return their numbers."""
    coming = [person for person in everybody if doors[person.number] != COLLEGE]
    known: dict[int, PassportNumber] = {}
    taken: set[PassportNumber] = set()
    with stage.screen.working("Registering people at the doors", len(coming)) as advance:
        for start in range(0, len(coming), BATCH):
            with stage.hub.ledger.begin() as tx:
                for person in coming[start : start + BATCH]:
                    register = partial(
                        stage.hub.register.register,
                        tx,
                        doors[person.number],
                        blocks.identity(person),
                        contact=blocks.contact(person),
                    )
                    answer = register()
                    if not isinstance(answer, RegisteredPerson):  # they look alike: they are asked
                        answer = register(is_new=True)
                    if not isinstance(answer, RegisteredPerson) or answer.participant_id in taken:
                        raise StoryError("Two of the made-up people were taken for one.")
                    taken.add(answer.participant_id)
                    known[person.number] = answer.participant_id
            advance(len(known))
    came = Counter(doors[person.number] for person in coming)
    counts = ", ".join(f"{count:,} at {stage.provider_name(door)}" for door, count in came.items())
    stage.screen.say(
        f"{len(coming):,} people who do not exist come to a door: {counts}. Each gets a passport"
        f" number, such as {next(iter(known.values()))}. No National Insurance number is needed."
    )
    return known


def _publish(stage: Stage, everybody: list[Person], known: dict[int, PassportNumber]) -> None:
    """Publish what the providers know of people besides the return."""
    before = stage.post.total
    included = [person for person in everybody if person.number in known]
    with stage.screen.working("Publishing what the others tell", len(included)) as advance:
        for done, person in enumerate(included, start=1):
            for event in history(person, known[person.number], seed=stage.options.seed):
                stage.post.publish(event)
            advance(done)
        stage.post.flush()
    stage.screen.say(
        "The council, the charity, the Jobcentre and the college publish what else they know, each"
        f" to an in-tray that it alone may write: {stage.post.total - before:,} referrals,"
        f" enrolments and outcomes. The journal seals {stage.post.total:,} events in all."
    )
