"""A mutant: a function of the product with one piece of its text replaced, while a block runs."""

import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from schemas.compiled import BUILD, Build


class Mutant(NamedTuple):
    """A function of the product with one piece of its text replaced."""

    name: str
    module: str
    function: str
    old: str
    new: str


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """Replace the function, wherever it was imported to, while the block runs.

    Raises LookupError where modules run compiled, in which nothing can be replaced.
    """
    if BUILD is Build.COMPILED:
        raise LookupError("Mutants are made of Python: set NWD_BUILD=pure.")
    module = importlib.import_module(mutant.module)
    owner_name, _, name = mutant.function.rpartition(".")
    owner = getattr(module, owner_name) if owner_name else module
    original = owner.__dict__[name]
    source = textwrap.dedent(inspect.getsource(original))
    if mutant.old not in source:
        raise LookupError(f"{mutant.name}: its text is not in {mutant.function} any more")
    made: dict[str, object] = {}
    exec(  # noqa: S102 - our own source, with one piece replaced
        compile(source.replace(mutant.old, mutant.new, 1), mutant.function, "exec"),
        module.__dict__ | {"__name__": mutant.module},
        made,
    )
    places = [(owner, name)]
    if not owner_name:
        places = [
            (one, name)
            for one in list(sys.modules.values())
            if getattr(one, name, None) is original
        ]
    for place, attribute in places:
        setattr(place, attribute, made[name])
    try:
        yield
    finally:
        for place, attribute in places:
            setattr(place, attribute, original)
