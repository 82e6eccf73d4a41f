"""Groups that programmes give priority to, each in the block whose data category covers it.

That somebody is disabled is health data, and that they are a refugee tells their origin: one list
for all of them would open the one with the other. Sources: the National Careers Service's priority
groups, Connect to Work's grant guidance (DWP, November 2024), and the Adult Skills Fund's groups.
"""

from enum import StrEnum


class BackgroundGroup(StrEnum):
    """Priority groups by work, learning and age."""

    UNSPECIFIED = "unspecified"
    NEET_18_TO_24 = "neet_18_to_24"
    BELOW_LEVEL_2 = "below_level_2"
    UNEMPLOYED_OVER_12_MONTHS = "unemployed_over_12_months"
    OVER_50 = "over_50"
    AT_RISK_OF_REDUNDANCY = "at_risk_of_redundancy"
    CARE_LEAVER = "care_leaver"
    FORMER_ARMED_FORCES = "former_armed_forces"
    ARMED_FORCES_PARTNER = "armed_forces_partner"


class NeedsGroup(StrEnum):
    """Priority groups by what stands in the way."""

    UNSPECIFIED = "unspecified"
    LONE_PARENT = "lone_parent"
    CARER = "carer"
    FORMER_CARER = "former_carer"
    HOMELESS = "homeless"


class HealthGroup(StrEnum):
    """Priority groups by health or private life."""

    UNSPECIFIED = "unspecified"
    DISABLED = "disabled"
    SPECIAL_EDUCATIONAL_NEEDS = "special_educational_needs"
    SUBSTANCE_DEPENDENCY = "substance_dependency"
    DOMESTIC_ABUSE = "domestic_abuse"
    MODERN_SLAVERY = "modern_slavery"


class EqualityGroup(StrEnum):
    """Priority groups by origin."""

    UNSPECIFIED = "unspecified"
    REFUGEE = "refugee"
    RESETTLED_AFGHAN = "resettled_afghan"
    UKRAINE_SCHEME = "ukraine_scheme"


class JusticeGroup(StrEnum):
    """Priority groups by criminal justice experience."""

    UNSPECIFIED = "unspecified"
    PRISON_LEAVER = "prison_leaver"
    COMMUNITY_SENTENCE = "community_sentence"
    GANG_INVOLVED = "gang_involved"
