"""What it takes to think: one incident from its evidence to a proposal, and two hundred open ones looked at anew,
beside a fixed loop of counting.

The incidents are those of the tests of the pack, kept in SQLite with what was added up of them, on a platform of two
hundred merchants; the nodes of the loop observe, reason and decide as they do in life. Processor time counts, since
machines are shared; the whole step beside it is what the worker does, with every bookmark and journal entry.
"""

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from langgraph.runtime import Runtime

from app.bootstrap import build_application, seed_runbooks
from app.context import AppContext
from app.domain.incidents import Incident
from app.domain.merchants import Merchant
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.process.collector import calm_collector
from app.services.intake import ingest
from app.services.loop import advance
from app.settings import Settings
from app.system import SteppedClock
from graph.nodes.decide import decide
from graph.nodes.observe import observe
from graph.nodes.reason import reason
from graph.state import LoopState
from tests.bench.world import counting
from tests.builders import make_merchant, minutes
from tests.told import HURT, Case, told_as
from tests.told_cases import CASES, THIRD

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
MERCHANTS, INCIDENTS, ROUNDS = 200, 200, 3
NODES = {"observe": observe, "reason": reason, "decide": decide}


class Open(NamedTuple):
    """A tenant with incidents that nobody has looked at."""

    ctx: AppContext
    incidents: Sequence[Incident]


def every_case() -> list[Case]:
    """All the wordings of all the causes."""
    return [case for cause, both in CASES.items() for case in (*both, THIRD[cause])]


def _keep(ctx: AppContext, incidents: int, merchants: int) -> list[Incident]:
    """Tell them one after the other; those of one case hurt the same merchants."""
    cases, opened, shops = every_case(), [], dict[str, Merchant]()
    for number in range(incidents):
        place = number % len(cases)
        hurt = [f"MERCH-{place * len(HURT) + one}" for one in range(len(HURT))]
        told = told_as(cases[place], number + 1, hurt)
        shops |= {one.id: one for one in told.merchants if one.id in hurt}
        with ctx.readers.keeping(SCOPE.tenant_id), ctx.store.write(SCOPE) as session:
            ingest.keep_signals(ctx.readers, ctx.words(SCOPE), session, told.signals)
            session.signals.mark_swept({one.id: told.incident.id for one in told.signals})
            session.incidents.put_patterns(told.patterns)
            session.incidents.add(told.incident)
        opened.append(told.incident)
    healthy = [make_merchant(f"MERCH-H{number}") for number in range(merchants - len(shops))]
    with ctx.store.write(SCOPE) as session:
        session.merchants.put([*shops.values(), *healthy])
    return opened


@contextmanager
def many_open(folder: Path, incidents: int = INCIDENTS, merchants: int = MERCHANTS) -> Iterator[Open]:
    """A store in which so many incidents are open."""
    settings = Settings(data=folder, lite=True, demo=False, log_level="ERROR")
    application = build_application(settings, clock=SteppedClock(minutes(60)))
    try:
        ctx = application.ctx
        seed_runbooks(ctx, SCOPE.tenant_id, settings.runbooks, minutes(0))
        yield Open(ctx, _keep(ctx, incidents, merchants))
    finally:
        application.stop()


class Thought(NamedTuple):
    """Processor seconds of each node for one incident, and what they said."""

    seconds: dict[str, float]
    state: LoopState

    @property
    def total(self) -> float:
        """From the evidence to the proposal."""
        return sum(self.seconds.values())


def think(ctx: AppContext, incident: Incident) -> Thought:
    """One incident through the three nodes, as the graph runs them."""
    return _run_nodes(ctx, {"incident": {"id": incident.id}}, NODES)


def think_again(ctx: AppContext, before: Thought) -> Thought:
    """The same from the dossier on."""
    state: LoopState = {"incident": before.state["incident"], "dossier": before.state["dossier"]}
    return _run_nodes(ctx, state, ("reason", "decide"))


def _run_nodes(ctx: AppContext, state: LoopState, names: Iterable[str]) -> Thought:
    runtime = Runtime(context=ctx.node_context(SCOPE))
    seconds = {}
    for name in names:
        began = time.process_time()
        state = {**state, **NODES[name](state, runtime)}
        seconds[name] = time.process_time() - began
    return Thought(seconds, state)


def step(ctx: AppContext, incident: Incident) -> float:
    """Processor seconds of the worker's whole step, bookmarks and journal included."""
    began = time.process_time()
    advance.advance(ctx, SCOPE, incident)
    return time.process_time() - began


def main() -> None:
    """Print a line for one incident, two for all, and one for the worker's step."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--incidents", type=int, default=INCIDENTS)
    asked.add_argument("--merchants", type=int, default=MERCHANTS)
    order = asked.parse_args()
    calm_collector(for_good=True)
    with TemporaryDirectory() as folder, many_open(Path(folder), order.incidents, order.merchants) as tenant:
        ctx, incidents = tenant
        think(ctx, incidents[0])
        rounds, again, counted = [], [], []
        for _ in range(ROUNDS):
            rounds.append([think(ctx, one) for one in incidents])
            again.append(sum(think_again(ctx, one).total for one in rounds[-1]))
            counted.append(counting())
        steps = sorted(step(ctx, one) for one in islice(incidents, 50))
    loop = min(counted)
    whole = [sum(one.total for one in some) for some in rounds]
    best = rounds[whole.index(min(whole))]
    each = sorted(one.total for one in best)
    parts = {name: sum(one.seconds[name] for one in best) / len(best) for name in NODES}
    print(f"beside {loop * 1_000:.0f} ms of counting to five million, the best of {ROUNDS}:")
    print(
        f"one incident, evidence to proposal: median {each[len(each) // 2] * 1_000:.1f} ms, slowest"
        f" {each[-1] * 1_000:.1f} ms ({each[len(each) // 2] / loop:.2f} of the counting);"
        f" {', '.join(f'{name} {spent * 1_000:.1f}' for name, spent in parts.items())} on average"
    )
    print(f"{len(best)} open incidents from their dossiers: {min(again):.2f} s ({min(again) / loop:.1f} countings)")
    print(f"{len(best)} open incidents, all of it read anew: {min(whole):.2f} s ({min(whole) / loop:.1f} countings)")
    print(
        f"a whole step of the worker: median {steps[len(steps) // 2] * 1_000:.1f} ms, slowest {steps[-1] * 1_000:.1f}"
    )


if __name__ == "__main__":
    main()
