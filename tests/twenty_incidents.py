"""A platform on which twenty things go wrong at once, each at shops of its own: told signal by signal, and looked at
once. Another tenant beside it has troubles, too, of which the first must never hear.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.domain.base import Severity, Stage
from app.domain.signals import SignalType
from app.domain.tenants import LOCAL_ADMIN, Scope, Tenant, ToolMode
from app.schemas.signals import IncomingSignal
from app.services.agent import cycle
from app.services.intake import ingest
from tests.builders import make_merchant
from tests.loop.conftest import START, Agency, open_agency
from tests.told import Case
from tests.told_cases import CASES

MINUTES, EVERY = 60, 3
OTHERS = Scope(tenant_id="others", principal=LOCAL_ADMIN)
NEIGHBOURS = ("callback_not_https", "token_version_mismatch")


def open_platform(folder: Path, **settings: Any) -> Agency:
    """The agency after its first look at all of them."""
    agency = open_agency(folder, fresh=False, **settings)
    _live_through(agency, agency.scope, "shop", list(CASES), first=1)
    _live_through(agency, OTHERS, "others", NEIGHBOURS, first=70)
    cycle.run_cycle(agency.ctx, OTHERS)
    agency.cycle()
    return agency


def _live_through(agency: Agency, scope: Scope, name: str, causes: Sequence[str], first: int) -> None:
    """An hour of all of these causes."""
    agency.ctx.store.put_tenant(Tenant(id=name, title=name, tool_mode=ToolMode.DRY_RUN, simulated_clock=True))
    merchants, signals = [], []
    for number, cause in enumerate(causes, first):
        case = CASES[cause][0]
        hurt = [f"MERCH-{number:02d}{letter}" for letter in "ABC"[: 1 + number % 3]]
        own: dict[str, Any] = {"webhook_version": "", "stage": case.stage, "wave": 1 + number % 4}
        merchants += [make_merchant(one, name="", attributes=dict(case.broken), **own) for one in hurt]
        sound = [f"MERCH-{number:02d}H{one}" for one in range(2)]
        merchants += [make_merchant(one, name="", attributes=dict(case.sound), **own) for one in sound]
        signals += list(_tell(case, hurt, number))
    with agency.ctx.store.write(scope) as session:
        session.merchants.put(merchants)
    agency.ctx.clock(scope).advance_to(START + timedelta(minutes=MINUTES))
    ingest.accept(agency.ctx, scope, sorted(signals, key=lambda one: str(one.occurred_at)))


def _tell(case: Case, hurt: Sequence[str], number: int) -> Iterator[IncomingSignal]:
    """Its failures by turns, and what people write."""
    told: list[Mapping[str, Any]] = [dict(one) for one in case.seen]
    for place in range(MINUTES // EVERY * len(hurt) if told else 0):
        shape = {"signal_type": SignalType.API_ERROR, "severity": Severity.HIGH, **told[place % len(told)]}
        if shape["signal_type"] is SignalType.PAYMENT:
            shape |= {"payment_id": f"P-{number}-{place}"}
        yield _signal(hurt[place % len(hurt)], case, f"E-{number}-{place}", place // len(hurt) * EVERY, **shape)
    for place, text in enumerate([*case.said] * len(hurt)):
        words = {"signal_type": SignalType.TICKET, "subject": "Help", "body": text, "ticket_id": f"T-{number}-{place}"}
        yield _signal(hurt[place % len(hurt)], case, f"T-{number}-{place}", 5 + place, severity=Severity.HIGH, **words)


def _signal(merchant: str, case: Case, event: str, minute: int, **fields: Any) -> IncomingSignal:
    own: dict[str, Any] = {"source": "told", "merchant_id": merchant, "stage": Stage(case.stage), "event_id": event}
    return IncomingSignal(**own, occurred_at=START + timedelta(minutes=minute), **fields)
