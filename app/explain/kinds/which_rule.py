"""Which rule decided."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import state_ruling


def _answer(draft: Draft, asked: Inquiry) -> None:
    proposal = draft.case.proposal
    if proposal is None:
        draft.lack("no_proposal")
        return
    state_ruling(draft, proposal)
    version = proposal.ruling.policy_version[:12]
    draft.rule("policy_version", proposal, version=version, title=proposal.title)


KIND = QuestionKind(
    id="which_rule",
    description="which rule of the policy decided",
    of_action=True,
    examples={
        "en": (
            "Which rule decided?",
            "Which policy applies?",
            "What does the policy say?",
            "Which rule decided this?",
            "According to which rule?",
            "What rule made it ask for approval?",
            "On the basis of which policy?",
            "Under which rule?",
            "Quote the policy",
            "Which paragraph says that?",
            "What is the regulation behind it?",
            "What do the rules say about this?",
            "Show me the rule",
            "Is that allowed?",
            "What in the policy requires this?",
            "Which rule forces approval?",
            "Which rule imposes it?",
        ),
        "de": (
            "Welche Regel hat entschieden?",
            "Nach welcher Regel?",
            "Was sagt die Richtlinie?",
            "Welche Policy gilt hier?",
            "Aufgrund welcher Regel?",
            "Welche Richtlinie greift?",
            "Welche Vorschrift steht dahinter?",
            "Zitiere die Regel",
            "Was sagen die Vorschriften dazu?",
            "Ist das erlaubt?",
            "Was verlangt die Richtlinie hier?",
            "Welche Regel erzwingt das?",
        ),
        "fr": (
            "Quelle règle a décidé ?",
            "Que dit la politique ?",
            "Selon quelle règle ?",
            "En vertu de quelle politique ?",
            "Quelle règle s'applique ?",
            "Cite la règle",
            "Quelle règle est derrière ?",
            "Est-ce permis ?",
            "Quelle règle l'impose ?",
            "Qu'exige la politique ?",
        ),
        "es": (
            "¿Qué regla lo decidió?",
            "¿Qué dice la política?",
            "¿Según qué regla?",
            "¿En base a qué regla?",
            "¿Qué política se aplica?",
            "Cita la regla",
            "¿Qué norma hay detrás?",
            "¿Está permitido?",
            "¿Qué regla lo impone?",
            "¿Qué exige la política?",
        ),
    },
    answer=_answer,
)
