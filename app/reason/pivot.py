"""What would change our mind: the smallest set of recorded facts without which another decision would be made.

A fact is one evidence row. Take it away, and each sign that nothing else shows can no longer be claimed; the causes are
weighed anew, as `app.reason.score` would. Every set of up to three facts is tried; a decision that rests on more is
taken down fact by fact, and whatever can be put back is.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from app.config.model import DomainPack, SignSpec
from app.domain.checks import NAMED
from app.domain.decisions import AttemptEnd, Pivot, Tried
from app.domain.hypotheses import UNKNOWN, Dossier, Hypothesis
from app.reason.bound import count_speaking, lower_bound, witnesses_of
from app.reason.facts import presence_of
from app.reason.score import (
    LEAST_NAMED,
    LESSON_WEIGHTS,
    REFUTED_WEIGHT,
    ROUNDING,
    TEMPERATURE,
    TRIED_WEIGHTS,
    UNKNOWN_FLOOR,
    bound_lesson,
    lift_of_name,
    pull_of_thinness,
    shares_of,
)

EXACT_UP_TO = 3
ToolFor = Callable[[str], str | None]
"""What would be proposed against a cause if it were likely enough; nothing where no action may be."""


class Choice(NamedTuple):
    """What would be done: the cause that is acted on, and with what; no tool where people are called."""

    cause: str
    tool: str | None
    confidence: float

    def is_another(self, other: "Choice") -> bool:
        """Whether other things would be done; people are called for any cause alike."""
        return (self.tool, self.tool and self.cause) != (other.tool, other.tool and other.cause)


def find_pivotal_evidence(
    dossier: Dossier,
    hypotheses: Sequence[Hypothesis],
    pack: DomainPack,
    tried: Sequence[Tried],
    tool_for: ToolFor,
    floor: float,
) -> Pivot | None:
    """The smallest set of facts without which something else would be done; None where none of the evidence changes
    it. `floor` is the confidence from which a cause is treated.
    """
    case = _Weighing(dossier, hypotheses, pack, tried)
    choose = _Chooser(case, tool_for, floor)
    now, facts = choose(0), case.facts_that_count()
    for size in range(1, min(EXACT_UP_TO, len(facts)) + 1):
        for some in combinations(facts, size):
            removed = sum(some)
            if choose(removed).is_another(now):
                return _pivot_of(case, removed, choose(removed), smallest=True)
    removed = _take_down(choose, now, facts)
    return _pivot_of(case, removed, choose(removed), smallest=False) if removed else None


def _pivot_of(case: "_Weighing", removed: int, then: Choice, *, smallest: bool) -> Pivot:
    return Pivot(
        evidence_ids=case.named(removed),
        cause=then.cause,
        tool=then.tool,
        confidence=round(then.confidence, 4),
        smallest=smallest,
    )


def _take_down(choose: "_Chooser", now: Choice, facts: Sequence[int]) -> int:
    """More facts than are tried in every combination: always the one whose loss helps most, then those put back that
    are not needed; 0 where even without all of them the same would be done.
    """
    removed, left = 0, list(facts)
    while left and not choose(removed).is_another(now):
        best = min(left, key=lambda one: choose.support(removed | one, now))
        removed |= best
        left.remove(best)
    if not choose(removed).is_another(now):
        return 0
    for one in facts:
        if removed & one and choose(removed & ~one).is_another(now):
            removed &= ~one
    return removed


class _Term(NamedTuple):
    """What one sign adds as long as any of the facts that show it stands; without facts it always does."""

    weight: float
    shown_by: int
    witness: str = ""

    def left(self, removed: int) -> float:
        return 0.0 if self.shown_by and not self.shown_by & ~removed else self.weight


class _Scale(NamedTuple):
    """One cause, taken apart into what each fact holds up."""

    cause: str
    fixed: float
    attempts: float
    terms: Sequence[_Term]
    lessons: Sequence[tuple[AttemptEnd, int]]
    signals: int

    @property
    def touched_by(self) -> int:
        """The facts that it depends on."""
        mask = 0
        for one in (*(term.shown_by for term in self.terms), *(row for _, row in self.lessons)):
            mask |= one
        return mask

    def witnesses(self, removed: int) -> int:
        """How many kinds of evidence still speak for it."""
        return count_speaking((one.witness, one.left(removed)) for one in self.terms if one.witness)

    def weigh(self, removed: int) -> float:
        """The score without these facts."""
        signs = math.fsum(term.left(removed) for term in self.terms)
        taught = 0.0
        for outcome, row in self.lessons:
            taught += 0.0 if row & removed else bound_lesson(taught, outcome)
        told = signs + pull_of_thinness(signs, self.signals, self.cause)
        return round(self.fixed + told + self.attempts + round(taught, ROUNDING), ROUNDING)


class _Weighing:
    """The causes of one incident and, last, the unknown; each fact a bit."""

    def __init__(
        self, dossier: Dossier, hypotheses: Sequence[Hypothesis], pack: DomainPack, tried: Sequence[Tried]
    ) -> None:
        weighed = {one.cause: one for one in hypotheses}
        self._ids = [one.id for one in dossier.evidence]
        self._bits = {name: 1 << place for place, name in enumerate(self._ids)}
        self._dossier = dossier
        self._name_rows = self._mask(row.id for row in dossier.evidence if row.kind == NAMED)
        rows = {str(one.data.get("lesson")): self._bits[one.id] for one in dossier.evidence if one.kind == "lesson"}
        self._scales = [_Scale(
            cause=cause.id,
            fixed=cause.prior,
            attempts=_weigh_attempts(cause.id, tried),
            terms=list(self._terms_of(cause.id, cause.signs, cause.contradictions, weighed[cause.id])),
            lessons=[
                (AttemptEnd(one.outcome), rows[one.id])
                for one in reversed(dossier.facts.lessons)
                if one.cause == cause.id and one.id in rows and AttemptEnd(one.outcome) in LESSON_WEIGHTS
            ],
            signals=dossier.facts.signals,
        ) for cause in pack.causes if cause.id in weighed]  # fmt: skip
        self._scales.append(self._scale_of_unknown(pack, weighed.get(UNKNOWN)))
        self._scale_of = {one.cause: one for one in self._scales}
        self._touched = [one.touched_by for one in self._scales]
        self._known: list[dict[int, float]] = [{} for _ in self._scales]

    def _scale_of_unknown(self, pack: DomainPack, weighed: Hypothesis | None) -> _Scale:
        terms = list(self._terms_of(UNKNOWN, pack.unknown_signs, (), weighed)) if weighed else []
        signals = self._dossier.facts.signals
        return _Scale(UNKNOWN, fixed=pack.unknown_prior, attempts=0.0, terms=terms, lessons=(), signals=signals)

    def _mask(self, ids: Iterable[str]) -> int:
        return sum({self._bits[one] for one in ids if one in self._bits})

    def _terms_of(
        self, owner: str, signs: Sequence[SignSpec], against: Sequence[SignSpec], weighed: Hypothesis
    ) -> Iterator[_Term]:
        """What was found of its signs. One that is absent weighs whatever shows what was seen instead."""
        expected = {one.id: one for one in signs}
        witness = witnesses_of(signs)
        contrary = {one.id for one in against}
        for one in weighed.findings_for:
            if one.sign in expected:
                yield _Term(one.weight, self._mask(one.evidence_ids), witness.get(one.sign, ""))
        for one in weighed.findings_against:
            if one.sign in contrary or (one.sign in expected and self._is_shown(owner, expected[one.sign])):
                yield _Term(one.weight, self._mask(one.evidence_ids))
            elif one.sign in expected:
                yield _Term(one.weight, 0)

    def _is_shown(self, owner: str, sign: SignSpec) -> bool:
        """Whether there is a little of a sign, or somebody said that there is none: that rests on facts."""
        presence = presence_of(sign, owner, self._dossier, self._dossier.evidence)
        return presence.degree > 0 or presence.by_word

    def facts_that_count(self) -> list[int]:
        """The facts on which any score hangs, those first that the leading cause loses most with."""
        every = self._name_rows
        for one in self._touched:
            every |= one
        leading = max(self._scales[:-1], key=lambda one: (one.weigh(0), one.cause), default=self._scales[-1])
        return sorted(
            (bit for bit in self._bits.values() if bit & every), key=lambda bit: (leading.weigh(bit), self.named(bit))
        )

    def named(self, removed: int) -> tuple[str, ...]:
        """The ids of these facts."""
        return tuple(one for one in self._ids if self._bits[one] & removed)

    def confidences(self, removed: int) -> dict[str, float]:
        """What each cause has without these facts, the unknown among them."""
        powers = [self._power(place, removed) for place in range(len(self._scales))]
        named = self._dossier.named
        if named is not None and self._name_rows & ~removed:
            return self._led_by(named.cause, powers)
        return self._shares(powers)

    def least(self, cause: str, share: float, removed: int) -> float:
        """What may be acted on of a cause's share without these facts, as `app.reason.score` would have it."""
        named = self._dossier.named
        if named is not None and named.cause == cause and self._name_rows & ~removed:
            return share
        return lower_bound(share, self._scale_of[cause].witnesses(removed))

    def _shares(self, powers: Sequence[float]) -> dict[str, float]:
        """As `app.reason.score.shares_of` would; a power is kept, since most facts leave most causes as they are."""
        total = sum(powers)
        unknown = powers[-1] / total
        held = max(unknown, UNKNOWN_FLOOR)
        scale = (1 - held) / (1 - unknown) / total if unknown < 1 else 0.0
        shares = {one.cause: power * scale for one, power in zip(self._scales, powers, strict=True)}
        return {**shares, UNKNOWN: held}

    def _led_by(self, cause: str, powers: Sequence[float]) -> dict[str, float]:
        """The same with the cause ahead that a person named, as `app.reason.score` puts it ahead."""
        scores = [TEMPERATURE * math.log(one) for one in powers]
        causes = [one.cause for one in self._scales]
        if cause in causes:
            place = causes.index(cause)
            needed = lift_of_name([one for other, one in enumerate(scores) if other != place])
            scores[place] = max(needed, scores[place] + LEAST_NAMED)
        return dict(zip(causes, shares_of(scores), strict=True))

    def _power(self, place: int, removed: int) -> float:
        seen = removed & self._touched[place]
        known = self._known[place]
        if seen not in known:
            known[seen] = math.exp(self._scales[place].weigh(seen) / TEMPERATURE)
        return known[seen]


