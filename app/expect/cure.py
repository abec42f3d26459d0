"""How much likelier what came after a treatment is if it cured than if all is as broken as before.

*Still broken*: as many failures as before, by the rate before, the traffic and what became of the untreated; that rate
was only counted, so the chance of each number is that of a negative binomial. *Cured*: as many as a healthy merchant
has, or at most what was promised. The logarithm of the ratio decides; where it does not, it is known beforehand how
long it takes until it can.
"""

import math
from typing import Final, NamedTuple

DECIDES: Final = 3.0
"""From here on it is cured, and from here on downwards it is not: twenty times likelier than the other."""
LEAST_HEALTHY: Final = 0.05
"""Failures that nobody is free of."""
PARTLY: Final = 0.1
"""How far a cure is believed to leave as much as was promised at most, and not to heal."""
MOST_DRIFT: Final = 1.5
"""Nobody is expected to fail so much more often only because the untreated do."""
DRIFT_WEIGHT: Final = 2.0
"""So many failures of the untreated are believed to have gone on as before, before any is counted."""
LEAST_DRIFT: Final = 0.05
ALIKE: Final = 2.0
"""Two who are equally broken and equally visited differ in their failures about as two counts of so few do."""
MOST_ALIKE: Final = 12.0
"""However many are treated, others never tell more of them than so many failures of their own."""
LONGEST: Final = 360.0
"""So many minutes after a treatment nobody waits any longer to be told."""
SETTLES: Final = 5.0
"""So many minutes after a treatment nothing is counted: what was under way then, or kept somewhere, may still fail."""
STEP: Final = 5.0
"""Minutes between two times at which it is asked whether it could be told."""


class Prospect(NamedTuple):
    """What is to be seen of some merchants in a stretch of time, if they are as broken as before and if they are not.

    `known`: how many failures before tell how broken that is.
    """

    known: float
    broken: float
    healthy: float
    promised: float

    def over(self, longer: float) -> "Prospect":
        """The same in so many times that stretch."""
        return Prospect(self.known, self.broken * longer, self.healthy * longer, self.promised * longer)


class Beside(NamedTuple):
    """What those had who are as broken and were not treated, in the same time: so many failures were seen, by which so
    many are to be expected of the treated, who are so many.
    """

    seen: int
    expected: float
    of: int


def weigh_cure(seen: float, prospect: Prospect) -> float:
    """The log Bayes factor of *cured* against *still broken*: above nothing speaks for a cure."""
    count = max(round(seen), 0)
    promised = max(min(prospect.promised, prospect.broken), LEAST_HEALTHY)
    healthy = max(min(prospect.healthy, promised), LEAST_HEALTHY)
    broken = max(prospect.broken, promised)
    healed = math.log(1 - PARTLY) + log_poisson(count, healthy)
    kept = math.log(PARTLY) + log_poisson(count, promised)
    return (
        max(healed, kept)
        + math.log1p(math.exp(-abs(healed - kept)))
        - log_counted_before(count, prospect.known, broken)
    )


def minutes_to_decide(
    seen: float, prospect: Prospect, minutes: float, longest: float, decides: float = DECIDES
) -> float | None:
    """How much longer until it can be told, if nothing more fails than fails to the healthy; None when that does not
    come to pass within `longest` minutes.
    """
    watched = max(minutes, 1.0)
    more = STEP
    while more <= longest:
        longer = prospect.over((watched + more) / watched)
        if weigh_cure(seen + prospect.healthy * more / watched, longer) >= decides:
            return more
        more += STEP
    return None


def minutes_to_tell(failures: int, lasted: float, target_ratio: float) -> float | None:
    """How long a cure takes to show where so many failures came in so many minutes; None when it never does."""
    if lasted <= 0:
        return None
    broken = max(failures - 1, 0) / lasted
    more = minutes_to_decide(0, Prospect(failures - 1, broken, 0.0, broken * target_ratio), 1.0, LONGEST - 1)
    return None if more is None else SETTLES + 1 + more


def drift_of_untreated(seen: float, expected: float, most: float = MOST_DRIFT) -> float:
    """What became of those who were not treated, against what they had before; few failures do not move it far."""
    ratio = (seen + DRIFT_WEIGHT) / (expected + DRIFT_WEIGHT)
    return min(max(ratio, LEAST_DRIFT), most)


def known_of_both(known: float, untreated: float) -> float:
    """How many failures tell what is expected where the untreated, of whom so many were seen, raise it: two counts
    that are multiplied are less sure than either.
    """
    return 1 / (1 / (known + 1) + 1 / (untreated + DRIFT_WEIGHT)) - 1


def pool_pace(own: float, known: float, beside: Beside, stretch: float) -> tuple[float, float]:
    """What is expected of some who were treated, and how many failures tell it: by their own pace before, drawn towards
    that of those beside them, the less the more there is of their own.

    `own` failures are expected by the `known` ones, which were counted in one `stretch`th of the time watched.
    """
    if not beside.seen:
        return own, known
    believed = 1 / (1 / beside.seen + 1 / min(ALIKE * beside.of, MOST_ALIKE))
    counted_in = known / own if own > 0 else 1 / stretch
    return (believed + known) / (believed / beside.expected + counted_in), believed + known


def log_poisson(count: int, expected: float) -> float:
    """The log chance of a count."""
    return count * math.log(expected) - expected - math.lgamma(count + 1)


def log_counted_before(count: int, known: float, expected: float) -> float:
    """The log chance of a count whose expectation rests on so many that were counted before (negative binomial)."""
    shape = max(known, 0.0) + 1
    return (
        math.lgamma(count + shape)
        - math.lgamma(shape)
        - math.lgamma(count + 1)
        + count * math.log(expected / (expected + shape))
        + shape * math.log(shape / (expected + shape))
    )
