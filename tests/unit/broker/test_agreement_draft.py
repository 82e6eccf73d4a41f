"""A draft of an agreement: another one's terms, and nothing that nobody has looked at."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from consent_ledger.agreements.agreement import AgreementError, load_agreement, load_agreements
from deploy.operations.agreement_draft import draft_agreement
from deploy.settings import PACKAGE
from schemas.categories import Category

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SHIPPED = load_agreements(PACKAGE / "agreements")


@pytest.mark.parametrize("template", [one.id for one in SHIPPED])
def test_a_draft_is_refused_until_somebody_writes_what_it_is_for(
    template: str, tmp_path: Path
) -> None:
    """Then it is what the template is, for another recipient, from today."""
    wanted, text = draft_agreement(template, SHIPPED, "charity-x", "The Example Trust", NOW)
    file = tmp_path / "draft.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(AgreementError) as refused:
        load_agreement(file)
    words = text.replace("\nplain:\n", f"\nplain: {'Words. ' * 5}\n")
    file.write_text(words.replace("article_10: null", "article_10: An Act"), "utf-8")
    reviewed = load_agreement(file)

    assert "plain:" in refused.value.hint
    assert reviewed.categories.keys() == wanted.categories.keys()
    left_open = {"plain": wanted.plain, "categories": wanted.categories}
    assert reviewed.model_copy(update=left_open) == wanted
    assert (reviewed.reader, reviewed.version) == ("charity-x", 1)
    assert reviewed.valid_from == datetime(2026, 6, 1, tzinfo=UTC)


def test_a_draft_names_no_authority_of_another_s() -> None:
    """Whose law lets them see criminal justice data is for the new recipient to say."""
    (template,) = (one for one in SHIPPED if one.id == "passport.coordination")
    _, text = draft_agreement(template.id, [template], "charity-x", "The Example Trust", NOW)
    terms = yaml.safe_load(text)["categories"][Category.JUSTICE]

    assert template.categories[Category.JUSTICE].article_10 is not None
    assert terms["article_10"] is None


def test_who_reads_names_is_drafted_no_pseudonyms_of_the_same_people() -> None:
    """The rule for files holds before there is one."""
    with pytest.raises(AgreementError, match="under pseudonyms"):
        draft_agreement("research.outcomes", SHIPPED, "borough-d", "Fernmoor Council", NOW)
