"""Chapter 3: the filter has filled the out-trays; the passport and the analytics follow them."""

from typing import Final

from consent_ledger.agreements.agreement import Pseudonym
from consumers.analytics.measures import By, funnel
from deploy.demo.story.stage import Stage
from deploy.programs.read_trays import STATISTICS_AGREEMENT
from schemas.identifiers import ProviderId

_OF_PEOPLE: Final = (None, Pseudonym.PERSON)
"""Where the names in a tray are people's: of the others nobody can count them."""


def fill_trays(stage: Stage) -> None:
    """Wait until all is delivered, and show what each organisation sees now."""
    with stage.screen.working("Filling the out-trays", stage.post.total) as advance:
        stage.settle(advance)
    stage.screen.say(
        "Each recipient has one out-tray for each agreement; the job passport and the statistics"
        " have read theirs to the end. This is what stands there now."
    )
    stage.screen.table(
        ("Recipient", "people", "records", "with closed categories"),
        (
            (
                stage.recipient_name(agreement),
                tray.people() if stage.agreements[agreement].pseudonym in _OF_PEOPLE else None,
                len(tray.held),
                tray.with_closed(),
            )
            for agreement, tray in stage.mirrors.items()
        ),
    )
    stage.screen.say(
        "A closed category is empty in the record and named beside it, whether there was anything"
        " in it or not."
    )
    for agreement_id, agreement in stage.agreements.items():
        if agreement.release_interval is not None:
            stage.screen.say(
                f"{stage.recipient_name(agreement_id)} waits: what is new comes there in batches,"
                f" every {agreement.release_interval.days} days, so that no moment tells whose it"
                " is. The hub's own figures wait for nothing: their process alone reads that tray."
            )
    _show_statistics(stage)


def _show_statistics(stage: Stage) -> None:
    with stage.hub.engine.connect() as connection:
        table = funnel(connection, By.PROVIDER)
    name = stage.recipient_name(STATISTICS_AGREEMENT)
    stage.screen.say(
        f"{name} counts people without knowing who they are: counts under 5 are not shown, the"
        " others are rounded to the nearest 5."
    )
    columns = ("referred", "enrolled", "reached")
    stage.screen.table(
        ("Provider", "referred", "enrolled", "reached", "days to enrol"),
        (
            (
                stage.provider_name(ProviderId(row.group[0])) if row.group[0] else "not known",
                *(_cell(row.counts[column]) for column in columns),
                _cell(row.medians["days_to_enrolment"]),
            )
            for row in table.rows
        ),
    )


def _cell(figure: int | None) -> object:
    return "-" if figure is None else figure
