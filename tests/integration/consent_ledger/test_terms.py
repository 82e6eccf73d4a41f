from typing import Any

import pytest
from sqlalchemy import func, select

from consent_ledger.agreements.agreement import (
    Agreement,
    AgreementError,
    Basis,
    CategoryTerms,
    Pseudonym,
    load_agreement,
    load_agreements,
)
from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.agreements.services import Directory, Provider, Service, load_services
from consent_ledger.consent.new_terms import enter_agreements, enter_services
from consent_ledger.tables.transparency_log import entry
from schemas.categories import Category
from schemas.field_forms import FieldForm
from schemas.identifiers import AgreementId, ProviderId, ServiceId, TopicName
from tests.support.bus import SHIPPED, SHIPPED_AGREEMENTS, Bus
from tests.support.factories import make_events

SUPPORT = load_agreement(SHIPPED / "agreements" / "borough-d.support.yaml")


def changed(**changes: Any) -> Agreement:
    """Return the support agreement changed."""
    return SUPPORT.model_copy(update=changes)


def enter(bus: Bus, *agreements: Agreement) -> list[str]:
    """Enter agreements in a transaction of their own."""
    with bus.ledger.begin() as tx:
        return enter_agreements(tx, agreements)


def entries(bus: Bus) -> int:
    """Return how many entries the ledger has."""
    with bus.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(entry)) or 0


def with_money(version: int) -> Agreement:
    """Return a version of the agreement that asks consent for one category more."""
    more = SUPPORT.categories | {Category.MONEY: CategoryTerms(basis=Basis.CONSENT)}
    return changed(version=version, categories=more)


def test_what_is_in_the_ledger_already_is_not_entered_again(bus: Bus) -> None:
    """Starting again changes nothing."""
    before = entries(bus)

    assert enter(bus, *load_agreements(SHIPPED / "agreements")) == []
    with bus.ledger.begin() as tx:
        directory = load_services(SHIPPED / "services.yaml")
        assert enter_services(tx, directory) == []

    assert entries(bus) == before


def test_a_leaf_holds_the_whole_agreement(bus: Bus) -> None:
    """Whoever checks the tree can read what was agreed, and when it came in force."""
    newer = changed(version=2, retention_days=90)

    assert enter(bus, newer) == [SUPPORT.id]

    content = bus.leaf()
    assert (content["kind"], content["agreement"]) == ("agreement", SUPPORT.id)
    assert Agreement.model_validate(content["terms"]) == newer


def test_the_newest_version_is_in_force_under_its_own_entry(bus: Bus) -> None:
    """Version 10 is newer than version 9."""
    for version in (2, 9, 10):
        enter(bus, changed(version=version))

    with bus.engine.connect() as connection:
        in_force = read_agreements(connection).agreements[SUPPORT.id]

    assert in_force.agreement.version == 10
    assert in_force.seq == entries(bus) - 1


@pytest.mark.parametrize(
    "changes",
    [
        {"retention_days": 9999},
        {"plain": "Other words for the same sharing of your data."},
        {"categories": with_money(1).categories},
        {"ended": True},
        {"organisation": "somebody-else", "recipient_name": "Another team"},
    ],
)
def test_a_changed_agreement_needs_a_higher_version(bus: Bus, changes: dict[str, Any]) -> None:
    """People said yes to what that version says; the message names both."""
    before = entries(bus)

    with pytest.raises(AgreementError, match="needs a higher one"):
        enter(bus, changed(**changes))

    assert entries(bus) == before


@pytest.mark.parametrize("pseudonym", Pseudonym)
def test_what_a_pseudonym_stands_for_never_changes(bus: Bus, pseudonym: Pseudonym) -> None:
    """Its tray's keys would change, and what stands under the old ones could never be retracted."""
    terms = {Category.PARTICIPATION: CategoryTerms(basis=Basis.CONSENT)}
    fields = {"participation.stage": FieldForm.AS_IS}
    hidden = {"pseudonym": pseudonym, "categories": terms, "fields": fields}
    (statistics,) = (one for one in SHIPPED_AGREEMENTS if one.pseudonym is Pseudonym.PERSON)
    other = {"pseudonym": next(one for one in Pseudonym if one not in {pseudonym, "person"})}
    before = entries(bus)

    with pytest.raises(AgreementError, match="cannot become pseudonymous"):
        enter(bus, changed(version=2, **hidden))
    with pytest.raises(AgreementError, match="what its pseudonyms stand for"):
        enter(bus, statistics.model_copy(update={"version": 9} | other))

    assert entries(bus) == before


def test_who_reads_names_is_not_given_pseudonyms_of_the_same_people(bus: Bus) -> None:
    """Whichever comes second is refused, in one go or one after the other, unless it says why."""
    terms = {Category.PARTICIPATION: CategoryTerms(basis=Basis.PUBLIC_TASK)}
    hidden = changed(
        id=AgreementId("college-c.figures"),
        organisation="borough-d",
        categories=terms,
        pseudonym=Pseudonym.EVENT,
        fields={"participation.stage": FieldForm.AS_IS},
    )
    before = entries(bus)

    with pytest.raises(AgreementError, match=r"borough-d would read college-c\.figures") as refused:
        enter(bus, hidden)
    assert "although: {borough-d.support:" in refused.value.hint
    assert entries(bus) == before

    reason = {SUPPORT.id: "Two teams with two doors, and a contract that says so."}
    assert enter(bus, hidden.model_copy(update={"although": reason}))
    named = SUPPORT.model_copy(update={"id": AgreementId("borough-d.housing")})
    with pytest.raises(AgreementError, match=r"beside borough-d\.housing"):
        enter(bus, named)


