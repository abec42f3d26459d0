"""The standing functions: the agent's own arithmetic for anybody's data, without a store. Each takes plain values and
answers with plain values; `docs/analyse.md` shows them, and `python -m app analyse` is the same in the terminal.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from app.config.load import load_config
from app.config.model import DomainPack
from app.domain.base import JsonMapping, Value
from app.domain.errors import BadInput
from app.observe.attribute_cuts import contrast_with_cuts as contrast
from app.observe.clusters import Clustering
from app.observe.contrast import Factor
from app.observe.templates import mine_templates as mine
from app.observe.triage import Triage, triage_message
from app.process.large_imports import ARITHMETIC, import_once
from app.services.text_clusters import cluster_by_meaning
from app.settings import PROJECT

__all__ = [
    "Clustering",
    "Factor",
    "Slice",
    "Triage",
    "cluster_texts",
    "contrast",
    "localize",
    "mine",
    "score_series",
    "triage",
]

Time = float | int | str | datetime
MILLISECONDS_FROM = 1e11
"""A time in seconds that is larger lies thousands of years ahead: it is meant in milliseconds."""


class Slice(Value):
    """A combination of attributes that explains a deviation: how well, and how much it deviates in all."""

    where: dict[str, Any]
    score: float
    deviation: float


def score_series(values: Iterable[float | None], timestamps: Iterable[Time] | None = None) -> list[float]:
    """How unusual each point of a series is, in [0, 1]; the score of a point uses this point and those before it only.

    A missing value (None, nan or infinite) scores 0. Times may be seconds, milliseconds, ISO texts or datetimes; one
    that lies before its predecessor counts as that. At 0.9, about one point in a thousand of an ordinary series is
    marked.

    >>> score_series([10, 11, 10, 55])[-1] > 0.9
    True
    """
    import_once(*ARITHMETIC, "scipy.signal")
    import numpy as np

    from app.observe.series.anomalies import score_values

    measured = [_number_of(value, place, "value") for place, value in enumerate(values)]
    known = [place for place, value in enumerate(measured) if value is not None]
    times = None
    if timestamps is not None:
        seconds = [_seconds_of(time, place) for place, time in enumerate(timestamps)]
        if len(seconds) != len(measured):
            raise BadInput(f"there are {len(measured)} values and {len(seconds)} timestamps; give one for each value")
        times = np.maximum.accumulate(np.array([seconds[place] for place in known], float)) if known else None
    scores = [0.0] * len(measured)
    found = score_values(np.array([measured[place] for place in known], float), times)
    for place, score in zip(known, found.tolist(), strict=True):
        scores[place] = score
    return scores


def localize(
    rows: Iterable[JsonMapping],
    dimensions: Sequence[str],
    actual: str = "actual",
    expected: str = "expected",
    max_slices: int = 3,
) -> list[Slice]:
    """The attribute combinations that explain why a total is not what was expected, the best first.

    Rows are the leaves of the total: a value for each dimension (None or absent where it has none), and what was seen
    and expected. Nothing is found where nothing is unusual.

    >>> rows = [{"region": r, "api": a, "actual": 10.0 if (r, a) == ("eu", "v2") else 100.0, "expected": 100.0}
    ...         for r in ("eu", "us", "asia") for a in ("v1", "v2", "v3")]
    >>> [(one.where, one.deviation) for one in localize(rows, ["region", "api"])]
    [({'region': 'eu', 'api': 'v2'}, -90.0)]
    """
    import_once(*ARITHMETIC)
    import numpy as np

    from app.observe.slices.leaves import Leaves
    from app.observe.slices.localize import find_slices

    names = list(dict.fromkeys(dimensions))
    if not names:
        raise BadInput("localize needs at least one dimension to look along")
    if max_slices < 1:
        raise BadInput(f"max_slices is {max_slices}; it must be at least 1")
    leaves = list(rows)
    if not leaves:
        return []
    seen = _column_of(leaves, actual)
    wanted = _column_of(leaves, expected)
    codes, words = [], []
    for name in names:
        found: dict[Any, int] = {}
        codes.append(np.array([_code_in(found, row.get(name), name, place) for place, row in enumerate(leaves)]))
        words.append(list(found))
    if all(not one for one in words):
        raise BadInput(f"no row has a value for any of the dimensions {', '.join(names)}")
    slices = find_slices(
        Leaves(np.array(seen), np.array(wanted), tuple(codes), tuple(max(len(one), 1) for one in words)), max_slices
    )
    return [
        Slice(
            where={names[dimension]: words[dimension][code][1] for dimension, code in one.where.items()},
            score=one.score,
            deviation=one.deviation,
        )
        for one in slices
    ]


def cluster_texts(texts: Sequence[str]) -> Clustering:
    """Which of these texts speak of the same thing.

    >>> cluster_texts(["the printer is jammed"] * 3 + ["send the invoice"] * 3).labels
    (0, 0, 0, 1, 1, 1)
    """
    return cluster_by_meaning(texts, _packs()["commerce"].vocabulary)


def triage(subject: str, body: str) -> Triage:
    """What a message asks for, how urgent it is, how its writer feels, and which known cause it points at.

    >>> triage("Checkout broken", "Our payment callback URL is plain http and orders fail!").cause
    'callback_not_https'
    """
    return triage_message(subject, body, _packs()["commerce"])


@cache
def _packs() -> dict[str, DomainPack]:
    return load_config(PROJECT / "config").packs


def _number_of(value: object, place: int, what: str) -> float | None:
    """A finite number, or None for what was not measured."""
    if value is None:
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise BadInput(f"{what} {place} is {str(value)[:40]!r}, which is not a number") from None
    return number if math.isfinite(number) else None


def _seconds_of(time: object, place: int) -> float:
    if isinstance(time, datetime):
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    if isinstance(time, str):
        try:
            moment = datetime.fromisoformat(time.strip())
        except ValueError:
            pass
        else:
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    number = _number_of(time, place, "timestamp")
    if number is None:
        raise BadInput(f"timestamp {place} is missing; give the time of every value, or none at all")
    return number / 1000 if abs(number) >= MILLISECONDS_FROM else number


def _column_of(rows: Sequence[JsonMapping], name: str) -> list[float]:
    """A column of numbers; the first row without one is named."""
    found = []
    for place, row in enumerate(rows):
        if name not in row:
            raise BadInput(f"row {place} has no {name!r}; every leaf needs what was seen and what was expected")
        number = _number_of(row[name], place, f"{name!r} of row")
        if number is None:
            raise BadInput(f"{name!r} of row {place} is missing; every leaf needs what was seen and what was expected")
        found.append(number)
    return found


def _code_in(found: dict[Any, int], value: object, name: str, place: int) -> int:
    """The number of a dimension's value; -1 for none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return -1
    try:
        return found.setdefault((type(value), value), len(found))
    except TypeError:
        raise BadInput(f"{name!r} of row {place} is no plain value but a {type(value).__name__}") from None
