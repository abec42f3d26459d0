"""Why this action was proposed."""

from app.domain.decisions import Decision
from app.domain.hypotheses import UNKNOWN, shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import (
    cite_runbooks,
    list_core_evidence,
    state_likeliest,
    state_reasons,
    state_ruling,
    title_cause,
)


def _answer(draft: Draft, asked: Inquiry) -> None:
    proposal = draft.case.proposal
    if proposal is None:
        draft.lack("no_proposal")
        return
    ids = list_core_evidence(draft.case, proposal.cause)
    if proposal.tool is None:
        draft.claim("nothing_proposed", ids, title=proposal.title.rstrip("."))
    else:
        key = "proposed_unsure" if proposal.cause == UNKNOWN else "proposed_because"
        cause, sure = title_cause(draft, proposal.cause), shown_confidence(proposal.confidence)
        draft.claim(key, ids, title=proposal.title, cause=cause, confidence=sure)
        state_likeliest(draft)
    state_reasons(draft, proposal.cause)
    _state_promise(draft, proposal, ids)
    state_ruling(draft, proposal)
    cite_runbooks(draft)


def _state_promise(draft: Draft, proposal: Decision, ids: tuple[str, ...]) -> None:
    if proposal.tool is None or not (proposal.forecast and proposal.forecast.statement):
        return
    promise = proposal.forecast.statement.rstrip(".")
    if proposal.undo:
        draft.claim("promise_undo", ids, promise=promise, undo=proposal.undo.statement or proposal.undo.tool)
    else:
        draft.claim("promise_no_undo", ids, promise=promise)


KIND = QuestionKind(
    id="why_action",
    description="why this action was proposed",
    of_action=True,
    examples={
        "en": (
            "Why did you propose this?",
            "Why this action?",
            "Why do you suggest this fix?",
            "Why do you want to do that?",
            "What is the reason for this proposal?",
            "Explain this recommendation",
            "Justify the action",
            "Why {tool}?",
            "Why did you {tool} for {merchant}?",
            "why did you choose {action}",
            "Why?",
            "What made you choose this fix?",
            "What made you pick that action?",
            "Why is that your recommendation?",
            "What made you {tool}?",
            "Why would you do that?",
            "Convince me that this is the right thing to do",
            "Why should I agree to this?",
            "Talk me through the proposal",
            "What speaks for this fix?",
            "What is the point of this action?",
            "Why would that help?",
            "What do you want to achieve with it?",
            "Why exactly this tool?",
            "Give me the rationale",
            "Why was {tool} done?",
            "Why {tool} and for what?",
            "You did {tool}, why?",
            "Explain your choice of action",
            "Why is this a good idea?",
            "Why do you recommend {tool}?",
            "Defend your recommendation",
        ),
        "de": (
            "Warum schlägst du das vor?",
            "Warum wurde diese Maßnahme vorgeschlagen?",
            "Wieso diese Aktion?",
            "Begründe den Vorschlag",
            "Warum hast du {tool} gemacht?",
            "Was spricht für diese Maßnahme?",
            "Warum?",
            "Weshalb empfiehlst du diese Maßnahme?",
            "Wieso gerade diese Maßnahme?",
            "Weshalb willst du das tun?",
            "Wie begründest du die Empfehlung?",
            "Warum sollte ich dem zustimmen?",
            "Was willst du damit erreichen?",
            "Wozu soll das gut sein?",
            "Was bringt das?",
            "Wieso würde das helfen?",
            "Überzeug mich von dem Vorschlag",
            "Warum hast du {tool}?",
            "Wieso wurde {tool} gemacht?",
            "Erklär mir die Wahl dieser Maßnahme",
            "Warum ist das eine gute Idee?",
            "Warum empfiehlst du {tool}?",
        ),
        "fr": (
            "Pourquoi proposes-tu cela ?",
            "Pourquoi cette action ?",
            "Quelle est la raison de cette proposition ?",
            "Justifie la recommandation",
            "Pourquoi as-tu fait {tool} ?",
            "Pourquoi ?",
            "Pour quelle raison proposes-tu cette action ?",
            "Qu'est-ce qui t'a fait choisir cette action ?",
            "Pourquoi recommandes-tu cela ?",
            "Pourquoi devrais-je accepter ?",
            "À quoi bon cette action ?",
            "Convaincs-moi",
            "En quoi cela aiderait-il ?",
            "Quel est le but de cette action ?",
            "Pourquoi as-tu {tool} ?",
            "Pourquoi {tool} a été fait ?",
            "Explique ton choix",
            "Pourquoi est-ce une bonne idée ?",
            "Pourquoi recommandes-tu {tool} ?",
        ),
        "es": (
            "¿Por qué propones esto?",
            "¿Por qué esta acción?",
            "¿Cuál es el motivo de la propuesta?",
            "Justifica la recomendación",
            "¿Por qué hiciste {tool}?",
            "¿Por qué?",
            "¿Qué te llevó a proponer esta acción?",
            "¿Por qué recomiendas esa medida?",
            "¿Qué razón hay para esta acción?",
            "¿Por qué debería aceptarlo?",
            "¿Para qué serviría esta acción?",
            "Convénceme de la propuesta",
            "¿En qué ayudaría eso?",
            "¿Qué pretendes con esto?",
            "¿Por qué {tool}?",
            "¿Por qué se hizo {tool}?",
            "Explica tu elección",
            "¿Por qué es buena idea?",
            "¿Por qué recomiendas {tool}?",
        ),
    },
    answer=_answer,
)
