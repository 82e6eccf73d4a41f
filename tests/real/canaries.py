"""Values that stand nowhere else, one in each personal field of everything that is published."""

from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from consent_ledger.matching.official_numbers import is_possible_uln
from schemas.blocks import (
    Answer,
    Area,
    Background,
    Contact,
    Contributor,
    Equality,
    Health,
    Identity,
    Justice,
    Money,
    Needs,
    Notes,
    Progress,
    Wellbeing,
)
from schemas.events import Event, Source
from schemas.identifiers import PassportNumber
from tests.support.factories import make_enrolment, make_outcome, make_referral


@dataclass
class Canaries:
    """Values that stand nowhere else, each handed out once: texts with one mark, and numbers."""

    mark: str = field(default_factory=lambda: token_hex(6))
    made: list[str] = field(default_factory=list)

    @property
    def traces(self) -> list[str]:
        """What one looks for to find any of them."""
        return [self.mark, *(one for one in self.made if self.mark not in one)]

    def word(self, before: str = "Zo\u00eb ") -> str:
        """Return a value; an accent shows whether it was escaped on the way."""
        self.made.append(f"{before}{self.mark}{token_hex(4)}")
        return self.made[-1]

    def digits(self, count: int) -> str:
        """Return a number as a text."""
        self.made.append(str(int(token_hex(16), 16))[:count])
        return self.made[-1]

    def learner_number(self) -> str:
        """Return a number with the check digit of a learner number."""
        while not is_possible_uln(number := self.digits(10)):
            self.made.pop()
        return number


def blocks(canaries: Canaries) -> dict[str, Any]:
    """Return every block, each text in it a value of its own; codes are what they may be."""
    word = canaries.word
    return {
        "identity": identity(canaries),
        "contact": Contact(
            phone=word("+44 "),
            email=word("ada@"),
            address=(word(), word()),
            postcode=word("SE1 "),
            safe_contact=word(),
            language=word(),
        ),
        "area": Area(borough=word(), postcode_district=word()),
        "background": Background(
            work_history=(word(), word()), skills=(word(), word()), employment_status=11
        ),
        "needs": Needs(
            goals=(word(), word()),
            barriers=(word(), word()),
            adjustments=(word(), word()),
            availability=word(),
        ),
        "health": Health(has_condition=1, conditions=(9,), work_capability=word()),
        "equality": Equality(ethnicity=44, sex=word(), religion=word(), sexual_orientation=word()),
        "justice": Justice(has_experience=True, codes=(word(), word())),
        "money": Money(benefits=(word(), word()), pay_period=word(), pay_pence=123_456),
        "progress": Progress(
            category="EMP",
            code=word(),
            contract_type=word(),
            employer=word(),
            qualification=word(),
            grade=word(),
            evidence_level=word(),
            contributors=(Contributor(provider_id=word(), role=word()),),
        ),
        "wellbeing": Wellbeing(
            answers=(Answer(instrument=word(), item=word(), score=7, scale_min=0, scale_max=10),)
        ),
        "notes": Notes(text=word()),
    }


def identity(canaries: Canaries) -> Identity:
    """Return who somebody is."""
    ni_number = f"AB{canaries.digits(6)}C"
    canaries.made[-1] = ni_number
    return Identity(
        given_names=canaries.word(),
        family_name=canaries.word(),
        uln=canaries.learner_number(),
        ni_number=ni_number,
        preferred_name=canaries.word(),
        name_said=canaries.word(),
        pronouns=canaries.word(),
    )


def events_of(number: PassportNumber, canaries: Canaries) -> list[Event]:
    """Return an event of each type with values of its own, in their participation, too."""
    made: list[Event] = []
    for make, provider_id, texts in (
        (
            make_referral,
            "borough-d",
            ("programme", "reason_code", "appointment_place", "meeting_with", "meeting_with_role"),
        ),
        (make_enrolment, "college-c", ("programme", "aim", "funder", "outside_criteria_because")),
        (make_outcome, "charity-b", ("programme", "on_behalf_of", "lead_contact_organisation")),
    ):
        source = Source(system="crm", reference=canaries.word("case-"))
        event = make(
            participant_id=number, provider_id=provider_id, source=source, **blocks(canaries)
        )
        participation = event.participation.model_copy(
            update={name: canaries.word() for name in texts}
        )
        made.append(event.model_copy(update={"participation": participation}))
    return made
