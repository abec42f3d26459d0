"""Whether it is a problem of the platform, of the merchants, of the migration, or of somebody else."""

from app.domain.hypotheses import UNKNOWN, shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import find_best, list_core_evidence

SIDES = {
    "merchant_configuration": "side_merchant",
    "migration_step": "side_migration",
    "platform_regression": "side_platform",
    "third_party": "side_third_party",
    "documentation_gap": "side_documentation",
}


def _answer(draft: Draft, asked: Inquiry) -> None:
    best = find_best(draft.case)
    if best is None:
        draft.lack("no_case")
        return
    ids = list_core_evidence(draft.case, best.cause)
    sure = shown_confidence(best.confidence)
    if best.cause == UNKNOWN:
        draft.claim("side_unknown", ids, confidence=sure)
        return
    side = draft.words(SIDES[best.category]) if best.category in SIDES else best.category.replace("_", " ")
    draft.claim("side", ids, side=side, cause=best.title, confidence=sure)
    for row in draft.case.about("stage"):
        draft.row(row)


KIND = QuestionKind(
    id="whose_fault",
    description="whether it is a problem of the platform or of the merchant",
    examples={
        "en": (
            "Is it a platform or a merchant problem?",
            "Is it our fault?",
            "Whose fault is it?",
            "Is this on our side or the merchant's?",
            "Is the platform to blame?",
            "Is it caused by the migration?",
            "Who is responsible for this?",
            "Did we break it or was it the merchant?",
            "Did we cause it?",
            "Who broke it?",
            "Do we have to apologise?",
            "Who has to apologise?",
            "Did the merchant misconfigure something?",
            "Is it them or us?",
            "Is it something on our end?",
            "Whose problem is it?",
            "Who has to fix it?",
            "Is the platform the cause or the merchant?",
            "Is the merchant doing something wrong?",
            "Who is guilty?",
        ),
        "de": (
            "Liegt es an der Plattform oder am Händler?",
            "Wer ist schuld?",
            "Ist das unser Fehler?",
            "Ist es ein Problem der Plattform oder des Händlers?",
            "Haben wir das verursacht?",
            "Wer hat das verursacht?",
            "Müssen wir uns entschuldigen?",
            "Hat der Händler etwas falsch eingestellt?",
            "Liegt es an uns?",
            "Wessen Problem ist das?",
            "Wer muss das beheben?",
            "Macht der Händler etwas falsch?",
            "Ist die Plattform der Grund?",
        ),
        "fr": (
            "Est-ce un problème de plateforme ou de marchand ?",
            "À qui la faute ?",
            "Est-ce notre faute ?",
            "Est-ce la faute du marchand ou de la plateforme ?",
            "C'est nous ou eux ?",
            "Qui en est responsable ?",
            "Devons-nous nous excuser ?",
            "Le marchand a-t-il mal configuré quelque chose ?",
            "C'est de notre côté ?",
            "C'est le problème de qui ?",
            "La plateforme est-elle responsable ?",
            "Le marchand fait-il une erreur ?",
        ),
        "es": (
            "¿Es un problema de la plataforma o del comercio?",
            "¿De quién es la culpa?",
            "¿Es culpa nuestra?",
            "¿Es responsabilidad del comercio o de la plataforma?",
            "¿Lo causamos nosotros o ellos?",
            "¿Quién es el responsable?",
            "¿Tenemos que disculparnos?",
            "¿Configuró mal algo el comercio?",
            "¿Es de nuestro lado?",
            "¿De quién es el problema?",
            "¿Es la plataforma la causa?",
            "¿Hace algo mal el comercio?",
        ),
    },
    answer=_answer,
)
