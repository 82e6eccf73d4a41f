import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
import requests
from jgo.maven import PythonResolver

from deploy.one_machine.embedded.jars import (
    Jar,
    JarChangedError,
    JarUnavailableError,
    fetch,
    locked_jars,
    locked_version,
)

CONTENT = b"the bytes of a jar"


@pytest.fixture
def jar() -> Jar:
    """Give a jar whose locked hash is that of CONTENT."""
    return Jar("org.example", "thing", "1.0", "", hashlib.sha256(CONTENT).hexdigest())


def put(cache: Path, content: bytes) -> Path:
    """Lay a jar into a local Maven repository."""
    path = cache / "org" / "example" / "thing" / "1.0" / "thing-1.0.jar"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def serve(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Let every download give this content."""

    def download(_resolver: PythonResolver, artifact: Any) -> Path:
        path: Path = artifact.cached_path
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        return path

    monkeypatch.setattr(PythonResolver, "download", download)


def files_in(cache: Path) -> list[Path]:
    """List all files of a local Maven repository."""
    return [path for path in cache.rglob("*") if path.is_file()]


def test_the_lock_names_every_jar_of_the_broker_once_with_its_hash() -> None:
    """The lock holds the 45 runtime jars of kafka_2.13 and the logger, each hash in full."""
    jars = locked_jars()

    assert len({(jar.group, jar.artifact) for jar in jars}) == len(jars) == 46
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) for jar in jars)
    assert locked_version("kafka_2.13") == locked_version("kafka-clients") == "4.3.1"


def test_a_jar_in_the_cache_is_used_without_the_network(tmp_path: Path, jar: Jar) -> None:
    """A second start needs no network at all."""
    path = put(tmp_path, CONTENT)

    assert [path] == fetch([jar], cache=tmp_path, offline=True)


def test_a_tampered_jar_in_the_cache_is_refused(tmp_path: Path, jar: Jar) -> None:
    """Bytes that are not the locked ones are named, never run."""
    path = put(tmp_path, CONTENT + b"!")

    with pytest.raises(JarChangedError, match=r"thing-1\.0\.jar is not the jar that was locked"):
        fetch([jar], cache=tmp_path)

    assert path.exists()


def test_a_fetched_jar_enters_the_cache(
    tmp_path: Path, jar: Jar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A jar that is not there is fetched, and nothing else stays behind."""
    serve(monkeypatch, CONTENT)

    paths = fetch([jar], cache=tmp_path)

    assert paths == files_in(tmp_path)
    assert paths[0].read_bytes() == CONTENT
    assert not list(tmp_path.glob(".fetching-*"))


def test_a_fetched_jar_that_differs_never_enters_the_cache(
    tmp_path: Path, jar: Jar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the network gives is checked before it is kept."""
    serve(monkeypatch, CONTENT + b"!")

    with pytest.raises(JarChangedError):
        fetch([jar], cache=tmp_path)

    assert not files_in(tmp_path)


def test_an_interrupted_download_leaves_nothing_in_the_cache(
    tmp_path: Path, jar: Jar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a jar must not look like a changed one at the next start."""

    def download(_resolver: PythonResolver, artifact: Any) -> Path:
        artifact.cached_path.parent.mkdir(parents=True)
        artifact.cached_path.write_bytes(CONTENT[:4])
        raise KeyboardInterrupt

    monkeypatch.setattr(PythonResolver, "download", download)

    with pytest.raises(KeyboardInterrupt):
        fetch([jar], cache=tmp_path)

    assert not files_in(tmp_path)


def test_without_a_network_the_error_says_what_is_needed(
    tmp_path: Path, jar: Jar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that was never online gets a sentence, not a traceback of a library."""

    def no_network(*_args: object, **_kwargs: object) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "request", no_network)

    with pytest.raises(JarUnavailableError, match=r"could not be fetched") as caught:
        fetch([jar], cache=tmp_path)

    assert "needs the network" in caught.value.hint
    assert not files_in(tmp_path)


def test_offline_a_missing_jar_is_an_error(tmp_path: Path, jar: Jar) -> None:
    """With offline=True nothing is asked for over the network."""
    with pytest.raises(JarUnavailableError, match=r"thing-1\.0\.jar could not be fetched"):
        fetch([jar], cache=tmp_path, offline=True)


def test_progress_is_told_after_every_jar(tmp_path: Path, jar: Jar) -> None:
    """A person who waits for 46 jars sees them come."""
    put(tmp_path, CONTENT)
    told: list[tuple[int, int]] = []

    fetch([jar, jar], cache=tmp_path, progress=lambda done, total: told.append((done, total)))

    assert told == [(1, 2), (2, 2)]


def test_a_classifier_is_part_of_the_file_name() -> None:
    """Jars of one version for several systems differ in their names."""
    jar = Jar("org.example", "thing", "1.0", "linux", "")

    assert jar.file_name == "thing-1.0-linux.jar"
