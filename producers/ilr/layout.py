"""The structure of a return, year by year: which elements are in which, how often, of what kind.

The facts are those of the XSDs of 2018-19 and 2025-26, which a test compares with this table. For
the years between them no XSD was at hand: an element that either of the two has is accepted, and
an element that both require is required. Which year has the structure of an earlier one, says
`years.toml`. The order of the elements is not checked.
"""

from collections.abc import Iterable
from functools import cache, partial
from typing import Final

from producers.ilr import kinds, years
from producers.ilr.kinds import DATE, DATE_TIME, UKPRN, ULN, ValueKind, digits, exactly, restricted
from producers.ilr.structure import Group, Leaf, group, in_year, optional, required
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
    return in_year(_message(year), years.structure_year(year), years.namespace(year))


_once: Final = partial(group, at_least=1, at_most=1)
"""Returns a group that occurs exactly once."""


def _message(year: AcademicYear) -> Group:
    return _once(
        "Message",
        _header(year),
        group("SourceFiles", _SOURCE_FILE, at_most=1),
        _once("LearningProvider", required("UKPRN", UKPRN)),
        group("Learner", *_LEARNER, until=_2024),
        group("Learner", *_LEARNER, at_least=1, since=_2025),
        _DESTINATION,
    )


def _header(year: AcademicYear) -> Group:
    return _once(
        "Header",
        _once(
            "CollectionDetails",
            required("Collection", exactly("ILR")),
            required("Year", exactly(years.collection(year))),
            required("FilePreparationDate", DATE),
        ),
        _once(
            "Source",
            required("ProtectiveMarking", exactly("OFFICIAL-SENSITIVE-Personal")),
            required("UKPRN", UKPRN),
            *_SOFTWARE,
            required("DateTime", DATE_TIME),
            optional("ReferenceData", restricted(100)),
            optional("ComponentSetVersion", restricted(20)),
        ),
    )


_SOFTWARE: Final = (
    optional("SoftwareSupplier", restricted(40)),
    optional("SoftwarePackage", restricted(30)),
    optional("Release", restricted(20)),
    required("SerialNo", kinds.SERIAL),
)

_SOURCE_FILE: Final = group(
    "SourceFile",
    required("SourceFileName", restricted(50)),
    required("FilePreparationDate", DATE),
    *_SOFTWARE,
    optional("DateTime", DATE_TIME),
    at_least=1,
)

_DESTINATION: Final = group(
    "LearnerDestinationandProgression",
    required("LearnRefNumber", kinds.LEARNER_REFERENCE),
    required("ULN", ULN),
    group(
        "DPOutcome",
        required("OutType", restricted(3)),
        required("OutCode", digits(3)),
        required("OutStartDate", DATE),
        optional("OutEndDate", DATE),
        required("OutCollDate", DATE),
        at_least=1,
    ),
    until=years.LAST_WITH_DESTINATIONS,
)


def _address(kind: ValueKind, *, since: AcademicYear, until: AcademicYear) -> Iterable[Leaf]:
    return (optional(f"AddLine{n}", kind, since=since, until=until) for n in range(1, 5))


_employment: Final = partial(
    group,
    "EmploymentStatusMonitoring",
    required("ESMType", restricted(3)),
    required("ESMCode", digits(2)),
)


_HIGHER_EDUCATION: Final = group(
    "LearningDeliveryHE",
    optional("NUMHUS", restricted(20), until=_2024),
    optional("SSN", restricted(13)),
    optional("QUALENT3", restricted(3)),
    optional("SOC2000", digits(4), until=_2024),
    optional("SOC", digits(4), since=_2019),
    optional("SEC", digits(1)),
    optional("UCASAPPID", kinds.UCAS_COURSE, until=_2024),
    optional("UCASSCHEMECODE", kinds.UCAS_COURSE, since=_2019),
    required("TYPEYR", digits(1)),
    required("MODESTUD", digits(2)),
    required("FUNDLEV", digits(2), until=_2018),
    optional("FUNDLEV", digits(2), since=_2019),
    required("FUNDCOMP", digits(1), until=_2018),
    optional("FUNDCOMP", digits(1), since=_2019),
    optional("STULOAD", kinds.tenths("0.1", "300.0")),
    required("YEARSTU", kinds.whole(1, 98)),
    required("MSTUFEE", digits(2)),
    optional("PCOLAB", kinds.tenths("0.1", "100.0")),
    optional("PCFLDCS", kinds.tenths("0", "100.0"), until=_2024),
    optional("PCSLDCS", kinds.tenths("0", "100.0"), until=_2024),
    optional("PCTLDCS", kinds.tenths("0", "100.0"), until=_2024),
    required("SPECFEE", digits(1)),
    optional("NETFEE", kinds.whole(0, 999_999)),
    optional("GROSSFEE", kinds.whole(0, 999_999)),
    optional("DOMICILE", restricted(2), until=_2024),
    optional("PERMADDCOUNTRY", restricted(2), since=_2019),
    optional("ELQ", digits(1)),
    optional("HEPostCode", kinds.POSTCODE),
    at_most=1,
)

