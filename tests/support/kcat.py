"""kcat with a librdkafka that logs in to Kafka 4: 2.6.1 or newer.

Older ones send a nonce that is wrong by RFC 5802, which Kafka took until 3.8.1; Debian 12 has 2.0.2
beside its kcat. The one in confluent-kafka's wheel takes its place.
"""

from importlib.metadata import files
from pathlib import Path


def kcat_environment(folder: Path) -> dict[str, str]:
    """Return the variable by which kcat finds that library; a link to it is made in a folder."""
    (library,) = (
        file.locate()
        for file in files("confluent-kafka") or ()
        if file.name.startswith("librdkafka-")
    )
    link = folder / "librdkafka.so.1"
    if not link.exists():
        link.symlink_to(Path(str(library)).resolve())
    return {"LD_LIBRARY_PATH": str(folder)}
