"""`nwd audit`: whether every out-tray holds what it must, no more and no less."""

from functools import partial
from typing import Annotated

from typer import Exit, Option, Typer

from consent_ledger.audit.differences import AuditReport, Difference
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.hub import Hub, open_hub
from deploy.operations.audit import audit_hub
from deploy.operations.repair import Repaired, repair_hub
from deploy.pages.text import counted

app = Typer()


@app.command(
    "audit",
    epilog=examples(
        "nwd audit",
        "nwd audit --json | jq .differences",
        "nwd audit --read-models --repair",
        exits=(ExitCode.DIFFERENCES,),
    ),
)
def run_audit(
    *,
    with_read_models: Annotated[
        bool,
        Option(
            "--read-models",
            help="Compare the job passport's and the figures' tables with their trays, too.",
        ),
    ] = False,
    is_repair: Annotated[
        bool,
        Option(
            "--repair",
            help="Put right what is found: take away from trays what may not stand there, decide"
            " anew about the rest, replace rows of read models; then audit again.",
        ),
    ] = False,
    processes: Annotated[
        int | None,
        Option(
            min=1,
            help="Processes that read, at most as there are partitions; by default as many as"
            " there are cores, and one where the journal is short. Each takes some 200 MB.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Work out from the journal and the ledger what every out-tray must hold, and compare.

    It shares no code with the filter, and reads everything. It takes some 500 bytes of disk for
    each record while it runs, sealed, where TMPDIR says. A change that is recorded and not yet
    enforced shows as a difference, so let the filter come to rest first. Of a bus that holds
    nothing yet it says that there is nothing to compare: that is no difference, and no proof.
    Each difference names the part of the bus that is wrong: a tray, the journal, the disclosures,
    the participants, a read model. Topics of nobody are listed, and are no difference: a Kafka may
    serve others. A repair takes the filter's shards over for a moment, and is entered in the
    ledger; `nwd up` starts its filter again by itself.
    """
    with open_hub() as hub:
        audit = partial(_audit, hub, with_read_models=with_read_models, processes=processes)
        report = audit()
        repaired = None
        if is_repair:
            repaired = repair_hub(hub, report, with_read_models=with_read_models)
            report = audit()
    if as_json:
        output.json_object(
            {
                "verdict": _verdict(report),
                "events": report.events,
                "trays": report.trays,
                "differences": list(map(vars, report.differences)),
                "unknown_topics": report.unknown_topics,
                "repaired": None if repaired is None else vars(repaired),
            }
        )
    else:
        if repaired is not None:
            _print_repaired(repaired)
        _print(report)
    if report.differences:
        raise Exit(ExitCode.DIFFERENCES)


def _audit(hub: Hub, *, with_read_models: bool, processes: int | None) -> AuditReport:
    output.message("Reading the journal, the ledger and every out-tray ...")
    with output.progress() as on_progress:
        return audit_hub(
            hub,
            with_read_models=with_read_models,
            processes=processes,
            on_progress=on_progress,
        )


def _print_repaired(repaired: Repaired) -> None:
    rows = [(f"out.{agreement_id}", count) for agreement_id, count in repaired.trays.items()]
    rows += [(f"read model of {one}", count) for one, count in repaired.read_models.items()]
    output.table("Put right", ("what", "records"), rows)


def _print(report: AuditReport) -> None:
    output.table("Out-trays", ("agreement", "records"), sorted(report.trays.items()))
    if report.differences:
        output.table(
            "Differences",
            ("place", "agreement", "partition", "kind", "key", "what"),
            map(_row, report.differences),
        )
    if report.unknown_topics:
        topics = ", ".join(report.unknown_topics)
        output.message(f"Topics that belong to no agreement and no organisation: {topics}.")
    if not report.has_compared:
        output.result("Nothing to compare: the journal holds no event, and no tray a record.")
        return
    events = counted(report.events, "event")
    output.result(f"{events}, {counted(len(report.differences), 'difference')}")


def _row(found: Difference) -> tuple[object, ...]:
    where = "" if found.partition is None else found.partition
    what = ", ".join(found.what)
    return found.place, found.agreement_id or "", where, found.kind, found.key, what


def _verdict(report: AuditReport) -> str:
    if not report.has_compared:
        return "nothing-to-compare"
    return "differences" if report.differences else "as-it-must-be"
