"""Migrations of all tables, run as their owner: `upgrade` and nothing else is needed outside."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine

_FOLDER: Final = Path(__file__).parent


def upgrade(url: str) -> None:
    """Bring the database at this SQLAlchemy URL to the newest version of every table.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database is away or refuses.

    """
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            command.upgrade(_config(connection), "head")
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config
