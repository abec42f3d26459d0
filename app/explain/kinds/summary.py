"""One incident in three sentences."""

from app.domain.hypotheses import shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import find_best, list_core_evidence, title_cause


def _answer(draft: Draft, asked: Inquiry) -> None:
    incident, best, action = draft.case.incident, find_best(draft.case), draft.case.action
    if draft.case.dossier is None:
        draft.lack("no_case")
        return
    since = f"{incident.first_seen:%Y-%m-%d %H:%M}"
    told = {"id": incident.id, "title": incident.title, "status": incident.status.value, "since": since}
    headline = draft.case.assessment.headline if draft.case.assessment else None
    if headline is not None:
        draft.claim("headline", headline.evidence_ids, headline=headline.text)
    ids = list_core_evidence(draft.case, best.cause if best else "unknown")
    draft.claim("in_short", ids, merchants=len(incident.merchants), **told)
    if best is not None:
        sure = shown_confidence(best.confidence)
        draft.claim("in_short_cause", ids, cause=title_cause(draft, best.cause), confidence=sure)
    if action is not None:
        draft.tell("in_short_action", action.id, id=action.id, title=action.decision.title, status=action.status.value)
    impact = draft.case.dossier.impact
    for hourly in impact.per_hour:
        draft.claim("waiting_costs", impact.evidence_ids, amount=hourly.middle)
    if incident.resolution:
        draft.tell("resolution", incident.id, resolution=incident.resolution)


KIND = QuestionKind(
    id="summary",
    description="a summary of an incident",
    examples={
        "en": (
            "Summarise this incident",
            "Give me a summary",
            "What is {incident} about?",
            "Tell me about {incident}",
            "What happened?",
            "Bring me up to date",
            "Explain the situation in short",
            "{incident}",
            "What's going on?",
            "What is going on here?",
            "What is happening?",
            "What is this?",
            "Quick overview please",
            "In a nutshell?",
            "Give me the gist",
            "Fill me in",
            "The short version please",
            "Where do we stand with this incident?",
            "Recap",
            "Walk me through {incident}",
            "What do we know about this?",
            "Describe the incident",
            "Tell me briefly what happens",
        ),
        "de": (
            "Fasse den Vorfall zusammen",
            "Gib mir eine Zusammenfassung",
            "Worum geht es bei {incident}?",
            "Was ist passiert?",
            "Erkläre kurz die Lage",
            "Was ist hier los?",
            "Was geht hier vor?",
            "Worum geht es?",
            "Bring mich auf den neuesten Stand",
            "Gib mir einen Überblick",
            "Das Wichtigste in Kürze",
            "Was muss ich wissen?",
            "Die Kurzfassung bitte",
            "Was wissen wir darüber?",
            "Beschreibe den Vorfall",
            "Erzähl mir kurz, was los ist",
        ),
        "fr": (
            "Résume l'incident",
            "Donne-moi un résumé",
            "De quoi s'agit-il dans {incident} ?",
            "Que s'est-il passé ?",
            "Que se passe-t-il ici ?",
            "C'est quoi cet incident ?",
            "Explique la situation",
            "En bref ?",
            "Mets-moi au courant",
            "Fais le point",
            "L'essentiel s'il te plaît",
            "Que sait-on de {incident} ?",
            "Décris l'incident",
            "Raconte-moi brièvement",
        ),
        "es": (
            "Resume el incidente",
            "Dame un resumen",
            "¿De qué trata {incident}?",
            "¿Qué pasó?",
            "¿Qué está pasando?",
            "¿Qué ocurre aquí?",
            "Explica la situación",
            "En pocas palabras",
            "Ponme al día",
            "Lo esencial, por favor",
            "Hazme un resumen breve",
            "¿Qué sabemos de {incident}?",
            "Describe el incidente",
            "Cuéntame brevemente qué pasa",
        ),
    },
    answer=_answer,
)
