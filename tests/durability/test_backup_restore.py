"""A backup is the whole store at one moment, made while it works; a restore is all of it or nothing, and says what it
loses.
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine
from typer.testing import CliRunner

from app.cli.main import cli
from app.domain.action_states import ActionStatus
from app.domain.errors import BadInput, CausewayError, Conflict
from app.domain.incidents import ACTIVE
from app.domain.tenants import Scope
from app.ports.store import Store
from app.services.loop import advance
from app.services.operations.restore import Place as Kept
from app.services.operations.restore import Restored, restore_backup
from app.store.audit.anchor import FileAnchor, MemoryAnchor
from app.store.backup import archive
from app.store.backup.copying import dump_store, examine_store, load_backup
from app.store.sql import migrate
from app.store.sql.engine import SqlStore, open_store, sqlite_url
from app.store.sql.folder_lock import FolderLock
from tests.builders import (
    NOW,
    make_action,
    make_chunk,
    make_document,
    make_evidence,
    make_incident,
    make_lesson,
    make_pattern,
    make_scope,
    make_signal,
    make_tenant,
    make_turn,
    minutes,
)
from tests.conftest import new_database
from tests.durability.worker_driver import Life, Place, open_application, open_world
from tests.durability.world import Case, Plan, plan_of
from tests.waiting import wait_until

DEMO = make_scope("demo")
TOLD_ANEW = {"events", "notes", "leases", "replies"}
"""Tables that a restore adds to, or leaves empty."""


def fill(store: Store) -> None:
    """A row or two in every corner, in two tenants."""
    for name in ("demo", "other"):
        store.put_tenant(make_tenant(name))
        with store.write(make_scope(name)) as session:
            session.signals.add([make_signal(number) for number in range(30)])
            session.merchants.put([])
            session.incidents.add(make_incident())
            session.incidents.put_patterns([make_pattern()])
            session.incidents.put_evidence([make_evidence()])
            session.incidents.put_step("INC-00000001", "diagnose", {"ünicode": "☂ \u2028 \\"}, at=NOW, seq=1)
            session.actions.add(make_action(tenant_id=name))
            session.knowledge.put(make_document(), [make_chunk()])
            session.lessons.add(make_lesson())
            session.conversations.append("CON-1", make_turn())
            session.notes.put("clock", {"now": 0.1})
            session.leases.take("incident:INC-00000001", "somebody", seconds=60)


def backup_of(store: Store, file: Path) -> archive.Manifest:
    with file.open("wb") as sink:
        return dump_store(store, sink, NOW)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a row or two in every corner, closed: made once, copied for each test."""
    path = tmp_path_factory.mktemp("filled") / "source.sqlite"
    store = open_store(sqlite_url(path))
    fill(store)
    store.close()
    return path


@pytest.fixture(scope="module")
def backed_up(filled: Path) -> Path:
    """Its backup: made once, copied for each test."""
    store = open_store(sqlite_url(filled))
    backup_of(store, filled.with_name("backup.tar.gz"))
    store.close()
    return filled.with_name("backup.tar.gz")


@pytest.fixture
def source(filled: Path, tmp_path: Path) -> Iterator[SqlStore]:
    store = open_store(sqlite_url(Path(shutil.copy(filled, tmp_path))))
    yield store
    store.close()


@pytest.fixture
def file(backed_up: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(backed_up, tmp_path))


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file, "r:gz") as kept:
        return {header.name: kept.extractfile(header).read() for header in kept}  # type: ignore[union-attr]


