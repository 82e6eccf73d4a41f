"""The unit of work of every change: what changing consent, people and keys needs of a database.

PostgreSQL implements it (`consent_ledger.transaction`), and a database in memory that passes the
same conformance suite.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.agreements.services import Provider, Service
from consent_ledger.consent.decisions import Standing
from consent_ledger.journal.sealed_keys import Holder, SealedKey
from consent_ledger.ledger.ledger import ChangeRow
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.register.register_rows import RegisterRows
from schemas.categories import Mask
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber


class LedgerTransaction(RegisterRows, Protocol):
    """The register's and the ledger's rows, within one transaction."""

    def agreements_in_force(self) -> AgreementsInForce:
        """Return the agreements, services and providers in force."""

    def add_version(self, agreement: Agreement, body: Mapping[str, Any], seq: LedgerIndex) -> None:
        """Bring a version of an agreement into force, in the transaction that enters it."""

    def set_provider(self, provider: Provider) -> None:
        """Write a provider's name and UKPRN."""

    def set_service(self, service: Service, seq: LedgerIndex) -> None:
        """Write a service and its mark, in the transaction that enters the mark as `seq`."""

    def participants_granting(
        self, agreement_id: AgreementId, categories: Mask
    ) -> list[ParticipantRow]:
        """Return active numbers under which any of the categories is granted, locked, in order."""

    def standing(self, participant_id: PassportNumber, agreement_id: AgreementId) -> Standing:
        """Return a participant's standing towards an agreement."""

    def standings_towards(
        self, agreement_id: AgreementId, participant_ids: Sequence[PassportNumber]
    ) -> tuple[Agreement, dict[PassportNumber, Standing]] | None:
        """Return an agreement in force, and each participant's standing; None without such one."""

    def set_standing(
        self, participant_id: PassportNumber, agreement_id: AgreementId, new: Standing
    ) -> None:
        """Write a standing, in the transaction that appends the entry `new.seq` and no other."""

    def changes_after(self, participant_id: PassportNumber, seq: LedgerIndex) -> list[ChangeRow]:
        """Return what was entered of a number after an entry, in order."""

    def show_as(
        self, participant_id: PassportNumber, other: PassportNumber | None, seq: LedgerIndex
    ) -> None:
        """Show a number's events under another one, or under its own again.

        This is for the transaction that appends the entry `seq` and no other.
        """

    def begin_epoch(self, epoch: bytes) -> None:
        """Let keys be sealed under a journal key, given by its epoch."""

    def keys_of_other_epochs(
        self, holder: Holder, epoch: bytes, *, after: str, limit: int
    ) -> list[SealedKey]:
        """Return keys that are not under an epoch, by their holders, from the one behind `after`.

        They are locked until the transaction ends; those that another one has locked are left out.
        """

    def set_sealed_keys(self, holder: Holder, keys: Sequence[SealedKey]) -> None:
        """Write keys that were sealed again."""

    def destroy_keys_of_erased(self) -> None:
        """Take away a key that somebody erased has again, as from a backup."""

    def end_other_epochs(self, epoch: bytes) -> None:
        """End every epoch but one: no key may be under them from now on.

        Raises EpochInUseError when one still is, and then the transaction is over.
        """

    def close_person(self, participant_id: PassportNumber) -> None:
        """Mark an active participant as being erased; their key, salt and standings go at once.

        References stay as keyed digests, joined to no person: a provider's next full return would
        otherwise register the person anew. This is for the transaction that appends the entry of
        the erasure and no other.
        """

    def erasure_of(self, participant_id: PassportNumber) -> LedgerIndex | None:
        """Return the entry that erased a person; None if there is none, or it is finished."""

    def is_enforced(self, seq: LedgerIndex) -> bool:
        """Return whether every tray is as an entry asks."""

    def forget_person(self, participant_id: PassportNumber) -> None:
        """Take away all that is left of a person being erased, but the bare number.

        In the feed the entries stay without their number, which would else lead to the leaves.
        """
