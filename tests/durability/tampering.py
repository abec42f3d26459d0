"""A real record and what somebody with the file could do to it: SQL without the guards, and a hand in the anchor."""

import dataclasses
import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.context import AppContext
from app.domain.action_states import ActionStatus
from app.domain.events import ChainCheck, link_hash
from app.domain.tenants import Scope
from app.services.audit import proof
from app.store.audit.anchor import FileAnchor
from app.store.sql.engine import SqlStore, open_store, sqlite_url
from tests.loop.conftest import Agency, open_agency

COLUMNS = ("seq", "at", "kind", "subject", "principal", "payload", "prev_hash", "hash")
GUARDS = ("events_are_never_changed", "events_are_never_deleted", "actions_move_along_the_table")
LONG_ENOUGH = 60
Row = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """The files of a run that has ended, and the house that made them."""

    folder: Path
    ctx: AppContext
    scope: Scope


def real_record(folder: Path) -> Record:
    """A shop in which one fix was approved and proven and one refused; its files are closed."""
    agency = open_agency(folder / "data", passing=False)
    agency.pass_time(120)
    agency.cycle()
    row = agency.pending("callback_not_https")
    agency.approve(row, label="ada\r\nINFO approved by root")
    agency.drain()
    agency.until_receipt(row.id)
    for other in agency.rows(ActionStatus.PENDING):
        agency.reject(other, "not now")
    agency.drain()
    note(agency, LONG_ENOUGH)
    record = Record(folder, agency.ctx, agency.scope)
    agency.application.stop()
    return record


def note(agency: Agency, count: int) -> None:
    """So many commits of one link each."""
    for number in range(count):
        with agency.ctx.store.write(agency.scope) as session:
            session.events.append("note", "subject", {"n": number}, at=agency.ctx.clock(agency.scope).now())


@dataclass
class Scene:
    """A copy of a record, open, with the guards taken away."""

    path: Path
    store: SqlStore
    ctx: AppContext
    scope: Scope

    @property
    def anchor_file(self) -> Path:
        return self.path.parent / "anchor"

    @property
    def key_file(self) -> Path:
        return self.path.parent / "anchor.key"

    def verify(self) -> ChainCheck:
        """As a program finds it that was not there when it happened."""
        anchor = FileAnchor(self.anchor_file, self.key_file)
        return proof.verify_chain(dataclasses.replace(self.ctx, anchor=anchor), self.scope)

    def restart(self) -> None:
        """The program ends and starts again: with nothing in memory, it looks after the anchor first."""
        self.store.close()
        self.open()
        proof.open_anchor(self.ctx, self.ctx.clock(self.scope).now())

    def open(self) -> None:
        """Open store and anchor."""
        anchor = FileAnchor(self.anchor_file, self.key_file)
        self.store = open_store(sqlite_url(self.path), anchor=anchor)
        self.ctx = dataclasses.replace(self.ctx, store=self.store, anchor=anchor)

    def commit(self, count: int = 1) -> None:
        """The program goes on: so many commits of one link."""
        for number in range(count):
            with self.store.write(self.scope) as session:
                session.events.append("note", "subject", {"more": number}, at=self.ctx.clock(self.scope).now())

    def sql(self, *statements: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """What another program does to the file."""
        with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
            return [row for statement in statements for row in connection.execute(statement, values).fetchall()]

    def rows(self) -> list[Row]:
        """Every link of the tenant, oldest first."""
        asked = f"SELECT {', '.join(COLUMNS)} FROM events WHERE tenant_id = ? ORDER BY seq"
        return [dict(zip(COLUMNS, row, strict=True)) for row in self.sql(asked, values=(self.scope.tenant_id,))]

    def put(self, rows: list[Row]) -> None:
        """These links instead of those that are there."""
        with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
            connection.execute("DELETE FROM events WHERE tenant_id = ?", (self.scope.tenant_id,))
            marks = ", ".join("?" for _ in COLUMNS)
            connection.executemany(
                f"INSERT INTO events (tenant_id, {', '.join(COLUMNS)}) VALUES (?, {marks})",
                [(self.scope.tenant_id, *(row[name] for name in COLUMNS)) for row in rows],
            )

    def rehashed(self, rows: list[Row], start: int) -> list[Row]:
        """The links from an index on, bound and hashed anew, as a careful forger would."""
        done = [dict(row) for row in rows]
        for place in range(start, len(done)):
            row = done[place]
            row["prev_hash"] = done[place - 1]["hash"] if place else "0" * 64
            spelled = row["at"].replace(".000000Z", "Z")
            told = (row["kind"], row["subject"], row["principal"], json.loads(row["payload"]))
            row["hash"] = link_hash(self.scope.tenant_id, row["seq"], spelled, *told, row["prev_hash"])
        return done

    def heads(self) -> list[int]:
        """The numbers of the links that the anchor vouches for."""
        return sorted(self.ctx.anchor.reading(self.scope.tenant_id).heads)


@contextmanager
def scene_of(record: Record, folder: Path) -> Iterator[Scene]:
    """A copy of a record to do harm to."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(record.folder / "data" / "causeway.sqlite", folder / "store.db")
    shutil.copy(record.folder / "data.anchor", folder / "anchor")
    shutil.copy(record.folder / "data.anchor.key", folder / "anchor.key")
    anchor = FileAnchor(folder / "anchor", folder / "anchor.key")
    store = open_store(sqlite_url(folder / "store.db"), anchor=anchor)
    scene = Scene(folder / "store.db", store, dataclasses.replace(record.ctx, store=store, anchor=anchor), record.scope)
    scene.sql(*(f"DROP TRIGGER IF EXISTS {guard}" for guard in GUARDS))
    try:
        yield scene
    finally:
        scene.store.close()


def flipped(rng: random.Random, row: Row, column: str) -> Row:
    """The row with one byte of one column changed."""
    if column == "seq":
        return {**row, "seq": row["seq"] ^ (1 << rng.randrange(20, 30))}
    kept = bytearray(str(row[column]).encode())
    kept[rng.randrange(len(kept))] ^= rng.randrange(1, 128)
    return {**row, column: kept.decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape").decode("latin-1")}
