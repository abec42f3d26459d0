"""From signals to patterns: groups that look alike, counted, with their own baseline. Nothing here decides what is an
incident.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from app.config.model import Thresholds
from app.config.vocabulary import Vocabulary
from app.domain.base import JsonObject, Severity
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern, PatternKind, Spike
from app.domain.signals import Signal, SignalType
from app.observe.groups import (
    GroupKey,
    build_pattern,
    by_time,
    group_errors,
    merchants_by_id,
    worst_severity,
)
from app.observe.kpi import Drop, kpi_drops, telling_merchants
from app.observe.rates import spike_of
from app.observe.reconciliation import amounts_in_words, exact_money, unmatched_payments
from app.observe.ticket_clusters import cluster_tickets
from app.observe.window import MONEY, Parts
from app.observe.words import common_terms, count_noun


def patterns_of(
    tenant_id: str,
    signals: Sequence[Signal],
    merchants: Mapping[str, Merchant] | Iterable[Merchant],
    thresholds: Thresholds,
    words: Vocabulary,
    *,
    history: Sequence[Signal] = (),
    now: datetime | None = None,
) -> list[Pattern]:
    """Every pattern in the window's signals, most important first.

    `history` are earlier signals, for baselines and for matching payments with orders; `now` is the end of the window
    (the last signal when absent). Tickets that resemble no other become patterns of one, so that they can join an
    incident of their merchant.
    """
    seen = {signal.id: signal for signal in signals}
    current, before = by_time(seen.values()), by_time({one.id: one for one in history if one.id not in seen}.values())
    then = (before[0].occurred_at, before[-1].occurred_at) if before else None
    parts, shops = Parts.of_all(current), merchants_by_id(merchants)
    tickets, _ = cluster_tickets(tenant_id, parts.of(SignalType.TICKET), shops, thresholds, words)
    return patterns_in(tenant_id, parts, Parts.of_all(before), shops, thresholds, then=then, now=now, tickets=tickets)


def patterns_in(
    tenant_id: str,
    current: Parts,
    before: Parts,
    merchants: Mapping[str, Merchant] | Iterable[Merchant],
    thresholds: Thresholds,
    *,
    then: tuple[datetime, datetime] | None,
    tickets: Sequence[Pattern],
    now: datetime | None = None,
) -> list[Pattern]:
    """The same, of signals read part by part: `then` is from when to when the history reaches, `before` as much of it
    as `needed_before` asks for; `tickets` are the clusters of its tickets.
    """
    if not current.count:
        return []
    shops = merchants_by_id(merchants)
    first, last = current.span()
    end = max(now or last, last)
    start, window_start = _baseline_span(first, then, thresholds, end)
    found = [
        *_error_groups(
            tenant_id,
            current.failures,
            before.failures,
            shops,
            thresholds,
            start=start,
            window_start=window_start,
            end=end,
        ),
        *tickets,
        *_unmatched_patterns(tenant_id, [*before.of(*MONEY), *current.of(*MONEY)], shops, thresholds, end),
        *_drop_patterns(tenant_id, current, before, shops),
    ]
    return sorted(found, key=lambda one: (-one.impact_rank, one.id))


def needed_before(current: Parts) -> dict[SignalType, frozenset[str] | None]:
    """What the patterns of a window have to be compared with: types of earlier signals, each of certain merchants or
    (None) of all.

    Failures only count beside failures of their own type, and a metric is only judged where the window holds enough of
    it.
    """
    needed: dict[SignalType, frozenset[str] | None] = dict.fromkeys(
        [*MONEY, *(one.signal_type for one in current.failures)]
    )
    shops = telling_merchants(current.ratios)
    return needed | ({SignalType.KPI: shops} if shops else {})


def _baseline_span(
    first: datetime, then: tuple[datetime, datetime] | None, thresholds: Thresholds, end: datetime
) -> tuple[datetime, datetime]:
    """Where the past begins that a rate is compared with, and where the window does."""
    window_start = max(end - timedelta(minutes=thresholds.window_minutes), then[1] if then else first)
    start = max(
        min(then[0], first) if then else first,
        end - timedelta(minutes=thresholds.baseline_minutes + thresholds.window_minutes),
    )
    return start, min(window_start, first)


def _error_groups(
    tenant_id: str,
    current: Sequence[Signal],
    before: Sequence[Signal],
    shops: Mapping[str, Merchant],
    thresholds: Thresholds,
    *,
    start: datetime,
    window_start: datetime,
    end: datetime,
) -> list[Pattern]:
    earlier = group_errors(before)
    patterns = []
    for key, members in group_errors(current).items():
        spike: Spike | None = spike_of(
            [one.occurred_at for one in members],
            [one.occurred_at for one in earlier.get(key, [])],
            start=start, window_start=window_start, end=end, minutes=thresholds.bucket_minutes,
        )  # fmt: skip
        terms = common_terms((one.text() for one in members), limit=8)
        plain = key.plain_key()
        patterns.append(
            build_pattern(
                tenant_id,
                PatternKind.ERROR_GROUP,
                plain,
                plain,
                members,
                shops,
                title=group_title(key),
                spike=spike,
                terms=terms,
            )
        )
    return patterns


def group_title(key: GroupKey) -> str:
    """What failed and where, in a few words."""
    what = key.error_code or (f"status {key.status}" if key.status is not None else "errors")
    where = f" at {key.endpoint}" if key.endpoint else ""
    kind = {"webhook_failure": "webhook ", "webhook_delivery": "webhook ", "log": "log "}.get(key.signal_type, "")
    return f"{kind}{what}{where}{f' ({key.topic})' if key.topic else ''}"


def _unmatched_patterns(
    tenant_id: str, money: Sequence[Signal], shops: Mapping[str, Merchant], thresholds: Thresholds, end: datetime
) -> list[Pattern]:
    by_merchant: dict[str, list[Signal]] = {}
    recent = end - timedelta(minutes=thresholds.window_minutes)
    for payment in unmatched_payments(money, now=end, grace_minutes=thresholds.order_grace_minutes):
        if payment.occurred_at < recent:
            continue
        by_merchant.setdefault(payment.merchant_id or "", []).append(payment)
    patterns = []
    for merchant, payments in sorted(by_merchant.items()):
        lost = amounts_in_words(exact_money(payments))
        title = f"{count_noun(len(payments), 'payment')} without an order{f' ({lost})' if lost else ''}"
        key: JsonObject = {"signal_type": "payment", "merchant_id": merchant}
        severity = max(worst_severity(payments), Severity.HIGH, key=lambda one: one.rank)
        patterns.append(
            build_pattern(
                tenant_id, PatternKind.PAID_WITHOUT_ORDER, key, key, payments, shops, title=title, severity=severity
            )
        )
    return patterns


def _drop_patterns(tenant_id: str, current: Parts, before: Parts, shops: Mapping[str, Merchant]) -> list[Pattern]:
    drops = kpi_drops(current.ratios, before.ratios)
    fell = {name for drop in drops for name in drop.signal_ids}
    by_id = {one.id: one for one in current.of(SignalType.KPI) if one.id in fell} if fell else {}
    return [_of_drop(tenant_id, drop, [by_id[one] for one in drop.signal_ids], shops) for drop in drops]


def _of_drop(tenant_id: str, drop: Drop, samples: Sequence[Signal], shops: Mapping[str, Merchant]) -> Pattern:
    identity = {"signal_type": "kpi", "name": drop.name, "merchant_id": drop.merchant_id}
    measured = {
        "before": round(drop.before, 6),
        "after": round(drop.after, 6),
        "trials_before": drop.trials_before,
        "trials_after": drop.trials_after,
        "p": float(f"{drop.p:.3g}"),
    }
    title = f"{drop.name} fell from {drop.before:.1%} to {drop.after:.1%} at {drop.merchant_id}"
    severity = Severity.HIGH if drop.after < drop.before * 0.7 else Severity.MEDIUM
    return build_pattern(
        tenant_id,
        PatternKind.KPI_DROP,
        {**identity, **measured},
        identity,
        samples,
        shops,
        title=title,
        severity=severity,
    )
