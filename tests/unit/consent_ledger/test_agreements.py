from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from consent_ledger.agreements.agreement import (
    Agreement,
    AgreementError,
    Basis,
    Pseudonym,
    load_agreement,
    load_agreements,
)
from consent_ledger.agreements.ledger_form import agreement_in_ledger
from consent_ledger.verification.expected_fields import shared_fields
from schemas.categories import Category, mask_of
from schemas.field_forms import FIELD_KINDS, FieldForm, Shape

CONSENT = {"basis": "consent"}
EXPLICIT = {"basis": "consent", "article_9": "explicit-consent"}
PUBLIC_TASK = {"basis": "public-task"}
EVERY = EXPLICIT | {"article_10": "an Act of Parliament"}
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def content(**changes: Any) -> dict[str, Any]:
    """Return what a whole agreement's file holds."""
    return {
        "id": "college-c.outcomes",
        "version": 1,
        "recipient_name": "A college",
        "plain": "The college sees what you reached after your course.",
        "events": ["outcome"],
        "categories": {"participation": CONSENT, "progress": CONSENT},
        "retention_days": 365,
    } | changes


def file(folder: Path, text: str | None = None, name: str = "one.yaml", **changes: Any) -> Path:
    """Write an agreement's file."""
    path = folder / name
    path.write_text(text if text is not None else yaml.safe_dump(content(**changes)), "utf-8")
    return path


def with_categories(**categories: Any) -> dict[str, Any]:
    """Return a change that shares these categories beside participation."""
    named = {name.replace("_", "-"): terms for name, terms in categories.items()}
    return {"categories": {"participation": CONSENT} | named}


