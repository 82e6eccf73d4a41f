"""The environment of all templates: what is filled in is text, and nothing is left out."""

import pytest
from jinja2 import UndefinedError

from deploy.pages import environment
from deploy.pages.environment import render

NAME = "<b>\"&'"


def test_what_is_filled_in_is_escaped() -> None:
    """Also by way of a macro, and only once."""
    text = render("receipt.html", **values(NAME))
    template = environment._ENVIRONMENT.from_string(
        "{% macro twice(x) %}[{{ x }}]{% endmacro %}{{ twice(name) }} {{ ('<i>' ~ name)|upper }}"
    )

    assert "<strong>&lt;b&gt;&#34;&amp;&#39;</strong>" in text
    assert "<b>" not in text
    assert template.render(name=NAME) == (
        "[&lt;b&gt;&#34;&amp;&#39;] &lt;I&gt;&lt;B&gt;&#34;&amp;&#39;"
    )


def test_a_value_that_is_not_given_is_an_error() -> None:
    """A page never shows a gap in its stead."""
    given = values("x")
    del given["ledger"]

    with pytest.raises(UndefinedError, match="ledger"):
        render("receipt.html", **given)


def test_control_characters_are_replaced() -> None:
    """They reorder what is shown."""
    assert "<strong>a\N{REPLACEMENT CHARACTER}b</strong>" in render(
        "receipt.html", **values("a\u202eb")
    )


def values(pseudonym: str) -> dict[str, object]:
    """Return what a receipt of nothing is filled in with."""
    return {
        "pseudonym": pseudonym,
        "agreements": [],
        "controller": {"name": "", "contact": "", "address": ""},
        "ledger": "example.org/ledger",
        "made": "1 June 2026",
    }
