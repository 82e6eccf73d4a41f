"""The log and the feed in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select
from typing_extensions import override

from consent_ledger.ledger.adding_rows import adding, in_arrays
from consent_ledger.ledger.clock import Clock
from consent_ledger.ledger.ledger import ChangeRow, LedgerRows
from consent_ledger.ledger.notifications import LEDGER_CHANNEL
from consent_ledger.tables.consent import change
from consent_ledger.transparency import transparency_log
from schemas.identifiers import LedgerIndex

_ADDED: Final = adding(change, ChangeRow._fields).cte("added")
_ADD_CHANGES: Final = select(func.pg_notify(LEDGER_CHANNEL, "")).add_cte(_ADDED)


class PostgresLedgerRows(LedgerRows):
    """The log and the feed in one transaction of a connection; checkpoints are signed."""

    def __init__(
        self, connection: Connection, signer: transparency_log.Signer, clock: Clock
    ) -> None:
        self.connection = connection
        self._signer = signer
        self._clock = clock

    @override
    def now(self) -> datetime:
        return self._clock()

    @override
    def append(self, leaves: Sequence[bytes]) -> Sequence[LedgerIndex]:
        # the head row stays locked until the transaction ends
        appended = transparency_log.append(self.connection, leaves, self._signer)
        return [LedgerIndex(index) for index in appended]

    @override
    def add_changes(self, changes: Sequence[ChangeRow]) -> None:
        self.connection.execute(_ADD_CHANGES, in_arrays(ChangeRow._fields, changes))
