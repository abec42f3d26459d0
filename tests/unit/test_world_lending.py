"""A platform that is no shop: libraries have steps, people, faults and words of their own, and a pack that reasons
about them.
"""

from pathlib import Path

import pytest

from app.config.load import load_config
from app.domain.errors import BadConfig
from app.domain.signals import SignalType
from simulations.scenario import LANGUAGES, PlatformSpec
from simulations.scenarios.trials import load_scenario, load_scenarios
from simulations.world.faults import CATALOGUE, DECOYS, UNCATALOGUED
from simulations.world.journeys import steps_of
from simulations.world.lending import LENDING_FAULTS
from simulations.world.population import attribute_values, fits_scope
from simulations.world.seeded_random import Draws
from simulations.world.ticket_text import list_symptoms, small_talk, write_complaint
from tests.worlds import after, bytes_of, errors, lived, world

ROOT = Path(__file__).resolve().parents[2]
LENDING = {"domain": "lending"}
SHOPPING = ("checkout", "cart", "orders", "payment", "storefront", "inventory")
each_fault = pytest.mark.parametrize("mode", sorted(LENDING_FAULTS))


@each_fault
def test_a_fault_of_libraries_shows_in_its_scope_and_changes_nothing_elsewhere(mode):
    sick, sound = (
        world(merchants=40, platform=LENDING, faults=[{"mode": mode, "onset": 30}]),
        world(merchants=40, platform=LENDING),
    )
    with_it, without = lived(sick, 0, 300), lived(sound, 0, 300)
    told = sick.truth(after(300)).faults[0]
    kind = LENDING_FAULTS[mode]
    assert told.cause == mode
    assert errors(with_it, kind.effects.errors[0].code, told.hurt) > 4
    others = [[signal for signal in signals if signal.merchant_id not in told.ill] for signals in (with_it, without)]
    assert bytes_of(others[0]) == bytes_of(others[1])
    assert sick.truth(after(300)).faults[0].lost_revenue == {}


def test_the_faults_speak_of_steps_attributes_values_and_symptoms_of_libraries():
    values = attribute_values(PlatformSpec(domain="lending", merchants=1))
    for kind in LENDING_FAULTS.values():
        assert {error.step for error in kind.effects.errors} <= set(steps_of("lending"))
        assert kind.effects.tickets is not None and kind.effects.tickets.symptom in list_symptoms("lending")
        assert set(kind.mistaken_for) <= set(LENDING_FAULTS)
        assert all(
            any(fits_scope({name: matcher}, {name: value}) for value in values[name])
            for name, matcher in kind.scope.items()
        ), kind.id
    assert not set(LENDING_FAULTS) & {*CATALOGUE, *UNCATALOGUED, *DECOYS}


def test_nothing_in_a_library_speaks_of_shops():
    signals = lived(
        world(merchants=20, journeys=300, platform=LENDING, noise={"tickets_per_day": 5, "hiccups_per_day": 20}), 0, 300
    )
    told = {f"{signal.endpoint or ''} {signal.topic or ''} {signal.name or ''}" for signal in signals}
    assert not [text for text in told if any(word in text for word in SHOPPING)]
    assert not {signal.signal_type for signal in signals} & {SignalType.PAYMENT, SignalType.ORDER}
    assert {signal.name for signal in signals if signal.signal_type is SignalType.KPI} == {"borrowing", "hold_success"}
    assert sum(signal.signal_type is SignalType.TICKET for signal in signals) > 5


def test_a_domain_with_words_of_its_own_says_none_of_the_others():
    assert not list_symptoms("lending") & list_symptoms()
    for language in LANGUAGES:
        ours = {small_talk(language, Draws(1, language, number), {}, "lending")[0].casefold() for number in range(40)}
        theirs = {small_talk(language, Draws(1, language, number), {})[0].casefold() for number in range(40)}
        assert not ours & theirs
        for symptom in list_symptoms("lending"):
            assert write_complaint(symptom, language, Draws(1, symptom), facts={}, domain="lending")
    with pytest.raises(BadConfig, match="no words for 'cart_empty'"):
        write_complaint("cart_empty", "en", Draws(1), facts={}, domain="lending")


def test_a_domain_without_words_of_its_own_has_those_of_the_shops():
    assert list_symptoms("clinic") == list_symptoms("commerce") == list_symptoms()
    assert write_complaint("cart_empty", "en", Draws(4), facts={}, domain="clinic") == write_complaint(
        "cart_empty", "en", Draws(4), facts={}
    )


def test_the_pack_of_the_domain_knows_exactly_the_causes_that_have_a_name():
    pack = load_config(ROOT / "config").packs["lending"]
    assert {cause.id for cause in pack.causes} == set(LENDING_FAULTS)
    assert {cause.id: cause.category for cause in pack.causes} == {
        kind.id: kind.category for kind in LENDING_FAULTS.values()
    }
    for cause in pack.causes:
        assert len({next(iter(sign.test)) for sign in cause.signs}) >= 5
        assert cause.contradictions and cause.treatments and cause.questions
        assert cause.prior + max(sign.weight for sign in cause.signs) < pack.unknown_prior + 1


def test_a_fault_of_shops_cannot_happen_in_a_library(tmp_path):
    file = tmp_path / "mixed_up.yaml"
    shipped = (
        (ROOT / "simulations" / "scenarios" / "volumes_elsewhere.yaml")
        .read_text()
        .replace("volumes_elsewhere", "mixed_up")
    )
    file.write_text(
        shipped.replace("mode: availability_cache_stale", "mode: checkout_script_regression").partition("expect:")[0]
    )
    with pytest.raises(BadConfig, match="a platform of the domain 'lending' has no such step"):
        load_scenario(file)


def test_three_trials_are_shipped_one_that_a_tool_ends_one_for_people_and_one_that_nobody_knows():
    told = {one.id: one.expect for one in load_scenarios() if one.platform.domain == "lending"}
    assert len(told) >= 3
    assert {"purge_cache"} in [set(expected.resolved_by) for expected in told.values() if expected]
    assert {expected.cause for expected in told.values() if expected} >= {"patron_import_partial", "unknown"}
