"""Sixteen people decide about the same action at once: Causeway beside plain LangGraph with SqliteSaver, on the same
work.

`make bench` prints a table. The work is a number of actions, each waiting for a word; sixteen threads give it at the
same moment, and the tool (an append to a SQLite file in WAL, 30 s timeout) is to run once per action. Both sides run in
one process on the same machine, in turns, each round over files of its own, and count the runs of the same tool. The
plain side is a graph of two nodes that asks by `interrupt` and then runs the tool; it looks whether the question is
still open before it answers, which is all it can do without a store of its own. A wait is what one person waits for an
answer, whether the word counted or came too late. An action is decided when everybody has an answer, and done when its
tool has run: on the plain side whoever answers also runs the tool; in Causeway a worker does, after the intent is
committed, and with every step recorded.
"""

import argparse
import logging
import os
import platform
import sqlite3
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict

APPROVERS = 16
QUANTILE = 0.99
PATIENCE = 300.0


@dataclass(frozen=True)
class Tool:
    """What both sides run: one more line in a file."""

    path: Path

    def prepare(self) -> None:
        """An empty file in WAL."""
        with closing(self._open()) as file:
            file.execute("PRAGMA journal_mode=WAL")
            file.execute("CREATE TABLE IF NOT EXISTS done (action TEXT)")

    def run(self, action: str) -> None:
        """Append."""
        with closing(self._open()) as file, file:
            file.execute("INSERT INTO done VALUES (?)", (action,))

    def runs(self) -> Counter[str]:
        """How often it ran, by action."""
        with closing(self._open()) as file:
            return Counter(row[0] for row in file.execute("SELECT action FROM done"))

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(str(self.path), timeout=30)


@dataclass(frozen=True)
class Round:
    """What one side did in one round."""

    decided: float
    seconds: float
    waits: tuple[float, ...]
    accepted: int
    errors: Counter[str]
    runs: tuple[int, ...]

    @property
    def decisions(self) -> float:
        """Actions decided in a second, everybody answered."""
        return len(self.runs) / self.decided

    @property
    def rate(self) -> float:
        """Actions decided and done in a second."""
        return len(self.runs) / self.seconds

    @property
    def p99(self) -> float:
        """What all but one in a hundred waited at most, in milliseconds."""
        return sorted(self.waits)[min(int(len(self.waits) * QUANTILE), len(self.waits) - 1)] * 1_000


Decide = Callable[[str, int], bool]
"""Gives one person's word on an action; whether it counted."""


def contended(actions: Sequence[str], decide: Decide, finish: Callable[[], None], tool: Tool) -> Round:
    """Every action decided by everybody at once, until its tool has run."""
    barrier = threading.Barrier(APPROVERS)
    waits: list[list[float]] = [[] for _ in range(APPROVERS)]
    accepted, errors = [0] * APPROVERS, [Counter[str]() for _ in range(APPROVERS)]

    def person(seat: int) -> None:
        for action in actions:
            barrier.wait(PATIENCE)
            begun = time.perf_counter()
            try:
                accepted[seat] += decide(action, seat)
            except Exception as failure:  # noqa: BLE001 - whatever a side answers is counted, not judged
                errors[seat][type(failure).__name__] += 1
            waits[seat].append(time.perf_counter() - begun)

    people = [threading.Thread(target=person, args=(seat,)) for seat in range(APPROVERS)]
    begun = time.perf_counter()
    for one in people:
        one.start()
    for one in people:
        one.join()
    decided = time.perf_counter() - begun
    finish()
    seconds = time.perf_counter() - begun
    runs = tool.runs()
    every = tuple(wait for own in waits for wait in own)
    return Round(
        decided, seconds, every, sum(accepted), sum(errors, Counter[str]()), tuple(runs[action] for action in actions)
    )


# --- Causeway
# ------------------------------------------------------------------------------------------------------------


