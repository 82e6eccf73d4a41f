"""The project's own files, and the names that each imports, for the guards that read them."""

import ast
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("schemas", "producers", "consent_ledger", "consumers", "deploy")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return every file that git knows and that is there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - whichever git the developer uses
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout.decode()
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def python_files(*folders: str) -> list[Path]:
    """Return the tracked Python files of these top-level folders."""
    return [
        path
        for path in tracked_files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders
    ]


def name_of(path: Path) -> str:
    """Return a file's path within the project."""
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """Return the dotted name by which a file is imported."""
    name = path.relative_to(ROOT).with_suffix("")
    return ".".join(name.parent.parts if name.name == "__init__" else name.parts)


@cache
def nodes_of(source: str) -> tuple[ast.AST, ...]:
    """Return every node of a source's syntax tree."""
    return tuple(ast.walk(ast.parse(source)))


def imports_of(source: str, package: str) -> dict[str, str]:
    """Return what each name that a source imports stands for, as a dotted name.

    `import a.b` binds `a`, and is `a.b` under that name, too. `package` is where the source lies.
    """
    found: dict[str, str] = {}
    for node in nodes_of(source):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found |= {alias.asname: alias.name} if alias.asname else {top: top}
                found[alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level]
            base = [*(parents if node.level else ()), *([node.module] if node.module else ())]
            for alias in node.names:
                found[alias.asname or alias.name] = ".".join([*base, alias.name])
    return found


def names_reached(source: str, package: str) -> set[str]:
    """Return every dotted name that a source imports, or takes from what it has imported."""
    imported = imports_of(source, package)
    found = set(imported.values())
    for node in nodes_of(source):
        attributes: list[str] = []
        inner: ast.AST = node
        while isinstance(inner, ast.Attribute):
            attributes.insert(0, inner.attr)
            inner = inner.value
        if attributes and isinstance(inner, ast.Name) and inner.id in imported:
            found.add(".".join([imported[inner.id], *attributes]))
    return found


def package_of(path: Path) -> str:
    """Return the dotted name of the package in which a file lies."""
    return ".".join(path.relative_to(ROOT).parent.parts)


@cache
def reached_by(path: Path) -> frozenset[str]:
    """Return every dotted name that a file reaches by its imports."""
    return frozenset(names_reached(path.read_text("utf-8"), package_of(path)))


def is_within(name: str, outer: str) -> bool:
    """Tell whether a dotted name is another one, or is below it."""
    return name == outer or name.startswith(f"{outer}.")
