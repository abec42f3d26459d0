"""A whole agent over a passing folder with the demo's world, whose time moves only when a test moves it."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.bootstrap import Application, Seams, build_application, seed_runbooks
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.incidents import Incident
from app.domain.tenants import LOCAL_ADMIN, Scope, Tenant, ToolMode
from app.ports.store import Store
from app.schemas.actions import ApproveRequest
from app.schemas.signals import CycleAnswer
from app.services.actions import rows
from app.services.actions.review import decide_action
from app.services.agent import cycle
from app.services.incidents import cases
from app.services.loop import advance
from app.services.trials import worlds
from app.settings import Settings
from app.store.audit.anchor import MemoryAnchor
from app.store.sql.engine import SqlStore
from app.system import SteppedClock
from simulations.connector import load_world, save_world
from simulations.fixtures import demo_world
from simulations.world.tool_effects import SETTING_OF
from simulations.world.world import World
from tests.loop import stories
from tests.worlds import retold

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BROKEN_SINCE = timedelta(hours=2)
PLAIN_SEAMS = Seams()


@dataclass
class Agency:
    """The application and one tenant on a simulated platform."""

    application: Application
    scope: Scope = field(default_factory=lambda: Scope(tenant_id="shop", principal=LOCAL_ADMIN))

    @property
    def ctx(self) -> Any:
        return self.application.ctx

    def pass_time(self, minutes: float, step: float = 5) -> None:
        """Let the platform live for so long, sweeping nothing."""
        for _ in range(int(minutes / step)):
            worlds.let_time_pass(self.ctx, self.scope, timedelta(minutes=step))

    def skip(self, minutes: float) -> None:
        """Let the clock jump; the platform sends nothing meanwhile."""
        moment = self.ctx.clock(self.scope).now() + timedelta(minutes=minutes)
        with self.ctx.store.write(self.scope) as session:
            worlds.put_clock(session, moment)
        self.ctx.clock(self.scope).advance_to(moment)

    def cycle(self) -> CycleAnswer:
        return cycle.run_cycle(self.ctx, self.scope)

    def drain(self) -> list[str]:
        return advance.advance_all(self.ctx, self.scope)

    def incidents(self) -> list[Incident]:
        return cases.list_incidents(self.ctx, self.scope, statuses=None, limit=200, offset=0)

    def incident(self, incident_id: str) -> Incident:
        return cases.read_incident(self.ctx, self.scope, incident_id).incident

    def rows(self, *statuses: ActionStatus) -> list[Action]:
        return rows.list_actions(
            self.ctx, self.scope, statuses=list(statuses) or None, incident_id=None, limit=200, offset=0
        )

    def row(self, action_id: str) -> Action:
        return rows.read_action(self.ctx, self.scope, action_id)

    def pending(self, cause: str) -> Action:
        found = [row for row in self.rows(ActionStatus.PENDING) if row.decision.cause == cause]
        assert found, (
            f"nothing pending for {cause}; pending: {[(row.decision.cause, row.decision.tool) for row in self.rows()]}"
        )
        return found[0]

    def approve(self, row: Action, label: str = "tester") -> Action:
        return decide_action(
            self.ctx, self.scope, ApproveRequest(action_id=row.id, approved=True, reviewer=label, digest=row.digest)
        )

    def reject(self, row: Action, reason: str = "not now") -> Action:
        return decide_action(
            self.ctx, self.scope, ApproveRequest(action_id=row.id, approved=False, feedback=reason, digest=row.digest)
        )

    def world(self) -> World:
        with self.ctx.store.read(self.scope) as session:
            found = load_world(session)
        assert found is not None
        return found

    def calls(self, *tools: str) -> list[dict[str, Any]]:
        """What the platform was asked to do so far, by these tools or by any."""
        return [call for call in self.world().plain()["calls"] if not tools or call["tool"] in tools]

    def retell(self, **changes: Any) -> None:
        """From now on the world is another one, with the same past as far as it was told."""
        another = retold(self.world(), **changes)
        with self.ctx.store.write(self.scope) as session:
            save_world(session, another)
            session.merchants.put(another.merchants())

    def only_broken(self, mode: str) -> None:
        """Of all that is wrong this has always been wrong, as if no tool had touched it, and nothing else is."""
        faults = [fault.changed(onset=0) for fault in self.world().scenario.faults if fault.mode == mode]
        self.retell(faults=faults, without=SETTING_OF)

    def until_receipt(self, action_id: str) -> Action:
        """Let time pass until the action has its receipt."""
        for _ in range(30):
            self.pass_time(5)
            self.drain()
            if self.row(action_id).receipt:
                return self.row(action_id)
        raise AssertionError(f"{action_id} has no receipt: {self.row(action_id).status}")


def open_agency(
    data: Path,
    *,
    passing: bool = True,
    fresh: bool = True,
    past: "Past | None" = None,
    seams: Seams = PLAIN_SEAMS,
    **settings: Any,
) -> Agency:
    """An agent over a passing folder, or over files (or a database) that a second call opens again; one with a past has
    lived through that, and nothing else.
    """
    application = build_application(
        Settings(**{"data": data, "lite": True, "demo": False, **settings}),
        passing=passing,
        clock=SteppedClock(START),
        seams=seams if past is None else replace(seams, store=lambda store: seams.store(past.put_into(store))),
    )
    agency = Agency(application)
    if past is not None:
        application.checkpoints.conn.deserialize(past.bookmarks)
    elif fresh:
        tenant = Tenant(id="shop", title="A small platform", tool_mode=ToolMode.SIMULATED, simulated_clock=True)
        application.ctx.store.put_tenant(tenant)
        with application.ctx.store.write(agency.scope) as session:
            worlds.open_world_in(
                session, demo_world(application.ctx.fixtures, START - BROKEN_SINCE), START - BROKEN_SINCE
            )
        application.ctx.clock(agency.scope)
        seed_runbooks(application.ctx, tenant.id, application.settings.runbooks, START)
    return agency


@dataclass(frozen=True, eq=False)
class Past:
    """All that an agency has kept so far: from here, any number of others can go on, each by itself."""

    rows: Path
    heads: Mapping[str, tuple[Any, ...]]
    bookmarks: bytes

    @classmethod
    def of(cls, agency: Agency) -> "Past":
        store, anchor = _parts_of(agency.ctx.store)
        heads = {tenant: tuple(known) for tenant, known in anchor._heads.items()}
        return cls(
            _copied(store, agency.application.settings.data),
            heads,
            agency.application.checkpoints.conn.serialize(),
        )

    def put_into(self, store: Store) -> Store:
        """An empty store holds this from now on, before an application is built over it."""
        kept, anchor = _parts_of(store)
        with closing(sqlite3.connect(self.rows)) as source, closing(kept.writing.raw_connection()) as target:
            source.backup(target.driver_connection)
        kept.remember()
        anchor._heads = {tenant: list(known) for tenant, known in self.heads.items()}
        return store


class Pasts:
    """What was lived once in a worker, and is gone on from by every test that begins with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lived: dict[tuple[Past, Callable[..., object], tuple[Any, ...]], Past] = {}

    def after(self, past: Past, story: Callable[..., object], *told: Any) -> Past:
        """That past, and what happens to an agency with it in a story."""
        known = past, story, told
        if known not in self._lived:
            agency = open_agency(self._folder / f"{len(self._lived)}", past=past)
            story(agency, *told)
            self._lived[known] = Past.of(agency)
            agency.application.stop()
        return self._lived[known]


