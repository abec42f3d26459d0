"""Ranks causes. Every sign gives log-odds for or against, every number is recorded, and what nobody catalogued has a
share of its own.

    score of a cause = prior + the weights of all its findings        confidence = softmax(score / TEMPERATURE) with the
    unknown

The findings are: signs seen, signs missed, contradictions, how thin the evidence is, what was already tried, and what
earlier incidents taught.
"""

import math
from collections.abc import Sequence

from app.config.model import CauseSpec, DomainPack, SignSpec
from app.domain.checks import NAMED, NamedCause
from app.domain.decisions import AttemptEnd, Tried
from app.domain.evidence import Evidence
from app.domain.hypotheses import UNKNOWN, Dossier, Finding, Hypothesis
from app.domain.lessons import Lesson
from app.reason.bound import count_witnesses, lower_bound
from app.reason.facts import presence_of
from app.signs.attribute import dimensions_of
from app.signs.base import Presence
from app.signs.registry import kind_tested_by

HALF_CONVINCED = 5
"""With this many signals, signs weigh half of what they would with very many."""
THIN_FROM = 0.15
"""A pull smaller than this is no finding: many signals are not thin."""
UNKNOWN_FLOOR = 0.03
"""What nobody catalogued is never less likely than this, so that no cause looks certain."""
TRIED_WEIGHTS = {AttemptEnd.INEFFECTIVE: -2.0, AttemptEnd.HARMED: -2.5}
REFUTED_WEIGHT = -2.5
"""On the same incident, once newer evidence lets the cause be weighed again."""
LESSON_WEIGHTS = {
    AttemptEnd.VERIFIED: 0.35,
    AttemptEnd.INEFFECTIVE: -0.4,
    AttemptEnd.HARMED: -0.6,
    AttemptEnd.REFUTED: -0.5,
    AttemptEnd.NAMED: 0.35,
}
"""A proposal that was refused (REJECTED) says nothing about its cause; that a person called the cause wrong (REFUTED)
or named it (NAMED) does.
"""
LESSON_BOUND = 0.8
ROUNDING = 6
THIN_EVIDENCE = "thin_evidence"
UNKNOWN_TITLE = "A cause nobody has catalogued"
OVERLAP = 0.6
"""Where messages are compared with sentences, what is counted for a cause says in part the same, and weighs so much of
itself; what speaks against one stands for itself.
"""
HALF_HEARD = 1
"""With so many different messages, what they mean weighs half of what it would with very many."""
NAMED_CONFIDENCE = 0.95
"""What a cause has that a person named on this incident: it leads, and people err too."""
LEAST_NAMED = 0.01
NAMED_SIGN = "named:"
TEMPERATURE = 1.0
"""What scores are softened by before they become confidences; above 1 they would claim less. On labelled incidents of
strangers, judged with and without a model of meaning, what is claimed comes nearest to what is right here.
"""


def score_causes(
    dossier: Dossier,
    evidence: Sequence[Evidence],
    pack: DomainPack,
    tried: Sequence[Tried] = (),
    lessons: Sequence[Lesson] = (),
) -> list[Hypothesis]:
    """Hypotheses with confidences that sum to one, `unknown` among them, best first."""
    weighed = [_weigh_cause(cause, dossier, evidence, tried, lessons) for cause in pack.causes]
    told = _let_named_lead([*weighed, _weigh_unknown(dossier, evidence, pack)], dossier, evidence)
    shares = shares_of([one.score for one in told])
    ranked = [_with_share(one, share, pack) for one, share in zip(told, shares, strict=True)]
    return sorted(ranked, key=lambda one: (-one.confidence, one.cause == UNKNOWN, one.cause))


def _with_share(hypothesis: Hypothesis, share: float, pack: DomainPack) -> Hypothesis:
    """With its confidence, and what may be acted on of that; a person's name for the cause stands for itself."""
    cause = pack.cause(hypothesis.cause)
    if cause is None or any(one.sign.startswith(NAMED_SIGN) for one in hypothesis.findings_for):
        return hypothesis.model_copy(update={"confidence": share})
    bound = lower_bound(share, count_witnesses(cause, hypothesis.findings_for))
    return hypothesis.model_copy(update={"confidence": share, "lower": bound if bound < share else None})


