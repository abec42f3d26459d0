"""Chooses the one proposal for an incident: the likeliest cause that can be treated, else the people who should know.

Pure and replayable: the same dossier, assessment and history give the same proposal. What was passed over is named with
its reason.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from app.config.model import CauseSpec, DomainPack, Thresholds, TreatmentSpec, names_in_template
from app.domain.base import JsonMapping, JsonObject, object_in
from app.domain.decisions import Alternative, AttemptEnd, Effect, Forecast, Tried, Undo, fingerprint_request
from app.domain.dossier_facts import Selector
from app.domain.hypotheses import UNKNOWN, Assessment, Dossier, Hypothesis, name_cure
from app.domain.merchants import Merchant
from app.domain.tenants import ToolMode
from app.playbooks.attributes import NotShared, attribute_words
from app.playbooks.canary import begin_with_canary
from app.playbooks.model import Proposal
from app.playbooks.templates import Words, fill_template, filled_arguments
from app.playbooks.waves import HOLD, WAVE_TOOLS, find_spared
from app.ports.connectors import ToolSpec
from app.validation.schema import problems_of_arguments
from app.wording.counts import stores_in_words

RECORDING = frozenset({Effect.READ, Effect.INTERNAL_NOTE, Effect.EXTERNAL_ESCALATION})
"""Classes of tools that write something down or look something up; their promise is that it can be found again."""
NEVER_AGAIN = frozenset(
    {
        AttemptEnd.INEFFECTIVE,
        AttemptEnd.HARMED,
        AttemptEnd.UNDONE,
        AttemptEnd.TAKEN_BACK,
        AttemptEnd.FAILED,
        AttemptEnd.IN_DOUBT,
    }
)
BIG_ROLLOUT = 10
TENTH = 10


@dataclass(frozen=True)
class PlanFacts:
    """What a plan is made from."""

    dossier: Dossier
    assessment: Assessment
    pack: DomainPack
    thresholds: Thresholds
    specs: Mapping[str, ToolSpec]
    merchants: Mapping[str, Merchant]
    tried: Sequence[Tried]
    evidence_version: int
    mode: ToolMode
    most_at_once: int | None = None
    """So many merchants may be treated in an hour."""


@dataclass(frozen=True)
class _PlanDraft(PlanFacts):
    """The same, and what was passed over on the way to a proposal."""

    passed_over: list[Alternative] = field(default_factory=list)

    @classmethod
    def of(cls, known: PlanFacts) -> "_PlanDraft":
        return cls(**vars(known))

    def pass_over(self, cause: str, tool: str | None, why_not: str) -> None:
        self.passed_over.append(Alternative(cause=cause, tool=tool, why_not=why_not))


def find_tool(cause: str, known: PlanFacts) -> str | None:
    """What would be proposed against a cause if it were likely enough; nothing where no action is known or may be, and
    nothing against a single signal.
    """
    dossier, hypotheses = known.dossier, known.assessment.hypotheses
    found = next((one for one in hypotheses if one.cause == cause), None)
    if found is None or dossier.asked_for or _is_thin(dossier):
        return None
    made = _treatment_of(_PlanDraft.of(known), found.changed(confidence=1.0, lower=None))
    return made.tool if made else None


def propose_treatment(known: PlanFacts) -> Proposal | None:
    """The next proposal for the incident, or None when there is nothing left to propose and people take over."""
    dossier, assessment, tried = known.dossier, known.assessment, known.tried
    evidence_version = known.evidence_version
    if dossier.asked_for:
        return None
    case = _PlanDraft.of(known)
    ranked = sorted(assessment.hypotheses, key=lambda one: (-one.confidence, one.cause))
    if not ranked:
        return _propose_escalation(
            case, Hypothesis(cause=UNKNOWN, category=UNKNOWN, title="Not known", confidence=0.0, score=0.0)
        )
    thin = _is_thin(dossier)
    lead = leading(assessment, tried, evidence_version)
    chosen = None if thin else next((found for found in (_treatment_of(case, one) for one in ranked) if found), None)
    if thin:
        case.pass_over(
            lead.cause, None, "It rests on a single signal; that is too thin to change anything, so people are told."
        )
    if chosen is None:
        return _propose_escalation(case, lead)
    later = [
        one
        for one in ranked
        if one.confidence <= chosen.confidence and one.cause not in {chosen.cause, *(a.cause for a in case.passed_over)}
    ]
    less_likely = (
        Alternative(cause=one.cause, why_not=f"Less likely: {one.confidence:.0%} against {chosen.confidence:.0%}.")
        for one in later
    )
    return chosen.changed(alternatives=(*case.passed_over, *less_likely))


def _is_thin(dossier: Dossier) -> bool:
    """Whether it rests on a single signal, on nobody's word and on no cure of others."""
    return dossier.signal_count == 1 and dossier.named is None and not dossier.proven


