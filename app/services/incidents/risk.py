"""What all open incidents cost together: by the hour, by stage of the migration, by merchant. Each moment of a merchant
and each payment counts once, however many incidents share it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import fsum
from typing import Final

from app.context import EVERY_ONE, AppContext
from app.domain.base import Money
from app.domain.impact import MoneyInterval
from app.domain.incidents import FEEDABLE, Incident
from app.domain.merchants import Merchant
from app.domain.signals import Signal, SignalType
from app.domain.tenants import Scope
from app.domain.times import shifted
from app.expect.faults import FAULTS_NOTE, read_faults
from app.observe.base_currency import Span, add_intervals, convert_interval, convert_payments
from app.observe.bill import IncidentBill
from app.observe.impact import hours_between, scale_interval
from app.observe.reconciliation import amounts_in_words, exact_money, unmatched_payments
from app.ports.store import Session
from app.schemas.incidents import MoneyRange, RiskShare, RiskTotal
from graph.bills import bill_incidents

MONEY: Final = (SignalType.ORDER, SignalType.PAYMENT)


@dataclass(frozen=True)
class _Billed:
    """One incident and its part of the bill."""

    incident: Incident
    bill: IncidentBill
    span: Span

    @property
    def hours(self) -> float:
        return hours_between(self.span.since, self.span.until)


def total_risk(ctx: AppContext, scope: Scope) -> RiskTotal:
    """What all open incidents of a tenant cost now."""
    now = ctx.clock(scope).now()
    with ctx.store.read(scope) as session:
        incidents = session.incidents.page(statuses=FEEDABLE, limit=EVERY_ONE)
        merchants = {one.id: one for one in session.merchants.all()}
        words, thresholds = ctx.pack(scope).vocabulary, ctx.config.thresholds
        faults = read_faults(session.notes.get(FAULTS_NOTE))
        bills = bill_incidents(session, incidents, faults, merchants, words, thresholds, now)
        unpaid = _unpaid(session, incidents, timedelta(minutes=thresholds.order_grace_minutes))
    billed = [
        _Billed(one, bills[one.id], Span(one.first_seen, max(now, one.first_seen)))
        for one in incidents
        if one.id in bills
    ]
    return _report(ctx, scope, incidents, billed, merchants, unpaid)


def _unpaid(session: Session, incidents: Sequence[Incident], grace: timedelta) -> list[Signal]:
    """Payments of all these incidents that have no order, each once."""
    joined = {one.id: one for incident in incidents for one in session.signals.of_incident(incident.id)}
    names = {one.payment_id or one.id for one in joined.values() if one.signal_type is SignalType.PAYMENT}
    if not names:
        return []
    first = shifted(min(one.occurred_at for one in joined.values()), -grace)
    ledger = session.signals.window(first, types=MONEY)
    known = {one.id: one for one in (*ledger, *(one for one in joined.values() if one.signal_type in MONEY))}
    latest = max((one.occurred_at for one in known.values()), default=first)
    found = unmatched_payments(known.values(), now=latest, grace_minutes=0)
    return [one for one in found if (one.payment_id or one.id) in names]


def _report(
    ctx: AppContext,
    scope: Scope,
    incidents: Sequence[Incident],
    billed: Sequence[_Billed],
    merchants: Mapping[str, Merchant],
    unpaid: Sequence[Signal],
) -> RiskTotal:
    rates, base = ctx.config.currencies, ctx.config.currencies.base_of(scope.tenant_id)
    lost = [(loss.money, one) for one in billed for loss in one.bill.losses]
    converted = [(convert_interval(money, rates, base, one.span), one) for money, one in lost]
    known = [(money, one) for money, one in converted if money is not None]
    _, apart = convert_payments(unpaid, rates, base)
    missing = {money.middle.currency for (money, _), (found, _) in zip(lost, converted, strict=True) if found is None}
    by_merchant = _by_merchant(ctx, scope, billed)
    total = add_intervals((money for money, _ in known), base)
    hourly = add_intervals((scale_interval(money, 1 / one.hours) for money, one in known), base)
    unconverted = sorted({*apart, *missing})
    orders = round(fsum(one.bill.orders.middle for one in billed), 4)
    unbilled = [one.id for one in incidents if one.id not in {known.incident.id for known in billed}]
    paid = exact_money(unpaid)
    return RiskTotal(
        base_currency=base,
        incidents=[one.id for one in incidents],
        sentences=_sentences(orders, total, hourly, paid, len(unpaid), unconverted, unbilled),
        lost_orders=orders,
        lost_revenue=_by_currency(money for money, _ in lost),
        per_hour=_by_currency(scale_interval(money, 1 / one.hours) for money, one in lost),
        lost=total,
        lost_per_hour=hourly,
        paid_without_order=list(paid),
        paid_without_order_count=len(unpaid),
        unconverted=unconverted,
        by_stage=_by_stage(by_merchant, merchants, base),
        by_merchant=by_merchant,
    )


def _by_currency(parts: Iterable[MoneyInterval]) -> list[MoneyRange]:
    found: defaultdict[str, list[MoneyInterval]] = defaultdict(list)
    for one in parts:
        found[one.middle.currency].append(one)
    sums = [add_intervals(found[currency], currency) for currency in sorted(found)]
    return [
        MoneyRange(currency=one.middle.currency, low=one.low.minor, middle=one.middle.minor, high=one.high.minor)
        for one in sums
    ]


def _by_merchant(ctx: AppContext, scope: Scope, billed: Sequence[_Billed]) -> list[RiskShare]:
    """What each merchant loses, the dearest first; of a currency without a rate only the orders are told."""
    rates, base = ctx.config.currencies, ctx.config.currencies.base_of(scope.tenant_id)
    nothing = Money(minor=0, currency=base)
    orders: defaultdict[str, float] = defaultdict(float)
    lost: defaultdict[str, Money] = defaultdict(lambda: nothing)
    hourly: defaultdict[str, Money] = defaultdict(lambda: nothing)
    for one in billed:
        for name, count in one.bill.by_merchant.items():
            orders[name] += count
            money = one.bill.money_by_merchant.get(name)
            rate = money and rates.mean_rate(money.currency, base, one.span.since, one.span.until)
            if money and rate:
                worth = Money(minor=money.times(rate).minor, currency=base)
                lost[name], hourly[name] = lost[name] + worth, hourly[name] + worth.times(1 / one.hours)
    shares = [
        RiskShare(name=name, lost_orders=round(count, 4), lost=lost[name], per_hour=hourly[name])
        for name, count in orders.items()
    ]
    return sorted(shares, key=lambda one: (-one.lost.minor, -one.lost_orders, one.name))


def _by_stage(shares: Sequence[RiskShare], merchants: Mapping[str, Merchant], base: str) -> list[RiskShare]:
    nothing = Money(minor=0, currency=base)
    found: dict[str, RiskShare] = {}
    for one in shares:
        stage = merchants[one.name].stage.value if one.name in merchants else "unknown"
        so_far = found.get(stage, RiskShare(name=stage, lost_orders=0.0, lost=nothing, per_hour=nothing))
        found[stage] = RiskShare(
            name=stage,
            lost_orders=round(so_far.lost_orders + one.lost_orders, 4),
            lost=so_far.lost + one.lost,
            per_hour=so_far.per_hour + one.per_hour,
        )
    return [found[stage] for stage in sorted(found)]


def _sentences(
    orders: float,
    total: MoneyInterval,
    hourly: MoneyInterval,
    paid: Sequence[Money],
    count: int,
    unconverted: Sequence[str],
    unbilled: Sequence[str],
) -> list[str]:
    said = ["No loss is shown so far."]
    if orders:
        said = [
            f"About {orders:.0f} order(s) lost so far.",
            f"Of what has a rate, that is about {total.middle} (between {total.low} and {total.high}).",
            f"While it lasts it costs about {hourly.middle} an hour.",
        ]
    if count:
        said.append(f"{count} payment(s) have no order: {amounts_in_words(paid)}, to the cent.")
    if unbilled:
        said.append(f"{len(unbilled)} incident(s) are not in it: too little is known of what is usual.")
    if unconverted:
        said.append(f"Amounts in {', '.join(unconverted)} have no rate and are not in these sums.")
    return said