class _Chooser:
    """What would be done without some facts, as `app.playbooks.plan` chooses: the likeliest cause that can be treated
    and is likely enough, else people are called.
    """

    def __init__(self, case: _Weighing, tool_for: ToolFor, floor: float) -> None:
        self._case, self._tool_for, self._floor = case, tool_for, floor
        self._known: dict[int, Choice] = {}

    def __call__(self, removed: int) -> Choice:
        """The choice."""
        if removed not in self._known:
            self._known[removed] = self._choose(self._case.confidences(removed), removed)
        return self._known[removed]

    def _choose(self, shares: Mapping[str, float], removed: int) -> Choice:
        likely = [one for one in shares.items() if one[0] != UNKNOWN and one[1] >= self._floor]
        for cause, share in sorted(likely, key=lambda one: (-one[1], one[0])):
            if self._case.least(cause, share, removed) < self._floor:
                continue
            tool = self._tool_for(cause)
            if tool is not None:
                return Choice(cause, tool, share)
        cause, share = min(shares.items(), key=lambda one: (-one[1], one[0]))
        return Choice(cause, None, share)

    def support(self, removed: int, now: Choice) -> float:
        """How firmly the choice of now still stands: what its cause has; where people are called, what is missing for
        any cause to be treated.
        """
        shares = self._case.confidences(removed)
        if now.tool is not None:
            return self._case.least(now.cause, shares[now.cause], removed)
        return -max(
            (
                self._case.least(cause, share, removed)
                for cause, share in shares.items()
                if cause != UNKNOWN and self._tool_for(cause)
            ),
            default=0,
        )


def _weigh_attempts(cause: str, tried: Sequence[Tried]) -> float:
    return math.fsum(
        REFUTED_WEIGHT if one.cause_is_wrong else TRIED_WEIGHTS.get(one.ended, 0.0)
        for one in tried
        if one.cause == cause
    )
