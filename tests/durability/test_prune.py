"""What is old and not needed can be thrown away; what an open incident, a person or the record needs stays, however
old.
"""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Application, build_application
from app.domain.errors import BadInput, Forbidden
from app.domain.incidents import IncidentStatus
from app.domain.tenants import LOCAL_ADMIN, Principal, Role, Scope
from app.domain.work import Intent, StoredResponse
from app.services.operations import maintenance
from app.services.operations.retention import KINDS
from app.services.trials.worlds import read_clock
from app.settings import Settings
from tests.api_record import caller_of
from tests.builders import make_incident, make_pattern, make_signal
from tests.durability.worker_driver import Life, Place, open_application, open_world
from tests.durability.world import Case, Plan

ADMIN = Scope(tenant_id="default", principal=LOCAL_ADMIN)
MONTH = timedelta(days=30)


@pytest.fixture
def application(tmp_path: Path, furnished: Path) -> Iterator[Application]:
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    settings = Settings(data=tmp_path / "data", lite=True, demo=False, log_level="ERROR")
    opened = build_application(settings)
    yield opened
    opened.stop()


def days_ago(application: Application, days: float) -> datetime:
    return application.ctx.clock(ADMIN).now() - timedelta(days=days)


def signals(application: Application, *ages: float, start: int = 1) -> list[str]:
    """Signals of these ages in days, looked at and in no incident."""
    made = [make_signal(start + number, occurred_at=days_ago(application, age)) for number, age in enumerate(ages)]
    with application.store.write(ADMIN) as session:
        session.signals.add(made)
        session.signals.mark_swept(dict.fromkeys((signal.id for signal in made), None))
    return [signal.id for signal in made]


def there(application: Application, ids: list[str]) -> list[bool]:
    with application.store.read(ADMIN) as session:
        found = {signal.id for signal in session.signals.get(ids)}
    return [name in found for name in ids]


def test_old_signals_of_no_incident_go_and_the_others_stay(application: Application) -> None:
    ids = signals(application, 40, 31, 29)
    with application.store.write(ADMIN) as session:
        session.incidents.add(make_incident(1, status=IncidentStatus.CLOSED))
        session.signals.mark_swept({ids[0]: "INC-00000001"})
    gone = maintenance.prune_data(application.ctx, ADMIN, MONTH)
    assert gone.signals == 1
    assert there(application, ids) == [True, False, True]


def test_a_signal_no_sweep_has_looked_at_stays_however_old(application: Application) -> None:
    ids = signals(application, 50, 40, 35)
    waiting = make_signal(99, occurred_at=days_ago(application, 45))
    with application.store.write(ADMIN) as session:
        session.signals.add([waiting])
    assert maintenance.prune_data(application.ctx, ADMIN, MONTH).signals == 1
    assert there(application, [*ids, waiting.id]) == [False, True, True, True]


def test_what_an_open_incident_may_look_at_stays(application: Application) -> None:
    """The order of a payment in an incident joined nothing: without it the payment would look lost."""
    ids = signals(application, 60, 40, 39, 35)
    began = days_ago(application, 40)
    with application.store.write(ADMIN) as session:
        session.incidents.add(
            make_incident(1, first_seen=began, detected_at=began, last_seen=began, pattern_ids=("PAT-00000001",))
        )
        session.incidents.put_patterns([make_pattern(number, last_seen=began, first_seen=began) for number in (1, 2)])
    gone = maintenance.prune_data(application.ctx, ADMIN, MONTH)
    assert (gone.signals, gone.patterns) == (1, 1)
    assert there(application, ids) == [False, True, True, True]
    with application.store.read(ADMIN) as session:
        assert [pattern.id for pattern in session.incidents.patterns()] == ["PAT-00000001"]


REQUEST = {"merchants": [], "method": "POST", "url": "https://x", "body": {}, "digest": "0" * 64}


def intent(application: Application, key: str, age: float, ending: str) -> Intent:
    at = days_ago(application, age)
    ended = at if ending else None
    fields = {"action_id": f"ACT-{key}", "tool": "note", "mode": "simulated", "request": REQUEST, "attempts": 1}
    return Intent.model_validate({"key": key, **fields, "created_at": at, "ended_at": ended, "ending": ending})


