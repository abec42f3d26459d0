"""Whether one merchant is affected."""

from app.domain.incidents import FEEDABLE
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    if not asked.merchants:
        draft.lack("which_merchant")
    for name in asked.merchants:
        _state_merchant(draft, name)


def _state_merchant(draft: Draft, name: str) -> None:
    theirs = [one for one in draft.facts.incidents if name in one.merchants]
    still = [one for one in theirs if one.status in FEEDABLE]
    if name not in draft.facts.merchants and not theirs:
        draft.lack("no_merchant", name=name)
    for one in still[:3]:
        draft.tell("merchant_hit", name, one.id, name=name, id=one.id, title=one.title, status=one.status.value)
    if not still and theirs:
        ended = theirs[0]
        draft.tell("merchant_was_hit", name, ended.id, name=name, id=ended.id, status=ended.status.value)
    if not theirs and name in draft.facts.merchants:
        draft.tell("merchant_sound", name, name=name)


KIND = QuestionKind(
    id="merchant_affected",
    description="whether a merchant is affected",
    of_incident=False,
    takes=("merchants",),
    examples={
        "en": (
            "Is {merchant} affected?",
            "Is {merchant} affected too?",
            "Does {merchant} have this problem?",
            "Is {merchant} among them?",
            "What about {merchant}?",
            "Is {merchant} hit as well?",
            "Is {merchant} ok?",
            "Is there anything wrong at {merchant}?",
            "Does this also concern {merchant}?",
            "Has {merchant} got the same problem?",
            "and {merchant}?",
            "Did {merchant} get caught up in this?",
            "Does {merchant} suffer from it too?",
            "How is {merchant} doing?",
            "Is {merchant} on the list?",
            "Is {merchant} healthy?",
            "Any problem at {merchant}?",
            "Is everything fine at {merchant}?",
            "Does it work at {merchant}?",
            "Are there errors at {merchant}?",
        ),
        "de": (
            "Ist {merchant} betroffen?",
            "Ist {merchant} auch betroffen?",
            "Hat {merchant} dasselbe Problem?",
            "Was ist mit {merchant}?",
            "Gehört {merchant} dazu?",
            "Trifft es auch {merchant}?",
            "Und {merchant}?",
            "Geht es {merchant} gut?",
            "Hat es {merchant} auch erwischt?",
            "Wie geht es {merchant}?",
            "Leidet {merchant} auch darunter?",
            "Steht {merchant} auf der Liste?",
            "Ist bei {merchant} alles in Ordnung?",
            "Gibt es Fehler bei {merchant}?",
            "Läuft es bei {merchant}?",
        ),
        "fr": (
            "Est-ce que {merchant} est touché ?",
            "{merchant} est-il concerné aussi ?",
            "Et {merchant} ?",
            "{merchant} a-t-il ce problème ?",
            "Est-ce que ça concerne aussi {merchant} ?",
            "{merchant} va bien ?",
            "Est-ce que {merchant} souffre aussi ?",
            "Comment va {merchant} ?",
            "{merchant} est-il sur la liste ?",
            "Tout va bien chez {merchant} ?",
            "Y a-t-il un problème chez {merchant} ?",
        ),
        "es": (
            "¿Está afectado {merchant}?",
            "¿También está afectado {merchant}?",
            "¿Y {merchant}?",
            "¿Tiene {merchant} ese problema?",
            "¿Le pasa también a {merchant}?",
            "¿Está bien {merchant}?",
            "¿También sufre esto {merchant}?",
            "¿Cómo está {merchant}?",
            "¿Está {merchant} en la lista?",
            "¿Va todo bien en {merchant}?",
            "¿Hay problemas en {merchant}?",
        ),
    },
    answer=_answer,
)
