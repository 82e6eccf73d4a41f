"""The metrics that the bus makes, read from the files that make them."""

import ast
from collections.abc import Iterator
from typing import Final

from tests.guards.source_files import PACKAGES, name_of, python_files

METRICS: Final = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}


def metrics() -> Iterator[tuple[str, ast.Call]]:
    """Yield each metric that is made, with its file."""
    for path in python_files(*PACKAGES):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "prometheus_client"
            for alias in node.names
            if alias.name in METRICS
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in imported
            ):
                yield name_of(path), node


def name(call: ast.Call) -> str:
    """Return a metric's name, as it is given where it is made."""
    return str(ast.literal_eval(call.args[0]))


def labels(call: ast.Call) -> list[str]:
    """Return the names of a metric's labels, which are written where it is made."""
    given = [one.value for one in call.keywords if one.arg == "labelnames"] or call.args[2:3]
    return [str(label) for node in given for label in ast.literal_eval(node)]
