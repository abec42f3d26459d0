"""Many at once: threads that start every round together, in one process, or in several processes over one database.

A process of the crowd is forked ready-imported from a server that never had a thread, opens the product over the shared
database with a data folder of its own, and does the jobs it is sent: functions of a module, by name, with plain
arguments and plain answers.
"""

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import event

from app.bootstrap import Application, Seams, build_application
from app.domain.errors import CausewayError
from app.domain.tenants import Principal, Role, Scope
from tests.builders import NOW
from tests.durability.worker_driver import Place, open_world, settings_of
from tests.durability.world import CountingEffects
from tests.failpoints import Points

LONGEST_JOB = 600.0
LONGEST_ROUND = 120.0
OUTSIDE = ("before BEGIN", "after COMMIT", "send", "receive", "before checkpoint", "after checkpoint")
"""Points at which no transaction is open."""
NEEDED = (
    "app.store.sql.engine",
    "app.store.audit.anchor",
    "graph.runner",
    "graph.checkpoints",
    "rag.retrieve",
    "simulations.connector",
    "psycopg",
)


@dataclass(frozen=True)
class Branch(Place):
    """A process of several: the database and the world outside are shared, the data folder is its own."""

    office: str = "data"

    @property
    def data(self) -> Path:
        """The data folder of this process."""
        return self.folder / self.office

    def plain(self) -> dict[str, Any]:
        """For the pipe."""
        return {**super().plain(), "office": self.office}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Branch":
        """From the pipe."""
        return cls(
            folder=Path(plain["folder"]),
            config=Path(plain["config"]),
            database=plain["database"],
            office=plain["office"],
        )


def open_branch(place: Place, effects: CountingEffects, on_point: Callable[[str], None] | None = None) -> Application:
    """The product over a place; with a handler also with the points of the kills, and one where a writing transaction
    has not begun yet.
    """
    from app.system import SteppedClock

    if on_point is None:
        return build_application(
            settings_of(place), clock=SteppedClock(NOW), seams=Seams(effects=lambda _shop: effects)
        )
    points = Points(on_point)

    def watched(store: Any) -> Any:
        event.listen(store.writing, "begin", lambda _connection: points.pass_("before BEGIN"))
        return points.store(store)

    seams = Seams(store=watched, effects=lambda _shop: points.effects(effects), checkpoints=points.checkpoints)
    return build_application(settings_of(place), clock=SteppedClock(NOW), seams=seams)


# --- one process
# ---------------------------------------------------------------------------------------------------------


class Said(NamedTuple):
    """What became of one deed in one round."""

    who: str
    error: str = ""
    detail: str = ""
    facts: Mapping[str, Any] = {}

    @property
    def won(self) -> bool:
        """Whether it went through."""
        return not self.error


class Deed(NamedTuple):
    """Something one hand does in every round: a function of (application, who, the round's item), named by its module
    and name.
    """

    function: Callable[[Application, str, Any], object]
    who: str


def scope_of(tenant: str, who: str) -> Scope:
    """Somebody who may decide."""
    return Scope(tenant_id=tenant, principal=Principal(id=who, role=Role.APPROVER))


def rounds(
    application: Application, deeds: Sequence[Deed], items: Sequence[Any], across: Any = None
) -> list[list[Said]]:
    """For each item all deeds at the same moment, each by a thread of its own; what became of them, round by round.

    `across` is a barrier for all processes of a crowd: then the threads of all of them start together.
    """
    barrier = threading.Barrier(len(deeds), action=None if across is None else lambda: across.wait(LONGEST_ROUND))
    said: list[list[Said]] = [[Said(deed.who, "Missing")] * len(items) for deed in deeds]

    def play(seat: int) -> None:
        for number, item in enumerate(items):
            barrier.wait(LONGEST_ROUND)
            said[seat][number] = _done(application, deeds[seat], item)

    seats = [threading.Thread(target=play, args=(seat,), daemon=True) for seat in range(len(deeds))]
    for seat in seats:
        seat.start()
    for seat in seats:
        seat.join(LONGEST_JOB)
    return [list(told) for told in zip(*said, strict=True)]


