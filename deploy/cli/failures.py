"""From exceptions to words: what may be expected to fail never shows a traceback.

Texts of drivers are used only where they cannot quote a row or a record.
"""

from io import UnsupportedOperation

import psycopg
from kafka.errors import KafkaError
from psycopg import errors as postgres
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from typer import Exit

from deploy.cli.exit_codes import ExitCode
from deploy.cli.output import failure
from schemas.errors import (
    BusError,
    CollisionError,
    DatabaseAwayError,
    DatabaseUrlError,
    KafkaAwayError,
)
from schemas.validation import problems


def fail_in_words(error: Exception) -> None:
    """Print what went wrong and raise Exit; nothing where the program is at fault."""
    explained = explain(error)
    if explained is not None:
        failure(explained)
        raise Exit(ExitCode.FAILED) from None


def explain(error: BaseException) -> BusError | None:
    """Return an exception in words; None where it is a fault of the program."""
    match error:
        case BusError():
            return error
        case SQLAlchemyError() | psycopg.Error():
            return _of_database(error)
        case KafkaError():
            return KafkaAwayError(error)
        case ValidationError():
            return BusError(
                "A value does not have the form it must have.", "\n".join(problems(error))
            )
        case OSError():
            return _of_system(error)
    return None


def _of_database(error: SQLAlchemyError | psycopg.Error) -> BusError | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    match cause:
        case postgres.DeadlockDetected():
            return CollisionError()
        case psycopg.OperationalError() | postgres.IdleInTransactionSessionTimeout():
            return DatabaseAwayError(cause)
        case postgres.UndefinedTable() | postgres.InvalidSchemaName():
            return BusError("The database holds no bus yet.", "`nwd init` sets one up.")
        case ArgumentError() | NoSuchModuleError():
            return DatabaseUrlError()
    return None


def _of_system(error: OSError) -> BusError | None:
    if isinstance(error, UnsupportedOperation):
        return BusError("The file has to be read twice.", "Give a file, not a pipe.")
    if error.strerror is None:
        return None
    return BusError(f"{error.filename}: {error.strerror}." if error.filename else error.strerror)