def _let_named_lead(
    weighed: Sequence[Hypothesis], dossier: Dossier, evidence: Sequence[Evidence]
) -> list[Hypothesis]:  # fmt: skip
    """The same with the cause that a person named ahead of all others, by a recorded number whose sign is who named
    it.
    """
    named = dossier.named
    rows = tuple(row.id for row in evidence if row.kind == NAMED)
    if named is None or not rows:
        return list(weighed)
    needed = lift_of_name([one.score for one in weighed if one.cause != named.cause])
    return [
        _with_name(one, named, max(needed - one.score, LEAST_NAMED), rows) if one.cause == named.cause else one
        for one in weighed
    ]


def _with_name(hypothesis: Hypothesis, named: NamedCause, weight: float, rows: tuple[str, ...]) -> Hypothesis:
    finding = Finding(
        sign=f"{NAMED_SIGN}{named.by}", statement=named.sentence, weight=round(weight, ROUNDING), evidence_ids=rows
    )
    return hypothesis.changed(
        score=round(hypothesis.score + finding.weight, ROUNDING), findings_for=(finding, *hypothesis.findings_for)
    )


def shares_of(scores: Sequence[float]) -> list[float]:
    """The confidences of scores of which the last is that of the unknown."""
    return _floor_unknown(_to_shares(scores))


def pull_of_thinness(total: float, signals: int, owner: str) -> float:
    """How much few signals take from what the signs of a cause sum up to; 0 where that is nothing, or too little to
    tell. That something has a known cause is as little proved by them as that it has this one.
    """
    weight = round(-total * HALF_CONVINCED / (signals + HALF_CONVINCED), ROUNDING)
    return 0.0 if (total <= 0 and owner != UNKNOWN) or abs(weight) < THIN_FROM else weight


def confidence_alone(hypothesis: Hypothesis) -> float:
    """The confidence on which the agent may act by itself: the least that it may be, without what was learnt from cures
    that nobody untreated stood beside.
    """
    given = math.fsum(one.weight for one in hypothesis.findings_for if one.uncontrolled)
    least = hypothesis.least
    left = least * math.exp(-given / TEMPERATURE)
    return left / (1 - least + left) if given else least


def _to_shares(scores: Sequence[float]) -> list[float]:
    highest = max(scores)
    powers = [math.exp((one - highest) / TEMPERATURE) for one in scores]
    total = math.fsum(powers)
    return [min(max(power / total, 0.0), 1.0) for power in powers]


def _floor_unknown(shares: Sequence[float]) -> list[float]:
    """The shares with that of the unknown, which is the last, raised to its floor; the others keep their order and give
    way in proportion.
    """
    *causes, unknown = shares
    if unknown >= UNKNOWN_FLOOR:
        return list(shares)
    return [*(one * (1 - UNKNOWN_FLOOR) / (1 - unknown) for one in causes), UNKNOWN_FLOOR]


def lift_of_name(others: Sequence[float]) -> float:
    """The score that a cause needs to lead these others as one that a person named."""
    softened = [one / TEMPERATURE for one in others]
    highest = max(softened)
    all_others = highest + math.log(math.fsum(math.exp(one - highest) for one in softened))
    return TEMPERATURE * (math.log(NAMED_CONFIDENCE / (1 - NAMED_CONFIDENCE)) + all_others)


def bound_lesson(total: float, outcome: AttemptEnd) -> float:
    """What one more lesson adds to those before it."""
    return max(-LESSON_BOUND, min(LESSON_BOUND, total + LESSON_WEIGHTS[outcome])) - total


