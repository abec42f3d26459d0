"""How sure one may be of a cause where few kinds of evidence speak for it: what messages say alone, or a status that
many causes share, names the wrong one more often than the scores tell. Codes, routes, statuses, settings, symptoms and
words err apart from each other; each that is missing takes from what may be acted on, not from the ranking.
"""

import math
from collections.abc import Iterable
from typing import Final

from app.config.model import CauseSpec, SignSpec
from app.domain.hypotheses import Finding
from app.domain.shares import log_odds
from app.signs.registry import kind_tested_by

ENOUGH: Final = 3
"""So many kinds of evidence let a confidence stand as it is."""
EACH_MISSING: Final = 0.75
"""What each kind that is missing takes, as log-odds: on labelled incidents of strangers three of four causes that were
wrong and would have been treated fall below the threshold, and one in eight that were right.
"""
SPEAKS_FROM: Final = 0.45
"""A kind of evidence speaks for a cause when its signs come to this much."""


def lower_bound(confidence: float, witnesses: int) -> float:
    """What may be acted on of a confidence that so many kinds of evidence speak for."""
    if witnesses >= ENOUGH or not 0 < confidence < 1:
        return confidence
    return 1 / (1 + math.exp(EACH_MISSING * (ENOUGH - witnesses) - log_odds(confidence)))


def witnesses_of(signs: Iterable[SignSpec]) -> dict[str, str]:
    """The kind of evidence of each sign; signs that are none are left out."""
    kinds = {sign.id: kind_tested_by(sign.test) for sign in signs}
    return {sign: kind.own_witness for sign, kind in kinds.items() if kind is not None and kind.own_witness}


def count_witnesses(cause: CauseSpec, findings: Iterable[Finding]) -> int:
    """How many kinds of evidence speak for a cause."""
    known = witnesses_of(cause.signs)
    return count_speaking((known[one.sign], one.weight) for one in findings if one.sign in known)


def count_speaking(told: Iterable[tuple[str, float]]) -> int:
    """How many kinds come to enough, of what each sign says."""
    sums: dict[str, float] = {}
    for witness, weight in told:
        sums[witness] = max(sums.get(witness, 0.0), weight)
    return sum(one >= SPEAKS_FROM for one in sums.values())
