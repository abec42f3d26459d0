"""How many incidents a second go from open to proven, each with a person's approval in between, beside the same graph
with empty nodes.

`make bench-incidents` prints a table. Both sides run in one process over SQLite, in turns, each round over files of its
own. Ours opens the incidents, has each reasoned about and asked, approved by the digest that was shown, sent once,
looked up and learnt from, with every step, event and intent committed; the time in which nobody has answered, and until
the receipt is due, is left out. The other side is the same seven nodes and edges, which do nothing but ask and go on,
over LangGraph's own saver: what the graph costs by itself. Machines are shared, so processor time stands beside the
clock's.
"""

import argparse
import logging
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

TENANT = "bench"
WARMING = 8
NODES = ("observe", "reason", "decide", "approve", "act", "verify", "learn")


class Round(NamedTuple):
    """What one side did: how long by the clock and the processor, and what each incident took."""

    seconds: float
    processor: float
    each: tuple[float, ...]


class Timed:
    """Adds up what work takes, by the clock and by the processor."""

    def __init__(self) -> None:
        self.seconds = self.processor = 0.0

    def run(self, work: Callable[[], Any]) -> float:
        """Do it; how long it took."""
        began, used = time.perf_counter(), time.process_time()
        work()
        took = time.perf_counter() - began
        self.seconds, self.processor = self.seconds + took, self.processor + time.process_time() - used
        return took


def ours(folder: Path, count: int) -> Round:
    """The product over files, with tools that count."""
    from app.domain.action_states import ActionStatus
    from app.domain.incidents import ACTIVE
    from app.domain.tenants import LOCAL_ADMIN, Scope
    from app.schemas.actions import ApproveRequest
    from app.services.actions.review import decide_action
    from app.services.loop import advance
    from tests.durability.concurrency import Branch, open_branch
    from tests.durability.worker_driver import Life, open_world
    from tests.durability.world import Case, Plan, config_folder, tenant_of

    place = Branch(folder, config_folder(folder / "config"))
    effects = open_world(place)
    application = open_branch(place, effects)
    ctx, scope = application.ctx, Scope(tenant_id=TENANT, principal=LOCAL_ADMIN)
    application.store.put_tenant(tenant_of(TENANT))
    tools = ("asked_note", "asked_report", "asked_page")
    cases = tuple(Case(number, TENANT, tools[number % len(tools)]) for number in range(count))
    Life(application, Plan(cases))._prepare(scope)
    with application.store.read(scope) as session:
        incidents = session.incidents.page(statuses=ACTIVE, limit=count)
    timed, took = Timed(), dict.fromkeys((one.id for one in incidents), 0.0)
    for one in incidents:
        took[one.id] += timed.run(lambda one=one: advance.advance(ctx, scope, one))  # type: ignore[misc]
    with application.store.read(scope) as session:
        rows = session.actions.page(statuses=[ActionStatus.PENDING], limit=count)
    assert len(rows) == len(incidents) == count, (len(rows), len(incidents))
    for row in rows:
        said = ApproveRequest(action_id=row.id, approved=True, reviewer="bench", digest=row.digest)
        took[row.incident_id] += timed.run(lambda said=said: decide_action(ctx, scope, said))  # type: ignore[misc]
    for _ in range(2):
        for one in incidents:
            took[one.id] += timed.run(lambda one=one: advance.advance(ctx, scope, one))  # type: ignore[misc]
        ctx.clock(scope).advance_to(ctx.clock(scope).now() + timedelta(hours=1))  # type: ignore[attr-defined]
    with application.store.read(scope) as session:
        assert not session.incidents.page(statuses=ACTIVE, limit=count), "every incident has ended"
    assert len(effects.effects()) == count
    application.stop()
    effects.close()
    return Round(timed.seconds, timed.processor, tuple(took.values()))


class Empty(TypedDict, total=False):
    """What the empty nodes hand on."""

    said: str


def empty(folder: Path, count: int) -> Round:
    """The same nodes and edges, which do nothing."""

    def pass_on(state: Empty) -> Empty:
        return {}

    def ask(state: Empty) -> Empty:
        return {"said": interrupt({"question": "go on?"})}

    graph: Any = StateGraph(Empty)
    for name in NODES:
        graph.add_node(name, ask if name == "approve" else pass_on)
    for before, after in zip((START, *NODES), (*NODES, END), strict=True):
        graph.add_edge(before, after)
    connection = sqlite3.connect(str(folder / "checkpoints.sqlite"), check_same_thread=False)
    with ExitStack() as closing:
        closing.callback(connection.close)
        compiled = graph.compile(checkpointer=SqliteSaver(connection), interrupt_before=["verify"])
        timed, took = Timed(), []
        for number in range(count):
            config: RunnableConfig = {"configurable": {"thread_id": str(number)}}

            def go(given: Any, config: RunnableConfig = config) -> None:
                compiled.invoke(given, config, durability="sync")

            took.append(sum(timed.run(lambda given=given: go(given)) for given in ({}, Command(resume="yes"), None)))  # type: ignore[misc]
        return Round(timed.seconds, timed.processor, tuple(took))


def tell_side(name: str, rounds: list[Round]) -> float:
    """Print one side; its incidents a second of the processor."""
    count = len(rounds[0].each)
    by_clock = statistics.median(count / one.seconds for one in rounds)
    by_processor = statistics.median(count / one.processor for one in rounds)
    every = sorted(took for one in rounds for took in one.each)
    print(
        f"{name:28} {by_clock:7.1f} a second by the clock, {by_processor:7.1f} by the processor;"
        f" one takes {every[len(every) // 2] * 1_000:.0f} ms, of twenty nineteen at most"
        f" {every[int(len(every) * 0.95)] * 1_000:.0f} ms (n = {len(every)})"
    )
    return by_processor


def main() -> None:
    """Measure both sides in turns and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--incidents", type=int, default=100)
    said = asked.parse_args()
    logging.disable(logging.WARNING)
    sides: dict[str, Callable[[Path, int], Round]] = {"Causeway": ours, "the same graph, empty": empty}
    seen: dict[str, list[Round]] = {name: [] for name in sides}
    for number in range(-1, said.rounds):
        for name, run in sides.items():
            with TemporaryDirectory(prefix="bench-") as folder:
                result = run(Path(folder), said.incidents if number >= 0 else WARMING)
            if number >= 0:
                seen[name].append(result)
    rates = {name: tell_side(name, rounds) for name, rounds in seen.items()}
    print(f"Causeway does {rates['Causeway'] / rates['the same graph, empty']:.2f} of what the empty graph does")


if __name__ == "__main__":
    main()
