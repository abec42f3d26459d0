"""Whether it worked."""

from app.domain.action_states import ActionStatus
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    receipt, action = draft.case.receipt, draft.case.action
    if receipt is None:
        if action is not None and action.status is not ActionStatus.EXECUTED:
            draft.tell("not_carried_out", action.id, id=action.id, title=action.decision.title, status=action.status)
        draft.lack("not_measured" if action and action.status is ActionStatus.EXECUTED else "no_receipt")
        return
    ids = receipt.evidence_ids
    told = {"verdict": receipt.verdict.value, "words": receipt.in_words, "statement": receipt.statement}
    if ids:
        draft.claim("verdict", ids, **told)
    else:
        draft.tell("verdict", receipt.row_id, **told)
    before, after = receipt.treated_before, receipt.treated_after
    numbers = {"before": before.count, "before_minutes": f"{before.minutes:g}"}
    numbers |= {"after": after.count, "after_minutes": f"{after.minutes:g}"}
    if ids:
        draft.claim("measured", ids, **numbers)
    else:
        draft.tell("measured", receipt.row_id, **numbers)


KIND = QuestionKind(
    id="verified",
    description="whether it worked",
    of_action=True,
    examples={
        "en": (
            "Did it work?",
            "Did the fix help?",
            "Has it been fixed?",
            "Is it resolved?",
            "Was the action effective?",
            "What does the receipt say?",
            "What is the verdict?",
            "Did {action} work?",
            "Is there proof that it worked?",
            "Are the errors gone?",
            "Why did it not work?",
            "Are things better now?",
            "Is it working again?",
            "Has your fix helped?",
            "Did the action solve it?",
            "Is the problem solved?",
            "Are we safe now?",
            "Is it over?",
            "Has it recovered?",
            "Did the numbers go down?",
            "Can I relax now?",
            "Is it really repaired?",
            "How did it turn out?",
            "Did your action make a difference?",
            "Did that solve it?",
            "Is it quiet after the change?",
            "Was it successful?",
            "Did it have an effect?",
        ),
        "de": (
            "Hat es geholfen?",
            "Hat es funktioniert?",
            "Hat die Maßnahme gewirkt?",
            "Ist es behoben?",
            "Gibt es einen Nachweis?",
            "Ist es wieder in Ordnung?",
            "Läuft es wieder?",
            "Hat deine Aktion geholfen?",
            "Ist das Problem gelöst?",
            "Ist es vorbei?",
            "Haben wir es überstanden?",
            "Hat sich die Lage erholt?",
            "Kann ich aufatmen?",
            "Sind die Fehler weniger geworden?",
            "War es erfolgreich?",
            "Ist nach der Änderung alles ruhig?",
            "Hatte es eine Wirkung?",
        ),
        "fr": (
            "Est-ce que ça a marché ?",
            "Est-ce que c'est réparé ?",
            "L'action a-t-elle été efficace ?",
            "Y a-t-il une preuve ?",
            "Le correctif a-t-il aidé ?",
            "Est-ce que ça va mieux ?",
            "Est-ce que ça remarche ?",
            "Le problème est-il résolu ?",
            "Est-ce que c'est réglé ?",
            "Est-ce fini ?",
            "Les erreurs ont-elles diminué ?",
            "Était-ce un succès ?",
            "Est-ce calme depuis le changement ?",
        ),
        "es": (
            "¿Funcionó?",
            "¿Está arreglado?",
            "¿Fue eficaz la acción?",
            "¿Hay pruebas de que funcionó?",
            "¿Sirvió?",
            "¿Ha mejorado?",
            "¿Ya funciona de nuevo?",
            "¿Ayudó el arreglo?",
            "¿Está resuelto el problema?",
            "¿Ya pasó?",
            "¿Ha terminado?",
            "¿Bajaron los errores?",
            "¿Tuvo éxito?",
            "¿Está tranquilo tras el cambio?",
        ),
    },
    answer=_answer,
)
