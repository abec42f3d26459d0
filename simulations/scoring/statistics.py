"""The kinds of figures a scorecard is made of. None of them can be told without how many cases it rests on.

A rate has its hits, its cases and a Wilson interval; an amount is a count per day or per piece, with an interval for
counts; a spread keeps the cases that never came to an end, above all others; a calibration has its table.
"""

import math
from collections.abc import Iterable
from typing import Final

from pydantic import Field

from app.domain.base import Value
from app.domain.shares import Z95, share_bounds

DIGITS: Final = 6
BINS: Final = 10
Cells = tuple[str, str, str]
"""A figure for people: what it is, of how many, and between which bounds it lies."""


class Rate(Value):
    """So many of so many, and where the true share lies (95 %, Wilson). Without cases there is no share, and everything
    is possible.
    """

    hits: int = Field(ge=0)
    n: int = Field(ge=0)
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The share; None without cases."""
        return self.hits / self.n if self.n else None

    def cells(self) -> Cells:
        """The share in percent, the cases, the interval in percent."""
        if self.value is None:
            return "-", "0", ""
        return f"{self.value:.1%}", f"{self.hits}/{self.n}", f"{self.low:.1%} to {self.high:.1%}"


class Amount(Value):
    """How often something happened, for each day or piece it could have happened in (95 %, Byar's bounds of a Poisson
    count).
    """

    count: int = Field(ge=0)
    per: float = Field(ge=0, description="days, or pieces")
    unit: str
    low: float
    high: float | None = Field(description="none where there was nothing to happen in")

    @property
    def value(self) -> float | None:
        """The count for one day or piece; None without any."""
        return self.count / self.per if self.per else None

    def cells(self) -> Cells:
        """The count per unit, the count, the interval."""
        if self.value is None or self.high is None:
            return "-", f"0 {self.unit}s", ""
        return (
            f"{self.value:.2f} per {self.unit}",
            f"{self.count} in {self.per:.1f} {self.unit}s",
            f"{self.low:.2f} to {self.high:.2f}",
        )


class Spread(Value):
    """The middle and the bad end of a measure. A case that never came to an end counts as longer than all others, and
    is not left out.
    """

    n: int = Field(ge=0, description="cases that ought to have a value")
    known: int = Field(ge=0, description="those that have one")
    median: float | None = Field(default=None, description="none when it falls among those without")
    p75: float | None = None
    p90: float | None = None

    def cells(self) -> Cells:
        """Median and 90th percentile, and how many of the cases are known."""
        if not self.n:
            return "-", "0", ""
        return (
            f"median {_value_or_never(self.median)}, p75 {_value_or_never(self.p75)}, p90 {_value_or_never(self.p90)}",
            f"{self.known} of {self.n} known",
            "",
        )


class Bin(Value):
    """What was claimed with about this confidence, and how much of it was right."""

    above: float
    up_to: float
    claimed: float | None = Field(default=None, description="mean confidence")
    right: Rate


class Calibration(Value):
    """Whether claims made with a confidence of 0.8 are right eight times in ten."""

    n: int = Field(ge=0)
    brier: float | None = None
    ece: float | None = Field(default=None, description="expected calibration error")
    bins: tuple[Bin, ...] = ()

    def cells(self) -> Cells:
        """Brier score and calibration error, and of how many claims."""
        return (
            (f"Brier {self.brier:.3f}, ECE {self.ece:.3f}", str(self.n), "")
            if self.brier is not None
            else ("-", "0", "")
        )


def rate_of(hits: int, n: int) -> Rate:
    """A share with its Wilson interval."""
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share")
    low, high = share_bounds(hits, n)
    return Rate(hits=hits, n=n, low=round(low, DIGITS), high=round(high, DIGITS))


def share_of(outcomes: Iterable[bool]) -> Rate:
    """How many of the outcomes hold."""
    told = list(outcomes)
    return rate_of(sum(told), len(told))


def amount_of(count: int, per: float, unit: str) -> Amount:
    """A count for each of so many days or pieces."""
    if per <= 0:
        return Amount(count=count, per=0.0, unit=unit, low=0.0, high=None)
    low = 0.0 if count == 0 else count * (1 - 1 / (9 * count) - Z95 / (3 * math.sqrt(count))) ** 3
    more = count + 1
    high = more * (1 - 1 / (9 * more) + Z95 / (3 * math.sqrt(more))) ** 3
    return Amount(
        count=count,
        per=round(per, DIGITS),
        unit=unit,
        low=round(max(0.0, low) / per, DIGITS),
        high=round(high / per, DIGITS),
    )


def spread_of(values: Iterable[float | None]) -> Spread:
    """Median and 90th percentile by nearest rank; None is a case without an end, and sorts above every number."""
    told = list(values)
    known = sorted(value for value in told if value is not None and math.isfinite(value))
    return Spread(
        n=len(told),
        known=len(known),
        median=_percentile_of(known, len(told), 0.5),
        p75=_percentile_of(known, len(told), 0.75),
        p90=_percentile_of(known, len(told), 0.9),
    )


def calibration_of(claims: Iterable[tuple[float, bool]]) -> Calibration:
    """Brier score, calibration error and table of claims: confidence, and whether it was right. What is no probability
    counts as certainty.
    """
    told = sorted((_as_probability(confidence), right) for confidence, right in claims)
    if not told:
        return Calibration(n=0)
    shelves: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in told:
        shelves[max(0, math.ceil(round(confidence * BINS, 9)) - 1)].append((confidence, right))
    brier = math.fsum((confidence - right) ** 2 for confidence, right in told) / len(told)
    ece = math.fsum(abs(math.fsum(confidence - right for confidence, right in shelf)) for shelf in shelves) / len(told)
    return Calibration(
        n=len(told),
        brier=round(brier, DIGITS),
        ece=round(ece, DIGITS),
        bins=tuple(_build_bin(place, shelf) for place, shelf in enumerate(shelves)),
    )


def _build_bin(place: int, shelf: list[tuple[float, bool]]) -> Bin:
    mean = round(math.fsum(confidence for confidence, _ in shelf) / len(shelf), DIGITS) if shelf else None
    return Bin(above=place / BINS, up_to=(place + 1) / BINS, claimed=mean, right=share_of(right for _, right in shelf))


def _percentile_of(known: list[float], n: int, part: float) -> float | None:
    place = max(1, math.ceil(round(part * n, 9))) - 1
    return round(known[place], DIGITS) if place < len(known) else None


def _as_probability(confidence: float) -> float:
    return min(max(confidence, 0.0), 1.0) if math.isfinite(confidence) else 1.0


def _value_or_never(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f}"
