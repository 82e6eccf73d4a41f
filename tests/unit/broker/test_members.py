"""Who is on the bus, by the reviewed files and by what was added and removed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.home.memberships import Membership, write_membership
from deploy.operations.members import read_members
from deploy.settings import Settings
from schemas.identifiers import AgreementId, ProviderId

BOROUGH = Membership("borough-d", "Fernmoor Council", is_provider=True, is_leaving=True)
CHARITY = Membership(
    "charity-x", "The Example Trust", is_provider=True, draft=AgreementId("charity-x.support")
)


@contextmanager
def new_home() -> Iterator[Settings]:
    """Give the settings of a home in which nobody was added or removed, on the shipped files."""
    with TemporaryDirectory() as folder:
        yield Settings(home=Path(folder))


def test_who_left_may_do_nothing_whatever_the_files_say() -> None:
    """From the moment it is removed; its in-tray stays, for the filter to read to its end."""
    with new_home() as settings:
        before = read_members(settings)
        write_membership(settings.home, BOROUGH)
        members = read_members(settings)

    assert any(rule.user == "borough-d" for rule in before.rules())
    assert not any(rule.user == "borough-d" for rule in members.rules())
    assert not any(agreement.reader == "borough-d" for agreement in members.agreements)
    assert not any(one.id.startswith("borough-d.") for one in members.directory.services)
    assert ProviderId("borough-d") in members.in_trays
    assert members.named_still == ["borough-d"]


def test_who_was_added_has_trays_and_one_service_that_counts_as_sensitive() -> None:
    """Until the files name it; a draft is no agreement."""
    with new_home() as settings:
        before = read_members(settings)
        write_membership(settings.home, CHARITY)
        members = read_members(settings)
    new = {(rule.operation.value, rule.name) for rule in members.rules()} - {
        (rule.operation.value, rule.name) for rule in before.rules()
    }

    assert members.directory.services[-1].id == "charity-x.general"
    assert members.directory.services[-1].sensitive
    assert members.agreements == before.agreements
    assert new == {
        ("Write", "in.charity-x"),
        ("Read", "out.charity-x.support"),
        ("Read", "charity-x."),
    }
    assert "charity-x.support" in members.trays


def test_a_file_that_names_who_was_added_has_the_last_word() -> None:
    """Its services are those that somebody marked."""
    draft = AgreementId("college-c.outcomes")
    with new_home() as settings:
        before = read_members(settings)
        write_membership(
            settings.home, Membership("college-c", "Other", is_provider=True, draft=draft)
        )
        assert read_members(settings) == before
