"""How sure the cause is, what speaks against it, and what else it could be."""

from app.domain.hypotheses import shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import find_best, list_core_evidence, list_hypotheses, state_doubts, title_cause


def _answer(draft: Draft, asked: Inquiry) -> None:
    best = find_best(draft.case)
    if best is None:
        draft.lack("no_case")
        return
    ids = list_core_evidence(draft.case, best.cause)
    draft.claim("sure", ids, confidence=shown_confidence(best.confidence), cause=title_cause(draft, best.cause))
    against = [one for one in best.findings_against if one.evidence_ids]
    for finding in against[:3]:
        draft.claim("against", finding.evidence_ids, fact=finding.statement)
    if not against:
        draft.claim("nothing_against", ids)
    for other in list_hypotheses(draft.case)[1:3]:
        own = [one for finding in other.findings_for[:1] for one in finding.evidence_ids]
        cause = title_cause(draft, other.cause)
        draft.claim("runner_up", own or ids, title=cause, confidence=shown_confidence(other.confidence))
    state_doubts(draft)


KIND = QuestionKind(
    id="how_sure",
    description="how sure it is, and what speaks against it",
    examples={
        "en": (
            "How sure are you?",
            "How certain is this?",
            "What speaks against it?",
            "What is the confidence?",
            "What else could it be?",
            "Could you be wrong?",
            "How confident are you in the diagnosis?",
            "Are you certain about the cause?",
            "What evidence contradicts it?",
            "Are you sure?",
            "Is that certain?",
            "What are the arguments against it?",
            "How likely is that?",
            "Which other causes are possible?",
            "Is that a guess?",
            "Do you know or are you guessing?",
            "Are you just guessing?",
            "How solid is that?",
            "Can I rely on it?",
            "What are the odds that you are right?",
            "Any doubts?",
            "Is there another explanation?",
            "Would you bet on it?",
            "Is it proven?",
            "How strong is the evidence?",
            "How good is your evidence?",
            "Is the evidence weak?",
            "How reliable is the finding?",
        ),
        "de": (
            "Wie sicher bist du?",
            "Was spricht dagegen?",
            "Was könnte es sonst sein?",
            "Könntest du dich irren?",
            "Wie zuverlässig ist die Diagnose?",
            "Bist du sicher?",
            "Gibt es Argumente dagegen?",
            "Wie wahrscheinlich ist das?",
            "Welche anderen Ursachen sind möglich?",
            "Rätst du oder weißt du es?",
            "Ist das nur geraten?",
            "Kann ich mich darauf verlassen?",
            "Hast du Zweifel?",
            "Gibt es eine andere Erklärung?",
            "Ist das bewiesen?",
            "Wie belastbar ist das?",
            "Wie stark sind die Belege?",
            "Wie gut ist die Beweislage?",
            "Sind die Hinweise schwach?",
        ),
        "fr": (
            "Es-tu sûr ?",
            "À quel point es-tu certain ?",
            "Qu'est-ce qui plaide contre ?",
            "Qu'est-ce que ça pourrait être d'autre ?",
            "Peux-tu te tromper ?",
            "En es-tu certain ?",
            "Y a-t-il des arguments contre ?",
            "Est-ce probable ?",
            "Tu devines ou tu sais ?",
            "Peut-on s'y fier ?",
            "As-tu des doutes ?",
            "Y a-t-il une autre explication ?",
            "Est-ce prouvé ?",
            "Les preuves sont-elles solides ?",
            "Quelle est la fiabilité ?",
        ),
        "es": (
            "¿Estás seguro?",
            "¿Qué tan seguro estás?",
            "¿Qué habla en contra?",
            "¿Qué otra cosa podría ser?",
            "¿Podrías equivocarte?",
            "¿Es seguro?",
            "¿Hay argumentos en contra?",
            "¿Es probable?",
            "¿Lo sabes o lo adivinas?",
            "¿Puedo fiarme?",
            "¿Tienes dudas?",
            "¿Hay otra explicación?",
            "¿Está demostrado?",
            "¿Son sólidas las pruebas?",
            "¿Qué fiabilidad tiene?",
        ),
    },
    answer=_answer,
)
