"""Migrations of all tables, run as their owner: `upgrade` is all that other modules call."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from schemas.log_of_values import keep_values_out_of_log


def upgrade(url: str) -> None:
    """Bring the database at this SQLAlchemy URL to the newest version of every table.

    Raises SQLAlchemyError when the database is away or refuses.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    keep_values_out_of_log("sqlalchemy")
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
