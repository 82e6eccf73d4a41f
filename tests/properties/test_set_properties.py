"""A set gives the answers and the rows that its people would one after another, in its order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.consent.changes import Merge
from consent_ledger.consent.consent import apply
from consent_ledger.register.answered import Answered, RegisteredPerson
from consent_ledger.register.asked import Registrant
from consent_ledger.register.kept_identities import open_identity
from consent_ledger.register.register import Register
from schemas.blocks import Contact, Identity
from schemas.identifiers import PassportNumber, ProviderId
from tests.histories.cast import numbers
from tests.support.bus_settings import PARTITIONS, PEPPER
from tests.support.desk import BOROUGH, COLLEGE, Desk, desk
from tests.support.registrants import CONTACTS, IDENTITIES, REGISTRANTS

Way = Callable[[Desk, Register, Sequence[Registrant]], list[object]]
"""How a file is registered at a desk."""


@given(
    known=st.lists(st.tuples(IDENTITIES, CONTACTS), max_size=4),
    file=st.lists(st.tuples(REGISTRANTS, st.sampled_from(range(8))), max_size=10),
    cuts=st.sets(st.integers(1, 9)),
    is_merged=st.booleans(),
    is_erased=st.booleans(),
)
def test_a_set_is_its_people_one_after_another(
    known: list[tuple[Identity, Contact]],
    file: list[tuple[Registrant, int]],
    cuts: set[int],
    is_merged: bool,  # noqa: FBT001 - drawn
    is_erased: bool,  # noqa: FBT001 - drawn
) -> None:
    """Wherever the file is cut, and whoever of it is known, may be, or cannot be."""

    def played(way: Way) -> tuple[list[object], object]:
        with desk() as made:
            draw = numbers(7).__next__
            register = Register(pepper=PEPPER, vault=made.vault, partitions=PARTITIONS, draw=draw)
            told = [Registrant(*who, is_new=True) for who in known]
            before = [
                found.participant_id
                for found in _at_once(made, register, told, BOROUGH)
                if isinstance(found, RegisteredPerson)
            ]
            if is_merged and len(before) > 1:
                with made.ground.begin() as tx:
                    apply(tx, Merge(number=before[0], into=before[1]))
            if is_erased and before:
                made.erase(before[-1])
            return way(made, register, [_bringing(*one, before) for one in file]), _rows(made)

    def cut(places: Iterable[int]) -> Way:
        return lambda made, register, some: _in_sets(made, register, some, places)

    alone = played(cut(range(len(file))))

    assert played(cut(cuts)) == alone
    assert played(cut(())) == alone


def _bringing(who: Registrant, brings: int, known: Sequence[PassportNumber]) -> Registrant:
    """Return somebody who brings the number of somebody known, or says to be them; or neither."""
    if brings < len(known):
        return replace(who, carried=known[brings])
    if brings < 2 * len(known):
        return replace(who, same_as=known[brings - len(known)])
    return who


def _in_sets(
    made: Desk, register: Register, file: Sequence[Registrant], cuts: Iterable[int]
) -> list[object]:
    places = [0, *sorted(cut for cut in cuts if 0 < cut < len(file)), len(file)]
    return [
        str(answer) if isinstance(answer, Exception) else answer
        for start, stop in pairwise(places)
        for answer in _at_once(made, register, file[start:stop], COLLEGE)
    ]


def _at_once(
    made: Desk, register: Register, some: Sequence[Registrant], provider_id: ProviderId
) -> list[Answered]:
    with made.ground.begin() as tx:
        return register.register_all(tx, provider_id, some)


def _rows(made: Desk) -> object:
    """Return every row, without what is random in it."""
    database = made.ground.database
    with made.ground.begin() as tx:
        kept = [open_identity(one, made.vault) for one in tx.kept_of(database.participants)]
    people = {
        number: row._replace(ledger_id=None, salt=None)
        for number, row in database.participants.items()
    }
    return (
        people,
        list(people),
        kept,
        database.references,
        database.erased_references,
        database.match_keys,
        database.counted_values,
        database.look_ups,
        [change._replace(recorded_at=made.ground.clock()) for change in database.changes],
    )
