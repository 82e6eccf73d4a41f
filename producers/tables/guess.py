"""A mapping proposed from headings and from what stands below them, to be looked through.

What it does not know it writes as `?`, and a mapping with a `?` is not taken. Of what stands in a
column it shows how often it is filled and a shape; words in clear only where they are translated.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from rapidfuzz import fuzz, process

from producers.tables.fields import ENVELOPE, NUMBER, SERVICE, STAGE, fields_of
from producers.tables.headings import folded
from producers.tables.mapping import IGNORED, UNPLACED
from producers.tables.mapping_text import mapping_text
from producers.tables.samples import ColumnSample, sampled
from producers.tables.shipped import shipped_for
from producers.tables.table import Table
from schemas.events import EVENT_TYPES
from schemas.identifiers import ProviderId
from schemas.yaml_file import plain_yaml

_SURE: Final = 88.0
_REFERENCE: Final = "reference"
_ENOUGH: Final = 0.8
_BY_LOOKS: Final = (
    "contact.email",
    "identity.ni_number",
    "identity.uln",
    "contact.postcode",
    "contact.phone",
)
"""Fields that are known by what they look like, whatever their heading."""
_FIRST_STAGE: Final = {"referral": "requested", "enrolment": "started", "outcome": "recorded"}
_PERSONAL: Final = frozenset({"identity", "contact", "notes"})
"""Blocks whose words are never shown."""
_NAMES: Final = ("identity.given_names", "identity.family_name", "identity.date_of_birth")


class ProposedMapping(NamedTuple):
    """A mapping as plain data, what is in each column, and the organisation's own services."""

    plain: dict[str, Any]
    samples: Mapping[str, ColumnSample]
    services: Sequence[str]


def proposed_mapping(
    table: Table, provider_id: ProviderId, services: Mapping[str, str], name: str
) -> ProposedMapping:
    """Return a mapping for a table, with `?` for what is not known. `services` are names by id."""
    samples = dict(zip(table.headings.names, sampled(table), strict=True))
    own = [id_ for id_ in services if id_.startswith(f"{provider_id}.")]
    known = shipped_for(table.headings)
    plain = known if known is not None else _guessed(table, samples, name)
    plain = {"name": plain["name"], "version": 1, "provider": str(provider_id)} | plain
    if table.sheet is not None:
        plain["sheet"] = table.sheet
    for plan in plain["events"].values():
        if SERVICE in plan["fixed"]:
            plan["fixed"][SERVICE] = own[0] if len(own) == 1 else UNPLACED
    columns = {
        heading: _with_words(plain["columns"].get(heading, UNPLACED), sample)
        for heading, sample in samples.items()
        if heading in plain["columns"] or heading not in _named(plain)
    }
    return ProposedMapping(plain | {"columns": columns}, samples, own)


def guessed_mapping(
    table: Table, provider_id: ProviderId, services: Mapping[str, str], name: str
) -> str:
    """Return the proposed mapping as YAML, with remarks."""
    return mapping_text(*proposed_mapping(table, provider_id, services, name))


def _guessed(table: Table, samples: Mapping[str, ColumnSample], name: str) -> dict[str, Any]:
    placed = {heading: _field(heading, sample) for heading, sample in samples.items()}
    for place in table.headings.ours:
        placed[table.headings.names[place]] = IGNORED
    references = [heading for heading, path in placed.items() if path == _REFERENCE]
    reference = references[:1] or [heading for heading, path in placed.items() if path in _NAMES]
    columns = {
        heading: IGNORED if path == _REFERENCE else path
        for heading, path in placed.items()
        if heading not in references[:1]
    }
    types = _types(columns.values())
    is_alone = len(types) == 1
    slug = "".join(part if part.isalnum() else "-" for part in name.lower()).strip("-")
    return {
        "name": slug if slug[:1].isalpha() and slug.isascii() else f"table-{slug}"[:40].rstrip("-"),
        "reference": reference or [UNPLACED],
        "row": _row(reference, columns, samples),
        "required": [heading for heading, path in columns.items() if path in _NAMES],
        "columns": {
            heading: path.partition(".")[2] if is_alone and path.split(".")[0] in types else path
            for heading, path in columns.items()
        },
        "events": {kind: _plan(kind, columns) for kind in types},
    }


