"""The natural keys by which a record of one return is found again in the next.

An aim's key is its software identifier (SWSupAimId) where that is a UUID that occurs once in the
file. Real returns repeat it, even across learners (the DfE's own sample does): the key of such an
aim is the learner reference, sequence number, aim and start.
"""

import uuid

from producers.ilr.records import DestinationOutcome, LearningDelivery

Key = tuple[str, ...]


def uuid_of(aim: LearningDelivery) -> str | None:
    """Return the aim's software identifier in lower case if it is a UUID, else None."""
    try:
        return str(uuid.UUID(aim.software_id)) if aim.software_id else None
    except ValueError:
        return None


def aim_key(ukprn: int, reference: str, aim: LearningDelivery, *, software_id: str | None) -> Key:
    """Return the key of an aim; `software_id` is None where it names other aims too."""
    if software_id is not None:
        return ("ilr-aim", str(ukprn), software_id)
    started_on = aim.started_on.isoformat()
    return ("ilr-aim", str(ukprn), reference, str(aim.sequence), aim.aim, started_on)


def achievement_key(aim: Key) -> Key:
    """Return the key of the outcome that an aim led to."""
    return ("ilr-achievement", *aim[1:])


def destination_key(ukprn: int, reference: str, outcome: DestinationOutcome) -> Key:
    """Return the key of a destination."""
    kind = (outcome.type, str(outcome.code))
    return ("ilr-destination", str(ukprn), reference, *kind, outcome.started_on.isoformat())
