"""A recipient follows the ledger over HTTP, from a real web server over a real PostgreSQL."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from consent_ledger.transparency.checkpoint import open_checkpoint
from consent_ledger.transparency.merkle import leaf_hash, merkle_root
from consent_ledger.transparency.note_keys import SigningKey
from consumers.ledger_follower import LedgerFollower, LedgerForkError
from consumers.ledger_tiles import HttpLedger, LedgerAwayError
from deploy.cli.application import app
from deploy.settings import Settings
from deploy.web.app import create_app
from deploy.web.server import run_web
from schemas.errors import BusError
from tests.integration.transparency_log.filled_log import fill, tamper
from tests.integration.transparency_log.test_key_change import changed
from tests.integration.transparency_log.test_log_verification import EMPTIED

LEAVES = [str(number).encode() for number in range(700)]
START_SECONDS = 20.0


@pytest.fixture
def url(engine: Engine) -> Iterator[str]:
    """Serve the log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stop = threading.Event()
    serving = threading.Thread(target=run_web, args=(create_app(engine, Settings()), port, stop))
    serving.start()
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    stop.set()
    serving.join(START_SECONDS)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Name the file that keeps the checkpoint."""
    return tmp_path / "kept.txt"


@pytest.fixture
def follower(url: str, state: Path, key: SigningKey) -> LedgerFollower:
    """Give a recipient who trusts the log's first key."""
    return LedgerFollower(HttpLedger(url), state, key.verifier_key)


def test_each_newer_checkpoint_is_kept_once_it_is_proven(
    engine: Engine, key: SigningKey, follower: LedgerFollower, state: Path
) -> None:
    """From the tiles alone, across their borders; the file is what `nwd ledger verify` takes."""
    sizes = []
    for start, stop in ((0, 1), (1, 3), (3, 255), (255, 300), (300, 513), (513, 700)):
        fill(engine, key, [LEAVES[start:stop]])
        found = follower.follow()
        sizes.append((found.before.size if found.before else None, found.now.size))
    again = follower.follow()

    assert sizes == [(None, 1), (1, 3), (3, 255), (255, 300), (300, 513), (513, 700)]
    assert again.before == again.now
    kept = open_checkpoint(state.read_text(), [key.verifier_key])
    assert (kept.size, kept.root) == (700, merkle_root(map(leaf_hash, LEAVES)))


def refused(follower: LedgerFollower, state: Path, key: SigningKey) -> str:
    """Follow a log that must be refused; return why, once the evidence proves it."""
    before = state.read_bytes()
    with pytest.raises(LedgerForkError) as caught:
        follower.follow()
    evidence = json.loads(caught.value.evidence.read_text())
    kept, offered = (
        open_checkpoint(evidence[name], [key.verifier_key]) for name in ("kept", "offered")
    )
    assert state.read_bytes() == before == evidence["kept"].encode()
    assert (kept.size, kept.root) != (offered.size, offered.root)
    return str(evidence["why"])


def test_a_log_that_was_cut_short_is_refused(
    engine: Engine, key: SigningKey, follower: LedgerFollower, state: Path
) -> None:
    """The kept checkpoint stays, and both are evidence."""
    fill(engine, key, [LEAVES[:300], LEAVES[300:400]])
    follower.follow()
    tamper(engine, *EMPTIED)
    fill(engine, key, [LEAVES[:300]])

    assert refused(follower, state, key).endswith("had 400 entries, and now has 300")


@pytest.mark.parametrize("more", [0, 1, 300])
def test_a_log_that_was_written_anew_with_the_real_key_is_refused(
    engine: Engine, key: SigningKey, follower: LedgerFollower, state: Path, more: int
) -> None:
    """As long as before, or longer: it does not begin with what was kept."""
    fill(engine, key, [LEAVES[:400]])
    follower.follow()
    tamper(engine, *EMPTIED)
    fill(engine, key, [[*LEAVES[:399], b"another", *LEAVES[400 : 400 + more]]])

    assert "does not begin any more with the 400 entries" in refused(follower, state, key)


def test_a_checkpoint_of_another_key_is_no_evidence(
    engine: Engine, key: SigningKey, follower: LedgerFollower, state: Path
) -> None:
    """Anybody can sign anything: it is refused, and what was kept stays."""
    fill(engine, key, [LEAVES[:10]])
    follower.follow()
    before = state.read_bytes()
    tamper(engine, *EMPTIED)
    fill(engine, SigningKey.generate("hub.example/ledger"), [LEAVES[:20]])

    with pytest.raises(BusError, match="None of the known keys"):
        follower.follow()
    assert state.read_bytes() == before
    assert list(state.parent.glob("*.json")) == []


def test_a_change_of_the_key_is_followed_from_the_old_one(
    engine: Engine, key: SigningKey, follower: LedgerFollower
) -> None:
    """Twice, and to a checkpoint that no key but the newest signed."""
    fill(engine, key, [LEAVES[:10]])
    follower.follow()
    second = changed(engine, key)
    fill(engine, second, [LEAVES[11:20]])
    assert follower.follow().now.size == 20
    third = changed(engine, second)
    assert follower.follow().now.size == 21
    fill(engine, third, [LEAVES[21:30]])

    assert follower.follow().now.size == 30


def test_a_change_of_the_key_in_another_history_is_refused(
    engine: Engine, key: SigningKey, follower: LedgerFollower, state: Path
) -> None:
    """Who stole an old key and wrote the log anew from there finds nobody who follows."""
    fill(engine, key, [LEAVES[:10]])
    follower.follow()
    tamper(engine, *EMPTIED)
    fill(engine, key, [[*LEAVES[:9], b"another"]])
    changed(engine, key)

    assert "does not begin any more with the 10 entries" in refused(follower, state, key)


def test_a_ledger_that_does_not_answer_changes_nothing(
    engine: Engine, key: SigningKey, follower: LedgerFollower, state: Path
) -> None:
    """Nor does one of another name."""
    fill(engine, key, [LEAVES[:10]])
    follower.follow()
    before = state.read_bytes()
    away = LedgerFollower(HttpLedger("http://127.0.0.1:1"), state, key.verifier_key)
    with pytest.raises(LedgerAwayError):
        away.follow()
    with pytest.raises(LedgerAwayError, match="http"):
        HttpLedger("file:///etc")

    assert state.read_bytes() == before


def nwd(url: str, state: Path, key: SigningKey, *more: str) -> Result:
    """Run `nwd ledger follow`, where there is no bus."""
    arguments = ("--url", url, "--state", str(state), "--key", key.verifier_key.vkey, *more)
    return CliRunner().invoke(app, ["ledger", "follow", *arguments])


def test_the_command_keeps_refuses_and_says_so(
    engine: Engine, key: SigningKey, url: str, state: Path
) -> None:
    """With 0, and with 3 for a ledger that is not what it was."""
    fill(engine, key, [LEAVES[:10]])
    first = nwd(url, state, key)
    fill(engine, key, [LEAVES[10:12]])
    second = nwd(url, state, key, "--json")
    tamper(engine, *EMPTIED)
    fill(engine, key, [LEAVES[:11]])
    third = nwd(url, state, key)

    assert (first.exit_code, second.exit_code, third.exit_code) == (0, 0, 3)
    assert "has 10 entries. This is kept from now on." in first.stdout
    said = json.loads(second.stdout)
    assert (said["size_before"], said["size"]) == (10, 12)
    assert "had 12 entries, and now has 11" in third.stderr
    assert len(list(state.parent.glob("kept.txt.refused-11-*.json"))) == 1
