"""Somebody who takes part, as the chapters hand them on."""

from typing import NamedTuple

from schemas.identifiers import PassportNumber, ProviderId


class Participant(NamedTuple):
    """`label` is what chance is decided by; `door` is the provider that registered them first."""

    label: str
    passport: PassportNumber
    door: ProviderId
