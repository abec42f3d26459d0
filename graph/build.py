"""Wires the seven nodes. `act` has one predecessor: `approve`; a breakpoint stands before `verify` until the receipt is
due.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from app.domain.base import JsonObject
from graph.context import NodeContext
from graph.edges import after_act, after_approve, after_decide, after_verify
from graph.nodes.act import act
from graph.nodes.approve import approve
from graph.nodes.decide import decide
from graph.nodes.learn import learn
from graph.nodes.observe import observe
from graph.nodes.reason import reason
from graph.nodes.verify import verify
from graph.state import KEY_OF, LoopState, incident_id

GRAPH_VERSION = 1
Node = Callable[[LoopState, Runtime[NodeContext]], LoopState]
Recorded = Callable[[LoopState, Runtime[NodeContext], RunnableConfig], LoopState]
Graph = CompiledStateGraph[LoopState, NodeContext, LoopState, LoopState]
NODES: dict[str, Node] = {
    "observe": observe,
    "reason": reason,
    "decide": decide,
    "approve": approve,
    "act": act,
    "verify": verify,
    "learn": learn,
}


def record_after(name: str, node: Node) -> Recorded:
    """The node, and after it one entry in the journal. An interrupt passes through untouched: nothing here catches."""

    def run(state: LoopState, runtime: Runtime[NodeContext], config: RunnableConfig) -> LoopState:
        output = node(state, runtime)
        ctx = runtime.context
        position = int(str(state["incident"].get("base", 0))) + int(config["metadata"]["langgraph_step"])
        plain: JsonObject = output[KEY_OF[name]]  # type: ignore[literal-required]
        ctx.journal.record(ctx.scope, incident_id(state), name, plain, seq=position)
        return output

    return run


def bind_context(node: Recorded, context: NodeContext) -> Recorded:
    """The node with a context of its own, for who cannot hand one over with each step: a studio speaks JSON."""

    def run(state: LoopState, runtime: Runtime[NodeContext], config: RunnableConfig) -> LoopState:
        return node(state, runtime.override(context=context), config)

    return run


def build_graph(checkpointer: BaseCheckpointSaver[Any], context: NodeContext | None = None) -> Graph:
    """The compiled loop, over one context where it is given here. Without a checkpointer nothing could be resumed, so
    there is no such graph.
    """
    drawn = _draw(context) if context else _drawn()
    return drawn.copy({"checkpointer": checkpointer})


@cache
def _drawn() -> Graph:
    """The loop whose steps are handed their context: the same for everybody."""
    return _draw(None)


def _draw(context: NodeContext | None) -> Graph:
    schema = None if context else NodeContext
    graph: StateGraph[LoopState, NodeContext, LoopState, LoopState] = StateGraph(LoopState, context_schema=schema)
    for name, node in NODES.items():
        recorded = record_after(name, node)
        graph.add_node(name, bind_context(recorded, context) if context else recorded)  # type: ignore[call-overload]
    graph.add_edge(START, "observe")
    graph.add_edge("observe", "reason")
    graph.add_edge("reason", "decide")
    graph.add_conditional_edges("decide", after_decide)
    graph.add_conditional_edges("approve", after_approve)
    graph.add_conditional_edges("act", after_act)
    graph.add_conditional_edges("verify", after_verify)
    graph.add_edge("learn", END)
    return graph.compile(interrupt_before=["verify"], name="causeway")
