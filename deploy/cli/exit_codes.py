"""How `nwd` ends, for scripts: the same number for the same reason in every command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """0 is success."""

    FAILED = 1
    """Something went wrong; `Error:` on standard error says what, and what to do."""
    USAGE = 2
    """The command line was wrong; nothing was done."""
    DIFFERENCES = 3
    """A check was made to the end and found something."""
    POSSIBLE_MATCH = 4
    """Somebody may have a passport number already: a person has to decide."""
    NOT_ENFORCED = 5
    """A change or an event is recorded, and the filter did not get to it in the time given."""
    READER_GONE = 141
    """Whoever read the output went away: 128 and the number of SIGPIPE, as shells have it."""
