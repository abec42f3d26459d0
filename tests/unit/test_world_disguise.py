"""A disguised world gives less away and is wrong in the same way; what is withheld is told nowhere."""

from collections import Counter
from statistics import mean, pvariance

import pytest

from app.cli.trials import Order, disguise_order
from app.domain.base import Severity
from app.domain.errors import BadInput
from app.domain.signals import SignalType
from app.schemas.signals import IncomingSignal
from simulations.scenario import DirectorySpec, Scenario
from simulations.scenarios.disguise import disguise_scenario, respell_code
from simulations.scenarios.generate import draw_scenario
from simulations.world.seeded_random import Draws
from simulations.world.world import World
from tests.worlds import after, lived, scenario, world

FAULT = [{"mode": "callback_not_https", "onset": 0, "scope": {"stage": "post_migration"}}]


def strays(signals: list[IncomingSignal]) -> list[IncomingSignal]:
    return [signal for signal in signals if signal.signal_type is SignalType.API_ERROR]


def test_the_same_scenario_is_disguised_in_the_same_way_and_only_once():
    one = scenario(faults=FAULT)
    assert disguise_scenario(one) == disguise_scenario(one)
    assert disguise_scenario(disguise_scenario(one)) == disguise_scenario(one)
    assert disguise_scenario(draw_scenario(3, 0)) == draw_scenario(3, 0)


def test_what_is_wrong_and_what_helps_stay_as_they_were():
    one = disguise_scenario(scenario(faults=FAULT))
    plain, hidden = World(scenario(faults=FAULT)).troubles[0], World(one).troubles[0]
    assert (hidden.cause, hidden.scope, hidden.cured_by, hidden.onset_ms) == (
        plain.cause,
        plain.scope,
        plain.cured_by,
        plain.onset_ms,
    )
    shares = [(error.step, error.share, error.status) for error in hidden.effects.errors]
    assert shares == [(error.step, error.share, error.status) for error in plain.effects.errors]


def test_stray_errors_clump_and_stay_as_many_on_the_average():
    def hourly(bursts: float) -> list[int]:
        signals = strays(lived(world(merchants=30, journeys=6, noise={"hiccups_per_day": 24, "bursts": bursts})))
        counted = Counter((one.merchant_id, one.occurred_at.hour) for one in signals)
        return [*counted.values(), *[0] * (30 * 12 - len(counted))]

    even, clumped = hourly(0), hourly(3)
    assert 0.6 < mean(clumped) / mean(even) < 1.6
    assert pvariance(clumped) / mean(clumped) > 1.8 * pvariance(even) / mean(even)


def test_a_deployment_brings_minutes_of_one_stray_error_to_some():
    noise = {"hiccups_per_day": 0, "deploys_per_day": 24}
    spiked = strays(lived(world(merchants=20, journeys=6, noise=noise)))
    assert len(spiked) > 20
    assert lived(world(merchants=20, journeys=6, noise={"hiccups_per_day": 0}), 0, 60)
    assert not strays(lived(world(merchants=20, journeys=6, noise={"hiccups_per_day": 0})))


def test_stray_errors_come_with_any_severity_and_are_repeated_by_the_impatient():
    noise = {"hiccups_per_day": 48, "any_severity": True, "storms": 0.2}
    told = strays(lived(world(merchants=20, journeys=6, noise=noise), 0, 240))
    assert {signal.severity for signal in told} == set(Severity)
    at_once = Counter((signal.merchant_id, signal.endpoint, signal.occurred_at.minute) for signal in told)
    assert max(at_once.values()) > 4


def test_some_of_what_a_journey_leaves_does_not_name_it():
    told = [len(one.attributes) for one in lived(world(merchants=8, noise={"lost_sessions": 0.5}), 0, 120)]
    full = [len(one.attributes) for one in lived(world(merchants=8), 0, 120)]
    assert 0.3 < sum(told) / sum(full) < 0.7


def test_shops_differ_in_how_many_of_their_visitors_buy():
    from simulations.world.telemetry import Telemetry

    one = scenario(merchants=40, noise={"uneven": 0.5})
    rates = Telemetry(one, 1, World(one).people, 0)._lookers.values()
    assert max(rates) > 2 * min(rates)


