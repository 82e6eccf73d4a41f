"""Migrations of all tables, run as their owner; what needs no migration loads no Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from deploy.migrations.database import away


def migrate(owner_url: str) -> None:
    """Bring the database at this SQLAlchemy URL to the newest version of every table.

    Raises DatabaseAwayError.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    engine = create_engine(owner_url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except OperationalError as error:
        raise away(owner_url, error) from None
    finally:
        engine.dispose()
