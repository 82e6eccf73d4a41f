"""What it is called when the broker does not do what it was asked to."""

from schemas.errors import BusError


class RefusedError(BusError):
    """The broker did not make, or did not take away, a user or a rule."""

    def __init__(self) -> None:
        super().__init__(
            "Kafka refused a change of its users or rules.",
            "Who is set to come to it needs Alter on the cluster. Some changes may be made: do it"
            " again.",
        )


def demand_done(*, is_done: bool) -> None:
    """Raise RefusedError unless it was done: the client returns refusals, and raises none."""
    if not is_done:
        raise RefusedError
