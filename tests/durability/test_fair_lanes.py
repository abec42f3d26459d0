"""One tenant's backlog does not starve another: what comes in elsewhere meanwhile is looked at within seconds."""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.bootstrap import Application, build_application
from app.domain.signals import Signal
from app.domain.tenants import Scope
from app.services.agent.lanes import Lanes
from app.services.intake.lag import lag_of
from app.services.watch import sweep
from app.settings import Settings
from tests.builders import make_signal, make_tenant
from tests.waiting import wait_until

FLOODED, OTHERS = "flooded", ("quiet", "calm")
MOST_LAG = 10.0


def open_tenants(folder: Path, *, sweep_seconds: float) -> Application:
    application = build_application(
        Settings(data=folder / "data", lite=True, demo=False, log_level="ERROR", sweep_seconds=sweep_seconds)
    )
    for name in (FLOODED, *OTHERS):
        application.store.put_tenant(make_tenant(name))
    return application


def flood(application: Application, count: int, batch: int = 10_000) -> None:
    """A backlog of the last fifty minutes: many codes of many merchants."""
    end = application.ctx.system.now()
    for start in range(0, count, batch):
        made = [of_the_flood(number, count, end) for number in range(start, min(start + batch, count))]
        with application.store.write(Scope(tenant_id=FLOODED)) as session:
            session.signals.add(made)


def of_the_flood(number: int, count: int, end: datetime) -> Signal:
    at = end - timedelta(minutes=50) + timedelta(minutes=50) * (number / count)
    return make_signal(
        number, merchant_id=f"M-{number % 50}", error_code=f"CODE_{number % 40}", occurred_at=at, received_at=end
    )


def waiting(application: Application, tenant: str) -> int:
    return lag_of(application.ctx, Scope(tenant_id=tenant)).waiting


def worst_lags(application: Application, seconds: float) -> dict[str, float]:
    """Signals drip into the other tenants for so long, or until the flood is over: the longest that one of
    them waited.
    """
    worst, over, number = dict.fromkeys(OTHERS, 0.0), threading.Event(), 0
    timer = threading.Timer(seconds, over.set)
    timer.start()
    while not over.wait(0.5) and waiting(application, FLOODED):
        number += 1
        now = application.ctx.system.now()
        for name in OTHERS:
            scope = Scope(tenant_id=name)
            worst[name] = max(worst[name], lag_of(application.ctx, scope).waited_seconds)
            with application.store.write(scope) as session:
                session.signals.add([make_signal(number, occurred_at=now, received_at=now)])
    timer.cancel()
    return worst


@pytest.mark.long
def test_a_backlog_of_200000_signals_leaves_the_other_tenants_within_ten_seconds(tmp_path: Path) -> None:
    application = open_tenants(tmp_path, sweep_seconds=5.0)
    flood(application, 200_000)
    application.worker.start()
    worst = worst_lags(application, 600)
    left = waiting(application, FLOODED)
    application.stop()
    print(f"{200_000 - left} of 200,000 looked at; the others waited at most {worst}")
    assert left == 0
    assert max(worst.values()) < MOST_LAG


@pytest.mark.long
def test_a_backlog_of_30000_signals_leaves_the_other_tenants_within_ten_seconds(tmp_path: Path) -> None:
    application = open_tenants(tmp_path, sweep_seconds=1.0)
    flood(application, 30_000)
    application.worker.start()
    worst = worst_lags(application, 120)
    left = waiting(application, FLOODED)
    application.stop()
    assert left == 0
    assert max(worst.values()) < MOST_LAG


def test_a_tenant_that_is_long_at_work_keeps_no_other_from_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep of one tenant stands still for as long as the test wants; the beats that follow look at the others."""
    application = open_tenants(tmp_path, sweep_seconds=0.1)
    go_on, stuck = threading.Event(), threading.Event()
    real = sweep.patterns_in

    def slow(tenant: str, *rest: object, **named: object) -> object:
        if tenant == FLOODED:
            stuck.set()
            go_on.wait(60)
        return real(tenant, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(sweep, "patterns_in", slow)
    flood(application, 20)
    application.worker.beat(1.0, patience=0.1)
    assert stuck.wait(30)
    for name in OTHERS:
        with application.store.write(Scope(tenant_id=name)) as session:
            session.signals.add([make_signal(1)])

    def others_are_looked_at() -> bool:
        application.worker.beat(1.0, patience=0.1)
        return not any(waiting(application, name) for name in OTHERS)

    wait_until(others_are_looked_at, 30, "the others' sweeps")
    assert waiting(application, FLOODED) == 20
    go_on.set()
    application.worker.beat(1.0)
    assert waiting(application, FLOODED) == 0
    application.stop()


def test_a_backlog_ends_its_turn_and_goes_on_with_the_next_beat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "SLICE", 5)
    monkeypatch.setattr("app.services.agent.worker.SWEEP_TURN", 0.0)
    application = open_tenants(tmp_path, sweep_seconds=3_600)
    flood(application, 20)
    left = []
    for _ in range(4):
        application.worker.beat(1.0)
        left.append(waiting(application, FLOODED))
    application.stop()
    assert left == [15, 10, 5, 0]


def test_a_lane_never_takes_two_jobs_of_one_name_at_once() -> None:
    lanes, go_on, done = Lanes(3), threading.Event(), []
    assert lanes.offer("a", lambda: (go_on.wait(30), done.append("a"))[1])
    assert not lanes.offer("a", lambda: done.append("twice"))
    assert lanes.offer("b", lambda: done.append("b"))
    assert not lanes.rest(0.05)
    go_on.set()
    assert lanes.rest(30)
    assert sorted(done) == ["a", "b"]
    assert lanes.offer("a", lambda: done.append("again"))
    lanes.close(30)
    assert done[-1] == "again"
