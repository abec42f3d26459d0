"""What becomes of a call that was cut short, of a grant that was taken back, and of a bookmark that lies."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Seams
from app.connectors.registry import ConnectorRegistry
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.errors import CausewayError, LeaseLost
from app.domain.incidents import IncidentStatus
from app.domain.tenants import KillSwitch, Scope
from app.ports.connectors import Connector, ToolSpec
from app.services import leases
from app.services.actions import waiting
from app.services.loop import advance
from graph.runner import LoopRunner, thread_id
from tests.loop.conftest import Agency, Past, open_agency

CALLBACK = "callback_not_https"


class Gone(BaseException):
    """The process is gone: nobody catches it."""


@dataclass
class Wire:
    """The real shop behind a wire that can be cut before or after the call arrives."""

    shop: Connector
    before: Callable[[], None] = field(default=lambda: None)
    after: Callable[[], None] = field(default=lambda: None)
    sent: list[str] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        self.before()
        self.sent.append(idempotency_key)
        answer = self.shop.apply(scope, tool, arguments, idempotency_key=idempotency_key)
        self.after()
        return answer

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> dict[str, Any] | None:
        self.looked.append(idempotency_key)
        return self.shop.look(scope, tool, idempotency_key=idempotency_key)

    def find(self, scope: Scope, reference: str) -> bool:
        return self.shop.find(scope, reference)


@pytest.fixture
def wired(tmp_path: Path, first_cycle: Past) -> Iterator[tuple[Agency, Wire]]:
    """An agency whose calls go over a wire, and whose proposals for two hours of trouble wait for an answer."""
    wires: list[Wire] = []

    def lay(shop: Connector) -> Wire:
        wires.append(Wire(shop))
        return wires[-1]

    agency = open_agency(tmp_path, past=first_cycle, seams=Seams(effects=lay))
    yield agency, wires[0]
    agency.application.stop()


def repeat_is(agency: Agency, tool: str, repeat: str) -> None:
    """The tool declares another class of repeat; nothing else changes."""
    tools = agency.ctx.tools
    assert isinstance(tools, ConnectorRegistry)
    spec: ToolSpec = tools._specs[tool]
    tools._specs[tool] = spec.changed(repeat=repeat)


def gone() -> None:
    raise Gone


def silent() -> None:
    raise TimeoutError("no answer")


def approved(agency: Agency) -> Action:
    return agency.approve(agency.pending(CALLBACK))


def cut_short(agency: Agency) -> None:
    """The process dies in the middle of the call; another one finds what is left."""
    with pytest.raises(Gone):
        agency.drain()
    with agency.ctx.store.write(agency.scope) as session:
        for lease in session.leases.page():
            session.leases.release(lease.fence)


@pytest.mark.parametrize("repeat", ["idempotent", "reconcilable"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_call_cut_short_ends_executed_with_one_effect(wired: tuple[Agency, Wire], repeat: str, when: str) -> None:
    agency, wire = wired
    row = approved(agency)
    repeat_is(agency, str(row.decision.tool), repeat)
    setattr(wire, when, gone)
    cut_short(agency)
    assert agency.row(row.id).status is ActionStatus.SENDING
    setattr(wire, when, lambda: None)
    agency.drain()
    ended = agency.row(row.id)
    assert ended.status is ActionStatus.EXECUTED
    assert set(wire.sent) == {ended.idempotency_key}
    if repeat == "reconcilable":
        assert wire.looked == [ended.idempotency_key]
        assert len(wire.sent) == 1, "what arrived is looked up, and not sent again"


def test_a_tool_of_neither_kind_is_never_sent_again(wired: tuple[Agency, Wire]) -> None:
    agency, wire = wired
    row = approved(agency)
    repeat_is(agency, str(row.decision.tool), "neither")
    wire.after = gone
    cut_short(agency)
    wire.after = lambda: None
    for _ in range(3):
        agency.drain()
    assert agency.row(row.id).status is ActionStatus.IN_DOUBT
    assert agency.incident(row.incident_id).status is IncidentStatus.VERIFYING, "what follows is watched"
    assert len(wire.sent) == 1


def test_a_silent_tool_is_asked_again_under_the_same_key_and_then_left_to_people(wired: tuple[Agency, Wire]) -> None:
    agency, wire = wired
    row = approved(agency)
    wire.before = silent
    attempts = []
    for _ in range(6):
        agency.drain()
        with agency.ctx.store.read(agency.scope) as session:
            attempts.append(session.outbox.page(action_id=row.id)[0].attempts)
        agency.skip(2)
    assert attempts[0] == 1 and attempts[-1] == 3
    ended = agency.row(row.id)
    assert ended.status is ActionStatus.IN_DOUBT
    assert "3 times" in str(ended.result)
    assert agency.incident(row.incident_id).status is IncidentStatus.VERIFYING, "what follows is watched"


def test_a_tool_that_answers_the_second_time_is_executed_once(wired: tuple[Agency, Wire]) -> None:
    agency, wire = wired
    row = approved(agency)
    wire.after = silent
    agency.drain()
    assert agency.row(row.id).status is ActionStatus.SENDING
    agency.drain()
    assert len(wire.sent) == 1, "the next try comes later"
    wire.after = lambda: None
    agency.skip(1)
    agency.drain()
    assert agency.row(row.id).status is ActionStatus.EXECUTED
    assert len(wire.sent) == 2 and len(set(wire.sent)) == 1


def test_a_call_found_in_flight_is_held_by_the_kill_switch(wired: tuple[Agency, Wire]) -> None:
    agency, wire = wired
    row = approved(agency)
    wire.before = gone
    cut_short(agency)
    wire.before = lambda: None
    agency.ctx.store.set_kill_switch(KillSwitch(on=True, everywhere=True, by="person:ada", reason="stop"))
    agency.drain()
    assert agency.row(row.id).status is ActionStatus.SENDING
    assert not wire.sent
    agency.ctx.store.set_kill_switch(KillSwitch())
    agency.drain()
    assert agency.row(row.id).status is ActionStatus.EXECUTED


def test_a_bookmark_that_fell_behind_is_drawn_anew_and_repeats_nothing(wired: tuple[Agency, Wire]) -> None:
    agency, wire = wired
    row = approved(agency)
    loop = agency.ctx.loop
    assert isinstance(loop, LoopRunner)
    config: Any = {"configurable": {"thread_id": thread_id(agency.scope, row.incident_id)}}
    old = loop.graph.get_state(config)
    agency.drain()
    assert agency.row(row.id).status is ActionStatus.EXECUTED
    loop._checkpointer.delete_thread(config["configurable"]["thread_id"])
    loop.graph.update_state(config, dict(old.values), as_node="decide")
    with agency.ctx.store.read(agency.scope) as session:
        before = session.incidents.last_step(row.incident_id)
    advance.advance(agency.ctx, agency.scope, agency.incident(row.incident_id))
    with agency.ctx.store.read(agency.scope) as session:
        assert session.incidents.last_step(row.incident_id) == before
    assert loop.graph.get_state(config).next == ("verify",)
    assert len(wire.sent) == len(set(wire.sent))


def test_a_taken_over_worker_writes_nothing(wired: tuple[Agency, Wire]) -> None:
    agency, _ = wired
    row = approved(agency)
    with leases.hold_lease(agency.ctx, agency.scope, f"incident:{row.incident_id}") as own:
        assert own is not None and own.fence is not None
        with agency.ctx.store.write(agency.scope) as session:
            session.leases.release(own.fence)
            assert session.leases.take(own.fence.name, "another", seconds=60)
        with pytest.raises(CausewayError, match="taken"), agency.ctx.store.write(own) as session:
            session.notes.put("late", {})
    agency.drain()
    assert agency.row(row.id).status is ActionStatus.APPROVED, "the other worker has it"


def test_failures_wait_longer_each_time_and_end_with_people() -> None:
    waits = [advance.wait_after_failures("INC-1", failures) for failures in range(1, 12)]
    assert waits == sorted(waits)
    assert waits[0] >= advance.FIRST_WAIT and waits[-1] == advance.LONGEST_WAIT


def set_aside(agency: Agency, incident_id: str) -> None:
    """Three failures in a row, as if its step could not be run."""
    for _ in range(advance.MOST_FAILURES):
        advance._count_failure(agency.ctx, agency.scope, incident_id, RuntimeError("a bug"))
    assert agency.incident(incident_id).status is IncidentStatus.FAILED


def test_an_incident_that_was_set_aside_is_asked_about_anew_after_a_retry(wired: tuple[Agency, Wire]) -> None:
    agency, _ = wired
    row = agency.pending(CALLBACK)
    for _ in range(2):
        set_aside(agency, row.incident_id)
        waiting.retry_incident(agency.ctx, agency.scope, row.incident_id)
        with agency.ctx.store.read(agency.scope) as session:
            before = session.incidents.last_step(row.incident_id)
        agency.drain()
        with agency.ctx.store.read(agency.scope) as session:
            assert session.incidents.last_step(row.incident_id) <= before + 4
        asked = agency.pending(CALLBACK)
        assert asked.id != row.id and agency.row(row.id).status is ActionStatus.SUPERSEDED
        row = asked


def test_an_answer_that_could_not_be_recorded_is_not_the_answer_once_it_has_changed(wired: tuple[Agency, Wire]) -> None:
    agency, _ = wired
    row = approved(agency)
    store = agency.ctx.store
    with leases.hold_lease(agency.ctx, agency.scope, f"incident:{row.incident_id}") as own:
        assert own is not None and own.fence is not None
        with store.write(agency.scope) as session:
            session.leases.release(own.fence)
            session.leases.take(own.fence.name, "another", seconds=60)
        with pytest.raises(LeaseLost):
            agency.ctx.loop.step(own, row.incident_id)
        with store.write(agency.scope) as session:
            for lease in session.leases.page():
                session.leases.release(lease.fence)
    agency.skip(agency.ctx.config.policies.expires_after_minutes + 1)
    for _ in range(3):
        agency.drain()
        agency.skip(1)
    assert agency.row(row.id).status is ActionStatus.EXPIRED
    assert agency.incident(row.incident_id).status is IncidentStatus.ESCALATED


def test_what_is_in_flight_when_its_tool_is_gone_is_in_doubt(wired: tuple[Agency, Wire]) -> None:
    agency, wire = wired
    row = approved(agency)
    wire.after = gone
    cut_short(agency)
    tools = agency.ctx.tools
    assert isinstance(tools, ConnectorRegistry)
    del tools._specs[str(row.decision.tool)]
    agency.drain()
    assert agency.row(row.id).status is ActionStatus.IN_DOUBT


def test_bookmarks_that_cannot_be_reached_are_no_fault_of_the_incident(asking: Agency) -> None:
    agency = asking
    row = approved(agency)
    saver = agency.application.checkpoints
    saver.conn.execute("PRAGMA query_only = ON")
    for _ in range(5):
        agency.drain()
        agency.skip(1)
    assert (
        agency.incident(row.incident_id).status is IncidentStatus.MITIGATING
        or agency.row(row.id).status is ActionStatus.APPROVED
    )
    saver.conn.execute("PRAGMA query_only = OFF")
    agency.skip(1)
    agency.drain()
    assert agency.row(row.id).status is ActionStatus.EXECUTED
