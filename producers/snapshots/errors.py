"""Why an upload is refused as a whole."""

from schemas.errors import BusError


class OutdatedUploadError(BusError):
    """An upload of the same collection that was prepared later has been accepted."""

    def __init__(self, collection: str) -> None:
        super().__init__(
            f"A later upload of {collection} has been accepted already.",
            "Import the newest export; an older one would undo what has changed since.",
        )


class UploadInProgressError(BusError):
    """Another upload of the same provider is being imported."""

    def __init__(self) -> None:
        super().__init__(
            "Another upload of this provider is being imported at this moment.",
            "Wait until it has ended, then try again.",
        )
