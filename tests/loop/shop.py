"""A small platform told signal by signal: twelve shops that sell, four of which get into a trouble that a test
describes. What comes in goes through the door, and the whole agent looks at it as it would in life.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from app.domain.base import Severity, Stage
from app.domain.decisions import Decision
from app.domain.hypotheses import Assessment, Dossier
from app.domain.incidents import Incident
from app.domain.signals import SignalType
from app.domain.tenants import Tenant, ToolMode
from app.schemas.incidents import RiskReport
from app.schemas.signals import IncomingSignal
from app.services.incidents.cases import latest_step, read_incident, report_risk
from app.services.intake import ingest
from tests.builders import make_merchant
from tests.loop.conftest import Agency

SLOT = timedelta(minutes=5)
QUIET_HOURS, TROUBLED_MINUTES, LOOKED_EVERY = 3, 60, 15
HURT, SOUND = tuple(f"MERCH-B{number}" for number in range(4)), tuple(f"MERCH-S{number}" for number in range(8))
VISITS, BUYING, PRICE = 24, 0.12, 5_000
FINISH = "/api/v3/checkout/complete"
USUAL_MS = 300.0
Shape = Mapping[str, Any]


@dataclass(frozen=True)
class Trouble:
    """What goes wrong at the shops that are hurt: what their calls answer, which orders are lost, what people write."""

    failures: Sequence[Shape] = ()
    an_hour: float = 24.0
    """So many failures of each shop."""
    lost: float = 0.0
    """The share of orders that are not made, nor paid for."""
    unpaid_for: float = 0.0
    """The share of payments whose order is never made."""
    doubled: float = 0.0
    """The share of payments that make a second order."""
    slow: float = 1.0
    """How many times longer the checkout takes."""
    said: Sequence[str] = ()
    broken: Mapping[str, Any] = field(default_factory=dict)
    sound: Mapping[str, Any] = field(default_factory=dict)
    stage: Stage = Stage.POST


@dataclass
class Found:
    """The one incident that hurts, as the agent sees it."""

    incident: Incident
    dossier: Dossier
    assessment: Assessment
    decision: Decision


@dataclass
class Shop:
    """The agent over such a platform."""

    agency: Agency
    trouble: Trouble
    number: int = 0
    lost_orders: int = 0
    paid_without_order: int = 0

    def __post_init__(self) -> None:
        self.draws = Random(f"a shop {self.number}")
        self.agency.ctx.store.put_tenant(Tenant(id="shop", title="Twelve shops", tool_mode=ToolMode.DRY_RUN))
        told = self.trouble
        own = {"average_order_value": PRICE, "currency": "EUR", "webhook_version": "", "stage": told.stage}
        with self.agency.ctx.store.write(self.agency.scope) as session:
            session.merchants.put(
                [make_merchant(one, attributes=dict(told.broken), **own) for one in HURT]
                + [make_merchant(one, attributes=dict(told.sound), **own) for one in SOUND]
            )

    @property
    def now(self) -> datetime:
        moment: datetime = self.agency.ctx.clock(self.agency.scope).now()
        return moment

    def sell(self) -> None:
        """A few quiet hours."""
        for _ in range(QUIET_HOURS * 12):
            self._pass_slot(troubled=False)
        self.agency.cycle()

    def get_into_trouble(self) -> "Shop":
        """An hour of it, looked at every quarter of an hour."""
        for number in range(TROUBLED_MINUTES // 5):
            self._pass_slot(troubled=True)
            if (number + 1) % (LOOKED_EVERY // 5) == 0:
                self.agency.cycle()
        return self

    def found(self) -> Found:
        """The incident about the hurt shops: the dearest, where there are several."""
        every = sorted(self.agency.incidents(), key=lambda one: (-one.cost_of_waiting, one.detected_at))
        about = [one for one in every if set(one.merchants) & set(HURT)]
        assert about, "no incident is about the shops that are hurt"
        whole = read_incident(self.agency.ctx, self.agency.scope, about[0].id)
        decided = latest_step(whole.steps, "decide")
        assert whole.dossier and whole.assessment and decided
        return Found(whole.incident, whole.dossier, whole.assessment, Decision.model_validate(decided))

    def bill(self) -> RiskReport:
        """What that incident costs by now."""
        return report_risk(self.agency.ctx, self.agency.scope, self.found().incident.id)

    def _pass_slot(self, *, troubled: bool) -> None:
        began = self.now
        signals = [one for shop in (*HURT, *SOUND) for one in self._slot_of(shop, began, troubled and shop in HURT)]
        self.agency.ctx.clock(self.agency.scope).advance_to(began + SLOT)
        ingest.accept(self.agency.ctx, self.agency.scope, sorted(signals, key=lambda one: str(one.occurred_at)))

    def _slot_of(self, shop: str, began: datetime, troubled: bool) -> Iterator[IncomingSignal]:
        trouble, bought = self.trouble, sum(self.draws.random() < BUYING for _ in range(VISITS))
        made = 0
        for _ in range(bought):
            at = self._some_time(began)
            if troubled and self.draws.random() < trouble.lost:
                self.lost_orders += 1
                continue
            made += 1
            slow = trouble.slow if troubled else 1.0
            took = USUAL_MS * slow * (0.7 + 0.6 * self.draws.random())
            yield self._tell(SignalType.API_CALL, shop, at, endpoint=FINISH, status=200, latency_ms=took)
            paid = {"payment_id": f"P-{self._next()}", "amount": PRICE, "currency": "EUR"}
            yield self._tell(SignalType.PAYMENT, shop, at, status="captured", **paid)
            if troubled and self.draws.random() < trouble.unpaid_for:
                self.paid_without_order += 1
                continue
            order = {"order_id": f"O-{self._next()}", "status": "created", **paid}
            yield self._tell(SignalType.ORDER, shop, at, **order)
            if troubled and trouble.doubled and self.draws.random() < trouble.doubled:
                again = {**order, "order_id": f"O-{self._next()}"}
                yield self._tell(SignalType.ORDER, shop, at + timedelta(seconds=1), **again)
        counted = {"name": "conversion", "value": made / VISITS, "trials": VISITS, "window_s": 300}
        yield self._tell(SignalType.KPI, shop, began, **counted)
        if troubled:
            yield from self._failures_of(shop, began)

    def _failures_of(self, shop: str, began: datetime) -> Iterator[IncomingSignal]:
        trouble = self.trouble
        for _ in range(round(trouble.an_hour / 12) if trouble.failures else 0):
            shape = dict(self.draws.choice(trouble.failures))
            kind = SignalType(shape.pop("signal_type", SignalType.API_ERROR))
            yield self._tell(kind, shop, self._some_time(began), severity=Severity.HIGH, **shape)
        if trouble.said and self.draws.random() < 0.25:
            words = {"subject": "Help", "body": self.draws.choice(trouble.said), "ticket_id": f"T-{self._next()}"}
            yield self._tell(SignalType.TICKET, shop, self._some_time(began), severity=Severity.HIGH, **words)

    def _some_time(self, began: datetime) -> datetime:
        return began + SLOT * self.draws.random()

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _tell(
        self, kind: SignalType, shop: str, at: datetime, severity: Severity = Severity.INFO, **fields: Any
    ) -> IncomingSignal:
        own = {"stage": self.trouble.stage, "event_id": f"E-{self._next()}", "occurred_at": at}
        return IncomingSignal(signal_type=kind, source="told", severity=severity, merchant_id=shop, **own, **fields)
