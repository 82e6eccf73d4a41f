"""How people are known again: said once, run on PostgreSQL and on the database in memory."""

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.register.identity_rows import KeptIdentity
from consent_ledger.register.match_keys import MatchKey
from schemas.identifiers import LedgerIndex
from tests.support.ground import Ground
from tests.support.store_grounds import KEY, everybody, failing

NAMES, BIRTH, PHONE = (MatchKey(kind, kind.encode()) for kind in ("names", "birth", "phone"))
ALL = [NAMES, BIRTH, PHONE]
SAID = {key: key.kind for key in ALL}


def test_who_shares_enough_is_found_as_shown(ground: Ground) -> None:
    """Two keys, or one that is enough; keys of two numbers of one person count together."""
    shown, other, alone = everybody(ground)
    with ground.begin() as tx:
        tx.show_as(other, shown, LedgerIndex(8))
        tx.remember_keys(shown, [NAMES])
        tx.remember_keys(other, [NAMES, BIRTH])
        tx.remember_keys(alone, [PHONE, MatchKey("names", b"another")])
    with failing(ground.begin()) as tx:
        tx.remember_keys(alone, ALL)

    with ground.begin() as tx:
        assert tx.holders(ALL) == {NAMES: 2, BIRTH: 1, PHONE: 1}
        assert tx.sharing(SAID, []) == [shown]
        assert tx.sharing(SAID, [PHONE]) == sorted((shown, alone))
        assert tx.sharing({NAMES: "names"}, []) == [], "the same key of two numbers is one"
        assert tx.sharing({NAMES: "who", BIRTH: "who"}, []) == [], "they say the same"
        assert tx.sharing({}, []) == []
        assert tx.holders([]) == {}
        assert tx.matches([NAMES, PHONE]) == {("names", shown), ("phone", alone)}
        assert tx.keys_of([other]) == {NAMES, BIRTH}


def test_what_is_kept_is_of_all_numbers_of_a_person(ground: Ground) -> None:
    """In one order, each telling once, and with the key that opens it."""
    shown, other, alone = everybody(ground)
    with ground.begin() as tx:
        tx.show_as(other, shown, LedgerIndex(8))
        for number, digest in ((other, b"b"), (shown, b"z"), (shown, b"a"), (alone, b"a")):
            tx.keep_identity(number, digest, b"sealed " + digest)
    with failing(ground.begin()) as tx:
        tx.keep_identity(alone, b"c", b"sealed")

    with ground.begin() as tx:
        kept = tx.kept_of([shown])
        assert kept == sorted(
            [
                KeptIdentity(shown, b"a", b"sealed a", shown, KEY),
                KeptIdentity(shown, b"z", b"sealed z", shown, KEY),
                KeptIdentity(other, b"b", b"sealed b", shown, KEY),
            ]
        )
        assert [one.participant_id for one in tx.kept_of([other])] == [other]
        assert tx.kept_of([]) == []
        assert tx.is_kept(alone, b"a")
        assert not tx.is_kept(alone, b"c")
        assert tx.sealed_key(alone) == KEY


def test_values_are_counted_once_a_person_up_and_down(ground: Ground) -> None:
    """Of a value that nobody has any more nothing stays."""
    with ground.begin() as tx:
        tx.count_up([b"khan", b"ada"])
        tx.count_up([b"khan"])
    with failing(ground.begin()) as tx:
        tx.count_up([b"khan"])

    with ground.begin() as tx:
        assert tx.counts([b"khan", b"ada", b"obi"]) == {b"khan": 2, b"ada": 1}
        tx.count_down([b"khan", b"ada"])
        assert tx.counts([b"khan", b"ada"]) == {b"khan": 1}
        tx.count_down([])
        assert tx.counts([]) == {}


def test_of_somebody_who_is_being_erased_nothing_is_kept(ground: Ground) -> None:
    """Neither keys nor identities, from the entry on."""
    number, other, _ = everybody(ground)
    with ground.begin() as tx:
        for one in (number, other):
            tx.keep_identity(one, b"a", b"sealed")
            tx.remember_keys(one, ALL)
    ground.record(EntryKind.ERASED.value, number, 0)
    with ground.begin() as tx:
        tx.close_person(number)

    with ground.begin() as tx:
        assert tx.kept_of([number]) == []
        assert not tx.is_kept(number, b"a")
        assert tx.keys_of([number]) == set()
        assert tx.sharing(SAID, ALL) == [other]


def test_tellings_are_numbered_in_order_and_those_of_the_erased_are_gone(ground: Ground) -> None:
    """Each with whom it is of, as shown; how far they were compared only goes forwards."""
    shown, other, alone = everybody(ground)
    with ground.begin() as tx:
        assert tx.last_telling() == tx.searched_upto() == 0
        tx.show_as(other, shown, LedgerIndex(8))
        for number in (other, alone, shown):
            tx.keep_identity(number, b"a", b"sealed")
    with failing(ground.begin()) as tx:
        tx.keep_identity(alone, b"c", b"sealed")
        tx.set_searched(99)

    with ground.begin() as tx:
        upto = tx.last_telling()
        told = tx.people_told_of(0, upto, 9)
        numbers = [number for number, _ in told]
        assert [one for _, one in told] == [shown, alone, shown]
        assert numbers == sorted(numbers)
        assert numbers[-1] == upto
        assert tx.people_told_of(numbers[0], numbers[1], 9) == told[1:2]
        assert tx.people_told_of(0, upto, 2) == told[:2]
        tx.set_searched(upto)
        tx.set_searched(1)
        assert tx.searched_upto() == upto
    ground.record(EntryKind.ERASED.value, alone, 0)
    with ground.begin() as tx:
        tx.close_person(alone)
        assert [one for _, one in tx.people_told_of(0, upto, 9)] == [shown, shown]


def test_who_was_told_apart_is_so_under_whatever_number_they_are_shown(ground: Ground) -> None:
    """Found from either of both, until one is erased; of one person there is no pair."""
    shown, other, alone = everybody(ground)
    pair = (min(other, alone), max(other, alone))
    people = (min(shown, alone), max(shown, alone))
    with ground.begin() as tx:
        tx.tell_apart(pair, LedgerIndex(3))
        assert tx.told_apart([other]) == tx.told_apart([alone]) == {pair}
        assert tx.told_apart([shown]) == tx.told_apart([]) == set()
        tx.tell_apart(pair, LedgerIndex(4))
    with failing(ground.begin()) as tx:
        tx.tell_apart((min(shown, other), max(shown, other)), LedgerIndex(5))

    with ground.begin() as tx:
        tx.show_as(other, shown, LedgerIndex(8))
        assert tx.told_apart([shown]) == tx.told_apart([alone]) == {people}
        tx.show_as(alone, shown, LedgerIndex(9))
        assert tx.told_apart([shown, other, alone]) == set()
        tx.show_as(alone, None, LedgerIndex(10))
        assert tx.told_apart([alone]) == {people}
    ground.record(EntryKind.ERASED.value, other, 0)
    with ground.begin() as tx:
        tx.close_person(other)
        assert tx.told_apart([shown, alone]) == set()
