"""Why something else was not chosen: another action, another cause, or nothing at all."""

from app.domain.decisions import Alternative
from app.domain.hypotheses import UNKNOWN, Hypothesis, shown_confidence
from app.explain.case import Case, Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import (
    MOST_REASONS,
    find_best,
    list_core_evidence,
    list_hypotheses,
    list_names,
    title_cause,
)

NOTHING = frozenset(("nothing", "nichts", "rien", "nada", "wait", "waiting", "warten", "attendre", "esperar"))


def _answer(draft: Draft, asked: Inquiry) -> None:
    case, proposal = draft.case, draft.case.proposal
    named = (*asked.tools, *asked.causes)
    wanted = {word for name in (*named, asked.subject.casefold()) for word in name.replace("-", "_").split("_")}
    wanted = {word for word in wanted if len(word) > 2}
    if wanted & NOTHING and not named:
        _weigh_doing_nothing(draft)
        return
    ids = list_core_evidence(case, proposal.cause if proposal else UNKNOWN)
    for one in proposal.alternatives if proposal else ():
        if _is_meant(one, asked, wanted):
            name = _name_alternative(draft, one)
            draft.claim("alternative", ids, name=name, why=one.why_not.rstrip("."))
    meant = max(list_hypotheses(case), key=lambda found: _likeness_of(found, asked, wanted), default=None)
    if meant is not None and _likeness_of(meant, asked, wanted) > 0:
        _compare_cause(draft, meant)
    if not draft.sentences and not draft.unknown:
        _say_unconsidered(draft, asked, case)


def _name_alternative(draft: Draft, one: Alternative) -> str:
    """By its id in English, the language of ids; else by its title."""
    name = (one.tool or one.cause).replace("_", " ")
    if draft.language == "en":
        return name
    return draft.word_text(draft.facts.tools.get(one.tool, name)) if one.tool else title_cause(draft, one.cause)


def _is_meant(one: Alternative, asked: Inquiry, wanted: set[str]) -> bool:
    """Whether an alternative is what is asked about; every one is, where nothing is named."""
    if asked.tools or asked.causes:
        return one.tool in asked.tools or one.cause in asked.causes
    return not wanted or bool(wanted & set(f"{one.cause}_{one.tool or ''}".lower().split("_")))


def _say_unconsidered(draft: Draft, asked: Inquiry, case: Case) -> None:
    """What was never weighed: a known tool is told with what it treats."""
    proposal = case.proposal
    if asked.tools and proposal and asked.tools[0] == proposal.tool:
        draft.tell("it_is_proposed", case.action.id if case.action else case.incident.id, title=proposal.title)
        return
    for tool in asked.tools[:1]:
        causes = [title_cause(draft, one) for one in draft.facts.treats.get(tool, ())]
        key = "unconsidered_tool" if causes else "unconsidered_tool_plain"
        draft.tell(key, case.incident.id, tool=tool, causes=list_names(causes, 3))
    for cause in asked.causes[:1]:
        draft.tell("unconsidered_cause", case.incident.id, cause=title_cause(draft, cause))
    if not draft.sentences:
        draft.lack("nothing_about", subject=(asked.subject or asked.text).replace("_", " "))


def _weigh_doing_nothing(draft: Draft) -> None:
    impact = draft.case.dossier.impact if draft.case.dossier else None
    if impact is None:
        draft.lack("no_case")
        return
    for hourly in impact.per_hour:
        draft.claim("waiting_costs", impact.evidence_ids, amount=hourly.middle)
    if not impact.per_hour:
        draft.claim("waiting_unpriced", impact.evidence_ids, basis=impact.basis)


def _likeness_of(hypothesis: Hypothesis, asked: Inquiry, wanted: set[str]) -> int:
    if asked.tools or asked.causes:
        return int(hypothesis.cause in asked.causes)
    return len(wanted & set(f"{hypothesis.cause}_{hypothesis.title.lower().replace(' ', '_')}".split("_")))


def _compare_cause(draft: Draft, one: Hypothesis) -> None:
    best, sure = find_best(draft.case), shown_confidence(one.confidence)
    if best is not None and best.cause == one.cause:
        ids = list_core_evidence(draft.case, one.cause)
        draft.claim("is_best", ids, title=one.title, confidence=sure)
        return
    for finding in one.findings_against[:MOST_REASONS]:
        if finding.evidence_ids:
            fact = draft.word_finding(finding)
            draft.claim("against_cause", finding.evidence_ids, title=one.title, confidence=sure, fact=fact)
    if not draft.sentences and one.missing:
        draft.lack("not_seen_for", title=one.title, confidence=sure, missing=", ".join(one.missing[:4]))


KIND = QuestionKind(
    id="why_not",
    description="why not another cause or action ('why not rotate_token?')",
    takes=("tools", "causes"),
    answer=_answer,
)
