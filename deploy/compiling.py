"""Compiles the modules that gain by it for this interpreter: `make compiled`.

It needs mypy, setuptools, a C compiler and Python's headers. Without them it says so, and the bus
runs as Python, which is the same bus.
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from contextlib import chdir, redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from schemas.compiled import BUILD, FOLDER, ROOT, SOURCES, Build, listed

MODULES: Final = (
    "consent_ledger.consent.decisions",
    "consent_ledger.filter.batch",
    "consent_ledger.filter.headers",
    "consent_ledger.filter.intake",
    "consent_ledger.filter.planning",
    "consent_ledger.filter.record_encoding",
    "consent_ledger.filter.records",
    "consent_ledger.filter.remembered_decisions",
    "consent_ledger.journal.copy_format",
    "consent_ledger.journal.disclosures",
    "consent_ledger.journal.journal",
    "consent_ledger.journal.vault",
    "consent_ledger.redaction.redactor",
    "producers.tables.block_reader",
    "producers.tables.cells",
    "producers.tables.identifiers",
    "producers.tables.intake",
    "producers.tables.rows",
    "producers.tables.spaces",
    "schemas.codec",
    "schemas.date_order",
    "schemas.day_fields",
    "schemas.derivation",
    "schemas.framing",
    "schemas.identifiers",
    "schemas.record_decoding",
    "schemas.trays",
    "schemas.walk",
)
"""What each gains stands in docs/performance.md."""

_PACKAGES: Final = ("consent_ledger", "producers", "schemas")
_THIS: Final = "deploy/compiling.py"
_TOOLS: Final = ("mypyc", "setuptools")
_LIBRARIES: Final = ("cryptography", "kafka", "psycopg", "pydantic", "sqlalchemy")
"""To the compiler anything they return is any object: to read their types takes half a minute."""


def main() -> int:
    """Compile, unless it is done or cannot be done, and say what was done."""
    if BUILD is Build.COMPILED:
        return 0
    missing = what_is_missing()
    if missing:
        print(f"The bus runs as Python, not compiled: {missing}.")
        return 0
    print(f"Compiling {len(MODULES)} modules (once)")
    compile_into(FOLDER, MODULES)
    return 0


def what_is_missing() -> str:
    """Return what is needed and is not here, or the empty text."""
    for tool in _TOOLS:
        if find_spec(tool) is None:
            return f"{tool} is not installed"
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    command = [*compiler, "-fsyntax-only", "-I", sysconfig.get_path("include"), "-x", "c", "-"]
    try:
        subprocess.run(  # noqa: S603 - the compiler that made this Python
            command, input=b"#include <Python.h>\n", capture_output=True, check=True, timeout=60
        )
    except FileNotFoundError:
        return f"there is no C compiler ({compiler[0]})"
    except subprocess.CalledProcessError:
        return "the C compiler does not find Python's headers (on Debian python3-dev)"
    return ""


def compile_into(folder: Path, modules: Sequence[str]) -> None:
    """Compile modules and put them in a folder, in place of what is there, all at once.

    Programs that run keep the files that they have opened.
    """
    with TemporaryDirectory(prefix="nwd-compiling-") as name:
        source, built = Path(name, "source"), Path(name, "built")
        for package in _PACKAGES:  # what is listed is what was compiled, whoever writes meanwhile
            shutil.copytree(ROOT / package, source / package)
        (source / _THIS).parent.mkdir()
        shutil.copyfile(ROOT / _THIS, source / _THIS)
        _build(Path(name), source, built, modules)
        (built / SOURCES).write_text(listed(_read_for(modules), source), "utf-8")
        new = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(built, new)
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)


def _build(temporary: Path, source: Path, built: Path, modules: Sequence[str]) -> None:
    from mypyc.build import mypycify  # noqa: PLC0415 - a tool of development
    from setuptools import Distribution  # noqa: PLC0415 - the same

    paths = [module.replace(".", "/") + ".py" for module in modules]
    configuration = temporary / "mypy.ini"
    configuration.write_text(
        "[mypy]\n"
        "explicit_package_bases = True\n"
        "ignore_missing_imports = True\n"
        "ignore_errors = True\n"  # `make lint` has looked for them, with the libraries' types
        + "".join(f"[mypy-{name}.*]\nfollow_imports = skip\n" for name in _LIBRARIES),
        "utf-8",
    )
    said = StringIO()
    with chdir(source):
        try:
            with redirect_stdout(said):  # where it is quick, where it is not so quick
                extensions = mypycify(
                    [f"--config-file={configuration}", *paths],
                    opt_level="2",
                    debug_level="0",
                    target_dir=str(temporary / "c"),
                    group_name="nwd",
                )
        except SystemExit:
            print(said.getvalue())
            raise
        build = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
        build.build_lib, build.build_temp = str(built), str(temporary / "o")
        build.ensure_finalized()
        build.run()


def _read_for(modules: Sequence[str]) -> list[str]:
    """Return the sources that the compiler has read for these modules, and this one.

    They are what the modules import, at the top of a file: imports stand nowhere else.
    """
    for module in modules:
        import_module(module)
    files = [
        Path(module.__file__)
        for name, module in sys.modules.items()
        if name.partition(".")[0] in _PACKAGES and module.__file__
    ]
    return sorted([_THIS, *(path.relative_to(ROOT).as_posix() for path in files)])


if __name__ == "__main__":
    raise SystemExit(main())