def test_the_directory_misses_some_attributes_lists_others_as_they_were_and_hides_one():
    spec = DirectorySpec(missing=0.2, stale=0.2, hidden=("gateway",))
    truth = {row.id: row.dimensions() for row in world(merchants=60).merchants()}
    one = World(scenario(merchants=60).changed(directory=spec))
    listed = {row.id: row.dimensions() for row in one.merchants()}
    names = {name for row in truth.values() for name in row} - {"stage", "wave", "gateway", "plugins", "language"}
    cells = [(truth[key][name], listed[key].get(name)) for key in truth for name in names if name in truth[key]]
    assert 0.15 < sum(now is None for _, now in cells) / len(cells) < 0.25
    assert 0.05 < sum(now not in (None, was) for was, now in cells) / len(cells) < 0.2
    assert all("gateway" not in row for row in listed.values())
    assert all(listed[key]["stage"] == truth[key]["stage"] for key in truth)


def test_whom_the_directory_does_not_show_within_the_rule_is_told_by_the_truth():
    fault = [{**FAULT[0], "scope": {"gateway": "stripe"}}]
    shown = World(scenario(faults=fault)).truth(after(60)).faults[0]
    hidden = scenario(faults=fault).changed(directory=DirectorySpec(hidden=("gateway",)))
    told = World(hidden).truth(after(60)).faults[0]
    assert (shown.untold, shown.hidden) == ((), False)
    assert (told.untold, told.hidden) == (told.exposed, True)
    assert told.exposed == shown.exposed


def test_a_fault_may_spare_some_who_are_exposed_all_the_same():
    one = world(merchants=60, faults=[{**FAULT[0], "reach": 0.5}]).truth(after(60)).faults[0]
    every = world(merchants=60, faults=FAULT).truth(after(60)).faults[0]
    assert set(one.exposed) == set(every.exposed)
    assert 0.3 < len(one.ill) / len(every.ill) < 0.7


def test_a_code_is_spelt_as_nobody_has_published_it_or_not_at_all():
    told = {respell_code("PAYMENT_CALLBACK_INVALID", Draws(seed, "x")) for seed in range(60)}
    assert len(told) > 5 and "PAYMENT_CALLBACK_INVALID" not in told and "" in told
    assert respell_code("", Draws(1, "x")) == ""


def of_what_is_withheld(name: str) -> tuple[World, list[IncomingSignal]]:
    told = disguise_order(Order(scenario(merchants=12, faults=FAULT), 11, "truthful"), 1.0, name)
    one = World(told.scenario)
    return one, lived(one, 0, 120)


def test_what_is_withheld_is_told_by_nobody_and_the_rest_is_as_before():
    _, full = of_what_is_withheld("")
    _, uncoded = of_what_is_withheld("codes")
    _, plain = of_what_is_withheld("severities")
    bare, same = of_what_is_withheld("attributes")
    assert len(full) == len(uncoded) == len(plain) == len(same)
    assert not any(one.error_code for one in uncoded)
    assert {one.severity for one in plain} == {Severity.INFO}
    assert {one.severity for one in uncoded} > {Severity.INFO}
    assert {(row.plan, row.gateway, row.plugins, *row.attributes) for row in bare.merchants()} == {
        ("", "", (), "language")
    }
    with pytest.raises(BadInput, match="cannot be withheld; write one of severities, codes, attributes"):
        of_what_is_withheld("colours")


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_noise_can_be_halved_and_doubled(factor):
    def drawn(times: float) -> Scenario:
        return disguise_scenario(scenario(noise={"hiccups_per_day": 4}), noise=times)

    usual, told = drawn(1).noise, drawn(factor).noise
    for name in ("hiccups_per_day", "tickets_per_day", "bursts", "deploys_per_day"):
        assert getattr(told, name) == pytest.approx(factor * getattr(usual, name))
    assert told.uneven == usual.uneven


def test_trials_that_are_kept_are_not_lived_through_again(tmp_path):
    from app.cli.trials import live_missing
    from tests.score_cases import trial

    file, kept = tmp_path / "trials.jsonl", trial(scenario="zz_trial", seed=11)
    file.write_text(kept.model_dump_json() + "\n")
    order = Order(scenario(), 11, "truthful")
    assert list(live_missing([order], lambda done, of: None, file)) == [kept]
    file.write_text("{}\n")
    with pytest.raises(BadInput, match=r"trials.jsonl:1: holds no trial"):
        list(live_missing([order], lambda done, of: None, file))