def _done(application: Application, deed: Deed, item: Any) -> Said:
    try:
        deed.function(application, deed.who, item)
    except CausewayError as refused:
        return Said(deed.who, type(refused).__name__, refused.detail, dict(refused.facts))
    except Exception:  # noqa: BLE001 - whatever else ends a deed is what the test must see
        return Said(deed.who, "Unexpected", traceback.format_exc())
    return Said(deed.who)


def clock_at(application: Application, moment: datetime) -> Any:
    """The house of a process whose clock stands elsewhere: no two machines agree on the time to the second."""
    from app.system import SteppedClock

    return replace(application.ctx, clock_of=lambda _tenant: SteppedClock(moment))


# --- several processes
# ---------------------------------------------------------------------------------------------------


class Frozen(NamedTuple):
    """Word of a process that stopped itself: at which point, and how many it had passed."""

    point: str
    number: int


class Member:
    """One process of the crowd, as the test sees it."""

    def __init__(self, context: ForkServerContext, place: Branch, across: Any) -> None:
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_live, args=(place.plain(), theirs, across), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process.pid is not None
        return self._process.pid

    def start(self, job: Callable[..., Any], **arguments: Any) -> None:
        """Send a job: a function of (application, across, ...)."""
        self._pipe.send((job, arguments))

    def answer(self) -> Any:
        """What the job returned, or Frozen when the process stopped itself on the way."""
        assert self._pipe.poll(LONGEST_JOB), f"process {self.pid} has not answered for {LONGEST_JOB} s"
        kind, value = self._pipe.recv()
        assert kind != "failed", value
        return Frozen(*value) if kind == "frozen" else value

    def do(self, job: Callable[..., Any], **arguments: Any) -> Any:
        """Send a job and wait for it."""
        self.start(job, **arguments)
        return self.answer()

    def stopped(self) -> bool:
        """Whether the operating system has it stopped (where it tells)."""
        stat = Path(f"/proc/{self.pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] in "Tt"

    def wake(self) -> None:
        """Let it go on from where it was stopped."""
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """Let it end."""
        if self._process.is_alive():
            self.wake()
            self._pipe.send((None, {}))
            self._process.join(30)
        if self._process.is_alive():
            self._process.kill()
        self._pipe.close()


@contextmanager
def crowd(folder: Path, config: Path, database: str, processes: int) -> Iterator[list[Member]]:
    """So many processes over one database, ready to work; the world outside is shared by all of them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.durability.concurrency", *NEEDED])
    across = context.Barrier(processes)
    with ExitStack() as stack:
        members = [
            Member(context, Branch(folder, config, database, f"data-{number}"), across) for number in range(processes)
        ]
        for member in members:
            stack.callback(member.close)
        for member in members:
            assert member.answer() == "ready"
        yield members


class Freezer:
    """Stops its process at a point it was told: by number, or by the name and how often it was passed."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe
        self._count = 0
        self._at: int | None = None
        self._among: tuple[str, ...] = ()

    def arm(self, *, number: int | None = None, name: str = "", turn: int = 1, among: tuple[str, ...] = ()) -> None:
        """Count from here: up to a number of points of some kinds, or to the n-th of a name."""
        self._count = 0
        self._at = number or (turn if name else None)
        self._among = among or (name,)

    def passed(self, name: str) -> None:
        """A point was reached; all it takes to freeze is one signal."""
        if self._at is None or not name.startswith(self._among):
            return
        self._count += 1
        if self._count == self._at:
            self._at = None
            self._pipe.send(("frozen", (name, self._count)))
            os.kill(os.getpid(), signal.SIGSTOP)


def _live(plain: dict[str, Any], pipe: Any, across: Any) -> None:
    """The life of one process of the crowd."""
    place = Branch.of(plain)
    effects = open_world(place)
    freezer = Freezer(pipe)
    application = open_branch(place, effects, freezer.passed)
    pipe.send(("done", "ready"))
    while True:
        job, arguments = pipe.recv()
        if job is None:
            break
        freezer.arm(**arguments.pop("freeze", {}))
        try:
            pipe.send(("done", job(application, across, **arguments)))
        except BaseException:  # noqa: BLE001 - whatever ends a job is told to the test
            pipe.send(("failed", traceback.format_exc()))
    application.stop()
    effects.close()


def play(application: Application, across: Any, *, deeds: Sequence[Deed], items: Sequence[Any]) -> list[list[Said]]:
    """The job of taking part in rounds with the other processes."""
    return rounds(application, deeds, items, across)