def _field(heading: str, sample: ColumnSample) -> str:
    """Return where a column goes, by its heading, or by what all of it looks like."""
    known = _known_headings()
    found = process.extractOne(folded(heading), list(known), scorer=fuzz.ratio, score_cutoff=_SURE)
    if found is not None:
        path = known[found[0]]
        if path == _REFERENCE or not sample.first or _fits(path, sample) >= 1 - _ENOUGH:
            return path
    if sample.first:
        for path in _BY_LOOKS:
            if sample.fits(fields_of("referral")[path].convert) >= _ENOUGH:
                return path
    return UNPLACED


def _fits(path: str, sample: ColumnSample) -> float:
    """Return the share of a column's cells that a field can take; words can be translated."""
    if path == NUMBER or (path not in ENVELOPE and sample.list_of_words()):
        return 1.0
    kind, _, rest = path.partition(".")
    if kind not in EVENT_TYPES:
        kind, rest = "referral", path
    return sample.fits(fields_of(kind)[rest].convert)


def _types(paths: Iterable[str]) -> list[str]:
    """Return the types of event that the columns tell of: an enrolment, where they do not say."""
    told = {path.partition(".")[0] for path in paths}
    return [kind for kind in EVENT_TYPES if kind in told] or ["enrolment"]


def _row(
    reference: list[str], columns: Mapping[str, str], samples: Mapping[str, ColumnSample]
) -> list[str]:
    """Return what tells rows apart: with a day beside the reference, where that comes again."""
    if len(reference) != 1 or samples[reference[0]].is_unique:
        return []
    days = [
        heading
        for heading, path in columns.items()
        if path.endswith(("started_on", "effective_from", "occurred_at"))
    ]
    return [*reference, *days[:1]]


def _plan(kind: str, columns: Mapping[str, str]) -> dict[str, Any]:
    placed = set(columns.values())
    fixed = {SERVICE: UNPLACED}
    if f"{kind}.{STAGE}" not in placed:
        fixed[STAGE] = _FIRST_STAGE[kind]
    plan: dict[str, Any] = {"fixed": fixed}
    of_kind = [heading for heading, path in columns.items() if path.startswith(f"{kind}.")]
    days = [
        heading
        for heading in of_kind
        if columns[heading].endswith(("occurred_at", "started_on", "effective_from"))
    ]
    if days or of_kind:
        plan["when"] = {(days or of_kind)[0]: "filled"}
    return plan


def _with_words(placement: Any, sample: ColumnSample) -> Any:
    """Return a placement with the column's words to translate, where its field has words."""
    if isinstance(placement, list):
        return [_with_words(part, sample) for part in placement]
    if isinstance(placement, dict):
        words = placement.get("words")
        if words == {}:
            return placement | {"words": dict.fromkeys(sample.list_of_words(), UNPLACED)}
        return placement
    kind, _, rest = placement.partition(".")
    if kind not in EVENT_TYPES:
        kind, rest = (
            next((kind for kind in EVENT_TYPES if placement in fields_of(kind)), ""),
            placement,
        )
    if rest.partition(".")[0] in _PERSONAL:
        return placement
    field = fields_of(kind).get(rest) if kind else None
    words = sample.list_of_words()
    if field is None or not words or sample.fits(field.convert) == 1.0:
        return placement
    return {"to": placement, "words": dict.fromkeys(words, UNPLACED)}


def _named(plain: Mapping[str, Any]) -> set[str]:
    """Return the headings that a mapping names elsewhere than among its columns."""
    named = {*plain.get("reference", ()), *plain.get("row", ()), *plain.get("only", {})}
    for plan in plain["events"].values():
        named |= set(plan.get("when", {}))
    return named


@cache
def _known_headings() -> Mapping[str, str]:
    listed = plain_yaml(
        files("producers.tables").joinpath("known_headings.yaml").read_text("utf-8")
    )
    return {folded(heading): path for path, headings in listed.items() for heading in headings}
