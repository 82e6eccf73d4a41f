"""The ILR's code lists that rules and events rest on, each code with its label.

They are the reference data of 2020-21, with what later specifications added. PriorAttain, up to
2020-21, and PriorLevel, from 2021-22, are different lists and are never merged: 10 is level 4 in
the one and one of the codes above level 4 in the other. The labels of PriorLevel were not at hand.
"""

from datetime import date
from typing import Final

UNKNOWN_POSTCODE: Final = "ZZ99 9ZZ"

COMPLETION: Final = {1: "continuing", 2: "completed", 3: "withdrawn", 6: "break in learning"}
CONTINUING, COMPLETED, WITHDRAWN, BREAK = 1, 2, 3, 6

AIM_OUTCOME: Final = {
    1: "achieved",
    2: "partial achievement",
    3: "no achievement",
    8: "not yet known",
}
ACHIEVED, NOT_YET_KNOWN = 1, 8

EMPLOYMENT: Final = {
    10: "in paid employment",
    11: "not in paid employment, looking for work and available",
    12: "not in paid employment, not looking or not available",
    98: "not known",
}
EMPLOYED, LOOKING, NOT_LOOKING = 10, 11, 12

FUND_MODEL: Final = {
    10: "Community learning",
    11: "Tailored learning",
    25: "16 to 19",
    35: "Adult skills",
    36: "Apprenticeships",
    37: "Skills Bootcamps",
    38: "Adult Skills Fund",
    39: "Growth and skills short courses",
    70: "European Social Fund",
    81: "Other adult",
    82: "Other 16 to 19",
    99: "Not funded",
}
FUND_16_TO_19, FUND_APPRENTICESHIPS, FUND_BOOTCAMPS = 25, 36, 37
FUND_ADULT_SKILLS_FUND, FUND_OTHER_16_TO_19, NOT_FUNDED = 38, 82, 99

PROGRAMME_TYPE: Final = {
    2: "Advanced level apprenticeship",
    3: "Intermediate level apprenticeship",
    20: "Higher apprenticeship, level 4",
    21: "Higher apprenticeship, level 5",
    22: "Higher apprenticeship, level 6",
    23: "Higher apprenticeship, level 7 or above",
    24: "Traineeship",
    25: "Apprenticeship standard",
    30: "T Level foundation year",
    31: "T Level",
    32: "Skills Bootcamp",
}
APPRENTICESHIP_STANDARD: Final = 25

PROGRAMME_AIM: Final = 1
"""AimType of the programme itself, beside the aims that it consists of."""

PRIOR_ATTAIN: Final = {
    1: "Level 1",
    2: "Full level 2",
    3: "Full level 3",
    4: "Level 4 (until July 2013)",
    5: "Level 5 and above (until July 2013)",
    7: "Other qualifications below level 1",
    9: "Entry level",
    10: "Level 4",
    11: "Level 5",
    12: "Level 6",
    13: "Level 7 and above",
    97: "Other qualification, level not known",
    98: "Not known",
    99: "No qualifications",
}

DESTINATION: Final = {
    "EMP": {
        1: "paid work of 16 hours a week or more",
        2: "paid work of less than 16 hours a week",
        3: "self-employed (until July 2015)",
        4: "self-employed for 16 hours a week or more",
        5: "self-employed for less than 16 hours a week",
    },
    "NPE": {
        1: "not in paid work, looking and available",
        2: "not in paid work, not looking or not available",
    },
    "VOL": {1: "voluntary work"},
    "GAP": {1: "gap year before higher education"},
    "EDU": {
        1: "traineeship",
        2: "apprenticeship",
        3: "supported internship",
        4: "other further education, full time",
        5: "other further education, part time",
        6: "higher education",
    },
    "SDE": {
        1: "supported independent living",
        2: "independent living",
        3: "returning home",
        4: "long-term residential placement",
    },
    "OTH": {
        1: "other outcome",
        2: "not reported (until July 2015)",
        3: "unable to contact the learner, which does not mean no job",
        4: "not known",
    },
}

WITHDRAWAL_OF_HEALTH_OR_PRIVATE_LIFE: Final = frozenset({3, 44})
"""Injury or illness; other personal reasons."""
WITHDRAWAL_IN_CUSTODY: Final = 28
"""OLASS learner withdrawn: the learner was in custody."""

DO_NOT_CONTACT: Final = frozenset({("RUI", 3), ("RUI", 4), ("RUI", 5)})
"""Severe illness or other circumstances (3 is the older code), death. It is not about consent."""

CUSTODY_MONITORING: Final = frozenset({"034"})
"""LDM codes of criminal justice experience: offenders in custody (OLASS)."""

CONDITION_VALID_TO: Final = {
    1: date(2015, 7, 31),
    2: date(2015, 7, 31),
    3: date(2015, 7, 31),
    15: date(2025, 7, 31),
}
"""LLDDCat codes that have ended: emotional or behavioural difficulties, two "multiple" codes, and
Asperger's syndrome. All others are open."""

_AREAS: Final = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT "
    "DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L "
    "LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S "
    "SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR "
    "WS WV YO ZE"
)
POSTCODE_AREAS: Final = frozenset(_AREAS.split())
"""The letters with which a postcode of the United Kingdom or the Crown dependencies starts."""
