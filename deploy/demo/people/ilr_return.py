"""The college's ILR return for 2025-26, as its learner records system would export it.

A return is a full snapshot: it says how things stand on the day it was prepared. Two returns of
different days show what an import does with aims that have changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

from lxml import etree

from deploy.demo.people.dates import AS_OF
from deploy.demo.people.ilr_learner import group, learner_element, text
from deploy.demo.people.journeys import Journey, journey_of
from deploy.demo.people.person import SEED, Person

_NAMESPACE: Final = "ESFA/ILR/2025-26"
_YEAR: Final = "2526"
_LAST_START: Final = date(2026, 7, 31)
"""A later start is in the next year's return."""


def learners(
    people: Iterable[Person], *, seed: int = SEED, as_of: date = AS_OF
) -> list[tuple[Person, Journey]]:
    """Return those of the people who have started at the college by a day, with their journeys.

    About half of all people do.
    """
    journeys = ((person, journey_of(person, seed=seed)) for person in people)
    return [
        (person, journey)
        for person, journey in journeys
        if journey.study and journey.study[0].started_on <= min(as_of, _LAST_START)
    ]


def write_return(
    folder: Path,
    people: Iterable[Person],
    *,
    ukprn: str,
    passports: Mapping[int, str] | None = None,
    seed: int = SEED,
    prepared_at: datetime | None = None,
) -> Path:
    """Write the return for those of the people who study, and return its path.

    `ukprn` is the college's, 8 digits. `passports` are passport numbers that learners gave the
    college, by `Person.number`: the return carries them in ProvSpecLearnMon, occurrence A.
    `prepared_at` is in UTC, the evening of `AS_OF` unless given.

    Raises ValueError when none of them studies: a return has at least one learner.
    """
    at = prepared_at or datetime.combine(AS_OF, time(18), UTC)
    included = learners(people, seed=seed, as_of=at.date())
    if not included:
        raise ValueError("a return needs a learner: ask for more people")
    path = folder / f"ILR-{ukprn}-{_YEAR}-{at:%Y%m%d-%H%M%S}-01.xml"
    with etree.xmlfile(str(path), encoding="utf-8") as file:
        file.write_declaration()
        with file.element(f"{{{_NAMESPACE}}}Message", nsmap={None: _NAMESPACE}):
            file.write("\n")
            _write_head(file, ukprn, at)
            _write_learners(file, included, passports or {}, seed, at.date())
    return path


def _write_head(file: etree.xmlfile, ukprn: str, at: datetime) -> None:
    header = etree.Element("Header")
    group(header, "CollectionDetails", Collection="ILR", Year=_YEAR, FilePreparationDate=at.date())
    group(
        header,
        "Source",
        ProtectiveMarking="OFFICIAL-SENSITIVE-Personal",
        UKPRN=ukprn,
        SoftwareSupplier="No Wrong Door",
        SoftwarePackage="nwd demo",
        SerialNo="01",
        DateTime=at.replace(tzinfo=None).isoformat(timespec="seconds"),
    )
    file.write(header, pretty_print=True)
    provider = etree.Element("LearningProvider")
    text(provider, UKPRN=ukprn)
    file.write(provider, pretty_print=True)


def _write_learners(
    file: etree.xmlfile,
    included: Sequence[tuple[Person, Journey]],
    passports: Mapping[int, str],
    seed: int,
    as_of: date,
) -> None:
    for person, journey in included:
        learner = learner_element(
            person, journey, passports.get(person.number), seed=seed, as_of=as_of
        )
        file.write(learner, pretty_print=True)
