"""A hub's own weights decide who is known again. Also of mutants."""

from datetime import date

from consent_ledger.matching.levels import LEVELS
from consent_ledger.matching.weights import Likelihood, Weights
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.duplicates import duplicates_of
from consent_ledger.register.register import Register
from schemas.blocks import Identity
from tests.support.bus_settings import PARTITIONS, PEPPER
from tests.support.desk import COLLEGE, desk

ADA = Identity(given_names="Adaeze", family_name="Nwosu", date_of_birth=date(1991, 3, 14))
SAYING_NOTHING = Weights(
    {
        field: dict.fromkeys(levels, Likelihood(1 / len(levels), 1.0))
        for field, levels in LEVELS.items()
    }
)
"""Whatever agrees counts for two people."""


def test_at_a_door_and_found_later_people_are_weighed_by_the_hubs_own_weights() -> None:
    """By weights that say nothing, whoever is the same in all is new, and no duplicate."""
    with desk() as made:
        number = made.known(ADA)
        again = made.ask(COLLEGE, identity=ADA)
        made.register = Register(
            pepper=PEPPER, vault=made.vault, partitions=PARTITIONS, weights=SAYING_NOTHING
        )

        found = made.ask(COLLEGE, identity=ADA.model_copy(update={"given_names": "Adaeze Ifeoma"}))

        assert again == RegisteredPerson(number, is_new=True)
        assert isinstance(found, RegisteredPerson)
        assert found.participant_id != number
        with made.ground.begin() as tx:
            assert duplicates_of(tx, made.register, number) == []
