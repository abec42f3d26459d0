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
            name = (one.tool or one.cause).replace("_", " ")
            draft.claim("alternative", ids, name=name, why=one.why_not.rstrip("."))
    meant = max(list_hypotheses(case), key=lambda found: _likeness_of(found, asked, wanted), default=None)
    if meant is not None and _likeness_of(meant, asked, wanted) > 0:
        _compare_cause(draft, meant)
    if not draft.sentences and not draft.unknown:
        _say_unconsidered(draft, asked, case)


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
            fact = finding.statement
            draft.claim("against_cause", finding.evidence_ids, title=one.title, confidence=sure, fact=fact)
    if not draft.sentences and one.missing:
        draft.lack("not_seen_for", title=one.title, confidence=sure, missing=", ".join(one.missing[:4]))


KIND = QuestionKind(
    id="why_not",
    description="why not another cause or action ('why not rotate_token?')",
    takes=("tools", "causes"),
    examples={
        "en": (
            "Why not {tool}?",
            "Why not {cause}?",
            "Why didn't you {tool}?",
            "Why not do something else?",
            "Why not do nothing?",
            "Why not just wait?",
            "Why didn't you choose another action instead?",
            "What about {tool} instead?",
            "Why not roll back?",
            "Why is it not {cause}?",
            "Why wasn't the merchant contacted instead?",
            "Why didn't you try another solution?",
            "Why not restart it?",
            "Couldn't you have done something else?",
            "Why did you rule out {cause}?",
            "Wouldn't {tool} have been better?",
            "Would {tool} not be the better choice?",
            "Is there no better option?",
            "Were there alternatives?",
            "Which options did you discard?",
            "What else could we do instead?",
            "Shouldn't we {tool}?",
            "Why this and not {tool}?",
            "Why leave it at that?",
            "Did you consider {tool}?",
            "Was {tool} considered?",
            "Did you think of {tool}?",
            "Why not leave things alone?",
        ),
        "de": (
            "Warum nicht {tool}?",
            "Warum nicht {cause}?",
            "Wieso nicht einfach nichts tun?",
            "Warum hast du nicht {tool} gemacht?",
            "Warum nicht etwas anderes?",
            "Warum wurde nicht stattdessen {tool} gewählt?",
            "Warum warten wir nicht einfach?",
            "Wieso hast du keine andere Lösung gewählt?",
            "Warum wurde keine andere Maßnahme genommen?",
            "Warum hast du {cause} ausgeschlossen?",
            "Wäre {tool} nicht besser?",
            "Welche Alternativen gab es?",
            "Was hast du verworfen?",
            "Gibt es nichts Besseres?",
            "Sollten wir nicht lieber {tool}?",
            "Warum das und nicht {tool}?",
            "Hast du {tool} erwogen?",
            "Hast du an {tool} gedacht?",
            "Warum nicht alles so lassen?",
        ),
        "fr": (
            "Pourquoi pas {tool} ?",
            "Pourquoi pas {cause} ?",
            "Pourquoi ne pas faire autre chose ?",
            "Pourquoi ne rien faire ?",
            "Pourquoi n'as-tu pas fait {tool} ?",
            "Pourquoi ne pas attendre simplement ?",
            "Pourquoi n'as-tu pas choisi une autre solution ?",
            "Pourquoi n'avoir pas essayé autre chose ?",
            "Pourquoi as-tu écarté {cause} ?",
            "{tool} n'aurait-il pas été mieux ?",
            "Quelles étaient les alternatives ?",
            "Qu'as-tu écarté ?",
            "N'y a-t-il rien de mieux ?",
            "Pourquoi n'avoir rien fait d'autre ?",
            "Pourquoi n'as-tu rien tenté d'autre ?",
            "As-tu envisagé {tool} ?",
            "As-tu pensé à {tool} ?",
            "Pourquoi ne pas laisser tel quel ?",
        ),
        "es": (
            "¿Por qué no {tool}?",
            "¿Por qué no {cause}?",
            "¿Por qué no hacer otra cosa?",
            "¿Por qué no simplemente esperar?",
            "¿Por qué no hiciste {tool}?",
            "¿Por qué no elegiste otra acción?",
            "¿Por qué no se eligió otra solución?",
            "¿Por qué no se avisó al comercio?",
            "¿Por qué descartaste {cause}?",
            "¿No habría sido mejor {tool}?",
            "¿Qué alternativas había?",
            "¿Qué descartaste?",
            "¿No hay nada mejor?",
            "¿Por qué esto y no {tool}?",
            "¿Consideraste {tool}?",
            "¿Pensaste en {tool}?",
            "¿Por qué no dejarlo así?",
        ),
    },
    answer=_answer,
)
