import ast

from tests.guards.metrics_made import labels, metrics, name
from tests.guards.source_files import PACKAGES, name_of, python_files

BOUNDED = {"agreement", "reason", "tray", "kind", "part", "reader", "webhook"}
"""Labels of few values, none of which is a person: each is a name that the hub itself gave."""


def test_every_label_is_one_of_a_few() -> None:
    """A label with a person in it would be kept, and shown, for as long as metrics are."""
    found = list(metrics())
    assert found

    for file, call in found:
        assert set(labels(call)) <= BOUNDED, f"{file}:{call.lineno}"


def test_every_metric_carries_the_bus_s_name() -> None:
    """Alerts and dashboards find it by that."""
    for file, call in metrics():
        assert name(call).startswith("nwd_"), f"{file}:{call.lineno}"


def test_metrics_are_made_by_name_alone() -> None:
    """A metric made as an attribute of the library would not be seen here."""
    whole = [
        name_of(path)
        for path in python_files(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import)
        if any(one.name.startswith("prometheus_client") for one in node.names)
    ]

    assert whole == []
