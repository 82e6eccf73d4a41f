"""Migrations of all tables, run as their owner; what needs no migration loads no Alembic."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from deploy.migrations.database import RoleError, away
from schemas.log_of_values import keep_values_out_of_log


def migrate(owner_url: str) -> None:
    """Bring the database at this SQLAlchemy URL to the newest version of every table.

    Raises DatabaseAwayError; RoleError where the login may not.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    keep_values_out_of_log("sqlalchemy")
    engine = create_engine(owner_url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except OperationalError as error:
        raise away(owner_url, error) from None
    except ProgrammingError as error:
        if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise
        raise RoleError(
            f"The tables could not be made: {error.orig.diag.message_primary}.",
            "They are made as their owner: name that login in NWD_DATABASE_OWNER_URL for `nwd init`"
            " (without it, NWD_DATABASE_URL is used). Programs do not need it.",
        ) from None
    finally:
        engine.dispose()
