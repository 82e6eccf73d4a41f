"""What a door is told of somebody who is known, and what they can see of it. Also of mutants."""

from collections.abc import Iterator
from contextlib import contextmanager

from consent_ledger.agreements.services import Provider
from consent_ledger.consent.changes import Merge
from consent_ledger.consent.consent import apply
from consent_ledger.journal.vault import Vault
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.register import PossibleMatches, Register, RegisteredPerson
from schemas.blocks import Identity
from schemas.identifiers import PassportNumber, ProviderId
from tests.support.bus_settings import PARTITIONS, PEPPER
from tests.support.memory.ground import MemoryGround
from tests.support.store_grounds import memory_ground

BOROUGH, COLLEGE = ProviderId("borough-d"), ProviderId("college-c")
ADA = Identity(uln="1000000006")


class Desk:
    """A register in memory, with its doors."""

    def __init__(self, ground: MemoryGround) -> None:
        self.ground = ground
        self._vault = Vault([bytes(32)], PEPPER)
        with ground.begin() as tx:
            tx.begin_epoch(self._vault.epoch)
            for one in (BOROUGH, COLLEGE):
                tx.set_provider(Provider(id=one, name="A provider"))
        self.register = Register(pepper=PEPPER, vault=self._vault, partitions=PARTITIONS)

    def ask(
        self,
        provider_id: ProviderId,
        *,
        carried: PassportNumber | None = None,
        is_new: bool = False,
        has_consent: bool = False,
    ) -> RegisteredPerson | PossibleMatches:
        """Let somebody come to a door."""
        with self.ground.begin() as tx:
            return self.register.register(
                tx, provider_id, ADA, carried=carried, is_new=is_new, has_consent=has_consent
            )

    def known(self) -> PassportNumber:
        """Register somebody of whom the doors know the same."""
        found = self.ask(BOROUGH, is_new=True)
        assert isinstance(found, RegisteredPerson)
        return found.participant_id

    def look_ups(self) -> list[tuple[ProviderId, PassportNumber, Reply]]:
        """Return what is written down."""
        return self.ground.database.look_ups


@contextmanager
def desk() -> Iterator[Desk]:
    """Give a desk of the test's own."""
    with memory_ground() as ground:
        yield Desk(ground)


def test_a_possible_match_is_written_down_for_everybody_whom_it_may_be() -> None:
    """And the door gets no number."""
    with desk() as made:
        first = made.known()
        one = made.ask(COLLEGE)
        second = made.known()
        several = made.ask(COLLEGE, has_consent=True)

        assert isinstance(one, PossibleMatches)
        assert isinstance(several, PossibleMatches)
        match = Reply.POSSIBLE_MATCH
        assert made.look_ups() == [
            (COLLEGE, first, match),
            *((COLLEGE, number, match) for number in sorted((first, second))),
        ]


def test_a_dry_run_is_written_down_too() -> None:
    """Of whoever it may be; it registers nobody, and says None of somebody new."""
    with desk() as made:
        number = made.known()
        with made.ground.begin() as tx:
            known = made.register.look_up(tx, COLLEGE, ADA)
            new = made.register.look_up(tx, COLLEGE, Identity(uln="1000000014"))
            shown = made.register.look_up(tx, COLLEGE, ADA, carried=number)

        assert (known, new) == (PossibleMatches(("the same learner number",), (number,)), None)
        assert shown == RegisteredPerson(number, is_new=False)
        assert made.look_ups() == [
            (COLLEGE, number, Reply.POSSIBLE_MATCH),
            (COLLEGE, number, Reply.BY_NUMBER),
        ]
        assert len(made.ground.database.participants) == 1


def test_with_consent_the_number_is_told_and_that_is_written_down() -> None:
    """Where there is one person alone whom it may be."""
    with desk() as made:
        number = made.known()

        assert made.ask(COLLEGE, has_consent=True) == RegisteredPerson(number, is_new=False)
        assert made.look_ups() == [(COLLEGE, number, Reply.NUMBER_TOLD)]


def test_the_number_that_is_shown_is_the_one_that_is_told() -> None:
    """Also where it is merged into one that another provider gave."""
    with desk() as made:
        own, other = made.known(), made.known()
        with made.ground.begin() as tx:
            apply(tx, Merge(number=own, into=other))

        assert made.ask(COLLEGE, carried=own) == RegisteredPerson(own, is_new=False)
        assert made.look_ups() == [(COLLEGE, own, Reply.BY_NUMBER)]
