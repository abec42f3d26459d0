"""Whom a departure has hit, and since when."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from app.domain.shares import log_odds
from app.expect.faults import Fault
from app.expect.look import Look
from app.expect.panel import Panel
from app.expect.scan import Departure
from app.expect.windows import DAY, WINDOWS, window_reaching

LEAST_FACTOR: Final = 1.5
IN_THE_RULE: Final = 0.9
OUTSIDE_IT: Final = 0.02


def hurt_by(look: Look, departure: Departure, since: int, streams: Sequence[str] = ()) -> frozenset[str]:
    """Whom it has hit: who had events of it since it began, if that is likelier its doing than not; of what falls,
    whose own share fell.
    """
    window = window_reaching(look.now - since)
    stream = look.stream(departure.stream)
    if stream is None:
        return frozenset()
    count = sum(
        (look.panel.by_merchant(name, since) for name in (streams or (departure.stream,))),
        np.zeros(len(look.panel.merchants)),
    )
    expected = stream.expected[:, window]
    if not stream.family.rises or stream.family.name == "misses":
        count = stream.count[:, window]
    inside = np.where(departure.members, log_odds(IN_THE_RULE), log_odds(OUTSIDE_IT))
    if stream.family.rises:
        factor = max(departure.seen / max(departure.expected, 1e-6), LEAST_FACTOR)
        lived = min((look.now - since) / WINDOWS[window], 1.0)
        odds = inside + count * math.log(factor) + expected * lived * (1 - factor)
        return look.named((count > 0) & (departure.members | (odds > 0)))
    share = min(max(departure.seen / max(departure.expected, 1e-6), 0.02), 1 / LEAST_FACTOR)
    return look.named(inside + count * math.log(share) + expected * (1 - share) > 0)


def newly_hurt(look: Look, fault: Fault) -> frozenset[str]:
    """Whoever its rule covers and had events of it since."""
    told = [name for name in fault.streams if name.startswith(("errors|", "logs|", "absent|"))]
    counts = sum((look.panel.by_merchant(name, fault.since) for name in told), np.zeros(len(look.panel.merchants)))
    return look.named((counts > 0) & look.panel.flags(fault.scope))


def onset_of(panel: Panel, departure: Departure, now: int) -> int:
    """The likeliest moment from which on it went otherwise: the start of the stretch up to now that departs most."""
    first = max(now - DAY, now - max(2 * departure.window, 12))
    seen = panel.by_slot(departure.stream, departure.members, first, now)
    each = max(departure.expected / departure.window, 1e-6)
    if departure.family.name == "misses":
        return now - departure.window
    counts = np.cumsum(seen[::-1])[::-1]
    lengths = now - np.arange(first, now)
    expected = each * lengths
    safe = np.maximum(counts, 1e-9)
    gain = safe * np.log(safe / expected) - (counts - expected)
    worse = counts > expected if departure.family.rises else counts < expected
    gain = np.where(worse, gain, -np.inf)
    if departure.family.rises:
        gain = np.where(seen > 0, gain, -np.inf)
    return int(first + np.argmax(gain)) if np.isfinite(gain).any() else now - departure.window
