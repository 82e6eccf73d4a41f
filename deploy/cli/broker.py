"""`nwd broker`: who may do what at Kafka."""

from enum import StrEnum
from typing import Annotated

from typer import Option, Typer

from deploy.broker.rules_in_print import as_kafka_acls, as_strimzi_users
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.operations.broker_access import read_rules
from deploy.settings import read_settings

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
    rules = read_rules(read_settings())
    if as_json:
        output.json_lines(rule._asdict() for rule in rules)
    elif form is PrintedForm.STRIMZI:
        output.result(as_strimzi_users(rules, cluster).rstrip())
    else:
        output.result(as_kafka_acls(rules).rstrip())
