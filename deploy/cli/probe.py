"""`nwd probe`: a made-up participant says yes and no, and the trays are looked at."""

import time
from typing import Annotated

from typer import Exit, Option, Typer

from deploy.cli import output
from deploy.cli.arguments import AsJson, ProviderId, provider_option
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.hub import open_hub
from deploy.metrics import PROBE_LEAKS, PROBE_ROUNDS, PROBE_WITHDRAWAL, serve_metrics
from deploy.operations.erasure import NotEnforcedError
from deploy.operations.probe import LateError, Probe, Round, open_probe
from deploy.pages.text import counted, when
from deploy.stop_signals import StopRequest, asked_by_signals

app = Typer()

_LOOK_SECONDS = 0.2


@app.command(
    epilog=examples(
        "nwd probe",
        "nwd probe --every 60 --metrics-port 9470",
        exits=(ExitCode.DIFFERENCES, ExitCode.NOT_ENFORCED),
    )
)
def probe(
    *,
    every: Annotated[
        float | None,
        Option(min=0, metavar="SECONDS", help="Go on for ever, with this time between rounds."),
    ] = None,
    timeout: Annotated[
        float, Option(min=0, metavar="SECONDS", help="Seconds that each step may take.")
    ] = 10.0,
    name: Annotated[
        ProviderId,
        provider_option(
            "Name of its provider and agreement, where hubs share one Kafka.", metavar="NAME"
        ),
    ] = ProviderId("probe"),
    metrics_port: Annotated[
        int, Option(min=0, max=65_535, help="Serve /metrics on this loopback port; 0 is none.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Check the promise on the running bus: nothing is delivered after a withdrawal was enforced.

    A made-up participant, whom nobody else sees and no figure counts, grants, publishes, withdraws
    and publishes again; then the tray is read from Kafka. Whatever can still be read is a leak. At
    the end the participant is erased.
    """
    leaks = late = 0
    serve_metrics(metrics_port)
    with open_hub() as hub, asked_by_signals() as request, open_probe(hub, name, timeout) as probed:
        while not request.is_made:
            try:
                made = probed.round()
            except (LateError, NotEnforcedError) as error:
                late += 1
                PROBE_ROUNDS.labels("late").inc()
                output.failure(error)
            else:
                leaks += made.leaks
                PROBE_ROUNDS.labels("done").inc()
                PROBE_LEAKS.inc(made.leaks)
                PROBE_WITHDRAWAL.observe(made.withdrawal_seconds)
                _print(made, as_json=as_json)
            if every is None:
                break
            _pause(request, every)
        late += not _erase(probed)
    if leaks:
        raise Exit(ExitCode.DIFFERENCES)
    if late:
        raise Exit(ExitCode.NOT_ENFORCED)


def _pause(request: StopRequest, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not request.is_made and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)


def _erase(probed: Probe) -> bool:
    output.message("Erasing the made-up participant ...")
    try:
        probed.erase()
    except NotEnforcedError:
        output.message("The filter has not carried that out; the next probe goes on with it.")
        return False
    return True


def _print(made: Round, *, as_json: bool) -> None:
    if as_json:
        output.json_object(made._asdict())
        return
    output.result(
        f"{when(made.enforced_at)}  delivered after {made.delivered_seconds:.2f} s,"
        f" withdrawal enforced after {made.withdrawal_seconds * 1000:,.0f} ms,"
        f" {made.retracted:,} retracted, {counted(made.leaks, 'leak')}"
    )
