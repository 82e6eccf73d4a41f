"""Whether containers can be had. A client may be installed where no engine runs."""

import docker
import pytest
from docker.errors import DockerException


def require_engine(option: str) -> None:
    """Ask the Docker engine for an answer; raise pytest.UsageError when none comes."""
    try:
        client = docker.from_env(timeout=5)
        try:
            client.ping()
        finally:
            client.close()
    except DockerException as error:
        raise pytest.UsageError(
            f"{option}=container was asked for, but no Docker engine answers: {error}"
        ) from error
