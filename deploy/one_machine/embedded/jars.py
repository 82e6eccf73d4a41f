"""The broker's jars: exactly those of `jars.lock`, each checked against its SHA-256.

No POM is read when jars are fetched: the lock is the whole list. For a new version of the broker
it is made from `jgo.build("org.apache.kafka:kafka_2.13:V+org.slf4j:slf4j-simple:1.7.36")`, whose
`lockfile.dependencies` name every jar. slf4j-simple is the one logger that brings nothing else.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jgo.maven import MavenContext, PythonResolver

from schemas.errors import BusError

LOCK: Final = Path(__file__).with_name("jars.lock")

# called after each jar with (jars at hand, jars in all)
Progress = Callable[[int, int], None]


class JarUnavailableError(BusError):
    """A jar that is neither in the cache nor to be had from the network."""


class JarChangedError(BusError):
    """A jar whose bytes are not those that were locked."""


@dataclass(frozen=True)
class Jar:
    """One locked jar: its Maven coordinates and the SHA-256 of its bytes, in hex."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The name of the jar in a Maven repository."""
        suffix = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{suffix}.jar"


def locked_jars(lock: Path = LOCK) -> tuple[Jar, ...]:
    """Read the jars of a lock file, in the order of the class path."""
    return tuple(Jar(**entry) for entry in json.loads(lock.read_text(encoding="utf-8")))


def locked_version(artifact: str) -> str:
    """Say at which version an artifact is locked. Raises KeyError for one that is not."""
    return {jar.artifact: jar.version for jar in locked_jars()}[artifact]


def fetch(
    jars: Sequence[Jar],
    *,
    cache: Path | None = None,
    offline: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Give the paths of these jars, in their order, after fetching those that are not there yet.

    `cache` is a local Maven repository, by default the user's own (`~/.m2/repository`, or M2_REPO).
    A jar enters it only whole and checked, so neither an interrupted download nor two runs at once
    can spoil it.

    Raises JarUnavailableError when a jar cannot be fetched, JarChangedError when its hash differs.
    """
    context = MavenContext(resolver=PythonResolver(), repo_cache=cache, offline=offline)
    paths = []
    for done, jar in enumerate(jars, start=1):
        path = _path_in(context, jar)
        if not path.exists():
            _fetch_one(jar, path, context.repo_cache, offline=offline)
        _check(jar, path)
        paths.append(path)
        if progress:
            progress(done, len(jars))
    return paths


def _path_in(context: MavenContext, jar: Jar) -> Path:
    folder = context.project(jar.group, jar.artifact).at_version(jar.version).path_prefix
    return context.repo_cache / folder / jar.file_name


def _fetch_one(jar: Jar, path: Path, cache: Path, *, offline: bool) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetching-") as aside:
        context = MavenContext(resolver=PythonResolver(), repo_cache=Path(aside), offline=offline)
        component = context.project(jar.group, jar.artifact).at_version(jar.version)
        try:
            fetched = component.artifact(classifier=jar.classifier).resolve()
        except (OSError, RuntimeError) as error:
            # OSError: no network (requests' errors are OSErrors); RuntimeError: not in the
            # repository, or not in the cache with offline=True
            raise JarUnavailableError(
                f"{jar.file_name} could not be fetched.",
                "The first start of the embedded Kafka needs the network: its jars (44 MB) come "
                f"from the Maven repository and are kept in {cache}. Check the connection and "
                "start again, or use a Kafka that is already running.",
            ) from error
        _check(jar, fetched)
        path.parent.mkdir(parents=True, exist_ok=True)
        fetched.replace(path)


def _check(jar: Jar, path: Path) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != jar.sha256:
        raise JarChangedError(
            f"{path} is not the jar that was locked: its SHA-256 is {digest}, "
            f"{jar.sha256} was expected.",
            "It will not be run. Find out what changed it, delete it, and start again.",
        )
