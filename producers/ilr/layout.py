"""What a return holds, year by year: which elements stand in which, how often, of what kind.

The facts are those of the XSDs of 2018-19 and 2025-26, which a test compares with this table. For
the years between them no XSD was at hand: whatever either of the two knows is accepted, and what
both ask for is asked for. The order of the elements is not checked.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

from producers.ilr import kinds, years
from producers.ilr.kinds import DATE, DATE_TIME, UKPRN, ULN, Kind, digits, exactly, restricted
from producers.ilr.structure import Group, Leaf, group, in_year, maybe, one
from producers.ilr.years import AcademicYear

_2018: Final = AcademicYear(2018)
_2019: Final = AcademicYear(2019)
_2020: Final = AcademicYear(2020)
_2021: Final = AcademicYear(2021)
_2024: Final = AcademicYear(2024)
_2025: Final = AcademicYear(2025)


@cache
def structure_of(year: AcademicYear) -> Group:
    """Return the structure of one year's returns, from the root element down."""
    return in_year(_message(year), year)


def _message(year: AcademicYear) -> Group:
    return group(
        "Message",
        _header(year),
        group("SourceFiles", _SOURCE_FILE, at_most=1),
        group("LearningProvider", one("UKPRN", UKPRN), at_least=1, at_most=1),
        _learner(at_least=0, until=_2024),
        _learner(at_least=1, since=_2025),
        _DESTINATION,
        at_least=1,
        at_most=1,
    )


def _header(year: AcademicYear) -> Group:
    return group(
        "Header",
        group(
            "CollectionDetails",
            one("Collection", exactly("ILR")),
            one("Year", exactly(years.collection(year))),
            one("FilePreparationDate", DATE),
            at_least=1,
            at_most=1,
        ),
        group(
            "Source",
            one("ProtectiveMarking", exactly("OFFICIAL-SENSITIVE-Personal")),
            one("UKPRN", UKPRN),
            maybe("SoftwareSupplier", restricted(40)),
            maybe("SoftwarePackage", restricted(30)),
            maybe("Release", restricted(20)),
            one("SerialNo", kinds.SERIAL),
            one("DateTime", DATE_TIME),
            maybe("ReferenceData", restricted(100)),
            maybe("ComponentSetVersion", restricted(20)),
            at_least=1,
            at_most=1,
        ),
        at_least=1,
        at_most=1,
    )


_SOURCE_FILE: Final = group(
    "SourceFile",
    one("SourceFileName", restricted(50)),
    one("FilePreparationDate", DATE),
    maybe("SoftwareSupplier", restricted(40)),
    maybe("SoftwarePackage", restricted(30)),
    maybe("Release", restricted(20)),
    one("SerialNo", kinds.SERIAL),
    maybe("DateTime", DATE_TIME),
    at_least=1,
)

_DESTINATION: Final = group(
    "LearnerDestinationandProgression",
    one("LearnRefNumber", kinds.LEARNER_REFERENCE),
    one("ULN", ULN),
    group(
        "DPOutcome",
        one("OutType", restricted(3)),
        one("OutCode", digits(3)),
        one("OutStartDate", DATE),
        maybe("OutEndDate", DATE),
        one("OutCollDate", DATE),
        at_least=1,
    ),
    until=years.LAST_WITH_DESTINATIONS,
)


def _learner(
    *, at_least: int, since: AcademicYear = years.FIRST, until: AcademicYear = years.LAST
) -> Group:
    return group("Learner", *_LEARNER, at_least=at_least, since=since, until=until)


def _address(kind: Kind, *, since: AcademicYear, until: AcademicYear) -> Iterable[Leaf]:
    return (maybe(f"AddLine{n}", kind, since=since, until=until) for n in range(1, 5))


def _employment(
    *, at_most: int, since: AcademicYear = years.FIRST, until: AcademicYear = years.LAST
) -> Group:
    return group(
        "EmploymentStatusMonitoring",
        one("ESMType", restricted(3)),
        one("ESMCode", digits(2)),
        at_most=at_most,
        since=since,
        until=until,
    )


