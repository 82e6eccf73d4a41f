from consumers.analytics.disclosure_control import (
    Count,
    Median,
    ReleasedTable,
    Row,
    apply_disclosure_control,
)


def row(group: str | None, people: int, *, days: float = 12.6, events: int = 0) -> Row:
    """Return the true figures of one group."""
    return Row(
        (group,),
        {"people": Count(people, people), "events": Count(events or people, people)},
        {"days": Median(days, people)},
    )


def table(*rows: Row) -> ReleasedTable:
    """Return the table that may be shown of these rows."""
    return apply_disclosure_control(("borough",), rows)


def test_counts_are_rounded_to_the_nearest_five() -> None:
    """A difference between two shown counts is never the number of one or two persons."""
    counts = [table(row("Camden", n)).rows[0].counts["people"] for n in (5, 7, 8, 12, 13)]

    assert counts == [5, 5, 10, 10, 15]


def test_a_row_of_fewer_than_five_people_is_left_out() -> None:
    """Not even that the group exists is told."""
    assert table(row("Camden", 4), row("Barnet", 0)) == table()


def test_a_count_of_events_rests_on_people() -> None:
    """Many events of few people are suppressed as the people are."""
    both = table(
        Row(
            ("Camden",),
            {"referred": Count(30, 30), "outcomes": Count(40, 4)},
            {},
        )
    )

    assert both.rows[0].counts == {"referred": 30, "outcomes": None}


def test_a_total_is_the_sum_of_what_is_shown() -> None:
    """Taking the shown cells from a total leaves nothing of those that are not."""
    shown_table = table(row("Camden", 100), row("Barnet", 4), row("Ealing", 17))

    assert shown_table.totals == {"people": 115, "events": 115}


def test_a_median_needs_ten_people() -> None:
    """The middle of a few people's figures is one person's figure."""
    medians = [table(row("Camden", n)).rows[0].medians["days"] for n in (9, 10)]

    assert medians == [None, 13]


def test_a_median_of_nothing_is_not_shown() -> None:
    """Ten people of whom none has the figure have no median."""
    one = Row(("Camden",), {"people": Count(20, 20)}, {"days": Median(None, 20)})

    assert table(one).rows[0].medians == {"days": None}


def test_groups_come_in_order_and_the_unknown_one_last() -> None:
    """The order of rows says nothing about the figures."""
    groups = [one.group for one in table(row(None, 50), row("Ealing", 5), row("Camden", 9)).rows]

    assert groups == [("Camden",), ("Ealing",), (None,)]


def test_a_shown_table_goes_to_json_and_back() -> None:
    """A suppressed figure is null in JSON."""
    shown_table = table(row("Camden", 7, events=21))
    text = shown_table.model_dump_json()

    assert '"medians":{"days":null}' in text
    assert ReleasedTable.model_validate_json(text) == shown_table
