"""What is said of a password that is put in another's place."""

from deploy.cli import output
from deploy.operations.password_rotation import begin_rotation, finish_rotation
from deploy.settings import Addresses, Settings


def rotate(
    settings: Settings, addresses: Addresses, user: str, *, finish: bool, as_json: bool
) -> None:
    """Begin a user's rotation, or finish it, and say so. Raises as those do."""
    since = None
    if finish:
        finish_rotation(settings, addresses, user)
    else:
        since = begin_rotation(settings, addresses, user)
    if as_json:
        output.json_object({"user": user, "rotated_since": since})
    elif finish:
        output.result(f"The old password of {user} is ended: the new one alone is taken.")
        output.message("A connection that is open lasts until the broker has it log in again.")
    else:
        output.result(f"{user} has a new password; the old one is taken, too.")
