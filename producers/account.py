"""What a door accepted of what it read, and what it refused and why. No value is kept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel


class Refused(BaseModel, frozen=True):
    """A record that was not accepted: the line where it begins, counted from 1.

    `problems` are sentences for the provider that name fields and rules.
    """

    line: int
    problems: tuple[str, ...]


AnyRefused = TypeVar("AnyRefused", bound=Refused)


@dataclass
class Account(Generic[AnyRefused]):
    """Counts the accepted records of a source and lists the refused ones.

    `on_refused` is called with each refused record as it comes.
    """

    on_refused: Callable[[AnyRefused], None] = lambda _: None
    accepted: int = 0
    refused: list[AnyRefused] = field(default_factory=list)

    def refuse(self, refused: AnyRefused) -> None:
        """List a refused record."""
        self.refused.append(refused)
        self.on_refused(refused)
