"""What the SQLite store promises beyond the contract: its file, its guards, its migrations, and who may open it."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, create_engine, insert, inspect

from app.domain.action_states import ACTION_MOVES, ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.base import canonical_json
from app.domain.errors import BadConfig, Conflict, Temporary
from app.domain.incidents import FEEDABLE, IncidentStatus
from app.store.sql import migrate
from app.store.sql.actions import row_of as action_row
from app.store.sql.columns import stamp_moment
from app.store.sql.engine import SqlStore, open_store, sqlite_url
from app.store.sql.folder_lock import FolderLock
from app.store.sql.migrate import MARK
from app.store.sql.tables import OF_NO_TENANT, healing_actions, metadata, tenants
from tests.builders import (
    NOW,
    make_action,
    make_chunk,
    make_document,
    make_incident,
    make_lesson,
    make_outcome,
    make_scope,
    make_signal,
    make_tenant,
    minutes,
)

DEMO = make_scope("demo")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def opened(path: Path) -> Iterator[SqlStore]:
    store = open_store(sqlite_url(path))
    store.put_tenant(make_tenant("demo"))
    yield store
    store.close()


def raw(path: Path, *statements: str) -> list[tuple[object, ...]]:
    """What another program would do to the file."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return [row for statement in statements for row in connection.execute(statement).fetchall()]


def events(store: SqlStore, count: int) -> None:
    with store.write(DEMO) as session:
        for number in range(count):
            session.events.append("note", "subject", {"n": number}, at=minutes(number))


# --- files and settings --------------------------------------------------------------------------------------------


def test_a_restart_keeps_everything(path: Path) -> None:
    store = open_store(sqlite_url(path))
    store.put_tenant(make_tenant("demo", kill_switch=True))
    with store.write(DEMO) as session:
        session.signals.add([make_signal()])
        session.incidents.add(make_incident())
        session.actions.add(make_action())
        session.knowledge.put(make_document(), [make_chunk()])
        session.notes.put("clock", {"minute": 7})
    store.close()
    store = open_store(sqlite_url(path))
    assert store.tenants() == [make_tenant("demo", kill_switch=True)]
    with store.read(DEMO) as session:
        assert session.signals.recent() == [make_signal()]
        assert session.incidents.page() == [make_incident()]
        assert session.actions.page() == [make_action()]
        assert session.knowledge.chunks() == [(make_document(), make_chunk())]
        assert session.notes.get("clock") == {"minute": 7}
        assert session.events.verify().checked == 3
    store.close()


def test_a_closed_store_is_closed(opened: SqlStore) -> None:
    opened.close()
    for use in (
        lambda: opened.write(DEMO).__enter__(),
        lambda: opened.read(DEMO).__enter__(),
        opened.tenants,
        opened.health,
    ):
        with pytest.raises(RuntimeError):
            use()


def test_the_connections_are_set_up_for_safety(opened: SqlStore) -> None:
    expected = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000, "mmap_size": 0}
    for engine, own in ((opened.writing, {"synchronous": 2, "query_only": 0}), (opened.reading, {"query_only": 1})):
        with engine.connect() as connection:
            for pragma, value in {**expected, **own}.items():
                found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
                assert found == value or (pragma == "mmap_size" and not found), pragma


def test_health_shows_version_and_revision(opened: SqlStore) -> None:
    health = opened.health()
    assert (health["dialect"], health["version"], health["revision"], health["journal_mode"]) == (
        "sqlite",
        sqlite3.sqlite_version,
        migrate.list_revisions()[-1],
        "wal",
    )


def test_a_writer_elsewhere_is_waited_for_and_then_named_as_temporary(path: Path) -> None:
    store = open_store(sqlite_url(path), busy_seconds=0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Temporary, match="locked"), store.write(DEMO):
            pass
        with store.read(DEMO) as session:
            assert session.signals.count() == 0
        other.execute("ROLLBACK")
    with store.write(DEMO) as session:
        session.signals.add([make_signal()])
    store.close()


