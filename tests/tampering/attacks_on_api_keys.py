"""Attacks on the API keys of organisations, by somebody who writes to the database."""

from consent_ledger.transparency.log_report import LogPart
from tests.tampering.attack import Target, Wanted, attack, exactly


@attack
def an_api_key_made_up(target: Target) -> Wanted | None:
    """With somebody else's scopes, and a secret of the attacker's own."""
    rows = target.copy.api_keys
    if not rows:
        return None
    free = set(range(target.size)) - {row.seq for row in rows}
    seq = target.random.choice(sorted(free))
    rows.append(rows[0]._replace(key_id="0" * 12, digest=bytes(32), seq=seq))
    return exactly(LogPart.TABLE, seq)


@attack
def an_api_key_that_reaches_farther(target: Target) -> Wanted | None:
    """To another agreement, for longer, for another organisation, or to another's secret."""
    rows = target.copy.api_keys
    if not rows:
        return None
    place = target.random.randrange(len(rows))
    row = rows[place]
    rows[place] = target.random.choice(
        (
            row._replace(scopes=[*row.scopes, "consent:borough-d.support"]),
            row._replace(expires_at=row.expires_at.replace(year=2099)),
            row._replace(organisation="evil-e"),
            row._replace(digest=bytes(32)),
        )
    )
    return exactly(LogPart.TABLE, row.seq)


@attack
def a_revoked_api_key_that_goes_on(target: Target) -> Wanted | None:
    """Whoever was shut out would be let in again."""
    rows = target.copy.api_keys
    revoked = [place for place, row in enumerate(rows) if row.revoked_at]
    if not revoked:
        return None
    place = target.random.choice(revoked)
    rows[place] = rows[place]._replace(revoked_at=None)
    stated = b'"key":"%s"' % rows[place].key_id.encode()
    last = max(
        seq for seq, told, _ in target.copy.entries if b"-revoked" in told and stated in told
    )
    return exactly(LogPart.TABLE, last)


@attack
def an_api_key_deleted(target: Target) -> Wanted | None:
    """Who had it could not be shown any more."""
    rows = target.copy.api_keys
    if not rows:
        return None
    return exactly(LogPart.TABLE, rows.pop(target.random.randrange(len(rows))).seq)
