"""The settings of a bus whose servers run already."""

from deploy.one_machine.embedded.postgres import EmbeddedPostgres
from schemas.kafka_connection import KafkaConnection
from tests.plugins.database_server import application_url
from tests.support.kafka_settings import as_environment


def given_database(url: str) -> dict[str, str]:
    """Return the variables that name a database, of which the URL is the owner's."""
    return {"NWD_DATABASE_URL": application_url(url), "NWD_DATABASE_OWNER_URL": url}


def given_servers(kafka: KafkaConnection, postgres: EmbeddedPostgres) -> dict[str, str]:
    """Return the variables that name both, and the logins of PostgreSQL."""
    return as_environment(kafka) | {
        "NWD_DATABASE_URL": postgres.url,
        "NWD_DATABASE_OWNER_URL": postgres.owner_url,
    }
