"""What is said of an organisation that joins, and of one that leaves."""

from deploy.cli import output
from deploy.operations.joining import JoinedOrganisation
from deploy.operations.leaving import LeavingPlan, Left
from deploy.pages.text import counted


def print_plan(plan: LeavingPlan) -> None:
    """Say what will be done when an organisation leaves, and what is kept."""
    for agreement in plan.agreements:
        output.message(f"The agreement {agreement} ends: all that it shows is retracted.")
    for key in plan.api_keys:
        output.message(f"The API key {key} is revoked.")
    output.message("Its user and its rules at Kafka go. What is kept:")
    for kept in plan.kept:
        output.message(f"  {kept.what}, until {kept.until}: {kept.why}.")


def print_left(plan: LeavingPlan, left: Left, *, is_managed: bool) -> None:
    """Say what was done; `is_managed` is whether the hub makes users and rules at Kafka."""
    gone = plan.membership.id
    if is_managed:
        output.result(f"{gone} may do nothing at Kafka, and has no password there.")
    else:
        output.message(f"Who runs the broker takes the user {gone} and its rules away.")
    for key in left.api_keys:
        output.result(f"Revoked the API key {key}.")
    for agreement in left.agreements:
        output.result(f"Ended the agreement {agreement}.")
    if left.is_enforced:
        output.result(f"Retracted {counted(left.tombstones, 'record')}. {gone} has left the bus.")
    output.table("Kept", ("what", "until", "why"), plan.kept)
    if left.named_still:
        output.message(
            f"The files of services or agreements still name {gone}. It counts no more: mend them."
        )


def print_joined(joined: JoinedOrganisation) -> None:
    """Say what was made for an organisation, and what to send and to review."""
    found = joined.organisation
    output.result(f"{found.id}, {found.name}, is on the bus.")
    if found.in_tray:
        output.result(f"It alone writes {found.in_tray}.")
        output.message(
            f"Its service {joined.service} counts as sensitive: enter its own in the file of"
            " services, each marked by somebody who knows it, and run `nwd init`."
        )
    for topic, groups in found.out_trays.items():
        output.result(f"It alone reads {topic}, in consumer groups named {groups}…")
    if joined.draft:
        output.result(f"To review: {joined.draft}")
        output.message(
            "Nothing is shared by it. Write `plain`, look at every line, put the file into the"
            " folder of agreements, and run `nwd init`."
        )
    for path in joined.files:
        output.result(f"To send: {path}")
    if joined.files:
        output.message("They hold a password: hand them over as you would a key.")
    else:
        output.message(
            "Who runs the broker makes its user and its rules: `nwd broker acls` prints them."
        )
