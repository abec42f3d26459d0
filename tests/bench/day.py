"""A platform's whole day through the front door and the sweeps: what one step of simulated time costs, by stage.

A day of 200 merchants (about 100,000 signals, a fault on a tenth of them for some hours) is made first and not counted. Then every five
simulated minutes one batch is taken in, swept, and the incidents are advanced, in a store in memory. Times are processor times, so that
what else the machine does hardly counts. `--digest` prints one hash over everything that was found, to compare two versions of the code.
"""

import argparse
import cProfile
import hashlib
import pstats
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.ambient import SteppedClock
from app.bootstrap import build, stock
from app.domain.base import Severity, Stage
from app.domain.merchants import Merchant
from app.domain.signals import SignalType
from app.domain.tenants import LOCAL_ADMIN, Scope, Tenant
from app.services import advance, ingest, sweep
from app.services.worlds import CLOCK_NOTE
from app.settings import Settings
from app.wire import IncomingSignal
from simulations.chance import Draws

START = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(minutes=5)
LETTERS = str.maketrans("0123456789", "bcdfghjkmn")
PROVIDERS = ("acquira", "payhub", "nordpay")
WORDS = (
    ("Checkout broken", "Customers cannot pay since this morning, the payment fails with an error at the last step."),
    ("Bestellungen fehlen", "Unsere Kunden haben bezahlt, aber es kommt keine Bestellung an. Bitte dringend helfen!"),
    ("orders gone??", "money taken but the orders never arrive, what is going on"),
    ("Invoice of February", "Hello, where do I find the invoice of last month? Thanks a lot."),
    ("How to add a colleague", "We would like to give our new colleague access to the reports."),
    ("Paiement refusé", "Le paiement est refusé pour tous nos clients depuis deux heures."),
)


@dataclass
class Day:
    """A synthetic day, by its seed."""

    seed: int
    merchants: int = 200
    steps: int = 288
    journeys: float = 24.0

    def directory(self) -> list[Merchant]:
        """Who lives there."""
        return [self._merchant(number) for number in range(self.merchants)]

    def _merchant(self, number: int) -> Merchant:
        draws = Draws(self.seed, "merchant", number)
        return Merchant(
            id=f"MERCH-{number:04d}",
            plan=draws.choice(("starter", "growth", "scale")),
            region=draws.choice(("eu", "us", "apac")),
            gateway=draws.choice(PROVIDERS),
            theme=draws.choice(("plain", "bold")),
            api_version=draws.choice(("v2", "v3")),
            webhook_version=draws.choice(("1", "2")),
            wave=int(draws.uniform() * 5),
            stage=draws.choice(tuple(Stage)),
            average_order_value=int(draws.skewed(6_000, 0.6)),
            attributes={"callback_scheme": draws.choice(("http", "https")), "token_age_days": int(draws.uniform() * 300)},
        )

    def batches(self) -> Iterator[tuple[datetime, list[IncomingSignal]]]:
        """What arrives in each step, with the end of the step."""
        sizes = [Draws(self.seed, "size", number).skewed(1.0, 1.0) for number in range(self.merchants)]
        mean = sum(sizes) / len(sizes)
        begin, lasts = 60 + int(Draws(self.seed, "fault").uniform() * 120), 48
        for step in range(self.steps):
            since = START + step * STEP
            batch: list[IncomingSignal] = []
            for number, size in enumerate(sizes):
                ill = number % 10 == self.seed % 10 and begin <= step < begin + lasts
                batch += _merchant_step(Draws(self.seed, "step", step, number), number, since, self.journeys * size / mean / 288, ill=ill)
            yield since + STEP, sorted(batch, key=lambda one: (one.occurred_at or since, one.event_id or ""))


def _merchant_step(draws: Draws, number: int, since: datetime, rate: float, *, ill: bool) -> list[IncomingSignal]:
    found = [_kpi(draws, number, since, rate, ill=ill)]
    for place in range(draws.poisson(rate)):
        moment = since + timedelta(seconds=round(draws.uniform() * 290, 3))
        found += _journey(draws, number, moment, f"{number}-{since:%m%d%H%M}-{place}", ill=ill)
    if draws.happens(0.06 if ill else 0.0005):
        subject, body = draws.choice(WORDS)
        mark = f"T-{number}-{since:%m%d%H%M}"
        found.append(_signal(SignalType.TICKET, number, since + STEP / 2, mark, ticket_id=mark, subject=subject, body=body, source="helpdesk"))
    if draws.happens(0.001):
        mark = f"L-{number}-{since:%m%d%H%M}"
        line = f"worker {int(draws.uniform() * 1e6)} restarted after {draws.between(1, 9):.2f} s"
        found.append(_signal(SignalType.LOG, number, since + STEP / 3, mark, level="warning", message=line, source="platform"))
    return found


