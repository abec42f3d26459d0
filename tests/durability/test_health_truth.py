"""Health tells the truth: every trouble a person would want to know of is shown within ten seconds, in words, and is
gone when it is over.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import Application, build_application
from app.domain.tenants import Scope
from app.settings import Settings
from app.store.sql.engine import SqlStore, open_store, sqlite_url
from tests.api_record import caller_of
from tests.builders import make_tenant
from tests.durability.test_storage_faults import batch, pragma
from tests.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.ci]
SCOPE = Scope(tenant_id="default")
SOON = 10.0
RAW = ("SELECT ", "INSERT ", "UPDATE ", "Traceback", "sqlalchemy", "sqlite3.")


def settings_of(folder: Path, **more: Any) -> Settings:
    return Settings(
        data=folder / "data", lite=True, demo=False, sweep_seconds=0.2, lease_seconds=1, log_level="ERROR", **more
    )


@contextmanager
def served(settings: Settings) -> Iterator[tuple[TestClient, Application]]:
    application = build_application(settings)
    with caller_of(application) as client:
        wait_until(lambda: application.worker.beats, 60, "the worker's first beat, once the large libraries are there")
        wait_until(lambda: client.get("/health").status_code == 200, SOON, "a healthy start")
        yield client, application


def troubles(client: TestClient) -> list[str]:
    """What /health complains of; its status, its words and its other name agree."""
    answer = client.get("/health")
    found = answer.json()
    assert (answer.status_code == 200) == (found["status"] == "ok") == (found["troubles"] == [])
    assert not [word for word in RAW if word in answer.text], answer.text
    return list(found["troubles"])


def complains(client: TestClient, *words: str) -> list[str]:
    """Wait until some trouble has all these words."""
    return wait_until(
        lambda: [line for line in troubles(client) if all(word in line for word in words)],
        SOON,
        f"a trouble about {words}",
    )


def recovers(client: TestClient) -> None:
    """Wait until nothing is wrong any more: what the worker could not do it has done again, and its first incident
    loads the index.
    """
    told: list[str] = []

    def is_well() -> bool:
        told[:] = troubles(client)
        return told == []

    wait_until(is_well, 3 * SOON, "health again")


def file_of(application: Application) -> Path:
    return application.settings.data / "causeway.sqlite"


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, timeout=10)) as other:
        other.execute(statement)
        other.commit()


def test_a_tenant_whose_sweeps_fail_is_named_until_they_work_again(tmp_path: Path) -> None:
    with served(settings_of(tmp_path)) as (client, application):
        application.store.put_tenant(make_tenant("other"))
        broken = (
            "INSERT ON leases WHEN NEW.tenant_id = 'default' AND NEW.name = 'sweep' BEGIN SELECT RAISE(ABORT, 'SELECT"
            " planted'); END"
        )
        execute(file_of(application), f"CREATE TRIGGER planted BEFORE {broken}")
        assert client.post("/signals/ingest", json=batch(0, 3)).status_code == 202
        [line] = complains(client, "sweep of tenant default")
        assert "other" not in line
        shown = client.get("/agent/state").json()["troubles"]
        assert any("sweep of tenant default" in line for line in shown)
        signs = {(sign["part"], sign["tenant"]): sign for sign in client.get("/api/health").json()["signs"]}
        assert signs["sweep", "other"]["ok"] and signs["sweep", "other"]["age_seconds"] < SOON
        execute(file_of(application), "DROP TRIGGER planted")
        recovers(client)


def test_a_write_that_does_not_fit_is_told_until_as_much_fits_again(tmp_path: Path) -> None:
    """A small write would still find room, so that only a large one proves anything."""
    with served(settings_of(tmp_path)) as (client, application):
        with pragma(application, "PRAGMA max_page_count = {pages}", "PRAGMA max_page_count = 1073741823"):
            wait_until(lambda: client.post("/signals/ingest", json=batch(0, 200)).status_code == 503, SOON, "a refusal")
            complains(client, "write", "causeway.sqlite", "Free some space")
            store = application.store
            assert isinstance(store, SqlStore)
            application.pulse.ask("store")
            assert troubles(client), "one small write that fitted is no proof"
            database = client.get("/health/db")
            assert database.status_code == 503 and database.json()["troubles"]
        recovers(client)
        assert client.post("/signals/ingest", json=batch(0, 200)).status_code == 202


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "none", place], check=False, capture_output=True
    ).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(disk: Path) -> Path:
    """Take all the room that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb") as sink:
        try:
            while True:
                sink.write(b"x" * 65_536)
                sink.flush()
        except OSError:
            return ballast


