"""Chapter 2: people say who may see what. Some leave out a category, a few a whole provider."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.changes import Grant, Notice
from consent_ledger.consent.consent import apply
from consent_ledger.consent.transaction import LedgerTransaction
from deploy.demo.people.dice import dice
from deploy.demo.people.journeys import JOBCENTRE
from deploy.demo.story.doors import BATCH
from deploy.demo.story.participant import Participant
from deploy.demo.story.stage import Stage
from schemas.categories import NOTHING, Category, categories_of
from schemas.identifiers import AgreementId, ProviderId

NOTICE: Final = AgreementId("jobcentre-e.engagement")
"""The agreement on public task that reaches whoever was given its notice."""

_YES_SHARE: Final = {
    "passport.coordination": 0.85,
    "borough-d.support": 0.7,
    "college-c.outcomes": 0.75,
    NOTICE: 0.3,
}
_NOTICE_SHARE: Final = 0.2
"""Of those who did not come to the Jobcentre itself: they are told at another door."""
_LEAVES_OUT_SHARE: Final = 0.3
_LEAVES_OUT_MOST: Final = 3
_EXCLUDES_SHARE: Final = 0.07
_KEPT: Final = frozenset({Category.PARTICIPATION, Category.PROGRESS})
"""What nobody here leaves out: without participation there would be no record at all."""


class Choice(NamedTuple):
    """A yes to one agreement: to which categories, and without what these providers know."""

    agreement_id: AgreementId
    categories: tuple[Category, ...]
    left_out: int
    excluded: tuple[ProviderId, ...]


def ask(stage: Stage) -> None:
    """Enter everybody's consent, and the Jobcentre's notice, in the ledger."""
    said = Counter[str]()
    people = stage.participants
    with stage.screen.working("Asking everybody who may see what", len(people)) as advance:
        for start in range(0, len(people), BATCH):
            with stage.hub.ledger.begin() as tx:
                for participant in people[start : start + BATCH]:
                    _ask(stage, tx, participant, said)
            advance(min(start + BATCH, len(people)))
    _say(stage, said)


def _ask(stage: Stage, tx: LedgerTransaction, participant: Participant, said: Counter[str]) -> None:
    chance = dice(stage.options.seed, "choices", participant.label)
    providers = [provider.id for provider in stage.directory.providers]
    if participant.door == JOBCENTRE or chance.random() < _NOTICE_SHARE:
        apply(tx, Notice(number=participant.passport, agreement=NOTICE))
        said["informed"] += 1
    for choice in choices(chance, stage.agreements, providers):
        apply(
            tx,
            Grant(
                number=participant.passport,
                agreement=choice.agreement_id,
                categories=frozenset(choice.categories),
                excluded=frozenset(choice.excluded),
            ),
        )
        said[choice.agreement_id] += 1
        said["leaves out"] += bool(choice.left_out)
        said["excludes"] += bool(choice.excluded)


def choices(
    chance: random.Random, agreements: dict[AgreementId, Agreement], providers: list[ProviderId]
) -> Iterator[Choice]:
    """Yield what somebody says yes to. The same draws are made whatever comes of them."""
    for agreement_id, agreement in agreements.items():
        says_yes = chance.random() < _YES_SHARE.get(agreement_id, 0.0)
        asked = categories_of(agreement.consent_mask)
        may_leave = [one for one in asked if one not in _KEPT]
        count = chance.randint(1, _LEAVES_OUT_MOST)
        left_out = frozenset(chance.sample(may_leave, min(count, len(may_leave))))
        if chance.random() >= _LEAVES_OUT_SHARE:
            left_out = frozenset()
        excluded = (chance.choice(providers),) if chance.random() < _EXCLUDES_SHARE else ()
        kept = tuple(one for one in asked if one not in left_out)
        if says_yes and kept:
            yield Choice(agreement_id, kept, len(left_out), excluded)


def _say(stage: Stage, said: Counter[str]) -> None:
    given = [
        (stage.recipient_name(agreement_id), said[agreement_id])
        for agreement_id, agreement in stage.agreements.items()
        if agreement.consent_mask != NOTHING
    ]
    stage.screen.table(("Who asks", "people who say yes"), given)
    total = sum(count for _, count in given)
    stage.screen.say(
        f"{total:,} times somebody says yes, {said['leaves out']:,} times with categories left out"
        f" and {said['excludes']:,} times without what one provider knows. {said['informed']:,}"
        " people are given the Jobcentre's notice: it has a task in law, so it tells and does not"
        " ask."
    )
    stage.screen.say(
        "Where nobody says yes and no law gives a task, nothing is shared: absence denies."
    )
