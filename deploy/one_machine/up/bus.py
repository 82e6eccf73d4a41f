"""Everything that `nwd up` runs, from the first start to the last stop."""

from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from importlib.metadata import version
from typing import Final

from deploy.metrics import serve_metrics
from deploy.one_machine.embedded.ports import LOOPBACK, is_free
from deploy.one_machine.up.announcement import Announcement
from deploy.one_machine.up.home_lock import hold_home
from deploy.one_machine.up.part import OnLine
from deploy.one_machine.up.parts import metrics_urls, plan_parts, running_parts
from deploy.one_machine.up.servers import OnProgress, running_servers
from deploy.one_machine.up.supervisor import Watch, watch
from deploy.operations.cores import cores
from deploy.operations.setup import initialise
from deploy.settings import Settings, forget_addresses
from deploy.stop_signals import asked_by_signals
from schemas.errors import BusError

ANSWER_SECONDS: Final = 1.0
"""How long the web server may take to answer a request before it is asked again."""


def run_bus(
    settings: Settings,
    *,
    fetch: Callable[[], None],
    on_progress: OnProgress,
    on_line: OnLine,
    announce: Callable[[Announcement], None],
) -> None:
    """Start the bus in its home, announce it, and look after it until a signal asks to stop.

    `fetch` downloads what is missing, while a signal still ends the program at once. `on_progress`
    and `on_line` must not raise: what was started could not be stopped then.

    Raises BusError when the home is in use, a setting is wrong or something does not start; nothing
    is left running then.
    """
    settings = settings.model_copy(update={"home": settings.home.resolve()})
    shards = settings.shards or min(cores(), settings.partitions)
    with ExitStack() as stack:
        stack.enter_context(hold_home(settings.home))
        _demand_free(settings.web_port)
        if not settings.kafka_bootstrap:
            fetch()
        serve_metrics(settings.metrics_port)
        stop = stack.enter_context(asked_by_signals())
        servers = stack.enter_context(running_servers(settings, on_progress))
        if stop.is_made:
            return
        addresses = servers.addresses()
        on_progress("Setting up trays and tables ...")
        initialise(settings, addresses, shards)
        if stop.is_made:
            return
        kafka, postgres = servers.describe()
        stack.callback(forget_addresses, settings.home)
        addresses.save(settings.home)
        plans = plan_parts(settings, shards)
        on_progress("Starting " + ", ".join(plan.name for plan in plans) + " ...")
        parts = stack.enter_context(running_parts(settings, plans, on_progress, on_line))
        urls = metrics_urls(settings, plans)
        registry = f"http://{LOOPBACK}:{settings.web_port}" if settings.web_port else None
        announcement = Announcement(
            settings.home, version("no-wrong-door"), kafka, postgres, registry, urls
        )

        def save_addresses() -> None:
            servers.addresses().save(settings.home)

        watch(
            [Watch(child, on_progress, on_restart=save_addresses) for child in servers.embedded],
            [Watch(part, on_progress) for part in parts],
            stop,
            is_up=lambda: _answers(settings.web_port),
            on_up=lambda: announce(announcement),
        )


def _demand_free(web_port: int) -> None:
    if web_port and not is_free(web_port):
        raise BusError(
            f"The web port {LOOPBACK}:{web_port} is in use: another bus may run on this machine.",
            "Give this one an NWD_WEB_PORT and an NWD_METRICS_PORT of its own; 0 is none.",
        )


def _answers(web_port: int) -> bool:
    """Whether the web server answers a request; where none is served there is none to wait for."""
    if not web_port:
        return True
    connection = HTTPConnection(LOOPBACK, web_port, timeout=ANSWER_SECONDS)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True