def leading(assessment: Assessment, tried: Sequence[Tried], evidence_version: int) -> Hypothesis:
    """The likeliest cause of which no person has said with this evidence that it is wrong; the likeliest of all when
    only such are left.
    """
    ranked = sorted(assessment.hypotheses, key=lambda one: (-one.confidence, one.cause))
    return next((one for one in ranked if _refuted(one.cause, tried, evidence_version) is None), assessment.best)


def _refuted(cause: str, tried: Sequence[Tried], evidence_version: int) -> Tried | None:
    """The refusal by which a person excluded a cause; newer evidence may bring it back. What is not known cannot be
    wrong.
    """
    wrong = (
        one for one in tried if one.cause == cause and one.cause_is_wrong and one.evidence_version >= evidence_version
    )
    return None if cause == UNKNOWN else next(wrong, None)


def _treatment_of(case: _PlanDraft, hypothesis: Hypothesis) -> Proposal | None:
    """The first treatment of a cause that may be proposed; every other one is passed over with its reason."""
    refusal = _cause_refusal(case, hypothesis)
    cause = case.pack.cause(hypothesis.cause)
    if refusal or cause is None:
        case.pass_over(hypothesis.cause, None, refusal or "The domain pack does not know this cause.")
        return None
    for treatment in _list_fitting(case, hypothesis, cause):
        why_not = _tried_refusal(case, hypothesis.cause, treatment.tool)
        made = None if why_not else _fill_treatment(case, hypothesis, treatment)
        if isinstance(made, Proposal):
            made = _refused_request(case, made) or made
        if isinstance(made, Proposal):
            return made
        case.pass_over(hypothesis.cause, treatment.tool, why_not or made or "")
    return None


def _cause_refusal(case: _PlanDraft, hypothesis: Hypothesis) -> str | None:
    if hypothesis.cause == UNKNOWN:
        return "What is not known cannot be treated."
    wrong = _refuted(hypothesis.cause, case.tried, case.evidence_version)
    if wrong is not None:
        return f"A person said with the same evidence that this is not the cause ({wrong.action_id}){_why(wrong)}"
    cause = case.pack.cause(hypothesis.cause)
    if cause is None or _list_fitting(case, hypothesis, cause):
        return None
    if hypothesis.least < case.thresholds.escalate_confidence:
        floor = f"{case.thresholds.escalate_confidence:.0%}"
        if hypothesis.confidence >= case.thresholds.escalate_confidence:
            return (
                f"Too few kinds of evidence speak for it: its confidence of {hypothesis.confidence:.0%} counts as"
                f" {hypothesis.least:.0%}, below {floor}, too little to treat it."
            )
        return f"Its confidence of {hypothesis.confidence:.0%} is below {floor}, too little to treat it."
    return "No action is known to treat it."


def _list_fitting(case: _PlanDraft, hypothesis: Hypothesis, cause: CauseSpec) -> Sequence[TreatmentSpec]:
    """The treatments of a cause, where it is likely enough; else what has cured others of the same incident of it."""
    if hypothesis.least >= case.thresholds.escalate_confidence:
        return cause.treatments
    return [one for one in cause.treatments if name_cure(cause.id, one.tool) in case.dossier.proven]


def _tried_refusal(case: _PlanDraft, cause: str, tool: str) -> str | None:
    """Why this tool is not proposed again for this cause, from what happened before."""
    for one in case.tried:
        if (one.cause, one.tool) != (cause, tool):
            continue
        if _refused(case, one):
            return f"A person refused it with the same evidence ({one.action_id}){_why(one)}"
        if one.ended in NEVER_AGAIN:
            return f"It was tried ({one.action_id}) and ended {one.ended}."
    return None


def _refused_request(case: _PlanDraft, made: Proposal) -> str | None:
    """Why the very same request is not asked for against another cause either."""
    same = fingerprint_request(made.tool, made.arguments)
    refused = next((one for one in case.tried if one.request == same and _refused(case, one)), None)
    return (
        f"A person refused exactly this with the same evidence ({refused.action_id}){_why(refused)}"
        if refused
        else None
    )


