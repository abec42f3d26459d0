"""How right the confidences of a tenant's pack were, and how far what the agent may act alone on is moved by that.

What a pack says is a *simulated prior*: it was fitted on worlds that nobody lives in. Each incident whose cause is
known in the end, by a person's word or by a verified treatment, is held against what its first decision claimed. With n
of them the prior still has K / (n + K) of its weight; the rest has the shift of the log-odds that would have made the
mean claim as high as the share that was right:

    shift = n / (n + K) * (logit of the share right - logit of the mean claim), between LOWEST and HIGHEST

A verified treatment can only confirm what was claimed, so a confidence is raised far less than it is lowered.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from app.domain.recalibration import Recalibration
from app.domain.shares import log_odds

K: Final = 20.0
"""So many known causes weigh as much as the prior."""
LOWEST, HIGHEST = -1.0, 0.25
BINS: Final = 5
FEW: Final = 30
"""With fewer claims than this the figures hardly tell anything."""
DRAWS: Final = 400
SEED: Final = 7
DIGITS: Final = 4


class ClaimResult(NamedTuple):
    """What the first decision on an incident claimed, and whether that was so."""

    confidence: float
    right: bool


class Interval(NamedTuple):
    """A figure, and where it lies in 95 of 100 draws of as many claims."""

    value: float
    low: float
    high: float


class ClaimBin(NamedTuple):
    """The claims made with about this confidence."""

    above: float
    up_to: float
    n: int
    right: int
    claimed: float


def find_shift(claims: Sequence[ClaimResult]) -> Recalibration | None:
    """How far confidences are moved by what became of earlier ones; None as long as nothing is known."""
    n = len(claims)
    if not n:
        return None
    right = (sum(one.right for one in claims) + 0.5) / (n + 1)
    claimed = (math.fsum(one.confidence for one in claims) + 0.5) / (n + 1)
    wanted = n / (n + K) * (log_odds(right) - log_odds(claimed))
    shift = round(min(max(wanted, LOWEST), HIGHEST), DIGITS)
    return Recalibration(n=n, prior_weight=round(K / (n + K), DIGITS), shift=shift)


def apply_shift(confidence: float, found: Recalibration | None) -> float:
    """A confidence moved by it; what is certain or impossible stays so."""
    if found is None or not 0 < confidence < 1:
        return confidence
    return 1 / (1 + math.exp(-(log_odds(confidence) + found.shift)))


def brier_of(claims: Sequence[ClaimResult]) -> float:
    """The mean square of what the claims missed by: 0 is perfect, 0.25 is a coin."""
    return math.fsum((one.confidence - one.right) ** 2 for one in claims) / len(claims)


def ece_of(claims: Sequence[ClaimResult]) -> float:
    """By how much the share that was right differs from what was claimed, over all bins."""
    return math.fsum(abs(one.right - one.claimed * one.n) for one in bins_of(claims)) / len(claims)


def bins_of(claims: Sequence[ClaimResult]) -> list[ClaimBin]:
    """The claims by their confidence, those bins that have any."""
    held: dict[int, list[ClaimResult]] = {}
    for one in claims:
        held.setdefault(min(int(one.confidence * BINS), BINS - 1), []).append(one)
    return [
        ClaimBin(
            above=place / BINS,
            up_to=(place + 1) / BINS,
            n=len(some),
            right=sum(one.right for one in some),
            claimed=math.fsum(one.confidence for one in some) / len(some),
        )
        for place, some in sorted(held.items())
    ]


def interval_of(measure: Callable[[Sequence[ClaimResult]], float], claims: Sequence[ClaimResult]) -> Interval | None:
    """A figure of these claims with where it lies when as many are drawn from them; the same claims give the same."""
    if not claims:
        return None
    places = np.random.default_rng(SEED).integers(len(claims), size=(DRAWS, len(claims))).tolist()
    drawn = sorted(measure([claims[place] for place in some]) for some in places)
    edge = DRAWS * 25 // 1000
    return Interval(*(round(one, DIGITS) for one in (measure(claims), drawn[edge], drawn[-edge - 1])))


def word_record(claims: Sequence[ClaimResult], by_person: int, found: Recalibration | None) -> str:
    """What the record says, and what it cannot say."""
    if found is None:
        return (
            "Of no incident that has ended is the cause known, so the confidences are a simulated prior alone: fitted"
            " on simulated worlds, and not yet held against this tenant."
        )
    n, right = len(claims), sum(one.right for one in claims)
    few = f" {n} tell little: from {FEW} on the figures begin to mean something." if n < FEW else ""
    moved = f"moved by {found.shift:+.2f} in log-odds" if found.shift else "not moved"
    return (
        f"{right} of {n} first claims were right ({by_person} judged by a person's word, {n - by_person} by a verified"
        f" treatment, which can only confirm a claim). The simulated prior still has {found.prior_weight:.0%} of its"
        f" weight; what policy reads is {moved}.{few}"
    )