def _signal(kind: SignalType, number: int, moment: datetime, mark: str, *, source: str = "gateway", **rest: Any) -> IncomingSignal:
    mark = mark.translate(LETTERS)
    return IncomingSignal(signal_type=kind, source=source, merchant_id=f"MERCH-{number:04d}", occurred_at=moment, event_id=mark, **rest)


def _kpi(draws: Draws, number: int, since: datetime, rate: float, *, ill: bool) -> IncomingSignal:
    trials = draws.poisson(rate * 6)
    good = sum(draws.happens(0.1 if ill else 0.6) for _ in range(trials))
    value = round(good / trials, 4) if trials else 0.0
    mark = f"K-{number}-{since:%m%d%H%M}"
    return _signal(
        SignalType.KPI, number, since + STEP - timedelta(seconds=1), mark, source="metrics", name="checkout_success", value=value, trials=trials,
        window_s=300,
    )  # fmt: skip


def _journey(draws: Draws, number: int, moment: datetime, mark: str, *, ill: bool) -> list[IncomingSignal]:
    def after(seconds: float) -> datetime:
        return moment + timedelta(seconds=seconds)

    mark = mark.translate(LETTERS)
    trace = {"request_id": f"req-{mark}"}
    found = [
        _signal(SignalType.API_CALL, number, after(at), f"C{place}-{mark}", endpoint=path, status=200, latency_ms=round(draws.skewed(90, 0.5), 1))
        for place, (at, path) in enumerate(((0, "/api/v3/cart"), (1, "/api/v3/products/4711"), (2, "/api/v3/shipping")))
    ]
    if ill and draws.happens(0.8):
        failing = {"endpoint": "/api/v3/checkout/complete", "attributes": trace}
        return [
            *found,
            _signal(SignalType.API_CALL, number, after(3), f"CX-{mark}", status=422, latency_ms=40.0, **failing),
            _signal(
                SignalType.API_ERROR, number, after(3), f"E-{mark}", status=422, error_code="PAYMENT_CALLBACK_INVALID", severity=Severity.HIGH,
                error_message=f"callback address of request req-{mark} refused", **failing,
            ),
        ]  # fmt: skip
    amount = int(draws.skewed(6_000, 0.6))
    paid = {"payment_id": f"PAY-{mark}", "amount": amount, "currency": "EUR"}
    found += [
        _signal(
            SignalType.API_CALL, number, after(3), f"C3-{mark}", endpoint="/api/v3/checkout/complete", status=200, latency_ms=210.5, attributes=trace
        ),
        _signal(SignalType.PAYMENT, number, after(4), f"P-{mark}", status="captured", **paid),
    ]
    if draws.happens(0.998):
        found.append(_signal(SignalType.ORDER, number, after(5), f"O-{mark}", order_id=f"ORD-{mark}", status="placed", **paid))
    broken = draws.happens(0.004)
    found += [
        _signal(
            SignalType.WEBHOOK_DELIVERY,
            number,
            after(6),
            f"W1-{mark}",
            topic="orders/create",
            endpoint="https://shop.example/hooks/orders",
            status=500 if broken else 200,
            attempt=1,
        ),
        _signal(
            SignalType.WEBHOOK_DELIVERY,
            number,
            after(7),
            f"W2-{mark}",
            topic="payments/capture",
            endpoint="https://shop.example/hooks/payments",
            status=200,
            attempt=1,
        ),
    ]
    return found


