"""A value that somebody told, and who told it and when, in words."""

from pydantic import JsonValue

from consumers.passport.view import Sourced


def in_words(value: JsonValue) -> str:
    """Return a value for a person to read: a list by commas, yes and no for truth."""
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    if isinstance(value, dict):
        told = ((name, held) for name, held in value.items() if held is not None)
        return ", ".join(f"{name} {in_words(held)}" for name, held in told)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def source_of(told: Sourced) -> str:
    """Return who told a value, and on which day it was observed."""
    return f"{told.provider_id}, {told.observed_at.date().isoformat()}"
