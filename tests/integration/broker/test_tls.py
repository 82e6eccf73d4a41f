"""A broker spoken with by TLS: users log in by password, or are who their certificate says."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from typing_extensions import override

from consent_ledger.filter.kafka_logs import open_kafka_log
from consumers.tray_reader import read_tray
from deploy.broker.access import apply_rules
from deploy.broker.passwords import set_passwords
from deploy.broker.rules import all_rules
from deploy.broker.topics import create_topics
from deploy.home.kafka_users import KafkaUsers
from deploy.one_machine.embedded.broker_settings import BROKER
from deploy.one_machine.embedded.kafka import EmbeddedKafka
from producers.publisher import Publisher, PublishError, connect, let_go
from schemas.errors import KafkaAwayError
from schemas.identifiers import ProviderId
from schemas.kafka_connection import KafkaClient, KafkaConnection, SecurityProtocol
from schemas.trays import in_tray
from tests.plugins.server_folder import server_folder
from tests.support.certificates import Authority, Certificate
from tests.support.factories import make_referral

BOROUGH, COLLEGE = ProviderId("borough-d"), ProviderId("college-c")
LISTENER: Final = "SASL_PLAINTEXT"
"""The embedded broker's name of its listener, whatever is spoken there."""


class TlsKafka(EmbeddedKafka):
    """The embedded broker, with another protocol at its listener."""

    def __init__(
        self, folder: Path, protocol: SecurityProtocol, authority: Authority, own: Certificate
    ) -> None:
        self.users = KafkaUsers(folder.parent / "users")
        self._authority = authority
        self._protocol = protocol
        self._own = own
        super().__init__(
            folder,
            self.users,
            properties={
                "listener.security.protocol.map": (
                    f"CONTROLLER:SASL_PLAINTEXT,{LISTENER}:{protocol}"
                ),
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(own.keystore),
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": str(authority.file),
                "ssl.client.auth": "none" if protocol.logs_in else "required",
                "ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/$1/",
            },
        )

    @property
    @override
    def connection(self) -> KafkaConnection:
        return self.reached_as(BROKER, self._own)

    def reached_as(self, user: str, certificate: Certificate) -> KafkaConnection:
        """Return how a user comes: by password, or with a certificate."""
        if self._protocol.logs_in:
            known = replace(super().connection, protocol=self._protocol, ca=self._authority.file)
            return known.as_user(user, self.users.password_file(user))
        return replace(
            super().connection,
            protocol=self._protocol,
            user=None,
            password_file=None,
            ca=self._authority.file,
            certificate=certificate.certificate,
            key=certificate.key,
        )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Give an authority that the broker and its clients trust."""
    return Authority(tmp_path)


@pytest.fixture(params=[SecurityProtocol.SASL_SSL, SecurityProtocol.SSL])
def broker(request: pytest.FixtureRequest, authority: Authority) -> Iterator[TlsKafka]:
    """Give a broker with two providers' trays and rules."""
    own = authority.sign(BROKER)
    with (
        server_folder("kafka") as folder,
        TlsKafka(folder, request.param, authority, own) as broker,
    ):
        kafka = broker.connection
        create_topics(
            kafka, [BOROUGH, COLLEGE], [], partitions=1, replication=1, segment_ms=3_600_000
        )
        first = kafka.mechanism
        passwords = {str(one): broker.users.passwords(one, first) for one in (BOROUGH, COLLEGE)}
        set_passwords(kafka, passwords)
        apply_rules(kafka, all_rules([BOROUGH, COLLEGE], []), passwords)
        yield broker


def publish(kafka: KafkaConnection) -> None:
    """Publish an event of the borough's."""
    producer = connect(kafka)
    try:
        publisher = Publisher(producer)
        publisher.publish(make_referral(provider_id=BOROUGH))
        publisher.flush()
    finally:
        let_go(producer)


def test_who_is_trusted_does_by_tls_what_the_table_allows(
    broker: TlsKafka, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The borough publishes; the college may not in its name; who trusts another is not served.

    The filter reads what was published, by either of its clients.
    """
    publish(broker.reached_as(BOROUGH, authority.sign(BOROUGH)))
    college = broker.reached_as(COLLEGE, authority.sign(COLLEGE))
    other = Authority(tmp_path_factory.mktemp("other"))
    doubting = replace(broker.reached_as(BOROUGH, authority.sign(BOROUGH)), ca=other.file)

    with pytest.raises(PublishError):
        publish(college)
    with pytest.raises(KafkaAwayError):
        publish(doubting)
    assert len(list(read_tray(broker.connection, in_tray(BOROUGH)))) == 1
    for client in KafkaClient:
        with closing(open_kafka_log(client, broker.connection, "filter-0")) as log:
            log.acquire()
            log.read_from({(in_tray(BOROUGH), 0): None})
            assert len(log.poll(20.0, 10)) == 1
