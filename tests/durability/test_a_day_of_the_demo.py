"""A day of the demo through the worker's beats, over real files: the data folder stops growing, and nothing is lost
that anything refers to.
"""

import random
import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from app.bootstrap import Application, build_application
from app.domain.action_states import ActionStatus
from app.domain.errors import Conflict
from app.domain.rollups import SLOTS_AN_HOUR
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.schemas.actions import ApproveRequest
from app.services.actions.review import decide_action
from app.services.audit.proof import verify_chain
from app.services.operations.maintenance import sizes
from app.settings import Settings

SCOPE = Scope(tenant_id="demo", principal=LOCAL_ADMIN)
MINUTES_A_BEAT = 10
NAMED = re.compile(r"\b(SIG-[0-9a-f]{32}|PAT-[0-9A-Z]{8})\b")
SETTLED = 7
"""Hours after which what came in is older than its class: from here on as much goes as comes."""
SUMS = ("rollups", "rollup_names", "rollup_slots", "awaited")
"""What is added up and what was awaited is kept for longer than a day, and grows throughout it."""
A_CELL = 64
"""Bytes that a cell may take: its numbers, its place, and its share of half-empty pages."""
SLACK = 1.15
"""A rate that varies, and pages of which a part is free."""


def beat(application: Application, rng: random.Random) -> None:
    """The worker's next beat; now and then somebody looks at a question and says yes or no."""
    application.worker.beat(1.0)
    assert application.worker.last_error == ""
    if rng.random() > 0.15:
        return
    with application.store.read(SCOPE) as session:
        asked = session.actions.page(statuses=[ActionStatus.PENDING], limit=50)
    if asked:
        row = rng.choice(asked)
        said = ApproveRequest(
            action_id=row.id, approved=rng.random() < 0.6, reviewer="op", feedback="not now", digest=row.digest
        )
        try:
            decide_action(application.ctx, SCOPE, said)
        except Conflict:
            return


def measured(data: Path) -> Counter[str]:
    """Bytes by what they are for."""
    found, store = Counter(sizes(data)), data / "causeway.sqlite"
    total, anchor = sum(found.values()), data.with_name(f"{data.name}.anchor").stat().st_size
    events, sums = pages_of(store, "events"), pages_of(store, *SUMS)
    return Counter(
        store=found["causeway.sqlite"],
        store_log=found["causeway.sqlite-wal"],
        bookmarks=found["checkpoints.sqlite"],
        bookmarks_log=found["checkpoints.sqlite-wal"],
        index=found["index"],
        total=total,
        events=events,
        sums=sums,
        rest=total - events - sums,
        anchor=anchor,
    )


def pages_of(file: Path, *tables: str) -> int:
    """The bytes of the pages that some tables take, their keys included."""
    asked = ", ".join("?" * len(tables))
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        query = (
            f"SELECT coalesce(sum(pgsize), 0) FROM dbstat JOIN sqlite_master USING (name) WHERE tbl_name IN ({asked})"
        )
        return int(connection.execute(query, tables).fetchone()[0])


def streams_in(file: Path) -> int:
    """Of how many streams of how many merchants anything was ever added up."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        query = "SELECT count(*) FROM (SELECT DISTINCT tenant_id, stream, merchant FROM rollups)"
        return int(connection.execute(query).fetchone()[0])


def rows_of(file: Path) -> dict[str, list[str]]:
    """Every table of a SQLite file, each row as one text."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [" ".join(map(str, row)) for row in connection.execute(f"SELECT * FROM {name}")] for name in tables
        }


def lost_references(file: Path) -> dict[str, set[str]]:
    """By table, what some row names and what is not there any more."""
    tables = rows_of(file)
    there = {
        name for kind in ("signals", "patterns") for row in tables[kind] for name in NAMED.findall(row.split(" {")[0])
    }
    named = {table: {name for row in rows for name in NAMED.findall(row)} - there for table, rows in tables.items()}
    return {table: names for table, names in named.items() if names}


def live(tmp_path: Path, hours: int) -> None:
    seed = random.SystemRandom().randrange(2**32)
    rng = random.Random(seed)
    print(f"seed {seed}")
    data = tmp_path / "data"
    application = build_application(
        Settings(data=data, lite=True, log_level="ERROR", sweep_seconds=1e-6, demo_speed=MINUTES_A_BEAT)
    )
    measures: list[Counter[str]] = []
    for _ in range(hours):
        for _ in range(60 // MINUTES_A_BEAT):
            beat(application, rng)
        measures.append(measured(data))
        assert lost_references(data / "causeway.sqlite") == {}, f"seed {seed}"
    with application.store.read(SCOPE) as session:
        gone = session.notes.get("upkeep")
        kept = session.signals.count()
        told = sum(
            len(event.plain()["payload"]) > 0
            for event in session.events.page(limit=10_000)
            if event.kind == "store.pruned"
        )
    streams = streams_in(data / "causeway.sqlite")
    bookmarks = rows_of(data / "checkpoints.sqlite")["checkpoints"]
    chain = verify_chain(application.ctx, SCOPE)
    application.stop()
    for name in measures[0]:
        first, settled, last = measures[0][name], measures[SETTLED - 1][name], measures[-1][name]
        print(
            f"{name:14} {first:>12,} {settled:>12,} {last:>12,}  {(last - settled) / (hours - SETTLED):>+10,.0f} bytes"
            " an hour"
        )
    print(f"kept {kept:,} signals; gone {gone['gone'] if gone else {}}")
    for name in ("store_log", "bookmarks_log"):
        assert max(measure[name] for measure in measures) <= 4 * 2**20, f"{name}, seed {seed}"
    grown = measures[-1]["rest"] / measures[SETTLED - 1]["rest"]
    assert grown < SLACK, f"the data folder grew by {grown - 1:.0%} in {hours - SETTLED} hours, seed {seed}"
    added = (measures[-1]["sums"] - measures[SETTLED - 1]["sums"]) / (hours - SETTLED)
    bound = streams * SLOTS_AN_HOUR * A_CELL
    print(f"sums: {added:,.0f} bytes an hour, of {streams:,} streams of merchants at most {bound:,}")
    assert added <= bound, f"what is added up grew by {added:,.0f} bytes an hour, seed {seed}"
    assert measures[-1]["anchor"] < 100_000
    assert gone is not None
    assert gone["gone"]["signals"] > 0
    assert told <= 1 + hours // 24
    assert len(bookmarks) <= 5
    assert chain.ok


@pytest.mark.long
@pytest.mark.ci
def test_after_its_first_hours_the_demo_needs_no_more_room(tmp_path: Path) -> None:
    live(tmp_path, 9)


@pytest.mark.long
def test_after_a_day_the_demo_needs_no_more_room(tmp_path: Path) -> None:
    live(tmp_path, 24)
