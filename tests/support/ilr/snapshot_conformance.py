"""What every store of snapshots must do: the one in memory and the one in PostgreSQL."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from producers.snapshots.errors import OutdatedUploadError, UploadInProgressError
from producers.snapshots.snapshot import Item, ItemKind, SnapshotStore, Verdict
from schemas.identifiers import EventId, ProviderId

Y24, Y25 = "2024-25", "2025-26"
MADE_AT = datetime(2025, 11, 1, 12, tzinfo=UTC)


def item(
    content: str = "a", kind: ItemKind = ItemKind.ENROLMENT, event_id: EventId = EventId("")
) -> Item:
    """Return an item with an event id of its own."""
    return Item(EventId(event_id or str(uuid4())), kind, content.encode().ljust(32))


def told(item: Item, content: str) -> Item:
    """Return the same item with another content."""
    return Item(item.event_id, item.kind, content.encode().ljust(32))


def imported(
    store: SnapshotStore,
    provider: ProviderId,
    *items: Item,
    year: str = Y25,
    at: datetime = MADE_AT,
) -> list[tuple[Verdict, int, bool]]:
    """Import items to the end and return verdict, revision and whether each was due."""
    with store.begin(provider, year, at) as session:
        findings = session.compare(items)
        session.accept()
    return [(one.verdict, one.revision, one.is_due) for one in findings]


class SnapshotStoreConformance:
    """The tests; a subclass gives the store."""

    def test_what_was_never_seen_is_new(self, store: SnapshotStore, unique: ProviderId) -> None:
        """The first import finds everything new, with revision 1."""
        assert imported(store, unique, item(), item()) == [(Verdict.NEW, 1, True)] * 2

    def test_what_did_not_change_is_not_due(self, store: SnapshotStore, unique: ProviderId) -> None:
        """The same return again publishes nothing."""
        one = item()
        imported(store, unique, one)

        assert imported(store, unique, one) == [(Verdict.UNCHANGED, 1, False)]

    def test_what_changed_gets_the_next_revision(
        self, store: SnapshotStore, unique: ProviderId
    ) -> None:
        """Each change is one revision more, also the change back."""
        one = item("a")
        imported(store, unique, one)

        assert imported(store, unique, told(one, "b")) == [(Verdict.CHANGED, 2, True)]
        assert imported(store, unique, one) == [(Verdict.CHANGED, 3, True)]

    def test_an_import_that_is_not_accepted_leaves_nothing(
        self, store: SnapshotStore, unique: ProviderId
    ) -> None:
        """What was compared is forgotten unless it is accepted."""
        one = item()
        with store.begin(unique, Y25, MADE_AT) as session:
            session.compare([one])

        assert imported(store, unique, one) == [(Verdict.NEW, 1, True)]

    def test_after_an_unfinished_import_everything_is_due_again(
        self, store: SnapshotStore, unique: ProviderId
    ) -> None:
        """Nobody knows what it sent: revisions go past all that it can have used."""
        known, fresh = item("a"), item("b")
        imported(store, unique, known)
        for _ in range(2):
            with store.begin(unique, Y25, MADE_AT) as session:
                session.compare([told(known, "c"), fresh])
                session.publishing()

        assert imported(store, unique, known, fresh) == [
            (Verdict.UNCHANGED, 4, True),
            (Verdict.NEW, 3, True),
        ]
        assert imported(store, unique, known, fresh) == [
            (Verdict.UNCHANGED, 4, False),
            (Verdict.UNCHANGED, 3, False),
        ]

    def test_an_unfinished_import_concerns_its_own_provider(
        self, store: SnapshotStore, unique: str
    ) -> None:
        """Another college's failed import makes nothing due here."""
        one = item()
        imported(store, ProviderId(f"{unique}-a"), one)
        with store.begin(ProviderId(f"{unique}-b"), Y25, MADE_AT) as session:
            session.publishing()

        assert imported(store, ProviderId(f"{unique}-a"), one) == [(Verdict.UNCHANGED, 1, False)]

    def test_what_has_gone_is_told_once(self, store: SnapshotStore, unique: ProviderId) -> None:
        """An item that the last return had and this one lacks is reported, by kind."""
        stays, goes = item(), item()
        outcome = item(kind=ItemKind.OUTCOME)
        imported(store, unique, stays, goes, outcome)
        with store.begin(unique, Y25, MADE_AT) as session:
            session.compare([stays])
            first = session.vanished()
            session.accept()
        with store.begin(unique, Y25, MADE_AT) as session:
            session.compare([stays])
            second = session.vanished()

        assert first == {
            ItemKind.REFERRAL: (),
            ItemKind.ENROLMENT: (goes.event_id,),
            ItemKind.OUTCOME: (outcome.event_id,),
        }
        assert second == dict.fromkeys(ItemKind, ())

    def test_what_comes_back_keeps_its_revision(
        self, store: SnapshotStore, unique: ProviderId
    ) -> None:
        """An item that was gone for a while is compared with what was last published of it."""
        stays, comes_back = item(), item("a")
        imported(store, unique, stays, comes_back)
        imported(store, unique, stays)

        assert imported(store, unique, comes_back) == [(Verdict.UNCHANGED, 1, False)]
        assert imported(store, unique, told(comes_back, "b")) == [(Verdict.CHANGED, 2, True)]

    def test_what_is_set_aside_has_not_gone(self, store: SnapshotStore, unique: ProviderId) -> None:
        """An item that is in the return and was not taken is not reported, now or later."""
        held, other = item(), item()
        imported(store, unique, held, other)
        with store.begin(unique, Y25, MADE_AT) as session:
            session.hold([held.event_id, str(uuid4())])
            gone = session.vanished()[ItemKind.ENROLMENT]
            session.accept()

        assert gone == (other.event_id,)
        assert imported(store, unique, held) == [(Verdict.UNCHANGED, 1, False)]

    def test_an_aim_that_goes_on_next_year_goes_on_counting(
        self, store: SnapshotStore, unique: ProviderId
    ) -> None:
        """The next year's return raises the revision, and the old year misses nothing."""
        one, done = item("a"), item()
        imported(store, unique, one, done, year=Y24)

        assert imported(store, unique, told(one, "b"), year=Y25) == [(Verdict.CHANGED, 2, True)]
        with store.begin(unique, Y24, MADE_AT) as session:
            session.compare([done])

            assert session.vanished()[ItemKind.ENROLMENT] == ()

    def test_a_later_year_is_not_undone_by_an_earlier_one(
        self, store: SnapshotStore, unique: ProviderId
    ) -> None:
        """A late correction of last year's return does not overwrite what this year's says."""
        one = item("a")
        imported(store, unique, one, year=Y25)

        assert imported(store, unique, told(one, "old"), year=Y24) == [
            (Verdict.SUPERSEDED, 1, False)
        ]
        assert imported(store, unique, one, year=Y25) == [(Verdict.UNCHANGED, 1, False)]

    def test_the_latest_collection_is_that_of_an_accepted_upload(
        self, store: SnapshotStore, unique: ProviderId
    ) -> None:
        """Of this provider, of that kind, and whatever order they came in."""
        with store.begin(unique, Y25, MADE_AT) as session:
            assert session.latest(of="20") is None
        imported(store, unique, item(), year=Y25)
        imported(store, unique, item(), year=Y24)
        imported(store, unique, item(), year="table of clients")

        with store.begin(unique, Y24, MADE_AT) as session:
            assert session.latest(of="20") == Y25
            assert session.latest(of="2%") is None
        with store.begin(ProviderId(f"{unique}-other"), Y24, MADE_AT) as session:
            assert session.latest(of="20") is None

    def test_what_is_stored_is_what_was_told_of(
        self, store: SnapshotStore, unique: ProviderId
    ) -> None:
        """By an accepted upload, or by this one, also where it is in the upload no more."""
        before, now, never = item(), item(), item()
        imported(store, unique, before)
        with store.begin(unique, Y25, MADE_AT) as session:
            session.compare([now])
            found = session.stored([one.event_id for one in (before, now, never)])

        assert found == {before.event_id, now.event_id}

    def test_providers_do_not_see_each_other(self, store: SnapshotStore, unique: str) -> None:
        """The same id at another provider is another item."""
        one = item()
        imported(store, ProviderId(f"{unique}-a"), one)

        assert imported(store, ProviderId(f"{unique}-b"), one) == [(Verdict.NEW, 1, True)]

    def test_an_item_twice_in_one_import_is_compared_with_itself(
        self, store: SnapshotStore, unique: ProviderId
    ) -> None:
        """A return that says the same thing twice publishes it once."""
        one = item()

        assert imported(store, unique, one, one) == [
            (Verdict.NEW, 1, True),
            (Verdict.UNCHANGED, 1, False),
        ]

    def test_nothing_to_compare_is_nothing_found(
        self, store: SnapshotStore, unique: ProviderId
    ) -> None:
        """An import in which everybody was set aside compares nothing."""
        assert imported(store, unique) == []

    def test_two_imports_of_one_provider_do_not_run_together(
        self, store: SnapshotStore, unique: ProviderId
    ) -> None:
        """The second is told to wait; another provider is not."""
        with (
            store.begin(unique, Y25, MADE_AT),
            store.begin(ProviderId(f"{unique}-other"), Y25, MADE_AT),
            pytest.raises(UploadInProgressError),
            store.begin(unique, Y24, MADE_AT),
        ):
            pass

        assert imported(store, unique, item()) == [(Verdict.NEW, 1, True)]

    def test_an_older_return_is_refused(self, store: SnapshotStore, unique: ProviderId) -> None:
        """A return prepared before the last accepted one of its year would undo changes."""
        imported(store, unique, item())

        with (
            pytest.raises(OutdatedUploadError, match="later upload of 2025-26"),
            store.begin(unique, Y25, MADE_AT - timedelta(seconds=1)),
        ):
            pass
        with store.begin(unique, Y24, MADE_AT - timedelta(seconds=1)) as other_year:
            assert other_year.compare([]) == []
