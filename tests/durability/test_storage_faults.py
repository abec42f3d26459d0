"""A disk that is full, read-only or broken: a clear refusal, no half of anything, and all is well again when the disk
is.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app.bootstrap import Application, build_application
from app.domain.tenants import Scope
from app.services.audit import proof
from app.settings import Settings
from app.store.backup.copying import examine_store
from app.store.sql.engine import SqlStore
from tests.api_record import caller_of
from tests.waiting import wait_until

SCOPE = Scope(tenant_id="default")
SEED = 20_260_302


@pytest.fixture
def application(tmp_path: Path, furnished: Path) -> Application:
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    return build_application(
        Settings(data=tmp_path / "data", lite=True, demo=False, sweep_seconds=3600, lease_seconds=1, log_level="ERROR")
    )


@pytest.fixture
def client(application: Application) -> Iterator[TestClient]:
    with caller_of(application) as caller:
        yield caller


def signal(number: int) -> dict[str, Any]:
    fields = {
        "error_code": "PAYMENT_CALLBACK_INVALID",
        "endpoint": "/api/v3/checkout/complete",
        "merchant_id": f"MERCH-{number % 7}",
    }
    return {
        "signal_type": "api_error",
        "source": "disk",
        "severity": "high",
        "event_id": f"E-{number}",
        "error_message": "x" * 500,
        **fields,
    }


def batch(start: int, count: int) -> dict[str, Any]:
    return {"signals": [signal(number) for number in range(start, start + count)]}


def kept(application: Application) -> int:
    with application.store.read(SCOPE) as session:
        return session.signals.count()


def sound(application: Application) -> None:
    """The file holds together, and so does everything that was recorded."""
    assert examine_store(application.store) == []
    check = proof.verify_chain(application.ctx, SCOPE)
    assert check.ok, check.reason


@contextmanager
def pragma(application: Application, broken: str, mended: str) -> Iterator[None]:
    """What the only writing connection may do, for a while."""
    store = application.store
    assert isinstance(store, SqlStore)

    def tell(statement: str) -> Any:
        with closing(store.writing.raw_connection()) as connection:
            return (connection.cursor().execute(statement).fetchone() or [None])[0]

    tell(broken.format(pages=tell("PRAGMA page_count")))
    try:
        yield
    finally:
        tell(mended)


FAULTS = {
    "full": ("PRAGMA max_page_count = {pages}", "PRAGMA max_page_count = 1073741823"),
    "read-only": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_disk_that_takes_nothing_is_a_503_and_a_batch_is_kept_whole_or_not_at_all(
    client: TestClient, application: Application, fault: str
) -> None:
    assert client.post("/signals/ingest", json=batch(0, 50)).status_code == 202
    assert client.post("/run_cycle").status_code == 200
    with pragma(application, *FAULTS[fault]):
        refused = [client.post("/signals/ingest", json=batch(1_000 * turn, 200)) for turn in range(1, 4)]
        for answer in refused:
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) >= 1
            assert "the store cannot write now" in answer.json()["detail"]
        assert client.get("/signals?limit=1").status_code == 200
        assert kept(application) == 50
    again = client.post("/signals/ingest", json=batch(1_000, 200))
    assert again.status_code == 202
    assert again.json()["accepted"] == 200
    assert kept(application) == 250
    cycle = client.post("/run_cycle")
    assert cycle.status_code == 200, cycle.text
    assert cycle.json()["incidents"]
    sound(application)
    wait_until(lambda: client.get("/health").json()["status"] == "ok", deadline=30, what="the worker beats again")


@contextmanager
def breaking(application: Application, positions: set[int]) -> Iterator[list[str]]:
    """An I/O error of the database at these statements and commits, counted from now."""
    store = application.store
    assert isinstance(store, SqlStore)
    broken: list[str] = []
    count = 0

    def perhaps(what: str) -> None:
        nonlocal count
        count += 1
        if count in positions:
            broken.append(what)
            raise OperationalError(what, None, sqlite3.OperationalError("disk I/O error"))

    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        perhaps(statement)

    def committing(_connection: Any) -> None:
        perhaps("COMMIT")

    for engine in (store.writing, store.reading):
        event.listen(engine, "before_cursor_execute", before)
    event.listen(store.writing, "commit", committing)
    try:
        yield broken
    finally:
        for engine in (store.writing, store.reading):
            event.remove(engine, "before_cursor_execute", before)
        event.remove(store.writing, "commit", committing)


@pytest.mark.parametrize("errors", [12, pytest.param(200, marks=pytest.mark.long)])
def test_an_io_error_at_any_statement_loses_no_accepted_signal(
    client: TestClient, application: Application, errors: int
) -> None:
    print(f"seed {SEED}")
    draw, accepted, met = Random(SEED), 0, 0
    for turn in range(errors):
        position = draw.randrange(1, 25) if turn % 2 else draw.randrange(1, 400)
        with breaking(application, {position}) as broken:
            told = client.post("/signals/ingest", json=batch(turn * 4, 4))
            cycle = client.post("/run_cycle")
        met += bool(broken)
        assert {told.status_code, cycle.status_code} <= {200, 202, 503}, (broken, told.text, cycle.text)
        for answer in (told, cycle):
            assert answer.status_code != 503 or "Retry-After" in answer.headers
        if told.status_code != 202:
            assert client.post("/signals/ingest", json=batch(turn * 4, 4)).status_code == 202
        accepted += 4
        assert kept(application) == accepted
    print(f"{met} of {errors} errors met a statement")
    assert met > errors // 3
    assert client.post("/run_cycle").status_code == 200
    with application.store.read(SCOPE) as session:
        assert session.signals.count(unswept=True) == 0
    sound(application)


PROGRAM = """
import json, resource, sys
from pathlib import Path
from app.domain.errors import Temporary
from app.store.backup.copying import examine_store
from app.store.sql.engine import open_store, sqlite_url
from tests.builders import NOW, make_scope, make_signal, make_tenant

store, scope, told = open_store(sqlite_url(Path(sys.argv[1]))), make_scope("demo"), {"written": 0, "refused": []}
store.put_tenant(make_tenant("demo"))

def write(number):
    with store.write(scope) as session:
        session.signals.add([make_signal(number, error_message="x" * 5_000)])
        session.events.append("added", "signal", {"n": number}, at=NOW)

soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, hard))
while len(told["refused"]) < 5:
    try:
        write(told["written"])
        told["written"] += 1
    except Temporary as full:
        told["refused"].append(full.detail)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
write(told["written"])
with store.read(scope) as session:
    told |= {"signals": session.signals.count()}
    told |= {"chain": session.events.verify().plain(), "faults": examine_store(store)}
print(json.dumps(told))
store.close()
"""


def test_a_file_that_may_not_grow_is_refused_as_temporary_and_the_store_goes_on_when_it_may(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "store.sqlite")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert all("the store cannot write now" in detail for detail in told["refused"])
    assert told["written"] > 10
    assert told["signals"] == told["chain"]["checked"] == told["written"] + 1
    assert told["chain"]["ok"]
    assert told["faults"] == []
