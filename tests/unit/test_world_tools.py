"""The world answers every tool once per key, as a platform does, and a broken tool is not what it says."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain.signals import SignalType
from app.domain.tenants import Scope, Tenant
from app.store.sql.passing import open_passing_store
from app.system import SteppedClock
from simulations.connector import WORLD_NOTE, WorldConnector, load_world, save_world
from simulations.world.tool_effects import HANDLERS, SETTING_OF
from simulations.world.world import World
from tests.worlds import MONDAY, after, errors, lived, scenario, world

TOOLS = [
    tool["name"] for tool in yaml.safe_load((Path(__file__).parents[2] / "config" / "tools.yaml").read_text())["tools"]
]
SCOPE = Scope(tenant_id="demo")
TEXT = {"title": "t", "summary": "s", "incident_id": "INC-1"}
FAULT = [{"mode": "callback_not_https", "onset": 0}]


def arguments(tool: str, one: World) -> dict[str, Any]:
    """What such a tool can be asked for."""
    who = {"merchant_ids": [one.people[0].id, one.people[1].id]}
    return {
        "create_ticket": TEXT,
        "query_logs": {"query": "*", "minutes": 60, "limit": 5},
        "escalate": {**TEXT, "team": "platform", "severity": "high"},
        "propose_doc_update": {"document": "d", "change": "c", "incident_id": "INC-1"},
        "update_callback_url": {**who, "callback_scheme": "https"},
        "resubscribe_webhook": {**who, "topic": "orders/created", "webhook_version": "v3"},
        "rotate_token": {**who, "token_version": "v3"},
        "purge_cache": {**who, "area": "pricing"},
        "adjust_rate_limit": {**who, "requests_per_minute": 300},
        "restore_setting": {**who, "setting": "callback_scheme"},
        "hold_cutover_wave": {"wave": one.people[0].wave, "reason": "r"},
        "release_cutover_wave": {"wave": one.people[0].wave},
        "withdraw_escalation": {"reference": "ESC"},
        "close_ticket": {"reference": "TCK"},
        "withdraw_doc_update": {"reference": "DOC"},
    }[tool]


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_is_answered_and_the_same_key_gets_the_same_answer(tool):
    one = world(faults=FAULT)
    asked = arguments(tool, one)
    before = {
        "restore_setting": "update_callback_url",
        "withdraw_escalation": "escalate",
        "close_ticket": "create_ticket",
    }
    before["withdraw_doc_update"] = "propose_doc_update"
    if tool in before:
        first = one.apply(before[tool], arguments(before[tool], one), key="first", at=after(50))
        asked = {"reference": first["reference"]} if "reference" in asked else asked
    answer = one.apply(tool, asked, key="key", at=after(60))
    assert answer["http_status"] == 200
    assert one.apply(tool, asked, key="key", at=after(90)) == answer == one.look("key")
    assert one.apply(tool, {**asked, "more": 1}, key="key", at=after(90))["http_status"] == 409
    assert len(one.plain()["calls"]) == (2 if tool in before else 1)
    assert one.look("other") is None


def test_what_a_call_wrote_can_be_found_until_it_is_taken_back():
    one = world()
    ticket = one.apply("create_ticket", TEXT, key="a", at=after(1))["reference"]
    setting = one.apply("rotate_token", arguments("rotate_token", one), key="b", at=after(1))["reference"]
    assert one.find(ticket)
    assert one.find(setting)
    one.apply("close_ticket", {"reference": ticket}, key="c", at=after(2))
    assert not one.find(ticket)
    assert not one.find("TCK-NONE")
    assert not one.find("")


REFUSED = [
    ("no_such_tool", {}, 404),
    ("rotate_token", {"merchant_ids": ["MERCH-NOBODY"], "token_version": "v3"}, 404),
    ("rotate_token", {"merchant_ids": [], "token_version": "v3"}, 400),
    ("rotate_token", {"merchant_ids": ["?"], "token_version": "v9"}, 400),
    ("restore_setting", {"merchant_ids": ["?"], "setting": "callback_scheme"}, 409),
    ("restore_setting", {"merchant_ids": ["?"], "setting": "plan"}, 400),
    ("close_ticket", {"reference": "TCK-0"}, 404),
    ("hold_cutover_wave", {"wave": 99, "reason": "r"}, 404),
    ("hold_cutover_wave", {"reason": "r"}, 400),
    ("escalate", {"team": "t"}, 400),
    ("adjust_rate_limit", {"merchant_ids": ["?"], "requests_per_minute": -5}, 400),
    ("adjust_rate_limit", {"merchant_ids": ["?"], "requests_per_minute": True}, 400),
    ("query_logs", {"query": "*", "minutes": "many"}, 400),
    ("query_logs", {"query": "*", "limit": 0}, 400),
]


@pytest.mark.parametrize(("tool", "asked", "status"), REFUSED)
def test_what_cannot_be_done_is_refused_for_good_and_changes_nothing(tool, asked, status):
    one = world()
    asked = {name: [one.people[0].id] if value == ["?"] else value for name, value in asked.items()}
    answer = one.apply(tool, asked, key="k", at=after(5))
    assert (answer["http_status"], answer["reference"]) in {(status, ""), (422 if status == 400 else status, "")}
    assert answer["body"]["detail"]
    assert one.look("k") == answer
    assert one.merchants() == world().merchants()


@pytest.mark.parametrize("tool", sorted(HANDLERS))
def test_every_tool_is_refused_politely_without_its_arguments(tool):
    assert world(merchants=3).apply(tool, {}, key="k", at=after(5))["http_status"] == 422


def test_one_unknown_merchant_among_known_ones_stops_the_whole_call():
    one = world()
    asked = {"merchant_ids": [one.people[0].id, "MERCH-NOBODY"], "callback_scheme": "http"}
    answer = one.apply("update_callback_url", asked, key="k", at=after(5))
    assert answer["http_status"] == 404
    assert "MERCH-NOBODY" in answer["body"]["detail"]
    assert one.merchants() == world().merchants()


def test_a_record_is_only_closed_by_its_own_tool():
    one = world()
    reference = one.apply("escalate", arguments("escalate", one), key="a", at=after(1))["reference"]
    assert one.apply("close_ticket", {"reference": reference}, key="b", at=after(2))["http_status"] == 404
    assert one.find(reference)
    assert one.apply("withdraw_escalation", {"reference": reference}, key="c", at=after(3))["body"]["before"] == "open"
    assert (
        one.apply("withdraw_escalation", {"reference": reference}, key="d", at=after(4))["body"]["before"] == "closed"
    )


def test_a_wave_is_held_and_released():
    one = world()
    wave = one.people[0].wave
    held = one.apply("hold_cutover_wave", {"wave": wave, "reason": "tokens are not ready"}, key="a", at=after(1))
    assert held["body"] == {"wave": wave, "before": "free", "after": "held"}
    assert one.find(held["reference"])
    assert one.apply("release_cutover_wave", {"wave": wave}, key="b", at=after(2))["body"] == {
        "wave": wave,
        "before": "held",
        "after": "free",
    }
    assert not one.find(held["reference"])


def test_the_logs_can_be_asked_for_a_word_and_for_some_merchants():
    one = world(faults=FAULT)
    lived(one, 0, 240)
    all_of_it = one.apply("query_logs", {"query": "*", "minutes": 240, "limit": 1000}, key="a", at=after(240))["body"]
    some = one.apply("query_logs", {"query": "callback_invalid", "minutes": 240}, key="b", at=after(240))["body"]
    assert all_of_it["matches"] > some["matches"] > 5
    assert len(some["lines"]) == 20 or len(some["lines"]) == some["matches"]
    assert all("PAYMENT_CALLBACK_INVALID" in line for line in some["lines"])
    who = some["lines"][0].split()[1]
    one_of = one.apply("query_logs", {"query": "*", "minutes": 240, "merchant_ids": [who]}, key="c", at=after(240))[
        "body"
    ]
    assert one_of["lines"]
    assert all(who in line for line in one_of["lines"])


@pytest.mark.parametrize(
    ("does", "status", "cured"),
    [("nothing", 200, False), ("fails", 500, False), ("fails_but_did_it", 500, True), ("harms", 200, False)],
)
def test_a_broken_tool_is_not_what_it_says(does, status, cured):
    one, usual = (
        world(merchants=60, faults=FAULT, tools=tools)
        for tools in ([{"tool": "update_callback_url", "does": does}], [])
    )
    ill = list(one.truth(after(60)).faults[0].ill)
    call = {"merchant_ids": ill, "callback_scheme": "https"}
    assert one.worth("update_callback_url", call, after(60))[0] == (
        "cures" if cured else "harms" if does == "harms" else "useless"
    )
    answer = one.apply("update_callback_url", call, key="k", at=after(60))
    assert answer["http_status"] == status
    assert one.look("k") == answer
    left = errors(lived(one, 65, 400), "PAYMENT_CALLBACK_INVALID", ill)
    there = errors(lived(usual, 65, 400), "PAYMENT_CALLBACK_INVALID", ill)
    assert (left == 0) == cured
    assert (left > 1.5 * there) == (does == "harms")
    assert one.find(answer["reference"]) is (does == "harms")
    fault = one.truth(after(400)).faults[0]
    assert ("update_callback_url" in fault.cures) == cured
    assert fault.needs_people != cured


def test_a_harming_tool_breaks_healthy_shops_too_until_it_is_taken_back():
    one = world(merchants=20, tools=[{"tool": "update_callback_url", "does": "harms"}], noise={"hiccups_per_day": 0})
    well = sorted(person.id for person in sorted(one.people, key=lambda person: -person.journeys_per_day)[:5])
    call = {"merchant_ids": well, "callback_scheme": "https"}
    quiet = lived(one, 0, 120)
    assert one.worth("update_callback_url", call, after(120)) == ("harms", ())
    one.apply("update_callback_url", call, key="k", at=after(120))
    loud = [signal for signal in lived(one, 122, 300) if signal.signal_type is SignalType.API_ERROR]
    assert [signal for signal in quiet if signal.signal_type is SignalType.API_ERROR] == []
    assert len(loud) > 10
    assert {signal.merchant_id for signal in loud} <= set(well)
    assert one.truth(after(300)).faults == ()
    one.apply("restore_setting", {"merchant_ids": well, "setting": "callback_scheme"}, key="u", at=after(300))
    assert [signal for signal in lived(one, 305, 480) if signal.signal_type is SignalType.API_ERROR] == []


def test_a_useless_call_changes_a_setting_for_nothing_and_a_note_is_harmless():
    one = world(merchants=60, faults=FAULT)
    well = [person.id for person in one.people if person.id not in one.truth(after(60)).faults[0].exposed]
    assert one.worth("update_callback_url", {"merchant_ids": well, "callback_scheme": "https"}, after(60)) == (
        "useless",
        (),
    )
    assert one.worth("create_ticket", TEXT, after(60)) == ("harmless", ())
    assert one.worth("escalate", arguments("escalate", one), after(60)) == ("harmless", ())
    assert one.worth("query_logs", {"query": "*"}, after(60)) == ("harmless", ())
    assert set(SETTING_OF) <= set(TOOLS)


class House:
    """A store in which a tenant lives in a world."""

    def __init__(self, folder: Path) -> None:
        self.store, self.clock = open_passing_store(folder), SteppedClock(MONDAY)
        self.store.put_tenant(Tenant(id="demo", title="Demo"))
        self.effects = WorldConnector(self.store, self.clock)
        one = World(scenario(faults=FAULT))
        with self.store.write(SCOPE) as session:
            save_world(session, one)
            session.merchants.put(one.merchants())

    def world(self) -> World:
        with self.store.read(SCOPE) as session:
            found = load_world(session)
        assert found is not None
        return found


def test_a_call_through_the_port_changes_the_world_and_its_directory(tmp_path):
    ctx = House(tmp_path)
    who = next(one for one in ctx.world().people if one.attributes["callback_scheme"] == "http").id
    ctx.clock.advance_to(MONDAY + timedelta(minutes=30))
    asked = {"merchant_ids": [who], "callback_scheme": "https"}
    answer = ctx.effects.apply(SCOPE, "update_callback_url", asked, idempotency_key="k")
    assert answer["http_status"] == 200
    assert ctx.effects.look(SCOPE, "update_callback_url", idempotency_key="k") == answer
    assert ctx.effects.look(SCOPE, "update_callback_url", idempotency_key="other") is None
    assert ctx.effects.find(SCOPE, answer["reference"])
    with ctx.store.read(SCOPE) as session:
        assert session.merchants.get(who).attributes["callback_scheme"] == "https"
        note = session.notes.get(WORLD_NOTE)
    assert World.of_plain(note).merchants() == ctx.world().merchants()
    assert len(note["calls"]) == 1


def test_the_world_of_a_note_is_made_once_and_a_call_that_is_rolled_back_never_was(tmp_path):
    ctx = House(tmp_path)
    one = ctx.world()
    assert ctx.world() is one
    with pytest.raises(RuntimeError, match="rolled back"), ctx.store.write(SCOPE) as session:
        world_now = load_world(session)
        world_now.apply("create_ticket", TEXT, key="k", at=after(1))
        save_world(session, world_now)
        raise RuntimeError("rolled back")
    assert ctx.world().plain()["calls"] == []
    assert ctx.effects.look(SCOPE, "create_ticket", idempotency_key="k") is None


def test_a_tenant_without_a_world_is_told_so(tmp_path):
    ctx = House(tmp_path)
    ctx.store.put_tenant(Tenant(id="bare", title="Bare"))
    bare = Scope(tenant_id="bare")
    assert ctx.effects.apply(bare, "create_ticket", TEXT, idempotency_key="k")["http_status"] == 404
    assert ctx.effects.look(bare, "create_ticket", idempotency_key="k") is None
    assert not ctx.effects.find(bare, "TCK-1")
