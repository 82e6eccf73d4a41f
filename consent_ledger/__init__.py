"""Who may see what, decided, enforced and recorded."""

import schemas  # noqa: F401 - before any module that may be compiled
