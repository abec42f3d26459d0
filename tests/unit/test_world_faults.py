"""Faults: they show in their scope and nowhere else, and end by what ends them."""

from functools import cache
from typing import Any, NamedTuple

import pytest

from app.domain.signals import Signal, SignalType, signal_id
from app.schemas.signals import IncomingSignal
from simulations.world.faults import CATALOGUE, DECOYS, STEPS, UNCATALOGUED
from simulations.world.population import attribute_values, fits_scope
from simulations.world.ticket_text import list_symptoms
from simulations.world.truth import DECOY, NOBODY
from simulations.world.world import World
from tests.worlds import after, bytes_of, errors, lived, spelt, world

KINDS = sorted({**CATALOGUE, **UNCATALOGUED})
HTTPS = {"callback_scheme": "https"}


class Size(NamedTuple):
    """How many live there, how busy they are and for how long; a small platform is a busy one, so that every kind of
    fault is met in it.
    """

    merchants: int
    journeys: float
    until: float
    seed: int


SMALL, LARGE = Size(24, 120, 210, 52), Size(60, 60, 480, 11)
on_platforms = pytest.mark.parametrize(
    "size", [SMALL, pytest.param(LARGE, marks=pytest.mark.long)], ids=["small", "large"]
)


def sized(size: Size, **parts: Any) -> World:
    """A world of that size."""
    return world(merchants=size.merchants, journeys=size.journeys, seed=size.seed, **parts)


@cache
def of_a_sound_world(size: Size) -> list[tuple[IncomingSignal, bytes]]:
    """What is said where nothing is wrong: told once, and only read."""
    return spelt(lived(sized(size), 0, size.until))


@on_platforms
@pytest.mark.parametrize("mode", KINDS)
def test_a_fault_shows_at_the_merchants_in_its_scope_and_changes_nothing_elsewhere(mode, size):
    sick = sized(size, faults=[{"mode": mode, "onset": 30}])
    with_it, without = spelt(lived(sick, 0, size.until)), of_a_sound_world(size)
    told = sick.truth(after(size.until)).faults[0]
    assert told.affected_events > 4
    assert told.cause == (mode if mode in CATALOGUE else "unknown")
    scope = {**CATALOGUE, **UNCATALOGUED}[mode].scope
    assert set(told.ill) == {
        one.id
        for one in sick.people
        if fits_scope(scope, {**one.attributes, "stage": sick._telemetry.stage_of(one, sick.origin_ms).value})
    }
    assert set(told.hurt) <= set(told.ill) < {one.id for one in sick.people}
    others = [[line for signal, line in lines if signal.merchant_id not in told.ill] for lines in (with_it, without)]
    early = [[line for signal, line in lines if signal.occurred_at < after(30)] for lines in (with_it, without)]
    assert others[0] == others[1]
    assert early[0] == early[1]
    assert [line for _, line in with_it] != [line for _, line in without]


@on_platforms
@pytest.mark.parametrize("kind", sorted(DECOYS))
def test_a_decoy_is_seen_and_is_nobodys_fault(kind, size):
    odd = sized(size, decoys=[{"kind": kind, "onset": 30, "lasts": size.until * 0.625}])
    assert spelt(lived(odd, 0, size.until)) != of_a_sound_world(size)
    assert odd.truth(after(size.until)).faults == ()
    assert [decoy.kind for decoy in odd.truth(after(size.until)).decoys] == [kind]
    assert set(odd.truth(after(size.until)).forbidden) == set(DECOYS[kind].tempts)
    assert all(number <= DECOY for number in odd.blame_ids("t").values())


def test_the_catalogue_speaks_of_steps_attributes_symptoms_and_values_that_exist():
    values = attribute_values()
    for kind in [*CATALOGUE.values(), *UNCATALOGUED.values(), *DECOYS.values()]:
        assert all(error.step in STEPS for error in kind.effects.errors), kind.id
        assert kind.effects.tickets is None or kind.effects.tickets.symptom in list_symptoms(), kind.id
        for name, matcher in kind.scope.items():
            assert any(fits_scope({name: matcher}, {name: value}) for value in values[name]), (kind.id, name)
    assert len(CATALOGUE) == 20
    assert len(UNCATALOGUED) >= 6
    assert not set(CATALOGUE) & set(UNCATALOGUED)
    named = {cause for kind in [*CATALOGUE.values(), *UNCATALOGUED.values()] for cause in kind.mistaken_for}
    assert (named | {cause for kind in DECOYS.values() for cause in kind.tempts}) <= set(CATALOGUE)


def test_merchants_fall_ill_one_after_another_within_the_ramp():
    one = world(merchants=80, faults=[{"mode": "platform_release_regression", "onset": 60, "ramp": 240}])
    quarters = [len(one.truth(after(minutes)).faults[0].ill) for minutes in (60, 120, 180, 300)]
    assert quarters[0] == 0
    assert quarters[0] < quarters[1] < quarters[2] < quarters[3]


def test_a_fault_that_lasts_a_while_is_over_by_itself():
    one = world(merchants=60, faults=[{"mode": "third_party_outage", "onset": 60, "lasts": 90}])
    signals = lived(one, 0, 480)
    failed = [signal.occurred_at for signal in signals if signal.error_code == "PROVIDER_UNAVAILABLE"]
    assert failed
    assert all(after(60) <= moment < after(156) for moment in failed)
    assert one.truth(after(480)).faults[0].ended == after(150)
    assert one.truth(after(149)).faults[0].ended is None


def test_two_faults_at_once_are_told_apart():
    faults = [{"mode": "callback_not_https", "onset": 30}, {"mode": "webhook_v2_endpoint_gone", "onset": 60}]
    one = world(merchants=120, faults=faults)
    signals = lived(one, 0, 480)
    first, second = one.truth(after(480)).faults
    assert set(first.ill) & set(second.ill)
    assert {one.blame(signal) for signal in signals if signal.error_code == "PAYMENT_CALLBACK_INVALID"} == {0}
    assert {one.blame(signal) for signal in signals if signal.error_code == "WEBHOOK_ENDPOINT_NOT_FOUND"} == {1}


def test_the_right_tool_cures_after_its_minutes_and_the_undo_brings_it_back():
    one = world(merchants=60, faults=[{"mode": "callback_not_https", "onset": 0}])
    lived(one, 0, 120)
    ill = list(one.truth(after(120)).faults[0].exposed)
    assert one.worth("update_callback_url", {"merchant_ids": ill, **HTTPS}, after(120)) == ("cures", (0,))
    assert (
        one.apply("update_callback_url", {"merchant_ids": ill, **HTTPS}, key="cure", at=after(120))["http_status"]
        == 200
    )
    assert errors(lived(one, 123, 300), "PAYMENT_CALLBACK_INVALID") == 0
    assert one.truth(after(300)).faults[0].ended == after(122)
    assert {row.attributes["callback_scheme"] for row in one.merchants() if row.id in ill} == {"https"}
    restore = {"merchant_ids": ill, "setting": "callback_scheme"}
    assert one.worth("restore_setting", restore, after(300)) == ("harms", ())
    one.apply("restore_setting", restore, key="undo", at=after(300))
    assert errors(lived(one, 303, 480), "PAYMENT_CALLBACK_INVALID") > 10
    one.apply("restore_setting", restore, key="redo", at=after(480))
    assert errors(lived(one, 483, 600), "PAYMENT_CALLBACK_INVALID") == 0


def test_a_cure_helps_only_those_it_names():
    one = world(merchants=60, faults=[{"mode": "callback_not_https", "onset": 0}])
    lived(one, 0, 60)
    ill = list(one.truth(after(60)).faults[0].ill)
    one.apply("update_callback_url", {"merchant_ids": ill[:1], **HTTPS}, key="one", at=after(60))
    rest = lived(one, 70, 400)
    assert errors(rest, "PAYMENT_CALLBACK_INVALID", ill[:1]) == 0
    assert errors(rest, "PAYMENT_CALLBACK_INVALID", ill[1:]) > 10


def test_the_wrong_tool_harms_and_its_undo_takes_the_harm_back():
    one, left_alone = (
        world(merchants=60, faults=[{"mode": "inventory_sync_over_limit", "onset": 0}]) for _ in range(2)
    )
    ill = list(one.truth(after(60)).faults[0].ill)
    call = {"merchant_ids": ill, "area": "catalog"}
    assert one.worth("purge_cache", call, after(60)) == ("harms", ())
    one.apply("purge_cache", call, key="wrong", at=after(60))
    code = "RATE_LIMIT_EXCEEDED"
    usual = errors(lived(left_alone, 65, 300), code, ill)
    assert errors(lived(one, 65, 300), code, ill) > 1.6 * usual
    one.apply("restore_setting", {"merchant_ids": ill, "setting": "cache_generation"}, key="undo", at=after(300))
    lived(one, 300, 303)
    assert bytes_of(lived(one, 350, 500)) == bytes_of(lived(left_alone, 350, 500))


def test_people_mend_a_platform_fault_hours_after_they_were_told_unless_they_are_called_back():
    words = {"team": "platform", "title": "Trouble", "summary": "errors", "severity": "high", "incident_id": "INC-1"}
    one = world(merchants=60, faults=[{"mode": "platform_release_regression", "onset": 0}])
    assert one.worth("escalate", words, after(60)) == ("cures", (0,))
    reference = one.apply("escalate", words, key="tell", at=after(60))["reference"]
    twin = type(one).of_plain(one.plain())
    assert errors(lived(one, 100, 219), "INTERNAL_FAULT") > 5
    assert errors(lived(one, 222, 500), "INTERNAL_FAULT") == 0
    assert one.truth(after(500)).faults[0].needs_people
    assert twin.apply("withdraw_escalation", {"reference": reference}, key="back", at=after(90))["http_status"] == 200
    assert errors(lived(twin, 222, 500), "INTERNAL_FAULT") > 5


def test_an_escalation_mends_the_fault_its_words_name():
    faults = [{"mode": "platform_release_regression", "onset": 0}, {"mode": "third_party_outage", "onset": 0}]
    one = world(merchants=60, faults=faults)
    words = {
        "team": "platform",
        "title": "Trouble",
        "summary": "PROVIDER_UNAVAILABLE at adyen",
        "severity": "high",
        "incident_id": "INC-1",
    }
    assert one.worth("escalate", words, after(10)) == ("cures", (1,))
    one.apply("escalate", words, key="tell", at=after(10))
    late = lived(one, 260, 500)
    assert errors(late, "PROVIDER_UNAVAILABLE") == 0 < errors(late, "INTERNAL_FAULT")


def test_holding_a_wave_spares_those_who_are_not_ill_yet_and_releasing_it_does_not():
    waves = [
        {"number": 7, "stage": "in_progress", "cutover_in_days": 0.2},
        {"number": 8, "stage": "in_progress", "cutover_in_days": 0.2},
    ]
    fault = {"mode": "cache_not_invalidated", "onset": 60, "ramp": 400, "scope": {"wave": 7}}
    one, free = (world(merchants=60, faults=[fault], platform={"waves": waves}) for _ in range(2))
    hold = {"wave": 7, "reason": "wait"}
    assert one.worth("hold_cutover_wave", hold, after(200)) == ("cures", (0,))
    assert one.worth("hold_cutover_wave", {"wave": 8, "reason": "wait"}, after(200)) == ("useless", ())
    one.apply("hold_cutover_wave", hold, key="hold", at=after(200))
    held, loose = (each.truth(after(480)).faults[0].ill for each in (one, free))
    assert set(held) < set(loose)
    assert set(held) == set(free.truth(after(200)).faults[0].ill)
    moved = [
        signal
        for signal in lived(one, 0, 600)
        if signal.signal_type is SignalType.MIGRATION_UPDATE and signal.stage == "post_migration"
    ]
    assert {one._of_id[signal.merchant_id].wave for signal in moved} == {8}
    assert one.worth("release_cutover_wave", {"wave": 7}, after(480)) == ("useless", ())
    one.apply("release_cutover_wave", {"wave": 7}, key="free", at=after(480))
    assert len(one.truth(after(500)).faults[0].ill) > len(held)