def test_a_thread_that_waits_too_long_for_its_turn_gets_temporary(path: Path) -> None:
    store = open_store(sqlite_url(path), busy_seconds=0.05)
    told: list[Exception] = []

    def second() -> None:
        try:
            with store.write(DEMO):
                pass
        except Temporary as busy:
            told.append(busy)

    with store.write(DEMO):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join()
    store.close()
    assert len(told) == 1


# --- what the database itself refuses --------------------------------------------------------------------------------


def test_the_database_refuses_to_change_or_delete_events(opened: SqlStore, path: Path) -> None:
    events(opened, 2)
    for statement in ("UPDATE events SET payload = '{}'", "DELETE FROM events"):
        with pytest.raises(sqlite3.IntegrityError, match="events are never"):
            raw(path, statement)


def test_the_database_refuses_unknown_statuses(opened: SqlStore, path: Path) -> None:
    with opened.write(DEMO) as session:
        session.incidents.add(make_incident())
        session.actions.add(make_action())
    for table in ("incidents", "healing_actions"):
        with pytest.raises(sqlite3.IntegrityError):
            raw(path, f"UPDATE {table} SET status = 'FIXED'")


def test_the_database_knows_the_same_moves_as_the_code(opened: SqlStore, path: Path) -> None:
    statuses = list(ActionStatus)
    with opened.write(DEMO) as session:
        for number, status in enumerate(statuses):
            session.actions.add(make_action(number, status=status))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for number, status in enumerate(statuses):
            for to in statuses:
                connection.execute("BEGIN")
                try:
                    connection.execute(
                        "UPDATE healing_actions SET status = ? WHERE id = ?", (to.value, f"ACT-{number:08d}")
                    )
                    allowed = True
                except sqlite3.IntegrityError:
                    allowed = False
                connection.execute("ROLLBACK")
                assert allowed is (to is status or to in ACTION_MOVES[status]), f"{status} > {to}"


def test_the_database_holds_one_feedable_incident_per_key(opened: SqlStore, path: Path) -> None:
    with opened.write(DEMO) as session:
        session.incidents.add(make_incident(1, key="k"))
        session.incidents.add(make_incident(2, key="k", status=IncidentStatus.CLOSED))
    for status in IncidentStatus:
        statement = f"UPDATE incidents SET status = '{status.value}' WHERE id = 'INC-00000002'"
        if status in FEEDABLE:
            with pytest.raises(sqlite3.IntegrityError):
                raw(path, statement)
        else:
            raw(path, statement)


@pytest.mark.parametrize(
    ("tampering", "first_bad", "word"),
    [
        ("UPDATE events SET payload = '{\"n\":99}' WHERE seq = 4", 4, "content"),
        ("UPDATE events SET principal = 'person:eve' WHERE seq = 1", 1, "content"),
        ("UPDATE events SET at = '2026-03-02T09:00:00.000001Z' WHERE seq = 6", 6, "content"),
        ("UPDATE events SET hash = prev_hash WHERE seq = 3", 3, "content"),
        ("UPDATE events SET prev_hash = hash WHERE seq = 3", 3, "bound"),
        ("UPDATE events SET payload = 'not json' WHERE seq = 5", 5, "read"),
        ("UPDATE events SET at = 'yesterday' WHERE seq = 2", 2, "read"),
        ("UPDATE events SET payload = '{\"n\": 3}' WHERE seq = 4", 4, "content"),
        ("UPDATE events SET payload = CAST(x'7bff7d' AS TEXT) WHERE seq = 4", 4, "read"),
        ("UPDATE events SET kind = CAST(x'6eff' AS TEXT) WHERE seq = 4", 4, "read"),
        ("UPDATE events SET hash = CAST(x'ff' AS TEXT) WHERE seq = 4", 4, "read"),
        ("UPDATE events SET subject = 'subject' || char(0) WHERE seq = 2", 2, "content"),
        ("UPDATE events SET at = '2026-03-02T09:01:00.000000+00:00' WHERE seq = 2", 2, "read"),
        ("UPDATE events SET seq = 'six' WHERE seq = 6", 6, "read"),
        ("DELETE FROM events WHERE seq = 3", 4, "missing"),
        ("DELETE FROM events WHERE seq = 1", 2, "missing"),
        ("UPDATE events SET seq = 30 WHERE seq = 6", 30, "missing"),
        ("UPDATE events SET tenant_id = 'other' WHERE seq = 2", 3, "missing"),
    ],
)
def test_a_changed_chain_names_its_first_broken_link(
    opened: SqlStore, path: Path, tampering: str, first_bad: int, word: str
) -> None:
    events(opened, 6)
    with opened.read(DEMO) as session:
        assert session.events.verify().ok
    raw(path, "DROP TRIGGER events_are_never_changed", "DROP TRIGGER events_are_never_deleted", tampering)
    with opened.read(DEMO) as session:
        found = session.events.verify()
    assert (found.ok, found.first_bad) == (False, first_bad)
    assert word in found.reason