class ToolEffects:
    """The Effects port over the tool of this measurement."""

    def __init__(self, tool: Tool) -> None:
        self._tool = tool

    def apply(self, scope: Any, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        """Run it; every run is counted, also one under a key that is known."""
        self._tool.run(str(arguments["incident_id"]))
        return {"http_status": 200, "reference": f"REF-{idempotency_key[:8]}", "body": {}}

    def look(self, scope: Any, tool: str, *, idempotency_key: str) -> dict[str, Any] | None:
        """Nobody keeps keys here."""
        return None

    def find(self, scope: Any, reference: str) -> bool:
        """Every reference is one that was given."""
        return True


def causeway(folder: Path, count: int) -> Round:
    """The product: a person's word is one statement on the row; a worker carries out what was granted."""
    from app.bootstrap import Seams, build_application
    from app.domain.errors import Conflict
    from app.domain.tenants import Principal, Role, Scope
    from app.schemas.actions import ApproveRequest
    from app.services.actions.review import decide_action
    from app.services.loop import advance
    from app.system import SteppedClock
    from tests.builders import NOW
    from tests.durability.worker_driver import Life, Place, settings_of
    from tests.durability.world import Case, Plan, config_folder

    tool = Tool(folder / "tool.sqlite")
    tool.prepare()
    place = Place(folder, config_folder(folder / "config"))
    application = build_application(
        settings_of(place), clock=SteppedClock(NOW), seams=Seams(effects=lambda _shop: ToolEffects(tool))
    )
    scope = Scope(tenant_id="bench")
    Life(application, Plan(tuple(Case(number, "bench", "asked_note") for number in range(count))))._prepare(scope)
    advance.advance_all(application.ctx, scope)
    with application.store.read(scope) as session:
        rows = {row.incident_id: row for row in session.actions.page(limit=count)}
    wake, stopping = threading.Event(), threading.Event()
    ctx = replace(application.ctx, wake=wake.set)

    def work() -> None:
        while not stopping.is_set():
            wake.wait()
            wake.clear()
            advance.advance_all(ctx, scope)

    def say(incident: str, seat: int) -> bool:
        row = rows[incident]
        who = scope.changed(principal=Principal(id=f"person:{seat}", role=Role.APPROVER))
        try:
            decide_action(
                ctx, who, ApproveRequest(action_id=row.id, approved=True, reviewer=f"person {seat}", digest=row.digest)
            )
        except Conflict:
            return False
        return True

    worker = threading.Thread(target=work)
    worker.start()

    def finish() -> None:
        stopping.set()
        wake.set()
        worker.join()
        advance.advance_all(ctx, scope)

    seen = contended(sorted(rows), say, finish, tool)
    application.stop()
    return seen


# --- plain LangGraph
# -----------------------------------------------------------------------------------------------------


class Asked(TypedDict, total=False):
    """The state of the plain graph."""

    action: str
    approved: bool


def langgraph(folder: Path, count: int) -> Round:
    """Two nodes: ask by interrupt, then run the tool. Whoever finds the question open resumes the thread."""
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Command, interrupt

    tool = Tool(folder / "tool.sqlite")
    tool.prepare()

    def ask(state: Asked) -> Asked:
        return {"approved": interrupt({"action": state["action"]})}

    def act(state: Asked) -> Asked:
        tool.run(state["action"])
        return {}

    graph: Any = StateGraph(Asked)
    graph.add_node("ask", ask)
    graph.add_node("act", act)
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "act")
    graph.add_edge("act", END)
    connection = sqlite3.connect(str(folder / "checkpoints.sqlite"), check_same_thread=False, timeout=30)
    saver = SqliteSaver(connection)
    saver.setup()
    compiled = graph.compile(checkpointer=saver)
    actions = [f"action-{number}" for number in range(count)]

    def thread(action: str) -> RunnableConfig:
        return {"configurable": {"thread_id": action}}

    for action in actions:
        compiled.invoke({"action": action}, thread(action))

    def say(action: str, _seat: int) -> bool:
        if not compiled.get_state(thread(action)).interrupts:
            return False
        compiled.invoke(Command(resume=True), thread(action))
        return True

    seen = contended(actions, say, lambda: None, tool)
    connection.close()
    return seen


# --- the table
# -----------------------------------------------------------------------------------------------------------

SIDES: dict[str, Callable[[Path, int], Round]] = {"Causeway": causeway, "plain LangGraph": langgraph}


def measured(rounds: int, count: int) -> dict[str, list[Round]]:
    """Both sides in turns, each beginning every other round; one round of each before that is not counted."""
    seen: dict[str, list[Round]] = {name: [] for name in SIDES}
    for number in range(-1, rounds):
        for name in list(SIDES) if number % 2 else list(reversed(SIDES)):
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                result = SIDES[name](Path(folder), count if number >= 0 else 2)
            if number >= 0:
                seen[name].append(result)
    return seen


def spread(values: Sequence[float]) -> str:
    """Median, smallest and largest."""
    return f"{statistics.median(values):9.2f}  ({min(values):.2f} to {max(values):.2f})"


def tell(seen: Mapping[str, Sequence[Round]], count: int) -> None:
    """The table, and what one side is in terms of the other, round by round."""
    print(
        f"{APPROVERS} approvers at once, {count} actions a round, {len(seen['Causeway'])} rounds; median (smallest to"
        " largest)"
    )
    print(
        f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}, SQLite"
        f" {sqlite3.sqlite_version}\n"
    )
    for name, rounds in seen.items():
        runs = [times for one in rounds for times in one.runs]
        errors = sum((one.errors for one in rounds), Counter[str]())
        print(name)
        print(f"  decisions per second          {spread([one.decisions for one in rounds])}")
        print(f"  decided and done per second   {spread([one.rate for one in rounds])}")
        print(f"  p99 wait of a person, ms      {spread([one.p99 for one in rounds])}")
        print(f"  median wait of a person, ms   {spread([statistics.median(one.waits) * 1_000 for one in rounds])}")
        print(f"  runs of the tool per action   {statistics.mean(runs):9.2f}  ({min(runs)} to {max(runs)})")
        print(
            f"  actions done more than once   {sum(times > 1 for times in runs):9d}  of {len(runs)}; not done:"
            f" {sum(times == 0 for times in runs)}"
        )
        print(
            f"  people told that theirs won   {sum(one.accepted for one in rounds) / len(runs):9.2f}  per action;"
            f" errors: {dict(errors) or 'none'}\n"
        )
    pairs = list(zip(*seen.values(), strict=True))
    print("Causeway / plain LangGraph, pair by pair")
    print(f"  decisions per second          {spread([ours.decisions / plain.decisions for ours, plain in pairs])}")
    print(f"  decided and done per second   {spread([ours.rate / plain.rate for ours, plain in pairs])}")
    print(f"  p99 wait                      {spread([ours.p99 / plain.p99 for ours, plain in pairs])}")


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--actions", type=int, default=40)
    said = asked.parse_args()
    logging.disable(logging.WARNING)
    tell(measured(said.rounds, said.actions), said.actions)


if __name__ == "__main__":
    main()
