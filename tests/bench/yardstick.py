"""What cannot be avoided, timed bare: a commit, a Kafka transaction of such records, a commit."""

import time

from kafka import KafkaProducer
from sqlalchemy import text

from deploy.hub import Hub
from schemas.identifiers import AgreementId
from schemas.trays import out_tray
from tests.bench.change_times import PATIENCE_SECONDS

_HEADERS = [(f"ce_header{number}", b"a value of a header") for number in range(6)]


class Yardstick:
    """Does it with so many records whenever it is asked to; `took` holds the seconds of each."""

    def __init__(self, hub: Hub, agreement_id: AgreementId, records: int) -> None:
        self.took: list[float] = []
        self._topic = out_tray(agreement_id)
        self._records = records
        self._connection = hub.engine.connect()
        self._producer = KafkaProducer(
            **hub.addresses.kafka.for_client(),
            transactional_id="yardstick",
            acks="all",
            retry_backoff_ms=10,
        )
        self._producer.init_transactions()

    def measure(self) -> None:
        """Do it once."""
        begun = time.perf_counter()
        self._commit()
        self._producer.begin_transaction()
        sent = [
            self._producer.send(self._topic, None, b"a key of such a length", _HEADERS, 0)
            for _ in range(self._records)
        ]
        self._producer.flush()
        for one in sent:
            one.get(PATIENCE_SECONDS)
        self._producer.commit_transaction()
        self._commit()
        self.took.append(time.perf_counter() - begun)

    def close(self) -> None:
        """Give the connections back."""
        self._producer.close()
        self._connection.close()

    def _commit(self) -> None:
        self._connection.execute(
            text("SELECT pg_logical_emit_message(true, 'yardstick', repeat('x', 999))")
        )
        self._connection.commit()
