"""The one base of every error that may leave a part of the bus."""


class BusError(Exception):
    """What went wrong, in words for a person, and what to do about it.

    Neither text ever holds a personal value: errors reach logs and screens.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class MalformedError(BusError):
    """Bytes or text from outside that do not have the form they must have."""


class SchemaError(BusError):
    """A schema that breaks the rules of the contract."""