def _parts_of(store: Store) -> tuple[SqlStore, MemoryAnchor]:
    assert isinstance(store, SqlStore) and isinstance(store._anchor, MemoryAnchor)
    return store, store._anchor


def _copied(store: SqlStore, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uuid4().hex}.past"
    with closing(sqlite3.connect(path)) as copied, closing(store.writing.raw_connection()) as source:
        source.driver_connection.backup(copied)
    return path


@pytest.fixture(scope="session")
def two_hours(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """Two hours on a platform on which things go wrong."""
    agency = open_agency(tmp_path_factory.mktemp("two_hours"))
    agency.pass_time(BROKEN_SINCE.total_seconds() / 60)
    past = Past.of(agency)
    agency.application.stop()
    return past


@pytest.fixture(scope="session")
def first_cycle(two_hours: Past, tmp_path_factory: pytest.TempPathFactory) -> Past:
    """Those two hours, and the first cycle after them."""
    agency = open_agency(tmp_path_factory.mktemp("first_cycle"), past=two_hours)
    agency.cycle()
    past = Past.of(agency)
    agency.application.stop()
    return past


@pytest.fixture(scope="session")
def pasts(tmp_path_factory: pytest.TempPathFactory) -> Pasts:
    """Whatever several tests begin with."""
    return Pasts(tmp_path_factory.mktemp("pasts"))


@pytest.fixture(scope="session")
def fix_sent(pasts: Pasts, first_cycle: Past) -> Past:
    """That cycle, and what mends the callbacks was approved and sent."""
    return pasts.after(first_cycle, stories.send_fix)


@pytest.fixture(scope="session")
def rollout_begun(pasts: Pasts, two_hours: Past) -> Past:
    """Every merchant has wrong callbacks, and the first of them is treated."""
    return pasts.after(two_hours, stories.begin_rollout)


@pytest.fixture(scope="session")
def rolled_out(pasts: Pasts, rollout_begun: Past) -> Past:
    """That is proven, and more of them are treated."""
    return pasts.after(rollout_begun, stories.roll_out)


def lent(folder: Path, past: Past) -> Iterator[Agency]:
    """An agency with that past, until its test is over."""
    opened = open_agency(folder, past=past)
    yield opened
    opened.application.stop()


@pytest.fixture
def agency(tmp_path: Path, two_hours: Past) -> Iterator[Agency]:
    """A platform on which things have been going wrong for two hours."""
    yield from lent(tmp_path, two_hours)


@pytest.fixture
def asking(tmp_path: Path, first_cycle: Past) -> Iterator[Agency]:
    """The same platform after the agent's first cycle: what it proposes waits for an answer."""
    yield from lent(tmp_path, first_cycle)


@pytest.fixture
def treating(tmp_path: Path, fix_sent: Past) -> Iterator[Agency]:
    """The same platform after one of them was approved and sent: its receipt is not due yet."""
    yield from lent(tmp_path, fix_sent)


@pytest.fixture
def cured(tmp_path: Path, pasts: Pasts, fix_sent: Past) -> Iterator[Agency]:
    """The same platform after that was proven."""
    yield from lent(tmp_path, pasts.after(fix_sent, stories.prove_fix))


@pytest.fixture
def beginning(tmp_path: Path, rollout_begun: Past) -> Iterator[Agency]:
    """A rollout of which the first part was sent."""
    yield from lent(tmp_path, rollout_begun)


@pytest.fixture
def rolling(tmp_path: Path, rolled_out: Past) -> Iterator[Agency]:
    """A rollout of which the second part was sent."""
    yield from lent(tmp_path, rolled_out)
