"""What changed since a time of day, or since the asker was answered last."""

import re
from datetime import datetime, timedelta

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.plain_text import NUMBER_WORDS, plain_form

MOST = 12
TELLING = ("new_incident", "new_action", "ended_incident", "sent_action", "decided_action")
"""Of what happened at one moment, the last of these is told first."""
WITHOUT_A_TIME = timedelta(hours=24)
LONGEST = timedelta(days=366)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNITS = {"min": timedelta(minutes=1), "hour": HOUR, "stunde": HOUR, "heure": HOUR, "hora": HOUR}
UNITS |= {"day": DAY, "tag": DAY, "jour": DAY, "dia": DAY, "week": 7 * DAY, "woche": 7 * DAY, "sema": 7 * DAY}
_LENGTH = re.compile(
    r"(?:(\d{1,4}|[a-z]+) )?"
    r"(min(?:ute[ns]?|utos?|s)?|hours?|stunden?|heures?|horas?|days|tagen?|jours|dias|weeks?|wochen?|semaines?|semanas?)\b"
)


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
    ago = read_length(asked.text)
    return now - ago if ago else draft.facts.last_look or now - WITHOUT_A_TIME


def read_length(text: str) -> timedelta | None:
    """How long ago a question looks back, such as "the last 30 minutes" or "vor einer Stunde"."""
    found = _LENGTH.search(plain_form(text))
    if found is None:
        return None
    number = int(found[1]) if found[1] and found[1].isdigit() else NUMBER_WORDS.get(found[1] or "", 1)
    unit = next(length for beginning, length in UNITS.items() if found[2].startswith(beginning))
    return min(number * unit, LONGEST)


KIND = QuestionKind(
    id="changed_since",
    description="what changed since a time, or since you last looked",
    of_incident=False,
    answer=_answer,
)