def _refused(case: _PlanDraft, one: Tried) -> bool:
    return one.ended is AttemptEnd.REJECTED and one.evidence_version >= case.evidence_version


def _why(one: Tried) -> str:
    return f": {one.reason}" if one.reason else ""


def _propose_escalation(case: _PlanDraft, hypothesis: Hypothesis) -> Proposal | None:
    """People are called in, once; after a refusal only when there is new evidence."""
    treatment = case.pack.fallback
    for one in case.tried:
        stale_refusal = one.ended is AttemptEnd.REJECTED and one.evidence_version < case.evidence_version
        if one.tool == treatment.tool and one.ended is not AttemptEnd.SUPERSEDED and not stale_refusal:
            return None
    made = _fill_treatment(case, hypothesis, treatment)
    return made.changed(alternatives=tuple(case.passed_over), fallback=True) if isinstance(made, Proposal) else None


def _fill_treatment(case: _PlanDraft, hypothesis: Hypothesis, treatment: TreatmentSpec) -> Proposal | str:
    """The proposal of one treatment, or the sentence that says why it cannot be made."""
    spec = case.specs.get(treatment.tool)
    if spec is None:
        return "The tool is unknown or switched off."
    if spec.name == HOLD:
        scope = find_spared(case.dossier.blast.at_risk, case.merchants)
        if not scope:
            return "Nobody is known who would break by being cut over, so holding a wave spares nobody."
    else:
        scope = _treatable_merchants(case, hypothesis.cause if treats_merchants(spec) else UNKNOWN)
    if treats_merchants(spec):
        scope = _without_singled_out(case, hypothesis.cause, spec.name, scope)
    first = len(scope)
    proven = name_cure(hypothesis.cause, spec.name) in case.dossier.proven
    if treats_merchants(spec) and len(scope) > case.thresholds.canary_above_merchants and not proven:
        lasted = timedelta(hours=case.dossier.impact.hours)
        scope, first = begin_with_canary(scope, case.dossier.blast, lasted, treatment.target_ratio, case.merchants)
    try:
        shared = attribute_words(treatment, [case.merchants[one] for one in scope if one in case.merchants])
    except NotShared as reason:
        return f"It cannot be filled in: {reason}."
    words = _template_words(case, hypothesis, treatment, scope, shared)
    arguments = filled_arguments(treatment.arguments, words, spec.arguments)
    problems = problems_of_arguments(spec.arguments, arguments)
    if problems:
        return "Its arguments cannot be filled: " + "; ".join(
            f"{problem['where']}: {problem['what']}" for problem in problems
        )
    return Proposal(
        cause=hypothesis.cause,
        confidence=hypothesis.confidence,
        tool=spec.name,
        title=str(words["title"]),
        mode=case.mode,
        arguments=arguments,
        scope=scope,
        rollout=rollout_of(scope, first, case.most_at_once if treats_merchants(spec) else None),
        forecast=_fill_forecast(case, spec, treatment, words, scope),
        undo=fill_undo(spec, arguments, case.specs),
    )


def treats_merchants(spec: ToolSpec) -> bool:
    """Whether a tool is sent merchant by merchant; others are sent once for the whole scope."""
    return spec.effect not in RECORDING and "merchant_ids" in object_in(spec.arguments, "properties")


def rollout_of(scope: Sequence[str], first: int, most: int | None = None) -> tuple[tuple[str, ...], ...]:
    """The cohorts: so many first and then the rest; of many, a tenth in between, unless that many came first. The rest
    goes in parts where no more than so many may be treated in an hour.
    """
    begins = min(first, most or first)
    if begins >= len(scope):
        return (tuple(scope),)
    cuts, tenth = [0, begins], min(math.ceil(len(scope) / TENTH), most or len(scope))
    if len(scope) > BIG_ROLLOUT and begins < tenth:
        cuts.append(begins + tenth)
    cuts += range(cuts[-1] + most, len(scope), most) if most else ()
    return tuple(tuple(scope[start:end]) for start, end in pairwise([*cuts, len(scope)]) if start < end)


