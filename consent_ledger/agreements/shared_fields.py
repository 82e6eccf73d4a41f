"""The rules of an agreement's `fields`: which field it may name, and in which form."""

from collections.abc import Collection, Iterator, Mapping

from schemas.categories import BLOCKS, Category
from schemas.field_forms import FIELD_KINDS, FieldForm


def problems_of_fields(
    fields: Mapping[str, FieldForm], categories: Collection[Category], *, is_pseudonymous: bool
) -> Iterator[str]:
    """Yield what is wrong with the fields of an agreement that shares these categories."""
    shared = blocks_of(categories)
    for path, form in fields.items():
        block, _, rest = path.partition(".")
        kind = FIELD_KINDS.get(path)
        if kind is None:
            yield f"fields.{path} is no field that an agreement may name"
        elif form not in kind.forms:
            allowed = " or ".join(sorted(kind.forms))
            yield f"fields.{path} is {kind.kind} and never {form}: it may be {allowed}"
        elif rest and block not in shared:
            yield f"fields.{path} is of {block}, which is not shared at all"
        elif not rest and not is_pseudonymous:
            yield f"fields.{path} stands outside the blocks: a named tray shows it as it is"
    if is_pseudonymous:
        named = {path.partition(".")[0] for path in fields}
        for block in shared:
            if block not in named:
                yield f"{block} is shared, and none of its fields is: name those in fields"


def blocks_of(categories: Collection[Category]) -> list[Category]:
    """Return the blocks that belong to these categories; both gates open the same one."""
    opened = set(categories)
    if Category.SENSITIVE_PARTICIPATION in opened:
        opened.add(Category.PARTICIPATION)
    return [block for block in BLOCKS if block in opened]


def fields_of_blocks(blocks: Collection[Category]) -> list[str]:
    """Return the paths of all fields of these blocks."""
    return [path for path in FIELD_KINDS if path.partition(".")[0] in blocks]