def test_a_chain_of_thousands_is_walked_without_holding_it(opened: SqlStore) -> None:
    events(opened, 1_200)
    with opened.read(DEMO) as session:
        assert session.events.verify().checked == 1_200


# --- what others query -----------------------------------------------------------------------------------------------


def test_the_documented_tables_and_columns_can_be_queried(opened: SqlStore, path: Path) -> None:
    action, outcome = make_action(status=ActionStatus.PENDING), make_outcome(response={"http_status": 200})
    A = ActionStatus
    with opened.write(DEMO) as session:
        session.incidents.add(make_incident(metrics_snapshot={"lost_orders": 3}))
        session.incidents.move("INC-00000001", IncidentStatus.RESOLVED, at=minutes(2), reason="recovered")
        session.actions.add(action)
        session.actions.add(make_action(2))
        for from_, to, changes in (
            (A.PENDING, A.APPROVED, {"feedback": "go"}),
            (A.APPROVED, A.SENDING, {}),
            (A.SENDING, A.EXECUTED, {"executed_at": minutes(3), "result": outcome}),
        ):
            session.actions.move(
                action.id,
                from_=from_,
                to=to,
                version=1,
                digest=action.digest,
                at=minutes(3),
                by="person:ada",
                changes=changes,
            )
        session.lessons.add(make_lesson())
    assert raw(
        path, "SELECT id, type, detected_at, resolved_at, status, metrics_snapshot, mttr_seconds FROM incidents"
    ) == [
        (
            "INC-00000001",
            "api_error",
            "2026-03-02T09:01:00.000000Z",
            "2026-03-02T09:02:00.000000Z",
            "RESOLVED",
            '{"lost_orders":3}',
            60.0,
        )
    ]
    first, second = raw(
        path,
        "SELECT proposed_action, agl_decision, approved_action, executed_at, result FROM healing_actions ORDER BY id",
    )
    assert first[0] == first[2] and '"tool":"update_callback_url"' in str(first[0])
    assert '"verdict":"ask"' in str(first[1])
    assert first[3:] == ("2026-03-02T09:03:00.000000Z", canonical_json(outcome.plain()).decode())
    assert second[2:] == (None, None, None)
    assert raw(path, "SELECT changed_by, changes, reason, incident_id, created_at FROM config_history") == [
        ("person:ada", first[0], "go", "INC-00000001", "2026-03-02T09:03:00.000000Z")
    ]
    assert raw(
        path, "SELECT type, summary, action, outcome, metrics_before, metrics_after, mttr FROM memory_chunks"
    ) == [("api_error", "The https callback stopped the errors.", "", "VERIFIED", '{"per_hour":40.0}', "{}", 900.0)]


def test_every_table_has_the_tenant_first_in_its_primary_key() -> None:
    for table in metadata.tables.values():
        assert table.name in OF_NO_TENANT or next(iter(table.primary_key.columns)).name == "tenant_id", table.name


