"""Agreements' versions and services, against the entries that brought them in."""

from collections.abc import Iterable, Iterator
from typing import Any

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.transparency.log_report import Fault
from consent_ledger.verification.findings import Findings
from consent_ledger.verification.table_rows import ServiceRow, VersionRow
from schemas.identifiers import ProviderId


class AgreementsCheck:
    """An agreement has the terms of its entry; a service is marked as its last entry says."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, int], VersionRow] = {}
        self._services: dict[str, ServiceRow] = {}
        self._found_agreements = Findings("agreements")
        self._found_services = Findings("services")
        self._found_providers = Findings("organisations")

    def take(self, seq: int, entry: dict[str, Any]) -> None:
        """Take what an entry says; KeyError where it lacks something."""
        if entry["kind"] == EntryKind.AGREEMENT:
            terms = entry["terms"]
            said = VersionRow(entry["agreement"], terms["version"], terms, seq)
            self._versions[said.agreement_id, said.version] = said
        elif entry["kind"] == EntryKind.SERVICE:
            provider_id = ProviderId(entry["service"].partition(".")[0])
            marked = ServiceRow(entry["service"], provider_id, entry["sensitive"], seq)
            self._services[marked.service_id] = marked

    def finish(
        self,
        versions: Iterable[VersionRow],
        services: Iterable[ServiceRow],
        providers: Iterable[ProviderId],
        size: int,
    ) -> Iterator[Fault]:
        """Hold the rows against what was said; `size` is that of the log.

        The filter reads the in-trays of organisations, so each is there by a service of its own.
        """
        if {marked.provider_id for marked in self._services.values()} != set(providers):
            self._found_providers.add(size, "they are not those whose services were entered")
        for version in versions:
            said = self._versions.pop((version.agreement_id, version.version), None)
            if said is None:
                self._found_agreements.add(version.seq, "there is a version that no entry brings")
            elif version != said:
                self._found_agreements.add(said.seq, "a version says other than the entry")
        for said in self._versions.values():
            self._found_agreements.add(said.seq, "a version is not there")
        for service in services:
            marked = self._services.pop(service.service_id, None)
            if service != marked:
                seq = marked.seq if marked else size
                self._found_services.add(seq, "one is marked otherwise than the entries say")
        for marked in self._services.values():
            self._found_services.add(marked.seq, "one is not there")
        yield from self._found_agreements.faults()
        yield from self._found_services.faults()
        yield from self._found_providers.faults()