def packed(file: Path, content: dict[str, bytes], **manifest: Any) -> Path:
    """A backup of these members, with a manifest that fits them."""
    told = json.loads(content.pop("manifest.json")) | manifest
    told["tables"] = {
        name.removesuffix(".jsonl"): {
            "rows": body.count(b"\n"),
            "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        for name, body in content.items()
    }
    return tarred(file, {"manifest.json": json.dumps(told).encode(), **content})


def tarred(file: Path, content: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as kept:
        for name, body in content.items():
            header = tarfile.TarInfo(name)
            header.size = len(body)
            kept.addfile(header, io.BytesIO(body))
    return file


def put_back(file: Path, data: Path, **options: Any) -> Restored:
    return restore_backup(file, Kept(data=data), MemoryAnchor(), minutes(60), **options)


# --- there and back
# ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("there", ["sqlite", "postgres"])
@pytest.mark.parametrize("back", ["sqlite", "postgres"])
def test_every_row_comes_back_as_it_was_on_either_database(
    request: pytest.FixtureRequest, tmp_path: Path, there: str, back: str
) -> None:
    def url(kind: str, name: str) -> str:
        return (
            sqlite_url(tmp_path / name)
            if kind == "sqlite"
            else new_database(request.getfixturevalue("postgres_server"))
        )

    first = open_store(url(there, "first.sqlite"))
    fill(first)
    manifest = backup_of(first, tmp_path / "one.tar.gz")
    first.close()
    target = url(back, "second.sqlite")
    restore_backup(tmp_path / "one.tar.gz", Kept(data=tmp_path / "data", database=target), MemoryAnchor(), minutes(60))
    second = open_store(target)
    backup_of(second, tmp_path / "two.tar.gz")
    one, two = members(tmp_path / "one.tar.gz"), members(tmp_path / "two.tar.gz")
    for name in set(manifest.tables) - TOLD_ANEW:
        assert one[f"{name}.jsonl"] == two[f"{name}.jsonl"], name
    assert two["events.jsonl"].count(b"\n") == one["events.jsonl"].count(b"\n") + 2
    assert two["leases.jsonl"] == two["replies.jsonl"] == b""
    with second.read(DEMO) as session:
        assert session.events.verify().ok
        last = session.events.page(newest_first=True, limit=1)[0]
        assert (last.kind, last.payload["head"]) == ("store.restored", manifest.heads["demo"].seq)
    with second.write(DEMO) as session:
        session.events.append("note", "afterwards", {}, at=NOW)
    assert second.record_config([]) == []
    second.close()


def test_a_backup_made_while_others_write_is_one_moment(tmp_path: Path) -> None:
    store = open_store(sqlite_url(tmp_path / "busy.sqlite"))
    store.put_tenant(make_tenant("demo"))
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with store.write(DEMO) as session:
                session.signals.add([make_signal(number)])
                session.events.append("added", "signal", {"n": number}, at=NOW)

    writer = threading.Thread(target=work)
    writer.start()
    for turn in range(10):
        manifest = backup_of(store, tmp_path / f"{turn}.tar.gz")
        assert (
            manifest.tables["signals"].rows
            == manifest.tables["events"].rows
            == manifest.heads.get("demo", archive.ChainHead(seq=0, hash="")).seq
        )
    stop.set()
    writer.join()
    store.close()
    assert manifest.tables["signals"].rows > 0
    load_backup(sqlite_url(tmp_path / "loaded.sqlite"), tmp_path / "9.tar.gz", at=NOW)


def test_a_backup_of_an_older_revision_is_loaded_as_it_was_and_upgraded(file: Path, tmp_path: Path) -> None:
    engine = create_engine(sqlite_url(tmp_path / "old.sqlite"))
    with engine.connect() as connection, connection.begin():
        migrate.upgrade_to(connection, "0001")
        columns = {
            name: [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({name})")]
            for name in sorted(migrate.tables_of(connection))
        }
    engine.dispose()
    content = {}
    for name, body in members(file).items():
        table = name.removesuffix(".jsonl")
        if table in columns:
            rows = [{key: row[key] for key in columns[table]} for row in map(json.loads, body.splitlines())]
            content[name] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    content["manifest.json"] = members(file)["manifest.json"]
    old = packed(tmp_path / "old.tar.gz", content, revision="0001")
    done = put_back(old, tmp_path / "data")
    assert (done.from_revision, done.revision) == ("0001", migrate.list_revisions()[-1])
    store = open_store(sqlite_url(tmp_path / "data" / "causeway.sqlite"))
    with store.read(DEMO) as session:
        assert session.actions.get("ACT-00000001") == make_action()
        assert session.events.verify().ok
    store.close()


# --- what is refused
# -------------------------------------------------------------------------------------------------------


def test_a_newer_revision_and_a_newer_format_are_refused_with_a_sentence(file: Path, tmp_path: Path) -> None:
    newer = packed(tmp_path / "newer.tar.gz", members(file), revision="9999")
    with pytest.raises(BadInput, match=r"revision 9999.*upgrade Causeway"):
        put_back(newer, tmp_path / "data")
    format_2 = packed(tmp_path / "format.tar.gz", members(file), version=2)
    with pytest.raises(BadInput, match=r"format 2; this version of Causeway reads up to 1"):
        put_back(format_2, tmp_path / "data")


HOSTILE: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
    "a table that the manifest does not name": lambda content: {**content, "foreign.jsonl": b""},
    "a path that leaves the folder": lambda content: {**content, "../../causeway.sqlite": b""},
    "an absolute path": lambda content: {**content, "/tmp/foreign.jsonl": b""},
    "no manifest": lambda content: {name: body for name, body in content.items() if name != "manifest.json"},
    "a manifest that is no JSON": lambda content: {**content, "manifest.json": b"{" * 100_000},
    "a manifest of somebody else": lambda content: {**content, "manifest.json": b'{"format": "other"}'},
    "a manifest with too little": lambda content: {
        **content,
        "manifest.json": b'{"format": "causeway-backup", "version": 1}',
    },
    "another length": lambda content: {**content, "signals.jsonl": content["signals.jsonl"] + b"{}\n"},
    "another content": lambda content: {
        **content,
        "signals.jsonl": content["signals.jsonl"].replace(b"datadog", b"catalog"),
    },
    "a missing table": lambda content: {name: body for name, body in content.items() if name != "turns.jsonl"},
}


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_a_file_that_is_not_what_its_manifest_says_is_refused(file: Path, tmp_path: Path, what: str) -> None:
    hostile = tarred(tmp_path / "hostile.tar.gz", HOSTILE[what](members(file)))
    with pytest.raises(BadInput, match=r"not a whole backup of Causeway: .*Nothing was changed"):
        put_back(hostile, tmp_path / "data")
    assert not list((tmp_path / "data").glob("*.sqlite*"))


@pytest.mark.parametrize(
    ("table", "change", "says"),
    [
        ("signals", lambda row: {**row, "swept": "yes"}, "no row of that table: swept"),
        ("signals", lambda row: {**row, "extra": 1}, "no row of that table"),
        ("signals", lambda row: {**row, "occurred_at": None}, "occurred_at"),
        ("signals", lambda row: {**row, "tenant_id": "\ud800"}, "does not take"),
        ("incidents", lambda row: {**row, "status": "NOWHERE"}, "does not take"),
        ("incidents", lambda row: {**row, "mttr_seconds": float("inf")}, "mttr_seconds"),
        ("chunks", lambda row: {**row, "document_id": "DOC-404"}, "does not take"),
        ("events", lambda row: {**row, "payload": "{}"}, "the chain of tenant demo is not the one"),
        ("healing_actions", lambda row: {**row, "body": "{}"}, "cannot be read"),
    ],
)
def test_a_row_that_its_table_does_not_take_is_refused_and_leaves_nothing(
    file: Path, tmp_path: Path, table: str, change: Callable[[dict[str, Any]], dict[str, Any]], says: str
) -> None:
    content = members(file)
    first, *others = content[f"{table}.jsonl"].splitlines(keepends=True)
    content[f"{table}.jsonl"] = json.dumps(change(json.loads(first))).encode() + b"\n" + b"".join(others)
    forged = packed(tmp_path / "forged.tar.gz", content)
    with pytest.raises(BadInput, match=says):
        put_back(forged, tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["causeway.lock"]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.GNUTYPE_SPARSE]
)
def test_a_member_that_is_no_plain_file_is_refused(file: Path, tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "links.tar.gz", "w:gz") as kept:
        for name, body in members(file).items():
            header = tarfile.TarInfo(name)
            header.size = len(body)
            if name == "signals.jsonl":
                header.type, header.linkname, header.size, body = kind, "/etc/passwd", 0, b""
            kept.addfile(header, io.BytesIO(body))
    with pytest.raises(BadInput):
        put_back(tmp_path / "links.tar.gz", tmp_path / "data")


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    """A few kilobytes that say they are a header of two gigabytes."""
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 2_000_000_000
    with gzip.open(tmp_path / "bomb.tar.gz", "wb") as bomb:
        bomb.write(header.tobuf(tarfile.GNU_FORMAT))
        bomb.write(bytes(3 << 20))
    with pytest.raises(BadInput, match="longer than any header"):
        put_back(tmp_path / "bomb.tar.gz", tmp_path / "data")


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 something else", gzip.compress(b"no tar", mtime=0), gzip.compress(b"", mtime=0)]
)
def test_a_foreign_file_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "foreign").write_bytes(content)
    with pytest.raises(BadInput, match="Nothing was changed"):
        put_back(tmp_path / "foreign", tmp_path / "data")