# --- migrations ------------------------------------------------------------------------------------------------------


def test_a_migrated_database_is_what_the_tables_say(opened: SqlStore, path: Path) -> None:
    engine = create_engine(sqlite_url(path))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": MARK})
        assert compare_metadata(context, metadata) == []
        for name, table in metadata.tables.items():
            checks = {str(check["name"]) for check in inspect(connection).get_check_constraints(name)}
            assert checks == {str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)}
    engine.dispose()


def test_opening_twice_changes_nothing(opened: SqlStore, path: Path) -> None:
    before = raw(path, "SELECT type, name, sql FROM sqlite_master ORDER BY name", f"SELECT * FROM {MARK}")
    open_store(sqlite_url(path)).close()
    assert raw(path, "SELECT type, name, sql FROM sqlite_master ORDER BY name", f"SELECT * FROM {MARK}") == before


def test_a_database_with_tables_that_are_not_ours_is_refused_and_left_alone(path: Path) -> None:
    raw(path, "CREATE TABLE incidents (id TEXT)", "INSERT INTO incidents VALUES ('theirs')")
    with pytest.raises(BadConfig, match="did not make"):
        open_store(sqlite_url(path))
    assert raw(path, "SELECT name FROM sqlite_master", "SELECT id FROM incidents") == [("incidents",), ("theirs",)]


def test_a_database_of_a_newer_program_is_refused_with_a_sentence(path: Path) -> None:
    open_store(sqlite_url(path)).close()
    raw(path, f"UPDATE {MARK} SET version_num = '9999'")
    with pytest.raises(BadConfig, match=r"9999.*newer"):
        open_store(sqlite_url(path))
    assert raw(path, f"SELECT version_num FROM {MARK}") == [("9999",)]


def test_a_file_that_is_no_database_is_refused_with_a_sentence(path: Path) -> None:
    path.write_bytes(b"these are not the pages you are looking for" * 100)
    with pytest.raises(BadConfig, match="not a database"):
        open_store(sqlite_url(path))
    assert path.read_bytes().startswith(b"these are not")


@pytest.mark.parametrize(
    "url",
    ["mysql://localhost/causeway", "sqlite://", "sqlite:///:memory:", "nonsense", "sqlite:////proc/none/store.db"],
)
def test_a_url_that_cannot_be_used_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(BadConfig):
        open_store(url)


def test_a_server_that_is_not_there_may_come_back() -> None:
    with pytest.raises(Temporary):
        open_store("postgresql://127.0.0.1:1/causeway")


def test_a_database_of_the_first_revision_keeps_its_rows_and_gets_what_is_new(path: Path) -> None:
    first, undo = (
        make_action(1, status=ActionStatus.APPROVED),
        make_action(2, status=ActionStatus.EXECUTED, step=RowKind.UNDO, parent_id="ACT-00000001"),
    )
    old_store(path, [first, undo])
    waiting = make_signal(1, received_at=minutes(5))
    raw(
        path,
        f"INSERT INTO signals VALUES ('demo', '{waiting.id}', 'api_error', NULL, '{stamp_moment(NOW)}', 0, NULL,"
        f" '{waiting.model_dump_json()}')",
    )
    store = open_store(sqlite_url(path))
    assert store.health()["revision"] == migrate.list_revisions()[-1]
    with store.write(DEMO) as session:
        assert session.actions.page() == [undo, first]
        assert (
            session.actions.move(
                first.id, from_=first.status, to=ActionStatus.SENDING, version=1, digest=first.digest, at=NOW
            ).decision
            == first.decision
        )
        assert session.events.verify().ok
        assert session.signals.backlog().waiting == 1
    store.close()
    assert raw(path, "SELECT arrived FROM signals") == [(minutes(5).timestamp(),)]
    assert raw(path, "SELECT id, step, policy_version FROM healing_actions ORDER BY id") == [
        (first.id, "first", "policy-1"),
        (undo.id, "undo", "policy-1"),
    ]
    with pytest.raises(sqlite3.IntegrityError, match="no action makes this move"):
        raw(path, "UPDATE healing_actions SET status = 'PENDING'")


