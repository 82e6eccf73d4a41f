from io import UnsupportedOperation

import psycopg
import pytest
from kafka.errors import KafkaTimeoutError
from psycopg import errors as postgres
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError
from typer import Typer
from typer.testing import CliRunner

from deploy.cli.application import Commands
from deploy.cli.failures import explain
from schemas.blocks import Identity
from schemas.errors import BusError

REFUSED = psycopg.OperationalError("connection refused\nIs it running?")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (BusError("As it is."), "As it is."),
        (REFUSED, "PostgreSQL did not answer: connection refused"),
        (
            OperationalError("SELECT 1", {}, REFUSED),
            "PostgreSQL did not answer: connection refused",
        ),
        (
            OperationalError("SELECT 1", {}, postgres.IdleInTransactionSessionTimeout("too long")),
            "PostgreSQL did not answer: too long",
        ),
        (
            OperationalError("SELECT 1", {}, postgres.DeadlockDetected("Process 1 waits")),
            "Two changes waited for each other, and this one was taken back.",
        ),
        (
            ProgrammingError("SELECT 1", {}, postgres.UndefinedTable("no such table")),
            "The database holds no bus yet.",
        ),
        (ArgumentError("not a URL"), "NWD_DATABASE_URL is not an address of a PostgreSQL."),
        (KafkaTimeoutError("key=b'secret'"), "Kafka did not do it: no answer in time."),
        (FileNotFoundError(2, "No such file", "events.jsonl"), "events.jsonl: No such file."),
        (UnsupportedOperation("seek"), "The file has to be read twice."),
    ],
)
def test_an_expected_failure_has_words(error: Exception, message: str) -> None:
    """What a driver says is not always fit to be shown."""
    found = explain(error)

    assert found is not None
    assert found.message == message


def test_a_fault_of_the_program_is_not_explained_away() -> None:
    """It keeps its traceback: somebody has to mend it."""
    assert explain(ZeroDivisionError("oops")) is None
    assert explain(ProgrammingError("SELECT", {}, postgres.SyntaxError("oops"))) is None


def test_a_value_that_is_wrong_is_never_repeated() -> None:
    """Errors name fields."""
    with pytest.raises(ValidationError) as caught:
        Identity.model_validate({"ni_number": "QQ12345", "Ada Sample": 1})

    found = explain(caught.value)

    assert found is not None
    assert "ni_number" in found.hint
    assert "QQ12345" not in str(found)
    assert "Ada" not in str(found)


def commands(error: Exception) -> Typer:
    """Return a command line whose one command raises."""
    app = Typer(cls=Commands)

    @app.callback()
    def _group() -> None:
        """Do."""

    @app.command()
    def fail() -> None:
        raise error

    return app


def test_a_failure_ends_with_1_and_no_traceback() -> None:
    """Text on standard error, nothing on standard output."""
    result = CliRunner().invoke(commands(BusError("It is away.", "Start it.")), ["fail"])

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: It is away.\nStart it.\n"


def test_a_fault_of_the_program_comes_through() -> None:
    """The same command line does not swallow it."""
    result = CliRunner().invoke(commands(ZeroDivisionError("oops")), ["fail"])

    assert isinstance(result.exception, ZeroDivisionError)
