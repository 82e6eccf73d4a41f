"""Cutting a command short at one of its steps, as `kill -9` would."""

from collections.abc import Callable
from typing import Any

import pytest


class CutError(BaseException):
    """The process is gone."""


Cut = Callable[[pytest.MonkeyPatch], None]


def cut(owner: Any, step: str, *, after: bool = False, place: int = 1) -> Cut:
    """Return what cuts a command before or after the nth time that it does a step."""

    def patching(patch: pytest.MonkeyPatch) -> None:
        whole = getattr(owner, step)
        count = 0

        def cut_here(*given: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == place and not after:
                raise CutError
            done = whole(*given, **named)
            if count == place:
                raise CutError
            return done

        patch.setattr(owner, step, cut_here)

    return patching
