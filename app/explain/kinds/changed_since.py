"""What changed since a time of day, or since the asker was answered last."""

from datetime import datetime, timedelta

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind

MOST = 12
TELLING = ("new_incident", "new_action", "ended_incident", "sent_action", "decided_action")
"""Of what happened at one moment, the last of these is told first."""
WITHOUT_A_TIME = timedelta(hours=24)


def _answer(draft: Draft, asked: Inquiry) -> None:
    since = _find_moment(draft, asked)
    facts = draft.facts
    found: list[tuple[datetime, str, str, dict[str, str]]] = []
    for one in facts.incidents:
        named = {"id": one.id, "title": one.title}
        found.append((one.detected_at, "new_incident", one.id, named))
        if one.resolved_at:
            found.append((one.resolved_at, "ended_incident", one.id, {**named, "status": one.status.value}))
    for row in facts.actions:
        named = {"id": row.id, "title": row.decision.title, "status": row.status.value}
        found.append((row.proposed_at, "new_action", row.id, named))
        if row.decided_at and row.decided_by:
            found.append((row.decided_at, "decided_action", row.id, {**named, "by": row.decided_by}))
        if row.executed_at:
            found.append((row.executed_at, "sent_action", row.id, named))
    later = sorted((one for one in found if one[0] >= since), key=_rank_change, reverse=True)
    at = f"{since:%Y-%m-%d %H:%M}"
    draft.tell("changes" if later else "no_changes", *(one[2] for one in later[:MOST]), since=at, count=len(later))
    for moment, key, about, named in later[:MOST]:
        draft.tell(key, about, at=f"{moment:%H:%M}", **named)


def _rank_change(one: tuple[datetime, str, str, dict[str, str]]) -> tuple[datetime, int, str]:
    return one[0], TELLING.index(one[1]), one[2]


def _find_moment(draft: Draft, asked: Inquiry) -> datetime:
    now = draft.facts.now
    if asked.clock:
        hour, minute = (int(part) for part in asked.clock.split(":"))
        today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return today if today <= now else today - timedelta(days=1)
    return draft.facts.last_look or now - WITHOUT_A_TIME


KIND = QuestionKind(
    id="changed_since",
    description="what changed since a time, or since you last looked",
    of_incident=False,
    examples={
        "en": (
            "What changed since {time}?",
            "What has changed since I last looked?",
            "What's new?",
            "Anything new since {time}?",
            "What happened since {time}?",
            "What happened in the meantime?",
            "Any updates?",
            "What did I miss?",
            "What has happened while I was away?",
            "What is different now?",
            "I was away, what happened since {time}?",
            "What happened in the last hour?",
            "What's the latest?",
            "Did anything happen since {time}?",
            "News?",
            "Catch me up since {time}",
            "Everything after {time}",
            "Were there changes since {time}?",
        ),
        "de": (
            "Was hat sich seit {time} geändert?",
            "Was ist neu?",
            "Was ist seit {time} passiert?",
            "Gibt es etwas Neues seit meinem letzten Blick?",
            "Was habe ich verpasst?",
            "Was gibt es Neues?",
            "Ich war weg, was ist passiert?",
            "Ist seit {time} etwas passiert?",
            "Was hat sich getan?",
            "Neuigkeiten?",
            "Gab es Änderungen seit {time}?",
            "Alles nach {time}",
        ),
        "fr": (
            "Qu'est-ce qui a changé depuis {time} ?",
            "Quoi de neuf ?",
            "Que s'est-il passé depuis {time} ?",
            "Du nouveau depuis ma dernière visite ?",
            "Qu'ai-je manqué ?",
            "Qu'est-ce qui est nouveau ?",
            "Il s'est passé quelque chose depuis {time} ?",
            "Des nouvelles ?",
            "J'étais absent, que s'est-il passé ?",
            "Y a-t-il eu des changements depuis {time} ?",
            "Tout depuis {time}",
        ),
        "es": (
            "¿Qué ha cambiado desde las {time}?",
            "¿Qué hay de nuevo?",
            "¿Qué pasó desde las {time}?",
            "¿Alguna novedad desde mi última visita?",
            "¿Qué me he perdido?",
            "¿Qué es nuevo?",
            "¿Pasó algo desde las {time}?",
            "¿Hay noticias?",
            "Estuve fuera, ¿qué pasó?",
            "¿Hubo cambios desde las {time}?",
            "Todo desde las {time}",
        ),
    },
    answer=_answer,
)
