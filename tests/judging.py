"""What a sweep knows of faults besides patterns, made of the same signals by the real parts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from app.domain.merchants import Merchant
from app.domain.patterns import Pattern
from app.domain.rollups import Cell, slot_of
from app.domain.signals import Signal
from app.expect.descriptions import describe_merchants
from app.expect.faults import Fault
from app.expect.judge import judge_streams
from app.expect.panel import Panel
from app.observe.correlate import correlate
from app.observe.groups import is_failure
from app.observe.incident_draft import Assignment
from app.observe.patterns import patterns_of
from app.observe.reconciliation import unmatched_payments
from app.observe.streams import UNANSWERED, StreamReader, weigh_streams
from tests.builders import minutes
from tests.faults import pack, thresholds


class Known(TypedDict):
    """What `correlate` is told besides the patterns."""

    faults: Sequence[Fault]
    signals: Mapping[str, Signal]
    ever: Mapping[str, float]


def judge_signals(
    signals: Sequence[Signal], merchants: Sequence[Merchant], now: datetime, history: Sequence[Signal] = ()
) -> Known:
    """The faults in these signals, each slot looked at as it came."""
    every = sorted([*history, *signals], key=lambda one: (one.occurred_at, one.id))
    panel = Panel()
    panel.know(sorted(one.id for one in merchants))
    panel.add(StreamReader(pack().vocabulary).read(every))
    panel.add(
        Cell(slot_of(one.occurred_at), one.merchant_id or "", UNANSWERED, 1.0, 0.0, float(one.amount or 0))
        for one in unmatched_payments(every, now=now, grace_minutes=thresholds().order_grace_minutes)
    )
    known = {one.id: one.dimensions() for one in merchants}
    columns = describe_merchants([known.get(name, {}) for name in panel.merchants])
    prior = weigh_streams([one for one in every if is_failure(one)], pack().known_codes)
    faults: tuple[Fault, ...] = ()
    for slot in range(slot_of(min(one.occurred_at for one in signals)) + 1, slot_of(now) + 2):
        faults = judge_streams(
            panel, columns, faults, slot, threshold=thresholds().surprise, prior=lambda name: prior.get(name, 0.0)
        )
    return {
        "faults": faults,
        "signals": {one.id: one for one in every},
        "ever": panel.totals(),
    }


def observe(
    signals: Sequence[Signal], merchants: Sequence[Merchant], history: Sequence[Signal] = ()
) -> tuple[list[Pattern], list[Assignment]]:
    """Patterns and assignments of a window."""
    patterns = patterns_of(
        "demo", signals, merchants, thresholds(), pack().vocabulary, history=history, now=minutes(60)
    )
    known = judge_signals(signals, merchants, minutes(60), history)
    return patterns, correlate(patterns, [], thresholds(), pack(), **known)
