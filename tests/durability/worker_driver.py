"""What a worker of the durability tests does with its life: bring every incident of a plan to its end, from wherever
the last one was killed.

Every stage looks at what is there before it does anything, as the product does; so the same life can be lived again
after any kill.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.bootstrap import Application, Seams, build_application
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.errors import Conflict
from app.domain.incidents import ACTIVE, IncidentStatus
from app.domain.playbooks import OPEN_RUNS
from app.domain.tenants import Principal, Role, Scope
from app.schemas.actions import ApproveRequest
from app.schemas.signals import IncomingSignal
from app.services.actions.review import decide_action
from app.services.actions.taking_back import undo_action
from app.services.intake import ingest
from app.services.loop import advance
from app.services.playbooks.carry_on import carry_on_all
from app.services.trials import worlds
from app.services.watch import sweep
from app.settings import Settings
from app.system import SteppedClock
from tests.builders import NOW
from tests.durability.world import (
    EXPIRES_AFTER,
    ROLLED,
    SETTING_MINUTES,
    Case,
    CountingEffects,
    Plan,
    merchants_of,
    specs_in,
    tenant_of,
)
from tests.failpoints import Points

ADA = Principal(id="person:ada", role=Role.APPROVER)
MOST_ROUNDS = 60
FINISHED_NOTE = "trial_finished"
SECONDS_OF_A_LEASE = 1.0


@dataclass(frozen=True)
class Place:
    """Where an application and the world outside of it keep what they know."""

    folder: Path
    config: Path
    database: str | None = None

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def world(self) -> Path:
        """What the other side of the tools saw."""
        return self.folder / "world.sqlite"

    def plain(self) -> dict[str, Any]:
        """For the pipe."""
        return {"folder": str(self.folder), "config": str(self.config), "database": self.database}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Place":
        """From the pipe."""
        return cls(folder=Path(plain["folder"]), config=Path(plain["config"]), database=plain["database"])


def settings_of(place: Place) -> Settings:
    """The settings of an application over that place: no demo, no knowledge, short leases."""
    nothing = place.folder / "no_runbooks"
    nothing.mkdir(parents=True, exist_ok=True)
    return Settings(
        data=place.data,
        config=place.config,
        runbooks=nothing,
        database_url=place.database,
        anchor=place.folder / "anchor",
        lite=True,
        demo=False,
        log_level="ERROR",
        lease_seconds=SECONDS_OF_A_LEASE,
    )


def open_world(place: Place) -> CountingEffects:
    """The other side of the tools."""
    return CountingEffects(place.world, specs_in(place.config), os.getpid())


def open_application(
    place: Place, effects: CountingEffects, on_point: Callable[[str], None] | None = None, *, passing: bool = False
) -> Application:
    """The whole product over that place (or over a passing folder); with a point handler its failpoints are armed."""
    points = Points(on_point) if on_point else None
    seams = Seams(
        effects=lambda _shop: points.effects(effects) if points else effects,
        checkpoints=points.checkpoints if points else _as_it_is,
        store=points.store if points and not passing else _as_it_is,
    )
    return build_application(settings_of(place), passing=passing, clock=SteppedClock(NOW), seams=seams)


def _as_it_is(part: Any) -> Any:
    return part


@dataclass
class Life:
    """One worker with its plan."""

    application: Application
    plan: Plan

    @property
    def ctx(self) -> Any:
        """The product as the use cases see it."""
        return self.application.ctx

    def run(self) -> None:
        """Everything, until nothing can move any more."""
        for tenant in self.plan.tenants:
            self.finish(tenant)

    def finish(self, tenant: str) -> None:
        """Bring the incidents of one tenant to their ends."""
        scope = Scope(tenant_id=tenant)
        if self._finished(scope):
            return
        self._prepare(scope)
        for _ in range(MOST_ROUNDS):
            self._until_still(scope)
            if self._take_back(scope):
                continue
            if not self._active(scope):
                self._finish_off(scope)
                return
            self._aftermath(scope)
            self._pass_time(scope)
        raise AssertionError(f"{tenant} is not finished after {MOST_ROUNDS} rounds: {self._active(scope)}")

    def _finished(self, scope: Scope) -> bool:
        """Whether an earlier life has brought these very incidents to their ends: there is no need to look at each of
        them again.
        """
        with self.ctx.store.read(scope) as session:
            known = session.notes.get(FINISHED_NOTE)
        return known is not None and {case.number for case in self.plan.of(scope.tenant_id)} <= set(known["cases"])

    def _finish_off(self, scope: Scope) -> None:
        numbers = [case.number for case in self.plan.of(scope.tenant_id)]
        with self.ctx.store.write(scope) as session:
            known = session.notes.get(FINISHED_NOTE) or {"cases": []}
            session.notes.put(FINISHED_NOTE, {"cases": sorted({*known["cases"], *numbers})})
            unfinished = session.playbooks.page(statuses=OPEN_RUNS)
        assert not unfinished, f"the incidents of {scope.tenant_id} have ended, and these plans have not: {unfinished}"

    def _prepare(self, scope: Scope) -> None:
        """The tenant, its merchants, its clock, its signals, and the sweep that opens its incidents."""
        cases = self.plan.of(scope.tenant_id)
        if scope.tenant_id not in {tenant.id for tenant in self.ctx.store.tenants()}:
            self.ctx.store.put_tenant(tenant_of(scope.tenant_id))
        with self.ctx.store.read(scope) as session:
            ready = worlds.read_clock(session) is not None
            new = [case for case in cases if len(session.signals.get(case.signal_ids())) < len(case.signal_ids())]
        if new:
            with self.ctx.store.write(scope) as session:
                session.merchants.put(merchants_of(new))
                if not ready:
                    session.notes.put(worlds.CLOCK_NOTE, {"now": NOW.isoformat()})
            ingest.accept(self.ctx, scope, [item for case in new for item in case.signals()])
        self._look(scope)

    def _look(self, scope: Scope) -> None:
        if not sweep.nothing_new(self.ctx, scope):
            sweep.sweep_tenant(self.ctx, scope)

    def _until_still(self, scope: Scope) -> None:
        """Drain and decide until nothing moves."""
        moved: Any = True
        while moved:
            moved = advance.advance_all(self.ctx, scope)
            moved = carry_on_all(self.ctx, scope) or moved
            moved = self._decide(scope) or moved

    def _decide(self, scope: Scope) -> bool:
        """Ada says about every pending proposal what the plan has her say."""
        with self.ctx.store.read(scope) as session:
            pending = session.actions.page(statuses=[ActionStatus.PENDING], limit=100_000)
        decided = False
        for row in pending:
            answer = self._case_of(scope, row).answer
            if answer != "wait":
                decided = self._answer(scope, row, approved=answer != "reject") or decided
        return decided

    def _take_back(self, scope: Scope) -> bool:
        """Ada has taken back what the plan has her regret, once it is proven that it works."""
        with self.ctx.store.read(scope) as session:
            done = session.actions.page(statuses=[ActionStatus.VERIFIED], limit=100_000)
            resolved = {one.id for one in session.incidents.page(statuses=[IncidentStatus.RESOLVED], limit=100_000)}
        regretted = {
            row.parent_id or row.id
            for row in done
            if row.incident_id in resolved and self._case_of(scope, row).answer == "regret"
        }
        for name in sorted(regretted):
            undo_action(self.ctx, scope.changed(principal=ADA), name, "on second thoughts")
        return bool(regretted)

    def _answer(self, scope: Scope, row: Action, *, approved: bool) -> bool:
        said = ApproveRequest(
            action_id=row.id, approved=approved, feedback="" if approved else "not this one", digest=row.digest
        )
        try:
            decide_action(self.ctx, scope.changed(principal=ADA), said)
        except Conflict:
            return False
        return True

    def _case_of(self, scope: Scope, row: Action) -> Case:
        merchant = row.decision.scope[0]
        return next(case for case in self.plan.of(scope.tenant_id) if merchant in case.merchants)

    def _active(self, scope: Scope) -> list[str]:
        with self.ctx.store.read(scope) as session:
            return [incident.id for incident in session.incidents.page(statuses=ACTIVE, limit=100_000)]

    def _aftermath(self, scope: Scope) -> None:
        """What follows from a setting is reported: calm, or worse than before where it was the wrong one."""
        with self.ctx.store.read(scope) as session:
            done = session.actions.page(statuses=[ActionStatus.EXECUTED], limit=100_000)
        for row in done:
            items = self._reports(scope, row) if row.result else []
            if items:
                ingest.accept(self.ctx, scope, items)
        self._look(scope)

    def _reports(self, scope: Scope, row: Action) -> list[IncomingSignal]:
        assert row.result is not None and row.decision.forecast is not None
        case, since = self._case_of(scope, row), row.result.at
        until = since + timedelta(minutes=row.decision.forecast.within_minutes)
        if row.decision.tool in ROLLED:
            return (
                case.calm(since, until, row.result.merchants, row.id)
                if row.cohort == 0
                else case.calm(since, until, case.merchants, row.id)
            )
        if row.decision.tool == "wrong_setting" and row.parent_id is None:
            return case.aftermath(since, until, row.id)
        if row.decision.tool == "useless_setting" and row.parent_id is None:
            return case.no_better(since, until, row.id)
        return []

    def _pass_time(self, scope: Scope) -> None:
        """Receipts come due; where everybody waits for an answer that will not come, questions expire."""
        with self.ctx.store.read(scope) as session:
            asked = {row.incident_id for row in session.actions.page(statuses=[ActionStatus.PENDING], limit=100_000)}
            now = worlds.read_clock(session)
        assert now is not None
        all_wait = set(self._active(scope)) <= asked
        after = now + timedelta(minutes=EXPIRES_AFTER + 1 if all_wait else SETTING_MINUTES)
        with self.ctx.store.write(scope) as session:
            session.notes.put(worlds.CLOCK_NOTE, {"now": after.isoformat()})
        self.ctx.clock(scope).advance_to(after)


def leases_run_out(application: Application) -> None:
    """As if the leases of the dead had run out: their time, and nothing else, is over."""
    from sqlalchemy import text

    from app.store.sql.postgres import EVERY_TENANT

    store: Any = application.store
    with store.writing.connect() as connection, connection.begin():
        store._kind.enter(connection, EVERY_TENANT, write=True)
        connection.execute(text("UPDATE leases SET until = 0"))
