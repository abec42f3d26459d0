"""The queries of older systems run as they were written, on both databases, and see one tenant."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.action_states import ActionStatus
from app.domain.errors import BadInput
from app.domain.incidents import IncidentStatus
from app.ports.store import Store
from app.store.sql.engine import open_store, sqlite_url
from app.store.sql.reports import run_query
from tests.builders import make_action, make_incident, make_lesson, make_outcome, make_scope, make_tenant, minutes
from tests.conftest import new_database

A, S = ActionStatus, IncidentStatus
RECENT = "SELECT incident_id, type, status, detected_at FROM incidents ORDER BY detected_at DESC LIMIT 10;"
JOINED = """
SELECT i.incident_id, a.action_id, a.agl_decision, a.result, a.created_at FROM incidents i
JOIN healing_actions a ON a.incident_id = i.incident_id ORDER BY a.action_id
"""
MTTR = "SELECT type, AVG(mttr_seconds) AS avg_mttr FROM incidents WHERE status = 'RESOLVED' GROUP BY type;"
CHANGES = "SELECT config_id, changed_by, reason, incident_id FROM config_history ORDER BY created_at DESC LIMIT 5"
MEMORIES = "SELECT memory_id, incident_type, outcome, mttr_seconds FROM memory_chunks ORDER BY created_at"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with incidents and actions in every state, of two tenants."""
    if request.param == "sqlite":
        place = sqlite_url(tmp_path / "store.db")
    else:
        server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("migrated_database")
        place = new_database(server, template)
    store = open_store(place)
    for tenant in ("demo", "other"):
        store.put_tenant(make_tenant(tenant))
        fill(store, tenant)
    yield place
    store.close()


def fill(store: Store, tenant: str) -> None:
    with store.write(make_scope(tenant)) as session:
        for number, status in enumerate((S.RESOLVED, S.ESCALATED, S.DIAGNOSED), start=1):
            session.incidents.add(make_incident(number, key=f"k{number}"))
            session.incidents.move(f"INC-{number:08d}", S.DIAGNOSED, at=minutes(1), reason="x")
            if status is not S.DIAGNOSED:
                session.incidents.move(f"INC-{number:08d}", status, at=minutes(2 + number), reason="x")
        for number, path in enumerate(((A.APPROVED, A.SENDING, A.EXECUTED), (A.REJECTED,), ()), start=1):
            row = make_action(number)
            session.actions.add(row)
            came = row.status
            for to in path:
                changes = {"executed_at": minutes(3), "result": make_outcome(number)} if to is A.EXECUTED else {}
                session.actions.move(
                    row.id,
                    from_=came,
                    to=to,
                    version=1,
                    digest=row.digest,
                    at=minutes(3),
                    by="person:ada",
                    changes={**changes, **({"feedback": "go"} if to is A.APPROVED else {})},
                )
                came = to
        session.lessons.add(make_lesson())


def test_recent_incidents_the_join_of_actions_and_the_mean_time_to_recovery(url: str) -> None:
    recent = run_query(url, "demo", RECENT)
    assert recent.names == ["incident_id", "type", "status", "detected_at"]
    assert {row[0]: row[2] for row in recent.rows} == {
        "INC-00000001": "RESOLVED",
        "INC-00000002": "FAILED",
        "INC-00000003": "OPEN",
    }
    joined = run_query(url, "demo", JOINED).rows
    assert [row[1:4] for row in joined] == [
        ("ACT-00000001", "APPROVED", "SUCCESS"),
        ("ACT-00000002", "DENIED", None),
        ("ACT-00000003", None, None),
    ]
    assert all(row[4] is not None for row in joined)
    ((kind, mean),) = run_query(url, "demo", MTTR).rows
    assert kind == "api_error" and 0 < float(mean) <= 300


def test_the_changes_and_the_memory_have_the_names_of_old(url: str) -> None:
    ((config_id, by, why, incident_id),) = run_query(url, "demo", CHANGES).rows
    assert (config_id, by, why, incident_id) == ("ACT-00000001", "person:ada", "go", "INC-00000001")
    ((_, kind, outcome, mttr),) = run_query(url, "demo", MEMORIES).rows
    assert (kind, outcome, mttr) == ("api_error", "VERIFIED", 900.0)


def test_no_row_of_another_tenant_is_seen_and_nothing_is_written(url: str) -> None:
    for view in ("incidents", "healing_actions", "config_history", "memory_chunks"):
        assert {row[0] for row in run_query(url, "demo", f"SELECT tenant_id FROM {view}").rows} == {"demo"}
        assert run_query(url, "nobody", f"SELECT * FROM {view}").rows == []
        with pytest.raises(BadInput):
            run_query(url, "demo", f"DELETE FROM {view}")
    for word in ("SELECT nonsense FROM incidents", "DROP VIEW incidents", "SELECT * FROM signals"):
        with pytest.raises(BadInput, match="healing_actions"):
            run_query(url, "demo", word)


@pytest.mark.parametrize("table", ["main.incidents", "reports_incidents", "main.reports_incidents", "sqlite_master"])
def test_in_a_file_nothing_but_the_views_can_be_named(tmp_path: Path, table: str) -> None:
    place = sqlite_url(tmp_path / "store.db")
    open_store(place).close()
    with pytest.raises(BadInput):
        run_query(place, "demo", f"SELECT * FROM {table}")
