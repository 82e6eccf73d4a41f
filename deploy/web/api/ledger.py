"""The ledger's tree, read-only: checkpoint and tiles (c2sp.org/tlog-tiles), and its keys.

A reader that keeps a checkpoint can see from these that the ledger has only grown since. They hold
hashes: a proof shows the person whom an entry is about what it says.
"""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy import Engine

from consent_ledger.transparency.key_proofs import prove_key_changes
from consent_ledger.transparency.log_proof import format_proof
from consent_ledger.transparency.tiles import parse_tile, read_tile
from consent_ledger.transparency.transparency_log import head
from deploy.web.api.any_path import ANY_PATH

_FOREVER: Final = "public, max-age=31536000, immutable"
_PRIVATE: Final = (
    "Entries are private: this log serves its checkpoint and the hashes of its tree. Who an entry"
    " is about gets it with a proof, from `nwd ledger prove`.\n"
)

router = APIRouter(
    prefix="/ledger",
    tags=["ledger"],
    responses={
        404: {
            "description": "The ledger has no such thing, or not yet.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)


@router.get("/checkpoint", response_class=PlainTextResponse)
def checkpoint(request: Request) -> Response:
    """Return the newest checkpoint, a signed note."""
    with _engine(request).connect() as connection:
        note = head(connection).checkpoint
    return _missing("The ledger has no entry yet.\n") if note is None else _text(note)


@router.get("/keys", response_class=JSONResponse)
def keys(request: Request) -> Response:
    """Return a proof of each change of the ledger's key, as c2sp.org/tlog-proof, in their order."""
    with _engine(request).connect() as connection:
        proofs = [format_proof(proof) for proof in prove_key_changes(connection)]
    return JSONResponse({"changes": proofs}, headers={"cache-control": "no-cache"})


@router.get(f"/tile/entries/{{_path:{ANY_PATH}}}", response_class=PlainTextResponse)
def entry_bundle(_path: str) -> Response:
    """Answer that entries are not served."""
    return _missing(_PRIVATE)


@router.get(
    f"/tile/{{path:{ANY_PATH}}}",
    response_class=Response,
    responses={200: {"description": "The hashes.", "content": {"application/octet-stream": {}}}},
)
def tile(path: str, request: Request) -> Response:
    """Return a tile: up to 256 hashes. Full or partial, it never changes."""
    wanted = parse_tile(path)
    if wanted is None:
        return _missing("That is not the path of a tile: see c2sp.org/tlog-tiles.\n")
    with _engine(request).connect() as connection:
        hashes = read_tile(connection, wanted)
    if hashes is None:
        return _missing("The ledger is too short for that tile.\n")
    return Response(
        hashes, media_type="application/octet-stream", headers={"cache-control": _FOREVER}
    )


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _missing(why: str) -> Response:
    return _text(why, status=404)


def _text(text: str, status: int = 200) -> Response:
    return Response(
        text,
        status_code=status,
        media_type="text/plain; charset=utf-8",
        headers={"cache-control": "no-cache"},
    )
