"""Libraries whose logs hold values below INFO: records and passwords of Kafka, database rows."""

import logging


def keep_values_out_of_log(library: str) -> None:
    """Drop what a library would write to its log below INFO, whatever level somebody sets.

    It is for every logger of the library that there is, so it comes after the library's import;
    those that come later have their level from the library's own.
    """
    own = logging.getLogger(library)
    own.setLevel(max(logging.INFO, own.getEffectiveLevel()))
    for name in [library, *logging.root.manager.loggerDict]:
        if name == library or name.startswith(f"{library}."):
            logging.getLogger(name).addFilter(_is_not_below_info)  # the same one is added once


def _is_not_below_info(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO
