"""Whose evidence is whose, what helps against what, and how plainly a fault showed."""

from pathlib import Path

import pytest

from app.domain.signals import SignalType
from app.domain.tenants import Scope, Tenant
from app.store.sql.passing import open_passing_store
from app.system import SteppedClock
from simulations.connector import WorldConnector, save_world
from simulations.scenario import UNKNOWN
from simulations.scenarios.prepare import HISTORY_HOURS, prepare_trial
from simulations.scenarios.trials import derive_expectation
from simulations.world.truth import DECOY, NOBODY
from simulations.world.world import World
from tests.worlds import MONDAY, after, lived, scenario, world

TWO = [
    {"mode": "cart_session_lost", "onset": 0, "scope": {"stage": "post_migration"}},
    {"mode": "third_party_outage", "onset": 0, "scope": {"gateway": "stripe"}},
]
TEXT = {"team": "t", "title": "t", "summary": "s"}


def test_a_call_to_people_helps_only_the_fault_it_is_about():
    one = world(merchants=12, faults=TWO)
    assert one.worth("escalate", TEXT, after(30)) == ("cures", (0, 1)), "nobody knows what it is about"
    assert one.worth("escalate", TEXT, after(30), about=[1]) == ("cures", (1,))
    assert one.worth("escalate", TEXT, after(30), about=[]) == ("harmless", ())
    one.apply("escalate", TEXT, key="k", at=after(30), about=[0])
    first, second = one.truth(after(400)).faults
    assert first.ended == after(140) and second.ended is None
    twin = World.of_plain(one.plain())
    assert [fault.ended for fault in twin.truth(after(400)).faults] == [first.ended, None]


def test_a_call_that_names_an_incident_is_about_what_the_incident_was_made_of(tmp_path: Path) -> None:
    from app.observe.streams import Readers
    from app.services.intake.ingest import keep_signals
    from simulations.world.world import kept_of
    from tests.builders import make_incident
    from tests.faults import pack

    store, clock, scope = open_passing_store(tmp_path), SteppedClock(MONDAY), Scope(tenant_id="demo")
    store.put_tenant(Tenant(id="demo", title="Demo"))
    one = world(merchants=12, faults=TWO)
    signals = [kept_of(signal, "demo") for signal in lived(one, 0, 60) if signal.merchant_id]
    carts = [signal for signal in signals if signal.error_code == "CART_NOT_FOUND"]
    strays = [signal for signal in signals if one.blame(signal) == NOBODY][: len(carts)]
    with store.write(scope) as session:
        save_world(session, one)
        keep_signals(Readers(), pack().vocabulary, session, [*carts, *strays])
        for number, part in enumerate([carts, strays]):
            session.incidents.add(make_incident(number))
            session.signals.mark_swept({signal.id: make_incident(number).id for signal in part})
    clock.advance_to(after(60))
    connector = WorldConnector(store, clock)
    for number in (1, 0):
        asked = {**TEXT, "incident_id": make_incident(number).id}
        connector.apply(scope, "escalate", asked, idempotency_key=f"k{number}")
        ended = [fault.ended for fault in one.truth(after(400)).faults]
        assert ended == ([None, None] if number else [after(170), None])


def test_what_lacks_because_of_a_silence_shows_at_the_payments_and_orders_that_wait_for_it():
    faults = [{"mode": "order_feed_mute", "onset": 0, "scope": {"stage": "post_migration"}}]
    one = world(merchants=8, hours=3, faults=faults)
    signals = lived(one, 0, 180)
    ill = set(one.truth(after(180)).faults[0].ill)
    orders = [signal for signal in signals if signal.signal_type is SignalType.ORDER and signal.status == "created"]
    assert {one.blame(signal) for signal in orders if signal.merchant_id in ill} == {0}
    assert {one.blame(signal) for signal in orders if signal.merchant_id not in ill} == {NOBODY}
    assert one.truth(after(180)).faults[0].stream == "absences"


def test_the_signals_of_a_decoy_are_its_own():
    one = world(merchants=12, decoys=[{"kind": "loud_thumbnailer", "onset": 0}])
    loud = [signal for signal in lived(one, 0, 120) if signal.error_code == "THUMBNAIL_RETRY"]
    assert loud
    assert {one.blame(signal) for signal in loud} == {DECOY}
    assert one.truth(after(120)).decoys[0].merchants


@pytest.mark.parametrize(("share", "seen"), [(0.6, True), (0.0001, False)])
def test_an_oracle_sees_what_shows_and_not_what_does_not(share, seen):
    effects = {"errors": [{"step": "cart", "share": share, "code": "X_1"}]}
    one = world(merchants=12, faults=[{"mode": "odd_cart", "onset": 0, "effects": effects}])
    told = one.truth(after(240)).faults[0]
    assert (told.oracle > 5.0) == seen
    assert told.stream == "errors" or not told.oracle


def test_no_cause_is_expected_where_nothing_shows_it():
    quiet = {"errors": [{"step": "checkout", "share": 0.4, "signal": "none"}], "kpi": {"conversion": 0.7}}
    fault = {"mode": "platform_release_regression", "onset": 60}
    assert derive_expectation(scenario(faults=[{**fault, "effects": quiet}])).cause == UNKNOWN
    assert derive_expectation(scenario(faults=[fault])).cause == "platform_release_regression"
    assert world(faults=[{**fault, "effects": quiet}]).truth(after(1)).faults[0].cause == UNKNOWN


def test_a_trial_has_quiet_days_before_it_and_lasts_until_a_repair_could_be_proven():
    slow = prepare_trial(scenario(hours=6, faults=[{"mode": "third_party_outage", "onset": 120, "ramp": 30}]))
    assert slow.clock.history == HISTORY_HOURS == 7 * 24
    assert slow.clock.hours == 9, "two hours and a half until all are ill, and 200 and 150 minutes to mend it"
    assert prepare_trial(scenario(hours=6)).clock.hours == 6
    over = scenario(hours=6, faults=[{"mode": "third_party_outage", "onset": 120, "lasts": 60}])
    assert prepare_trial(over).clock.hours == 6
