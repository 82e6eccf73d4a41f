"""`nwd run`: the bus's programs, each until it is asked to stop."""

from functools import partial
from typing import Annotated

from typer import Option, Typer

from consent_ledger.filter.failpoints import Failpoint, no_failpoint
from deploy.cli.arguments import AgreementId
from deploy.cli.help_text import examples
from deploy.cli.process import Program, run_programs
from deploy.hub import open_hub
from deploy.operations.shards import shard_ids
from deploy.programs.disclosure_log import run_disclosure_log
from deploy.programs.erasure_watch import run_erasure_watch
from deploy.programs.expiries import run_expiries
from deploy.programs.filter import run_filter
from deploy.programs.key_rotation import run_key_rotation
from deploy.programs.ledger_watch import run_ledger_watch
from deploy.programs.read_trays import PASSPORT_AGREEMENT, STATISTICS_AGREEMENT
from deploy.settings import read_settings
from schemas.kafka_connection import KafkaClient

app = Typer(name="run", help="Run a part of the bus until Ctrl-C or SIGTERM.")

MetricsPort = Annotated[
    int | None,
    Option(
        min=0,
        max=65_535,
        help="Serve /metrics for Prometheus on this port of the loopback address; 0 is none."
        " NWD_METRICS_PORT by default.",
    ),
]
PassportTray = Annotated[
    AgreementId, Option(help="The agreement whose tray the passport reads.", parser=AgreementId)
]
StatisticsTray = Annotated[
    AgreementId, Option(help="The agreement whose tray the analytics read.", parser=AgreementId)
]


@app.command(
    "filter", epilog=examples("nwd run filter", "nwd run filter --shard 1 --metrics-port 9461")
)
def run_one_shard(
    *,
    shard: Annotated[int, Option(min=0, help="Which of the bus's shards, from 0.")] = 0,
    metrics_port: MetricsPort = None,
) -> None:
    """Run one shard of the filter: it reads the in-trays and writes the out-trays.

    Whatever goes wrong ends the process with 1; starting it again goes on from where it was, and
    nothing is lost. A second one of the same shard takes over, and the first ends. Beside it, what
    was disclosed and which grants ran out are entered in the ledger, a moment later, erasures that
    were cut short are counted, and the journal key is rotated when it is old enough.
    """
    run_programs([shard_program(shard), *beside_the_filter()], metrics_port)


@app.command(
    "passport", epilog=examples("nwd run passport", "nwd run passport --metrics-port 9462")
)
def run_passport_reader(
    *, agreement: PassportTray = PASSPORT_AGREEMENT, metrics_port: MetricsPort = None
) -> None:
    """Run the job passport's reader: it keeps every passport in step with its tray.

    Beside it, it keeps the ledger's last checkpoint, and demands that newer ones begin with it.
    """
    run_programs([_passport(agreement), *_ledger_watch("passport")], metrics_port)


@app.command(
    "analytics", epilog=examples("nwd run analytics", "nwd run analytics --metrics-port 9463")
)
def run_analytics_reader(
    *, agreement: StatisticsTray = STATISTICS_AGREEMENT, metrics_port: MetricsPort = None
) -> None:
    """Run the analytics' reader: it keeps the hub's figures in step with their tray.

    Beside it, it keeps the ledger's last checkpoint, and demands that newer ones begin with it.
    """
    run_programs([_analytics(agreement), *_ledger_watch("analytics")], metrics_port)


@app.command("web", epilog=examples("nwd run web", "nwd run web --port 8081"))
def run_web_server(
    *,
    port: Annotated[
        int | None,
        Option(min=1, max=65_535, help="Port of the loopback address. NWD_WEB_PORT by default."),
    ] = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Serve the schemas, so that any Avro client can decode a tray, the ledger's tree, and the API.

    The first two are read-only and for anybody: the read side of a schema registry, checkpoint and
    tiles of hashes. Consent, the gateway by which providers publish, and trays are for those who
    have an API key, or the token in the home's secrets/api-token; what can be asked is in
    /openapi.json. Beside it, webhooks are called when a tray has something new.
    """
    settings = read_settings()
    run_programs([_web(port or settings.web_port), _webhooks()], metrics_port)


@app.command("all", epilog=examples("nwd run all", "nwd run all --metrics-port 0"))
def run_everything(
    *,
    passport_agreement: PassportTray = PASSPORT_AGREEMENT,
    statistics_agreement: StatisticsTray = STATISTICS_AGREEMENT,
    metrics_port: MetricsPort = None,
) -> None:
    """Run all shards of the filter, the passport and the analytics in one process.

    For a small installation. If one of them fails, all of them end, with 1.
    """
    with open_hub() as hub:
        shards = [shard_program(shard) for shard in range(len(shard_ids(hub)))]
    readers = [_passport(passport_agreement), _analytics(statistics_agreement)]
    run_programs([*shards, *beside_the_filter(), *readers], metrics_port)


def shard_program(shard: int, failpoint: Failpoint = no_failpoint) -> Program:
    """Return the program of one shard of the filter; its name says which client is set for it."""
    client = read_settings().kafka_client
    by = "" if client is KafkaClient.KAFKA_PYTHON else f" by {client}"
    return Program(
        f"shard {shard} of the filter{by}",
        lambda hub, stop: run_filter(hub, shard, stop, failpoint),
    )


def beside_the_filter() -> list[Program]:
    """Return the programs that run in the process of a shard."""
    return [
        Program("the disclosure log", run_disclosure_log),
        Program("the expiry of grants", run_expiries),
        Program("the watch over erasures", run_erasure_watch),
        Program("the rotation of the journal key", run_key_rotation),
    ]


def _passport(agreement_id: AgreementId) -> Program:
    from deploy.programs.readers import run_passport  # noqa: PLC0415 - no filter waits for it

    return Program("the passport", partial(run_passport, agreement_id=agreement_id))


def _ledger_watch(reader: str) -> list[Program]:
    """Return the reader's watch over the ledger, none where the ledger is not served."""
    if not read_settings().web_port:
        return []
    return [Program("its watch over the ledger", partial(run_ledger_watch, reader=reader))]


def _web(port: int) -> Program:
    from deploy.web.app import create_hub_app  # noqa: PLC0415 - a fifth of a filter's start
    from deploy.web.server import run_web  # noqa: PLC0415 - loaded with it

    return Program(
        f"the web server on port {port}", lambda hub, stop: run_web(create_hub_app(hub), port, stop)
    )


def _webhooks() -> Program:
    from deploy.programs.webhooks import run_webhooks  # noqa: PLC0415 - no filter waits for it

    return Program("the webhooks", run_webhooks)


def _analytics(agreement_id: AgreementId) -> Program:
    from deploy.programs.readers import run_analytics  # noqa: PLC0415 - no filter waits for it

    return Program("the analytics", partial(run_analytics, agreement_id=agreement_id))
