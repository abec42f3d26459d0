"""Two incidents side by side."""

from app.domain.incidents import Incident
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    known = {one.id: one for one in draft.facts.incidents}
    names = list(dict.fromkeys([*asked.incidents, *([draft.case.incident.id] if draft.has_case else [])]))
    pair = [known[name] for name in names if name in known][:2]
    if len(pair) < 2:
        draft.lack("compare_two")
        return
    for one in pair:
        _describe_one(draft, one)
    first, second = pair
    shared = sorted({*first.merchants} & {*second.merchants})
    draft.tell("shared_merchants", first.id, second.id, count=len(shared), names=", ".join(shared[:8]) or "-")


def _describe_one(draft: Draft, one: Incident) -> None:
    told = one.metrics_snapshot
    cause = str(told.get("cause_title") or told.get("cause") or draft.words("no_known_cause"))
    hourly = " + ".join(str(money) for money in one.hourly_costs) or "-"
    draft.tell(
        "side_by_side",
        one.id,
        id=one.id,
        title=one.title,
        status=one.status.value,
        merchants=len(one.merchants),
        cause=cause,
        hourly=hourly,
        since=f"{one.first_seen:%Y-%m-%d %H:%M}",
    )


KIND = QuestionKind(
    id="compare",
    description="how two incidents compare",
    of_incident=False,
    examples={
        "en": (
            "Compare {incident} with {incident}",
            "What is the difference between {incident} and {incident}?",
            "How do {incident} and {incident} differ?",
            "Which is worse, {incident} or {incident}?",
            "Are {incident} and {incident} the same problem?",
            "{incident} or {incident}, which matters more?",
            "{incident} against {incident}",
            "Put {incident} next to {incident}",
            "{incident} and {incident} side by side",
            "What do {incident} and {incident} have in common?",
            "Is {incident} related to {incident}?",
            "Which hurts more, {incident} or {incident}?",
            "How is {incident} different from {incident}?",
        ),
        "de": (
            "Vergleiche {incident} mit {incident}",
            "Was ist der Unterschied zwischen {incident} und {incident}?",
            "Ist {incident} schlimmer als {incident}?",
            "Worin unterscheiden sich {incident} und {incident}?",
            "{incident} oder {incident}, was ist dringender?",
            "Stell {incident} neben {incident}",
            "Was haben {incident} und {incident} gemeinsam?",
            "Hängen {incident} und {incident} zusammen?",
            "Was schadet mehr, {incident} oder {incident}?",
            "{incident} gegen {incident}",
        ),
        "fr": (
            "Compare {incident} et {incident}",
            "Quelle est la différence entre {incident} et {incident} ?",
            "Lequel est pire, {incident} ou {incident} ?",
            "En quoi {incident} et {incident} diffèrent-ils ?",
            "Mets {incident} à côté de {incident}",
            "Qu'ont {incident} et {incident} en commun ?",
            "{incident} contre {incident}",
            "Lequel coûte plus, {incident} ou {incident} ?",
        ),
        "es": (
            "Compara {incident} con {incident}",
            "¿Cuál es la diferencia entre {incident} y {incident}?",
            "¿Cuál es peor, {incident} o {incident}?",
            "¿En qué se distinguen {incident} y {incident}?",
            "Pon {incident} junto a {incident}",
            "¿Qué tienen en común {incident} y {incident}?",
            "{incident} y {incident}: ¿se parecen?",
            "{incident} contra {incident}",
            "¿Cuál cuesta más, {incident} o {incident}?",
        ),
    },
    answer=_answer,
)