_HIGHER_EDUCATION: Final = group(
    "LearningDeliveryHE",
    maybe("NUMHUS", restricted(20), until=_2024),
    maybe("SSN", restricted(13)),
    maybe("QUALENT3", restricted(3)),
    maybe("SOC2000", digits(4), until=_2024),
    maybe("SOC", digits(4), since=_2019),
    maybe("SEC", digits(1)),
    maybe("UCASAPPID", kinds.UCAS_COURSE, until=_2024),
    maybe("UCASSCHEMECODE", kinds.UCAS_COURSE, since=_2019),
    one("TYPEYR", digits(1)),
    one("MODESTUD", digits(2)),
    one("FUNDLEV", digits(2), until=_2018),
    maybe("FUNDLEV", digits(2), since=_2019),
    one("FUNDCOMP", digits(1), until=_2018),
    maybe("FUNDCOMP", digits(1), since=_2019),
    maybe("STULOAD", kinds.tenths("0.1", "300.0")),
    one("YEARSTU", kinds.whole(1, 98)),
    one("MSTUFEE", digits(2)),
    maybe("PCOLAB", kinds.tenths("0.1", "100.0")),
    maybe("PCFLDCS", kinds.tenths("0", "100.0"), until=_2024),
    maybe("PCSLDCS", kinds.tenths("0", "100.0"), until=_2024),
    maybe("PCTLDCS", kinds.tenths("0", "100.0"), until=_2024),
    one("SPECFEE", digits(1)),
    maybe("NETFEE", kinds.whole(0, 999_999)),
    maybe("GROSSFEE", kinds.whole(0, 999_999)),
    maybe("DOMICILE", restricted(2), until=_2024),
    maybe("PERMADDCOUNTRY", restricted(2), since=_2019),
    maybe("ELQ", digits(1)),
    maybe("HEPostCode", kinds.POSTCODE),
    at_most=1,
)

_AIM: Final = group(
    "LearningDelivery",
    one("LearnAimRef", restricted(8)),
    one("AimType", digits(1)),
    one("AimSeqNumber", kinds.whole(1, 98)),
    one("LearnStartDate", DATE),
    maybe("OrigLearnStartDate", DATE),
    one("LearnPlanEndDate", DATE),
    one("FundModel", digits(2)),
    maybe("PHours", kinds.whole(0, 9_999), since=_2019),
    maybe("OTJActHours", kinds.whole(0, 9_999), since=_2019),
    maybe("ProgType", digits(2)),
    maybe("FworkCode", digits(3), until=_2024),
    maybe("PwayCode", digits(3), until=_2024),
    maybe("StdCode", digits(5)),
    maybe("PartnerUKPRN", UKPRN),
    one("DelLocPostCode", kinds.POSTCODE),
    maybe("LSDPostcode", kinds.POSTCODE, since=_2019),
    maybe("AddHours", kinds.whole(0, 9_999)),
    maybe("PriorLearnFundAdj", kinds.whole(0, 99)),
    maybe("OtherFundAdj", kinds.whole(0, 999)),
    maybe("ConRefNumber", restricted(20)),
    maybe("EPAOrgID", restricted(7)),
    maybe("EmpOutcome", digits(1), until=_2024),
    one("CompStatus", digits(1)),
    maybe("LearnActEndDate", DATE),
    maybe("WithdrawReason", digits(2)),
    maybe("Outcome", digits(1)),
    maybe("AchDate", DATE),
    maybe("OutGrade", restricted(6)),
    maybe("SWSupAimId", restricted(36)),
    maybe("TLOut", digits(2), since=_2019),
    group(
        "LearningDeliveryFAM",
        one("LearnDelFAMType", restricted(3)),
        one("LearnDelFAMCode", restricted(5)),
        maybe("LearnDelFAMDateFrom", DATE),
        maybe("LearnDelFAMDateTo", DATE),
    ),
    group(
        "LearningDeliveryWorkPlacement",
        one("WorkPlaceStartDate", DATE),
        maybe("WorkPlaceEndDate", DATE),
        one("WorkPlaceHours", kinds.whole(1, 9_999)),
        one("WorkPlaceMode", digits(1)),
        maybe("WorkPlaceEmpId", digits(9)),
    ),
    group(
        "AppFinRecord",
        one("AFinType", restricted(3)),
        one("AFinCode", digits(2)),
        one("AFinDate", DATE),
        one("AFinAmount", kinds.whole(0, 999_999)),
    ),
    group(
        "ProviderSpecDeliveryMonitoring",
        one("ProvSpecDelMonOccur", restricted(1)),
        one("ProvSpecDelMon", restricted(20)),
        at_most=4,
    ),
    _HIGHER_EDUCATION,
    at_least=1,
)

