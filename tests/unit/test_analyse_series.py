"""Scores of a series never look ahead, mean the same on every scale, and find what is planted."""

from datetime import UTC, datetime, timedelta

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import BadInput
from app.services.analyse import score_series

SHAPES = st.sampled_from(["noise", "counts", "walk", "flat", "sine", "steps"])


def draw(shape: str, size: int, seed: int) -> list[float]:
    draws = numpy.random.default_rng(seed)
    made = {
        "noise": lambda: draws.normal(5, 1, size),
        "counts": lambda: draws.poisson(0.3, size).astype(float),
        "walk": lambda: numpy.cumsum(draws.normal(0, 1, size)),
        "flat": lambda: numpy.full(size, 3.0),
        "sine": lambda: numpy.sin(numpy.arange(size) / 4) + draws.normal(0, 0.05, size),
        "steps": lambda: numpy.repeat(draws.normal(0, 5, size // 20 + 1), 20)[:size],
    }
    return list(made[shape]())


@settings(max_examples=10, deadline=None)
@given(shape=SHAPES, size=st.integers(2, 250), cut=st.integers(1, 249), seed=st.integers(0, 2**32), timed=st.booleans())
def test_a_score_never_changes_with_what_comes_later(shape: str, size: int, cut: int, seed: int, timed: bool) -> None:
    values = draw(shape, size, seed)
    times = [1.7e9 + 3600.0 * place for place in range(size)] if timed else None
    whole = score_series(values, times)
    part = score_series(values[:cut], None if times is None else times[:cut])
    assert part == pytest.approx(whole[:cut], abs=1e-9)
    assert all(0 <= score <= 1 for score in whole)


@pytest.mark.long
@pytest.mark.ci
def test_long_histories_do_not_look_ahead_either() -> None:
    values = draw("sine", 9_000, 1)
    times = [1.7e9 + 1800.0 * place for place in range(len(values))]
    whole = score_series(values, times)
    for cut in (1_000, 3_333, 4_097, 8_200):
        assert score_series(values[:cut], times[:cut]) == pytest.approx(whole[:cut], abs=1e-9)


def test_a_leap_after_three_quiet_points_is_seen() -> None:
    scores = score_series([10, 11, 10, 55])
    assert scores[-1] > 0.9 and max(scores[:-1]) < 0.5


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
def test_the_scale_of_a_series_does_not_matter(scale: float) -> None:
    values = numpy.array(draw("noise", 300, 20_261_129))
    values[250] += 12
    scores = score_series((values * scale).tolist())
    assert scores == pytest.approx(score_series(values.tolist()), abs=1e-3)
    assert scores[250] > 0.9 and numpy.mean(numpy.array(scores) > 0.9) < 0.02


def test_a_series_that_never_changed_is_unusual_once_it_does() -> None:
    scores = score_series([7.0] * 60 + [8.0] + [7.0] * 5)
    assert max(scores[:60]) == 0 and scores[60] > 0.95


def test_a_usual_hour_is_not_unusual_and_a_missing_peak_is() -> None:
    draws = numpy.random.default_rng(20_261_129)
    step = numpy.arange(24 * 14)
    values = numpy.where(step % 24 == 12, 100.0, 10.0) + draws.normal(0, 1, len(step))
    values[24 * 13 + 12] = 10.0
    start = datetime(2026, 3, 1, tzinfo=UTC)
    times = [start + timedelta(hours=int(place)) for place in step]
    scores = numpy.array(score_series(values.tolist(), times))
    peaks = scores[24 * 6 :][12::24]
    assert scores[24 * 13 + 12] > 0.9
    assert peaks[:-2].max() < 0.9


def test_what_was_not_measured_scores_nothing_and_harms_nothing() -> None:
    values: list[float | None] = list(draw("noise", 200, 3))
    there = score_series([*values[:150], *values[151:]])
    values[150] = None
    scores = score_series(values)
    assert scores[150] == 0 and [*scores[:150], *scores[151:]] == there
    assert score_series([float("nan"), None, float("inf")]) == [0.0, 0.0, 0.0] and score_series([]) == []


@pytest.mark.parametrize(
    "times",
    [
        [1_700_000_000_000.0 + 3_600_000 * place for place in range(60)],
        [(datetime.fromtimestamp(1_700_000_000, UTC) + timedelta(hours=place)).isoformat(" ") for place in range(60)],
    ],
)
def test_times_may_be_milliseconds_or_texts(times: list[float] | list[str]) -> None:
    values = draw("sine", 60, 5)
    seconds = [1_700_000_000.0 + 3_600 * place for place in range(60)]
    assert score_series(values, times) == score_series(values, seconds)


@pytest.mark.parametrize(
    ("values", "times", "told"),
    [
        ([1, "x"], None, "value 1 is 'x'"),
        ([1, 2], [1], "2 values and 1 timestamps"),
        ([1, 2], [1, "soon"], "timestamp 1 is 'soon'"),
        ([1, 2], [1, None], "timestamp 1 is missing"),
    ],
)
def test_what_is_no_series_is_refused_with_its_place(values: list[float], times: list[float], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        score_series(values, times)
