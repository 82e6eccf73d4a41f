"""A register in memory, with the doors of two providers."""

from collections.abc import Iterator
from contextlib import contextmanager

from consent_ledger.agreements.services import Provider
from consent_ledger.journal.vault import Vault
from consent_ledger.matching.reading import NO_CONTACT
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.register import Register
from consent_ledger.rights.erasure import record_erasure
from schemas.blocks import Contact, Identity
from schemas.identifiers import PassportNumber, ProviderId
from tests.support.bus_settings import PARTITIONS, PEPPER
from tests.support.memory.ground import MemoryGround
from tests.support.store_grounds import memory_ground

BOROUGH, COLLEGE = ProviderId("borough-d"), ProviderId("college-c")
ADA = Identity(uln="1000000000")
"""Whoever has this number may be somebody who has it, and is not certainly."""


class Desk:
    """A register in memory, with its doors."""

    def __init__(self, ground: MemoryGround) -> None:
        self.ground = ground
        self.vault = Vault([bytes(32)], PEPPER)
        with ground.begin() as tx:
            tx.begin_epoch(self.vault.epoch)
            for one in (BOROUGH, COLLEGE):
                tx.set_provider(Provider(id=one, name="A provider"))
        self.register = Register(pepper=PEPPER, vault=self.vault, partitions=PARTITIONS)

    def ask(
        self,
        provider_id: ProviderId,
        *,
        identity: Identity = ADA,
        contact: Contact = NO_CONTACT,
        reference: str | None = None,
        carried: PassportNumber | None = None,
        is_new: bool = False,
        has_consent: bool = False,
    ) -> RegisteredPerson | PossibleMatches:
        """Let somebody come to a door."""
        with self.ground.begin() as tx:
            return self.register.register(
                tx,
                provider_id,
                identity,
                contact=contact,
                reference=reference,
                carried=carried,
                is_new=is_new,
                has_consent=has_consent,
            )

    def known(self, identity: Identity = ADA, contact: Contact = NO_CONTACT) -> PassportNumber:
        """Register somebody at the borough's door; who comes to another may be them."""
        found = self.ask(BOROUGH, identity=identity, contact=contact, is_new=True)
        assert isinstance(found, RegisteredPerson)
        return found.participant_id

    def erase(self, number: PassportNumber) -> None:
        """Record an erasure."""
        with self.ground.begin() as tx:
            record_erasure(tx, number, self.vault)

    def look_ups(self) -> list[tuple[ProviderId, PassportNumber, Reply]]:
        """Return what is written down."""
        return self.ground.database.look_ups


@contextmanager
def desk() -> Iterator[Desk]:
    """Give a desk of the test's own."""
    with memory_ground() as ground:
        yield Desk(ground)
