"""How fast signals come in, from the bytes of a request to the commit, beside bare SQLite inserts of the same bytes and
a plain mapped class that validates, in the same run.

All three write the same batches to a file of their own under the same pragmas, in turn, on one core; processor time
counts, the best of the rounds. `--http` sends the same batches to a server over the loopback besides.
"""

import argparse
import cProfile
import json
import pstats
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import JSON, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.api.bodies import check_json, validate_body
from app.bootstrap import build_application
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.process import private_files
from app.schemas.signals import IncomingSignal, SignalBatch
from app.services.intake import ingest
from app.settings import Settings
from app.system import SteppedClock
from simulations.scenarios.trials import load_scenarios
from simulations.world.world import World

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
IN_A_BATCH = 1_000
PRAGMAS = (*private_files.PRAGMAS, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
Writer = Callable[[bytes], None]


def made_up(scenario_id: str, batches: int) -> tuple[list[bytes], Any]:
    """The bodies of so many requests of a thousand signals of a simulated day; and when they end."""
    scenario = next(one for one in load_scenarios() if one.id == scenario_id)
    world, begins = World(scenario), scenario.clock.start
    items: dict[str, IncomingSignal] = {}
    now = begins
    while len(items) < batches * IN_A_BATCH:
        items |= {str(one.event_id): one for one in world.arrivals(now, now + timedelta(minutes=30))}
        now += timedelta(minutes=30)
    said = [one.model_dump(mode="json", exclude_unset=True) for one in items.values()][: batches * IN_A_BATCH]
    starts = range(0, len(said), IN_A_BATCH)
    return [json.dumps({"signals": said[start : start + IN_A_BATCH]}).encode() for start in starts], now


@contextmanager
def taken_in(folder: Path, now: Any) -> Iterator[Writer]:
    """As the product does it: strict JSON, validated, without secrets, kept once, added up, told to the chain."""
    settings = Settings(data=folder, lite=True, demo=False, log_level="ERROR")
    application = build_application(settings, clock=SteppedClock(now))
    try:
        yield lambda raw: _take_in(application.ctx, raw)
    finally:
        application.stop()


def _take_in(ctx: Any, raw: bytes) -> None:
    answer = ingest.accept(ctx, SCOPE, validate_body(SignalBatch, check_json(raw)).signals)
    assert answer.accepted == IN_A_BATCH, f"{answer.duplicates} were there before"
    answer.model_dump_json()


@contextmanager
def inserted_bare(folder: Path, now: Any) -> Iterator[Writer]:
    """The least that keeps them once: an id and the JSON of each."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    connection.execute("CREATE TABLE signals (id TEXT PRIMARY KEY, body TEXT NOT NULL)")

    def write(raw: bytes) -> None:
        rows = [(one["event_id"], json.dumps(one)) for one in json.loads(raw)["signals"]]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR IGNORE INTO signals VALUES (?, ?)", rows)
        connection.execute("COMMIT")

    try:
        yield write
    finally:
        connection.close()


class Base(DeclarativeBase):
    """What is mapped here."""


class Row(Base):
    """A signal as a service would map it that does nothing else with it."""

    __tablename__ = "signals"
    id: Mapped[str] = mapped_column(primary_key=True)
    signal_type: Mapped[str]
    source: Mapped[str]
    merchant_id: Mapped[str | None]
    occurred_at: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


@contextmanager
def inserted_mapped(folder: Path, now: Any) -> Iterator[Writer]:
    """Validated by the same model, and kept by the ORM."""
    engine = create_engine(f"sqlite:///{folder / 'mapped.db'}")

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        for pragma in PRAGMAS:
            connection.execute(pragma).close()

    Base.metadata.create_all(engine)

    def write(raw: bytes) -> None:
        items = SignalBatch.model_validate_json(raw).signals
        with Session(engine) as session, session.begin():
            session.add_all([_mapped(one) for one in items])

    try:
        yield write
    finally:
        engine.dispose()


def _mapped(one: IncomingSignal) -> Row:
    body = one.model_dump(mode="json", exclude_unset=True)
    names = ("signal_type", "source", "merchant_id", "occurred_at")
    return Row(id=one.event_id, body=body, **{name: body.get(name) for name in names})


WRITERS = {
    "taken in": taken_in,
    "bare SQLite inserts": inserted_bare,
    "a mapped class that validates": inserted_mapped,
}


def spent(writer: Any, bodies: Sequence[bytes], now: Any) -> tuple[float, float]:
    """Processor and wall seconds for all of them, after one that pays for what is made once."""
    with TemporaryDirectory() as folder, writer(Path(folder), now) as write:
        write(bodies[0])
        cpu, wall = time.process_time(), time.perf_counter()
        for raw in bodies[1:]:
            write(raw)
        return time.process_time() - cpu, time.perf_counter() - wall


def profile(bodies: Sequence[bytes], now: Any, rows: int) -> None:
    """Where the time goes."""
    with TemporaryDirectory() as folder, taken_in(Path(folder), now) as write:
        write(bodies[0])
        with cProfile.Profile() as measured:
            for raw in bodies[1:]:
                write(raw)
    pstats.Stats(measured).sort_stats("tottime").print_stats(rows)


def main() -> None:
    """Print a line for each."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--scenario", default="an_ordinary_day")
    asked.add_argument("--batches", type=int, default=21)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--profile", type=int, default=0, help="print so many lines of a profile instead")
    order = asked.parse_args()
    bodies, now = made_up(order.scenario, order.batches)
    if order.profile:
        profile(bodies, now, order.profile)
        return
    signals = (len(bodies) - 1) * IN_A_BATCH
    print(f"{signals:,} signals of {sum(map(len, bodies)) / len(bodies) / IN_A_BATCH:.0f} bytes in thousands")
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in WRITERS}
    for _ in range(order.rounds):
        for name, writer in WRITERS.items():
            times[name].append(spent(writer, bodies, now))
    for name, measured in times.items():
        cpu, wall = min(measured)
        worst = max(one for one, _ in measured)
        print(
            f"{name}: {signals / cpu:,.0f} signals/s of a core ({signals / worst:,.0f} in the worst round),"
            f" {signals / wall:,.0f}/s by the clock",
            flush=True,
        )


if __name__ == "__main__":
    main()
