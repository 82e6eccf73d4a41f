"""From exceptions to words: what may be expected to fail never shows a traceback.

Texts of drivers are used only where they cannot quote a row or a record.
"""

import os
import sys
from io import UnsupportedOperation
from typing import Any, Final

import psycopg
from kafka.errors import KafkaError
from psycopg import errors as postgres
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from typer import Exit
from typer.core import TyperGroup

from deploy.cli.exit_codes import ExitCode
from deploy.cli.output import failure
from schemas.errors import BusError
from schemas.validation import problems

_ORDER: Final = (
    "demo",
    "up",
    "init",
    "import",
    "publish",
    "participant",
    "consent",
    "disclosures",
    "passport",
    "export",
    "erase",
    "stats",
    "tray",
    "run",
    "audit",
    "probe",
    "ledger",
    "version",
)
"""The order in which somebody meets them."""


class Commands(TyperGroup):
    """The commands, in order, with every expected failure put into words.

    typer keeps the type of its contexts to itself, hence Any.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands as the help lists them."""
        place = {name: at for at, name in enumerate(_ORDER)}
        return sorted(super().list_commands(ctx), key=lambda name: place.get(name, len(place)))

    def invoke(self, ctx: Any) -> Any:
        """Run a command; Exit says how it ended."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            _forget_output()
            raise Exit(ExitCode.READER_GONE) from None
        except Exception as error:
            found = explain(error)
            if found is None:
                raise
            failure(found)
            raise Exit(ExitCode.FAILED) from None


def explain(error: BaseException) -> BusError | None:
    """Return what to say of an exception; None where it is a fault of the program."""
    match error:
        case BusError():
            return error
        case SQLAlchemyError() | psycopg.Error():
            return _of_database(error)
        case KafkaError():
            return BusError(
                f"Kafka did not do it: {type(error).__name__}.",
                "Check that it runs (`nwd up` starts one), and NWD_KAFKA_BOOTSTRAP.",
            )
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
        case psycopg.OperationalError() | postgres.IdleInTransactionSessionTimeout():
            said = str(cause).strip().splitlines()
            return BusError(
                f"PostgreSQL did not answer: {said[0] if said else 'it gave no reason'}",
                "Check that it runs there (`nwd up` starts one), and NWD_DATABASE_URL.",
            )
        case postgres.UndefinedTable() | postgres.InvalidSchemaName():
            return BusError("The database holds no bus yet.", "`nwd init` sets one up.")
        case ArgumentError() | NoSuchModuleError():
            return BusError(
                "NWD_DATABASE_URL is not an address of a PostgreSQL.",
                "It looks like postgresql+psycopg://user:password@host:5432/database",
            )
    return None


def _of_system(error: OSError) -> BusError | None:
    if isinstance(error, UnsupportedOperation):
        return BusError("The file has to be read twice.", "Give a file, not a pipe.")
    if error.strerror is None:
        return None
    return BusError(f"{error.filename}: {error.strerror}." if error.filename else error.strerror)


def _forget_output() -> None:
    """Let what is still buffered go nowhere, or Python would complain of the pipe at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
