"""What Prometheus sees: counts and times by agreement, provider or reason, never by person."""

from datetime import timedelta
from typing import Final

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from consent_ledger.filter.shard import TurnReport
from schemas.errors import BusError

_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

EVENTS_READ: Final = Counter("nwd_events_accepted", "Events accepted into the journal")
RECORDS_WRITTEN: Final = Counter(
    "nwd_records_written", "Records written to an out-tray", ["agreement"]
)
RECORDS_RETRACTED: Final = Counter(
    "nwd_records_retracted", "Records retracted from an out-tray", ["agreement"]
)
REFUSED: Final = Counter("nwd_records_refused", "Records of in-trays not accepted", ["reason"])
ENFORCED: Final = Histogram(
    "nwd_enforcement_seconds",
    "Seconds from a change's entry in the ledger to its enforcement in every tray",
    buckets=_SECONDS,
)
LEDGER_ENTRIES: Final = Gauge("nwd_ledger_enforced_entries", "Ledger entries enforced so far")
SWEEPS: Final = Gauge(
    "nwd_filter_sweeps", "Changes that concern more events than fit into one turn, under way"
)
SWEPT: Final = Counter("nwd_filter_swept_events", "Events that sweeps have decided about again")
LAG: Final = Gauge("nwd_filter_lag_records", "Records of in-trays not read yet")
TURN_AT: Final = Gauge("nwd_filter_turn_timestamp_seconds", "When the filter last ended a turn")
FOLLOWED: Final = Counter(
    "nwd_tray_records_applied", "Records a reader took from its tray", ["tray", "kind"]
)
BEHIND: Final = Gauge("nwd_tray_behind_records", "Records of a tray not taken yet", ["tray"])
CHECKPOINT_ENTRIES: Final = Gauge(
    "nwd_ledger_checkpoint_entries", "Entries of the last checkpoint that a reader kept", ["reader"]
)
CHECKPOINT_AT: Final = Gauge(
    "nwd_ledger_checkpoint_timestamp_seconds", "When a reader last followed the ledger", ["reader"]
)
CHECKPOINT_REFUSED: Final = Gauge(
    "nwd_ledger_checkpoint_refused",
    "Whether the ledger does not begin any more with what a reader kept",
    ["reader"],
)
WEB_REFUSED: Final = Counter(
    "nwd_web_refused",
    "Requests refused for their credential, its scopes or their number",
    ["reason"],
)
INBOX_RECORDS: Final = Counter(
    "nwd_inbox_records", "Records of a tray that its reader got over HTTP", ["agreement"]
)
WEBHOOK_CALLS: Final = Counter("nwd_webhook_calls", "Calls of webhooks: taken, or failed", ["kind"])
WEBHOOK_OVERDUE: Final = Gauge(
    "nwd_webhook_overdue_seconds",
    "For how long a webhook has not taken that its tray has something new",
    ["webhook"],
)
GATEWAY_EVENTS: Final = Counter(
    "nwd_gateway_events", "Events that came over HTTP, by what was answered", ["kind"]
)
BROKER_OPEN: Final = Gauge(
    "nwd_broker_without_acls", "Whether Kafka lets whoever reaches it read and write every tray"
)
ERASURES_UNFINISHED: Final = Gauge(
    "nwd_erasures_unfinished", "Erasures that are recorded and have no certificate yet"
)
JOURNAL_KEY_AT: Final = Gauge(
    "nwd_journal_key_timestamp_seconds", "When the newest journal key was made"
)
CHILDREN_ENDED: Final = Counter(
    "nwd_children_ended", "Parts of `nwd up` that ended by themselves", ["part"]
)
PROBE_ROUNDS: Final = Counter("nwd_probe_rounds", "Rounds of the probe: done, or late", ["kind"])
PROBE_LEAKS: Final = Counter(
    "nwd_probe_leaks", "Records that the probe could read after a withdrawal was enforced"
)
PROBE_WITHDRAWAL: Final = Histogram(
    "nwd_probe_withdrawal_seconds",
    "Seconds from the entry of the probe's withdrawal to its enforcement",
    buckets=_SECONDS,
)

RELAYED: Final = Counter(
    "nwd_relay_rows", "Rows of an outbox that were published, or refused", ["kind"]
)
RELAY_OLDEST: Final = Gauge(
    "nwd_relay_oldest_row_seconds", "Age of the oldest row of an outbox that is not published"
)

PART_RUNNING: Final = Gauge("nwd_part_running", "Whether a part of `nwd up` runs", ["part"])


def serve_metrics(port: int, address: str = "127.0.0.1") -> None:
    """Serve /metrics from a thread of its own; BusError where the port is in use; 0 is none."""
    if port == 0:
        return
    try:
        start_http_server(port, address)
    except OSError as error:
        raise BusError(
            f"Metrics cannot be served on {address}:{port}: {error.strerror}.",
            "Set NWD_METRICS_PORT, or --metrics-port, to a free port, or to 0 for none.",
        ) from None


def observe_turn(report: TurnReport) -> None:
    """Count what a turn of the filter did."""
    EVENTS_READ.inc(report.events)
    for agreement_id, count in report.written.items():
        RECORDS_WRITTEN.labels(agreement_id).inc(count)
    for agreement_id, count in report.retracted.items():
        RECORDS_RETRACTED.labels(agreement_id).inc(count)
    for reason, count in report.refused.items():
        REFUSED.labels(reason.value).inc(count)
    for took in report.enforced_after:
        ENFORCED.observe(max(took, timedelta(0)).total_seconds())
    if report.next_seq is not None:
        LEDGER_ENTRIES.set(report.next_seq)
    SWEPT.inc(report.swept)
    if report.sweeps is not None:
        SWEEPS.set(report.sweeps)
    TURN_AT.set_to_current_time()