_AIM: Final = group(
    "LearningDelivery",
    required("LearnAimRef", restricted(8)),
    required("AimType", digits(1)),
    required("AimSeqNumber", kinds.whole(1, 98)),
    required("LearnStartDate", DATE),
    optional("OrigLearnStartDate", DATE),
    required("LearnPlanEndDate", DATE),
    required("FundModel", digits(2)),
    optional("PHours", kinds.whole(0, 9_999), since=_2019),
    optional("OTJActHours", kinds.whole(0, 9_999), since=_2019),
    optional("ProgType", digits(2)),
    optional("FworkCode", digits(3), until=_2024),
    optional("PwayCode", digits(3), until=_2024),
    optional("StdCode", digits(5)),
    optional("PartnerUKPRN", UKPRN),
    required("DelLocPostCode", kinds.POSTCODE),
    optional("LSDPostcode", kinds.POSTCODE, since=_2019),
    optional("AddHours", kinds.whole(0, 9_999)),
    optional("PriorLearnFundAdj", kinds.whole(0, 99)),
    optional("OtherFundAdj", kinds.whole(0, 999)),
    optional("ConRefNumber", restricted(20)),
    optional("EPAOrgID", restricted(7)),
    optional("EmpOutcome", digits(1), until=_2024),
    required("CompStatus", digits(1)),
    optional("LearnActEndDate", DATE),
    optional("WithdrawReason", digits(2)),
    optional("Outcome", digits(1)),
    optional("AchDate", DATE),
    optional("OutGrade", restricted(6)),
    optional("SWSupAimId", restricted(36)),
    optional("TLOut", digits(2), since=_2019),
    group(
        "LearningDeliveryFAM",
        required("LearnDelFAMType", restricted(3)),
        required("LearnDelFAMCode", restricted(5)),
        optional("LearnDelFAMDateFrom", DATE),
        optional("LearnDelFAMDateTo", DATE),
    ),
    group(
        "LearningDeliveryWorkPlacement",
        required("WorkPlaceStartDate", DATE),
        optional("WorkPlaceEndDate", DATE),
        required("WorkPlaceHours", kinds.whole(1, 9_999)),
        required("WorkPlaceMode", digits(1)),
        optional("WorkPlaceEmpId", digits(9)),
    ),
    group(
        "AppFinRecord",
        required("AFinType", restricted(3)),
        required("AFinCode", digits(2)),
        required("AFinDate", DATE),
        required("AFinAmount", kinds.whole(0, 999_999)),
    ),
    group(
        "ProviderSpecDeliveryMonitoring",
        required("ProvSpecDelMonOccur", restricted(1)),
        required("ProvSpecDelMon", restricted(20)),
        at_most=4,
    ),
    _HIGHER_EDUCATION,
    at_least=1,
)

_LEARNER: Final[tuple[Leaf | Group, ...]] = (
    required("LearnRefNumber", kinds.LEARNER_REFERENCE),
    optional("PrevLearnRefNumber", kinds.LEARNER_REFERENCE),
    optional("PrevUKPRN", UKPRN),
    optional("PMUKPRN", UKPRN),
    optional("CampId", kinds.CAMPUS),
    required("ULN", ULN),
    optional("FamilyName", kinds.NAME),
    optional("GivenNames", kinds.NAME),
    optional("DateOfBirth", DATE),
    required("Ethnicity", digits(2)),
    required("Sex", restricted(1)),
    required("LLDDHealthProb", digits(1)),
    optional("NINumber", restricted(9)),
    optional("PriorAttain", digits(2), until=_2020),
    optional("Accom", digits(1)),
    optional("ALSCost", kinds.whole(0, 9_999), until=_2018),
    optional("ALSCost", kinds.whole(0, 999_999), since=_2019),
    optional("PlanLearnHours", kinds.whole(0, 9_999)),
    optional("PlanEEPHours", kinds.whole(0, 9_999)),
    optional("MathGrade", restricted(4)),
    optional("EngGrade", restricted(4)),
    required("PostcodePrior", kinds.POSTCODE),
    required("Postcode", kinds.POSTCODE),
    *_address(kinds.ADDRESS_LINE_2018, since=_2018, until=_2018),
    *_address(kinds.ADDRESS_LINE, since=_2019, until=_2025),
    optional("TelNo", kinds.PHONE),
    optional("Email", kinds.EMAIL),
    optional("OTJHours", kinds.whole(0, 9_999), until=_2024),
    group(
        "ContactPreference",
        required("ContPrefType", restricted(3)),
        required("ContPrefCode", digits(1)),
        at_most=5,
        until=_2024,
    ),
    group(
        "PriorAttain",
        required("PriorLevel", digits(2)),
        required("DateLevelApp", DATE),
        since=_2021,
    ),
    group(
        "LLDDandHealthProblem",
        required("LLDDCat", digits(2)),
        optional("PrimaryLLDD", digits(1)),
        at_most=22,
    ),
    group(
        "LearnerFAM",
        required("LearnFAMType", restricted(3)),
        required("LearnFAMCode", digits(3)),
        at_most=17,
    ),
    group(
        "ProviderSpecLearnerMonitoring",
        required("ProvSpecLearnMonOccur", restricted(1)),
        required("ProvSpecLearnMon", restricted(20)),
        at_most=2,
    ),
    group(
        "LearnerEmploymentStatus",
        required("EmpStat", digits(2)),
        required("DateEmpStatApp", DATE),
        optional("EmpId", digits(9)),
        optional("AgreeId", kinds.AGREEMENT, until=_2024),
        _employment(at_most=7, until=_2018),
        _employment(at_most=10, since=_2019),
    ),
    group(
        "LearnerHE",
        optional("UCASPERID", kinds.UCAS_PERSON),
        optional("TTACCOM", digits(1)),
        group(
            "LearnerHEFinancialSupport",
            required("FINTYPE", digits(1)),
            required("FINAMOUNT", kinds.whole(0, 999_999)),
            at_most=4,
        ),
        at_most=1,
    ),
    _AIM,
)
