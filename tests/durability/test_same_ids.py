"""Ids follow from content: in whatever order and batches the same signals arrive, everything derived from them is
called the same.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.bootstrap import Application, build_application
from app.domain.action_states import ActionStatus
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.schemas.actions import ApproveRequest
from app.schemas.signals import IncomingSignal
from app.services.actions.review import decide_action
from app.services.agent import cycle
from app.services.intake import ingest
from app.services.loop import advance
from app.settings import Settings
from app.system import SteppedClock
from simulations.fixtures import WINDOW, demo_world
from tests.builders import NOW

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
FOLDER = Path(__file__).resolve().parents[2] / "simulations"
WORLD = demo_world(FOLDER, NOW)
BIGGEST_BATCH = 90
SEED = 20260302


def told(count: int) -> list[IncomingSignal]:
    """What the broken platform reported up to now, as senders tell it: every other one has an id of its sender's."""
    signals = WORLD.arrivals(NOW - WINDOW, NOW)
    moves = _moves()
    assert len(signals) >= count
    last = enumerate(signals[len(moves) - count :])
    return [
        signal.model_copy(update={"event_id": f"EV-{number}" if number % 2 else None}) for number, signal in last
    ] + moves


def _moves() -> list[IncomingSignal]:
    """How every merchant went through its migration, two steps of it at the same moment."""
    steps: list[tuple[int, dict[str, Any]]] = [
        (1, {"stage": "in_progress", "health": 0.9}),
        (2, {"stage": "post_migration"}),
        (2, {"stage": "post_migration", "health": 0.4}),
        (3, {"health": 0.7, "wave": 4}),
    ]
    return [
        IncomingSignal.model_validate(
            {
                "signal_type": "migration_update",
                "source": "migration-desk",
                "merchant_id": merchant.id,
                "occurred_at": NOW - timedelta(hours=2) + timedelta(minutes=minute),
                **fields,
            },
            strict=False,
        )
        for merchant in WORLD.merchants()
        for minute, fields in steps
    ]


def batches(items: Sequence[IncomingSignal], draw: Random) -> list[list[IncomingSignal]]:
    """The items in another order, cut into batches of any size."""
    waiting = draw.sample(list(items), len(items))
    cut: list[list[IncomingSignal]] = []
    while waiting:
        size = draw.randint(1, BIGGEST_BATCH)
        cut.append(waiting[:size])
        waiting = waiting[size:]
    return cut


@contextmanager
def house_at(folder: Path, *, passing: bool) -> Iterator[Application]:
    """An application whose time stands still, with the platform's directory of merchants, over a folder that passes or
    stays.
    """
    application = build_application(
        Settings(data=folder, lite=True, demo=False), passing=passing, clock=SteppedClock(NOW)
    )
    with application.store.write(SCOPE) as session:
        session.merchants.put(WORLD.merchants())
    yield application
    application.stop()


def everything_named(folder: Path, arrivals: Sequence[Sequence[IncomingSignal]], *, passing: bool) -> dict[str, Any]:
    """Let the signals arrive, look at them, approve whatever is asked, and list every id and digest that came of it."""
    with house_at(folder, passing=passing) as application:
        ctx = application.ctx
        for batch in arrivals:
            ingest.accept(ctx, SCOPE, batch)
        for waiting in cycle.run_cycle(ctx, SCOPE).pending_actions:
            _approve(application, waiting)
        advance.advance_all(ctx, SCOPE)
        with application.store.read(SCOPE) as session:
            incidents, rows = session.incidents.page(limit=1_000), session.actions.page(limit=1_000)
            return {
                "signals": sorted(signal.id for signal in session.signals.recent(limit=10_000)),
                "joined": {
                    one.id: sorted(signal.id for signal in session.signals.of_incident(one.id)) for one in incidents
                },
                "incidents": sorted((one.id, one.digest, one.status.value) for one in incidents),
                "patterns": sorted(pattern.id for pattern in session.incidents.patterns(limit=1_000)),
                "actions": sorted((row.id, row.digest, row.status.value) for row in rows),
                "sent": sorted((row.idempotency_key, row.request_digest) for row in rows if row.idempotency_key),
                "merchants": [merchant.plain() for merchant in session.merchants.all()],
            }


def _approve(application: Application, action_id: str) -> None:
    with application.store.read(SCOPE) as session:
        row = session.actions.get(action_id)
    assert row.status is ActionStatus.PENDING
    decide_action(application.ctx, SCOPE, ApproveRequest(action_id=row.id, approved=True, digest=row.digest))


def compare(folder: Path, signals: int, orders: int, *, passing: bool) -> None:
    """The same names in every order."""
    print(f"seed {SEED}")
    items = told(signals)
    reference = everything_named(folder / "reference", [items], passing=passing)
    assert reference["incidents"] and reference["sent"], "nothing came of these signals"
    print({name: len(members) for name, members in reference.items()})
    for number in range(orders):
        found = everything_named(folder / str(number), batches(items, Random(SEED + number)), passing=passing)
        for name, members in reference.items():
            assert found[name] == members, f"{name} differ in order {number} of seed {SEED}"


def test_the_same_signals_have_the_same_names_in_every_order(tmp_path: Path) -> None:
    compare(tmp_path, signals=200, orders=2, passing=True)


@pytest.mark.long
def test_a_thousand_signals_have_the_same_names_in_twenty_orders(tmp_path: Path) -> None:
    compare(tmp_path, signals=1_000, orders=20, passing=False)
