import ast
from collections.abc import Iterator

from tests.guards.source_files import PACKAGES, name_of, python_files

METRICS = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}
BOUNDED = {"agreement", "reason", "tray", "kind", "part", "reader"}
"""Labels of few values, none of which is a person: each is a name that the hub itself gave."""


def metrics() -> Iterator[tuple[str, ast.Call]]:
    """Yield each metric that is made, with its file."""
    for path in python_files(*PACKAGES):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {
            one.asname or one.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "prometheus_client"
            for one in node.names
            if one.name in METRICS
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in imported
            ):
                yield name_of(path), node


def labels(call: ast.Call) -> list[object]:
    """Return the names of a metric's labels, which are written where it is made."""
    given = [one.value for one in call.keywords if one.arg == "labelnames"] or call.args[2:3]
    return [one for node in given for one in ast.literal_eval(node)]


def test_every_label_is_one_of_a_few() -> None:
    """A label with a person in it would be kept, and shown, for as long as metrics are."""
    found = list(metrics())
    assert found

    for file, call in found:
        assert set(labels(call)) <= BOUNDED, f"{file}:{call.lineno}"


def test_every_metric_carries_the_bus_s_name() -> None:
    """Alerts and dashboards find it by that."""
    for file, call in metrics():
        name = ast.literal_eval(call.args[0])
        assert name.startswith("nwd_"), f"{file}:{call.lineno}"


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