def test_a_scenario_may_describe_a_fault_of_its_own_with_codes_and_phrases_nobody_knows():
    effects = {
        "errors": [
            {
                "step": "prices",
                "share": 0.9,
                "code": "GNOME_STRIKE",
                "status": 418,
                "messages": ["gnomes of {region} rest"],
                "blocks": False,
            }
        ],
        "tickets": {
            "rate": 1.0,
            "symptom": "price_wrong",
            "phrases": {"en": [["Gnomes", "They sit on the prices of {shop}."]]},
        },
    }
    fault = {
        "mode": "gnome_strike",
        "onset": 0,
        "scope": {"region": "us-east"},
        "effects": effects,
        "cured_by": [{"tool": "purge_cache"}],
    }
    one = world(faults=[fault])
    signals = lived(one)
    told = [signal for signal in signals if signal.error_code == "GNOME_STRIKE"]
    assert told
    assert {signal.error_message for signal in told} == {"gnomes of us-east rest"}
    assert any("ome" in (signal.subject or "") and signal.signal_type is SignalType.TICKET for signal in signals)
    assert one.truth(after(700)).faults[0].cause == "unknown"
    assert one.truth(after(700)).faults[0].cures == ("purge_cache",)


def test_what_a_tenant_kept_of_a_signal_is_blamed_on_the_same_fault():
    one = world(merchants=60, faults=[{"mode": "webhook_v2_endpoint_gone", "onset": 0}])
    signals = lived(one)
    blamed = one.blame_ids("acme")
    for signal in signals[:4_000]:
        key = signal_id("acme", [signal.source, signal.signal_type.value, signal.event_id])
        assert (blamed.get(key, NOBODY) != NOBODY) == (one.blame(signal) != NOBODY)
    failed = next(signal for signal in signals if signal.error_code)
    kept = Signal(id="SIG-1", received_at=failed.occurred_at, **failed.model_dump(exclude={"event_id"}))
    assert one.blame(kept) == one.blame(failed)


def test_most_victims_say_nothing_and_those_who_write_do_so_later():
    one = world(
        merchants=150, faults=[{"mode": "callback_not_https", "onset": 0, "scope": {"stage": "post_migration"}}]
    )
    signals = lived(one)
    told = one.truth(after(720)).faults[0]
    tickets = [signal for signal in signals if signal.signal_type is SignalType.TICKET and one.blame(signal) == 0]
    assert len(told.silent) > len(told.hurt) / 2
    assert set(told.hurt) - set(told.silent) <= {signal.merchant_id for signal in tickets}
    assert all(signal.event_id == signal.ticket_id for signal in tickets)
    assert len({signal.body for signal in tickets}) > 0.8 * len(tickets)


def test_a_sound_shop_sells_a_little_less_after_its_move():
    def conversion(dip: float) -> float:
        waves = [{"number": 1, "stage": "post_migration", "cutover_in_days": 0}]
        signals = lived(world(merchants=20, journeys=300, noise={"cutover_dip": dip}, platform={"waves": waves}))
        return sum(signal.signal_type is SignalType.ORDER for signal in signals)

    assert 0.6 < conversion(0.3) / conversion(0.0) < 0.85


def test_a_platform_that_sells_nothing_has_its_own_steps_and_no_money():
    effects = {
        "errors": [{"step": "submit", "share": 0.8, "code": "FORM_JAMMED", "status": 500}],
        "tickets": {"rate": 0.5, "symptom": "checkout_slow"},
    }
    platform = {"domain": "clinic", "attributes": {"ward_system": {"old": 3, "new": 7}, "beds": {"10": 1, "20": 1}}}
    one = world(
        faults=[{"mode": "form_jam", "onset": 60, "scope": {"ward_system": "old"}, "effects": effects}],
        platform=platform,
    )
    signals = lived(one)
    told = one.truth(after(720)).faults[0]
    assert errors(signals, "FORM_JAMMED") > 10
    assert {signal.merchant_id for signal in signals if signal.error_code == "FORM_JAMMED"} == set(told.hurt)
    assert not {signal.signal_type for signal in signals} & {SignalType.PAYMENT, SignalType.ORDER}
    assert {signal.name for signal in signals if signal.signal_type is SignalType.KPI} == {
        "completion",
        "submit_success",
    }
    assert told.lost_orders > 10
    assert told.lost_revenue == {}
    assert {row.attributes["beds"] for row in one.merchants()} == {10, 20}
    assert not {"callback_scheme", "plugin_reviews"} & set(one.merchants()[0].attributes)