def test_sends_that_ended_go_and_those_in_doubt_or_open_stay(application: Application) -> None:
    with application.store.write(ADMIN) as session:
        for key, age, ending in (("a", 40, "EXECUTED"), ("b", 40, "IN_DOUBT"), ("c", 40, ""), ("d", 20, "FAILED")):
            session.outbox.put(intent(application, key, age, ending))
        for number, age in enumerate((2, 0.5)):
            asked = StoredResponse(key=f"key-{number}", route="POST /x", fingerprint="f", at=days_ago(application, age))
            session.replies.begin(asked, abandoned_before=days_ago(application, 90))
    gone = maintenance.prune_data(application.ctx, ADMIN, MONTH)
    assert (gone.outbox, gone.replies) == (1, 1)
    with application.store.read(ADMIN) as session:
        assert sorted(kept.key for kept in session.outbox.page()) == ["b", "c", "d"]


def test_looking_changes_nothing_and_says_what_would_go(application: Application) -> None:
    ids = signals(application, 40, 35)
    with application.store.read(ADMIN) as session:
        before = session.events.page(newest_first=True, limit=1)
    assert maintenance.prune_data(application.ctx, ADMIN, MONTH, dry_run=True).signals == 2
    assert there(application, ids) == [True, True]
    with application.store.read(ADMIN) as session:
        assert session.events.page(newest_first=True, limit=1) == before
    assert maintenance.prune_data(application.ctx, ADMIN, MONTH).signals == 2
    assert maintenance.prune_data(application.ctx, ADMIN, MONTH).counts == dict.fromkeys(KINDS, 0)
    with application.store.read(ADMIN) as session:
        told = [event for event in session.events.page(limit=10_000) if event.kind == "store.pruned"]
        assert [event.payload["signals"] for event in told] == [2]
        assert session.events.verify().ok


def test_only_an_administrator_throws_away_and_never_what_is_of_today(application: Application) -> None:
    approver = ADMIN.changed(principal=Principal(id="person:ada", role=Role.APPROVER))
    with pytest.raises(Forbidden):
        maintenance.prune_data(application.ctx, approver, MONTH)
    with pytest.raises(BadInput, match="longer time"):
        maintenance.prune_data(application.ctx, ADMIN, timedelta(hours=1))


def test_bookmarks_of_ended_incidents_go_and_the_incident_is_read_as_before(trial_config: Path, tmp_path: Path) -> None:
    place = Place(tmp_path, trial_config)
    world = open_world(place)
    application = open_application(place, world)
    scope = Scope(tenant_id="t000", principal=LOCAL_ADMIN)
    Life(application, Plan((Case(0, "t000", "note_down"), Case(1, "t000", "file_report")))).run()
    ctx = application.ctx
    with ctx.store.read(scope) as session:
        ended = session.incidents.page()
        now = read_clock(session)
        steps = {incident.id: session.incidents.steps(incident.id) for incident in ended}
    assert len(ended) == 2
    assert maintenance.prune_data(ctx, scope, MONTH).checkpoints == 0
    assert now is not None
    ctx.clock(scope).advance_to(now + timedelta(days=40))  # type: ignore[attr-defined]
    assert maintenance.prune_data(ctx, scope, MONTH, dry_run=True).checkpoints == 2
    assert maintenance.prune_data(ctx, scope, MONTH).checkpoints == 2
    assert maintenance.prune_data(ctx, scope, MONTH).checkpoints == 0
    assert not any(ctx.loop.bookmarked(scope, incident.id) for incident in ended)
    with ctx.store.read(scope) as session:
        assert session.incidents.page() == ended
        assert {incident.id: session.incidents.steps(incident.id) for incident in ended} == steps
    sent = len(world.requests())
    assert [ctx.loop.step(scope, incident.id) for incident in ended] == ["moved", "moved"]
    assert len(world.requests()) == sent
    application.stop()
    world.close()


def test_the_routes_prune_and_tell_how_the_data_stand(tmp_path: Path) -> None:
    application = build_application(
        Settings(data=tmp_path / "data", lite=True, demo=False, sweep_seconds=3600, log_level="ERROR")
    )
    with caller_of(application) as client:
        signals(application, 6, 2)  # neither is old enough for the worker, which prunes meanwhile
        told: dict[str, Any] = client.post("/prune", json={"older_than_days": 4}).json()
        assert (told["signals"], told["tenant"], told["dry_run"]) == (1, "default", False)
        assert client.post("/prune", json={"older_than_days": 0}).status_code == 422
        stands = client.get("/upkeep").json()
        assert stands["faults"] == []
        assert stands["store"]["reachable"]
        assert [(tenant["tenant"], tenant["chain"]["ok"]) for tenant in stands["tenants"]] == [("default", True)]
        backup = client.get("/backup")
        assert backup.headers["content-type"] == "application/gzip"
        assert int(backup.headers["content-length"]) == len(backup.content)