def test_a_file_damaged_anywhere_is_refused_or_is_still_the_same(file: Path, tmp_path: Path) -> None:
    seed = 20_260_302
    print(f"seed {seed}")
    draw, whole, damaged = Random(seed), file.read_bytes(), tmp_path / "damaged.tar.gz"
    told, refused = archive.check_backup(file), 0
    for turn in range(150):
        spot = draw.randrange(len(whole))
        flipped = bytes([whole[spot] ^ (1 << draw.randrange(8))])
        damaged.write_bytes(whole[:spot] + flipped + whole[spot + 1 :] if turn % 2 else whole[:spot])
        try:
            assert archive.check_backup(damaged) == told
        except BadInput:
            refused += 1
    print(f"{refused} of 150 refused")
    assert refused > 140


# --- where it is put
# ---------------------------------------------------------------------------------------------------------


def test_a_running_server_keeps_its_folder(file: Path, tmp_path: Path) -> None:
    with FolderLock(tmp_path / "data"), pytest.raises(Conflict, match=f"in use by process {os.getpid()}"):
        put_back(file, tmp_path / "data", replace=True)


def test_a_store_is_replaced_only_when_asked_and_what_was_there_is_kept(file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    store = open_store(sqlite_url(data / "causeway.sqlite"))
    store.put_tenant(make_tenant("before"))
    store.close()
    (data / "index").mkdir()
    (data / "checkpoints.sqlite").write_bytes(b"old bookmarks")
    with pytest.raises(Conflict, match="--replace"):
        put_back(file, data)
    done = put_back(file, data, replace=True)
    assert done.set_aside is not None
    aside = Path(done.set_aside)
    assert sorted(path.name for path in aside.iterdir()) == ["causeway.sqlite", "checkpoints.sqlite", "index"]
    assert sorted(path.name for path in data.iterdir()) == [aside.name, "causeway.lock", "causeway.sqlite"]
    for place, tenants in ((aside, ["before"]), (data, ["demo", "other"])):
        store = open_store(sqlite_url(place / "causeway.sqlite"))
        assert [tenant.id for tenant in store.tenants()] == tenants
        assert examine_store(store) == []
        store.close()


def test_what_the_old_store_had_only_in_its_log_is_kept_too(file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    program = (
        "import os, sys; from pathlib import Path; from app.store.sql.engine import open_store, sqlite_url; from"
        " tests.builders import make_tenant; store = open_store(sqlite_url(Path(sys.argv[1])));"
        " store.put_tenant(make_tenant('logged')); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program, str(data / "causeway.sqlite")], check=False)
    assert (data / "causeway.sqlite-wal").stat().st_size > 0
    done = put_back(file, data, replace=True)
    with closing(sqlite3.connect(Path(str(done.set_aside)) / "causeway.sqlite")) as old:
        assert old.execute("SELECT tenant_id FROM tenants").fetchall() == [("logged",)]
    with closing(sqlite3.connect(data / "causeway.sqlite")) as new:
        assert new.execute("SELECT tenant_id FROM tenants ORDER BY 1").fetchall() == [("demo",), ("other",)]


def test_a_restore_that_fails_leaves_the_old_store_as_it_was(file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    put_back(file, data)
    before = (data / "causeway.sqlite").read_bytes()
    content = members(file)
    content["turns.jsonl"] = b'{"tenant_id": 7}\n'
    with pytest.raises(BadInput, match=r"turns\.jsonl line 1"):
        put_back(packed(tmp_path / "bad.tar.gz", content), data, replace=True)
    assert (data / "causeway.sqlite").read_bytes() == before
    assert sorted(path.name for path in data.iterdir()) == ["causeway.lock", "causeway.sqlite"]


def test_a_database_that_holds_something_is_left_alone(file: Path, tmp_path: Path, postgres_url: str) -> None:
    open_store(postgres_url).close()
    with pytest.raises(Conflict, match="not empty"):
        restore_backup(file, Kept(data=tmp_path / "data", database=postgres_url), MemoryAnchor(), NOW)


def test_what_was_written_after_the_backup_is_named_as_lost(file: Path, tmp_path: Path) -> None:
    anchor = FileAnchor(tmp_path / "anchor", tmp_path / "anchor.key")
    with archive.open_backup(file) as backup:
        heads = backup.manifest.heads
    anchor.append("demo", heads["demo"].seq, heads["demo"].hash, NOW)
    anchor.append("other", heads["other"].seq + 40, "0" * 64, NOW)
    done = restore_backup(file, Kept(data=tmp_path / "data"), anchor, NOW)
    assert len(done.warnings) == 1
    assert "Tenant other" in done.warnings[0]
    assert "40 link(s)" in done.warnings[0]


# --- never twice
# -------------------------------------------------------------------------------------------------------------


def small_plan() -> Plan:
    """Every class that a second send would harm, begun and not begun when the backup is made."""
    tools = ("note_down", "file_report", "page_team", "asked_report", "file_report", "page_team", "asked_report")
    return Plan(tuple(Case(number, f"t{(number + 2) // 3:03d}", tool) for number, tool in enumerate(tools)))


@pytest.mark.parametrize(
    "plan",
    [small_plan(), pytest.param(plan_of(20_260_302, 500, each_tenant=170), marks=pytest.mark.long)],
    ids=["few", "many"],
)
def test_nothing_that_was_sent_after_the_backup_is_done_again(trial_config: Path, tmp_path: Path, plan: Plan) -> None:
    """Three thirds: finished, half way, and not yet begun when the backup is made. Then everything runs on, is lost,
    and runs again.
    """
    first = Place(tmp_path / "first", trial_config)
    second = Place(tmp_path / "second", trial_config)
    for place in (first, second):
        place.folder.mkdir()
    world = open_world(first)
    application = open_application(first, world)
    life = Life(application, plan)
    done, half, fresh, *_ = plan.tenants
    life.finish(done)
    for tenant in (half, fresh):
        life._prepare(Scope(tenant_id=tenant))
    advance.advance_all(application.ctx, Scope(tenant_id=half))
    backup_of(application.store, tmp_path / "half.tar.gz")
    life.run()
    application.stop()
    sent = len(world.effects())
    put_back(tmp_path / "half.tar.gz", second.data)
    application = open_application(second, world)
    Life(application, plan).run()
    effects = Counter((effect.tenant, effect.tool, effect.key) for effect in world.effects())
    doubts = sum(count_of(application.store, tenant, ActionStatus.IN_DOUBT) for tenant in plan.tenants)
    stuck = [name for tenant in plan.tenants for name in active_in(application.store, tenant)]
    application.stop()
    world.close()
    print(
        f"\n{len(plan.cases)} incidents: {sent} effects before the loss, {sum(effects.values())} after the restore,"
        f" {doubts} in doubt"
    )
    assert [key for key, times in effects.items() if times > 1] == []
    assert len(effects) == sent
    assert stuck == []
    assert doubts > 0


def count_of(store: Store, tenant: str, status: ActionStatus) -> int:
    with store.read(Scope(tenant_id=tenant)) as session:
        return len(session.actions.page(statuses=[status], limit=100_000))


def active_in(store: Store, tenant: str) -> list[str]:
    with store.read(Scope(tenant_id=tenant)) as session:
        return [incident.id for incident in session.incidents.page(statuses=ACTIVE, limit=100_000)]


# --- the commands
# ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    return {"CAUSEWAY_DATA": str(tmp_path / "data"), "CAUSEWAY_API_PORT": "1", "CAUSEWAY_DEMO": "false", "LITE": "1"}


def run(surroundings: dict[str, str], *command: str) -> Any:
    return CliRunner().invoke(cli, list(command), env=surroundings)


def test_the_commands_take_a_backup_and_put_it_back(surroundings: dict[str, str], tmp_path: Path) -> None:
    file, other = tmp_path / "kept.tar.gz", str(tmp_path / "other")
    made = run(surroundings, "backup", str(file))
    assert made.exit_code == 0, made.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run(surroundings, "backup", str(file))
    assert again.exit_code == 1
    assert "--force" in again.output
    assert run(surroundings, "backup", str(file), "--force").exit_code == 0
    assert not list(tmp_path.glob("*.part"))
    back = run(surroundings, "restore", str(file), "--data", other)
    assert back.exit_code == 0, back.output
    assert "restored as they stood at" in back.output
    doctor = json.loads(run({**surroundings, "CAUSEWAY_DATA": other}, "doctor", "--json").stdout)
    found = {item["check"]: item for item in doctor}
    assert found["integrity"]["ok"]
    assert found["store"]["ok"]


def test_a_newer_store_and_a_damaged_backup_cost_one_sentence(surroundings: dict[str, str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    empty = run(surroundings, "db", "current")
    assert "not made yet" in empty.output
    assert "is now of revision" in run(surroundings, "db", "upgrade").output
    with closing(sqlite3.connect(data / "causeway.sqlite")) as connection, connection:
        connection.execute(f"UPDATE {migrate.MARK} SET version_num = '9999'")
    for command in (["db", "upgrade"], ["sweep"], ["backup", str(tmp_path / "b.tar.gz")]):
        refused = run(surroundings, *command)
        assert refused.exit_code == 1
        assert "newer" in refused.output
    assert not (tmp_path / "b.tar.gz").exists()
    (tmp_path / "bad.tar.gz").write_bytes(b"not a backup")
    refused = run(surroundings, "restore", str(tmp_path / "bad.tar.gz"))
    assert refused.exit_code == 1
    assert "no gzipped tar" in refused.output


@pytest.mark.ci
@pytest.mark.long
def test_a_running_server_is_backed_up_and_not_restored_into(surroundings: dict[str, str], tmp_path: Path) -> None:
    from tests.web.test_cli_commands import free_port

    used = {**surroundings, "CAUSEWAY_API_PORT": str(free_port())}
    server = subprocess.Popen(
        [sys.executable, "-m", "app", "api"],
        env={**os.environ, **used},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        url = f"http://127.0.0.1:{used['CAUSEWAY_API_PORT']}"
        from app.cli.client import server_answers

        wait_until(lambda: server_answers(url), deadline=60, what="the server answers")
        file = tmp_path / "live.tar.gz"
        made = run(used, "backup", str(file))
        assert made.exit_code == 0, made.output
        refused = run(used, "restore", str(file), "--replace")
        assert refused.exit_code == 1
        assert f"in use by process {server.pid}" in refused.output
        assert "a server answers" in run(used, "doctor").output
        pruned = run(used, "prune", "--older-than", "30d", "--dry-run")
        assert "would go" in pruned.output
    finally:
        server.terminate()
        server.communicate(timeout=30)
    with archive.open_backup(file) as backup:
        assert "default" in backup.manifest.heads


def test_a_server_that_stops_in_the_middle_leaves_no_file(tmp_path: Path) -> None:
    from app.cli.data import _whole_file

    target = tmp_path / "kept.tar.gz"
    with pytest.raises(CausewayError), _whole_file(target, force=False) as (_, sink):
        sink.write(b"half of it")
        raise Conflict("the server stopped")
    assert list(tmp_path.iterdir()) == []
