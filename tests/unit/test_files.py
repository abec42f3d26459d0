"""Files we make are their owner's alone, and a SQLite file follows what is in it."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.bootstrap import build_application
from app.process import private_files
from app.settings import Settings


def modes(*roots: Path) -> dict[str, str]:
    """Everything others could touch, with its mode."""
    every = [path for root in roots for path in ([root, *root.rglob("*")] if root.is_dir() else [root])]
    return {str(path): oct(stat.S_IMODE(path.lstat().st_mode)) for path in every if path.lstat().st_mode & 0o077}


@pytest.fixture
def generous() -> Iterator[None]:
    """A shell that lets everybody read what is made in it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_after_a_run_only_the_owner_may_touch_what_was_made(tmp_path: Path, generous: None) -> None:
    data = tmp_path / "deep" / "data"
    settings = Settings(data=data, anchor=tmp_path / "vault" / "the.anchor", lite=True, log_level="ERROR")
    application = build_application(settings)
    application.worker.beat(5.0)
    found = modes(data, tmp_path / "vault")
    names = {path.name for path in data.iterdir()}
    application.stop()
    assert {"causeway.sqlite", "causeway.sqlite-wal", "checkpoints.sqlite", "causeway.lock", "index"} <= names
    assert found == {}


def test_what_an_earlier_run_left_open_is_closed_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], generous: None
) -> None:
    settings = Settings(data=tmp_path / "data", lite=True, demo=False, log_level="WARNING")
    build_application(settings).stop()
    for path in [settings.data, *settings.data.rglob("*"), settings.anchor_file]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    build_application(settings).stop()
    assert modes(settings.data, settings.anchor_file) == {}
    assert "files.closed_to_others" in capsys.readouterr().err


def test_a_folder_that_holds_other_things_keeps_its_mode_and_so_do_they(tmp_path: Path, generous: None) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    (tmp_path / "causeway.sqlite").write_bytes(b"")
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.write_text("somebody else's")
    (tmp_path / "index").symlink_to(outside)
    tmp_path.chmod(0o755)
    assert private_files.close_to_others(tmp_path, tmp_path / "no.anchor") == [tmp_path / "causeway.sqlite"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, tmp_path / "letter.txt", outside)] == [
        0o755,
        0o644,
        0o644,
    ]


def filled(path: Path, *pragmas: str) -> sqlite3.Connection:
    """A file with a megabyte or eight in it, in a log."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in (*pragmas, "PRAGMA journal_mode = WAL"):
        connection.execute(pragma).close()
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)")
    connection.execute(_MANY)
    return connection


_MANY = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO rows (body) SELECT"
    " randomblob(4000) FROM n"
)


def test_free_pages_are_given_back_a_step_at_a_time_and_the_log_is_folded_in(tmp_path: Path) -> None:
    path, log = tmp_path / "store.db", tmp_path / "store.db-wal"
    with closing(filled(path, *private_files.PRAGMAS)) as connection:
        private_files.tidy(connection)
        assert (log.stat().st_size, path.stat().st_size > 8_000_000) == (0, True)
        connection.execute("DELETE FROM rows WHERE id > 100")
        before = path.stat().st_size
        private_files.tidy(connection)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        assert private_files.PAGES_A_STEP <= before // private_files.PAGE - pages <= private_files.PAGES_A_STEP + 2
        for _ in range(10):
            private_files.tidy(connection)
        assert connection.execute("PRAGMA freelist_count").fetchone()[0] <= private_files.LEAST_FREE_PAGES
        assert log.stat().st_size <= private_files.LOG_BYTES


def test_a_log_that_a_reader_needs_is_folded_in_later_and_nobody_waits(tmp_path: Path) -> None:
    path, log = tmp_path / "store.db", tmp_path / "store.db-wal"
    with (
        closing(filled(path, *private_files.PRAGMAS)) as connection,
        closing(sqlite3.connect(path, isolation_level=None)) as reader,
    ):
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM rows").fetchone()
        connection.execute(_MANY)
        connection.execute("PRAGMA busy_timeout = 60000")
        private_files.tidy(connection)
        assert log.stat().st_size > private_files.LOG_BYTES
        assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == 60_000
        reader.execute("COMMIT")
        private_files.tidy(connection)
        assert log.stat().st_size == 0


def test_a_file_of_an_earlier_version_is_rewritten_in_its_place_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.db"
    with closing(filled(path)) as connection:
        number = path.stat().st_ino
        monkeypatch.setattr(private_files, "REWRITTEN_UP_TO", 1)
        private_files.make_shrinkable(connection)
        assert connection.execute("PRAGMA auto_vacuum").fetchone()[0] == 0
        monkeypatch.undo()
        private_files.make_shrinkable(connection)
        assert connection.execute("PRAGMA auto_vacuum").fetchone()[0] == 2
        assert (path.stat().st_ino, connection.execute("SELECT count(*) FROM rows").fetchone()[0]) == (number, 2000)


def test_store_and_bookmarks_are_made_so_that_they_can_shrink(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", lite=True, demo=False, log_level="ERROR")
    build_application(settings).stop()
    for name in ("causeway.sqlite", "checkpoints.sqlite"):
        with closing(sqlite3.connect(settings.data / name)) as connection:
            assert connection.execute("PRAGMA auto_vacuum").fetchone()[0] == 2, name
