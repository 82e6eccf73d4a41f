"""Organisations that joined or left by command, beside the reviewed files: a file each.

The files of services and agreements say who is on the bus. Here is who was added before a file
names them, and who has left whatever a file says.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from schemas.files import replace_file
from schemas.identifiers import AgreementId, ProviderId, ServiceId

_FOLDER: Final = "organisations"
_FIRST_SERVICE: Final = "general"


@dataclass(frozen=True)
class Membership:
    """An organisation as it was added or removed.

    `draft` is the agreement that was drafted for it; its tray is there before that is in the
    ledger. `is_leaving` from the moment it is removed, for good; `has_left` once all is done.
    """

    id: str
    name: str
    is_provider: bool
    draft: AgreementId | None = None
    is_leaving: bool = False
    has_left: bool = False

    @property
    def first_service(self) -> ServiceId:
        """The service under which a provider publishes until the file of services has its own."""
        return ServiceId(f"{ProviderId(self.id)}.{_FIRST_SERVICE}")


def read_memberships(home: Path) -> dict[str, Membership]:
    """Return the organisations by id. Raises OSError, and ValueError where a file is broken."""
    files = sorted((home / _FOLDER).glob("*.json"))
    read = TypeAdapter(Membership).validate_json
    return {path.stem: read(path.read_bytes()) for path in files}


def removed(home: Path) -> frozenset[str]:
    """Return the organisations that left, or are leaving. Raises as `read_memberships` does."""
    known = read_memberships(home)
    return frozenset(id_ for id_, membership in known.items() if membership.is_leaving)


def write_membership(home: Path, membership: Membership) -> None:
    """Keep an organisation as it is now. Raises OSError."""
    folder = home / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = TypeAdapter(Membership).dump_json(membership, indent=2)
    replace_file(folder / f"{membership.id}.json", text + b"\n")
