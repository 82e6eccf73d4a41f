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

    `faults` holds its faults in the order of the file, up to a limit.
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


class OtherOrganisationError(ReturnRefusedError):
    """The return is of another organisation than the one that hands it in, or may be."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"It may be another organisation's: {why}.",
            "Nothing was registered or published. Check the file and --provider. If that is the"
            " provider's UKPRN, enter it in the file of services (`ukprn`); if the return is to be"
            " theirs all the same, as after a merger, say --although-of-another-organisation.",
        )
