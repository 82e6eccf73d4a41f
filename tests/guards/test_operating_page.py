"""What an operator can set and can see stands in docs/operating.md, and nothing else does."""

import re

from consent_ledger.filter.intake import Reason
from deploy.migrations.database import APPLICATION_ROLE
from deploy.one_machine.embedded.logins import OWNER
from deploy.settings import Settings
from schemas.compiled import ASKED
from tests.guards.metrics_made import labels, metrics, name
from tests.guards.source_files import PACKAGES, ROOT, python_files

PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")
IN_CODE = re.compile(r"`([^`\n]+)`")
SETTING = re.compile(r"\bNWD_[A-Z]+(?:_[A-Z]+)*\b")
SERIES = re.compile(r"nwd_[a-z_]+(?:\{[a-z,]+\})?")


def test_every_setting_stands_there_and_every_one_that_stands_there_is_one() -> None:
    """Those of the settings' class, what an option takes from the environment, and the build's."""
    settings = {f"NWD_{field.upper()}" for field in Settings.model_fields}
    of_options = {
        found
        for path in python_files(*PACKAGES)
        for found in re.findall(r'envvar="(\w+)"', path.read_text("utf-8"))
    }

    assert set(SETTING.findall(PAGE)) == settings | of_options | {ASKED}


def test_no_file_names_a_setting_that_is_none() -> None:
    """A hint that names a variable which nobody reads would lead nowhere."""
    named = {
        found
        for path in [*python_files(*PACKAGES), ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
        for found in SETTING.findall(path.read_text("utf-8"))
    }

    assert named <= set(SETTING.findall(PAGE))


def test_every_metric_stands_there_with_its_labels() -> None:
    """By the name that Prometheus gives its series; a name that stands there is one of them."""
    made = {
        name(call)
        + ("_total" if getattr(call.func, "id", "") == "Counter" else "")
        + (f"{{{','.join(labels(call))}}}" if labels(call) else "")
        for _, call in metrics()
    }
    table = PAGE.partition("## Metrics")[2].partition("\n## ")[0]
    listed = {one for line in table.splitlines() if "|" in line for one in SERIES.findall(line)}

    assert listed == made
    named = {one.partition("{")[0] for one in SERIES.findall(PAGE)} - {APPLICATION_ROLE, OWNER}
    assert named <= {one.partition("{")[0] for one in made}


def test_every_reason_for_which_a_record_is_refused_stands_there() -> None:
    """Whoever finds one on a dead letter, or as a label, reads there what to do about it."""
    assert {reason.value for reason in Reason} <= set(IN_CODE.findall(PAGE))
