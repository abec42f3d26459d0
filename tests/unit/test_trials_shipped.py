"""The trials that come with the product: complete, different from each other, and expecting what they plant."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from simulations.scenario import NO_INCIDENT, UNKNOWN, Between, Expectation, Matcher, Scenario, Scope
from simulations.scenarios.checks import TOOLS, find_reached_merchants, troubles_of
from simulations.scenarios.trials import SHIPPED, derive_expectation, load_scenarios
from simulations.world.faults import CATALOGUE, DECOYS, UNCATALOGUED
from simulations.world.journeys import steps_of
from simulations.world.planted_faults import CAUSES
from simulations.world.tool_effects import SETTING_TOOLS

ROOT = Path(__file__).resolve().parents[2]
CAUSES_OF_THE_TABLE = frozenset(
    {
        *(
            "callback_host_changed",
            "webhook_v2_endpoint_gone",
            "token_version_mismatch",
            "cache_not_invalidated",
            "dns_tls_cutover",
        ),
        *(
            "tax_shipping_not_migrated",
            "product_mapping_lost",
            "callback_not_https",
            "webhook_secret_mismatch",
            "webhook_receiver_timeout",
        ),
        *(
            "token_scope_missing",
            "inventory_sync_over_limit",
            "cors_origin_missing",
            "webhook_schema_change",
            "cart_session_lost",
        ),
        *(
            "checkout_script_regression",
            "order_service_drops_events",
            "platform_release_regression",
            "third_party_outage",
            "wrong_documentation",
        ),
    }
)


@pytest.fixture(scope="module")
def shipped() -> tuple[Scenario, ...]:
    return load_scenarios()


def expected(scenario: Scenario) -> Expectation:
    assert scenario.expect is not None
    return scenario.expect


def test_there_are_enough_of_them_and_each_has_the_name_of_its_file(shipped: tuple[Scenario, ...]) -> None:
    assert len(shipped) >= 32
    assert [scenario.id for scenario in shipped] == sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def test_every_cause_is_planted_somewhere(shipped: tuple[Scenario, ...]) -> None:
    assert set(CATALOGUE) == CAUSES_OF_THE_TABLE
    assert {cause for scenario in shipped for cause in expected(scenario).causes} >= CAUSES_OF_THE_TABLE


def test_at_least_six_faults_are_in_no_catalogue_and_some_are_told_by_their_file_alone(
    shipped: tuple[Scenario, ...],
) -> None:
    strange = {fault.mode for scenario in shipped for fault in scenario.faults if fault.mode not in CAUSES}
    assert len(strange) >= 6
    own = strange - set(UNCATALOGUED)
    assert len(own) >= 2
    faults = [fault for scenario in shipped for fault in scenario.faults if fault.mode in own]
    codes = {error.code for fault in faults if fault.effects for error in fault.effects.errors} - {""}
    known = {
        error.code
        for kinds in (CATALOGUE, UNCATALOGUED, DECOYS)
        for kind in kinds.values()
        for error in kind.effects.errors
    }
    assert codes
    assert not codes & known
    assert any(fault.effects and fault.effects.tickets and fault.effects.tickets.phrases for fault in faults)


def test_no_two_share_cause_scope_shape_and_decoy(shipped: tuple[Scenario, ...]) -> None:
    kinds = Counter(
        (
            expected(scenario).causes,
            tuple(_shape(scope) for scope in expected(scenario).scope),
            tuple(sorted(decoy.kind for decoy in scenario.decoys)),
        )
        for scenario in shipped
    )
    assert [kind for kind, times in kinds.items() if times > 1] == []


def _shape(scope: Scope) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, _kind(matcher)) for name, matcher in scope.items()))


def _kind(matcher: Matcher) -> str:
    return "range" if isinstance(matcher, Between) else "several" if isinstance(matcher, tuple) else "one"


def test_the_kinds_of_days_that_must_be_there_are_there(shipped: tuple[Scenario, ...]) -> None:
    healthy = [scenario for scenario in shipped if expected(scenario).cause == NO_INCIDENT]
    assert len(healthy) >= 5
    assert any(not scenario.decoys for scenario in healthy)
    assert {decoy.kind for scenario in healthy for decoy in scenario.decoys} >= {
        "marketing_spike",
        "holiday",
        "widget_outage",
        "loud_thumbnailer",
    }
    assert any(scenario.faults and scenario.decoys for scenario in shipped)
    assert any(fault.lasts for scenario in shipped for fault in scenario.faults)
    assert any(fault.ramp >= 240 for scenario in shipped for fault in scenario.faults)
    assert {behaviour.does for scenario in shipped for behaviour in scenario.tools} == {
        "nothing",
        "fails",
        "fails_but_did_it",
        "harms",
    }
    assert {fault.mode for scenario in shipped for fault in scenario.faults} >= {"wrong_documentation"}


def test_two_faults_at_once_share_merchants(shipped: tuple[Scenario, ...]) -> None:
    double = [scenario for scenario in shipped if len(scenario.faults) > 1]
    assert len(double) >= 3
    for scenario in double:
        first, second = (
            {one.id for one in find_reached_merchants(scenario, trouble)} for trouble in troubles_of(scenario)[:2]
        )
        assert first & second, scenario.id


def test_some_faults_are_narrow_some_wide_and_none_reaches_fewer_than_three(shipped: tuple[Scenario, ...]) -> None:
    shares = {}
    for scenario in shipped:
        for trouble in troubles_of(scenario):
            people = len(find_reached_merchants(scenario, trouble))
            assert people >= 3, (scenario.id, trouble.kind)
            shares[scenario.id, trouble.kind] = people / scenario.platform.merchants
    assert min(shares.values()) < 0.06
    assert max(shares.values()) > 0.9


def test_some_faults_say_nothing_and_have_no_code(shipped: tuple[Scenario, ...]) -> None:
    quiet = [
        scenario.id
        for scenario in shipped
        if scenario.faults
        and not any(error.signal != "none" for trouble in troubles_of(scenario) for error in trouble.effects.errors)
    ]
    assert len(quiet) >= 3


@pytest.mark.parametrize(
    ("scene", "step", "signs"),
    [
        ("slow_lane", "checkout", "slower"),
        ("empty_baskets", "cart", "code"),
        ("two_kinds_of_refusal", "sign_in", "401"),
        ("two_kinds_of_refusal", "app_call", "403"),
        ("paid_and_silent", "webhook", "403 500 loses_order"),
        ("thin_tuesday", "checkout", "conversion"),
    ],
)
def test_the_scenes_that_an_earlier_system_promised_are_there(
    shipped: tuple[Scenario, ...], scene: str, step: str, signs: str
) -> None:
    scenario = next(one for one in shipped if one.id == scene)
    troubles = troubles_of(scenario)
    errors = [error for trouble in troubles for error in trouble.effects.errors if error.step == step]
    shown = {
        "slower": any(error.slower > 5 for error in errors),
        "code": any(error.code for error in errors),
        "loses_order": all(error.loses_order for error in errors),
        "conversion": any(trouble.effects.kpi.get("conversion", 1) < 1 for trouble in troubles)
        and any(error.blocks for error in errors),
    }
    statuses = {str(error.status) for error in errors}
    assert errors
    assert all(shown.get(sign, sign in statuses) for sign in signs.split())


def test_what_is_expected_follows_from_what_is_planted(shipped: tuple[Scenario, ...]) -> None:
    for scenario in shipped:
        assert expected(scenario) == derive_expectation(scenario.changed(expect=None))
        assert not set(expected(scenario).forbidden) & set(expected(scenario).causes)
        assert set(expected(scenario).forbidden) <= set(CAUSES)
        assert set(expected(scenario).resolved_by) <= set(SETTING_TOOLS)


def test_a_healthy_day_expects_nothing_and_forbids_what_its_decoys_tempt_to(shipped: tuple[Scenario, ...]) -> None:
    sale = next(one for one in shipped if one.id == "the_big_sale")
    assert expected(sale) == Expectation(cause=NO_INCIDENT, forbidden=tuple(sorted(DECOYS["marketing_spike"].tempts)))


def test_an_uncatalogued_fault_is_unknown_and_needs_people(shipped: tuple[Scenario, ...]) -> None:
    for scenario in shipped:
        if set(expected(scenario).causes) == {UNKNOWN}:
            assert (expected(scenario).cause, expected(scenario).category, expected(scenario).escalate) == (
                UNKNOWN,
                "",
                True,
            ), scenario.id


def test_a_tool_that_does_nothing_resolves_nothing_and_one_that_lies_about_failing_does(
    shipped: tuple[Scenario, ...],
) -> None:
    said = {scenario.id: (expected(scenario).resolved_by, expected(scenario).escalate) for scenario in shipped}
    assert said["the_polite_tool"] == said["the_clumsy_tool"] == said["the_closed_counter"] == ((), True)
    assert said["the_rude_tool"] == (("update_callback_url",), False)


def test_ids_name_no_cause(shipped: tuple[Scenario, ...]) -> None:
    modes = {*CATALOGUE, *UNCATALOGUED, *DECOYS}
    assert not {scenario.id for scenario in shipped} & modes


def test_the_tools_of_trials_are_those_of_the_product() -> None:
    product = {tool["name"] for tool in yaml.safe_load((ROOT / "config" / "tools.yaml").read_text())["tools"]}
    assert set(TOOLS) == product


def test_the_steps_of_every_shipped_effect_exist(shipped: tuple[Scenario, ...]) -> None:
    for scenario in shipped:
        steps = steps_of(scenario.platform.domain)
        assert all(error.step in steps for trouble in troubles_of(scenario) for error in trouble.effects.errors)
