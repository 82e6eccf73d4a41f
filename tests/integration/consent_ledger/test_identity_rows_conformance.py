"""How people are known again: said once, run on PostgreSQL and on the database in memory."""

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.register.identity_rows import HeldKey, KeptIdentity, SealedTelling
from consent_ledger.register.match_keys import MatchKey
from schemas.identifiers import LedgerIndex, PassportNumber
from tests.support.ground import Ground
from tests.support.store_grounds import KEY, everybody, failing

NAMES, BIRTH, PHONE = (MatchKey(kind, kind.encode()) for kind in ("names", "birth", "phone"))
ALL = [NAMES, BIRTH, PHONE]
SAID = {key: key.kind for key in ALL}


def held(number: PassportNumber, *keys: MatchKey) -> list[HeldKey]:
    """Return these keys as those of a number."""
    return [HeldKey(number, key) for key in keys]


def test_who_shares_enough_is_found_as_shown(ground: Ground) -> None:
    """Two keys, or one that is enough; keys of two numbers of one person count together."""
    shown, other, alone = everybody(ground)
    with ground.begin() as tx:
        tx.show_as(other, shown, LedgerIndex(8))
        tx.remember_keys([*held(shown, NAMES), *held(other, NAMES, BIRTH)])
        tx.remember_keys(held(alone, PHONE, MatchKey("names", b"another")))
        tx.remember_keys([*held(alone, PHONE), *held(shown, NAMES)])
        tx.remember_keys([])
    with failing(ground.begin()) as tx:
        tx.remember_keys(held(alone, *ALL))

    with ground.begin() as tx:
        assert tx.holders(ALL, 9) == {NAMES: 2, BIRTH: 1, PHONE: 1}
        assert tx.holders(ALL, 1) == {NAMES: 1, BIRTH: 1, PHONE: 1}, "counted no further"
        both = {*held(shown, NAMES), *held(other, NAMES, BIRTH)}
        assert tx.sharing([SAID], []) == both
        assert tx.sharing([SAID], [PHONE]) == {*both, *held(alone, PHONE)}
        assert tx.sharing([{NAMES: "names"}], []) == set(), "the same key of two numbers is one"
        assert tx.sharing([{NAMES: "who", BIRTH: "who"}], []) == set(), "they say the same"
        assert tx.sharing([{}], []) == set()
        assert tx.holders([], 9) == {}


def test_each_of_a_set_is_asked_about_by_their_own_keys(ground: Ground) -> None:
    """What one of a set shares and what another shares do not add up.

    Of whoever is found all is told that anybody of the set is asked by.
    """
    shown, other, alone = everybody(ground)
    with ground.begin() as tx:
        tx.remember_keys([*held(shown, NAMES, BIRTH), *held(other, NAMES), *held(alone, PHONE)])

    with ground.begin() as tx:
        assert tx.sharing([{NAMES: "names"}, {BIRTH: "birth"}], []) == set()
        assert tx.sharing([SAID, {BIRTH: "birth"}, SAID], []) == {*held(shown, NAMES, BIRTH)}
        assert tx.sharing([{NAMES: "names"}, {PHONE: "phone"}], [PHONE]) == {*held(alone, PHONE)}
        assert tx.sharing([{NAMES: "names"}, {BIRTH: "birth"}], [BIRTH]) == {
            *held(shown, NAMES, BIRTH)
        }
        assert tx.sharing([], [PHONE]) == set()


def test_keys_are_told_of_some_numbers_and_among_some_keys(ground: Ground) -> None:
    """Of nobody else, and no other key."""
    shown, other, alone = everybody(ground)
    with ground.begin() as tx:
        tx.remember_keys([*held(shown, NAMES, BIRTH), *held(other, NAMES), *held(alone, *ALL)])

    with ground.begin() as tx:
        assert tx.keys_held([shown, other], [NAMES, PHONE]) == {
            *held(shown, NAMES),
            *held(other, NAMES),
        }
        assert tx.keys_held([alone], ALL) == {*held(alone, *ALL)}
        assert tx.keys_held([], ALL) == set()
        assert tx.keys_held([alone], []) == set()


def test_what_is_kept_is_of_all_numbers_of_a_person(ground: Ground) -> None:
    """In one order, each telling once, and with the key that opens it."""
    shown, other, alone = everybody(ground)
    with ground.begin() as tx:
        tx.show_as(other, shown, LedgerIndex(8))
        tx.keep_identities(
            [
                SealedTelling(number, digest, b"sealed " + digest)
                for number, digest in ((other, b"b"), (shown, b"z"), (shown, b"a"), (alone, b"a"))
            ]
        )
        tx.keep_identities([])
    with failing(ground.begin()) as tx:
        tx.keep_identities([SealedTelling(alone, b"c", b"sealed")])

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
        assert [one.digest for one in tx.kept_of([alone])] == [b"a"]


def test_values_are_counted_up_and_down(ground: Ground) -> None:
    """Of a value that nobody has any more nothing stays."""
    with ground.begin() as tx:
        tx.count_up({b"khan": 1, b"ada": 3})
        tx.count_up({b"khan": 2})
        tx.count_up({})
    with failing(ground.begin()) as tx:
        tx.count_up({b"khan": 1})

    with ground.begin() as tx:
        assert tx.counts([b"khan", b"ada", b"obi"]) == {b"khan": 3, b"ada": 3}
        tx.count_down([b"khan", b"ada"])
        tx.count_down([b"khan"])
        tx.count_down([b"khan"])
        assert tx.counts([b"khan", b"ada"]) == {b"ada": 2}
        tx.count_down([])
        assert tx.counts([]) == {}


def test_of_somebody_who_is_being_erased_nothing_is_kept(ground: Ground) -> None:
    """Neither keys nor identities, from the entry on."""
    number, other, _ = everybody(ground)
    with ground.begin() as tx:
        tx.keep_identities([SealedTelling(one, b"a", b"sealed") for one in (number, other)])
        tx.remember_keys([*held(number, *ALL), *held(other, *ALL)])
    ground.record(EntryKind.ERASED.value, number, 0)
    with ground.begin() as tx:
        tx.close_person(number)

    with ground.begin() as tx:
        assert tx.kept_of([number]) == []
        assert tx.keys_held([number], ALL) == set()
        assert tx.sharing([SAID], ALL) == {*held(other, *ALL)}


def test_tellings_are_numbered_in_order_and_those_of_the_erased_are_gone(ground: Ground) -> None:
    """Each with whom it is of, as shown; how far they were compared only goes forwards."""
    shown, other, alone = everybody(ground)
    with ground.begin() as tx:
        assert tx.last_telling() == tx.searched_upto() == 0
        tx.show_as(other, shown, LedgerIndex(8))
        tx.keep_identities([SealedTelling(one, b"a", b"s") for one in (other, alone, shown)])
    with failing(ground.begin()) as tx:
        tx.keep_identities([SealedTelling(alone, b"c", b"sealed")])
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


def test_the_newest_entry_and_telling_are_known(ground: Ground) -> None:
    """Either moves when there is one more, and neither when a transaction fails."""
    shown, other, _ = everybody(ground)
    with ground.begin() as tx:
        size, telling = tx.newest()
        tx.keep_identities([SealedTelling(shown, b"a", b"sealed")])
    with failing(ground.begin()) as tx:
        tx.keep_identities([SealedTelling(other, b"a", b"sealed")])
    with ground.begin() as tx:
        assert tx.newest() == (size, tx.last_telling()) > (size, telling)
    ground.record(EntryKind.ERASED.value, other, 0)

    with ground.begin() as tx:
        assert tx.newest()[0] > size
