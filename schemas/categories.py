"""The data categories: what an agreement opens and a participant grants, one by one.

A mask is a set of categories held as an int, one bit each, in the order of the blocks in every
event. `SENSITIVE_PARTICIPATION` has a bit and no block: it is the gate of services marked
sensitive, whose use is itself special-category data.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NewType

from schemas.errors import BusError

Mask = NewType("Mask", int)


class Category(StrEnum):
    """A kind of personal data that is opened or closed as a whole."""

    PARTICIPATION = "participation"
    SENSITIVE_PARTICIPATION = "sensitive-participation"
    IDENTITY = "identity"
    CONTACT = "contact"
    AREA = "area"
    BACKGROUND = "background"
    NEEDS = "needs"
    HEALTH = "health"
    EQUALITY = "equality"
    JUSTICE = "justice"
    MONEY = "money"
    PROGRESS = "progress"
    WELLBEING = "wellbeing"
    NOTES = "notes"

    @property
    def bit(self) -> Mask:
        """The category's bit in a mask."""
        return _BITS[self]


_BITS: Final = {category: Mask(1 << place) for place, category in enumerate(Category)}

NOTHING: Final = Mask(0)

GATES: Final = Mask(Category.PARTICIPATION.bit | Category.SENSITIVE_PARTICIPATION.bit)
"""Without one of them nothing is delivered: every record shows that a service is used."""

BLOCKS: Final = tuple(c for c in Category if c is not Category.SENSITIVE_PARTICIPATION)
"""The categories that have a block, in the order of the blocks in every event."""

SPECIAL: Final = frozenset(
    {
        Category.SENSITIVE_PARTICIPATION,
        Category.HEALTH,
        Category.EQUALITY,
        Category.WELLBEING,
        Category.NOTES,
    }
)
"""Categories treated as UK GDPR Article 9 data: an agreement names its condition for them."""

CRIMINAL: Final = frozenset({Category.JUSTICE})
"""UK GDPR Article 10 data."""

PLAIN_WORDS: Final = {
    Category.PARTICIPATION: "which services you use and when",
    Category.SENSITIVE_PARTICIPATION: "that you use a service marked as sensitive",
    Category.IDENTITY: "your name, date of birth and official numbers",
    Category.CONTACT: "how to reach you",
    Category.AREA: "the area you live in, not your address",
    Category.BACKGROUND: "your work history and qualifications",
    Category.NEEDS: "your goals and what you need",
    Category.HEALTH: "your health and disabilities",
    Category.EQUALITY: "your ethnicity, sex and religion",
    Category.JUSTICE: "any criminal record",
    Category.MONEY: "your benefits and pay",
    Category.PROGRESS: "what you achieved and who helped",
    Category.WELLBEING: "how you feel and how good your work is",
    Category.NOTES: "notes that somebody wrote about you",
}
"""What each category holds, in words for a participant."""


class UnknownCategoryError(BusError):
    """A name that is no category. Unknown closes: nothing is opened by guessing."""


def category(name: str) -> Category:
    """Return the category of that name. Raises UnknownCategoryError where there is none."""
    try:
        return Category(name)
    except ValueError:
        raise UnknownCategoryError(
            "That is not a data category.", "The categories are: " + ", ".join(Category) + "."
        ) from None


def mask_of(categories: Iterable[Category]) -> Mask:
    """Return the mask that holds these categories."""
    mask = 0
    for category in categories:
        mask |= _BITS[category]
    return Mask(mask)


def categories_of(mask: Mask) -> tuple[Category, ...]:
    """Return the categories of a mask, in bit order."""
    return tuple(c for c in Category if mask & _BITS[c])
