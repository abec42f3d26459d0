"""What a judgement on an action is made from: the treated before and after, those that nobody treated, those whose turn
has not come, and how often the healthy have the same.

What is known of the treated alone is often too little: of a rare failure an hour holds a handful, and who was chosen
for having many has fewer afterwards. Those of the same rollout whose turn has not come are as broken as the treated
were, in the very same hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from app.domain.decisions import Forecast
from app.expect.cure import DECIDES, Beside, Prospect, drift_of_untreated, known_of_both, pool_pace, weigh_cure
from app.verify.before_after import BeforeAfter, MerchantDelta, minutes_between
from app.verify.chance import DOUBT, FLOOR, at_least

LEAST_HARM: Final = 3.0
PROVEN: Final = 2.0
"""How much speaks for a cure beforehand where the same action has cured others of the same rollout."""


@dataclass(frozen=True)
class Background:
    """What is known besides the signals around an action, by merchant.

    `healthy`: failures that one who is well has in the time that was watched. `visits`: who came in that time.
    `in_turn`: those of the same rollout who are treated later. `busier`: how many came shortly before the action, for
    one that came while its failures were counted. `proven`: the same action cured those before.
    """

    healthy: Mapping[str, float] = field(default_factory=dict)
    visits: Mapping[str, float] = field(default_factory=dict)
    in_turn: frozenset[str] = frozenset()
    busier: float = 1.0
    proven: bool = False


@dataclass(frozen=True)
class Untreated:
    """What became of those who were not treated."""

    seen: int
    known: int
    expected: float
    living: int
    """Signs of life of those that had such failures."""


@dataclass(frozen=True)
class TreatmentTrial:
    """Everything a judgement is made from."""

    forecast: Forecast
    around: BeforeAfter
    """Of what one visitor met again and again, the first: retries are no evidence that it is still broken."""
    told: BeforeAfter
    """All that was told: having to try more often is harm."""
    control: Untreated
    background: Background

    @property
    def ours(self) -> list[MerchantDelta]:
        """Each of the treated."""
        return self.around.ours

    @cached_property
    def drift(self) -> float:
        """What became of the untreated, against what they had before."""
        return drift_of_untreated(self.control.seen, self.control.expected)

    @cached_property
    def traffic(self) -> float:
        """Who stays away does not fail; that more come is no reason to expect that more fail."""
        return min(self.around.busier(), 1.0)

    @property
    def factor(self) -> float:
        """How much more often the treated would fail than before, had nothing been done."""
        return combine_factors(self.drift, self.traffic)

    @property
    def seen(self) -> int:
        """Failures of all treated since the action."""
        return sum(case.seen for case in self.ours)

    @property
    def plain(self) -> float:
        """Failures to expect of all treated by the pace before alone."""
        return sum(case.expected for case in self.ours)

    @property
    def decides(self) -> float:
        """How much must speak for a cure."""
        return DECIDES - PROVEN if self.background.proven else DECIDES

    @cached_property
    def seen_in_turn(self) -> int:
        """Failures, since the action, of those whose turn has not come."""
        return self.around.count_after(self.background.in_turn)

    def prospect(self, cases: Sequence[MerchantDelta], factor: float | None = None) -> Prospect:
        """What is to be seen of some of the treated."""
        factor = self.factor if factor is None else factor
        known = float(sum(case.known for case in cases))
        own = factor * self.background.busier * sum(case.expected for case in cases)
        broken, known = pool_pace(own, known, self._beside(cases), self._stretch(cases) * factor)
        if self.drift > 1:
            known = known_of_both(known, self.control.seen)
        return Prospect(
            known=known,
            broken=broken,
            healthy=sum(self.background.healthy.get(case.merchant, 0.0) for case in cases),
            promised=broken * self.forecast.target_ratio,
        )

    def _beside(self, cases: Sequence[MerchantDelta]) -> Beside:
        """What those whose turn has not come let expect of these: of who had failed before, those who had; of who had
        not, those who had not, since a directory also names some who are well.
        """
        waiting = self.background.in_turn
        had = self.around.failed_before(waiting)
        pairs = [
            ([case.merchant for case in cases if case.before], had or waiting),
            ([case.merchant for case in cases if not case.before], waiting - had or waiting),
        ]
        alike = [(ours, theirs, self.around.count_after(theirs)) for ours, theirs in pairs if ours]
        return Beside(
            seen=self.around.count_after(frozenset[str]().union(*(theirs for _, theirs, _ in alike))),
            expected=sum(seen * self._share_of_visits(ours, theirs) for ours, theirs, seen in alike),
            of=len(cases),
        )

    def _share_of_visits(self, ours: Sequence[str], theirs: frozenset[str]) -> float:
        """How much more came to these than to those beside them; heads where visits are not known."""
        visits = self.background.visits
        came = sum(visits.get(name, 0.0) for name in ours)
        beside = sum(visits.get(name, 0.0) for name in theirs)
        return came / beside if came and beside else len(ours) / max(len(theirs), 1)

    def _stretch(self, cases: Sequence[MerchantDelta]) -> float:
        """How long it was watched, for how long failures were counted before."""
        since = min((case.since for case in cases if case.before), default=self._began)
        return self.around.minutes / minutes_between(since, self.around.acted_at)

    @cached_property
    def _began(self) -> datetime:
        """Since when anybody at all has such failures."""
        return self.around.onset([*self.around.cases, *self.around.controls])

    def weigh_one(self, case: MerchantDelta) -> float:
        """How much speaks for the cure of one merchant."""
        return weigh_cure(case.seen + moved_of(case, self.drift), self.prospect([case]))

    def untreated_recovered(self) -> bool:
        """Whether those that nobody treated are cured, too."""
        return self.control.living > 0 and weigh_cure(self.control.seen, self._of_untreated()) >= DECIDES

    def is_controlled(self) -> bool:
        """Whether it would show if those that nobody treated were cured, too."""
        by_others = self.control.living > 0 and weigh_cure(0, self._of_untreated()) >= DECIDES
        return by_others or self.seen_in_turn >= DECIDES

    def _of_untreated(self) -> Prospect:
        broken = self.control.expected
        return Prospect(self.control.known, broken, 0.0, broken * self.forecast.target_ratio)

    def is_better_than_untreated(self) -> bool:
        """Whether the treated are so much better off than the untreated that no luck explains it."""
        left = self.control.seen + FLOOR
        alike = left * self.plain * self.traffic / self.control.expected
        return weigh_cure(self.seen, Prospect(left - 1, alike, 0.0, alike * self.forecast.target_ratio)) >= DECIDES


def combine_factors(drift: float, traffic: float) -> float:
    """Both reasons to expect more or less; where they agree they may be the same reason, so the stronger one counts
    once.
    """
    if drift < 1 and traffic < 1:
        return min(drift, traffic)
    return max(drift, traffic) if drift > 1 and traffic > 1 else drift * traffic


def moved_of(case: MerchantDelta, drift: float) -> float:
    """How many failures at the same endpoints are new under other names, beyond what was there before."""
    return new_failures(case.others_seen, case.others_expected * drift)


def new_failures(seen: int, expected: float) -> float:
    """How many more than expected, when that is more than chance."""
    excess = seen - expected
    return excess if excess >= LEAST_HARM and at_least(seen, expected + FLOOR) < DOUBT else 0.0
