"""`nwd broker`: who may do what at Kafka."""

from enum import StrEnum
from typing import Annotated

from typer import Argument, Exit, Option, Typer

from deploy.broker.rules_in_print import as_kafka_acls, as_strimzi_users
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.text.rotation import rotate
from deploy.home.kafka_users import HubUser
from deploy.operations.broker_access import check_broker
from deploy.operations.members import read_members
from deploy.settings import find_addresses, read_settings

app = Typer(name="broker", help="Who may do what at Kafka.")


class PrintedForm(StrEnum):
    """In which form rules are printed."""

    KAFKA_ACLS = "kafka-acls"
    STRIMZI = "strimzi"


@app.callback()
def broker() -> None:
    """Who may do what at Kafka."""


@app.command(
    "acls",
    epilog=examples("nwd broker acls", "nwd broker acls --form strimzi --cluster hub > users.yaml"),
)
def print_acls(
    *,
    form: Annotated[PrintedForm, Option(help="For Kafka's own program, or for Strimzi.")] = (
        PrintedForm.KAFKA_ACLS
    ),
    cluster: Annotated[str, Option(help="With strimzi: the name of the Kafka cluster.")] = "kafka",
    as_json: AsJson = False,
) -> None:
    """Print the table of rules, for a broker that others run; it needs no bus.

    Each provider writes its own in-tray, each recipient reads its own out-tray, and what no rule
    allows is refused. The rules follow the files of services and agreements: print them again when
    those change. Where the bus makes the rules itself, `nwd init` does all of this.
    """
    rules = read_members(read_settings()).rules()
    if as_json:
        output.json_lines(rule._asdict() for rule in rules)
    elif form is PrintedForm.STRIMZI:
        output.result(as_strimzi_users(rules, cluster).rstrip())
    else:
        output.result(as_kafka_acls(rules).rstrip())


@app.command(
    "check",
    epilog=examples(
        "nwd broker check",
        "nwd broker check --json | jq .beyond",
        exits=(ExitCode.DIFFERENCES,),
    ),
)
def check(*, as_json: AsJson = False) -> None:
    """Compare the ACLs at Kafka with the table of rules; nothing is changed.

    It names the rules that are missing, and each ACL that lets somebody do more with what is the
    bus's: also those of kinds that the table does not have, such as all operations on all topics,
    which `nwd init` leaves as they are.
    """
    settings = read_settings()
    found = check_broker(settings, find_addresses(settings))
    if as_json:
        missing = [rule._asdict() for rule in found.missing]
        output.json_object({"missing": missing, "beyond": found.beyond})
    else:
        for user, operation, resource, name, is_prefix in found.missing:
            kind = "prefixed " if is_prefix else ""
            output.result(f"missing  {user} may {operation.lower()} {resource} {kind}{name}")
        for acl in found.beyond:
            output.result(f"beyond   {acl}")
    if found.missing or found.beyond:
        raise Exit(ExitCode.DIFFERENCES)
    if not as_json:
        output.result("Kafka allows what the table does, and no more.")


@app.command(
    "rotate",
    epilog=examples(
        "nwd broker rotate nwd-filter",
        "nwd broker rotate nwd-filter --finish   # once the filter was started again",
    ),
)
def rotate_password(
    user: Annotated[HubUser, Argument(metavar="USER", help="A user of the hub's: nwd-filter.")],
    *,
    finish: Annotated[bool, Option("--finish", help="End the old password.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give one of the hub's own users a new password beside the old one, until --finish.

    A program takes the new one when it is started again.
    """
    settings = read_settings()
    rotate(settings, find_addresses(settings), user, finish=finish, as_json=as_json)
    if not finish and not as_json:
        output.message(
            "Start the programs that come by it again (`nwd broker acls` has the users), then:"
            f" `nwd broker rotate {user} --finish`."
        )
