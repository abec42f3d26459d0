"""Named failpoints: wrappers on the ports and events of the database engines, handed in by the bootstrap of a test and
by nobody else.

A point stands before and after every statement that writes, every COMMIT, every checkpoint that is put, and on both
sides of a tool's call. Passing one calls `on_point` with its name; what happens there is the test's: count, log, raise,
or end the process.
"""

import re
import socket
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from sqlalchemy import Engine, event

from app.connectors.addresses import Address
from app.connectors.egress import OutsideDoor, WireAnswer, WireRequest
from app.domain.tenants import Scope
from app.ports.connectors import Connector

WRITES = frozenset({"INSERT", "UPDATE", "DELETE"})
STATEMENT = re.compile(r"\s*(?P<verb>\w+)(?:\s+(?:OR\s+\w+\s+)?(?:INTO|FROM))?\s+\"?(?P<table>\w+)", re.IGNORECASE)
COMMITTING = "failpoint: COMMIT is under way"


class Points:
    """The points of one application, in the order in which it passes them."""

    def __init__(self, on_point: Callable[[str], None]) -> None:
        self._on_point = on_point

    def pass_(self, name: str) -> None:
        """The application is here."""
        self._on_point(name)

    def store(self, store: Any) -> Any:
        """The same store, with points around what its engines write."""
        for engine in dict.fromkeys((store.writing, store.reading)):
            self._on_statements(engine)
        self._on_commits(store.writing)
        return store

    def checkpoints(self, saver: BaseCheckpointSaver[Any]) -> "PointedSaver":
        """The saver with points around what it puts."""
        return PointedSaver(saver, self)

    def effects(self, effects: Connector) -> "PointedEffects":
        """The other side of the tools, with points where a call leaves and where its answer arrives."""
        return PointedEffects(effects, self)

    def door(self, door: OutsideDoor) -> "PointedDoor":
        """The door to the world outside, with points where a request leaves and where its answer arrives."""
        return PointedDoor(door, self)

    def _on_statements(self, engine: Engine) -> None:
        @event.listens_for(engine, "before_cursor_execute")
        def _before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self._statement("before", statement)

        @event.listens_for(engine, "after_cursor_execute")
        def _after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self._statement("after", statement)

    def _statement(self, side: str, statement: str) -> None:
        found = STATEMENT.match(statement)
        if found and found["verb"].upper() in WRITES:
            self.pass_(f"{side} {found['verb'].upper()} {found['table']}")

    def _on_commits(self, engine: Engine) -> None:
        """After a COMMIT nothing happens before the connection goes back to its pool: that is the point after it."""

        @event.listens_for(engine, "commit")
        def _before(connection: Any) -> None:
            connection.info[COMMITTING] = True
            self.pass_("before COMMIT")

        @event.listens_for(engine.pool, "checkin")
        def _after(_connection: Any, record: Any) -> None:
            if record.info.pop(COMMITTING, False):
                self.pass_("after COMMIT")


class PointedSaver(BaseCheckpointSaver[Any]):
    """A saver that passes a point before and after everything it keeps."""

    def __init__(self, inner: BaseCheckpointSaver[Any], points: Points) -> None:
        super().__init__(serde=inner.serde)
        self._inner = inner
        self._points = points

    def __getattr__(self, name: str) -> Any:
        if "_inner" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.__dict__["_inner"], name)

    @property
    def config_specs(self) -> list[Any]:
        return self._inner.config_specs

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return self._inner.get_tuple(config)

    def list(self, config: RunnableConfig | None, **rest: Any) -> Iterator[CheckpointTuple]:
        return self._inner.list(config, **rest)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        self._points.pass_("before checkpoint put")
        kept = self._inner.put(config, checkpoint, metadata, new_versions)
        self._points.pass_("after checkpoint put")
        return kept

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self._points.pass_("before checkpoint put_writes")
        self._inner.put_writes(config, writes, task_id, task_path)
        self._points.pass_("after checkpoint put_writes")

    def delete_thread(self, thread_id: str) -> None:
        self._inner.delete_thread(thread_id)

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        self._inner.prune(thread_ids, strategy=strategy)

    def get_next_version(self, current: Any, channel: None) -> Any:
        return self._inner.get_next_version(current, channel)


class PointedEffects:
    """The Effects port: before a call reaches the other side, and after its effect, before the answer is back."""

    def __init__(self, inner: Connector, points: Points) -> None:
        self._inner = inner
        self._points = points

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        self._points.pass_(f"send {tool}")
        answer = self._inner.apply(scope, tool, arguments, idempotency_key=idempotency_key)
        self._points.pass_(f"receive {tool}")
        return answer

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> dict[str, Any] | None:
        self._points.pass_(f"send look {tool}")
        answer = self._inner.look(scope, tool, idempotency_key=idempotency_key)
        self._points.pass_(f"receive look {tool}")
        return answer

    def find(self, scope: Scope, reference: str) -> bool:
        return self._inner.find(scope, reference)


class PointedDoor:
    """The door: before a request leaves, and after it was answered, before anybody knows."""

    def __init__(self, inner: OutsideDoor, points: Points) -> None:
        self._inner = inner
        self._points = points

    def exchange(self, outgoing: WireRequest, allowed: Collection[str]) -> WireAnswer:
        self._points.pass_(f"send {outgoing.method}")
        answer = self._inner.exchange(outgoing, allowed)
        self._points.pass_(f"receive {outgoing.method}")
        return answer

    def dial(self, place: Address, allowed: Collection[str], seconds: float) -> socket.socket:
        self._points.pass_("send dial")
        return self._inner.dial(place, allowed, seconds)
