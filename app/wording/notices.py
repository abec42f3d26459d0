"""What people are told outside of the console: what is wrong in one line, what is asked of them, and until when."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from app.domain.base import visible_text
from app.domain.notices import Notice, NoticeKind, NoticeWords
from app.privacy.redact import redact

LONGEST_LINE = 300
MOST_NAMED = 10
OPENINGS = {
    NoticeKind.PENDING: "Your word is needed",
    NoticeKind.EXPIRING: "About to expire",
    NoticeKind.ESCALATED: "People are needed",
    NoticeKind.HARM: "A fix did harm",
    NoticeKind.PLAYBOOK: "A step of a plan",
}
COUNTED = {
    NoticeKind.PENDING: "waiting for a decision",
    NoticeKind.EXPIRING: "about to expire",
    NoticeKind.ESCALATED: "handed to people",
    NoticeKind.HARM: "about harm",
    NoticeKind.PLAYBOOK: "about a plan",
    NoticeKind.KILL_SWITCH: "about the kill switch",
    NoticeKind.SUMMARY: "summed up before",
}


def clean_line(text: str) -> str:
    """A text of whoever wrote it as one line that leaves us: nothing hidden in it, and no secret."""
    return redact(" ".join(visible_text(text[: 4 * LONGEST_LINE]).split())).text[:LONGEST_LINE]


def word_moment(moment: datetime | None) -> str:
    """A moment for readers in any place."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else ""


def word_notice(
    kind: NoticeKind, headline: str, asked: str, *, until: datetime | None = None, cost: str = "", link: str = ""
) -> NoticeWords:
    """A message about one incident or one of its actions."""
    said = clean_line(headline).rstrip(".")
    return NoticeWords(
        headline=f"{OPENINGS[kind]}: {said}.", asked=clean_line(asked), until=word_moment(until), cost=cost, link=link
    )


def word_switch(tenant: str, *, on: bool, by: str, reason: str, link: str) -> NoticeWords:
    """The kill switch was turned."""
    who = f"By {clean_line(by)}{f': {clean_line(reason)}' if reason else ''}."
    if not on:
        return NoticeWords(headline=f"The kill switch of {tenant} is off again.", asked=who, link=link)
    asked = f"{who} Nothing is sent until somebody turns it off."
    return NoticeWords(headline=f"The kill switch of {tenant} is on.", asked=asked, link=link)


def word_held_back(held: Sequence[Notice], link: str) -> NoticeWords:
    """What was held back, in one message."""
    counts = Counter(one.kind for one in held)
    kinds = ", ".join(f"{count} {COUNTED[kind]}" for kind, count in counts.most_common())
    named = [one.words.headline for one in held[:MOST_NAMED]]
    rest = len(held) - len(named)
    lines = [f"{kinds}.", *named, *([f"... and {rest} besides."] if rest else [])]
    return NoticeWords(headline=f"And {len(held)} more.", asked="\n".join(lines), link=link)


def word_second(first: NoticeWords, target: str, minutes: int, *, reached: bool) -> NoticeWords:
    """What the second one is told: the same, and why it comes to them."""
    why = (
        f"{target} was told, and nobody took it within {minutes} minutes."
        if reached
        else f"{target} could not be reached."
    )
    return first.changed(asked=f"{first.asked} {why}")
