"""People with two numbers, found later: who is listed, and who is not. Also of mutants."""

from datetime import date

from consent_ledger.matching.answers import MatchVerdict
from consent_ledger.matching.official_numbers import TEMPORARY_ULN
from consent_ledger.register.duplicates import Duplicate, duplicates_of
from consent_ledger.register.identity_rows import HeldKey
from consent_ledger.register.match_keys import first_match_keys
from consent_ledger.register.passport_numbers import in_order
from schemas.blocks import Contact, Identity
from schemas.identifiers import PassportNumber
from tests.support.bus_settings import PEPPER
from tests.support.desk import COLLEGE, Desk, desk

BORN = date(1991, 3, 14)
LIVES = Contact(postcode="E8 3RH", address=("12 Mare Street",), phone="07700 900123")
ADA = Identity(given_names="Adaeze", family_name="Nwosu", date_of_birth=BORN, uln="1000000000")
ADA_MISTYPED = Identity(given_names="Adaeze", family_name="Nwosou", date_of_birth=BORN)
CHIOMA = Identity(given_names="Chioma", family_name="Nwosu", date_of_birth=BORN)
BILAL = Identity(given_names="Bilal", family_name="Okafor", date_of_birth=date(1984, 5, 26))


def found(made: Desk, number: PassportNumber) -> list[Duplicate]:
    """Return whom somebody may be."""
    with made.ground.begin() as tx:
        return duplicates_of(tx, made.register, number)


def test_a_pair_is_found_from_either_side_with_the_same_score_and_reasons() -> None:
    """Whoever was registered first, and whoever is looked up."""
    with desk() as made:
        first, second = made.known(ADA, LIVES), made.known(ADA_MISTYPED, LIVES)
        made.known(BILAL)

        (pair,) = found(made, first)

        assert found(made, second) == [pair]
        assert pair.numbers == in_order(first, second)
        assert "nearly the same family name" in pair.reasons
        assert pair.score is not None


def test_who_is_as_good_as_certainly_one_person_is_known() -> None:
    """And twins are possible, with what speaks against it."""
    with desk() as made:
        first, second = made.known(ADA, LIVES), made.known(ADA, LIVES)
        twin = made.known(CHIOMA, LIVES)

        pairs = {pair.numbers: pair for pair in found(made, first)}

        assert pairs[in_order(first, second)].verdict is MatchVerdict.KNOWN
        sister = pairs.get(in_order(first, twin))
        assert sister is None or sister.contradictions == ("another given name",)


def test_who_shares_an_official_number_is_listed_whatever_else_says() -> None:
    """One of the two was typed for the other."""
    with desk() as made:
        first = made.known(ADA)
        second = made.known(BILAL.model_copy(update={"uln": ADA.uln}))

        (pair,) = found(made, first)

        assert pair.numbers == in_order(first, second)
        assert pair.verdict is MatchVerdict.POSSIBLE
        assert "the same learner number" in pair.reasons
        assert "another given name" in pair.contradictions


def test_who_of_version_0_1_shares_an_exact_key_is_possible_without_a_score() -> None:
    """All that is kept of them are keys."""
    with desk() as made:
        old, new = made.known(Identity(uln=TEMPORARY_ULN)), made.known(ADA)
        with made.ground.begin() as tx:
            tx.remember_keys([HeldKey(old, key) for key in first_match_keys(PEPPER, ADA)])

        assert found(made, new) == [
            Duplicate(
                in_order(old, new),
                MatchVerdict.POSSIBLE,
                None,
                ("the same learner number", "the same name and date of birth"),
                (),
            )
        ]


def test_somebody_erased_is_no_pair() -> None:
    """Neither looked up nor found."""
    with desk() as made:
        first, second = made.known(ADA), made.known(ADA)
        made.erase(second)

        assert found(made, first) == []
        assert found(made, second) == []


def test_tellings_come_in_order_and_a_search_begins_where_the_last_one_ended() -> None:
    """Whoever is told more of comes again; nothing that was told already."""
    with desk() as made:
        first, second = made.known(ADA), made.known(BILAL)
        with made.ground.begin() as tx:
            upto = tx.last_telling()
            assert [number for _, number in tx.people_told_of(0, upto, 9)] == [first, second]
            tx.set_searched(upto)
        made.ask(COLLEGE, identity=ADA, contact=LIVES, carried=first)
        made.ask(COLLEGE, identity=BILAL, carried=second)

        with made.ground.begin() as tx:
            tx.set_searched(0)
            after = tx.searched_upto()
            told = tx.people_told_of(after, tx.last_telling(), 9)

        assert after == upto
        assert [number for _, number in told] == [first]
