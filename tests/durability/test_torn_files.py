"""Copies of the store's files torn from under a working writer, and logs cut off anywhere: whole transactions, or none
of them.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import event

from app.domain.events import Verified
from app.store.audit.anchor import MemoryAnchor
from app.store.backup.copying import examine_store
from app.store.sql.engine import SqlStore, open_store, sqlite_url
from tests.builders import NOW, make_scope, make_signal, make_tenant

DEMO = make_scope("demo")
SEED = 20_260_302
COPIES = [15, pytest.param(200, marks=pytest.mark.long)]
EACH = 3
"""Signals and links of one transaction: fewer than that would be half of one."""


@contextmanager
def opened(path: Path, anchor: MemoryAnchor, *pragmas: str) -> Iterator[SqlStore]:
    store = open_store(sqlite_url(path), anchor=anchor)
    store.put_tenant(make_tenant("demo"))
    with store.writing.connect() as connection:
        for pragma in pragmas:
            connection.exec_driver_sql(pragma)
    yield store
    store.close()


def transact(store: SqlStore, number: int) -> None:
    """One transaction, larger than the cache of its pages."""
    with store.write(DEMO) as session:
        for turn in range(EACH):
            session.signals.add([make_signal(number * EACH + turn, error_message="x" * 6_000)])
            session.events.append("added", "signal", {"n": number}, at=NOW)


def torn(path: Path, target: Path) -> Path:
    """The database and its log as they lie there now; the shared memory does not survive a machine."""
    target.mkdir(parents=True)
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", target / f"{path.name}{suffix}")
    return target / path.name


def links_of(path: Path, anchor: MemoryAnchor) -> tuple[int, Verified]:
    """Open a copy, hold it to everything that must be true of it, and say how far its chain goes and what the anchor
    says.
    """
    store = open_store(sqlite_url(path))
    try:
        assert examine_store(store) == []
        with store.read(DEMO) as session:
            alone = session.events.verify()
            against = session.events.verify(anchor.reading("demo").heads)
            assert alone.ok
            assert alone.checked == session.signals.count()
            assert alone.checked % EACH == 0
        transact(store, 1_000_000)
        return alone.checked, against.verdict
    finally:
        store.close()


@pytest.mark.parametrize("copies", COPIES)
def test_a_copy_torn_between_any_two_statements_holds_whole_transactions(tmp_path: Path, copies: int) -> None:
    """The copy is made on the writer's own thread, so that it is the files of one moment, as after a loss of power."""
    print(f"seed {SEED}")
    draw, made, told = Random(SEED), [], 0

    def perhaps(*_: Any) -> None:
        if len(made) < copies and draw.random() < 0.08:
            made.append((torn(path, tmp_path / f"copy{len(made)}"), told))

    path, anchor = tmp_path / "store.sqlite", MemoryAnchor()
    with opened(path, anchor, "PRAGMA cache_size = 5", "PRAGMA wal_autocheckpoint = 50") as store:
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(store.writing, name, perhaps)
        number = 0
        while len(made) < copies:
            transact(store, number)
            number, told = number + 1, told + EACH
    for copy, acknowledged in made:
        links, _ = links_of(copy, anchor)
        assert links >= acknowledged, "a commit that was acknowledged is not in the copy"
        shutil.rmtree(copy.parent)


@pytest.mark.parametrize("cuts", COPIES)
def test_a_log_cut_off_anywhere_loses_whole_transactions_and_the_anchor_says_so(tmp_path: Path, cuts: int) -> None:
    print(f"seed {SEED}")
    draw, path, anchor = Random(SEED), tmp_path / "store.sqlite", MemoryAnchor()
    with opened(path, anchor, "PRAGMA wal_autocheckpoint = 0") as store:
        with store.writing.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
            connection.exec_driver_sql("BEGIN")
        for number in range(20):
            transact(store, number)
        whole = torn(path, tmp_path / "whole")
    size, lost = Path(f"{whole}-wal").stat().st_size, 0
    for turn in range(cuts):
        cut = torn(whole, tmp_path / f"cut{turn}")
        os.truncate(f"{cut}-wal", draw.randrange(size))
        links, verdict = links_of(cut, anchor)
        assert (links == 20 * EACH) == (verdict is Verified.OK), (links, verdict)
        lost += links < 20 * EACH
        shutil.rmtree(cut.parent)
    print(f"{lost} of {cuts} cuts lost something; the anchor named each")
    assert lost > cuts // 2