def _weigh_cause(
    cause: CauseSpec, dossier: Dossier, evidence: Sequence[Evidence], tried: Sequence[Tried], lessons: Sequence[Lesson]
) -> Hypothesis:
    findings, missing = _weigh_signs(cause.id, cause.signs, dossier, evidence)
    findings += _weigh_contradictions(cause, dossier, evidence)
    findings += _weigh_thinness(cause.id, findings, dossier)
    findings += _weigh_attempts(cause, tried)
    findings += _weigh_lessons(cause, dossier, evidence, lessons)
    return Hypothesis(
        cause=cause.id,
        category=cause.category,
        title=cause.title,
        confidence=0.0,
        score=round(cause.prior + math.fsum(one.weight for one in findings), ROUNDING),
        findings_for=tuple(
            sorted((one for one in findings if one.weight > 0), key=lambda one: (-one.weight, one.sign))
        ),
        findings_against=tuple(
            sorted((one for one in findings if one.weight < 0), key=lambda one: (one.weight, one.sign))
        ),
        missing=tuple(missing),
    )


def _weigh_unknown(dossier: Dossier, evidence: Sequence[Evidence], pack: DomainPack) -> Hypothesis:
    """What nobody catalogued, by what the pack says is none of its causes."""
    findings, _ = _weigh_signs(UNKNOWN, pack.unknown_signs, dossier, evidence)
    findings += _weigh_thinness(UNKNOWN, findings, dossier)
    return Hypothesis(
        cause=UNKNOWN,
        category="unknown",
        title=UNKNOWN_TITLE,
        confidence=0.0,
        score=round(pack.unknown_prior + math.fsum(one.weight for one in findings), ROUNDING),
        findings_for=tuple(one for one in findings if one.weight > 0),
        findings_against=tuple(one for one in findings if one.weight < 0),
        missing=("a sign that fits no known cause is not told apart from noise",),
    )


def _weigh_signs(
    owner: str, signs: Sequence[SignSpec], dossier: Dossier, evidence: Sequence[Evidence]
) -> tuple[list[Finding], list[str]]:
    findings, missing = [], []
    for sign in signs:
        presence = presence_of(sign, owner, dossier, evidence)
        told = presence.degree * sign.weight - (1 - presence.degree) * sign.absent if presence.testable else 0.0
        told *= presence.reach if told < 0 else 1.0
        weight = round(_own_share(sign, presence, dossier) * told, ROUNDING) if told else 0.0
        if weight > 0:
            findings.append(
                Finding(
                    sign=sign.id,
                    statement=_fill_sentence(sign, presence),
                    weight=weight,
                    evidence_ids=presence.evidence_ids,
                )
            )
        elif weight < 0:
            seen = f"Expected and {'hardly' if presence.count else 'not'} seen"
            statement = f"{'A person says that this is not so' if presence.by_word else seen}: {_expected_sign(sign)}."
            findings.append(
                Finding(
                    sign=sign.id,
                    statement=statement,
                    weight=weight,
                    evidence_ids=presence.evidence_ids or _seen_instead(sign, evidence),
                )
            )
        kind = kind_tested_by(sign.test)
        if presence.degree < 0.5 and kind is not None and kind.can_be_asked:
            missing.append(_expected_sign(sign))
    return findings, missing


def _own_share(sign: SignSpec, presence: Presence, dossier: Dossier) -> float:
    """How much a sign says that nothing else says, and rests on; the word of a person stands for itself."""
    heard = dossier.facts.meanings.messages
    if presence.by_word or not heard:
        return 1.0
    return heard / (heard + HALF_HEARD) if "meaning" in sign.test else OVERLAP


