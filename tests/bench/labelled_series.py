"""Series with labelled anomalies, drawn by two hands: one to develop on, one held out. They share no formula: the first
adds sines and noise, the second draws profiles, walks, counts and bursts.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy
from numpy.random import Generator, default_rng

START = 1_700_000_000.0


@dataclass(frozen=True)
class LabelledSeries:
    """One series: what was measured, when, and which points are wrong."""

    name: str
    values: list[float]
    timestamps: list[float]
    labels: numpy.ndarray
    timed: bool
    """Whether the detector is told the times."""


def draw_series(half: str, count: int, seed: int) -> list[LabelledSeries]:
    """So many series of one half: `develop` or `held_out`."""
    makers = {"develop": DEVELOP, "held_out": HELD_OUT}[half]
    draws = default_rng([seed, len(half)])
    return [makers[place % len(makers)](draws, place) for place in range(count)]


def _scaled(draws: Generator, values: numpy.ndarray) -> numpy.ndarray:
    return values * 10.0 ** draws.uniform(-2, 5)


def _places(draws: Generator, size: int, count: int, apart: int, first: float = 0.25) -> list[int]:
    found: list[int] = []
    for _ in range(200):
        place = int(draws.integers(int(size * first), size - apart))
        if all(abs(place - other) > 2 * apart for other in found):
            found.append(place)
        if len(found) == count:
            break
    return sorted(found)


def _with_gaps(
    draws: Generator, name: str, values: numpy.ndarray, labels: numpy.ndarray, step: float, *, timed: bool
) -> LabelledSeries:
    """Times with a start in the middle of a day; a third loses points, a sixth has a jitter."""
    times = START + draws.integers(0, 86_400) + step * numpy.arange(len(values))
    kept = numpy.ones(len(values), bool)
    if draws.random() < 0.33:
        kept = draws.random(len(values)) > draws.uniform(0.005, 0.05)
        hole = int(draws.integers(0, len(values) - 40))
        kept[hole : hole + int(draws.integers(5, 40))] = False
    if timed and draws.random() < 0.17:
        times = numpy.sort(times + draws.uniform(-0.3, 0.3, len(values)) * step)
    return LabelledSeries(name, values[kept].tolist(), times[kept].tolist(), labels[kept], timed)


# --- the half to develop on -------------------------------------------------------------------------------------------


def _sines(draws: Generator, place: int) -> LabelledSeries:
    step = float(draws.choice([300, 600, 3600]))
    day = int(86_400 / step)
    size = int(draws.integers(1500, 5000))
    at = numpy.arange(size)
    noise = draws.uniform(0.03, 0.25)
    clean = 10 + numpy.sin(2 * numpy.pi * at / day + draws.uniform(0, 6)) * draws.uniform(1, 4)
    clean += numpy.sin(4 * numpy.pi * at / day + draws.uniform(0, 6)) * draws.uniform(0, 1.5)
    clean *= 1 + draws.uniform(0, 0.4) * (numpy.sin(2 * numpy.pi * at / (7 * day)) > 0.6)
    values = clean + draws.normal(0, noise, size)
    labels = numpy.zeros(size, bool)
    _spoil(draws, values, labels, noise)
    return _with_gaps(draws, "sines", _scaled(draws, values), labels, step, timed=place % 2 == 0)


def _flat(draws: Generator, place: int) -> LabelledSeries:
    size = int(draws.integers(800, 4000))
    noise = draws.uniform(0.05, 1)
    values = draws.normal(20, noise, size) + draws.uniform(-3, 3) * numpy.arange(size) / size
    labels = numpy.zeros(size, bool)
    _spoil(draws, values, labels, noise)
    return _with_gaps(draws, "flat", _scaled(draws, values), labels, 60.0, timed=place % 2 == 0)


def _walk(draws: Generator, place: int) -> LabelledSeries:
    size = int(draws.integers(800, 4000))
    values = 50 + numpy.cumsum(draws.normal(0, 0.2, size)) + draws.normal(0, 0.1, size)
    labels = numpy.zeros(size, bool)
    _spoil(draws, values, labels, 0.3, kinds=("spike", "burst"))
    return _with_gaps(draws, "walk", _scaled(draws, values), labels, 300.0, timed=place % 2 == 0)


def _poisson(draws: Generator, place: int) -> LabelledSeries:
    size, day = int(draws.integers(1500, 4000)), 288
    rate = draws.uniform(0.2, 30) * (1.2 + numpy.sin(2 * numpy.pi * numpy.arange(size) / day)) / 1.2
    values = draws.poisson(rate).astype(float)
    labels = numpy.zeros(size, bool)
    for start in _places(draws, size, int(draws.integers(2, 6)), 30):
        long = int(draws.integers(1, 20))
        values[start : start + long] += draws.poisson(8 + 5 * numpy.sqrt(rate.mean()), long)
        labels[start : start + long] = True
    return _with_gaps(draws, "poisson", values, labels, 300.0, timed=place % 2 == 0)


def _constant(draws: Generator, place: int) -> LabelledSeries:
    size = int(draws.integers(600, 2000))
    values = numpy.full(size, float(draws.integers(0, 100)))
    labels = numpy.zeros(size, bool)
    for start in _places(draws, size, int(draws.integers(1, 4)), 20):
        long = int(draws.integers(1, 12))
        values[start : start + long] += draws.uniform(0.5, 50)
        labels[start : start + long] = True
    return _with_gaps(draws, "constant", values, labels, 60.0, timed=False)


def _spoil(
    draws: Generator,
    values: numpy.ndarray,
    labels: numpy.ndarray,
    noise: float,
    kinds: tuple[str, ...] = ("spike", "dip", "shift", "burst", "ramp", "flatline"),
) -> None:
    spread = max(noise, 0.15 * float(values.std()))
    for start in _places(draws, len(values), int(draws.integers(2, 7)), 80):
        kind = str(draws.choice(kinds))
        size = spread * draws.uniform(4, 12)
        long = int(draws.integers(10, 70))
        if kind == "spike":
            long = int(draws.integers(1, 4))
            values[start : start + long] += size * draws.choice([-1, 1])
        elif kind == "dip":
            long = int(draws.integers(5, 20))
            values[start : start + long] -= size
        elif kind == "shift":
            values[start : start + long] += size * draws.choice([-1, 1]) * 0.7
        elif kind == "burst":
            values[start : start + long] += draws.normal(0, 0.6 * size, long)
        elif kind == "ramp":
            values[start : start + long] += size * numpy.linspace(0, 1.5, long)
        else:
            values[start : start + long] = values[start]
        labels[start : start + long] = True


# --- the half that is held out ----------------------------------------------------------------------------------------


def _profile(draws: Generator, place: int) -> LabelledSeries:
    """A day as a random staircase or curve, other on weekends, multiplied with correlated noise; a launch in between
    that is no anomaly for long.
    """
    step = float(draws.choice([300, 900, 1800]))
    day = int(86_400 / step)
    size = int(day * draws.integers(10, 22))
    knots = numpy.exp(draws.normal(0, 0.7, int(draws.integers(6, 14))))
    week = [numpy.interp(numpy.linspace(0, len(knots), day), numpy.arange(len(knots) + 1), [*knots, knots[0]])]
    week.append(week[0] * draws.uniform(0.3, 1) + draws.uniform(0, 0.3))
    shape = numpy.concatenate([week[int(number % 7 >= 5)] for number in range(size // day + 1)])[:size]
    drift = numpy.exp(numpy.cumsum(draws.normal(0, 0.002, size)))
    level = 100 * shape * drift
    correlated = numpy.zeros(size)
    strength, spread = draws.uniform(0, 0.8), draws.uniform(0.02, 0.1)
    fresh = draws.standard_t(6, size) * spread
    for number in range(1, size):
        correlated[number] = strength * correlated[number - 1] + fresh[number]
    values = level * numpy.exp(correlated)
    labels = numpy.zeros(size, bool)
    for start in _places(draws, size, int(draws.integers(2, 7)), day // 3, first=0.3):
        kind = int(draws.integers(0, 5))
        long = int(draws.integers(1, max(day // 6, 8)))
        piece = slice(start, start + long)
        if kind == 0:
            long = min(long, 3)
            piece = slice(start, start + long)
            values[piece] *= draws.uniform(1.6, 4)
        elif kind == 1:
            values[piece] *= draws.uniform(0, 0.6)
        elif kind == 2:
            values[piece] *= draws.uniform(1.5, 2.5)
        elif kind == 3:
            values[piece] = values[start] * draws.normal(1, 0.001, long)
        else:
            values[piece] *= numpy.exp(draws.normal(0, 0.5, long))
        labels[piece] = True
    return _with_gaps(draws, "profile", _scaled(draws, values), labels, step, timed=place % 4 != 0)


def _latency(draws: Generator, place: int) -> LabelledSeries:
    """Skewed and heavy-tailed, with regimes that are ordinary."""
    size = int(draws.integers(2000, 6000))
    regime = numpy.repeat(draws.uniform(0.8, 1.6, size // 400 + 1), 400)[:size]
    values = 80 * regime * numpy.exp(draws.normal(0, draws.uniform(0.05, 0.3), size)) + draws.gamma(0.3, 20, size)
    labels = numpy.zeros(size, bool)
    for start in _places(draws, size, int(draws.integers(2, 6)), 60):
        long = int(draws.choice([1, 2, 8, 40]))
        values[start : start + long] *= draws.uniform(2.5, 8)
        labels[start : start + long] = True
    return _with_gaps(draws, "latency", _scaled(draws, values), labels, 60.0, timed=place % 2 == 0)


def _bursty_counts(draws: Generator, place: int) -> LabelledSeries:
    """Mostly zeros with clumps: negative binomial, busy in office hours."""
    size, day = int(draws.integers(2000, 5000)), 144
    hour = (numpy.arange(size) % day) / day * 24
    mean = numpy.where((hour > 8) & (hour < 18), draws.uniform(0.5, 40), draws.uniform(0.02, 2))
    values = draws.poisson(draws.gamma(1.5, mean / 1.5)).astype(float)
    labels = numpy.zeros(size, bool)
    for start in _places(draws, size, int(draws.integers(2, 6)), 40):
        long = int(draws.integers(1, 25))
        values[start : start + long] += draws.poisson(6 + 5 * mean[start], long)
        labels[start : start + long] = True
    return _with_gaps(draws, "bursty", values, labels, 600.0, timed=place % 2 == 0)


def _gauge(draws: Generator, place: int) -> LabelledSeries:
    """A used share: mean-reverting, capped, in coarse steps, with a saw of clean-ups."""
    size = int(draws.integers(1500, 5000))
    saw = (numpy.arange(size) % int(draws.integers(90, 400))) / 400.0 * draws.uniform(0, 40)
    values = numpy.zeros(size)
    for number in range(1, size):
        values[number] = 0.97 * values[number - 1] + draws.normal(0, 0.6)
    values = numpy.clip(35 + values + saw, 0, 100)
    labels = numpy.zeros(size, bool)
    for start in _places(draws, size, int(draws.integers(2, 6)), 60):
        long = int(draws.integers(1, 50))
        kind = int(draws.integers(0, 3))
        piece = slice(start, start + long)
        values[piece] = (
            numpy.clip(values[piece] + draws.uniform(15, 50), 0, 100)
            if kind == 0
            else (0.0 if kind == 1 else values[piece] + draws.normal(0, 9, long))
        )
        labels[piece] = True
    return _with_gaps(draws, "gauge", numpy.round(values, 1), labels, 60.0, timed=place % 2 == 0)


def _switch(draws: Generator, place: int) -> LabelledSeries:
    """A level that is moved on purpose now and then; only the first points after a move are labelled, as people do."""
    size = int(draws.integers(1200, 4000))
    values = numpy.full(size, 0.0)
    labels = numpy.zeros(size, bool)
    level, spread = draws.uniform(5, 50), draws.uniform(0.02, 0.6)
    starts = _places(draws, size, int(draws.integers(1, 5)), 100)
    for number in range(size):
        if number in starts:
            level += draws.choice([-1, 1]) * spread * draws.uniform(6, 25)
            labels[number : number + 5] = True
        values[number] = level
    values += draws.laplace(0, spread / 1.4, size)
    return _with_gaps(draws, "switch", _scaled(draws, values), labels, 300.0, timed=place % 2 == 0)


Maker = Callable[[Generator, int], LabelledSeries]
DEVELOP: tuple[Maker, ...] = (_sines, _flat, _sines, _walk, _poisson, _sines, _constant)
HELD_OUT: tuple[Maker, ...] = (_profile, _latency, _bursty_counts, _profile, _gauge, _switch, _profile)
