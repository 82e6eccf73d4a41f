"""ILR returns for tests: our own with each trap once, those of the DfE, edited and long ones."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from lxml import etree

from producers.ilr.handed_in import ReturnFile

FILES: Final = Path(__file__).parent / "files"
"""Where our own returns are: all the people in them are made up."""
MADE_2025: Final = "ILR-90010009-2526-20251103-094500.xml"
"""Thirteen learners, each for one trap; its name lacks the serial number."""
MADE_2018: Final = "ILR-90010009-1819-20181102-101500-01.xml"
"""Two learners with two aims and a destination each; nothing is wrong."""
REPEATS_2018: Final = "ILR-90010009-1819-20181103-101500-01.xml"
"""Six learners: two with one reference, two with one ULN, two with nothing wrong."""
BROKEN_2018: Final = "ILR-90010009-1819-20181104-101500-01.xml"
"""Three learners, each with a structural fault."""
SAMPLE_2025: Final = "ILR-99999999-2526-20250108-094401.xml"
"""The DfE's own sample, among the published files: 19 learners, not all of whom keep the rules."""


class Edited:
    """One of our returns that a test changes in memory: names are those of the ILR."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root = etree.parse(FILES / name).getroot()
        self._space = etree.QName(self.root).namespace

    def learner(self, reference: str) -> etree._Element:
        """Find a learner by reference."""
        return next(
            one for one in self.all("Learner") if self.text(one, "LearnRefNumber") == reference
        )

    def all(self, name: str, within: etree._Element | None = None) -> list[etree._Element]:
        """Find all elements of a name."""
        return list((self.root if within is None else within).iter(self.tag(name)))

    def text(self, within: etree._Element, name: str) -> str:
        """Return the text of the first element of a name."""
        return str(self.all(name, within)[0].text)

    def set(self, within: etree._Element, name: str, value: str | None) -> None:
        """Give the child of that name a value: a new one where there is none; None takes it out."""
        found = within.find(self.tag(name))
        if value is None:
            if found is not None:
                within.remove(found)
            return
        if found is None:
            found = etree.SubElement(within, self.tag(name))
        found.text = value

    def add(self, within: etree._Element, name: str, **values: str) -> etree._Element:
        """Add an element that holds others."""
        new = etree.SubElement(within, self.tag(name))
        for child, value in values.items():
            etree.SubElement(new, self.tag(child)).text = value
        return new

    def tag(self, name: str) -> str:
        """Return a name with the namespace of the file."""
        return f"{{{self._space}}}{name}"

    def keep(self, *references: str) -> None:
        """Take out all learners but these."""
        for learner in self.all("Learner"):
            if self.text(learner, "LearnRefNumber") not in references:
                learner.getparent().remove(learner)

    def stream(self) -> BinaryIO:
        """Return the file as it is now."""
        return io.BytesIO(etree.tostring(self.root, xml_declaration=True, encoding="UTF-8"))

    def file(self, name: str | None = None) -> ReturnFile:
        """Return the file as it would be handed in."""
        return ReturnFile(name or self.name, self.stream())


def made_file(name: str) -> ReturnFile:
    """Return one of our returns as it would be handed in."""
    return handed_in(FILES / name)


def handed_in(path: Path) -> ReturnFile:
    """Return a file as it would be handed in."""
    return ReturnFile(path.name, io.BytesIO(path.read_bytes()))


def in_year(file: Edited, year: str, collection: str) -> ReturnFile:
    """Return a file as one of another year."""
    before = file.text(file.root, "Year")
    namespace = f"ESFA/ILR/20{before[:2]}-{before[2:]}".encode()
    content = file.stream().read().replace(namespace, f"ESFA/ILR/{year}".encode())
    content = content.replace(f"<Year>{before}<".encode(), f"<Year>{collection}<".encode())
    return ReturnFile(file.name, io.BytesIO(content))


def renamed(name: str, reference: str, *, new: str = "NEWREF") -> Edited:
    """Return a return in which a learner has a new reference, and names the old one."""
    file = Edited(name)
    learner = file.learner(reference)
    file.set(learner, "LearnRefNumber", new)
    file.set(learner, "PrevLearnRefNumber", reference.lower())
    for destination in file.all("LearnerDestinationandProgression"):
        if file.text(destination, "LearnRefNumber") == reference:
            file.set(destination, "LearnRefNumber", new)
    return file


def valid_uln(number: int) -> int:
    """Return the ULN that starts with 9 digits, or the next one that has a check digit."""
    while True:
        weighted = sum(
            weight * int(digit) for weight, digit in zip(range(10, 1, -1), str(number), strict=True)
        )
        if weighted % 11:
            return number * 10 + 10 - weighted % 11
        number += 1


def write_made_return(
    path: Path, learners: int, *, edit: Callable[[int, str], str] = lambda _, text: text
) -> ReturnFile:
    """Write a valid return of 2025-26 with so many learners; `edit` may change any."""
    with path.open("w", encoding="utf-8") as out:
        out.write(_HEAD)
        out.writelines(_made_learners(learners, edit))
        out.write("</Message>\n")
    return ReturnFile("ILR-10000099-2526-20251101-120000-01.xml", path.open("rb"))


def _made_learners(count: int, edit: Callable[[int, str], str]) -> Iterator[str]:
    uln = 100_000_000
    for n in range(count):
        whole = valid_uln(uln)
        uln = whole // 10 + 1
        yield edit(n, _LEARNER.format(n=n, uln=whole, uuid=f"{n:032x}"))


_HEAD: Final = """<?xml version="1.0" encoding="utf-8"?>
<Message xmlns="ESFA/ILR/2025-26">
<Header>
<CollectionDetails>
<Collection>ILR</Collection><Year>2526</Year>
<FilePreparationDate>2025-11-01</FilePreparationDate>
</CollectionDetails>
<Source>
<ProtectiveMarking>OFFICIAL-SENSITIVE-Personal</ProtectiveMarking>
<UKPRN>10000099</UKPRN><SerialNo>01</SerialNo><DateTime>2025-11-01T12:00:00</DateTime>
</Source>
</Header>
<LearningProvider><UKPRN>10000099</UKPRN></LearningProvider>
"""

_LEARNER: Final = """<Learner>
<LearnRefNumber>L{n}</LearnRefNumber><ULN>{uln}</ULN>
<FamilyName>Made</FamilyName><GivenNames>Up</GivenNames><DateOfBirth>1990-05-05</DateOfBirth>
<Ethnicity>31</Ethnicity><Sex>F</Sex><LLDDHealthProb>2</LLDDHealthProb>
<PlanLearnHours>100</PlanLearnHours>
<PostcodePrior>SE15 4ST</PostcodePrior><Postcode>SE15 4ST</Postcode>
<AddLine1>1 High Street</AddLine1><TelNo>02079460000</TelNo><Email>made@example.org</Email>
<PriorAttain><PriorLevel>2</PriorLevel><DateLevelApp>2015-08-01</DateLevelApp></PriorAttain>
<LearnerEmploymentStatus>
<EmpStat>11</EmpStat><DateEmpStatApp>2025-08-01</DateEmpStatApp>
<EmploymentStatusMonitoring><ESMType>LOU</ESMType><ESMCode>2</ESMCode></EmploymentStatusMonitoring>
<EmploymentStatusMonitoring><ESMType>BSI</ESMType><ESMCode>4</ESMCode></EmploymentStatusMonitoring>
</LearnerEmploymentStatus>
<LearningDelivery>
<LearnAimRef>60141402</LearnAimRef><AimType>4</AimType><AimSeqNumber>1</AimSeqNumber>
<LearnStartDate>2025-09-08</LearnStartDate><LearnPlanEndDate>2026-06-30</LearnPlanEndDate>
<FundModel>38</FundModel><DelLocPostCode>SE15 4ST</DelLocPostCode><CompStatus>1</CompStatus>
<SWSupAimId>{uuid}</SWSupAimId>
<LearningDeliveryFAM>
<LearnDelFAMType>SOF</LearnDelFAMType><LearnDelFAMCode>116</LearnDelFAMCode>
</LearningDeliveryFAM>
</LearningDelivery>
</Learner>
"""
