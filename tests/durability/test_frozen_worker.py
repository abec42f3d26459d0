"""A worker is stopped past its lease; another process takes over and finishes; the woken one writes nothing.

The process stops itself with SIGSTOP at a point it was told, so the moment is exact: between claim and send, between
send and settle, between two entries of the journal, inside a sweep. What the store holds is read whole before it is
woken and after it has ended.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Application
from app.domain.errors import CausewayError, Conflict, Temporary
from app.domain.tenants import Scope
from app.services.intake import ingest
from app.services.loop import advance
from app.services.watch import sweep
from tests.conftest import new_database
from tests.durability import oracle
from tests.durability.concurrency import OUTSIDE, Branch, Frozen, Member, crowd, open_branch
from tests.durability.fork_server import ROOT
from tests.durability.worker_driver import Life, leases_run_out, open_world
from tests.durability.world import Case, CountingEffects, Plan, specs_in
from tests.postgres import Server
from tests.waiting import wait_until

LEASE_OVER = 30.0
MOST_POINTS = 300
Rows = dict[str, Counter[tuple[Any, ...]]]


def rows_of(url: str) -> Rows:
    """Every row of every table of the store."""
    import psycopg

    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {
            name: Counter(tuple(map(repr, row)) for row in connection.execute(f'SELECT * FROM "{name}"'))
            for (name,) in tables
        }


def advance_one(application: Application, _across: Any, *, tenant: str, incident: str) -> str:
    """The job of the worker: bring one incident as far as it goes."""
    scope = Scope(tenant_id=tenant)
    with application.store.read(scope) as session:
        found = session.incidents.get(incident)
    return str(advance.advance(application.ctx, scope, found))


def sweep_once(application: Application, _across: Any, *, tenant: str) -> str:
    """The job of the worker: one sweep."""
    try:
        return str(sweep.sweep_tenant(application.ctx, Scope(tenant_id=tenant)).opened)
    except CausewayError as refused:
        return type(refused).__name__


@dataclass
class Shift:
    """The worker that will be stopped, and the application of whoever takes over."""

    place: Branch
    worker: Member
    application: Application
    effects: CountingEffects
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    sent_late: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        assert self.place.database is not None
        return self.place.database

    def open_incident(self, tool: str) -> tuple[Life, Scope, str]:
        """A tenant with one incident that calls for the tool, found by a sweep."""
        life = self.new_tenant(tool)
        scope = Scope(tenant_id=life.plan.tenants[0])
        life._prepare(scope)
        (incident,) = life._active(scope)
        return life, scope, incident

    def new_tenant(self, tool: str) -> Life:
        number = next(self.numbers)
        return Life(self.application, Plan((Case(number, f"t{number:03d}", tool),)))

    def effects_of(self, scope: Scope) -> Counter[str]:
        return Counter(sent.key for sent in self.effects.effects() if sent.tenant == scope.tenant_id)

    def on_its_way(self, scope: Scope) -> bool:
        """Whether something was claimed to be sent, and has not arrived."""
        with self.application.store.read(scope) as session:
            return bool(session.outbox.page(open_only=True)) and not self.effects_of(scope)

    def nothing_is_wrong(self) -> None:
        """No oracle has anything to say, but for what was sent late to another side that repeats what it is sent."""
        found = oracle.check(
            self.application.store, self.effects, specs_in(self.place.config), anchor=self.application.ctx.anchor
        )
        assert [
            said for said in found if not any(said.endswith(f" of {tenant} had 2 effects") for tenant in self.sent_late)
        ] == []

    def wake_up(self) -> Any:
        """Let the stopped worker come to its end; what it answered."""
        self.worker.wake()
        return self.worker.answer()


@contextmanager
def working(folder: Path, config: Path, url: str) -> Iterator[Shift]:
    place = Branch(folder, config, url)
    effects = open_world(place)
    application = open_branch(place, effects)
    with crowd(folder, config, url, 1) as members:
        yield Shift(place, members[0], application, effects)
    application.stop()
    effects.close()


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory, trial_config: Path, postgres_server: Server) -> Iterator[Shift]:
    """Two processes for all tests; each incident has a tenant of its own."""
    with working(tmp_path_factory.mktemp("shift"), trial_config, new_database(postgres_server)) as both:
        yield both


STOPS = {
    "between claim and send": ("note_down", {"name": "send note_down"}),
    "between send and settle": ("note_down", {"name": "receive note_down"}),
    "between two journal entries": ("asked_note", {"name": "before checkpoint put", "turn": 3}),
}


@pytest.mark.parametrize("stop", list(STOPS))
def test_a_worker_that_wakes_up_after_its_lease_writes_nothing(shift: Shift, stop: str) -> None:
    tool, freeze = STOPS[stop]
    life, scope, incident = shift.open_incident(tool)
    frozen = shift.worker.do(advance_one, tenant=scope.tenant_id, incident=incident, freeze=freeze)
    assert isinstance(frozen, Frozen), frozen
    wait_until(shift.worker.stopped, LEASE_OVER, "being stopped")
    with shift.application.store.read(scope) as session:
        found = session.incidents.get(incident)
    wait_until(lambda: advance.advance(shift.application.ctx, scope, found), LEASE_OVER, "taking over")
    life.finish(scope.tenant_id)
    before = rows_of(shift.url)
    assert shift.wake_up() == "False"
    assert rows_of(shift.url) == before
    assert list(shift.effects_of(scope).values()) == [1]
    assert advance.advance_all(shift.application.ctx, scope) == []
    shift.nothing_is_wrong()


def test_a_sweep_that_wakes_up_after_its_lease_writes_nothing(shift: Shift) -> None:
    life = shift.new_tenant("note_down")
    scope = Scope(tenant_id=life.plan.tenants[0])
    life._prepare(scope)
    case = life.plan.cases[0]
    late = [item.model_copy(update={"event_id": f"late-{number}"}) for number, item in enumerate(case.signals())]
    ingest.accept(shift.application.ctx, scope, late)
    frozen = shift.worker.do(sweep_once, tenant=scope.tenant_id, freeze={"name": "before BEGIN", "turn": 2})
    assert isinstance(frozen, Frozen), frozen
    leases_run_out(shift.application)
    assert sweep.sweep_tenant(shift.application.ctx, scope).fed
    life.finish(scope.tenant_id)
    before = rows_of(shift.url)
    assert shift.wake_up() == "LeaseLost"
    assert rows_of(shift.url) == before
    shift.nothing_is_wrong()


@pytest.mark.long
@pytest.mark.parametrize("tool", ["note_down", "asked_note", "file_report", "page_team"])
def test_a_worker_that_is_stopped_at_any_point_and_wakes_up_later_writes_nothing(shift: Shift, tool: str) -> None:
    """A request on its way out can be recalled by nobody: where the other side neither keeps keys nor had it when it
    was asked, it is late.
    """
    points = []
    for number in range(1, MOST_POINTS):
        life, scope, incident = shift.open_incident(tool)
        answer = shift.worker.do(
            advance_one, tenant=scope.tenant_id, incident=incident, freeze={"number": number, "among": OUTSIDE}
        )
        if not isinstance(answer, Frozen):
            life.finish(scope.tenant_id)
            break
        points.append(answer.point)
        if tool == "file_report" and shift.on_its_way(scope):
            shift.sent_late.add(scope.tenant_id)
        taken_over(shift, life, scope, finished=bool(number % 2))
        with shift.application.store.read(scope) as session:
            stuck = session.setbacks.get(incident)
        assert stuck is None, (answer, number, stuck)
    print(
        f"{tool}: stopped at {len(points)} points: {dict(Counter(points))}; {len(shift.sent_late)} of them with a"
        " request on its way"
    )
    assert len(points) > 10
    shift.nothing_is_wrong()


def taken_over(shift: Shift, life: Life, scope: Scope, *, finished: bool) -> None:
    """Another process goes on with everything, or to the next halt only; then the stopped one wakes up."""
    held = tokens_of(shift.url, scope)
    leases_run_out(shift.application)
    advance.advance_all(shift.application.ctx, scope)
    if finished:
        life.finish(scope.tenant_id)
    before = rows_of(shift.url)
    lost = held != tokens_of(shift.url, scope) and bool(held)
    shift.wake_up()
    if lost:
        assert rows_of(shift.url) == before
    life.finish(scope.tenant_id)
    assert max(shift.effects_of(scope).values(), default=0) <= (2 if scope.tenant_id in shift.sent_late else 1)


def tokens_of(url: str, scope: Scope) -> set[tuple[Any, ...]]:
    """The leases on incidents that were ever taken in a tenant, each with its last token."""
    import psycopg

    asked = "SELECT name, token FROM leases WHERE tenant_id = %s AND name LIKE 'incident:%%'"
    with psycopg.connect(url) as connection:
        return set(connection.execute(asked, (scope.tenant_id,)).fetchall())


@pytest.mark.long
def test_a_worker_that_is_stopped_inside_a_transaction_does_not_hold_its_tenant_for_ever(shift: Shift) -> None:
    life, scope, incident = shift.open_incident("note_down")
    frozen = shift.worker.do(
        advance_one, tenant=scope.tenant_id, incident=incident, freeze={"name": "after UPDATE", "turn": 3}
    )
    assert isinstance(frozen, Frozen), frozen

    def taken() -> bool:
        with shift.application.store.read(scope) as session:
            found = session.incidents.get(incident)
        try:
            return advance.advance(shift.application.ctx, scope, found)
        except Temporary:
            return False

    wait_until(taken, 2 * LEASE_OVER, "taking over")
    life.finish(scope.tenant_id)
    before = rows_of(shift.url)
    assert shift.wake_up() == "False"
    assert rows_of(shift.url) == before
    assert list(shift.effects_of(scope).values()) == [1]
    shift.nothing_is_wrong()


def test_two_processes_share_a_database_but_never_a_data_folder(shift: Shift) -> None:
    life, scope, incident = shift.open_incident("asked_note")
    assert shift.worker.do(advance_one, tenant=scope.tenant_id, incident=incident) == "True"
    life.finish(scope.tenant_id)
    assert list(shift.effects_of(scope).values()) == [1]
    with pytest.raises(Conflict, match=r"is in use by process [0-9]+; stop it or choose another folder"):
        open_branch(shift.place, shift.effects)
    shift.nothing_is_wrong()


def test_a_second_process_on_one_data_folder_is_refused_with_a_sentence(tmp_path: Path, trial_config: Path) -> None:
    place = Branch(tmp_path, trial_config)
    effects = open_world(place)
    application = open_branch(place, effects)
    environment = {**os.environ, "CAUSEWAY_DATA": str(place.data), "CAUSEWAY_CONFIG": str(trial_config), "LITE": "1"}
    sentences = {
        "api": f"in use by process {os.getpid()}; stop it or choose another folder",
        "worker": "needs PostgreSQL",
    }
    for name, sentence in sentences.items():
        rival = subprocess.run(
            [sys.executable, "-m", "app", name], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )
        assert rival.returncode != 0
        assert sentence in rival.stderr + rival.stdout
        assert "Traceback" not in rival.stderr
    application.stop()
    effects.close()
