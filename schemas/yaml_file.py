"""Reviewed YAML: read strictly, and refused with every fault named."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from schemas.errors import BusError
from schemas.validation import fault

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(
    path: Path, model: type[Model], what: str, error: type[BusError], *, is_text: bool = False
) -> Model:
    """Read one YAML file into a model, as `parse_yaml` does; errors name the file.

    Raises `error` also when the file cannot be read.
    """
    try:
        source = path.read_text("utf-8")
    except OSError as cause:
        raise error(f"The {what} {path.name} cannot be read.", f"{cause.strerror}.") from None
    except UnicodeDecodeError:
        raise error(f"The {what} {path.name} cannot be read.", "It is not UTF-8.") from None
    return parse_yaml(source, model, what, error, is_text=is_text, name=path.name)


def parse_yaml(
    source: str,
    model: type[Model],
    what: str,
    error: type[BusError],
    *,
    is_text: bool = False,
    name: str = "",
) -> Model:
    """Read YAML into a model; `what` is a person's word for it, such as `agreement`.

    Where it `is_text`, every value is what is written: `No` is a word, and `007` has its zeros.

    Raises `error` when it is not YAML, names a key twice, or breaks rules of the model; it names
    the place, and all faults at once.
    """
    named = f"{what} {name}".rstrip()
    try:
        content = yaml.load(source, _TextAlone if is_text else _NoDuplicates)  # noqa: S506 - safe
    except yaml.YAMLError as cause:
        mark = getattr(cause, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise error(
            f"The {named} is not YAML{where}.", getattr(cause, "problem", "") or ""
        ) from None
    except ValueError as cause:  # YAML's own dates and numbers: 2026-02-30
        raise error(f"The {named} holds what no date or number is.", str(cause)) from None
    try:
        return model.model_validate(content)
    except ValidationError as cause:
        raise error(
            f"The {named} was not taken.",
            "\n".join(
                f"  {'.'.join(map(str, problem['loc'])) or what}: {fault(problem)}"
                for problem in cause.errors(include_input=False, include_url=False)
            ),
        ) from None


def plain_yaml(source: str) -> Any:
    """Return what a YAML of our own says, each value as it is written."""
    return yaml.load(source, _TextAlone)  # noqa: S506 - a SafeLoader


class _NoDuplicates(yaml.SafeLoader):
    """YAML that refuses a key written twice: the last one would win in silence."""


class _TextAlone(_NoDuplicates):
    """YAML in which a plain value is text, whatever it looks like."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - as the base class has it


def _mapping(loader: _NoDuplicates, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    for key, (node_of_key, _) in zip(keys, node.value, strict=True):
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(
                problem=f"the key {key} is written twice", problem_mark=node_of_key.start_mark
            )
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_NoDuplicates.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
