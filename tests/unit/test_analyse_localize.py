"""A deviation of a total is explained by the slices that were moved, and by nothing where nothing was."""

import time
from itertools import product

import numpy
import pytest

from app.domain.errors import BadInput
from app.services.analyse import localize


def leaves(seed: int, sizes: tuple[int, ...] = (5, 6, 4), noise: float = 0.03) -> list[dict[str, object]]:
    draws = numpy.random.default_rng(seed)
    names = "abcdef"
    return [
        {
            **{names[place]: f"{names[place]}{value}" for place, value in enumerate(codes)},
            "expected": float(guess),
            "actual": float(guess * (1 + draws.normal(0, noise))),
        }
        for codes in product(*map(range, sizes))
        for guess in [draws.lognormal(3, 1)]
    ]


def strike(rows: list[dict[str, object]], ratio: float, **where: str) -> None:
    for row in rows:
        if where.items() <= row.items():
            row["actual"] = float(row["actual"]) * ratio  # type: ignore[arg-type]


@pytest.mark.parametrize("ratio", [0.0, 0.4, 2.5])
@pytest.mark.parametrize("where", [{"a": "a1"}, {"a": "a1", "c": "c2"}, {"a": "a3", "b": "b0"}])
def test_a_struck_slice_is_named_exactly(ratio: float, where: dict[str, str]) -> None:
    rows = leaves(20_261_129)
    strike(rows, ratio, **where)
    (found,) = localize(rows, ["a", "b", "c"])
    gap = sum(float(row["actual"]) - float(row["expected"]) for row in rows if where.items() <= row.items())
    assert found.where == where and found.deviation == pytest.approx(gap) and 0.5 < found.score <= 1


def test_two_faults_of_different_size_are_told_apart() -> None:
    rows = leaves(7)
    strike(rows, 0.3, a="a1", b="b2")
    strike(rows, 0.7, c="c3")
    assert {tuple(one.where.items()) for one in localize(rows, ["a", "b", "c"])} == {
        (("a", "a1"), ("b", "b2")),
        (("c", "c3"),),
    }


@pytest.mark.parametrize("noise", [0.0, 0.03, 0.1])
def test_ordinary_noise_is_explained_by_nothing(noise: float) -> None:
    found = [len(localize(leaves(seed, noise=noise), ["a", "b", "c"])) for seed in range(5)]
    assert sum(found) <= 1


def test_at_most_so_many_slices_are_told() -> None:
    rows = leaves(9)
    strike(rows, 0.2, a="a0")
    strike(rows, 0.5, b="b3", c="c1")
    assert len(localize(rows, ["a", "b", "c"], max_slices=1)) == 1
    assert localize([], ["a"]) == []


def test_a_missing_value_belongs_to_no_slice_and_names_keep_their_type() -> None:
    rows: list[dict[str, object]] = [
        {"wave": wave, "shop": shop, "seen": 2.0 if wave == 3 else 50.0, "guess": 50.0}
        for wave in (1, 2, 3, None)
        for shop in "abcdefgh"
    ]
    (found,) = localize(rows, ["wave", "shop"], actual="seen", expected="guess")
    assert found.where == {"wave": 3} and found.deviation == -48.0 * 8


def test_what_nobody_expected_is_found_too() -> None:
    rows: list[dict[str, object]] = [
        {"code": code, "api": api, "actual": 40.0 if code == "E7" else 5.0, "expected": 0.0 if code == "E7" else 5.0}
        for code in ("E1", "E2", "E7")
        for api in "abcdefgh"
    ]
    assert [one.where for one in localize(rows, ["code", "api"])] == [{"code": "E7"}]


@pytest.mark.parametrize(
    ("rows", "dimensions", "told"),
    [
        ([{"a": 1, "actual": 1, "expected": 1}], [], "at least one dimension"),
        ([{"a": 1, "actual": 1}], ["a"], "row 0 has no 'expected'"),
        ([{"a": 1, "actual": "x", "expected": 1}], ["a"], "'actual' of row 0 is 'x'"),
        ([{"a": [1], "actual": 1, "expected": 1}], ["a"], "'a' of row 0 is no plain value"),
        ([{"actual": 1, "expected": 1}], ["a"], "no row has a value"),
    ],
)
def test_what_are_no_leaves_is_refused_with_its_place(
    rows: list[dict[str, object]], dimensions: list[str], told: str
) -> None:
    with pytest.raises(BadInput, match=told):
        localize(rows, dimensions)


@pytest.mark.long
@pytest.mark.ci
def test_a_hundred_thousand_leaves_of_six_dimensions_take_less_than_ten_seconds() -> None:
    rows = leaves(3, sizes=(10, 10, 10, 10, 5, 2))
    strike(rows, 0.4, a="a1", d="d4")
    before = time.process_time()
    (found,) = localize(rows, list("abcdef"))
    assert found.where == {"a": "a1", "d": "d4"} and time.process_time() - before < 10
