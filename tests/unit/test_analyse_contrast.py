"""Numbers are compared by limits, at the price of all that were tried; everything else by its values."""

from random import Random

from app.services.analyse import contrast


def test_a_limit_of_a_number_is_found_among_other_attributes() -> None:
    draws = Random(20_261_129)
    sick = [
        {"rate": draws.uniform(90, 200), "size": draws.uniform(0, 1), "plan": draws.choice("ab")} for _ in range(20)
    ]
    well = [{"rate": draws.uniform(10, 95), "size": draws.uniform(0, 1), "plan": draws.choice("ab")} for _ in range(60)]
    first, *others = contrast(sick, well, ["plan", "size", "rate"])
    assert first.dimension == "rate" and str(first.value).startswith(">= ") and first.q < 1e-6
    assert 85 < float(str(first.value).split()[1]) < 100
    assert all(one.q > 0.1 for one in others)


def test_chance_alone_is_rarely_a_discovery() -> None:
    found = 0
    for seed in range(40):
        draws = Random(seed)
        rows = [{"rate": draws.gauss(0, 1), "load": draws.gauss(0, 1), "plan": draws.choice("abc")} for _ in range(60)]
        found += any(one.q <= 0.1 for one in contrast(rows[:15], rows[15:], ["rate", "load", "plan"]))
    assert found <= 6


def test_few_numbers_and_mixed_values_stay_values() -> None:
    sick = [{"wave": 3, "note": "x"}] * 6
    well = [{"wave": wave, "note": 5} for wave in (1, 2, 1, 2, 1, 2)]
    assert {(one.dimension, one.value) for one in contrast(sick, well, ["wave", "note"])} == {
        ("wave", 3),
        ("note", "x"),
    }


def test_rows_that_do_not_know_a_number_take_no_part_in_it() -> None:
    sick = [*({"rate": 100 + n} for n in range(6)), {"rate": None}]
    well = [*({"rate": n} for n in range(6)), {}]
    (found,) = contrast(sick, well, ["rate"])
    assert (found.cases_with, found.cases, found.controls_with, found.controls) == (6, 6, 0, 6)
    assert contrast([], well, ["rate"]) == [] and contrast(sick, [], ["rate"]) == []
