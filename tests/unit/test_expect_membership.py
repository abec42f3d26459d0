"""Descriptions where a directory has gaps and mistakes: whom a departure concerns, from counts drawn here."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.expect.descriptions import describe_merchants
from app.expect.membership import Description, describe_scope

SEED = int(os.environ.get("CAUSEWAY_TEST_SEED", "20261129"))
SHOPS = 120


class Directory:
    """Shops with a scheme, a plan and a region; a fifth of the schemes is not known."""

    def __init__(self, seed: int = SEED) -> None:
        print(f"seed {seed}")
        self.draws = np.random.default_rng(seed)
        self.scheme = self.draws.choice(["http", "https"], SHOPS, p=[0.3, 0.7])
        self.plan = self.draws.choice(["starter", "growth", "plus"], SHOPS)
        self.region = self.draws.choice(["uk", "eu", "us", "latam"], SHOPS)
        self.unknown = self.draws.uniform(size=SHOPS) < 0.2
        rows: list[dict[str, Any]] = [
            {"plan": plan, "region": region, **({} if gap else {"scheme": scheme})}
            for scheme, plan, region, gap in zip(self.scheme, self.plan, self.region, self.unknown, strict=True)
        ]
        self.columns = describe_merchants(rows)

    def describe(self, sick: NDArray[np.bool_], each: float = 4.0, usual: float = 0.01) -> Description:
        """What is said when each of these has so many failures, and everybody the usual."""
        expected = np.full(SHOPS, usual)
        count = self.draws.poisson(expected + np.where(sick, each, 0.0)).astype(float)
        return describe_scope(count, expected, self.columns, 1.1, rises=True)


def said(description: Description) -> list[list[tuple[str, Any]]]:
    return [[(trait.attribute, trait.value) for trait in part] for part in description.rule]


def test_the_setting_is_named_though_the_directory_does_not_know_it_of_every_shop() -> None:
    town = Directory()
    found = town.describe(town.scheme == "http")
    assert said(found) == [[("scheme", "http")]] and not found.listed
    hidden = (town.scheme == "http") & town.unknown
    assert hidden.any() and (found.sharing & hidden).sum() >= 0.8 * hidden.sum()
    assert not (found.sharing & (town.scheme == "https")).any()


def test_two_attributes_that_both_must_hold_are_both_named() -> None:
    town = Directory()
    found = town.describe((town.scheme == "http") & (town.plan != "plus"), each=6.0)
    named = sorted(tuple(sorted(part)) for part in said(found))
    assert named == [(("plan", "growth"), ("plan", "starter")), (("scheme", "http"),)]


def test_what_everybody_has_is_described_by_nothing() -> None:
    town = Directory()
    found = town.describe(np.ones(SHOPS, dtype=bool))
    assert said(found) == [] and not found.listed and found.covered.all()


def test_a_few_shops_that_nothing_tells_apart_are_a_list() -> None:
    town = Directory()
    sick = np.zeros(SHOPS, dtype=bool)
    sick[[3, 50, 99]] = True
    found = town.describe(sick, each=9.0)
    assert found.listed and said(found) == []
    assert (found.sharing == sick).all()


def test_what_falls_is_described_as_well_as_what_rises() -> None:
    town = Directory()
    expected = np.full(SHOPS, 30.0)
    count = town.draws.poisson(np.where(town.region == "uk", 6.0, 30.0)).astype(float)
    found = describe_scope(count, expected, town.columns, 1.2, rises=False)
    assert said(found) == [[("region", "uk")]]