def old_store(path: Path, kept: list[Action]) -> None:
    """A database as the first version of the program left it."""
    engine = create_engine(sqlite_url(path))
    with engine.begin() as connection:
        migrate.upgrade_to(connection, "0001")
        connection.execute(
            insert(tenants).values(tenant_id="demo", kill_switch=False, body=make_tenant("demo").model_dump_json())
        )
        for action in kept:
            row = {
                name: value
                for name, value in action_row(action).items()
                if name not in ("step", "policy_version", "cause_is_wrong")
            }
            connection.execute(insert(healing_actions).values(tenant_id="demo", **row))
    engine.dispose()


# --- the lock on the data folder -------------------------------------------------------------------------------------


def test_a_second_owner_is_refused_by_the_name_of_the_first(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "data") as lock:
        assert lock.held
        with pytest.raises(Conflict, match=f"process {os.getpid()};") as refused:
            FolderLock(tmp_path / "data").acquire()
        assert refused.value.facts["pid"] == str(os.getpid())
    with FolderLock(tmp_path / "data"):
        pass


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from app.store.sql.folder_lock import FolderLock; "
        "lock = FolderLock(Path(sys.argv[1])).acquire(); print('held', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(Conflict, match=f"process {child.pid};"):
            FolderLock(tmp_path).acquire()
        child.kill()
    with FolderLock(tmp_path) as lock:
        assert lock.held


def test_a_store_lets_the_lock_go_when_it_closes_or_cannot_open(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path).acquire()
    open_store(sqlite_url(tmp_path / "store.db"), lock=lock).close()
    assert not lock.held
    (tmp_path / "bad.db").write_bytes(b"x" * 4096)
    with pytest.raises(BadConfig):
        open_store(sqlite_url(tmp_path / "bad.db"), lock=lock.acquire())
    assert not lock.held


# --- one place for the tenant ----------------------------------------------------------------------------------------


def test_only_the_scope_builds_statements() -> None:
    """A repository that imports select or update could forget the tenant; a leak between tenants would follow."""
    folder = Path(__file__).resolve().parents[2] / "app" / "store"
    builders = ("select", "insert", "update", "delete", "text")
    for source in folder.glob("*.py"):
        if source.name in {
            "scope.py",
            "engine.py",
            "tenants.py",
            "migrate.py",
            "sqlite.py",
            "postgres.py",
            "copying.py",
        }:
            continue
        for line in source.read_text().splitlines():
            if line.startswith("from sqlalchemy"):
                assert not set(builders) & {word.strip() for word in line.split(" import ")[1].split(",")}, source.name


def test_a_killed_writer_leaves_whole_transactions_only(path: Path) -> None:
    program = """
import sys
from pathlib import Path
from app.store.sql.engine import open_store, sqlite_url
from tests.builders import NOW, make_scope, make_signal
store = open_store(sqlite_url(Path(sys.argv[1])))
number = 0
while True:
    with store.write(make_scope("demo")) as session:
        session.signals.add([make_signal(number)])
        session.events.append("added", "signal", {"n": number}, at=NOW)
    number += 1
    print(number, flush=True)
"""
    child = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    with child:
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(20)][-1]
        child.kill()
    store = open_store(sqlite_url(path))
    with store.read(DEMO) as session:
        check = session.events.verify()
        assert check.ok
        assert check.checked == session.signals.count() >= acknowledged
    store.close()


def test_the_first_incident_time_is_kept_to_the_microsecond(opened: SqlStore) -> None:
    moment = NOW.replace(microsecond=1)
    with opened.write(DEMO) as session:
        session.incidents.add(make_incident(detected_at=moment))
        assert session.incidents.get("INC-00000001").detected_at == moment