def test_who_no_longer_reads_names_may_be_given_pseudonyms(bus: Bus) -> None:
    """What has ended is in no tray any more."""
    enter(bus, changed(version=2, ended=True))
    terms = {Category.PARTICIPATION: CategoryTerms(basis=Basis.PUBLIC_TASK)}

    assert enter(
        bus,
        changed(
            id=AgreementId("borough-d.figures"),
            categories=terms,
            pseudonym=Pseudonym.EVENT,
            fields={"participation.stage": FieldForm.AS_IS},
        ),
    )


def test_an_older_version_never_comes_back(bus: Bus) -> None:
    """Not even as it was: what closed with a newer version would open again."""
    enter(bus, changed(version=2, ended=True))

    with pytest.raises(AgreementError, match="version 2"):
        enter(bus, SUPPORT)


def test_one_agreement_that_is_refused_refuses_them_all(bus: Bus) -> None:
    """A half of the terms is a state that nobody reviewed."""
    before = entries(bus)
    newer = load_agreement(SHIPPED / "agreements" / "college-c.outcomes.yaml")

    with pytest.raises(AgreementError):
        enter(bus, newer.model_copy(update={"version": 2}), changed(retention_days=1))

    assert entries(bus) == before


def test_a_new_category_is_closed_until_it_is_asked_for(bus: Bus) -> None:
    """A consent never reaches what was added after it was given; the records say so."""
    one = bus.participant()
    bus.grant(one, SUPPORT.id)
    bus.publish(*make_events(one))
    bus.turn()
    enter(bus, with_money(2))
    bus.turn()

    held = bus.tray(SUPPORT.id).values()
    assert len(held) == 3
    assert all(record["money"] is None for record in held)
    assert closed(bus) == {b"money"}
    bus.assert_holds()

    bus.grant(one, SUPPORT.id, Category.MONEY)
    bus.turn()

    assert all(record["money"] is not None for record in bus.tray(SUPPORT.id).values())
    assert closed(bus) == {b""}
    bus.assert_holds()


def test_a_dropped_category_stays_closed_when_a_later_version_asks_for_it_again(bus: Bus) -> None:
    """A consent ends with what it was given to."""
    one = bus.participant()
    enter(bus, with_money(2))
    bus.grant(one, SUPPORT.id)
    bus.publish(*make_events(one))
    bus.turn()
    assert closed(bus) == {b""}
    enter(bus, changed(version=3))

    enter(bus, with_money(4))
    bus.turn()

    assert closed(bus) == {b"money"}
    bus.assert_holds()


def closed(bus: Bus) -> set[bytes]:
    """Return what the records that stand in the tray say is closed."""
    last = {one.key: dict(one.headers) for one in bus.broker.read(TopicName(f"out.{SUPPORT.id}"))}
    return {headers["closed"] for headers in last.values()}


def test_an_agreement_that_only_reads_better_sends_nothing_again(bus: Bus) -> None:
    """Other words in its text change no record."""
    one = bus.participant()
    bus.grant(one, SUPPORT.id)
    bus.publish(*make_events(one))
    bus.turn()
    enter(bus, changed(version=2, plain="You say who in the council may help you, and how."))

    report = bus.turn()

    assert report.written[SUPPORT.id] == 0
    bus.assert_holds()


def test_a_service_marked_differently_is_an_entry_and_a_new_name_is_none(bus: Bus) -> None:
    """What a decision depends on is in the tree; a name is not."""
    provider = Provider(id=ProviderId("borough-d"), name="Another name")
    service = Service(id=ServiceId("borough-d.jobs"), name="Jobs", sensitive=False)
    before = entries(bus)
    with bus.engine.begin() as connection:
        renamed = Directory(providers=(provider,), services=(service,))
        assert enter_services(bus.ledger.on(connection), renamed) == []
        marked = renamed.model_copy(
            update={"services": (service.model_copy(update={"sensitive": True}),)}
        )
        assert enter_services(bus.ledger.on(connection), marked) == ["borough-d.jobs"]
        terms = read_agreements(connection)

    assert entries(bus) == before + 1
    leaf = bus.leaf()
    assert (leaf["kind"], leaf["service"], leaf["sensitive"]) == ("service", service.id, True)
    assert terms.is_sensitive(ServiceId("borough-d.jobs"))


def test_a_service_that_nobody_entered_is_sensitive(bus: Bus) -> None:
    """It takes somebody who knows it to say that it is not."""
    with bus.engine.connect() as connection:
        terms = read_agreements(connection)

    assert terms.is_sensitive(ServiceId("borough-d.unheard-of"))
    assert not terms.is_sensitive(ServiceId("borough-d.jobs"))
    assert terms.is_sensitive(ServiceId("charity-b.recovery"))


def test_only_agreements_that_need_no_standing_reach_everyone(bus: Bus) -> None:
    """Of the shipped ones, figures and research alone."""
    with bus.engine.connect() as connection:
        found = read_agreements(connection).for_everyone
    assert found == {"hub.statistics", "research.outcomes"}
