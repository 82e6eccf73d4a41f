"""Why a referral or a place is declined, on whose side the reason is, and what follows."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple


class DeclineReason(StrEnum):
    """Why a referral, or a place, is declined."""

    UNSPECIFIED = "unspecified"
    NO_CAPACITY = "no_capacity"
    NOT_ELIGIBLE = "not_eligible"
    WRONG_AREA = "wrong_area"
    ALREADY_ENROLLED = "already_enrolled"
    CANNOT_CONTACT = "cannot_contact"
    PERSON_DECLINED = "person_declined"
    UNSAFE = "unsafe"
    CLOSED = "closed"


class Side(StrEnum):
    """On whose side a reason is."""

    PERSON = "person"
    SERVICE = "service"


class Consequence(NamedTuple):
    """What a reason means. A need is unmet where the person still wants what nobody gives them."""

    side: Side
    is_unmet_need: bool
    what_follows: str


CONSEQUENCES: Final[Mapping[DeclineReason, Consequence]] = {
    DeclineReason.NO_CAPACITY: Consequence(
        Side.SERVICE, True, "offer the waiting list or another service; ask again when it has room"
    ),
    DeclineReason.NOT_ELIGIBLE: Consequence(
        Side.SERVICE, True, "find a service whose rules fit; do not send again unchanged"
    ),
    DeclineReason.WRONG_AREA: Consequence(
        Side.SERVICE, True, "find the same kind of service where the person lives"
    ),
    DeclineReason.UNSAFE: Consequence(
        Side.SERVICE, True, "talk to the sender, and choose elsewhere with the person"
    ),
    DeclineReason.CLOSED: Consequence(
        Side.SERVICE, True, "find another service; have the directory corrected"
    ),
    DeclineReason.ALREADY_ENROLLED: Consequence(
        Side.PERSON, False, "ask the person which of the two they want to keep"
    ),
    DeclineReason.CANNOT_CONTACT: Consequence(
        Side.PERSON, False, "ask the sender for another safe way to reach them"
    ),
    DeclineReason.PERSON_DECLINED: Consequence(
        Side.PERSON, False, "ask what they would rather have; do not send there again unasked"
    ),
}
"""Every reason but `unspecified`, which says nothing."""
