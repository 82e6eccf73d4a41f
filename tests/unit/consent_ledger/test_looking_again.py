"""What another door did while this one waited for the head of the ledger."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import pytest

from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.asked import Registrant
from consent_ledger.register.identity_rows import HeldKey
from consent_ledger.register.match_keys import MatchKey
from consent_ledger.register.register_rows import RegisterRows
from schemas.blocks import Identity
from tests.support.desk import COLLEGE, Desk, desk
from tests.support.memory.identity_rows import MemoryIdentityRows

ADA = Identity(given_names="Adaeze", family_name="Nwosu", date_of_birth=date(1991, 3, 14))


def waiting(made: Desk, monkeypatch: pytest.MonkeyPatch, meanwhile: Registrant) -> None:
    """Let another door register somebody while the next one waits for the head."""

    def hold(tx: RegisterRows) -> None:
        monkeypatch.undo()
        made.register.register_all(tx, COLLEGE, [meanwhile])

    monkeypatch.setattr(MemoryIdentityRows, "hold_head", hold)


def test_who_was_registered_meanwhile_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """And gets no second number."""
    with desk() as made:
        waiting(made, monkeypatch, Registrant(ADA, reference="1"))

        found = made.ask(COLLEGE, identity=ADA, reference="2")

        known = made.ask(COLLEGE, identity=ADA, reference="1")
        assert isinstance(found, RegisteredPerson)
        assert isinstance(known, RegisteredPerson)
        assert found.participant_id == known.participant_id


def test_a_reference_that_was_linked_meanwhile_is_that_persons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though nobody was registered, and nothing told."""
    with desk() as made:
        number = made.known(ADA)
        waiting(made, monkeypatch, Registrant(reference="1", same_as=number))

        found = made.ask(COLLEGE, identity=Identity(), reference="1")

        assert isinstance(found, RegisteredPerson)
        assert found.participant_id == number


def test_where_nothing_happened_the_tables_are_looked_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which is most of what a registration costs."""
    asked: list[int] = []
    counted = MemoryIdentityRows.sharing

    def sharing(
        tx: MemoryIdentityRows, some: Sequence[Mapping[MatchKey, str]], enough: Collection[MatchKey]
    ) -> set[HeldKey]:
        asked.append(len(some))
        return counted(tx, some, enough)

    monkeypatch.setattr(MemoryIdentityRows, "sharing", sharing)
    with desk() as made:
        made.ask(COLLEGE, identity=ADA)

    assert asked == [1]
