"""The report on everything that is guaranteed: whatever a part reports is printed by its name."""

from tests.prove import figures_of


def test_a_figure_within_others_is_named_by_all_their_names() -> None:
    """Underscores are for programs."""
    report = {"scenes": [{"limits_ms": {"p50": 34}}, {"limits_ms": {"p99": 250}}], "is_held": True}

    assert list(figures_of(report)) == [
        ("scenes limits ms p50", 34),
        ("scenes limits ms p99", 250),
        ("is held", True),
    ]


def test_reports_of_the_same_shape_are_a_line_each() -> None:
    """Such as the designs that the model checker has looked at."""
    report = {"rows": [{"design": "the design", "is_complete": True}, {"design": "weaker"}]}

    assert list(figures_of(report)) == [
        ("rows", "design the design, is complete True"),
        ("rows", "design weaker"),
    ]


def test_several_figures_of_one_name_share_a_line() -> None:
    """Such as a lag that was looked at ten times, or the machine's load."""
    assert list(figures_of({"lag_events": [47, 32], "faults": []})) == [
        ("lag events", "47, 32"),
        ("faults", ""),
    ]
