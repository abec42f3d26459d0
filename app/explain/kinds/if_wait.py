"""What happens if nobody answers, or somebody refuses."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    dossier, action, proposal = draft.case.dossier, draft.case.action, draft.case.proposal
    if dossier is None:
        draft.lack("no_case")
        return
    impact = dossier.impact
    for hourly in impact.per_hour:
        draft.claim("waiting_costs", impact.evidence_ids, amount=hourly.middle)
    if not impact.per_hour:
        draft.claim("waiting_unpriced", impact.evidence_ids, basis=impact.basis)
    if action is not None and proposal is not None:
        if proposal.expires_at:
            draft.tell("question_expires", action.id, at=f"{proposal.expires_at:%Y-%m-%d %H:%M}")
        following = [one for one in proposal.alternatives if one.tool]
        key = "refusal_next" if following else "refusal_people"
        draft.tell(key, action.id, tool=following[0].tool if following else "")


KIND = QuestionKind(
    id="if_wait",
    description="what happens if I wait or refuse",
    examples={
        "en": (
            "What happens if I wait?",
            "What happens if I refuse?",
            "What if I reject it?",
            "What happens if I don't approve?",
            "What if we do nothing?",
            "Can it wait until tomorrow?",
            "What is the risk of waiting?",
            "What does doing nothing lead to?",
            "What if nobody answers?",
            "What if I do not respond?",
            "What if I say no?",
            "Is it urgent?",
            "Suppose I ignore it",
            "Suppose we leave it as it is",
            "What if I look at it on Monday?",
            "What if I just let it be?",
            "How bad would it be to postpone this?",
            "Do I have to act now?",
            "How long do I have?",
            "When does the question expire?",
            "What do we lose by waiting?",
            "What are the consequences of not approving it?",
            "Can I sleep over it?",
            "Does it get worse if we wait?",
            "What are the consequences of refusing?",
        ),
        "de": (
            "Was passiert, wenn ich warte?",
            "Was passiert, wenn ich ablehne?",
            "Was wenn wir nichts tun?",
            "Kann das bis morgen warten?",
            "Was geschieht, wenn ich es ablehne?",
            "Was geschieht, wenn niemand antwortet?",
            "Was, wenn ich nein sage?",
            "Wie dringend ist es?",
            "Und wenn ich gar nichts mache?",
            "Angenommen, ich ignoriere das",
            "Wie lange habe ich Zeit?",
            "Muss ich sofort handeln?",
            "Was, wenn ich das auf Montag verschiebe?",
            "Was riskieren wir, wenn wir warten?",
            "Welche Folgen hat eine Ablehnung?",
            "Kann ich darüber schlafen?",
            "Wird es schlimmer, wenn wir warten?",
        ),
        "fr": (
            "Que se passe-t-il si j'attends ?",
            "Que se passe-t-il si je refuse ?",
            "Et si on ne fait rien ?",
            "Est-ce que ça peut attendre demain ?",
            "Qu'arrive-t-il si personne ne répond ?",
            "Et si je dis non ?",
            "Est-ce urgent ?",
            "Et si je refuse ?",
            "Supposons que je l'ignore",
            "Combien de temps ai-je ?",
            "Dois-je agir tout de suite ?",
            "Et si je laisse tel quel ?",
            "Que risque-t-on à attendre ?",
            "Quelles sont les conséquences d'un refus ?",
            "Est-ce que ça empire si on attend ?",
        ),
        "es": (
            "¿Qué pasa si espero?",
            "¿Qué pasa si lo rechazo?",
            "¿Y si no hacemos nada?",
            "¿Puede esperar hasta mañana?",
            "¿Qué ocurre si nadie responde?",
            "¿Y si digo que no?",
            "¿Es urgente?",
            "Supongamos que lo ignoro",
            "¿Cuánto tiempo tengo?",
            "¿Tengo que actuar ya?",
            "¿Y si lo dejo como está?",
            "¿Qué arriesgamos si esperamos?",
            "¿Qué consecuencias tiene rechazarlo?",
            "¿Empeora si esperamos?",
        ),
    },
    answer=_answer,
)
