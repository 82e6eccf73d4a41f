"""What a dry run promises is what the run does, whoever comes, in whatever batches."""

from collections.abc import Sequence
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.dry_run import TrialRegister
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.passport_numbers import ErasedError
from consent_ledger.register.register import Register
from consent_ledger.register.told import IdentityError
from schemas.blocks import Contact, Identity
from schemas.identifiers import PassportNumber
from tests.support.desk import BOROUGH, COLLEGE, Desk, desk

GIVEN = ("Adaeze", "Adaeze Grace", "Bilal", "Nwosu")
FAMILY = ("Nwosu", "Nwosou", "Okafor", "Adaeze")
BORN = (date(1991, 3, 4), date(1991, 4, 3), date(1958, 7, 2), date(2031, 1, 2), None)
ULNS = ("1000000000", "1000000019", "9999999999", None)
POSTCODES = ("E8 3RH", "E8 3RJ", None)

PEOPLE = st.tuples(
    st.builds(
        Identity,
        given_names=st.sampled_from(GIVEN),
        family_name=st.sampled_from(FAMILY),
        date_of_birth=st.sampled_from(BORN),
        uln=st.sampled_from(ULNS),
    ),
    st.builds(Contact, postcode=st.sampled_from(POSTCODES)),
)


@given(
    known=st.lists(PEOPLE, max_size=4),
    file=st.lists(st.tuples(PEOPLE, st.sampled_from("1234567"), st.booleans()), max_size=12),
    is_erased=st.booleans(),
)
def test_what_the_dry_run_promises_is_what_the_run_does(
    known: list[tuple[Identity, Contact]],
    file: list[tuple[tuple[Identity, Contact], str, bool]],
    is_erased: bool,  # noqa: FBT001 - drawn
) -> None:
    """For each: the same person, a question, a refusal; and the dry run leaves nothing behind."""
    with desk() as made:
        numbers = [number for who in known if (number := _known(made, *who)) is not None]
        if is_erased and numbers:
            made.erase(numbers[0])
        asked = [
            (who, reference, numbers[-1] if carries and numbers else None)
            for who, reference, carries in file
        ]
        before = _rows(made)

        promised = _answers(made, TrialRegister(made.register), asked)

        assert _rows(made) == before
        assert promised == _answers(made, made.register, asked)


def _rows(made: Desk) -> str:
    tables = vars(made.ground.database).items()
    return repr({name: rows for name, rows in tables if name not in ("look_ups", "undo")})


def _known(made: Desk, identity: Identity, contact: Contact) -> PassportNumber | None:
    try:
        found = made.ask(BOROUGH, identity=identity, contact=contact, is_new=True)
    except IdentityError:
        return None
    assert isinstance(found, RegisteredPerson)
    return found.participant_id


def _answers(
    made: Desk,
    register: Register | TrialRegister,
    asked: Sequence[tuple[tuple[Identity, Contact], str, PassportNumber | None]],
) -> list[object]:
    """Return the answers, people by the place where they first came."""
    places: dict[PassportNumber, int] = {}
    found: list[object] = []
    for (identity, contact), reference, carried in asked:
        try:
            with made.ground.begin() as tx:
                answer = register.register(
                    tx, COLLEGE, identity, contact=contact, reference=reference, carried=carried
                )
        except (IdentityError, ErasedError) as refused:
            found.append(str(refused))
            continue
        if isinstance(answer, PossibleMatches):
            found.append((answer.reasons, len(answer.candidates)))
        else:
            place = places.setdefault(answer.participant_id, len(places))
            found.append((place, answer.is_new, answer.doubts))
    return found
