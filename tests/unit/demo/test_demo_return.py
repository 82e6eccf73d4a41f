from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree

from deploy.demo.people.history import history
from deploy.demo.people.ilr_learner import learner_reference
from deploy.demo.people.ilr_return import learners, write_return
from deploy.demo.people.person import people
from producers.ilr.carried import carried_number, carried_referral
from producers.ilr.reader import read_return
from producers.ilr.records import Header, Learner
from producers.ilr.rules.file import check_file, file_warnings
from producers.ilr.rules.table import broken_rules
from producers.ilr.survey import survey_return
from schemas.events import Referral, ReferralStage
from schemas.identifiers import new_passport_number
from tests.support.ilr.xsd import schema_of

UKPRN = "90010002"
MANY = people(600)
PASSPORTS = {one.number: new_passport_number() for one in MANY[::2]}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the return of 600 people, half of whom have a passport number."""
    folder = tmp_path_factory.mktemp("return")
    return write_return(folder, MANY, ukprn=UKPRN, passports=PASSPORTS)


def read(path: Path) -> dict[str, Learner]:
    """Return the learners of a return by their reference."""
    with path.open("rb") as stream:
        return {one.reference: one for one in read_return(stream) if isinstance(one, Learner)}


def test_it_is_valid_against_the_schema_of_its_year(written: Path) -> None:
    """A schema of the elements, their order and their values in 2025-26 takes it."""
    schema_of(2025).assertValid(etree.parse(written))


def test_the_importer_finds_no_fault_and_sets_nobody_aside(written: Path) -> None:
    """Structure, rules and the file's name are as they should be: not even a warning."""
    with written.open("rb") as stream:
        survey = survey_return(stream, lambda _: None)
    faults = [str(fault) for one in read(written).values() for fault in broken_rules(one, survey)]

    assert faults == []
    check_file(written.name, survey.header, datetime.now(UTC))
    assert file_warnings(written.name) == ()


def test_it_names_its_college_and_its_moment(written: Path) -> None:
    """Header and file name agree."""
    with written.open("rb") as stream:
        header = next(read_return(stream))

    assert isinstance(header, Header)
    assert header.ukprn == header.provider_ukprn == int(UKPRN)
    assert header.prepared_at == datetime(2026, 6, 30, 18, tzinfo=UTC)
    assert written.name == "ILR-90010002-2526-20260630-180000-01.xml"


def test_about_half_of_all_people_study(written: Path) -> None:
    """The others are known to the borough, the charity or the Jobcentre alone."""
    found = read(written)

    assert 0.4 < len(found) / len(MANY) < 0.7
    assert set(found) == {learner_reference(person) for person, _ in learners(MANY)}


def test_the_same_seed_writes_the_same_bytes(written: Path, tmp_path: Path) -> None:
    """An import of the second file would find nothing to publish."""
    again = write_return(tmp_path, MANY, ukprn=UKPRN, passports=PASSPORTS)

    assert again.read_bytes() == written.read_bytes()


def test_a_passport_number_is_carried_by_who_has_one(written: Path) -> None:
    """It stands in ProvSpecLearnMon, where the importer looks for it."""
    found = read(written)

    carried = 0
    for person, _ in learners(MANY):
        number = carried_number(found[learner_reference(person)].provider_monitoring).number
        assert number == PASSPORTS.get(person.number)
        carried += number is not None
    assert 50 < carried < len(found)


def test_occurrence_a_holds_the_passport_number(written: Path) -> None:
    """The first of the college's two free fields is the passport's, the second the referral's."""
    namespace = {"ilr": "ESFA/ILR/2025-26"}
    pairs = [
        (one.findtext("ilr:ProvSpecLearnMonOccur", None, namespace), value[:3])
        for one in etree.parse(written).iterfind(".//ilr:ProviderSpecLearnerMonitoring", namespace)
        if (value := one.findtext("ilr:ProvSpecLearnMon", "", namespace))
    ]

    assert {occurrence for occurrence, start in pairs if start == "NWD"} == {"A"}
    assert {occurrence for occurrence, start in pairs if start != "NWD"} == {"B"}


def test_the_referral_that_led_to_a_course_is_the_one_that_was_sent(written: Path) -> None:
    """The college's return carries back the reference of the provider that referred."""
    found = read(written)

    joined = 0
    for person, told in learners(MANY):
        ref = carried_referral(found[learner_reference(person)].provider_monitoring)
        assert ref == told.study_ref
        if ref is None:
            continue
        kept = [
            event
            for event in history(person, new_passport_number())
            if isinstance(event, Referral)
            and event.referral_ref == ref
            and event.participation.stage is ReferralStage.CONTACT_ATTENDED
        ]
        assert len(kept) == 1
        assert kept[0].occurred_at.date() < told.study[0].started_on
        joined += 1
    assert joined > 30


def test_aims_stand_as_they_do_in_life(written: Path) -> None:
    """Some go on, more have ended; some left, some paused; bootcamps are two aims with a job."""
    aims = [aim for one in read(written).values() for aim in one.aims]
    by_status = Counter(aim.completion for aim in aims)

    assert set(by_status) == {1, 2, 3, 6}
    assert by_status[2] > by_status[1] > by_status[3] > by_status[6]
    assert {3, 44} & {aim.withdraw_reason for aim in aims}
    assert {aim.fund_model for aim in aims} == {37, 38}
    assert {code for aim in aims for code in aim.codes("SOF")} == {"105", "116"}
    offers = [aim for aim in aims if aim.achieved_on is not None]
    assert offers
    assert all(aim.is_bootcamp and aim.aim_type == 1 and aim.outcome == 1 for aim in offers)


def test_an_earlier_return_shows_the_same_aims_at_an_earlier_stage(
    written: Path, tmp_path: Path
) -> None:
    """Between two snapshots aims begin and end, and none loses its identifier."""
    at = datetime(2026, 2, 5, 12, tzinfo=UTC)
    earlier = read(write_return(tmp_path, MANY, ukprn=UKPRN, passports=PASSPORTS, prepared_at=at))
    later = read(written)

    assert set(earlier) < set(later)
    ended = 0
    for reference, one in earlier.items():
        for before, after in zip(one.aims, later[reference].aims, strict=True):
            assert (before.software_id, before.started_on) == (after.software_id, after.started_on)
            assert before.ended_on is None or before.ended_on <= date(2026, 2, 5)
            ended += before.ended_on is None and after.ended_on is not None
    assert ended > 10


def test_refuses_to_write_a_return_of_nobody(tmp_path: Path) -> None:
    """A return has at least one learner."""
    with pytest.raises(ValueError, match="needs a learner"):
        write_return(tmp_path, [], ukprn=UKPRN)
    assert list(tmp_path.iterdir()) == []