@pytest.mark.parametrize("what", ["store", "checkpoints"])
def test_a_full_disk_is_told_with_its_file_and_what_to_do(tmp_path: Path, small_disk: Path, what: str) -> None:
    if what == "store":
        settings = settings_of(tmp_path, database_url=sqlite_url(small_disk / "store.sqlite"))
        named = ("write", "store.sqlite")
    else:
        settings = settings_of(tmp_path)
        settings.data.mkdir()
        (settings.data / "checkpoints.sqlite").symlink_to(small_disk / "checkpoints.sqlite")
        named = ("checkpoint", "checkpoints.sqlite")
    with served(settings) as (client, _):
        ballast = fill(small_disk)
        complains(client, *named, "full", "Free some space on its disk")
        ballast.unlink()
        recovers(client)


def unlink(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    other = path.with_name("other.sqlite")
    open_store(sqlite_url(other)).close()
    other.replace(path)


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))


def make_anew(path: Path) -> None:
    """The file goes with its log and the map of it: over a new file SQLite would take those for its own, and fail."""
    for gone in path.parent.glob(f"{path.name}*"):
        gone.unlink()
    open_store(sqlite_url(path)).close()


LOST: dict[str, tuple[Callable[[Path], None], str]] = {
    "unlinked": (unlink, "deleted or moved away"),
    "replaced": (replace, "replaced by another one"),
    "made anew": (make_anew, "replaced by another one"),
    "overwritten": (overwrite, "no database any more"),
}


@pytest.mark.parametrize("how", sorted(LOST))
def test_a_store_whose_file_is_lost_takes_nothing_more_and_says_so(tmp_path: Path, how: str) -> None:
    lose, words = LOST[how]
    with served(settings_of(tmp_path)) as (client, application):
        assert client.post("/signals/ingest", json=batch(0, 3)).status_code == 202
        lose(file_of(application))
        refused = client.post("/signals/ingest", json=batch(10, 3))
        assert refused.status_code == 503, refused.text
        detail = refused.json()["detail"]
        half_seen = how == "overwritten" and "malformed" in detail and "restore a backup" in detail
        assert (words in detail or half_seen) and "causeway.sqlite" in detail
        complains(client, "write", words, "restore a backup")
        complains(client, "read", words)
        for path in ("/signals", "/audit/verify", "/health/db", "/agent/state"):
            assert not [word for word in RAW if word in client.get(path).text], path


def test_a_file_that_is_put_back_is_the_store_again(tmp_path: Path) -> None:
    with served(settings_of(tmp_path)) as (client, application):
        assert client.post("/signals/ingest", json=batch(0, 3)).status_code == 202
        path, aside = file_of(application), tmp_path / "aside"
        path.rename(aside)
        complains(client, "write", "deleted or moved away")
        aside.rename(path)
        recovers(client)
        assert client.post("/signals/ingest", json=batch(10, 3)).status_code == 202
        assert len(client.get("/signals").json()) == 6


