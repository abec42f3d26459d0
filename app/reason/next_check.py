"""Which one check is worth most per minute of waiting, where causes are close: a look into the directory that parts two
of them comes before a question to a merchant that hardly moves either.

What a sign is worth says how often it is seen, and that is all that is needed to weigh its answers before anybody gives
one. With p where the cause is true and q elsewhere, e^weight = p / q and e^-absent = (1 - p) / (1 - q).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from app.config.model import CauseSpec, DomainPack, SignSpec
from app.domain.checks import CheckWord
from app.domain.hypotheses import UNKNOWN, CheckOutcome, Dossier, Hypothesis, NextCheck
from app.domain.shares import log_odds
from app.reason.score import TEMPERATURE, THIN_EVIDENCE, pull_of_thinness, shares_of
from app.signs.registry import kind_tested_by

CLEAR = 0.3
"""From this lead on the first cause is clear of the second."""
MOST_CAUSES, MOST_CHECKS = 5, 3
LEAST_ABSENT = 0.1
"""A sign whose absence counts for nothing is seen now and then all the same."""
LEAST_CHANGE = 0.005
"""What is expected to change less than this is not worth asking."""
NEARLY = 1e-6


class _Asked(NamedTuple):
    """One sign as a cause of the pack has it: for the cause, or against it."""

    cause: str
    sign: SignSpec
    against: bool

    def weight_of(self, holds: bool) -> float:
        if self.against:
            return -self.sign.weight if holds else 0.0
        return self.sign.weight if holds else -self.sign.absent

    def chances(self) -> tuple[float, float]:
        """How often the sign is seen where its cause is true, and where it is not."""
        up = math.exp(max(self.sign.weight, LEAST_ABSENT) / TEMPERATURE)
        down = math.exp(-max(self.sign.absent, LEAST_ABSENT) / TEMPERATURE)
        elsewhere = (1 - down) / (up - down)
        return up * elsewhere, elsewhere


def is_close(hypotheses: Sequence[Hypothesis]) -> bool:
    """Whether the first cause is not clear of the second, or none is known."""
    if len(hypotheses) < 2 or hypotheses[0].cause == UNKNOWN:
        return bool(hypotheses)
    return hypotheses[0].confidence - hypotheses[1].confidence < CLEAR


def list_next_checks(dossier: Dossier, hypotheses: Sequence[Hypothesis], pack: DomainPack) -> tuple[NextCheck, ...]:
    """What would tell close causes apart, the most change per minute first; nothing where they are not close, or where
    a person has named the cause.
    """
    if dossier.named is not None or not is_close(hypotheses):
        return ()
    ranking = _Ranking(hypotheses, dossier.facts.signals)
    weighed = [_weigh_check(cause, sign, alike, ranking) for cause, sign, alike in _open_checks(dossier, ranking, pack)]
    worth = [one for one in weighed if one.change >= LEAST_CHANGE]
    best = sorted(worth, key=lambda one: (-one.change / _minutes_of(one.sign), one.name))[:MOST_CHECKS]
    return tuple(_word_check(one, ranking) for one in best)


def same_test(pack: DomainPack, sign: SignSpec) -> list[_Asked]:
    """Every sign of the pack that the same answer decides."""
    return [one for one in _all_signs(pack) if one.sign.test == sign.test]


def _all_signs(pack: DomainPack) -> list[_Asked]:
    return [
        _Asked(cause.id, sign, against)
        for cause in pack.causes
        for against, signs in ((False, cause.signs), (True, cause.contradictions))
        for sign in signs
    ]


def find_sign(pack: DomainPack, name: str) -> tuple[CauseSpec, SignSpec] | None:
    """The sign that a check is named by: cause.sign, or the sign alone where only one cause has it."""
    all_signs = [(cause, sign) for cause in pack.causes for sign in (*cause.signs, *cause.contradictions)]
    exact = [(cause, sign) for cause, sign in all_signs if name == f"{cause.id}.{sign.id}"]
    loose = [(cause, sign) for cause, sign in all_signs if name == sign.id]
    return exact[0] if exact else loose[0] if len(loose) == 1 else None


def word_question(sign: SignSpec) -> str:
    """How a person is asked about a sign: in the words of the pack, else by what it is called and looks for."""
    return sign.asks or f"Does this hold: {sign.id.replace('_', ' ')} ({_look_at(sign)})?"


def _look_at(sign: SignSpec) -> str:
    kind = kind_tested_by(sign.test)
    return kind.describe_wanted(sign.test[kind.name]) if kind else ""


def _minutes_of(sign: SignSpec) -> float:
    kind = kind_tested_by(sign.test)
    assert kind is not None
    return sign.minutes or kind.minutes


def _is_open(sign: SignSpec, name: str, dossier: Dossier) -> bool:
    """Whether the facts cannot tell: nothing of the kind came in, or it is silence that does not tell."""
    kind = kind_tested_by(sign.test)
    if kind is None or not kind.can_be_asked:
        return False
    hits = kind.count_hits(sign.test[kind.name], name, dossier.facts)
    return hits is None or (hits.count == 0 and not kind.silence_tells)


def _open_checks(
    dossier: Dossier, ranking: "_Ranking", pack: DomainPack
) -> Iterator[tuple[CauseSpec, SignSpec, list[_Asked]]]:
    """The signs of the likeliest causes of which nothing is known, each test once, with all signs it decides."""
    by_kind: dict[str, list[_Asked]] = {}
    for one in _all_signs(pack):
        by_kind.setdefault(next(iter(one.sign.test)), []).append(one)
    covered = {name for one in dossier.answers for name in one.signs}
    for cause in filter(None, (pack.cause(one.cause) for one in ranking.ranked[:MOST_CAUSES])):
        for sign in cause.signs:
            name = f"{cause.id}/{sign.id}"
            if name not in covered and _is_open(sign, name, dossier):
                alike = [one for one in by_kind[next(iter(sign.test))] if one.sign.test == sign.test]
                covered.update(f"{one.cause}/{one.sign.id}" for one in alike)
                yield cause, sign, alike


class _Weighed(NamedTuple):
    """A check with the chance of a yes, what either answer makes of the confidences, and how much that changes."""

    name: str
    sign: SignSpec
    alike: Sequence[_Asked]
    chances: Mapping[CheckWord, float]
    shares: Mapping[CheckWord, Sequence[float]]
    change: float


class _Ranking:
    """The ranking of now, taken apart so that one sign can be answered without scoring everything anew."""

    def __init__(self, hypotheses: Sequence[Hypothesis], signals: int) -> None:
        self.ranked = hypotheses
        self.known = [one for one in hypotheses if one.cause != UNKNOWN]
        self.in_order = [*self.known, *(one for one in hypotheses if one.cause == UNKNOWN)]
        self._signals = signals
        self._scores = [one.score for one in self.in_order]
        self._sums = [_sum_of_signs(one) for one in self.known]
        self._place = {one.cause: place for place, one in enumerate(self.known)}
        self.leading = next(place for place, one in enumerate(self.in_order) if one is hypotheses[0])

    def shares_after(self, alike: Sequence[_Asked], holds: bool) -> list[float]:
        """The confidences as they would be, the unknown last."""
        scores = list(self._scores)
        for one in alike:
            if (place := self._place.get(one.cause)) is not None:
                scores[place] = self._score_after(place, one, holds)
        return shares_of(scores)

    def _score_after(self, place: int, asked: _Asked, holds: bool) -> float:
        """The score with one sign answered; what few signals take from the sum changes with it."""
        hypothesis, (before, pulled) = self.known[place], self._sums[place]
        findings = (*hypothesis.findings_for, *hypothesis.findings_against)
        seen = sum(one.weight for one in findings if one.sign == asked.sign.id)
        after = before - seen + asked.weight_of(holds)
        return hypothesis.score - before - pulled + after + pull_of_thinness(after, self._signals, asked.cause)


def _sum_of_signs(hypothesis: Hypothesis) -> tuple[float, float]:
    """What the signs sum up to, and what few signals take from it; attempts and lessons stand beside both."""
    findings = (*hypothesis.findings_for, *hypothesis.findings_against)
    signs = sum(one.weight for one in findings if one.sign != THIN_EVIDENCE and ":" not in one.sign)
    return signs, sum(one.weight for one in findings if one.sign == THIN_EVIDENCE)


def _weigh_check(cause: CauseSpec, sign: SignSpec, alike: Sequence[_Asked], ranking: _Ranking) -> _Weighed:
    holds = _chance_of(alike, ranking.ranked)
    chances = {CheckWord.YES: holds, CheckWord.NO: 1 - holds}
    shares = {answer: ranking.shares_after(alike, answer is CheckWord.YES) for answer in chances}
    now = _log_odds(ranking.ranked[0].confidence)
    change = sum(chances[one] * abs(_log_odds(shares[one][ranking.leading]) - now) for one in chances)
    return _Weighed(f"{cause.id}.{sign.id}", sign, alike, chances, shares, change)


def _word_check(weighed: _Weighed, ranking: _Ranking) -> NextCheck:
    outcomes = []
    for answer, shares in weighed.shares.items():
        share, first = max(zip(shares, ranking.in_order, strict=True), key=lambda one: one[0])
        outcomes.append(
            CheckOutcome(
                answer=answer,
                chance=round(weighed.chances[answer], 4),
                cause=first.cause,
                title=first.title,
                confidence=round(share, 4),
            )
        )
    return NextCheck(
        sign=weighed.name,
        ask=word_question(weighed.sign),
        look_at=_look_at(weighed.sign),
        causes=tuple(_told_apart(weighed.alike, ranking.ranked)),
        minutes=_minutes_of(weighed.sign),
        change=round(weighed.change, 4),
        outcomes=tuple(outcomes),
    )


def _chance_of(alike: Sequence[_Asked], hypotheses: Sequence[Hypothesis]) -> float:
    """How likely a yes is: by how often each cause shows the sign, and how likely each cause is."""
    shown = {one.cause: one.chances() for one in alike if not one.against}
    elsewhere = sum(one for _, one in shown.values()) / len(shown)
    hidden = {one.cause: math.exp(-one.sign.weight / TEMPERATURE) for one in alike if one.against}
    chance = sum(
        one.confidence * (shown[one.cause][0] if one.cause in shown else elsewhere * hidden.get(one.cause, 1.0))
        for one in hypotheses
    )
    return min(chance, 1.0)


def _told_apart(alike: Sequence[_Asked], hypotheses: Sequence[Hypothesis]) -> Iterator[str]:
    """The likely causes that the answer moves, and the likeliest that it does not."""
    moved = {one.cause for one in alike}
    other = next((one.cause for one in hypotheses if one.cause not in moved), None)
    return (one.cause for one in hypotheses[:MOST_CAUSES] if one.cause in moved or one.cause == other)


def _log_odds(share: float) -> float:
    held = min(max(share, NEARLY), 1 - NEARLY)
    return log_odds(held)
