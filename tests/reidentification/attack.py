"""The attack: somebody reads a named and a pseudonymous tray, and says who is who."""

from collections.abc import Mapping
from random import Random

from consent_ledger.reidentification.claims import JoinClaim, Owners, Scored, score
from consent_ledger.reidentification.joins import Method, claims_by
from consent_ledger.reidentification.tray_view import TrayView, view_of
from schemas.identifiers import AgreementId
from schemas.trays import TrayRecord
from tests.reidentification.made_up_town import SERVICES, MadeUpTown


class Attack:
    """An attack on a pseudonymous tray by a reader of a named one. Truth only scores it."""

    def __init__(self, town: MadeUpTown, named: AgreementId, pseudonymous: AgreementId) -> None:
        self._agreement = town.agreements[pseudonymous]
        self._places = named, pseudonymous
        before, after = self._views(town.before), self._views(town.after)
        self._claims: dict[Method, list[JoinClaim]] = {
            method: claims_by(
                method, *(after if method is Method.RETRACTIONS else before), self._agreement
            )
            for method in Method
        }
        self._names, self._pseudonyms = town.owners(named), town.owners(pseudonymous)

    def scores(self) -> dict[Method, Scored]:
        """Return by method of how many people something was claimed, and of how many it is so."""
        return self._scored(self._pseudonyms)

    def scores_on_shuffled_truth(self) -> dict[Method, Scored]:
        """Return the same scores where each pseudonym is somebody else's."""
        people = list(self._pseudonyms.values())
        Random(1).shuffle(people)  # noqa: S311 - the same in every run
        return self._scored(dict(zip(self._pseudonyms, people, strict=True)))

    def _scored(self, truth: Owners) -> dict[Method, Scored]:
        return {method: score(found, self._names, truth) for method, found in self._claims.items()}

    def _views(self, trays: Mapping[AgreementId, list[TrayRecord]]) -> tuple[TrayView, TrayView]:
        named, pseudonymous = self._places
        return (
            view_of(trays[named], self._agreement, SERVICES),
            view_of(trays[pseudonymous]),
        )