def _treatable_merchants(case: _PlanDraft, cause: str) -> tuple[str, ...]:
    """The merchants that are hit and that we know, those first of whom most is seen, so that what is tried on the first
    of them soon shows; then the others whose setting is the one that the cause is about. As they were seen when we know
    none of them.
    """
    blast = case.dossier.blast
    seen = sorted(set(blast.merchants or case.dossier.merchants), key=lambda one: (-blast.failures.get(one, 0), one))
    known = [merchant for merchant in seen if merchant in case.merchants]
    carriers = [one for one in blast.carriers.get(cause, ()) if one not in known and one in case.merchants]
    return tuple([*known, *carriers] or seen)


def _without_singled_out(case: _PlanDraft, cause: str, tool: str, scope: tuple[str, ...]) -> tuple[str, ...]:
    """Those without the ones a person had just this taken back for; everybody where nobody else is left, for policy to
    refuse.
    """
    taken_back = {
        merchant
        for one in case.dossier.facts.undone
        if one.singled_out and (one.cause, one.tool) == (cause, tool)
        for merchant in one.merchants
    }
    return tuple(one for one in scope if one not in taken_back) or scope


def _template_words(
    case: _PlanDraft, hypothesis: Hypothesis, treatment: TreatmentSpec, scope: Sequence[str], shared: Words
) -> JsonObject:
    """The typed facts that the templates of a treatment may name."""
    words = {**shared, **list_template_words(case, hypothesis.cause, hypothesis.title, scope)}
    return {**words, "title": _proposal_title(treatment, words, len(scope))}


def list_template_words(known: PlanFacts, cause_id: str, title: str, scope: Sequence[str]) -> JsonObject:
    """The typed facts that any template may name."""
    facts = known.dossier.facts
    cause = known.pack.cause(cause_id)
    return {
        "merchant_ids": list(scope),
        "incident_id": known.dossier.incident_id,
        "severity": known.dossier.severity,
        "cause": cause_id,
        "cause_title": cause.title if cause else title,
        "stores": stores_in_words(len(scope)),
        "count": known.dossier.signal_count,
        "code": most_frequent(facts.codes),
        "endpoint": most_frequent(facts.endpoints),
        "topic": most_frequent(facts.topics),
        "stage": most_frequent(facts.stages),
        "wave": _common_wave(known.merchants, scope),
        "summary": known.assessment.summary,
    }


def _proposal_title(treatment: TreatmentSpec, words: Words, count: int) -> str:
    """Plain words with the number of stores, also when the template does not ask for it."""
    title = fill_template(treatment.title, words) or treatment.tool.replace("_", " ")
    return (
        str(title)
        if {"stores", "merchant_ids"} & set(names_in_template(treatment.title)) or not count
        else f"{title} ({stores_in_words(count)})"
    )


def most_frequent(counts: Mapping[str, int]) -> str | None:
    """The most frequent key of a count; the first by name among equals."""
    return min(counts, key=lambda name: (-counts[name], name), default=None)


def _common_wave(merchants: Mapping[str, Merchant], scope: Sequence[str]) -> int | None:
    waves = Counter(merchants[one].wave for one in scope if one in merchants and merchants[one].wave is not None)
    return min(waves, key=lambda wave: (-waves[wave], wave or 0)) if waves else None


def _fill_forecast(
    case: _PlanDraft, spec: ToolSpec, treatment: TreatmentSpec, words: Words, scope: tuple[str, ...]
) -> Forecast:
    """The promise a machine can check."""
    recording = spec.effect in RECORDING or spec.name in WAVE_TOOLS
    return Forecast(
        metric="reference_exists" if recording else "error_rate",
        selector=Selector() if recording else case.dossier.facts.selector,
        merchants=scope,
        direction="up" if recording else "down",
        target_ratio=1.0 if recording else treatment.target_ratio,
        within_minutes=treatment.within_minutes,
        statement=str(fill_template(treatment.promise, words) or ""),
    )


def fill_undo(spec: ToolSpec, arguments: JsonMapping, specs: Mapping[str, ToolSpec]) -> Undo | None:
    """How to take it back; a {reference} stays open until the action has been answered."""
    tool = specs.get(str(spec.undo["tool"])) if spec.undo else None
    if spec.undo is None or tool is None:
        return None
    words = {**arguments, "reference": "{reference}"}
    return Undo(
        tool=tool.name,
        arguments=filled_arguments(object_in(spec.undo, "arguments"), words, tool.arguments),
        statement=str(spec.undo.get("statement", "")),
    )
