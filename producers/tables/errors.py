"""Why a table or a mapping is refused as a whole. No text here holds a value of a row."""

from collections.abc import Iterable
from typing import Final

from schemas.errors import BusError

_SHOWN: Final = 20
_NOTHING_DONE: Final = "Nothing was registered or published."


class TableError(BusError):
    """A file that is no table, or one whose rows cannot be told apart from its headings."""


class MappingError(BusError):
    """A mapping that cannot be taken, or that does not fit the table. `faults` are sentences."""

    def __init__(self, message: str, hint: str = _NOTHING_DONE, faults: Iterable[str] = ()) -> None:
        self.faults = tuple(faults)
        listed = "".join(f"\n  {fault}" for fault in self.faults[:_SHOWN])
        if len(self.faults) > _SHOWN:
            listed += f"\n  and {len(self.faults) - _SHOWN:,} more"
        super().__init__(f"{message}{listed}", hint)
