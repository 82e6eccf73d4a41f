import pytest

from schemas.categories import (
    BLOCKS,
    CRIMINAL,
    NOTHING,
    PLAIN_WORDS,
    SPECIAL,
    Category,
    Mask,
    UnknownCategoryError,
    categories_of,
    category,
    mask_of,
)
from schemas.contract import FIELDS


def test_each_category_has_a_bit_of_its_own_in_order() -> None:
    """The order is for ever: masks stand in the ledger's tables."""
    assert [one.bit for one in Category] == [1 << place for place in range(14)]
    assert [one.value for one in Category] == [
        "participation",
        "sensitive-participation",
        "identity",
        "contact",
        "area",
        "background",
        "needs",
        "health",
        "equality",
        "justice",
        "money",
        "progress",
        "wellbeing",
        "notes",
    ]


def test_blocks_stand_in_the_order_of_the_bits() -> None:
    """The sensitive gate alone has no block."""
    assert set(Category) - set(BLOCKS) == {Category.SENSITIVE_PARTICIPATION}
    assert tuple(sorted(BLOCKS, key=lambda one: one.bit)) == BLOCKS
    assert FIELDS[-len(BLOCKS) :] == tuple(one.value for one in BLOCKS)


def test_a_mask_holds_what_it_was_made_of() -> None:
    """In bit order, however it was asked for, and twice is once."""
    asked = [Category.NOTES, Category.IDENTITY, Category.PARTICIPATION, Category.IDENTITY]

    mask = mask_of(asked)

    assert categories_of(mask) == (Category.PARTICIPATION, Category.IDENTITY, Category.NOTES)
    assert mask_of(categories_of(mask)) == mask
    assert mask_of([]) == NOTHING == 0
    assert categories_of(NOTHING) == ()


def test_a_bit_that_is_no_category_opens_nothing() -> None:
    """A mask from elsewhere names categories alone."""
    assert categories_of(Mask(1 << 14 | 1 << 60)) == ()


@pytest.mark.parametrize("name", ["", "Health", "HEALTH", "sensitive_participation", "all", "*"])
def test_an_unknown_category_is_refused_and_the_known_ones_are_listed(name: str) -> None:
    """Nothing is opened by guessing."""
    with pytest.raises(UnknownCategoryError) as refused:
        category(name)

    assert all(one.value in refused.value.hint for one in Category)


def test_special_and_criminal_data_are_what_the_law_says() -> None:
    """UK GDPR Articles 9 and 10; notes may hold anything, so they count as special."""
    assert {
        Category.SENSITIVE_PARTICIPATION,
        Category.HEALTH,
        Category.EQUALITY,
        Category.WELLBEING,
        Category.NOTES,
    } == SPECIAL
    assert {Category.JUSTICE} == CRIMINAL


def test_each_category_has_plain_words() -> None:
    """A participant is never shown a category's name alone."""
    assert PLAIN_WORDS.keys() == set(Category)
    assert len(set(PLAIN_WORDS.values())) == len(Category)