_LEARNER: Final[tuple[Leaf | Group, ...]] = (
    one("LearnRefNumber", kinds.LEARNER_REFERENCE),
    maybe("PrevLearnRefNumber", kinds.LEARNER_REFERENCE),
    maybe("PrevUKPRN", UKPRN),
    maybe("PMUKPRN", UKPRN),
    maybe("CampId", kinds.CAMPUS),
    one("ULN", ULN),
    maybe("FamilyName", kinds.NAME),
    maybe("GivenNames", kinds.NAME),
    maybe("DateOfBirth", DATE),
    one("Ethnicity", digits(2)),
    one("Sex", restricted(1)),
    one("LLDDHealthProb", digits(1)),
    maybe("NINumber", restricted(9)),
    maybe("PriorAttain", digits(2), until=_2020),
    maybe("Accom", digits(1)),
    maybe("ALSCost", kinds.whole(0, 9_999), until=_2018),
    maybe("ALSCost", kinds.whole(0, 999_999), since=_2019),
    maybe("PlanLearnHours", kinds.whole(0, 9_999)),
    maybe("PlanEEPHours", kinds.whole(0, 9_999)),
    maybe("MathGrade", restricted(4)),
    maybe("EngGrade", restricted(4)),
    one("PostcodePrior", kinds.POSTCODE),
    one("Postcode", kinds.POSTCODE),
    *_address(kinds.ADDRESS_LINE_2018, since=_2018, until=_2018),
    *_address(kinds.ADDRESS_LINE, since=_2019, until=_2025),
    maybe("TelNo", kinds.PHONE),
    maybe("Email", kinds.EMAIL),
    maybe("OTJHours", kinds.whole(0, 9_999), until=_2024),
    group(
        "ContactPreference",
        one("ContPrefType", restricted(3)),
        one("ContPrefCode", digits(1)),
        at_most=5,
        until=_2024,
    ),
    group(
        "PriorAttain",
        one("PriorLevel", digits(2)),
        one("DateLevelApp", DATE),
        since=_2021,
    ),
    group(
        "LLDDandHealthProblem",
        one("LLDDCat", digits(2)),
        maybe("PrimaryLLDD", digits(1)),
        at_most=22,
    ),
    group(
        "LearnerFAM", one("LearnFAMType", restricted(3)), one("LearnFAMCode", digits(3)), at_most=17
    ),
    group(
        "ProviderSpecLearnerMonitoring",
        one("ProvSpecLearnMonOccur", restricted(1)),
        one("ProvSpecLearnMon", restricted(20)),
        at_most=2,
    ),
    group(
        "LearnerEmploymentStatus",
        one("EmpStat", digits(2)),
        one("DateEmpStatApp", DATE),
        maybe("EmpId", digits(9)),
        maybe("AgreeId", kinds.AGREEMENT, until=_2024),
        _employment(at_most=7, until=_2018),
        _employment(at_most=10, since=_2019),
    ),
    group(
        "LearnerHE",
        maybe("UCASPERID", kinds.UCAS_PERSON),
        maybe("TTACCOM", digits(1)),
        group(
            "LearnerHEFinancialSupport",
            one("FINTYPE", digits(1)),
            one("FINAMOUNT", kinds.whole(0, 999_999)),
            at_most=4,
        ),
        at_most=1,
    ),
    _AIM,
)
