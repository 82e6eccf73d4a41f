"""Where Kafka answers, for commands that need nothing else: a provider's, or a recipient's."""

from deploy.home.kafka_users import HubUser
from deploy.hub import kafka_as
from deploy.settings import find_addresses, read_settings
from schemas.kafka_connection import KafkaConnection


def find_kafka(user: HubUser) -> KafkaConnection:
    """Return the Kafka that is set, or else that of the `nwd up` that runs on this home.

    At the latter a command comes as this user of the hub's; where one is set, as who is set.

    Raises SettingsError when there is neither.
    """
    settings = read_settings()
    if settings.kafka and not settings.kafka_manage_access:
        return settings.kafka
    return kafka_as(user, settings, find_addresses(settings))
