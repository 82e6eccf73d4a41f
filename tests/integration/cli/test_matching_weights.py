"""Weights found in a hub's own records: shown, written, and used when a setting says so."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from consent_ledger.matching import candidate_pairs
from consent_ledger.matching.weights import read_weights, shipped_weights, weights_text
from deploy.demo.people.names import FAMILY, given_names
from deploy.hub import open_hub
from deploy.operations import matching_weights
from deploy.operations.registrar import HubRegistrar
from producers.hub import AnswerWord, Applicant, GivenAnswer, Registered
from schemas.blocks import Identity
from schemas.identifiers import ProviderId
from tests.integration.cli.conftest import Bus

PEOPLE = 150


def somebody(dice: Random) -> Identity:
    """Return somebody who does not exist."""
    return Identity(
        given_names=given_names(dice, dice.choice("FM")),
        family_name=dice.choice(FAMILY) + dice.choice(("", "s", "man", "ford")),
        date_of_birth=date(1950, 1, 2) + timedelta(days=dice.randrange(18_000)),
    )


def mistyped(person: Identity, dice: Random) -> Identity:
    """Return somebody as another door wrote them: half of all family names lack a letter."""
    name, day = str(person.family_name), person.date_of_birth
    assert day is not None
    at = dice.randrange(1, len(name))
    family = name[:at] + name[at + 1 :] if dice.random() < 0.5 else name
    born = day + timedelta(days=dice.choice((0, 0, 0, 10)))
    return person.model_copy(update={"family_name": family, "date_of_birth": born})


@pytest.fixture(scope="module")
def peopled(bus: Bus) -> Iterator[Bus]:
    """Give a bus on which each of some people came to two doors."""
    dice = Random(7)  # noqa: S311 - the same people each time
    people = [somebody(dice) for _ in range(PEOPLE)]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bus.settings.items():
            patch.setenv(name, value)
        with open_hub() as hub:
            registrar = HubRegistrar(hub.ledger, hub.register)
            for provider, known in (
                ("borough-d", people),
                ("college-c", [mistyped(person, dice) for person in people]),
            ):
                answers = registrar.register(
                    ProviderId(bus.name(provider)),
                    [
                        Applicant(str(at), person, None, answer=GivenAnswer(AnswerWord.OTHER))
                        for at, person in enumerate(known)
                    ],
                )
                assert all(isinstance(answer, Registered) for answer in answers)
        patch.setattr(matching_weights, "LEAST_RECORDS", 200)
        patch.setattr(matching_weights, "LEAST_ALIKE", 50.0)
        patch.setattr(candidate_pairs, "_AT_RANDOM", 10_000)
        yield bus


def levels(found: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what is shown, by field and level."""
    return {(each["field"], each["level"]): each for each in found["levels"]}


def test_what_goes_wrong_at_this_hub_is_shown_and_nothing_is_changed(peopled: Bus) -> None:
    """Family names go wrong far more often here than among those of the shipped weights."""
    found = peopled.json("participant", "weights")
    text = peopled.done("participant", "weights")

    close = levels(found)["family", "close"]
    assert close["found"]["m"] > close["before"]["m"] + 0.1
    assert close["candidates"] > 30
    assert found["records"] > 2 * PEOPLE - 60
    assert found["unreadable"] == 0
    assert "bits" in text.stdout
    assert "seem to be one person's" in text.stderr
    assert levels(peopled.json("participant", "weights"))["family", "close"] == close


def test_no_value_of_anybody_is_printed_or_written(peopled: Bus, tmp_path: Path) -> None:
    """Counts and shares alone."""
    file = tmp_path / "weights.yaml"

    text = peopled.done("participant", "weights", "--write", str(file))

    dice = Random(7)  # noqa: S311 - the same people
    for _ in range(PEOPLE):
        person = somebody(dice)
        for value in (person.family_name, str(person.date_of_birth)):
            assert str(value) not in text.stdout + text.stderr + file.read_text("utf-8")
    assert "NWD-" not in text.stdout


def test_a_file_is_written_once_and_used_when_the_setting_names_it(
    peopled: Bus, tmp_path: Path
) -> None:
    """Then it is what the next estimate is held against."""
    file = tmp_path / "weights.yaml"
    peopled.done("participant", "weights", "--write", str(file))
    used = replace(peopled, settings=peopled.settings | {"NWD_MATCHING_WEIGHTS": str(file)})

    again = peopled.nwd("participant", "weights", "--write", str(file))
    found = levels(used.json("participant", "weights"))

    assert again.exit_code == 1
    assert "is there already" in again.stderr
    written = read_weights(file)
    assert written != shipped_weights()
    for (field, level), each in found.items():
        of_file = {
            str(known): {str(name): likelihood for name, likelihood in of.items()}
            for known, of in written.likelihoods.items()
        }[field][level]
        assert (each["before"]["m"], each["before"]["u"]) == tuple(of_file)


def test_too_few_records_are_refused_with_how_many_are_needed(
    peopled: Bus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Records, and pairs that seem to be one person's; no file is made."""
    file = tmp_path / "weights.yaml"
    monkeypatch.setattr(matching_weights, "LEAST_ALIKE", 10_000.0)
    pairs = peopled.nwd("participant", "weights", "--write", str(file))
    monkeypatch.setattr(matching_weights, "LEAST_RECORDS", 1_000)
    records = peopled.nwd("participant", "weights", "--write", str(file))

    assert pairs.exit_code == records.exit_code == 1
    assert "pairs of records that seem to be one person's: 10,000 are needed" in pairs.stderr
    assert "records: 1,000 are needed" in records.stderr
    assert not file.exists()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("    same: [0.77263,", "    same: [7.7,"), "given.same"),
        (("    part: [0.04711, 0.00129794]\n", ""), "in given, part missing"),
        (("  given:\n", "  shoe-size:\n"), "given missing"),
    ],
)
def test_a_bad_file_of_weights_stops_every_command_at_its_start(
    peopled: Bus, tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    """By setting, field and level: nobody is known again by other weights than were meant."""
    file = tmp_path / "weights.yaml"
    file.write_text(weights_text(shipped_weights()).replace(*change), "utf-8")
    wrong = replace(peopled, settings=peopled.settings | {"NWD_MATCHING_WEIGHTS": str(file)})

    for command in (("participant", "duplicates"), ("init",), ("audit",)):
        result = wrong.nwd(*command)

        assert result.exit_code == 1
        assert "NWD_MATCHING_WEIGHTS: " in result.stderr
        assert named in result.stderr
