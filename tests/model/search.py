"""Searches the model with spin: every state, or the shortest way to where a claim is broken."""

import re
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from tests.model.designs import CYCLE, SHOWN, Design

MODEL: Final = Path(__file__).with_name("withdraw_versus_deliver.pml")
DEPTH: Final = 10_000
"""Steps of a history: pan says when that was not enough, and then the search proves nothing."""

_BROKEN: Final = re.compile(r"pan:1: (assertion violated (\w+)|[\w -]+?) \(at depth (\d+)\)")
_STATES: Final = re.compile(r"(\d+) states, stored")
_DEPTH: Final = re.compile(r"depth reached (\d+), errors: (\d+)")
_CUT_SHORT: Final = ("Search not completed", "too small", "out of memory", "hash table is full")


class SearchError(Exception):
    """spin, the compiler or the search itself did not do what it was asked; here is its answer."""


class Verdict(NamedTuple):
    """What a search found. Only a complete one that broke nothing says that a design holds."""

    design: str
    broken: str | None
    is_complete: bool
    states: int
    depth: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether every history was searched, and none broke a claim."""
        return self.is_complete and self.broken is None


def search(design: Design) -> Verdict:
    """Search a design; a weaker one in breadth, so that what is found first is the shortest."""
    with TemporaryDirectory() as folder:
        return _search(design, Path(folder))


def trail(design: Design) -> list[str]:
    """Return the shortest history that breaks a weaker design, step by step."""
    with TemporaryDirectory() as folder:
        if _search(design, Path(folder)).broken is None:
            return []
        told = _run(
            "spin", "-T", "-k", f"{MODEL.name}.trail", *_defined(design), MODEL, folder=folder
        )
    return told.partition("spin:")[0].splitlines()


def _search(design: Design, folder: Path) -> Verdict:
    begin = time.monotonic()
    _run("spin", "-a", *_defined(design), MODEL, folder=folder)
    kind = ["-DNP"] if design.is_searched_for_cycles else ["-DSAFETY"]
    if design.breaks is not None:
        kind.append("-DBFS")
    _run("gcc", "-O1", "-w", *kind, "-o", "pan", "pan.c", folder=folder)
    asked = ["-l"] if design.is_searched_for_cycles else []
    told = _run("./pan", f"-m{DEPTH}", *asked, folder=folder)
    return _verdict(design, told, time.monotonic() - begin)


def _defined(design: Design) -> list[str]:
    names = list(design.defined)
    if design.breaks is not None:
        names.append("FAULTS=1")
    if design.breaks == SHOWN:
        names.append("SHOWN_ALONE")
    return [f"-D{one}" for one in names]


def _run(*command: str | Path, folder: str | Path) -> str:
    done = subprocess.run(  # noqa: S603 - what it runs stands above
        [str(one) for one in command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SearchError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def _verdict(design: Design, told: str, seconds: float) -> Verdict:
    states, depth, broken = _STATES.search(told), _DEPTH.search(told), _BROKEN.search(told)
    if states is None or depth is None or (broken is None) != (depth[2] == "0"):
        raise SearchError(f"pan said something unexpected:\n{told}")
    return Verdict(
        design.name,
        broken and (broken[2] or (CYCLE if CYCLE in broken[1] else broken[1])),
        not any(one in told for one in _CUT_SHORT),
        int(states[1]),
        int(depth[1]),
        round(seconds, 1),
    )
