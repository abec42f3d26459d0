"""Two connections write one SQLite file: each waits for the other, nobody is told that the database is locked, and no
write is lost.

Two processes never share a data folder; but a copy being taken, a shell, or a tool of an operator may write beside the
product.
"""

import threading
from pathlib import Path
from typing import Any

from app.domain.errors import CausewayError
from app.domain.tenants import Scope
from app.store.sql.engine import SqlStore, open_store, sqlite_url
from tests.builders import NOW, make_tenant

WRITERS = 4
TURNS = 50
SCOPE = Scope(tenant_id="demo")


def count_up(store: Any, barrier: threading.Barrier, failures: list[str]) -> None:
    """Read a number, write it one larger, tell the chain: in one transaction."""
    for _ in range(TURNS):
        barrier.wait(60)
        try:
            with store.write(SCOPE) as session:
                known = session.notes.get("count") or {"stands": 0}
                session.events.append("counted", "count", known, at=NOW)
                session.notes.put("count", {"stands": known["stands"] + 1})
        except CausewayError as refused:
            failures.append(refused.detail)


def test_writers_of_one_file_wait_for_each_other_and_lose_nothing(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "store.sqlite")
    stores: list[SqlStore] = [open_store(url) for _ in range(WRITERS)]
    stores[0].put_tenant(make_tenant())
    barrier, failures = threading.Barrier(WRITERS), list[str]()
    threads = [threading.Thread(target=count_up, args=(store, barrier, failures), daemon=True) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    with stores[0].read(SCOPE) as session:
        note, chain = session.notes.get("count"), session.events.verify()
    for store in stores:
        store.close()
    assert failures == []
    assert note == {"stands": WRITERS * TURNS}
    assert chain.ok and chain.checked == WRITERS * TURNS
