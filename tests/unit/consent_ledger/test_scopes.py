import pytest

from consent_ledger.credentials.scopes import ScopeKind, parse_scope
from schemas.errors import MalformedError


@pytest.mark.parametrize(
    ("text", "kind", "of"),
    [
        ("publish:college-c", ScopeKind.PUBLISH, "college-c"),
        ("services:charity-b", ScopeKind.SERVICES, "charity-b"),
        ("read:borough-d.support", ScopeKind.READ, "borough-d.support"),
        ("consent:borough-d.support", ScopeKind.CONSENT, "borough-d.support"),
    ],
)
def test_a_scope_is_read_as_it_is_written(text: str, kind: ScopeKind, of: str) -> None:
    """And written as it was read."""
    scope = parse_scope(text)

    assert (scope.kind, scope.of) == (kind, of)
    assert str(scope) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "publish",
        "publish:",
        "publish:college-c.outcomes",
        "services:charity-b.mentoring",
        "read:college-c",
        "consent:*",
        "consent:borough-d.support ",
        "CONSENT:borough-d.support",
        "erase:borough-d.support",
        "consent:borough-d.support:x",
    ],
)
def test_what_is_no_scope_is_refused(text: str) -> None:
    """No scope is for everything."""
    with pytest.raises(MalformedError, match="A scope"):
        parse_scope(text)
