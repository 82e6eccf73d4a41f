"""Why a return is refused as a whole. No text here holds a value from the file."""

from dataclasses import dataclass

from schemas.errors import BusError


@dataclass(frozen=True, slots=True)
class StructureFault:
    """One place where a file does not have the structure of a return."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class StructureError(BusError):
    """The file does not have the structure that its year's schema asks for.

    `faults` holds what was found, in the order of the file, up to a limit.
    """

    def __init__(self, faults: tuple[StructureFault, ...]) -> None:
        listed = "".join(f"\n  {fault}" for fault in faults)
        super().__init__(
            f"The file does not have the structure of an ILR return:{listed}",
            "Nothing was imported. Correct it in the learner records system and export it again.",
        )
        self.faults = faults


class ReturnRefusedError(BusError):
    """A return of the right structure that breaks a rule about the file as a whole."""
