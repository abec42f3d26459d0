"""What a fault shows by what is missing, slower or declined: seen beside expected, with the signals that tell of it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from app.domain.base import JsonObject, Severity
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern, PatternKind
from app.domain.signals import Signal, SignalType
from app.expect.faults import Fault, FaultState
from app.expect.scan import describe_rule
from app.observe.groups import build_pattern, by_time
from app.observe.measures import RATIO
from app.observe.reconciliation import TAKEN
from app.observe.streams import DECLINED, DONE, DOUBLED, SLOW, UNANSWERED, failure_stream, plain_route
from app.observe.window import Parts
from app.observe.words import count_noun

MOST_CITED: Final = 200
HALF: Final = 0.5
_KINDS: Final = {
    f"{DONE}|order": (SignalType.KPI, SignalType.ORDER),
    f"{DONE}|payment": (SignalType.KPI, SignalType.PAYMENT),
}
_UNSHOWN: Final = (f"{DONE}|", RATIO, SLOW, DECLINED, DOUBLED, "logs|")
"""What no group of failures shows."""
_NAMES: Final = {
    f"{DONE}|order": "orders",
    f"{DONE}|payment": "payments",
    DECLINED: "declined payments",
    UNANSWERED: "payments without an order",
    DOUBLED: "payments with several orders",
}


def shortfall_patterns(
    tenant_id: str, faults: Iterable[Fault], seen: Parts, shops: Mapping[str, Merchant]
) -> list[Pattern]:
    """A pattern for each new fault that is led by something that no group of failures shows."""
    found = []
    for fault in faults:
        lead = fault.streams[0]
        if fault.id or fault.state is not FaultState.OPEN or not lead.startswith(_UNSHOWN):
            continue
        signals = _telling_signals(lead, fault.hurt | fault.scope, seen)
        if signals:
            found.append(_build_shortfall(tenant_id, fault, lead, signals, shops))
    return found


def name_stream(stream: str) -> str:
    """A stream in the words of people."""
    family, _, rest = stream.partition("|")
    if stream in _NAMES:
        return _NAMES[stream]
    if stream.startswith(f"{DONE}|hook|"):
        return f"deliveries of {rest.partition('|')[2] or 'webhooks'}"
    return {RATIO: rest, SLOW: f"slow calls of {rest}"}.get(family, rest.replace("|", " "))


def _telling_signals(lead: str, merchants: frozenset[str], seen: Parts) -> list[Signal]:
    """The latest signals of these merchants in which it shows."""
    if lead == DOUBLED:
        return _doubled_orders([one for one in seen.of(SignalType.ORDER) if one.merchant_id in merchants])
    for kind in _KINDS.get(lead, _kinds_of(lead)):
        found = [one for one in seen.of(kind) if one.merchant_id in merchants and _tells(lead, one)]
        if found:
            return by_time(found)[-MOST_CITED:]
    return []


def _doubled_orders(orders: Sequence[Signal]) -> list[Signal]:
    """The latest of those whose payment made another order before."""
    first: dict[tuple[str | None, str | None], str | None] = {}
    every = by_time(orders)
    return [
        one
        for one in every
        if one.payment_id and first.setdefault((one.merchant_id, one.payment_id), one.order_id) != one.order_id
    ][-MOST_CITED:]


def _kinds_of(lead: str) -> Sequence[SignalType]:
    if lead.startswith(SLOW):
        return (SignalType.API_CALL,)
    if lead.startswith(f"{DONE}|hook"):
        return (SignalType.WEBHOOK_DELIVERY, SignalType.KPI)
    return {DECLINED: (SignalType.PAYMENT,), "logs": (SignalType.LOG,)}.get(lead.partition("|")[0], (SignalType.KPI,))


def _tells(lead: str, signal: Signal) -> bool:
    if lead.startswith(SLOW):
        return f"{SLOW}|{plain_route(signal.place)}" == lead
    if lead == DECLINED:
        return str(signal.status or "").lower() not in TAKEN
    if lead.startswith(RATIO):
        return f"{RATIO}|{signal.name}" == lead
    return not lead.startswith("logs|") or failure_stream(signal) == lead


def _build_shortfall(
    tenant_id: str, fault: Fault, lead: str, signals: Sequence[Signal], shops: Mapping[str, Merchant]
) -> Pattern:
    told = [one for one in signals if one.merchant_id in fault.hurt] or list(signals)
    key: JsonObject = {
        "signal_type": signals[0].signal_type.value,
        "stream": lead,
        "name": name_stream(lead),
        "seen": round(fault.seen, 1),
        "expected": round(fault.expected, 1),
        "rule": describe_rule(fault.rule),
    }
    fewer = fault.seen < fault.expected
    severity = Severity.HIGH if (fault.seen < HALF * fault.expected or not fewer) else Severity.MEDIUM
    return build_pattern(
        tenant_id,
        PatternKind.SHORTFALL,
        key,
        [lead, fault.since],
        told,
        shops,
        title=f"{'fewer' if fewer else 'more'} {name_stream(lead)} than usual",
        severity=severity,
    )


def describe_shortfall(pattern: Pattern) -> str:
    """In one sentence."""
    key = pattern.key
    where = f" where {key['rule']}" if key.get("rule") else ""
    return (
        f"{str(key.get('name')).capitalize()}: {key.get('seen')} seen, {key.get('expected')} would have been normal"
        f"{where} ({count_noun(len(pattern.merchants), 'merchant')})."
    )


def signals_by_id(parts: Parts) -> dict[str, Signal]:
    """Signals by id."""
    return {one.id: one for one in chain.from_iterable(parts.by_type.values())}
