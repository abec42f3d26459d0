"""What did not come and what that costs: payments without an order, shortfalls, and the bill of an incident."""

from datetime import datetime

from app.domain.base import JsonObject
from app.domain.evidence import Evidence, evidence_id
from app.domain.impact import Impact
from app.domain.patterns import PatternKind
from app.domain.signals import Signal, SignalType
from app.observe.base_currency import Span, total_in_base
from app.observe.dossier_view import DossierView
from app.observe.impact import estimate_impact
from app.observe.kpi import Drop, lasting_drops
from app.observe.reconciliation import amounts_in_words, exact_money, unmatched_payments
from app.observe.shortfalls import describe_shortfall
from app.observe.words import count_noun


def find_unmatched_payments(view: DossierView) -> list[Signal]:
    """Every payment that ever joined and still has no order: to the cent, over the whole life of the incident."""
    joined = {one.payment_id or one.id for one in view.signals if one.signal_type is SignalType.PAYMENT}
    if not joined:
        return []
    known = {
        one.id: one
        for one in (*view.signals, *view.ledger)
        if one.signal_type in {SignalType.PAYMENT, SignalType.ORDER}
    }
    latest = max(one.occurred_at for one in known.values())
    return [
        one
        for one in unmatched_payments(known.values(), now=latest, grace_minutes=0)
        if (one.payment_id or one.id) in joined
    ]


def list_shortfall_rows(view: DossierView) -> list[Evidence]:
    """Payments without an order, and what fell below what was expected."""
    rows, words = [], view.pack.vocabulary
    unpaid = find_unmatched_payments(view)
    if unpaid:
        money = exact_money(unpaid)
        statement = (
            f"{count_noun(len(unpaid), 'payment')} took money and {'has' if len(unpaid) == 1 else 'have'} no order:"
            f" {amounts_in_words(money)}."
        )
        data: JsonObject = {
            "symptom": words.counts.paid_without_order,
            "payments": len(unpaid),
            "money": [one.plain() for one in money],
        }
        rows.append(view.row("symptom", "paid_without_order", statement, data, unpaid))
    for one in view.patterns:
        if one.kind is PatternKind.SHORTFALL:
            members = [signal for signal in view.signals if signal.id in set(one.signal_ids)]
            rows.append(view.row("shortfall", one.id, describe_shortfall(one), dict(one.key), members, count=one.count))
        if one.kind is PatternKind.KPI_DROP:
            rows.append(
                view.row(
                    "symptom",
                    one.id,
                    f"{one.title}.",
                    {"symptom": words.leading_symptom_of_metric(str(one.key.get("name"))), **one.key},
                    count=one.count,
                )
            )
    return rows


def estimate_cost(view: DossierView, now: datetime) -> tuple[Impact, Evidence]:
    """What it costs, and the row that says so."""
    since = min([view.incident.first_seen, *(one.occurred_at for one in view.signals[:1])])
    key = evidence_id(view.tenant_id, view.incident.id, "impact", "impact")
    until, unmatched = max(now, since), find_unmatched_payments(view)
    impact = estimate_impact(
        view.signals,
        view.shops,
        conversion=view.thresholds.checkout_conversion,
        since=since,
        until=until,
        unmatched=unmatched,
        drops=_joined_drops(view),
        words=view.pack.vocabulary,
        bill=view.bill,
        evidence_ids=(key,),
    )
    base = view.currencies.base_of(view.tenant_id)
    impact = impact.changed(base=total_in_base(impact, unmatched, view.currencies, base, Span(since, until)))
    orders = impact.lost_orders
    money = (
        " and ".join(f"{one.middle} ({one.low} to {one.high})" for one in impact.lost_revenue) or "no amount is known"
    )
    lost = (
        f"About {orders.middle:.1f} {'order' if orders.middle == 1 else 'orders'} lost so far ({orders.low:.1f} to"
        f" {orders.high:.1f}), worth {money}"
        if orders.high
        else "0 orders lost so far"
    )
    statement = f"{lost}: {impact.basis}."
    data: JsonObject = {
        "lost_orders": orders.plain(),
        "lost_revenue": [one.plain() for one in impact.lost_revenue],
        "paid_without_order": impact.paid_without_order_count,
    }
    return impact, view.row("impact", "impact", statement, data, count=len(view.signals))


def _joined_drops(view: DossierView) -> list[Drop]:
    """What the metrics whose failures lose orders, and that joined this incident, lost since it began; metrics that
    another incident explains are left to that one.
    """
    loses = view.pack.vocabulary.loses_orders
    falls = [
        one
        for one in view.patterns
        if one.kind is PatternKind.KPI_DROP and "before" in one.key and loses(str(one.key.get("name")))
    ]
    usual: dict[tuple[str, str], float] = {}
    for one in falls:
        place = (str(one.key["merchant_id"]), str(one.key["name"]))
        usual[place] = max(float(one.key["before"]), usual.get(place, 0.0))
    joined = {
        (one.merchant_id, one.name)
        for one in view.signals
        if one.signal_type is SignalType.KPI and loses(one.name or "")
    }
    found = lasting_drops(view.kpis, since=view.incident.first_seen, usual=usual)
    return [one for one in found if (one.merchant_id, one.name) in joined | set(usual)]
