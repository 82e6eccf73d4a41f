"""The JSON of proofs, read from whoever hands it in."""

import base64
import json
from collections.abc import Iterable
from typing import Any


def read_object(text: bytes) -> dict[str, Any]:
    """Return the object that a text is in JSON; an empty one where it is anything else."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def in_base64(hashes: Iterable[bytes]) -> list[str]:
    """Return hashes as JSON holds them."""
    return [base64.b64encode(one).decode() for one in hashes]
