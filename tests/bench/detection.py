"""How well scores tell labelled anomalies: by point, by event, with and without the habit of counting a whole event
for one hit; and the plain detectors that anything better has to beat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy

Scores = numpy.ndarray
WINDOW = 60


def rolling_z(values: Sequence[float], timestamps: Sequence[float] | None = None) -> list[float]:
    """Distance from the mean of the last points in their deviations."""
    x, out = numpy.asarray(values, float), numpy.zeros(len(values))
    for t in range(5, len(x)):
        past = x[max(0, t - WINDOW) : t]
        out[t] = abs(x[t] - past.mean()) / (past.std() + 1e-9 + 1e-6 * abs(past.mean()))
    return (out / (out + 3)).tolist()


def rolling_mad(values: Sequence[float], timestamps: Sequence[float] | None = None) -> list[float]:
    """The same with medians."""
    x, out = numpy.asarray(values, float), numpy.zeros(len(values))
    for t in range(5, len(x)):
        past = x[max(0, t - WINDOW) : t]
        middle = numpy.median(past)
        out[t] = abs(x[t] - middle) / (1.4826 * numpy.median(abs(past - middle)) + 1e-9 + 1e-3 * abs(middle))
    return (out / (out + 3)).tolist()


def ewma(values: Sequence[float], timestamps: Sequence[float] | None = None) -> list[float]:
    """A smoothed level and a smoothed squared error."""
    out, level, square = [0.0], float(values[0]), 0.0
    for value in values[1:]:
        gap = value - level
        z = abs(gap) / (square**0.5 + 1e-9 + 1e-6 * abs(level))
        out.append(z / (z + 3))
        level, square = level + 0.1 * gap, 0.95 * square + 0.05 * gap * gap
    return out


def seasonal_naive(values: Sequence[float], timestamps: Sequence[float] | None = None) -> list[float]:
    """Against the same time of yesterday, in deviations of that gap so far; the last value where there is no day."""
    x, out = numpy.asarray(values, float), numpy.zeros(len(values))
    step = float(numpy.median(numpy.diff(timestamps))) if timestamps is not None and len(x) > 2 else 0.0
    day = round(86_400 / step) if step else 1
    lag = day if 1 <= day < len(x) / 2 else 1
    gap = numpy.zeros(len(x))
    gap[lag:] = x[lag:] - x[:-lag]
    total = numpy.cumsum(gap**2)
    for t in range(lag + 5, len(x)):
        out[t] = abs(gap[t]) / ((total[t - 1] / (t - lag)) ** 0.5 + 1e-9 + 1e-6 * abs(x[t - 1]))
    return (out / (out + 3)).tolist()


BASELINES: dict[str, Callable[..., list[float]]] = {
    "rolling z": rolling_z,
    "rolling MAD": rolling_mad,
    "EWMA": ewma,
    "seasonal naive": seasonal_naive,
}


@dataclass(frozen=True)
class Judged:
    """Figures over many series: the best F1 at one threshold for all, and what holds at a fixed one."""

    f1: float
    f1_adjusted: float
    f1_within_7: float
    f1_own: float
    """Best threshold of each series, point-adjusted, averaged."""
    auc_pr: float
    auc_pr_own: float
    event_recall: float
    delay: float
    false_per_1000: float


def events_of(labels: numpy.ndarray) -> list[tuple[int, int]]:
    """Each run of labelled points, as start and end."""
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate([[0], labels.astype(int), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _adjusted(scores: Scores, labels: numpy.ndarray, within: int | None = None) -> Scores:
    """Every point of an event gets the highest score of it, or of its first points."""
    out = scores.copy()
    for start, end in events_of(labels):
        out[start:end] = scores[start : min(end, start + within + 1) if within is not None else end].max()
    return out


def best_f1(scores: Scores, labels: numpy.ndarray) -> float:
    """The best F1 any one threshold reaches."""
    precision, recall = _curve(scores, labels)
    return float((2 * precision * recall / numpy.maximum(precision + recall, 1e-12)).max())


def _curve(scores: Scores, labels: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    order = numpy.argsort(-scores, kind="stable")
    hits = numpy.cumsum(labels[order])
    last = numpy.append(numpy.diff(scores[order]) != 0, True)
    hits, found = hits[last], (numpy.arange(len(order)) + 1)[last]
    return hits / found, hits / max(int(labels.sum()), 1)


def auc_pr(scores: Scores, labels: numpy.ndarray) -> float:
    """Average precision."""
    precision, recall = _curve(scores, labels)
    return float((precision * numpy.diff(numpy.concatenate([[0], recall]))).sum())


def judge(scored: Sequence[tuple[Sequence[float], numpy.ndarray]], threshold: float = 0.9) -> Judged:
    """All figures of one detector over its series."""
    scores = [numpy.asarray(one) for one, _ in scored]
    labels = [one for _, one in scored]
    together = numpy.concatenate(labels)
    adjusted = [_adjusted(one, right) for one, right in zip(scores, labels, strict=True)]
    early = [_adjusted(one, right, 7) for one, right in zip(scores, labels, strict=True)]
    found, delays, events, false, quiet = 0, [], 0, 0, 0
    for one, right in zip(scores, labels, strict=True):
        for start, end in events_of(right):
            hits = numpy.flatnonzero(one[start:end] >= threshold)
            events += 1
            found += bool(len(hits))
            delays += hits[:1].tolist()
        false += int((one[~right] >= threshold).sum())
        quiet += int((~right).sum())
    return Judged(
        f1=best_f1(numpy.concatenate(scores), together),
        f1_adjusted=best_f1(numpy.concatenate(adjusted), together),
        f1_within_7=best_f1(numpy.concatenate(early), together),
        f1_own=float(numpy.mean([best_f1(one, right) for one, right in zip(adjusted, labels, strict=True)])),
        auc_pr=auc_pr(numpy.concatenate(scores), together),
        auc_pr_own=float(numpy.mean([auc_pr(one, right) for one, right in zip(scores, labels, strict=True)])),
        event_recall=found / max(events, 1),
        delay=float(numpy.mean(delays)) if delays else float("nan"),
        false_per_1000=1000 * false / max(quiet, 1),
    )
