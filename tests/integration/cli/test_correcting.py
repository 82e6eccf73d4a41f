"""A correction by a higher revision reaches every tray that the event stands in."""

import json
from typing import Any
from uuid import uuid4

from schemas.identifiers import PassportNumber
from tests.integration.cli.conftest import Bus, wait_until

CONSENTED = ("borough-d.support", "college-c.outcomes", "passport.coordination")
SHIPPED = (*CONSENTED, "hub.statistics", "jobcentre-e.engagement")
KINDS = ("referral", "enrolment", "outcome")


def programmes(bus: Bus, shipped: str) -> list[str]:
    """Return the programmes that a tray's records name, of events in their order there."""
    shown = bus.lines("tray", "show", bus.name(shipped))
    return [str(one["value"]["participation"]["programme"]) for one in shown]


def publish(
    bus: Bus,
    number: PassportNumber,
    ids: dict[str, str],
    *,
    programme: str,
    borough: str,
    revision: int,
) -> None:
    """Publish one event of each kind, all of one programme and borough, in a revision."""
    lines = []
    for kind in KINDS:
        fields = json.loads(bus.line(kind, number, event_id=ids[kind], revision=revision))
        fields["participation"] |= {"programme": programme}
        fields["area"] = {"borough": borough}
        lines.append(json.dumps(fields))
    bus.done("publish", given="\n".join(lines))


def test_a_correction_reaches_every_tray_the_passport_and_the_figures(running: Bus) -> None:
    """Each record is replaced where it stands; none is added, and none of the old is left."""
    number = running.participant()
    ids = {kind: str(uuid4()) for kind in KINDS}
    for agreement in CONSENTED:
        running.done("consent", "grant", number, running.name(agreement), "--all")
    running.done("consent", "inform", number, running.name("jobcentre-e.engagement"))
    publish(running, number, ids, programme="Traineeship", borough="Barnet", revision=1)
    running.wait_for_events(number, 3)
    wait_until(lambda: len(programmes(running, "passport.coordination")) == 3, "the trays")
    before = {one: programmes(running, one) for one in SHIPPED}
    assert {one: len(held) for one, held in before.items()} == dict.fromkeys(SHIPPED, 3) | {
        "college-c.outcomes": 1
    }
    assert {said for held in before.values() for said in held} == {"Traineeship"}

    publish(running, number, ids, programme="Restart", borough="Camden", revision=2)

    def all_corrected() -> bool:
        return all("Traineeship" not in programmes(running, one) for one in SHIPPED)

    wait_until(all_corrected, "the correction")
    assert {one: programmes(running, one) for one in SHIPPED} == {
        one: ["Restart"] * len(held) for one, held in before.items()
    }

    def kept() -> set[Any]:
        copy = running.json("export", number)
        story = [step["facts"]["participation"]["programme"] for step in copy["passport"]["story"]]
        return {*story, *(row["borough"] for row in copy["figures"])}

    wait_until(lambda: kept() == {"Restart", "Camden"}, "the passport and the figures")
    revisions = [one["revision"] for one in running.json("export", number)["events"]]
    assert sorted(revisions) == [1, 1, 1, 2, 2, 2]
    assert running.json("audit")["differences"] == []