def test_a_store_that_is_set_back_in_place_is_noticed(tmp_path: Path) -> None:
    """The same file with older content: nothing but the ends of the chains tells."""
    with served(settings_of(tmp_path)) as (client, application):
        assert client.post("/signals/ingest", json=batch(0, 3)).status_code == 202
        execute(file_of(application), "DROP TRIGGER IF EXISTS events_are_kept")
        with closing(sqlite3.connect(file_of(application), timeout=10)) as other:
            for (name,) in other.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'events'"
            ).fetchall():
                other.execute(f"DROP TRIGGER {name}")
            other.execute("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events WHERE tenant_id = 'default')")
            other.commit()
        complains(client, "read", "event", "of tenant default")
        assert client.post("/signals/ingest", json=batch(10, 3)).status_code == 503


@pytest.mark.parametrize("how", ["overwritten", "replaced", "unlinked"])
def test_lost_bookmarks_are_told_and_made_anew(tmp_path: Path, how: str) -> None:
    lose, words = LOST[how]
    with served(settings_of(tmp_path)) as (client, application):
        assert client.post("/signals/ingest", json=batch(0, 30)).status_code == 202
        assert client.post("/run_cycle").json()["incidents"]
        lose(application.settings.data / "checkpoints.sqlite")
        complains(client, "checkpoint", words, "Nothing is lost")
        recovers(client)
        action = client.get("/actions/pending").json()[0]
        word = {
            "action_id": action["id"],
            "approved": True,
            "reviewer": "ada@example.com",
            "digest": action["digest"],
        }
        assert client.post("/actions/approve", json=word).status_code == 200
        wait_until(lambda: application.ctx.loop.bookmarked(SCOPE, action["incident_id"]), SOON, "the incident to go on")
        with application.store.read(SCOPE) as session:
            assert session.setbacks.get(action["incident_id"]) is None


def test_bookmarks_that_are_no_database_are_set_aside_at_a_start(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    settings.data.mkdir()
    (settings.data / "checkpoints.sqlite").write_bytes(b"no database at all" * 1_000)
    with served(settings) as (client, _):
        assert client.post("/run_cycle").status_code == 200
    assert (settings.data / "checkpoints.sqlite.damaged").read_bytes().startswith(b"no database")


def test_a_removed_index_folder_is_told_and_drawn_anew(tmp_path: Path) -> None:
    with served(settings_of(tmp_path)) as (client, application):
        shutil.rmtree(application.settings.data / "index")
        complains(client, "index", "removed")
        recovers(client)
        assert client.get("/rag/search", params={"q": "callback url must be https"}).status_code == 200


def test_damage_within_the_file_is_an_error_of_ours_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    open_store(sqlite_url(path)).close()
    size = path.stat().st_size
    store = open_store(sqlite_url(path))
    with path.open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xff" * (size - 4_096))
    from app.domain.errors import Unavailable

    with pytest.raises(Unavailable, match="malformed") as told, store.read(SCOPE) as session:
        session.signals.count()
    assert str(path) in told.value.detail and "restore a backup" in told.value.detail
    store.close()


SECOND = """
import sys
from pathlib import Path
from app.domain.errors import Conflict
from app.store.sql.engine import open_store, sqlite_url
from app.store.sql.folder_lock import FolderLock
folder = Path(sys.argv[1])
try:
    open_store(sqlite_url(folder / "causeway.sqlite"), lock=FolderLock(folder).acquire())
except Conflict as refusal:
    print(refusal.detail)
"""


def test_a_second_writer_is_refused_although_the_lock_file_was_deleted(tmp_path: Path) -> None:
    application = build_application(settings_of(tmp_path))
    lock = application.settings.data / "causeway.lock"
    lock.unlink()
    told = subprocess.run(
        [sys.executable, "-c", SECOND, str(application.settings.data)], capture_output=True, text=True, check=True
    )
    assert f"in use by process {os.getpid()}" in told.stdout, told
    lock.unlink(missing_ok=True)
    application.pulse.ask("store")
    wait_until(lambda: application.pulse.ask("store") or lock.exists(), SOON, "a lock file again")
    assert lock.read_text().strip() == str(os.getpid())
    assert application.health().troubles == []
    application.stop()
