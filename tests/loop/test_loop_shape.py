"""The compiled graph keeps its promises by its shape, and each node by what it returns."""

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.runtime import Runtime

from app.domain.errors import BadConfig
from graph.build import NODES
from graph.checkpoints import HOSTILE, HOSTILE_RESULT, prove_strict, strict_serde
from graph.context import NodeContext
from graph.runner import LoopRunner, thread_id
from graph.state import KEY_OF, LoopState
from tests.loop.conftest import Agency, open_agency

EDGES = {
    ("__start__", "observe"),
    ("observe", "reason"),
    ("reason", "decide"),
    ("decide", "approve"),
    ("decide", "learn"),
    ("approve", "act"),
    ("approve", "observe"),
    ("approve", "decide"),
    ("approve", "learn"),
    ("act", "approve"),
    ("act", "verify"),
    ("act", "learn"),
    ("verify", "approve"),
    ("verify", "reason"),
    ("verify", "learn"),
    ("verify", "verify"),
    ("learn", "__end__"),
}
NEEDS = {
    "observe": {"incident"},
    "reason": {"incident", "dossier"},
    "decide": {"incident", "dossier", "assessment"},
    "approve": {"incident", "dossier", "assessment", "decision"},
    "act": {"approval"},
    "verify": {"outcome"},
    "learn": {"decision", "approval", "outcome"},
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    """An agency whose incidents have all gone as far as they can."""
    agency = open_agency(Path(tmp_path_factory.mktemp("shape")))
    agency.pass_time(120)
    agency.cycle()
    for row in agency.rows():
        if row.status.value == "PENDING":
            agency.approve(row)
    for _ in range(6):
        agency.pass_time(20)
        agency.drain()
    yield agency
    agency.application.stop()


def runner(agency: Agency) -> LoopRunner:
    assert isinstance(agency.ctx.loop, LoopRunner)
    return agency.ctx.loop


def test_the_graph_has_the_edges_of_the_design_and_no_others(finished: Agency) -> None:
    drawn = {(edge.source, edge.target) for edge in runner(finished).graph.get_graph().edges}
    assert drawn == EDGES


def test_act_has_one_predecessor_and_it_is_approve(finished: Agency) -> None:
    drawn = runner(finished).graph.get_graph().edges
    assert {edge.source for edge in drawn if edge.target == "act"} == {"approve"}


def test_a_static_breakpoint_stands_before_verify(finished: Agency) -> None:
    assert list(runner(finished).graph.interrupt_before_nodes) == ["verify"]


def visited(agency: Agency) -> list[dict[str, Any]]:
    """Every state any thread of this agency was in."""
    found = []
    for incident in agency.incidents():
        config = {"configurable": {"thread_id": thread_id(agency.scope, incident.id)}}
        found += [
            dict(snapshot.values) for snapshot in runner(agency).graph.get_state_history(config) if snapshot.values
        ]
    return found


def jittered(state: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A copy with other numbers: confidences, counts and money a little up or down."""
    changed = copy.deepcopy(state)
    for hypothesis in changed.get("assessment", {}).get("hypotheses", []):
        hypothesis["confidence"] = round(min(hypothesis["confidence"] * chance.uniform(0.8, 1.0), 1.0), 4)
    if "dossier" in changed:
        changed["dossier"]["signal_count"] = max(1, int(changed["dossier"]["signal_count"] * chance.uniform(0.5, 2)))
        changed["dossier"]["severity"] = chance.choice(["low", "medium", "high", "critical"])
    return changed


@pytest.fixture(scope="module")
def lived_through(finished: Agency) -> list[dict[str, Any]]:
    """Every state of theirs; only copies of them are changed."""
    return visited(finished)


@pytest.mark.parametrize("states", [6, pytest.param(50, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", list(NODES))
def test_each_node_returns_exactly_its_own_key_and_leaves_its_input_unchanged(
    name: str, states: int, finished: Agency, lived_through: list[dict[str, Any]]
) -> None:
    seed = 20_261
    print(f"seed {seed}")
    chance = random.Random(seed)
    fitting = [state for state in lived_through if state.keys() >= NEEDS[name] and not asks(name, state)]
    assert fitting
    ctx: NodeContext = finished.ctx.node_context(finished.scope)
    for _ in range(states):
        chosen = chance.choice(fitting)
        state = jittered(chosen, chance) if name in {"reason", "decide", "learn"} else copy.deepcopy(chosen)
        before = copy.deepcopy(state)
        output = NODES[name](LoopState(**state), Runtime(context=ctx))  # type: ignore[typeddict-item]
        assert set(output) == {KEY_OF[name]}
        assert state == before


def asks(name: str, state: dict[str, Any]) -> bool:
    """Whether approve would interrupt on this state, which only a running graph can do."""
    return name == "approve" and state["decision"]["ruling"]["verdict"] != "allow"


def test_the_same_state_always_gives_the_same_decision(finished: Agency, lived_through: list[dict[str, Any]]) -> None:
    ctx: NodeContext = finished.ctx.node_context(finished.scope)
    states = [state for state in lived_through if state.keys() >= NEEDS["decide"]]
    for state in states[:10]:
        one, two = (NODES["decide"](LoopState(**copy.deepcopy(state)), Runtime(context=ctx)) for _ in range(2))  # type: ignore[typeddict-item]
        assert one["decision"]["digest"] == two["decision"]["digest"]


def test_a_checkpoint_row_that_names_a_callable_is_not_obeyed() -> None:
    assert strict_serde().loads_typed(("msgpack", HOSTILE)) != HOSTILE_RESULT
    prove_strict(strict_serde())


@pytest.mark.filterwarnings("ignore")
def test_a_permissive_serializer_is_refused_at_start() -> None:
    with pytest.raises(BadConfig, match="serializer"):
        prove_strict(JsonPlusSerializer(allowed_msgpack_modules=True))


def test_the_interrupt_can_be_read_by_other_consoles(asking: Agency) -> None:
    row = asking.pending("callback_not_https")
    config = {"configurable": {"thread_id": thread_id(asking.scope, row.incident_id)}}
    (asked,) = runner(asking).graph.get_state(config).interrupts
    assert asked.value["action_id"] == row.id and asked.value["digest"] == row.digest
    (request,) = asked.value["action_requests"]
    assert request["args"] == request["arguments"] == row.decision.plain()["arguments"]
    assert asked.value["review_configs"][0]["allowed_decisions"] == ["approve", "edit", "reject", "respond"]


def test_a_thread_resumed_past_the_ledger_stays_at_the_gate(agency: Agency) -> None:
    """Whoever resumes the thread itself, without having won the row, gets nowhere near a tool."""
    from langgraph.types import Command

    from app.domain.errors import Conflict

    agency.cycle()
    row = agency.pending("callback_not_https")
    config = {"configurable": {"thread_id": thread_id(agency.scope, row.incident_id)}}
    graph = runner(agency).graph
    forged = {
        "kind": "granted",
        "by": "nobody",
        "digest": row.digest,
        "version": row.version,
        "at": "2026-03-02T09:00:00Z",
    }
    (asked,) = graph.get_state(config).interrupts
    with pytest.raises(Conflict):
        graph.invoke(Command(resume={asked.id: forged}), config, context=agency.ctx.node_context(agency.scope))
    assert graph.get_state(config).next == ("approve",)
    assert agency.row(row.id).status.value == "PENDING"
    agency.approve(row)
    agency.drain()
    assert agency.row(row.id).status.value == "EXECUTED"
