"""How fast signals come in, from the bytes of a request to the commit, beside bare SQLite inserts of the same bytes and
a plain mapped class that validates, in the same run.

All three write the same batches to a file of their own under the same pragmas, in turn, on one core; processor time
counts, the best of the rounds. A server in a process of its own then gets the same batches over the loopback, one after
the other; its own processor time counts. `--working` lets its worker sweep meanwhile, as it does in life.
"""

import argparse
import cProfile
import http.client
import json
import os
import pstats
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from sqlalchemy import JSON, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.api.bodies import check_json, validate_body
from app.api.main import create_app
from app.bootstrap import build_application
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.process import private_files
from app.process.collector import calm_collector
from app.schemas.signals import IncomingSignal, SignalBatch
from app.services.intake import ingest
from app.settings import Settings
from app.system import SteppedClock
from simulations.scenarios.trials import load_scenarios
from simulations.world.world import World
from tests.waiting import wait_until

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


def serve(folder: Path, port: int, *, working: bool) -> None:
    """The API over a folder as the product serves it; without its worker unless `working`."""
    settings = Settings(data=folder, lite=True, demo=False, log_level="ERROR", api_port=port)
    server = create_app(build_application(settings))
    calm_collector(for_good=True)
    uvicorn.run(
        server, port=port, log_level="warning", access_log=False, lifespan="on" if working else "off", log_config=None
    )


@contextmanager
def served(folder: Path, *, working: bool) -> Iterator[tuple[http.client.HTTPConnection, int]]:
    """A server in a process of its own: a connection to it, and its process id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    flags = ["--serve", str(folder), "--port", str(port), *(["--working"] if working else [])]
    server = subprocess.Popen([sys.executable, "-m", "tests.bench.ingest", *flags])
    try:
        yield _connected(port), server.pid
    finally:
        server.terminate()
        server.wait(60)


def _connected(port: int) -> http.client.HTTPConnection:
    """A connection as soon as somebody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def answered() -> bool:
        with suppress(ConnectionRefusedError):
            connection.connect()
            return True
        return False

    wait_until(answered, 60, "a server listening")
    return connection


def spent_serving(bodies: Sequence[bytes], *, working: bool) -> tuple[float, float]:
    """Processor seconds of the server, and seconds by the clock, for all but the first of them."""
    with TemporaryDirectory() as folder, served(Path(folder), working=working) as (connection, server):
        _send(connection, bodies[0])
        cpu, wall = _processor_seconds(server), time.perf_counter()
        for raw in bodies[1:]:
            _send(connection, raw)
        return _processor_seconds(server) - cpu, time.perf_counter() - wall


def _send(connection: http.client.HTTPConnection, raw: bytes) -> None:
    connection.request("POST", "/signals/ingest", raw, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    assert answer.status == 202, told
    assert told["accepted"] == IN_A_BATCH, f"{told['duplicates']} were there before"


def _processor_seconds(process: int) -> float:
    """What a process and its threads have used so far."""
    told = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


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
    asked.add_argument("--http", action=argparse.BooleanOptionalAction, default=True, help="measure a server too")
    asked.add_argument("--working", action="store_true", help="the server's worker sweeps meanwhile")
    asked.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    asked.add_argument("--port", type=int, help=argparse.SUPPRESS)
    order = asked.parse_args()
    if order.serve:
        serve(order.serve, order.port, working=order.working)
        return
    bodies, now = made_up(order.scenario, order.batches)
    calm_collector(for_good=True)
    if order.profile:
        profile(bodies, now, order.profile)
        return
    signals = (len(bodies) - 1) * IN_A_BATCH
    print(f"{signals:,} signals of {sum(map(len, bodies)) / len(bodies) / IN_A_BATCH:.0f} bytes in thousands")
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in WRITERS}
    for _ in range(order.rounds):
        for name, writer in WRITERS.items():
            times[name].append(spent(writer, bodies, now))
    if order.http:
        times["over HTTP"] = [spent_serving(bodies, working=order.working) for _ in range(order.rounds)]
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
