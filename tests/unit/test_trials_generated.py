"""New trials from a seed: always sound, always the same for the same seed, and of every kind."""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pytest
import yaml

from app.domain.base import digest_of
from app.domain.errors import BadInput
from simulations.scenario import NO_INCIDENT, UNKNOWN, Scenario
from simulations.scenarios.checks import find_reached_merchants, problems_of, troubles_of
from simulations.scenarios.generate import (
    FEWEST,
    MOST_ATTRIBUTES,
    draw_scenario,
    draw_scenarios_endlessly,
    generate_scenarios,
)
from simulations.scenarios.trials import derive_expectation, load_scenario
from simulations.world.faults import CATALOGUE, DECOYS, UNCATALOGUED

ROOT = Path(__file__).resolve().parents[2]
FIXED = 20_260_301
FEW = 30
"""So many fresh ones are drawn by default."""


@pytest.fixture(scope="module")
def draws() -> list[Scenario]:
    return list(generate_scenarios(FEW, fresh_seed()))


def fresh_seed() -> int:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    return seed


@pytest.fixture(scope="module")
def many() -> list[Scenario]:
    return list(generate_scenarios(250, FIXED))


def test_each_fresh_one_is_valid(draws: list[Scenario]) -> None:
    assert len(draws) == FEW
    assert_valid(draws)


@pytest.mark.long
def test_each_of_200_fresh_ones_is_valid() -> None:
    assert_valid(generate_scenarios(200, fresh_seed()))


def assert_valid(scenarios: Iterable[Scenario]) -> None:
    for scenario in scenarios:
        assert list(problems_of(scenario)) == [], scenario.id
        assert scenario.expect == derive_expectation(scenario), scenario.id


def test_each_scope_has_one_to_three_attributes_and_reaches_some_but_not_all(draws: list[Scenario]) -> None:
    for scenario in draws:
        for trouble in troubles_of(scenario):
            assert 1 <= len(trouble.scope) <= MOST_ATTRIBUTES, (scenario.id, trouble.kind)
            assert FEWEST <= len(find_reached_merchants(scenario, trouble)) < scenario.platform.merchants, (
                scenario.id,
                trouble.kind,
            )


def test_a_drawn_trial_written_to_a_file_reads_back_as_it_was(draws: list[Scenario], tmp_path: Path) -> None:
    for scenario in draws[:40]:
        path = tmp_path / f"{scenario.id}.yaml"
        path.write_text(yaml.safe_dump(scenario.plain(), sort_keys=False, allow_unicode=True), encoding="utf-8")
        assert load_scenario(path) == scenario


def test_the_same_seed_draws_the_same_and_another_seed_another() -> None:
    first = [scenario.plain() for scenario in generate_scenarios(6, 5)]
    assert first == [scenario.plain() for scenario in generate_scenarios(6, 5)]
    assert first != [scenario.plain() for scenario in generate_scenarios(6, 6)]
    assert first == [scenario.plain() for scenario in islice(draw_scenarios_endlessly(5), 6)]
    assert first[4] == draw_scenario(5, 4).plain()


def test_another_process_in_another_place_draws_the_same(tmp_path: Path) -> None:
    code = (
        "from app.domain.base import digest_of\n"
        "from simulations.scenarios.generate import generate_scenarios\n"
        "print(digest_of([scenario.plain() for scenario in generate_scenarios(6, 5)]))\n"
    )
    there = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=there, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == digest_of([scenario.plain() for scenario in generate_scenarios(6, 5)])


@pytest.mark.long
def test_every_kind_of_trial_turns_up(many: list[Scenario]) -> None:
    causes = Counter(cause for scenario in many for cause in derive_expectation(scenario).causes or (NO_INCIDENT,))
    assert set(causes) == {*CATALOGUE, UNKNOWN, NO_INCIDENT}
    assert causes[NO_INCIDENT] >= 25
    assert {decoy.kind for scenario in many for decoy in scenario.decoys} == set(DECOYS)
    modes = {fault.mode for scenario in many for fault in scenario.faults}
    assert modes & set(UNCATALOGUED)
    assert len(modes - set(UNCATALOGUED) - set(CATALOGUE)) >= 20
    assert any(len(scenario.faults) == 2 for scenario in many)
    assert any(fault.lasts for scenario in many for fault in scenario.faults)
    assert {behaviour.does for scenario in many for behaviour in scenario.tools} == {
        "nothing",
        "fails",
        "fails_but_did_it",
        "harms",
    }
    assert len({scenario.platform.merchants for scenario in many}) >= 4


@pytest.mark.long
def test_invented_faults_have_codes_that_nobody_has_met(many: list[Scenario]) -> None:
    known = {
        error.code
        for kinds in (CATALOGUE, UNCATALOGUED, DECOYS)
        for kind in kinds.values()
        for error in kind.effects.errors
    } - {""}
    strangers = [
        fault
        for scenario in many
        for fault in scenario.faults
        if fault.mode not in CATALOGUE and fault.mode not in UNCATALOGUED
    ]
    codes = {error.code for fault in strangers if fault.effects for error in fault.effects.errors} - {""}
    assert len(codes) >= 15
    assert not codes & known
    assert any(fault.effects and not any(error.code for error in fault.effects.errors) for fault in strangers)


def test_a_seed_below_zero_is_refused() -> None:
    with pytest.raises(BadInput, match="a seed is 0 or more"):
        draw_scenario(-1, 0)
