"""Accounts for root's PostgreSQL, which refuses to run as root: one that nobody else has."""

import grp
import pwd
import secrets
from collections.abc import Collection
from typing import Final, NamedTuple

import psutil

from schemas.errors import BusError

UNUSED: Final = range(60_578, 61_184)
"""Numbers after those of people and before those of systemd's passing services: given to nobody."""


class ServerAccount(NamedTuple):
    """The numbers of a user and of a group. Neither needs a name."""

    uid: int
    gid: int


def new_account(taken: Collection[int]) -> ServerAccount:
    """Draw an account without a name, that runs nothing and is none of `taken`.

    Raises BusError when there is none left.
    """
    named = {user.pw_uid for user in pwd.getpwall()} | {group.gr_gid for group in grp.getgrall()}
    left = sorted(set(UNUSED) - named - _running() - set(taken))
    if not left:
        raise BusError(
            f"No account from {UNUSED[0]} to {UNUSED[-1]} is left for the embedded PostgreSQL.",
            "Run the bus as an ordinary user.",
        )
    number = secrets.choice(left)
    return ServerAccount(number, number)


def idle_named_account() -> ServerAccount:
    """Return an account with a name that runs nothing now: initdb asks for the name of its own.

    Raises BusError when there is none.
    """
    running = _running()
    for user in pwd.getpwall():
        if user.pw_uid and user.pw_uid not in running:
            return ServerAccount(user.pw_uid, user.pw_gid)
    raise BusError(
        "Every account of this machine runs something: none is free to prepare a PostgreSQL.",
        "Run the bus as an ordinary user.",
    )


def _running() -> set[int]:
    """Return the users of all processes."""
    return {
        number
        for process in psutil.process_iter(["uids"])
        if process.info["uids"]
        for number in process.info["uids"]
    }
