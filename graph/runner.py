"""Drives one incident's thread as far as it can go now. The store decides what a pending question's answer is, never a
client.

The checkpointer is not a lock and not the truth: whoever steps an incident holds its lease, a thread is resumed only
from an action row that one SQL statement has already moved, and a bookmark that does not agree with the recorded steps
is drawn anew from them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Command, StateSnapshot

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import Answer, ApprovalKind
from app.domain.base import digest_of
from app.domain.incidents import latest_episode
from app.domain.tenants import Scope
from app.domain.validity import DECIDED_AS
from graph import state as read
from graph.approvals import withdrawn_approval
from graph.build import GRAPH_VERSION, Graph, build_graph
from graph.checkpoints import reaching_bookmarks, thin, tidy_file
from graph.context import NodeContext
from graph.state import KEY_OF, LoopState

MOST_STEPS = 100
WITHDRAWN = {ActionStatus.SUPERSEDED: ApprovalKind.SUPERSEDED, ActionStatus.EXPIRED: ApprovalKind.EXPIRED}


class ThreadStatus(StrEnum):
    """Where a thread stands."""

    WAITING = "waiting"
    DUE = "due"
    FINISHED = "finished"
    MOVED = "moved"


@dataclass(frozen=True)
class Thread:
    """One incident's thread as it was found: whose it is, its bookmark, and whether the bookmark agrees
    with the store.
    """

    ctx: NodeContext
    config: RunnableConfig
    incident_id: str
    snapshot: StateSnapshot
    recorded: int

    @property
    def position(self) -> int:
        """The number of the step the bookmark stands at, as the store counts them."""
        base = int(self.snapshot.values["incident"].get("base", 0))
        return base + int((self.snapshot.metadata or {}).get("step", 0))

    @property
    def agrees(self) -> bool:
        """Whether the bookmark is whole and stands where the store says the incident stands.

        A worker that wakes up after its thread was drawn anew puts a bookmark whose earlier parts are gone; and where a
        node failed, the bookmark keeps the answer it was resumed with, which may not be the answer any more.
        """
        failed = any(task.error for task in self.snapshot.tasks)
        return not failed and "incident" in self.snapshot.values and self.position == self.recorded


class LoopRunner:
    """Implements the Loop port on a compiled graph."""

    def __init__(self, checkpointer: BaseCheckpointSaver[Any], context_of: Callable[[Scope], NodeContext]) -> None:
        self._checkpointer = checkpointer
        self._graph: Graph = build_graph(checkpointer)
        self._context_of = context_of

    @property
    def graph(self) -> Graph:
        """The compiled graph, for drawing and for its structural tests."""
        return self._graph

    def ready(self, scope: Scope, incident_id: str) -> bool:
        """Whether a step could run now, or the loop has ended and its incident should have. Reads only."""
        with reaching_bookmarks():
            thread = self._found(scope, incident_id)
            return not thread.agrees or self._stand(thread) in {ThreadStatus.MOVED, ThreadStatus.FINISHED}

    def step(self, scope: Scope, incident_id: str) -> str:
        """Run until the thread waits for a person, for a receipt's time, or is finished."""
        with reaching_bookmarks():
            thread = self._found(scope, incident_id)
            if not thread.agrees:
                return self._redraw(thread)
            stand = self._stand(thread)
            return self._go_on(thread) if stand is ThreadStatus.MOVED else stand

    def bookmarked(self, scope: Scope, incident_id: str) -> bool:
        """Whether a bookmark of it is kept."""
        config: RunnableConfig = {"configurable": {"thread_id": thread_id(scope, incident_id)}}
        with reaching_bookmarks():
            return self._checkpointer.get_tuple(config) is not None

    def forget(self, scope: Scope, incident_id: str) -> None:
        """Drop the bookmark; it is redrawn from the recorded steps should it be needed again."""
        with reaching_bookmarks():
            self._checkpointer.delete_thread(thread_id(scope, incident_id))

    def thin(self, scope: Scope, incident_id: str) -> None:
        """Keep what the newest bookmark needs, and nothing older."""
        with reaching_bookmarks():
            thin(self._checkpointer, thread_id(scope, incident_id))

    def tidy(self) -> None:
        """Have the file of the bookmarks follow what is in it."""
        with reaching_bookmarks():
            tidy_file(self._checkpointer)

    def _found(self, scope: Scope, incident_id: str) -> Thread:
        ctx = self._context_of(scope)
        config: RunnableConfig = {
            "configurable": {"thread_id": thread_id(scope, incident_id)},
            "recursion_limit": MOST_STEPS,
        }
        with ctx.store.read(scope) as session:
            recorded = session.incidents.last_step(incident_id)
        return Thread(ctx, config, incident_id, self._graph.get_state(config), recorded)

    def _stand(self, thread: Thread) -> ThreadStatus:
        """Where it would stand if nothing ran; MOVED when something can."""
        snapshot = thread.snapshot
        if not snapshot.next:
            return ThreadStatus.FINISHED
        if snapshot.interrupts:
            return ThreadStatus.WAITING if answer_of(self._asked_row(thread)) is None else ThreadStatus.MOVED
        if snapshot.next == ("verify",) and not self._due(thread):
            return ThreadStatus.DUE
        return ThreadStatus.MOVED

    def _go_on(self, thread: Thread) -> str:
        snapshot = thread.snapshot
        if snapshot.interrupts:
            answer = answer_of(self._asked_row(thread))
            assert answer is not None
            return self._run(thread, Command(resume={snapshot.interrupts[0].id: answer.plain()}))
        if snapshot.next == ("act",) and self._taken_back(thread):
            return ThreadStatus.MOVED
        return self._run(thread, None)

    def _redraw(self, thread: Thread) -> str:
        """A new thread; where steps of this episode are recorded, one that stands after the last, whatever a bookmark
        says.
        """
        ctx, snapshot = thread.ctx, thread.snapshot
        with ctx.store.read(ctx.scope) as session:
            recorded = session.incidents.steps(thread.incident_id)
            called = "handed_over" in session.incidents.get(thread.incident_id).metrics_snapshot
        steps = latest_episode(recorded)
        if snapshot.created_at is not None:
            self._checkpointer.delete_thread(thread.config["configurable"]["thread_id"])
        seed = {
            "id": thread.incident_id,
            "tenant": ctx.scope.tenant_id,
            "base": thread.recorded,
            "called": called,
            "tried": read.tried_before(recorded),
        }
        if not steps:
            return self._run(thread, {"incident": seed})
        values = {"incident": seed} | {KEY_OF[step.step]: step.output for step in steps}
        self._graph.update_state(thread.config, values, as_node=steps[-1].step)
        return ThreadStatus.MOVED

    def _taken_back(self, thread: Thread) -> bool:
        """Whether what was granted was taken back before it was sent: then the gate is passed again, the other way."""
        granted = read.read_approval(LoopState(**thread.snapshot.values))  # type: ignore[typeddict-item]
        row = thread.ctx.ledger.row(thread.ctx.scope, granted.row_id)
        kind = WITHDRAWN.get(row.status)
        if kind is None:
            return False
        output = {"approval": withdrawn_approval(thread.ctx, granted, row, kind).plain()}
        ctx = thread.ctx
        ctx.journal.record(ctx.scope, thread.incident_id, "approve", output["approval"], seq=thread.position + 1)
        self._graph.update_state(thread.config, output, as_node="approve")
        return True

    def _asked_row(self, thread: Thread) -> Action:
        return thread.ctx.ledger.row(thread.ctx.scope, str(thread.snapshot.values["decision"]["action_id"]))

    def _due(self, thread: Thread) -> bool:
        due_at: datetime | None = read.receipt_due_at(LoopState(**thread.snapshot.values))  # type: ignore[typeddict-item]
        return due_at is None or due_at <= thread.ctx.clock.now()

    def _run(self, thread: Thread, given: Any) -> str:
        self._graph.invoke(given, thread.config, context=thread.ctx, durability="sync")
        return ThreadStatus.MOVED


def thread_id(scope: Scope, incident_id: str) -> str:
    """The thread of an incident; it never leaves the server."""
    return digest_of([scope.tenant_id, incident_id, GRAPH_VERSION])


def answer_of(row: Action) -> Answer | None:
    """What the row says about the question; nothing while it is pending."""
    kind = DECIDED_AS.get(row.status)
    if kind is None or row.decided_at is None:
        return None
    return Answer(
        kind=kind,
        by=row.decided_by or "",
        label=row.label or "",
        feedback=row.feedback or "",
        cause_is_wrong=row.cause_is_wrong,
        digest=row.digest,
        version=row.version,
        at=row.decided_at,
    )
