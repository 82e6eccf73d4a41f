"""Chapter 6: the audit, the ledger and the readers are checked; the closing figures."""

from consent_ledger.transparency.transparency_log import head
from consent_ledger.verification.ledger_verification import verify_ledger
from deploy.demo.story.figures import TrayFigures
from deploy.demo.story.stage import Stage
from deploy.operations.audit import audit_hub
from deploy.pages.text import counted
from schemas.errors import BusError

_KEYS_SHOWN = 10


def check(stage: Stage) -> None:
    """Wait for the readers, audit every tray, verify the ledger; then sum up."""
    _check_readers(stage)
    _check_trays(stage)
    _check_ledger(stage)
    _sum_up(stage)


def _check_readers(stage: Stage) -> None:
    try:
        stage.settle()
    except BusError as error:
        stage.closing.readers_caught_up = False
        stage.closing.findings.append(error.message)
    else:
        stage.closing.readers_caught_up = True


def _check_trays(stage: Stage) -> None:
    with stage.screen.working("Comparing every out-tray with what it must hold"):
        report = audit_hub(stage.hub)
    stage.closing.audited_events = report.events
    stage.closing.audit_differences = len(report.differences)
    stage.closing.findings += [str(difference) for difference in report.differences[:_KEYS_SHOWN]]
    stage.screen.say(
        "The audit works out a second time, the plain way, what every out-tray must hold, from"
        f" {report.events:,} events, each as it stands now, and the ledger. Then it reads every"
        f" tray from its start: {counted(sum(report.trays.values()), 'record')},"
        f" {counted(len(report.differences), 'difference')}."
    )


def _check_ledger(stage: Stage) -> None:
    hub = stage.hub
    with hub.engine.connect() as connection:
        report = verify_ledger(connection, hub.secrets.signing_key.verifier_key)
    with hub.engine.connect() as connection:
        stage.closing.ledger_entries = head(connection).size
    stage.closing.ledger_is_sound = report.is_sound
    stage.closing.findings += [fault.message for fault in report.faults]
    verdict = "nothing is wrong" if report.is_sound else counted(len(report.faults), "fault")
    stage.screen.say(
        f"The ledger is computed again from its first entry: {report.size:,} entries against"
        f" {report.checkpoints:,} signed checkpoints, and what is decided from against what the"
        f" entries say: {verdict}."
    )


def _sum_up(stage: Stage) -> None:
    closing = stage.closing
    closing.events = stage.post.total
    closing.trays = [
        TrayFigures(
            agreement=agreement_id,
            recipient=stage.recipient_name(agreement_id),
            records=len(mirror.held),
            with_closed=mirror.with_closed(),
            retracted=mirror.retracted,
        )
        for agreement_id, mirror in stage.mirrors.items()
    ]
