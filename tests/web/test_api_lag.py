"""How far the agent is behind is shown at every door, and what was set aside can be seen and brought back there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from app.bootstrap import Application, Seams, build_application
from app.domain.tenants import Scope
from app.ports.store import Store
from app.services.intake.lag import LIVE_WITHIN
from app.settings import Settings
from app.store.sql.engine import SqlStore
from tests.api_record import caller_of
from tests.builders import make_signal

SCOPE = Scope(tenant_id="default")


class Behindhand:
    """A system clock that a test moves on."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Behindhand:
    return Behindhand()


@pytest.fixture
def application(clock: Behindhand, tmp_path: Path) -> Iterator[Application]:
    """The database notes what came in by a clock that the test moves; no worker sweeps."""

    def let_it_tell_time(connection: Connection, *_: object) -> None:
        connection.create_function("julianday", 1, lambda _now: clock.moment.timestamp() / 86_400 + 2_440_587.5)

    def with_that_clock(store: Store) -> Store:
        assert isinstance(store, SqlStore)
        for engine in (store.writing, store.reading):
            engine.dispose()
            event.listen(engine, "connect", let_it_tell_time)
        return store

    yield build_application(
        Settings(data=tmp_path / "data", lite=True, demo=False, log_level="ERROR"),
        passing=True,
        clock=clock,
        seams=Seams(store=with_that_clock),
    )


@pytest.fixture
def client(application: Application) -> Iterator[TestClient]:
    caller = caller_of(application)
    yield caller
    application.stop()


def keep(application: Application, *numbers: int, **changes: Any) -> None:
    moment = application.ctx.system.now()
    made = [
        make_signal(one, **{"occurred_at": moment - timedelta(seconds=one), "received_at": moment, **changes})
        for one in numbers
    ]
    with application.store.write(SCOPE) as session:
        session.signals.add(made)


def test_a_backlog_that_waits_is_told_with_its_size_and_age_at_every_door(
    client: TestClient, application: Application, clock: Behindhand
) -> None:
    keep(application, 5, 60)
    assert client.get("/agent/state").json()["lag"]["live"]
    clock.moment += timedelta(seconds=LIVE_WITHIN + 10)
    expected = {"waiting": 2, "waited_seconds": 40.0, "behind_seconds": 100.0, "set_aside": 0, "live": False}
    assert client.get("/agent/state").json()["lag"] == expected
    assert client.get("/health").json()["lag"] == {"default": expected}
    status = client.get("/agent/status").json()
    assert (status["status"], status["lag"]) == ("behind", expected)
    assert status["detail"] == "2 signal(s) are not looked at, the first of them came in 40 seconds ago."
    metrics = client.get("/metrics").text
    assert 'signals_pending{tenant="default"} 2.0' in metrics
    assert 'signals_waited_seconds{tenant="default"} 40.0' in metrics
    assert 'signals_behind_seconds{tenant="default"} 100.0' in metrics
    client.post("/observe")
    assert client.get("/agent/status").json()["lag"] == {
        **expected,
        "waiting": 0,
        "waited_seconds": 0,
        "behind_seconds": 0,
        "live": True,
    }


def test_an_old_signal_that_has_just_come_in_is_no_lag(client: TestClient, application: Application) -> None:
    keep(application, 1, occurred_at=application.ctx.system.now() - timedelta(days=2))
    lag = client.get("/agent/state").json()["lag"]
    assert lag["live"]
    assert lag["behind_seconds"] == 172_800


def test_signals_set_aside_are_listed_with_their_reason_and_can_be_tried_again(
    client: TestClient, application: Application
) -> None:
    keep(application, 1)
    keep(application, 9, occurred_at=datetime(1, 1, 1, tzinfo=UTC))
    client.post("/observe")
    (aside,) = client.get("/signals/aside").json()
    assert aside["signal"]["id"] == "SIG-00009"
    assert aside["reason"].startswith("occurred_at is 0001-01-01T00:00:00Z, more than 10 years ago; the limit is ")
    assert client.get("/desk").json()["signals_set_aside"] == [aside]
    assert [one["id"] for one in client.get("/signals?set_aside=true").json()] == ["SIG-00009"]
    assert [one["id"] for one in client.get("/signals").json()] == ["SIG-00001", "SIG-00009"]
    assert client.get("/agent/state").json()["lag"]["set_aside"] == 1
    assert 'signals_set_aside{tenant="default"} 1.0' in client.get("/metrics").text
    assert client.post("/signals/aside/retry", json={"signal_ids": ["SIG-00001"]}).status_code == 404
    assert client.post("/signals/aside/retry").json() == {"signal_ids": ["SIG-00009"]}
    assert client.get("/signals/aside").json() == []
    client.post("/observe")
    assert [one["signal"]["id"] for one in client.get("/signals/aside").json()] == ["SIG-00009"]
