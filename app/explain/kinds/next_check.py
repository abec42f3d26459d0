"""What would change the decision, and what to look up next."""

from app.domain.hypotheses import UNKNOWN, shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import MOST_REASONS, find_best, list_core_evidence, title_cause


def _answer(draft: Draft, asked: Inquiry) -> None:
    """What people said already; what the decision hangs on; and what is worth most per minute of waiting."""
    for row in draft.case.about("named", "answer"):
        draft.row(row)
    _state_pivot(draft)
    checks = draft.case.assessment.next_checks if draft.case.assessment else ()
    for place, check in enumerate(checks):
        ids = [one for cause in check.causes for one in list_core_evidence(draft.case, cause)]
        key = "first_check" if place == 0 else "later_check"
        draft.claim(key, tuple(dict.fromkeys(ids))[:MOST_REASONS], check=check.sentence.rstrip("."))
    if checks:
        return
    best = find_best(draft.case)
    if best is None:
        draft.lack("no_case")
    elif best.missing and best.cause != UNKNOWN:
        draft.lack("no_check_but", missing=", ".join(best.missing[:4]))
    else:
        draft.lack("no_check")


def _state_pivot(draft: Draft) -> None:
    """The fewest facts without which something else would be done."""
    pivot = draft.case.proposal.pivot if draft.case.proposal else None
    if pivot is None:
        return
    facts = [draft.case.evidence[one].statement.rstrip(".") for one in draft.case.standing(pivot.evidence_ids)]
    tool = pivot.tool.replace("_", " ") if pivot.tool else ""
    instead = draft.words("would_be_proposed", tool=tool) if tool else draft.words("people_called")
    draft.claim(
        "hangs_on_one" if len(facts) == 1 else "hangs_on",
        pivot.evidence_ids,
        count=len(facts),
        facts="; ".join(facts),
        instead=instead,
        cause=title_cause(draft, pivot.cause),
        confidence=shown_confidence(pivot.confidence),
    )


KIND = QuestionKind(
    id="next_check",
    description="which check would tell most ('what would change your mind?')",
    examples={
        "en": (
            "What would change your mind?",
            "What is the cheapest next check?",
            "What should I check next?",
            "Which check would tell most?",
            "What should we look at first?",
            "What could I find out to settle it?",
            "What would prove you wrong?",
            "What does the decision hang on?",
            "which check next",
            "What can we verify to be sure?",
            "What should I look into to confirm this?",
            "How can I confirm the cause myself?",
            "What would make you reconsider?",
            "Which single fact matters most?",
            "Which fact would tip the scales?",
            "What evidence would convince you of the opposite?",
            "What information is missing?",
            "What do you still need to know?",
            "What should I ask the merchant?",
            "Where should I look?",
            "How can we be certain?",
            "What should I test?",
            "What is worth checking first?",
            "How could I disprove it?",
            "Which test would refute it?",
            "What can I verify before deciding?",
        ),
        "de": (
            "Was würde dich umstimmen?",
            "Was sollen wir als Nächstes prüfen?",
            "Welche Prüfung bringt am meisten?",
            "Was kann ich nachsehen?",
            "Woran hängt die Entscheidung?",
            "Was müsste ich prüfen?",
            "Wie kann ich das bestätigen?",
            "Was könnte deine Meinung ändern?",
            "Welche Tatsache gibt den Ausschlag?",
            "Was fehlt dir noch an Information?",
            "Was musst du noch wissen?",
            "Was soll ich den Händler fragen?",
            "Wo soll ich nachsehen?",
            "Was würde dich vom Gegenteil überzeugen?",
            "Wie könnte ich das widerlegen?",
            "Was lohnt sich zu prüfen?",
            "Welcher Test würde es widerlegen?",
        ),
        "fr": (
            "Qu'est-ce qui te ferait changer d'avis ?",
            "Que faut-il vérifier ensuite ?",
            "Quelle vérification est la plus utile ?",
            "Que puis-je contrôler ?",
            "Que puis-je vérifier pour confirmer ?",
            "Comment confirmer la cause ?",
            "Quel fait ferait pencher la balance ?",
            "Quelle information manque-t-il ?",
            "Que dois-je demander au marchand ?",
            "Où dois-je regarder ?",
            "Qu'est-ce qui te convaincrait du contraire ?",
            "Comment pourrais-je le réfuter ?",
            "Que vaut-il la peine de vérifier ?",
        ),
        "es": (
            "¿Qué te haría cambiar de opinión?",
            "¿Qué debo comprobar ahora?",
            "¿Qué comprobación es la más útil?",
            "¿Qué puedo revisar primero?",
            "¿Qué puedo mirar para confirmarlo?",
            "¿Cómo puedo confirmar la causa?",
            "¿Qué dato falta?",
            "¿Qué te convencería de lo contrario?",
            "¿Qué debo preguntar al comercio?",
            "¿Dónde debo mirar?",
            "¿Qué inclinaría la balanza?",
            "¿Cómo podría refutarlo?",
            "¿Qué vale la pena comprobar?",
        ),
    },
    answer=_answer,
)
