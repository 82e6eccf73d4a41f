"""Who would see which rows of a dry run, told of those together that are alike."""

from deploy.operations.dry_run import EventReach
from deploy.operations.row_reaches import RowReaches
from schemas.categories import Category, mask_of
from schemas.identifiers import AgreementId

NAMED, FIGURES = AgreementId("borough-d.support"), AgreementId("hub.statistics")
NAMES = {NAMED: "Borough D", FIGURES: "The hub"}
WHO = mask_of([Category.PARTICIPATION, Category.IDENTITY])
WHERE = mask_of([Category.PARTICIPATION, Category.AREA])


def reaches() -> RowReaches:
    """Return one that has no row yet."""
    return RowReaches(NAMES, frozenset({FIGURES}))


def test_rows_that_are_alike_are_told_together_and_those_unseen_come_first() -> None:
    """However few they are: they are what somebody has to do something about."""
    rows = reaches()
    for line in (4, 2, 3):
        rows.add(line, EventReach({NAMED: WHO}, {}))
    rows.add(5, EventReach({}, {NAMED: WHO}))

    unseen, seen = rows.grouped()

    assert (unseen.lines, unseen.rows, unseen.is_unseen) == ((5,), 1, True)
    assert (seen.lines, seen.rows, seen.is_unseen) == ((2, 3, 4), 3, False)


def test_the_events_of_a_row_count_as_one_row() -> None:
    """A recipient would see of it what they would see of any of its events."""
    rows = reaches()
    rows.add(2, EventReach({NAMED: WHO}, {}))
    rows.add(2, EventReach({NAMED: WHERE}, {}))

    (alike,) = rows.grouped()

    assert alike.rows == 1
    assert alike.reach.seen == {NAMED: WHO | WHERE}


def test_a_row_that_figures_alone_hold_is_seen_by_nobody() -> None:
    """Their recipient sees a pseudonym; what to ask stands beside it, in words, too."""
    rows = reaches()
    rows.add(2, EventReach({FIGURES: WHERE}, {NAMED: WHO}))

    assert rows.texts() == {
        2: (
            "nobody yet, but as a figure: hub.statistics (participation, area)",
            "borough-d.support (participation, identity)",
        )
    }
    (told,) = rows.fields()
    assert told["seen_by_nobody_yet"]
    assert told["to_ask"] == [
        {
            "agreement": NAMED,
            "recipient": "Borough D",
            "categories": ["participation", "identity"],
        }
    ]


def test_of_many_rows_the_first_lines_are_listed_and_all_counted() -> None:
    """The file of results has them all."""
    rows = reaches()
    for line in range(2, 102):
        rows.add(line, EventReach({}, {}))

    (alike,) = rows.grouped()

    assert alike.rows == 100
    assert alike.lines == tuple(range(2, 22))
    assert rows.texts()[101] == ("nobody yet", "")
