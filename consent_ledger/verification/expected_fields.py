"""What a tray must show of an event's fields, worked out of the ledger's terms for the audit.

It shares nothing with the filter's own code but the contract: an empty block is filled with what is
shared, where the filter takes away what is not.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from schemas.derivation import Derivation
from schemas.field_forms import FIELD_KINDS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def shared_fields(terms: dict[str, Any]) -> tuple[dict[str, str], str | None]:
    """Return the forms of the fields that terms share, by path, and what a pseudonym stands for.

    Terms of release 0.1.0 named blocks: of those only what they made coarser in a named tray.
    """
    if "generalise" not in terms:
        return terms["fields"], terms["pseudonym"]
    if terms["pseudonymous"]:
        return {}, "person"
    known = {
        "birth-band": ("identity.date_of_birth", "band"),
        "borough": ("area.borough", "area"),
    }
    return dict(known[form] for form in terms["generalise"].values()), None


class SharedPart:
    """What a tray shows of a block of which some fields are shared, each in a form.

    `schema` is the block's own, `shared` are the forms by path, `services` those that are known;
    `nothing` is a block that shows nothing.
    """

    def __init__(
        self,
        block: str,
        schema: Mapping[str, Any],
        shared: Mapping[str, str],
        services: Mapping[str, bool],
    ) -> None:
        self._is_gate = block == "participation"
        self._services = services
        self.nothing: Final[dict[str, Any]] = _nothing(schema)
        self._items: dict[str, dict[str, Any]] = {}
        self._shared: list[tuple[str, str, str, str]] = []
        names = {field["name"] for field in schema["fields"]}
        for path, form in shared.items():
            first, *inner = path.split(".")
            if first != block or inner[0] not in names or form == "left-out":
                continue
            if inner[1:]:
                self._items[inner[0]] = _nothing(_item(schema, inner[0]))
            self._shared.append((path, form, inner[0], ".".join(inner[1:])))

    def of(self, fields: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return an empty block with what is shared of one put into it; None if that is nothing."""
        filled = dict(self.nothing)
        for path, form, name, in_item in self._shared:
            value = fields[name]
            if in_item:
                if value:
                    nothing = self._items[name]
                    filled[name] = filled[name] or [dict(nothing) for _ in value]
                for place, held in enumerate(value or ()):
                    coarse = _in_form(path, form, held[in_item], self._services)
                    if coarse is not None:
                        filled[name][place][in_item] = coarse
            elif isinstance(value, list):
                coarse_items = [_in_form(path, form, held, self._services) for held in value]
                kept = [one for one in coarse_items if one is not None] or filled[name]
                filled[name] = kept[:1] if kept and form == "present" else kept
            elif value is not None:
                coarse = _in_form(path, form, value, self._services)
                if coarse is not None:
                    filled[name] = coarse
        return filled if self._is_gate or filled != self.nothing else None


def _item(schema: Mapping[str, Any], name: str) -> Any:
    """Return the type of the items in a block's list, which may be null."""
    (kind,) = (field["type"] for field in schema["fields"] if field["name"] == name)
    return (kind[1] if isinstance(kind, list) else kind)["items"]


def _nothing(schema: Any) -> Any:
    if isinstance(schema, list):
        return None
    if schema == "string":
        return ""
    if schema == "double":
        return 0.0
    if schema["type"] == "array":
        return []
    if schema["type"] == "enum":
        return schema["default"]
    if schema["type"] == "record":
        return {field["name"]: _nothing(field["type"]) for field in schema["fields"]}
    raise ValueError("a type that the audit does not know")


def _in_form(path: str, form: str, value: Any, services: Mapping[str, bool]) -> Any:
    """Return a value in its form, or None where it is left out."""
    known = FIELD_KINDS[path]
    found = None
    if value is None:
        return None
    if form in {"code", "area"}:
        found = value if value in known.codes else None
    elif form == "present":
        found = "present" if value else None
    elif path == "participation.service_id":
        named = value.split(".")[0] if form == "provider" else value
        found = named if value in services else None
    elif known.bands:
        if known.bands[0] <= value <= known.bands[-1]:
            ends = [end for end in known.bands[:-1] if end <= value]
            found = type(value)(max(ends)) if form == "band" else value
    elif form == "band":
        found = date(max(value.year // 5 * 5, 1), 1, 1)
    elif form in {"day", "month", "quarter"}:
        found = _first_day(value, form)
    elif form == "as-is":
        found = value
    else:
        raise ValueError("a form that the audit does not know")
    return found


def _first_day(value: Any, form: str) -> Any:
    at = value
    if isinstance(value, datetime):
        at = value - timedelta(
            microseconds=(value - _EPOCH) // timedelta(microseconds=1) % 86_400_000_000
        )
    while (form != "day" and at.day != 1) or (form == "quarter" and at.month not in {1, 4, 7, 10}):
        at -= timedelta(days=1)
    return at


def pseudonymise(
    record: dict[str, Any],
    fields: dict[str, Any],
    secret: Derivation,
    pseudonym: str,
    shared: Mapping[str, str],
) -> str:
    """Put pseudonyms into a record of an event with these fields; return that of its key."""
    number, event_id = record["participant_id"], record["event_id"]
    event = secret.event_id(number, event_id)
    in_value = in_key = (
        _name_of_person(secret, number)
        if pseudonym == "person"
        else _name(secret, "event of", number, event)
    )
    if pseudonym == "journey":
        source = fields["source"]
        if fields["referral_ref"] is not None:
            journey = ["referral", fields["referral_ref"]]
        elif source is not None:
            journey = ["record", fields["provider_id"], source["system"], source["reference"]]
        else:
            journey = ["event", fields["event_id"]]
        in_value = _name(secret, "journey of", number, *journey)
    record["participant_id"], record["event_id"] = in_value, event
    record["source"] = record["referral_ref"] = None
    if "provider_id" not in shared or shared["provider_id"] == "left-out":
        record["provider_id"] = ""
    form = shared.get("occurred_at", "left-out")
    moment = record["occurred_at"]
    record["occurred_at"] = _EPOCH if form == "left-out" else _first_day(moment, form)
    return in_key


@lru_cache(maxsize=100)
def _name_of_person(secret: Derivation, number: str) -> str:
    """Return the pseudonym of a person, whose events come one after another."""
    return _name(secret, "participant", number)


def _name(secret: Derivation, *parts: str) -> str:
    number = int.from_bytes(secret.token(*parts)[:16]) << 2
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "P" + "".join(letters[number >> shift & 31] for shift in range(125, -1, -5))
