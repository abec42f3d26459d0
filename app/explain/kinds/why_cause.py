"""Why this cause is believed."""

from app.domain.hypotheses import UNKNOWN, shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import (
    find_best,
    list_core_evidence,
    list_hypotheses,
    state_doubts,
    state_likeliest,
    state_reasons,
    title_cause,
)


def _answer(draft: Draft, asked: Inquiry) -> None:
    best = find_best(draft.case)
    if best is None:
        draft.lack("no_case")
        return
    ids = list_core_evidence(draft.case, best.cause)
    sure = shown_confidence(best.confidence)
    if asked.causes and best.cause not in asked.causes:
        _correct_cause(draft, asked.causes[0], ids)
    for row in draft.case.about("named"):
        draft.row(row)
    headline = draft.case.assessment.headline if draft.case.assessment else None
    if headline is not None:
        draft.claim("headline", headline.evidence_ids, headline=headline.text)
    draft.claim("cause_unknown" if best.cause == UNKNOWN else "cause_is", ids, title=best.title, confidence=sure)
    state_reasons(draft, best.cause)
    if not state_likeliest(draft):
        _state_runner_up(draft)
    state_doubts(draft)


def _correct_cause(draft: Draft, cause: str, ids: tuple[str, ...]) -> None:
    """The question takes another cause for granted."""
    ranked = next((one for one in list_hypotheses(draft.case) if one.cause == cause), None)
    sure = shown_confidence(ranked.confidence) if ranked else draft.words("not_ranked")
    draft.claim("premise_cause", ids, cause=title_cause(draft, cause), confidence=sure)


def _state_runner_up(draft: Draft) -> None:
    for other in list_hypotheses(draft.case)[1:2]:
        ids = [one for finding in other.findings_for[:1] for one in finding.evidence_ids]
        if ids:
            draft.claim("runner_up", ids, title=other.title, confidence=shown_confidence(other.confidence))


KIND = QuestionKind(
    id="why_cause",
    description="why we believe this cause",
    examples={
        "en": (
            "Why this cause?",
            "Why do you think that is the cause?",
            "What makes you believe this is the root cause?",
            "What is the root cause?",
            "What is wrong?",
            "What caused this?",
            "Why is it broken?",
            "Why does it fail?",
            "Why do you think so?",
            "How did you reach this diagnosis?",
            "What evidence supports {cause}?",
            "Why is {merchant} failing?",
            "why is {merchant} affected",
            "How do you know that this is the reason?",
            "What's the reason for the error?",
            "How do you know what broke it?",
            "What is behind these failures?",
            "Where does the error come from?",
            "Why are the payments failing?",
            "Why don't the webhooks arrive?",
            "What is behind those errors?",
            "What's actually wrong with the checkout?",
            "What triggers it?",
            "Where is the bug?",
            "What broke it?",
            "Which setting is wrong?",
            "How did you find the cause?",
            "What's the culprit?",
            "What's the underlying problem?",
            "What went wrong?",
            "What lies behind it?",
            "How do you explain the outage?",
            "What explains the failures?",
            "Why do the payments get refused?",
            "What makes it crash?",
        ),
        "de": (
            "Was ist die Ursache?",
            "Warum glaubst du, dass das die Ursache ist?",
            "Woran liegt es?",
            "Warum ist das kaputt?",
            "Wieso schlägt es fehl?",
            "Wie bist du zu der Diagnose gekommen?",
            "Warum ist {merchant} betroffen?",
            "Woher weißt du, was kaputt ist?",
            "Was steckt hinter den Fehlern?",
            "Warum funktioniert {merchant} nicht?",
            "Warum schlagen die Zahlungen fehl?",
            "Woher kommt der Fehler?",
            "Was ist schiefgelaufen?",
            "Wo liegt der Fehler?",
            "Was löst das aus?",
            "Was ist der Auslöser?",
            "Wer oder was ist der Übeltäter?",
            "Worauf führst du es zurück?",
            "Was stimmt da nicht?",
            "Weswegen fällt das aus?",
            "Wie erklärst du das?",
            "Was erklärt die Fehler?",
            "Wieso werden die Zahlungen abgelehnt?",
        ),
        "fr": (
            "Quelle est la cause ?",
            "Pourquoi penses-tu que c'est la cause ?",
            "Pourquoi ça échoue ?",
            "D'où vient la panne ?",
            "Comment es-tu arrivé à ce diagnostic ?",
            "Pourquoi {merchant} est touché ?",
            "Comment sais-tu que c'est la cause ?",
            "Pourquoi les paiements échouent-ils ?",
            "Qu'est-ce qui provoque l'erreur ?",
            "Pourquoi {merchant} ne marche pas ?",
            "Qu'est-ce qui ne va pas ?",
            "Qu'est-ce qui a cassé ?",
            "Quel est le coupable ?",
            "À quoi est due la panne ?",
            "Qu'est-ce qui déclenche cela ?",
            "Où est le problème exactement ?",
            "Comment expliques-tu la panne ?",
            "Qu'est-ce qui explique les échecs ?",
        ),
        "es": (
            "¿Cuál es la causa?",
            "¿Por qué crees que esa es la causa?",
            "¿Por qué falla?",
            "¿De dónde viene el error?",
            "¿Cómo llegaste a ese diagnóstico?",
            "¿Por qué está afectado {merchant}?",
            "¿Cómo sabes cuál es el origen?",
            "¿Por qué fallan los pagos?",
            "¿Qué provoca el error?",
            "¿Por qué no funciona {merchant}?",
            "¿A qué se debe?",
            "¿Qué salió mal?",
            "¿A qué se deben los errores?",
            "¿Qué lo provoca?",
            "¿Dónde está el fallo?",
            "¿Cuál es el problema de fondo?",
            "¿Por qué se rompió?",
            "¿Cómo explicas la caída?",
            "¿Qué explica los fallos?",
        ),
    },
    answer=_answer,
)
