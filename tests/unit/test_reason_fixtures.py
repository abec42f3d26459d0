"""The shipped example signals, with and without their error codes: every fault is one incident with its
cause on top.
"""

import re
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from app.domain.merchants import Merchant
from app.domain.signals import Signal
from app.observe.correlate import correlate
from app.observe.patterns import patterns_of
from simulations.fixtures import load_fixtures
from tests.builders import NOW
from tests.faults import CAUSES, pack, study, thresholds
from tests.judging import judge_signals

FIXTURES = Path(__file__).resolve().parents[2] / "simulations"
CODES = re.compile("|".join(pack().known_codes))
TEXTS = ("subject", "body", "error_message", "message")


@lru_cache(maxsize=1)
def shipped() -> tuple[list[Signal], list[Merchant]]:
    loaded = load_fixtures(FIXTURES, "demo", NOW)
    return list(loaded.signals), list(loaded.merchants)


def without_codes(signal: Signal) -> Signal:
    return signal.changed(
        error_code=None, **{name: CODES.sub("it", text) for name in TEXTS if (text := getattr(signal, name))}
    )


@pytest.mark.parametrize("codes", [True, False])
def test_every_fault_of_the_fixtures_is_found_with_its_cause_first(codes: bool) -> None:
    signals, merchants = shipped()
    signals = signals if codes else [without_codes(one) for one in signals]
    start = NOW - timedelta(minutes=thresholds().window_minutes)
    window, history = (
        [one for one in signals if one.occurred_at >= start],
        [one for one in signals if one.occurred_at < start],
    )
    patterns = patterns_of("demo", window, merchants, thresholds(), pack().vocabulary, history=history, now=NOW)
    known = judge_signals(window, merchants, NOW, history)
    found = [study(one, signals, merchants) for one in correlate(patterns, [], thresholds(), pack(), **known)]
    assert sorted(one.best.cause for one in found) == sorted(CAUSES)
    assert all(one.best.confidence > 0.7 for one in found)
    assert any(len(one.merchants) > 1 for one in patterns if one.kind.value == "ticket_cluster" and one.count > 2)
