"""Drives one incident's thread as far as it can go now. The store decides what a pending question's answer is, never a client.

The checkpointer is not a lock, so one thread of this process steps an incident at a time, and a thread is resumed only from
an action row that one SQL statement has already moved.
"""

import logging
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command, StateSnapshot

from app.domain.actions import Action
from app.domain.approvals import Answer
from app.domain.base import digest_of
from app.domain.errors import BadConfig
from app.domain.tenants import Scope
from graph import state as read
from graph.build import GRAPH_VERSION, Graph, build_graph
from graph.deps import Deps
from graph.nodes.approve import DECIDED_BY_ROW
from graph.state import KEY_OF, LoopState

MOST_STEPS = 100
HOSTILE = b"\xc7\x14\x01\x93\xa8builtins\xa3len\x91\xa4four"
HOSTILE_RESULT = 4
"""A stored value that asks for builtins.len("four") to be called when it is read."""
WAITING, DUE, FINISHED, MOVED = "waiting", "due", "finished", "moved"


class LoopRunner:
    """Implements the Loop port on a compiled graph."""

    def __init__(self, checkpointer: BaseCheckpointSaver[Any], deps_of: Callable[[Scope], Deps]) -> None:
        self._graph: Graph = build_graph(checkpointer)
        self._deps_of = deps_of
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._registry = threading.Lock()

    @property
    def graph(self) -> Graph:
        """The compiled graph, for drawing and for its structural tests."""
        return self._graph

    def step(self, scope: Scope, incident_id: str) -> str:
        """Run until the thread waits for a person, for a receipt's time, or is finished."""
        thread = thread_id(scope, incident_id)
        with self._registry:
            lock = self._locks[thread]
        with lock:
            return self._step(self._deps_of(scope), incident_id, thread)

    def _step(self, deps: Deps, incident_id: str, thread: str) -> str:
        config: RunnableConfig = {"configurable": {"thread_id": thread}, "recursion_limit": MOST_STEPS}
        snapshot = self._graph.get_state(config)
        if not snapshot.values:
            return self._begin(deps, config, incident_id)
        if not snapshot.next:
            return FINISHED
        if snapshot.interrupts:
            return self._answer(deps, config, snapshot)
        if snapshot.next == ("verify",) and not self._due(deps, snapshot):
            return DUE
        return self._run(deps, config, None)

    def _begin(self, deps: Deps, config: RunnableConfig, incident_id: str) -> str:
        """A new thread; where the bookmark was lost, one that stands where the store says the incident stands."""
        with deps.store.read(deps.scope) as session:
            steps = session.incidents.steps(incident_id)
        seed = {"id": incident_id, "tenant": deps.scope.tenant_id, "base": max((step["seq"] for step in steps), default=0)}
        if not steps:
            return self._run(deps, config, {"incident": seed})
        values: dict[str, Any] = {"incident": seed} | {KEY_OF[step["step"]]: step["output"] for step in steps}
        self._graph.update_state(config, values, as_node=steps[-1]["step"])
        return MOVED

    def _answer(self, deps: Deps, config: RunnableConfig, snapshot: StateSnapshot) -> str:
        row = deps.ledger.row(deps.scope, str(snapshot.values["decision"]["action_id"]))
        answer = answer_of(row)
        if answer is None:
            return WAITING
        return self._run(deps, config, Command(resume={snapshot.interrupts[0].id: answer.plain()}))

    def _due(self, deps: Deps, snapshot: StateSnapshot) -> bool:
        due_at: datetime | None = read.outcome(LoopState(**snapshot.values)).due_at  # type: ignore[typeddict-item]
        return due_at is None or due_at <= deps.clock.now()

    def _run(self, deps: Deps, config: RunnableConfig, given: Any) -> str:
        self._graph.invoke(given, config, context=deps, durability="sync")
        return MOVED


def thread_id(scope: Scope, incident_id: str) -> str:
    """The thread of an incident; it never leaves the server."""
    return digest_of([scope.tenant_id, incident_id, GRAPH_VERSION])


def answer_of(row: Action) -> Answer | None:
    """What the row says about the question; nothing while it is pending."""
    kind = DECIDED_BY_ROW.get(row.status.value)
    if kind is None or row.decided_at is None:
        return None
    return Answer(
        kind=kind,
        by=row.decided_by or "",
        label=row.label or "",
        feedback=row.feedback or "",
        digest=row.digest,
        version=row.version,
        at=row.decided_at,
    )


def strict_serde() -> JsonPlusSerializer:
    """Plain types only: a checkpoint row somebody edited must not run code."""
    return JsonPlusSerializer(allowed_msgpack_modules=None)


def open_checkpoints(path: Path | str) -> SqliteSaver:
    """The checkpoint file: its own SQLite, a bookmark that can be rebuilt from the store, so NORMAL is enough."""
    connection = sqlite3.connect(str(path), check_same_thread=False, timeout=30)
    connection.execute("PRAGMA busy_timeout=30000")
    saver = SqliteSaver(connection, serde=strict_serde())
    saver.setup()
    connection.execute("PRAGMA synchronous=NORMAL")
    return saver


def prove_strict(serde: JsonPlusSerializer) -> None:
    """Refuse to start unless a checkpoint that names a callable is read back without calling it."""
    told = logging.getLogger("langgraph.checkpoint.serde.jsonplus")
    usual, told.disabled = told.disabled, True
    read_back = serde.loads_typed(("msgpack", HOSTILE))
    told.disabled = usual
    if read_back == HOSTILE_RESULT:
        raise BadConfig(["checkpoints: the serializer calls what a row names; LANGGRAPH_STRICT_MSGPACK must be true"])
