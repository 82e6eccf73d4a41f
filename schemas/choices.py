"""The closed lists that the schemas hold: a word of none of them cannot be written.

An older reader makes `unspecified` of a word that was added later. Sources: Gravity's SDOH Clinical
Care guide and HMPPS Refer and Monitor (meetings, routes, who cancels); UK ENIC (comparability);
the bus's own where neither has a list.
"""

from enum import StrEnum


class MeetingMode(StrEnum):
    """How a meeting takes place."""

    UNSPECIFIED = "unspecified"
    PHONE = "phone"
    VIDEO = "video"
    IN_PERSON = "in_person"
    GROUP = "group"


class MeetingResult(StrEnum):
    """How a meeting ended; of one that was missed, of which kind the reason is."""

    UNSPECIFIED = "unspecified"
    ATTENDED = "attended"
    LATE = "late"
    MISSED_ACCEPTABLE = "missed_acceptable"
    MISSED_UNACCEPTABLE = "missed_unacceptable"
    MISSED_LOGISTICS = "missed_logistics"


class Companion(StrEnum):
    """Who comes along to a meeting."""

    UNSPECIFIED = "unspecified"
    NOBODY = "nobody"
    NAVIGATOR = "navigator"
    ADVISER = "adviser"
    INTERPRETER = "interpreter"
    ADVOCATE = "advocate"
    FAMILY_OR_FRIEND = "family_or_friend"


class ReferralRoute(StrEnum):
    """How somebody came to the service."""

    UNSPECIFIED = "unspecified"
    SELF = "self"
    NAVIGATOR = "navigator"
    PARTNER = "partner"
    EMAIL_LINK = "email_link"
    JOBCENTRE = "jobcentre"


class CancelledBy(StrEnum):
    """Which side ended what was agreed."""

    UNSPECIFIED = "unspecified"
    SENDER = "sender"
    RECEIVER = "receiver"
    PARTICIPANT = "participant"


class Comparability(StrEnum):
    """Whether it is known what a qualification of another country equals here."""

    UNSPECIFIED = "unspecified"
    NOT_ASKED = "not_asked"
    ASKED = "asked"
    STATED = "stated"


class EmployerAccreditation(StrEnum):
    """What an employer is accredited for."""

    UNSPECIFIED = "unspecified"
    LIVING_WAGE = "living_wage"
    LIVING_HOURS = "living_hours"
    GOOD_WORK_STANDARD = "good_work_standard"
    DISABILITY_CONFIDENT_COMMITTED = "disability_confident_committed"
    DISABILITY_CONFIDENT_EMPLOYER = "disability_confident_employer"
    DISABILITY_CONFIDENT_LEADER = "disability_confident_leader"


class AsWanted(StrEnum):
    """Whether what was reached is what the person wanted."""

    UNSPECIFIED = "unspecified"
    YES = "yes"
    PARTLY = "partly"
    NO = "no"
