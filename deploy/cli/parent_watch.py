"""A part's process: `nwd run ...`, tied to the life of the `nwd up` that started it.

`nwd up` holds the other end of this process's standard input and never writes to it. Its end of
file means that `nwd up` is gone, be it by kill -9, and then nobody would stop this process.
"""

import os
import signal
import sys
import threading
import time
from typing import Final

from deploy.cli import main

GRACE_SECONDS: Final = 5.0


def end_with_parent() -> None:
    """Read standard input to its end, then end this process as `nwd up` would have done."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    main()
