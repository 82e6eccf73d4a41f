"""What a recipient does with its tray: the reader, the job passport, the analytics."""

import schemas  # noqa: F401 - before any module that may be compiled
