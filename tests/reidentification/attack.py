"""The attack: somebody reads a named and a pseudonymous tray, and says who is who."""

from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from consent_ledger.agreements.agreement import Pseudonym
from consent_ledger.redaction.redactor import Redactor
from consent_ledger.reidentification.claims import Owners, Scored, score
from consent_ledger.reidentification.joins import Method, claims_by
from consent_ledger.reidentification.tray_view import TrayView, view_of
from consumers.tray import TrayRecord
from schemas.identifiers import AgreementId
from tests.reidentification.made_up_town import SERVICES, MadeUpTown

_NO_PEPPER = bytes(32)
"""Nobody who reads trays has the bus's: names that are made without it say nothing."""


class Trays(NamedTuple):
    """A named and a pseudonymous tray as their reader has them."""

    named: TrayView
    pseudonymous: TrayView


class Attack:
    """An attack on a pseudonymous tray by a reader of a named one. Truth only scores it."""

    def __init__(self, town: MadeUpTown, named: AgreementId, pseudonymous: AgreementId) -> None:
        self._coarsened_as = Redactor(town.agreements[pseudonymous], _NO_PEPPER, SERVICES)
        self._one_each = town.agreements[pseudonymous].pseudonym is Pseudonym.PERSON
        self._places = named, pseudonymous
        self._before = self._views(town.before)
        self._after = self._views(town.after)
        self._names, self._pseudonyms = town.owners(named), town.owners(pseudonymous)

    def scores(self) -> dict[Method, Scored]:
        """Return by method of how many people something was claimed, and of how many it is so."""
        return {method: self._score(method, self._pseudonyms) for method in Method}

    def scores_on_shuffled_truth(self) -> dict[Method, Scored]:
        """Return the same scores where each pseudonym is somebody else's."""
        people = list(self._pseudonyms.values())
        Random(1).shuffle(people)  # noqa: S311 - the same in every run
        shuffled = dict(zip(self._pseudonyms, people, strict=True))
        return {method: self._score(method, shuffled) for method in Method}

    def _score(self, method: Method, truth: Owners) -> Scored:
        trays = self._after if method is Method.RETRACTIONS else self._before
        claims = claims_by(method, *trays, one_pseudonym_each=self._one_each)
        return score(claims, self._names, truth)

    def _views(self, trays: Mapping[AgreementId, list[TrayRecord]]) -> Trays:
        named, pseudonymous = self._places
        return Trays(view_of(trays[named], self._coarsened_as), view_of(trays[pseudonymous]))