def hidden(**fields: Any) -> dict[str, Any]:
    """Return a change that makes it pseudonymous, with fields and categories more."""
    shared = {name: terms for name, terms in fields.items() if isinstance(terms, dict)}
    forms = {name: form for name, form in fields.items() if isinstance(form, str)}
    return {
        "pseudonym": "person",
        "categories": {"participation": CONSENT, "progress": CONSENT} | shared,
        "fields": {"participation.stage": "as-is", "progress.category": "code"} | forms,
    }


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an id without a purpose": ({"id": "college-c"}, "recipient, a dot and the purpose"),
    "an id that is no topic": ({"id": "College.outcomes"}, "recipient, a dot and the purpose"),
    "version 0": ({"version": 0}, "version"),
    "no recipient's name": ({"recipient_name": ""}, "recipient_name"),
    "no words for a participant": ({"plain": "Sharing."}, "plain"),
    "no events": ({"events": []}, "nothing could ever be delivered"),
    "an event nobody publishes": ({"events": ["sighting"]}, "events"),
    "an unknown category": (with_categories(blood=CONSENT), "categories"),
    "an unknown basis": (with_categories(area={"basis": "interest"}), "basis"),
    "a category without a basis": (with_categories(area={}), "basis"),
    "no gate": ({"categories": {"progress": CONSENT}}, "the gate to every record"),
    "nothing shared": ({"categories": {}}, "the gate to every record"),
    "health without a condition": (with_categories(health=CONSENT), "article_9"),
    "equality without a condition": (with_categories(equality=PUBLIC_TASK), "article_9"),
    "wellbeing without a condition": (with_categories(wellbeing=CONSENT), "article_9"),
    "notes without a condition": (with_categories(notes=CONSENT), "article_9"),
    "a sensitive gate without a condition": (
        with_categories(sensitive_participation=CONSENT),
        "article_9",
    ),
    "justice without an authority": (with_categories(justice=CONSENT), "article_10"),
    "an authority of two letters": (
        with_categories(justice=CONSENT | {"article_10": "UK"}),
        "article_10",
    ),
    "explicit consent that is no consent": (
        with_categories(health=PUBLIC_TASK | {"article_9": "explicit-consent"}),
        "needs consent as the basis",
    ),
    "a form that is none of the field's": (
        with_categories(area=CONSENT) | {"fields": {"area.borough": "band"}},
        "fields.area.borough is a borough and never band: it may be area or left-out",
    ),
    "a field of what is not shared": (
        {"fields": {"identity.date_of_birth": "band"}},
        "is of identity, which is not shared at all",
    ),
    "a field nobody has": (
        hidden(**{"progress.salary": "as-is"}),
        "fields.progress.salary is no field",
    ),
    "a field that is never shown": (hidden(source="as-is"), "fields.source is no field"),
    "a form nobody knows": (hidden(**{"progress.grade": "whole"}), "fields.progress.grade"),
    "a moment as it is": (hidden(occurred_at="as-is"), "is a date or time and never as-is"),
    "a birth to the day": (
        hidden(identity=CONSENT, **{"identity.date_of_birth": "day"}),
        "is a date of birth and never day",
    ),
    "a block of which nothing is named": (
        hidden(identity=CONSENT),
        "identity is shared, and none of its fields is",
    ),
    "the envelope of a named tray": (
        {"fields": {"occurred_at": "month"}},
        "fields.occurred_at stands outside the blocks",
    ),
    "a pseudonym of nobody knows what": (hidden() | {"pseudonym": "household"}, "pseudonym"),
    "a reason without a pseudonym": (
        {"although": {"college-c.support": "Because it has always been like that."}},
        "although is for a pseudonymous tray",
    ),
    "a reason of a word": (hidden() | {"although": {"college-c.support": "Why not"}}, "although"),
    "an organisation that is no slug": ({"organisation": "The College"}, "organisation"),
    "the old word for pseudonyms": ({"pseudonymous": True}, "pseudonymous"),
    "the old way to be coarser": ({"generalise": {"area": "borough"}}, "generalise"),
    "an end before the beginning": (
        {"valid_from": BEGUN, "valid_until": BEGUN},
        "not after valid_from",
    ),
    "a beginning without a time zone": ({"valid_from": datetime(2026, 1, 1)}, "valid_from"),  # noqa: DTZ001 - the fault
    "whom it reaches": ({"applies_to": "all"}, "applies_to"),
    "nothing kept at all": ({"retention_days": 0}, "retention_days"),
    "kept for ever": ({"retention_days": 10**6}, "retention_days"),
    "a field nobody knows": ({"share_everything": True}, "share_everything"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_agreement_is_refused_for(case: str, tmp_path: Path) -> None:
    """Each rule has a file that breaks it, and the message names the file and the place."""
    changes, said = REFUSED[case]

    with pytest.raises(AgreementError, match=said) as refused:
        load_agreement(file(tmp_path, **changes))

    assert "one.yaml" in refused.value.message


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    """Whoever mends the file need not try one fault after the other."""
    path = file(
        tmp_path,
        id="college",
        events=[],
        categories={"health": CONSENT, "justice": CONSENT, "contact": CONSENT},
        pseudonym="person",
        valid_until=BEGUN - timedelta(days=9999),
    )

    with pytest.raises(AgreementError) as refused:
        load_agreement(path)

    for said in (
        "recipient, a dot",
        "events names none",
        "lacks participation",
        "health is special",
        "justice is criminal",
        "contact is shared, and none",
        "valid_until",
    ):
        assert said in refused.value.hint


@pytest.mark.parametrize(
    "path", [path for path, kind in FIELD_KINDS.items() if kind.kind is Shape.TEXT]
)
def test_free_text_is_never_shared_as_it_is(path: str, tmp_path: Path) -> None:
    """Whatever the field was meant for: the message names it, and what it may be instead."""
    block = path.partition(".")[0]
    changes = hidden(**{path: "as-is"}, **({} if block == "participation" else {block: EVERY}))

    with pytest.raises(AgreementError) as refused:
        load_agreement(file(tmp_path, **changes))

    assert f"fields.{path} is free text and never as-is" in refused.value.hint
    assert "left-out or present" in refused.value.hint


def test_an_organisation_reads_names_or_pseudonyms_of_the_same_people(tmp_path: Path) -> None:
    """Not both, unless the pseudonymous one says why, for each of the named ones."""
    file(tmp_path, name="named.yaml", id="passport.coordination", organisation="college-c")
    file(tmp_path, name="hidden.yaml", **hidden())

    with pytest.raises(
        AgreementError, match=r"college-c would read college-c\.outcomes"
    ) as refused:
        load_agreements(tmp_path)
    assert "although: {passport.coordination" in refused.value.hint

    why = {"passport.coordination": "The college runs the passport, by contract."}
    file(tmp_path, name="hidden.yaml", although=why, **hidden())
    assert len(load_agreements(tmp_path)) == 2

    file(tmp_path, name="third.yaml", id="college-c.support")
    with pytest.raises(AgreementError, match=r"beside college-c\.support"):
        load_agreements(tmp_path)


def in_0_1_0(**changes: Any) -> dict[str, Any]:
    """Return an agreement's terms as release 0.1.0 entered them in the ledger."""
    body = Agreement.model_validate(content()).model_dump(mode="json")
    for name in ("pseudonym", "fields", "organisation", "although"):
        del body[name]
    return body | {"pseudonymous": False, "generalise": {}} | changes


def test_what_release_0_1_0_entered_is_still_read() -> None:
    """An agreement with names is the same as today's, and what it made coarser stays so."""
    assert agreement_in_ledger(in_0_1_0()) == Agreement.model_validate(content())

    coarse = agreement_in_ledger(
        in_0_1_0(generalise={"area": "borough", "identity": "birth-band"})
        | with_categories(area=CONSENT, identity=CONSENT)
    )

    assert coarse.fields == {
        "area.borough": FieldForm.AREA,
        "identity.date_of_birth": FieldForm.BAND,
    }


def test_a_pseudonymous_agreement_of_release_0_1_0_shares_nothing() -> None:
    """It named blocks and no fields: until somebody says which, all of them are closed."""
    old = agreement_in_ledger(in_0_1_0(pseudonymous=True))

    assert old.pseudonym is Pseudonym.PERSON
    assert set(old.fields.values()) == {FieldForm.LEFT_OUT}
    assert "progress.employer" in old.fields


def test_faults_of_single_fields_are_listed_at_once_too(tmp_path: Path) -> None:
    """Each on a line of its own, with where it is."""
    with pytest.raises(AgreementError) as refused:
        load_agreement(
            file(tmp_path, version=0, retention_days=0, **with_categories(area={"basis": "no"}))
        )

    places = [line.split(":")[0].strip() for line in refused.value.hint.splitlines()]
    assert places == ["version", "categories.area.basis", "retention_days"]


@pytest.mark.parametrize(
    "again",
    ["version: 2\n", "categories:\n  participation: {basis: consent}\n"],
)
def test_a_key_written_twice_is_refused(tmp_path: Path, again: str) -> None:
    """The last one would win in silence."""
    with pytest.raises(AgreementError, match="written twice"):
        load_agreement(file(tmp_path, yaml.safe_dump(content()) + again))


def test_a_category_written_twice_is_refused(tmp_path: Path) -> None:
    """Also where it stands deeper in the file."""
    text = yaml.safe_dump(content(categories={}))
    text = text.replace(
        "categories: {}",
        "categories:\n  participation: {basis: consent}\n  participation: {basis: public-task}",
    )

    with pytest.raises(AgreementError, match="participation is written twice"):
        load_agreement(file(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words",
        "- a\n- list",
        "id: [college-c.outcomes",
        "id: !!python/object/apply:os.getcwd []",
        "id: *nobody",
        "{[a]: 1}",
        "valid_from: 2026-02-30",
        "version: " + "9" * 5000,
        "\tid: x",
    ],
)
def test_what_is_no_agreement_at_all_is_refused_in_words(tmp_path: Path, text: str) -> None:
    """Broken YAML, code in it, and dates that there are not: never an exception of a library."""
    with pytest.raises(AgreementError, match=r"one\.yaml"):
        load_agreement(file(tmp_path, text))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Missing, a folder, or in another encoding."""
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("plain: caf\xe9".encode("latin-1"))

    for path in (tmp_path / "missing.yaml", tmp_path, latin):
        with pytest.raises(AgreementError, match="cannot be read"):
            load_agreement(path)


def test_a_folder_is_taken_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    """One wrong file refuses the others: half of the agreements is a state nobody reviewed."""
    with pytest.raises(AgreementError, match="There is no agreement"):
        load_agreements(tmp_path)

    file(tmp_path, name="b.yaml", id="college-c.outcomes")
    file(tmp_path, name="a.yaml", id="hub.statistics")
    assert [one.id for one in load_agreements(tmp_path)] == ["college-c.outcomes", "hub.statistics"]

    file(tmp_path, name="c.yaml", id="hub.statistics", version=2)
    with pytest.raises(AgreementError, match="same id"):
        load_agreements(tmp_path)

    file(tmp_path, name="c.yaml", events=[])
    with pytest.raises(AgreementError, match=r"c\.yaml"):
        load_agreements(tmp_path)


def test_the_masks_say_what_opens_each_category() -> None:
    """Every shared category is under one basis, and under one alone."""
    agreement = Agreement.model_validate(
        content(
            categories={
                "sensitive-participation": EXPLICIT,
                "identity": PUBLIC_TASK,
                "progress": {"basis": "legal-obligation"},
            }
        )
    )

    assert agreement.consent_mask == Category.SENSITIVE_PARTICIPATION.bit
    assert agreement.public_task_mask == Category.IDENTITY.bit
    assert agreement.legal_obligation_mask == Category.PROGRESS.bit
    # the sensitive gate opens the one participation block there is
    assert agreement.block_mask == mask_of(
        [Category.PARTICIPATION, Category.IDENTITY, Category.PROGRESS]
    )
    assert (agreement.recipient, agreement.purpose) == ("college-c", "outcomes")


def test_an_agreement_holds_from_its_first_moment_to_just_before_its_last() -> None:
    """The end is the first moment at which it no longer holds."""
    until = BEGUN + timedelta(days=1)
    instant = timedelta(microseconds=1)
    agreement = Agreement.model_validate(content(valid_from=BEGUN, valid_until=until))

    assert not agreement.is_valid(BEGUN - instant)
    assert agreement.is_valid(BEGUN)
    assert agreement.is_valid(until - instant)
    assert not agreement.is_valid(until)
    assert not agreement.model_copy(update={"ended": True}).is_valid(BEGUN)


def test_an_agreement_survives_the_form_in_which_the_ledger_holds_it() -> None:
    """JSON and back is the same agreement, also after its masks were worked out."""
    agreement = Agreement.model_validate(content())
    assert agreement.consent_mask

    again = Agreement.model_validate(agreement.model_dump(mode="json"))

    assert again == agreement
    assert again.categories[Category.PARTICIPATION].basis is Basis.CONSENT


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"pseudonymous": True},
        {"pseudonymous": True, "generalise": {"area": "borough"}} | with_categories(area=CONSENT),
        {"generalise": {"area": "borough", "identity": "birth-band"}}
        | with_categories(area=CONSENT, identity=CONSENT),
    ],
)
def test_the_audit_reads_what_release_0_1_0_entered_as_the_filter_does(
    changes: dict[str, Any],
) -> None:
    """By itself, from the ledger's leaf."""
    old = agreement_in_ledger(in_0_1_0(**changes))
    forms, pseudonym = shared_fields(in_0_1_0(**changes))

    shared = {path: form for path, form in old.fields.items() if form is not FieldForm.LEFT_OUT}
    assert (forms, pseudonym) == (shared, old.pseudonym)
