"""What a return may say of who somebody is, and whose it is. Also of mutants."""

import pytest

from consent_ledger.register.answered import RegisteredPerson
from deploy.operations.earlier_references import EarlierReferences, as_new
from producers.examples import NOBODY
from producers.hub import Applicant, EarlierReference
from producers.ilr.errors import OtherOrganisationError
from schemas.blocks import Identity
from schemas.identifiers import PassportNumber, ProviderId
from tests.support.desk import ADA, BOROUGH, COLLEGE, Desk, desk
from tests.support.ilr.hub import CollegeHub, MemoryPublisher
from tests.support.ilr.returns import MADE_2018, Edited, made_file, renamed

UKPRN = 90010002


def claimed(made: Desk, reference: str) -> PassportNumber | None:
    """Let the college tell of Ada's learner number with a reference at the borough.

    Return whose number that decides on.
    """
    who = Applicant("1", ADA, None, earlier=EarlierReference(reference, UKPRN))
    with made.ground.begin() as tx:
        answer = made.register.register(tx, COLLEGE, ADA, reference="1")
        earlier = EarlierReferences(made.register, {UKPRN: BOROUGH})
        return earlier.of_others(tx, [who], {0: answer}).get(0)


def test_a_reference_elsewhere_decides_about_the_one_who_was_found_alone() -> None:
    """It is somebody else's, or nobody's: then it stays a question."""
    with desk() as made:
        ada = made.ask(BOROUGH, reference="ADA", is_new=True)
        ben = Identity(given_names="Ben", family_name="Okafor")
        made.ask(BOROUGH, identity=ben, reference="BEN")

        assert isinstance(ada, RegisteredPerson)
        assert claimed(made, "BEN") is None
        assert claimed(made, "NOBODY") is None
        assert claimed(made, "ADA") == ada.participant_id


def test_a_reference_elsewhere_does_not_decide_between_two() -> None:
    """Whom matching cannot tell apart, a reference that can be guessed does not."""
    with desk() as made:
        made.ask(BOROUGH, reference="ADA", is_new=True)
        made.ask(BOROUGH, reference="TWIN", is_new=True)

        assert claimed(made, "ADA") is None
        assert claimed(made, "TWIN") is None


def test_whether_the_person_was_known_elsewhere_is_not_told() -> None:
    """Whoever is found by what another provider knows counts as new."""
    assert as_new(RegisteredPerson(NOBODY, is_new=False)) == RegisteredPerson(NOBODY, is_new=True)


def test_a_reference_that_two_learners_claim_is_used_for_neither() -> None:
    """It cannot have been both of them; the register decides by what else is known."""
    hub, file = CollegeHub(), Edited(MADE_2018)
    for learner in file.all("Learner"):
        file.set(learner, "PrevLearnRefNumber", "BEFORE")
    result = hub.run(file.file())

    assert [(one.code, one.count) for one in result.warnings] == [("earlier-reference-unclear", 2)]
    assert [one.earlier for one in hub.registrar.asked] == [None, None]


def test_a_reference_that_somebody_has_now_says_nothing_of_another() -> None:
    """Two learners of one file are two, until the college says otherwise."""
    hub, file = CollegeHub(), Edited(MADE_2018)
    first, second = file.all("Learner")
    file.set(second, "PrevLearnRefNumber", file.text(first, "LearnRefNumber"))
    result = hub.run(file.file())

    assert [(one.code, one.count) for one in result.warnings] == [("earlier-reference-unclear", 1)]
    assert result.learners_new == 2


def test_one_who_has_two_numbers_by_now_is_told_and_nothing_moves() -> None:
    """Their events stay with the number under which they were told: a person joins the two."""
    hub, file = CollegeHub(), renamed(MADE_2018, "OLD01")
    hub.run(made_file(MADE_2018))
    learner = file.learner("NEWREF")
    file.set(learner, "PrevLearnRefNumber", None)
    hub.run(file.file())
    before = {event.event_id: event.participant_id for event in hub.published}
    file.set(learner, "PrevLearnRefNumber", "OLD01")
    file.set(learner, "Email", "changed@example.org")
    result = hub.run(file.file())

    assert [one.code for one in result.warnings] == ["earlier-reference-of-another"]
    assert before
    assert {event.event_id: event.participant_id for event in hub.published}.items() <= (
        before.items()
    )


def test_a_return_of_another_organisation_is_refused_before_anything() -> None:
    """Nobody is asked for, nothing is sent; said to be meant, it is a warning."""
    hub = CollegeHub(ukprns={UKPRN: ProviderId("college-c")})
    publisher = MemoryPublisher()
    with pytest.raises(OtherOrganisationError, match="--although-of-another-organisation"):
        hub.importer.run(made_file(MADE_2018), publisher)

    assert (hub.registrar.asked, publisher.events, publisher.flushes) == ([], [], 0)
    hub.is_of_any = True
    result = hub.run(made_file(MADE_2018))
    assert (result.learners_taken, [one.code for one in result.warnings]) == (2, ["UKPRN"])


def test_an_answer_about_nobody_in_the_return_takes_nobody() -> None:
    """Another return may have been meant, or a spreadsheet has taken zeros away."""
    hub = CollegeHub()
    with pytest.raises(Exception, match="line 3: nobody in the file"):
        hub.run(made_file(MADE_2018), "reference,answer,number\nOLD01,other,\nnobody,other,\n")

    assert hub.registrar.asked == []
