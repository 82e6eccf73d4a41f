"""API keys of organisations, against the entries by which they were made and revoked."""

from collections.abc import Iterable, Iterator
from typing import Any

from consent_ledger.ledger.entries import EntryKind, moment
from consent_ledger.transparency.log_report import Fault
from consent_ledger.verification.findings import Findings
from consent_ledger.verification.table_rows import ApiKeyRow


class ApiKeysCheck:
    """A key reaches as far and holds as long as its entry says, and no longer once it is revoked.

    Else whoever can write to the database could put in a key of their own.
    """

    def __init__(self) -> None:
        self._made: dict[int, dict[str, Any]] = {}
        self._revoked: dict[str, tuple[int, str]] = {}
        self._found = Findings("API keys")

    def take(self, seq: int, entry: dict[str, Any]) -> None:
        """Take what an entry says of a key; KeyError where it lacks something."""
        if entry["kind"] == EntryKind.API_KEY:
            fields = ("key", "organisation", "scopes", "digest", "from", "until")
            self._made[seq] = {name: entry[name] for name in fields}
        elif entry["kind"] == EntryKind.API_KEY_REVOKED:
            self._revoked[entry["key"]] = seq, entry["until"]

    def finish(self, rows: Iterable[ApiKeyRow]) -> Iterator[Fault]:
        """Hold every key against its entries."""
        for row in rows:
            said = self._made.pop(row.seq, None)
            if said is None:
                self._found.add(row.seq, "there is one that no entry makes")
                continue
            if said != _as_entered(row):
                self._found.add(row.seq, "one says other than the entry")
            seq, at = self._revoked.pop(row.key_id, (row.seq, None))
            if at != (moment(row.revoked_at) if row.revoked_at else None):
                self._found.add(seq, "one is not revoked as the entries say")
        for seq in self._made:
            self._found.add(seq, "one is not there")
        yield from self._found.faults()


def _as_entered(row: ApiKeyRow) -> dict[str, Any]:
    return {
        "key": row.key_id,
        "organisation": row.organisation,
        "scopes": row.scopes,
        "digest": bytes(row.digest).hex(),
        "from": moment(row.made_at),
        "until": moment(row.expires_at),
    }