def _seen_instead(sign: SignSpec, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """What was seen where the sign was expected: the evidence that it is absent."""
    kind = kind_tested_by(sign.test)
    wanted = kind.contrary_rows if kind else ()
    test = sign.test.get("attribute")
    return tuple(
        one.id
        for one in evidence
        if one.kind in wanted
        and (not isinstance(test, dict) or dimensions_of(test, [str(one.data.get("dimension", ""))]))
    )[:3]


def _weigh_contradictions(cause: CauseSpec, dossier: Dossier, evidence: Sequence[Evidence]) -> list[Finding]:
    findings = []
    for sign in cause.contradictions:
        presence = presence_of(sign, cause.id, dossier, evidence, against=True)
        if presence.testable and presence.degree > 0 and sign.weight > 0:
            weight = -round(presence.reach * presence.degree * sign.weight, ROUNDING)
            findings.append(
                Finding(
                    sign=sign.id,
                    statement=_fill_sentence(sign, presence),
                    weight=weight,
                    evidence_ids=presence.evidence_ids,
                )
            )
    return findings


def _weigh_thinness(owner: str, findings: Sequence[Finding], dossier: Dossier) -> list[Finding]:
    """Few signals prove little: whatever the signs sum up to is pulled towards nothing."""
    total, signals = math.fsum(one.weight for one in findings), dossier.facts.signals
    weight = pull_of_thinness(total, signals, owner)
    if not weight:
        return []
    statement = f"It rests on {signals} {'signal' if signals == 1 else 'signals'}; that lowers what the signs prove."
    return [Finding(sign=THIN_EVIDENCE, statement=statement, weight=weight, evidence_ids=dossier.evidence_ids[:1])]


def _weigh_attempts(cause: CauseSpec, tried: Sequence[Tried]) -> list[Finding]:
    findings = []
    for one in sorted(tried, key=lambda attempt: attempt.action_id):
        if one.cause == cause.id and one.cause_is_wrong:
            said = f": {one.reason}" if one.reason else "."
            statement = f"A person said of this incident that this is not the cause ({one.action_id}){said}"
            findings.append(Finding(sign=f"refuted:{one.action_id}", statement=statement, weight=REFUTED_WEIGHT))
        elif one.cause == cause.id and one.ended in TRIED_WEIGHTS:
            statement = (
                f"{one.tool} was already tried for this cause on this incident ({one.action_id}) and ended {one.ended}."
            )
            findings.append(
                Finding(sign=f"tried:{one.action_id}", statement=statement, weight=TRIED_WEIGHTS[one.ended])
            )
    return findings


def _weigh_lessons(
    cause: CauseSpec, dossier: Dossier, evidence: Sequence[Evidence], lessons: Sequence[Lesson]
) -> list[Finding]:
    """What earlier incidents of this type taught about this cause: a bounded, recorded number, each with its evidence
    row.
    """
    rows = {str(one.data.get("lesson")): one.id for one in evidence if one.kind == "lesson"}
    findings: list[Finding] = []
    total = 0.0
    for one in sorted(
        {lesson.id: lesson for lesson in lessons}.values(), key=lambda lesson: (lesson.at, lesson.id), reverse=True
    ):
        if one.cause != cause.id or one.id not in rows or one.outcome not in LESSON_WEIGHTS:
            continue
        weight = bound_lesson(total, one.outcome)
        total += weight
        if abs(weight) > 1e-9:
            ended = "was named so by a person" if one.outcome is AttemptEnd.NAMED else f"ended {one.outcome}"
            statement = (
                f"An earlier incident with this cause ({one.incident_id}) {ended}; that moves the score by"
                f" {weight:+.2f}."
            )
            findings.append(
                Finding(
                    sign=f"lesson:{one.id}",
                    statement=statement,
                    weight=round(weight, ROUNDING),
                    evidence_ids=(rows[one.id],),
                    uncontrolled=one.uncontrolled and weight > 0,
                )
            )
    return findings


def _fill_sentence(sign: SignSpec, presence: Presence) -> str:
    if presence.by_word:
        return f"A person says that this is so: {_expected_sign(sign)}."
    words = {
        "{share}": f"{presence.share:.0%}",
        "{count}": str(presence.count),
        "{merchants}": str(presence.count),
        "{value}": presence.value,
    }
    text = sign.says
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text


def _expected_sign(sign: SignSpec) -> str:
    return sign.id.replace("_", " ")
