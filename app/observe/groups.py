"""Errors that are the same error: grouped by what failed, where and how; and a group of signals as a pattern."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter, lt
from typing import Any

from app.domain.base import JsonObject, Severity, Value
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern, PatternKind, pattern_id
from app.domain.signals import Signal, SignalType
from app.observe.routes import endpoint_of
from app.observe.scanners import is_probe
from app.observe.words import template_of

LOUD_LEVELS = frozenset({"error", "critical", "fatal", "alert", "emergency"})
QUIET_LEVELS = frozenset({"warning", "warn"})
EXAMPLES = 3
TROUBLED_LEVELS = LOUD_LEVELS | QUIET_LEVELS


_WHEN = attrgetter("occurred_at", "id")


class GroupKey(Value):
    """What the errors of one group share."""

    signal_type: str
    error_code: str | None = None
    endpoint: str = ""
    status: int | str | None = None
    topic: str | None = None
    template: str | None = None

    def plain_key(self) -> JsonObject:
        """The key as a pattern keeps it, without what is not there."""
        return {name: value for name, value in self.plain().items() if value not in ("", None)}

    def order(self) -> str:
        """A fixed order of groups."""
        return "|".join(
            str(value)
            for value in (self.signal_type, self.error_code, self.endpoint, self.status, self.topic, self.template)
        )


def by_time(signals: Iterable[Signal]) -> list[Signal]:
    """In the order a store gives them: when they occurred, then by id. Most come so, and are only looked at."""
    given = list(signals)
    moments = [one.occurred_at for one in given]
    return given if all(map(lt, moments, moments[1:])) else sorted(given, key=_WHEN)


def is_failure(signal: Signal) -> bool:
    """Whether something failed: an error, a call or a delivery answered 4xx or 5xx, or a log line that says so. What
    scanners ask for did not.
    """
    kind = signal.signal_type
    if is_probe(signal):
        return False
    if kind is SignalType.API_CALL:
        return isinstance(signal.status, int) and signal.status >= 400
    if kind is SignalType.WEBHOOK_DELIVERY:
        return signal.error_code is not None or (isinstance(signal.status, int) and signal.status >= 400)
    if kind is SignalType.API_ERROR or kind is SignalType.WEBHOOK_FAILURE:
        return True
    return kind is SignalType.LOG and ((signal.level or "").lower() in TROUBLED_LEVELS or code_of(signal) is not None)


def is_routine(signal: Signal) -> bool:
    """Whether it is a line that its writer called no trouble: below a warning, and without a code."""
    return signal.signal_type is SignalType.LOG and signal.level is not None and not is_failure(signal)


def code_of(signal: Signal) -> str | None:
    """The error code, wherever the sender put it."""
    code = signal.error_code or signal.attributes.get("error_code") or signal.attributes.get("code")
    return str(code) if code else None


def key_of(signal: Signal) -> GroupKey:
    """The group of a failed signal."""
    if signal.signal_type is SignalType.LOG:
        route = signal.attributes.get("endpoint")
        template = None if code_of(signal) else signal.template or template_of(signal.message or "")
        return _group_key("log", code_of(signal), str(route or ""), None, None, template)
    return _group_key(signal.signal_type.value, code_of(signal), signal.place, signal.status, signal.topic, None)


@lru_cache(maxsize=4096, typed=True)
def _group_key(
    kind: str, code: str | None, endpoint: str | None, status: int | str | None, topic: str | None, template: str | None
) -> GroupKey:
    """Failures repeat themselves, so the last few thousand keys are remembered."""
    return GroupKey(
        signal_type=kind, error_code=code, endpoint=endpoint_of(endpoint), status=status, topic=topic, template=template
    )


def group_errors(signals: Iterable[Signal]) -> dict[GroupKey, list[Signal]]:
    """Failed signals by group, groups in a fixed order, signals by time."""
    groups: dict[GroupKey, list[Signal]] = {}
    for signal in by_time(one for one in signals if is_failure(one)):
        groups.setdefault(key_of(signal), []).append(signal)
    return dict(sorted(groups.items(), key=lambda item: item[0].order()))


def worst_severity(signals: Iterable[Signal]) -> Severity:
    """The highest severity any of them carries."""
    return max({signal.severity for signal in signals}, key=lambda severity: severity.rank, default=Severity.INFO)


def merchants_in(signals: Iterable[Signal]) -> tuple[str, ...]:
    """The merchants that are named, sorted."""
    return tuple(sorted({signal.merchant_id for signal in signals if signal.merchant_id}))


def stage_counts(signals: Iterable[Signal], merchants: Mapping[str, Merchant]) -> dict[str, int]:
    """How many signals came from each migration stage; the signal's own word first, then the merchant's record (row
    A5c).
    """
    counted: Counter[str] = Counter()
    for signal in signals:
        known = merchants.get(signal.merchant_id or "")
        stage = signal.stage or (known.stage if known else None)
        if stage is not None:
            counted[stage.value] += 1
    return dict(sorted(counted.items()))


def impact_rank(severity: Severity, reach: int, volume: int) -> float:
    """Orders patterns: severity times reach times volume, volume damped so that a chatty retry does not win."""
    return round((severity.rank + 1) * max(reach, 1) * math.log2(1 + volume), 3)


def merchants_by_id(merchants: Mapping[str, Merchant] | Iterable[Merchant]) -> dict[str, Merchant]:
    """Merchants by id, whether they come as a mapping or in a row."""
    return dict(merchants) if isinstance(merchants, Mapping) else {merchant.id: merchant for merchant in merchants}


def sample_ids(signals: Sequence[Signal], size: int = 20) -> tuple[str, ...]:
    """The ids of a few signals, spread over the whole time."""
    if len(signals) <= size:
        return tuple(signal.id for signal in signals)
    return tuple(signals[place * (len(signals) - 1) // (size - 1)].id for place in range(size))


def build_pattern(
    tenant_id: str,
    kind: PatternKind,
    key: JsonObject,
    identity: object,
    signals: Sequence[Signal],
    shops: Mapping[str, Merchant],
    **rest: Any,
) -> Pattern:
    """A pattern of these signals, by time; what is not given is worked out of them."""
    reach = merchants_in(signals)
    severity: Severity = rest.pop("severity", None) or worst_severity(signals)
    ids = tuple(signal.id for signal in signals)
    return Pattern(
        id=pattern_id(tenant_id, kind, identity),
        kind=kind,
        key=key,
        severity=severity,
        count=len(signals),
        merchants=reach,
        stages=stage_counts(signals, shops),
        first_seen=signals[0].occurred_at,
        last_seen=signals[-1].occurred_at,
        examples=rest.pop("examples", None) or sample_ids(signals, EXAMPLES),
        signal_ids=ids,
        impact_rank=impact_rank(severity, len(reach), len(signals)),
        **rest,
    )
