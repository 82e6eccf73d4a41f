"""Where Kafka answers, for commands that need nothing else: a provider's, or a recipient's."""

from deploy.settings import find_addresses, read_settings


def kafka_bootstrap() -> str:
    """Return HOST:PORT of the Kafka that is set, or else of the `nwd up` that runs on this home.

    Raises SettingsError when there is neither.
    """
    settings = read_settings()
    return settings.kafka_bootstrap or find_addresses(settings).kafka_bootstrap
