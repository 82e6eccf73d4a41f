import sysconfig
from pathlib import Path

import pytest

from deploy import compiling
from deploy.compiling import MODULES, main, what_is_missing
from schemas.compiled import Build


def without_headers(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let Python's headers be looked for in an empty folder."""
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(folder))


def without_compiler(monkeypatch: pytest.MonkeyPatch, _folder: Path) -> None:
    """Let the compiler be one that is not there."""
    monkeypatch.setenv("CC", "no-such-compiler -pthread")


def without_mypy(monkeypatch: pytest.MonkeyPatch, _folder: Path) -> None:
    """Let a tool be one that is not installed."""
    monkeypatch.setattr(compiling, "_TOOLS", ("no_such_tool",))


@pytest.mark.parametrize(
    ("without", "told"),
    [
        (without_headers, "python3-dev"),
        (without_compiler, "there is no C compiler (no-such-compiler)"),
        (without_mypy, "no_such_tool is not installed"),
    ],
)
def test_what_cannot_be_compiled_runs_as_python_and_that_is_said(
    without: object,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In one sentence, and `make setup` goes on."""
    assert callable(without)
    without(monkeypatch, tmp_path)
    monkeypatch.setattr(compiling, "BUILD", Build.PURE)

    assert main() == 0

    assert told in capsys.readouterr().out
    assert told in what_is_missing()


def test_nothing_of_the_audit_is_compiled() -> None:
    """It is to notice what a compiled filter does otherwise."""
    rooms = {module.rpartition(".")[0] for module in MODULES}

    assert rooms.isdisjoint({"consent_ledger.audit", "consent_ledger.verification"})
    assert "consent_ledger.filter" in rooms
