"""The command `simulate`: what is asked wrongly is said in a sentence, and trials come out as asked for."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli.main import cli

SMALL = """
id: small_trial
title: Six shops for an hour
seed: 5
clock: {start: "2026-03-02T08:00:00Z", hours: 1, step: 20, history: 2}
platform: {merchants: 6, journeys_per_day: 200, waves: [{number: 1, stage: post_migration, cutover_in_days: -3}]}
faults:
  - {mode: order_service_drops_events, onset: 10, scope: {stage: post_migration}}
"""


def run(*words: str) -> Any:
    return CliRunner().invoke(cli, ["simulate", *words])


@pytest.fixture(autouse=True)
def without_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials come out as asked for whether meanings count or not; loading the model takes seconds."""
    monkeypatch.setenv("CAUSEWAY_LITE", "1")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small_trial.yaml"
    file.write_text(SMALL)
    return file


def test_a_misspelt_key_is_one_sentence_with_file_and_key_and_exit_2(small: Path) -> None:
    small.write_text(SMALL.replace("onset:", "onsett:"))
    result = run(str(small))
    assert result.exit_code == 2
    assert "small_trial.yaml" in result.stderr
    assert "onsett" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_negative_rate_is_refused_before_anything_runs(small: Path) -> None:
    small.write_text(SMALL + "noise: {declined: -0.5}\n")
    result = run(str(small))
    assert result.exit_code == 2
    assert "noise.declined" in result.stderr


@pytest.mark.parametrize("words", [(), ("something", "--all")])
def test_a_choice_is_asked_for(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "--generate" in result.stderr


def test_an_unknown_scenario_is_misuse_and_the_known_ones_are_named() -> None:
    result = run("no_such_scenario")
    assert result.exit_code == 2
    assert "no_such_scenario" in result.stderr


def test_an_unknown_operator_is_misuse(small: Path) -> None:
    result = run(str(small), "--operator", "oracle")
    assert result.exit_code == 2
    assert "rubber_stamp" in result.stderr


def test_one_trial_is_told_for_people(small: Path) -> None:
    result = run(str(small))
    assert result.exit_code == 0, result.output
    assert "small_trial" in result.stdout
    assert "order_service_drops_events" in result.stdout


@pytest.mark.long
@pytest.mark.ci
def test_several_trials_run_in_processes_and_come_out_in_the_order_asked_for(small: Path) -> None:
    result = run(str(small), "--operator", "truthful", "--operator", "absent", "--seed", "9", "--json")
    assert result.exit_code == 0, result.output
    trials = json.loads(result.stdout)
    assert [(trial["operator"], trial["seed"]) for trial in trials] == [("truthful", 9), ("absent", 9)]
    assert trials[0]["truth"] == trials[1]["truth"] or trials[0]["actions"] != trials[1]["actions"]
    assert all(trial["seconds"] > 0 for trial in trials)


def test_a_pace_needs_a_shipped_scenario(small: Path) -> None:
    result = run(str(small), "--speed", "2")
    assert result.exit_code == 2
    assert "shipped scenario" in result.stderr


def test_the_scorecard_comes_as_json_too(small: Path) -> None:
    result = run(str(small), "--score", "--json")
    assert result.exit_code == 0, result.output
    card = json.loads(result.stdout)
    assert (card["trials"], card["worlds"]) == (1, 1)
    assert "found" in card["total"]
    assert card["below"] == []


def test_an_unknown_kind_of_run_has_no_floors(small: Path) -> None:
    result = run(str(small), "--floors", "no_such_run")
    assert result.exit_code == 2
    assert "no_such_run" in result.stderr


def test_a_platform_nobody_can_reason_about_is_refused_before_anything_runs(small: Path) -> None:
    small.write_text(SMALL.replace("platform: {", "platform: {domain: submarines, ").partition("faults:")[0])
    result = run(str(small))
    assert result.exit_code == 2
    assert "submarines" in result.stderr
