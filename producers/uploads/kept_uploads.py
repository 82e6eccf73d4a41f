"""Files that wait for their import, sealed under a key that their token alone has."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from secrets import token_bytes, token_hex
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, insert, select, update

from producers.uploads.tables import upload
from schemas.errors import BusError
from schemas.identifiers import ProviderId

UPLOAD_HOURS: Final = 24
"""A file is gone after that, imported or not."""
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_ID_BYTES: Final = 16


class UploadError(BusError):
    """A token that no file has: it never had one, was imported, or has run out."""

    def __init__(self) -> None:
        super().__init__(
            "There is no such file.",
            f"It was imported, or handed in more than {UPLOAD_HOURS} hours ago: hand it in again.",
        )


class UploadedFile(NamedTuple):
    """A file that was handed in, whose it is, and the mapping by which it was tried last."""

    provider_id: ProviderId
    name: str
    content: bytes
    mapping: str | None = None


class _Token(NamedTuple):
    """What whoever handed a file in asks for it with."""

    upload_id: str
    key: bytes

    def __str__(self) -> str:
        return f"{self.upload_id}.{urlsafe_b64encode(self.key).decode()}"


def await_upload(connection: Connection, provider_id: ProviderId, at: datetime) -> str:
    """Return the token under which an organisation may hand in one file.

    Files that have run out are deleted on the way.
    """
    token = _Token(token_hex(_ID_BYTES), token_bytes(_KEY_BYTES))
    connection.execute(delete(upload).where(upload.c.made_at < _oldest(at)))
    connection.execute(
        insert(upload).values(upload_id=token.upload_id, provider_id=provider_id, made_at=at)
    )
    return str(token)


def is_awaited(connection: Connection, upload_id: str, at: datetime) -> bool:
    """Return whether a file may still come under the first half of its token."""
    found = select(upload.c.upload_id).where(
        upload.c.upload_id == upload_id,
        upload.c.made_at >= _oldest(at),
        upload.c.sealed.is_(None),
    )
    return connection.scalar(found) is not None


def public_half(token: str) -> str:
    """Return the half of a token that opens nothing, and that an address may show."""
    return token.partition(".")[0]


def keep_upload(
    connection: Connection, token: str, name: str, content: bytes, at: datetime
) -> UploadedFile:
    """Keep a file that was awaited. Raises UploadError where none was, or one has come."""
    known = _parse(token)
    awaited = (
        upload.c.upload_id == known.upload_id,
        upload.c.made_at >= _oldest(at),
        upload.c.sealed.is_(None),
    )
    provider_id = connection.scalar(select(upload.c.provider_id).where(*awaited).with_for_update())
    if provider_id is None:
        raise UploadError
    file = UploadedFile(ProviderId(provider_id), name, content)
    connection.execute(
        update(upload)
        .where(upload.c.upload_id == known.upload_id)
        .values(sealed=_seal(known, file))
    )
    return file


def find_upload(connection: Connection, token: str, at: datetime) -> UploadedFile:
    """Return the file of a token. Raises UploadError where there is none."""
    known = _parse(token)
    row = connection.execute(
        select(upload.c.provider_id, upload.c.sealed).where(
            upload.c.upload_id == known.upload_id, upload.c.made_at >= _oldest(at)
        )
    ).one_or_none()
    if row is None or row.sealed is None:
        raise UploadError
    return _unseal(known, ProviderId(row.provider_id), bytes(row.sealed))


def choose_mapping(
    connection: Connection, token: str, file: UploadedFile, text: str
) -> UploadedFile:
    """Keep with a file the mapping by which it is tried, and return both."""
    known, chosen = _parse(token), file._replace(mapping=text)
    connection.execute(
        update(upload)
        .where(upload.c.upload_id == known.upload_id)
        .values(sealed=_seal(known, chosen))
    )
    return chosen


def remove_upload(connection: Connection, token: str) -> None:
    """Delete a file that was imported, or is not wanted any more."""
    connection.execute(delete(upload).where(upload.c.upload_id == _parse(token).upload_id))


def _parse(token: str) -> _Token:
    upload_id, _, key = token.partition(".")
    try:
        known = _Token(upload_id, urlsafe_b64decode(key.encode("ascii")))
    except ValueError:
        raise UploadError from None
    if len(known.key) != _KEY_BYTES or not upload_id.isalnum():
        raise UploadError
    return known


def _seal(token: _Token, file: UploadedFile) -> bytes:
    head = json.dumps({"name": file.name, "mapping": file.mapping}).encode()
    nonce = token_bytes(_NONCE_BYTES)
    plain = len(head).to_bytes(4, "big") + head + file.content
    return nonce + AESGCM(token.key).encrypt(nonce, plain, _about(token, file.provider_id))


def _unseal(token: _Token, provider_id: ProviderId, sealed: bytes) -> UploadedFile:
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        plain = AESGCM(token.key).decrypt(nonce, rest, _about(token, provider_id))
    except InvalidTag:
        raise UploadError from None
    end = 4 + int.from_bytes(plain[:4], "big")
    head = json.loads(plain[4:end])
    return UploadedFile(provider_id, head["name"], plain[end:], head["mapping"])


def _about(token: _Token, provider_id: ProviderId) -> bytes:
    return f"{token.upload_id}|{provider_id}".encode()


def _oldest(at: datetime) -> datetime:
    return at - timedelta(hours=UPLOAD_HOURS)
