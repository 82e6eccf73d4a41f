"""Routes for organisations that read: a tray, or what an agreement opens for a form."""

from typing_extensions import override

from deploy.web.guard.callers import Caller
from deploy.web.guard.closed_route import ClosedRoute


class ReadingRoute(ClosedRoute):
    """A route for whoever has a key that reads some agreement's tray."""

    @override
    def demand(self, caller: Caller) -> None:
        caller.reader()
