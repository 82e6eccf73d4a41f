"""The page about the contract says what the schemas hold."""

import re
from pathlib import Path
from typing import get_args

import pytest

from schemas.blocks import Background, Equality, Health, Justice, Needs
from schemas.decline_reasons import CONSEQUENCES, DeclineReason
from schemas.registry import locked_schemas

PAGE = (Path(__file__).parents[3] / "docs" / "contract.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ")
]


def test_every_decline_reason_is_on_the_page_with_what_follows() -> None:
    """Side, whether a need is unmet, and what is to be done."""
    said = {row[0].strip("`"): row[1:] for row in ROWS if row[1] in {"person", "service"}}

    assert said == {
        reason.value: [of.side.value, "yes" if of.is_unmet_need else "no", of.what_follows]
        for reason, of in CONSEQUENCES.items()
    }
    assert set(CONSEQUENCES) == set(DeclineReason) - {DeclineReason.UNSPECIFIED}


@pytest.mark.parametrize("block", [Background, Needs, Health, Equality, Justice])
def test_every_priority_group_is_on_the_page_beside_its_block(block: type) -> None:
    """And in no other block: which one it is decides who may see it."""
    annotation = block.__annotations__["priority_groups"]
    (groups, _), *_ = (get_args(get_args(part)[0]) for part in get_args(annotation)[:1])
    (row,) = (row for row in ROWS if row[0] == f"`{block.__name__.lower()}`")

    assert re.findall(r"`(\w+)`", row[1]) == [
        group.value for group in groups if group.value != "unspecified"
    ]


def test_every_version_is_on_the_page_with_its_ids() -> None:
    """What is written with an id is read by the same schema for ever."""
    said = {row[0]: row[1] for row in ROWS if row[0].isdecimal()}
    schemas = sorted(locked_schemas().values(), key=lambda schema: schema.id)

    assert said == {
        str(version): ", ".join(str(one.id) for one in schemas if one.version == version)
        for version in {schema.version for schema in schemas}
    }
