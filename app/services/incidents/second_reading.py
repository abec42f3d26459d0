"""Has a model read a question that the rules did not understand, or understood in two ways. It names a kind that exists
and names that exist, or the reading of the rules stands.
"""

from dataclasses import replace
from typing import Final

from pydantic import BaseModel, Field

from app.domain.base import Untrusted
from app.domain.errors import ModelTrouble
from app.explain.inquiry import Inquiry
from app.explain.kind import UNKNOWN_KIND
from app.explain.kinds_list import list_kinds
from app.explain.plain_text import list_words
from app.explain.questions import Understood
from app.explain.readers import KnownNames
from app.explain.taught import read_examples
from app.services.incidents.model_desk import ModelDesk

MOST_NAMES: Final = 8
LEAST_WORDS: Final = 5


class QuestionReading(BaseModel):
    """What a question asks."""

    kind: str = Field(description="the id of a kind of the list, or unknown")
    names: list[str] = Field(description="ids, merchants, tools or causes that the question names")


def read_again(desk: ModelDesk, parts: list[Understood], known: KnownNames) -> tuple[list[Understood], str]:
    """The parts, with the one question read by the model where the rules were not sure; and the name of the model where
    its reading counts.
    """
    first = parts[0]
    if not desk.is_open or len(parts) > 1 or not (_is_missed(first) or first.is_doubtful):
        return parts, ""
    try:
        reading = desk.fill("understanding", _tell_kinds(first.asked.text, known), QuestionReading)
    except ModelTrouble:
        return parts, ""
    found = _take_over(first, reading, known)
    return ([found], desk.ctx.model.state().name) if found else (parts, "")


def _is_missed(part: Understood) -> bool:
    """Whether the rules made nothing of it; what is long is no greeting."""
    long = len(list_words(part.asked.text)) >= LEAST_WORDS
    return part.kind == UNKNOWN_KIND or (part.kind == "small_talk" and long)


def _take_over(first: Understood, reading: QuestionReading, known: KnownNames) -> Understood | None:
    """The reading as if it were ours; None where it names what is not there or not asked for."""
    kinds = list_kinds()
    may_be = set(kinds) - {"small_talk"} if _is_missed(first) else set(first.nearest)
    if reading.kind not in kinds or reading.kind not in may_be or len(reading.names) > MOST_NAMES:
        return None
    asked = _add_names(first.asked, reading.names, known)
    if asked is None:
        return None
    if reading.kind == "why_not":
        asked = replace(asked, subject="_".join([*asked.tools, *asked.causes]))
    return Understood(reading.kind, asked, first.nearest)


def _add_names(asked: Inquiry, names: list[str], known: KnownNames) -> Inquiry | None:
    """The names that exist; None as soon as one is nowhere. An id has to stand in the question itself."""
    merchants, tools, causes = list(asked.merchants), list(asked.tools), list(asked.causes)
    called = {name.casefold(): one for one, name in known.merchants.items() if name}
    called |= {one.casefold(): one for one in known.merchants}
    written = {one.upper() for one in (*asked.incidents, *asked.actions)}
    for name in names:
        if name in known.tools:
            tools.append(name)
        elif name in known.causes:
            causes.append(name)
        elif name.casefold() in called and name.casefold() in asked.text.casefold():
            merchants.append(called[name.casefold()])
        elif name.upper() not in written:
            return None
    return replace(
        asked,
        merchants=tuple(dict.fromkeys(merchants)),
        tools=tuple(dict.fromkeys(tools)),
        causes=tuple(dict.fromkeys(causes)),
    )


def _tell_kinds(question: str, known: KnownNames) -> str:
    kinds = [
        f"- {kind.id}: {kind.description}; such as: {read_examples(kind.id)[0].text}" for kind in list_kinds().values()
    ]
    return "\n".join(
        [
            "Kinds:",
            *kinds,
            f"Tools: {', '.join(known.tools)}",
            f"Causes: {', '.join(known.causes)}",
            f"Question: {Untrusted(question).for_prompt()}",
        ]
    )
