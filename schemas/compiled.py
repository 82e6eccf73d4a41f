"""Modules compiled to C, taken in place of their source for as long as that source is unchanged.

They lie within the virtual environment, never beside their source, with a list of every source
that the compiler read. If one of those has other bytes today, all run as Python: so what runs is
what is written, compiled or not. `python -m deploy.compiling` makes them.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from hashlib import blake2b
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = Path(sys.prefix, "compiled", str(sys.implementation.cache_tag))
SOURCES: Final = "sources"
"""The list in that folder: a digest and a path in each line."""

ASKED: Final = "NWD_BUILD"
"""The variable that asks for one build: `pure`, or `compiled`, which must then be there."""


class Build(StrEnum):
    """What runs. After a change of a source that was compiled it is Python, too."""

    COMPILED = "compiled"
    PURE = "pure"
    CHANGED = "changed"


class CompiledFinder:
    """Finds the compiled modules of a folder, and no other."""

    def __init__(self, folder: Path) -> None:
        self._folders = {
            _module(path.relative_to(folder)): path.parent for path in folder.rglob("*.so")
        }

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module's compiled form is; None leaves it to the other finders."""
        folder = self._folders.get(fullname)
        return PathFinder.find_spec(fullname, [str(folder)]) if folder else None


def take(folder: Path, asked: str) -> Build:
    """Let every import from now on take compiled modules, if they are of today's sources.

    Raises ImportError when `asked` names another build than can be taken.
    """
    if asked not in ("", Build.COMPILED, Build.PURE):
        raise ImportError(f"{ASKED} is {Build.COMPILED} or {Build.PURE}, or is not set.")
    build = Build.PURE if asked == Build.PURE else found(folder)
    if asked == Build.COMPILED != build:
        raise ImportError(f"{ASKED} asks for the compiled build: `make compiled` makes it.")
    if build is Build.COMPILED:
        sys.meta_path.insert(0, CompiledFinder(folder))
    return build


def found(folder: Path) -> Build:
    """Return what a folder has: compiled modules of today's sources, of earlier ones, or none."""
    listing = folder / SOURCES
    if not listing.exists():
        return Build.PURE
    text = listing.read_text("utf-8")
    names = (line.partition(" ")[2] for line in text.splitlines())
    try:
        return Build.COMPILED if listed(names, ROOT) == text else Build.CHANGED
    except FileNotFoundError:
        return Build.CHANGED


def listed(names: Iterable[str], root: Path) -> str:
    """Return the list of sources as they are now, given by their paths within a project."""
    return "".join(f"{_digest(root / name)} {name}\n" for name in names)


def _module(path: Path) -> str:
    return ".".join((*path.parent.parts, path.name.partition(".")[0]))


def _digest(source: Path) -> str:
    return blake2b(source.read_bytes(), digest_size=16).hexdigest()


BUILD: Final = take(FOLDER, os.environ.get(ASKED, ""))
"""What this process runs."""