@dataclass
class Run:
    """What one run took, by stage, and what it found."""

    seconds: Counter[str] = field(default_factory=Counter)
    signals: int = 0
    slowest: float = 0.0
    digest: Any = field(default_factory=hashlib.sha256)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Count the processor time of a block for a stage."""
        began = time.process_time()
        yield
        self.seconds[stage] += time.process_time() - began


def warm_up(data: Path) -> None:
    """What is imported and compiled once per process is no part of a day: three failures and three tickets through everything."""
    moment = START + timedelta(minutes=1)
    failing = {"endpoint": "/api/v3/checkout/complete", "status": 422, "error_code": "PAYMENT_CALLBACK_INVALID", "severity": Severity.HIGH}
    batch = [_signal(SignalType.API_ERROR, number, moment, f"E-{number}", **failing) for number in range(3)]
    batch += [
        _signal(SignalType.TICKET, number, moment, f"T-{number}", ticket_id=f"T-{number}", subject=subject, body=body)
        for number, (subject, body) in enumerate(WORDS)
    ]
    house, scope, application = _open(Day(seed=0, merchants=3), data)
    house.clock(scope).advance_to(START + STEP)
    ingest.accept(house, scope, batch)
    sweep.observe(house, scope)
    advance.drain(house, Scope(tenant_id=scope.tenant_id))
    application.stop()


def _open(day: Day, data: Path) -> tuple[Any, Scope, Any]:
    """The product over memory, with a tenant whose clock stands at the start of the day."""
    application = build(Settings(data=data, lite=True, demo=False), memory=True, clock=SteppedClock(START))
    house, scope = application.house, Scope(tenant_id="day", principal=LOCAL_ADMIN)
    house.store.put_tenant(Tenant(id="day", title="A day", simulated_clock=True))
    with house.store.write(scope) as session:
        session.merchants.put(day.directory())
        session.notes.put(CLOCK_NOTE, {"now": START.isoformat()})
    stock(house, "day", application.settings.runbooks, START)
    return house, scope, application


def run(day: Day, data: Path, *, recorded: bool = False, profile: cProfile.Profile | None = None) -> Run:
    """One day through the product."""
    house, scope, application = _open(day, data)
    done = Run()
    batches = list(day.batches())
    if profile:
        profile.enable()
    for until, batch in batches:
        house.clock(scope).advance_to(until)
        began = time.process_time()
        with done.timed("ingest"):
            taken = ingest.accept(house, scope, batch)
        with done.timed("sweep"):
            seen = sweep.observe(house, scope)
        with done.timed("advance"):
            advance.drain(house, Scope(tenant_id=scope.tenant_id))
        done.slowest = max(done.slowest, time.process_time() - began)
        done.signals += len(batch)
        if recorded:
            done.digest.update(taken.model_dump_json().encode() + seen.model_dump_json().encode())
    if profile:
        profile.disable()
    if recorded:
        _record_end(house, scope, done)
    application.stop()
    return done


def _record_end(house: Any, scope: Scope, done: Run) -> None:
    """Everything that is known in the end: signals and what they joined, incidents with evidence and steps, the chain."""
    with house.store.read(scope) as session:
        found = session.incidents.page(limit=10_000)
        done.digest.update("".join(one.model_dump_json() for one in session.signals.window(START - timedelta(days=1))).encode())
        for incident in found:
            joined = [one.id for one in session.signals.of_incident(incident.id)]
            steps = [{**step, "at": step["at"].isoformat()} for step in session.incidents.steps(incident.id)]
            done.digest.update(f"{incident.model_dump_json()}{joined}{steps}{session.incidents.evidence(incident.id)}".encode())
        kinds = Counter(event.kind for event in session.events.page(limit=1_000_000))
        done.digest.update(f"{sorted(kinds.items())}{session.merchants.all()}{session.incidents.patterns(limit=10_000)}".encode())
    print(f"  {len(found)} incidents, statuses {dict(Counter(one.status.value for one in found))}, digest {done.digest.hexdigest()[:24]}")


def main() -> None:
    """Print a line per seed; `--profile` shows where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, nargs="*", default=[1])
    parser.add_argument("--merchants", type=int, default=200)
    parser.add_argument("--steps", type=int, default=288)
    parser.add_argument("--journeys", type=float, default=24.0)
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        warm_up(Path(folder))
    for seed in asked.seed:
        day = Day(seed=seed, merchants=asked.merchants, steps=asked.steps, journeys=asked.journeys)
        profile = cProfile.Profile(time.process_time) if asked.profile else None
        with tempfile.TemporaryDirectory() as folder:
            done = run(day, Path(folder), recorded=asked.digest, profile=profile)
        stages = "  ".join(f"{stage} {seconds:.2f}" for stage, seconds in done.seconds.items())
        total = sum(done.seconds.values())
        print(
            f"seed {seed}: {done.signals} signals, {total:.2f} s of processor time ({stages}), slowest step {done.slowest * 1000:.0f} ms", flush=True
        )
        if profile:
            pstats.Stats(profile).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    main()
