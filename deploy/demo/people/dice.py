"""Repeatable chance: the only source of it in the demo."""

import random
from collections.abc import Iterable
from typing import TypeVar

Thing = TypeVar("Thing")


def dice(*seed: object) -> random.Random:
    """Return chance seeded by these parts, the same in every process."""
    return random.Random("/".join(map(str, seed)))  # noqa: S311 - made-up people, no secrets


def weighted(chance: random.Random, choices: Iterable[tuple[Thing, float]]) -> Thing:
    """Return one of the choices, each as likely as its weight says."""
    things, weights = zip(*choices, strict=True)
    chosen: Thing = chance.choices(things, weights)[0]
    return chosen
