"""What a message or a cluster of messages says is wrong, in which language, and how that was found out.

Languages whose words the pack has are read by these; others, and what these words leave unread, by a model of many
languages, where one is installed; else by what is the same in every language: codes, addresses, status numbers and
borrowed words. The answer always says which way it was.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from app.config.vocabulary import Vocabulary
from app.domain.base import Value
from app.observe.languages import UNKNOWN, language_of
from app.observe.routes import endpoint_of
from app.observe.symptoms import find_symptoms, route_symptoms
from app.observe.tongues import Tongues
from app.observe.words import says_any, split_tokens

Way: TypeAlias = Literal["words", "vectors", "codes"]
NEARER, AHEAD = 0.01, 0.005
"""A message shows a symptom whose example it is nearer to than usual by so much, and ahead of any stranger's by so
much. Chosen on one half of labelled messages; on the other the figures in `docs/choices.md` were taken.
"""

_ROUTE = re.compile(r"(?:https?://[^\s/]+)?(/[a-z0-9_.{}-]+(?:/[a-z0-9_.{}-]+)+)", re.I)
_STATUS = re.compile(r"(?<![\w./-])([45]\d\d)(?![\w./-])")
_CODE = re.compile(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b")


class Reading(Value):
    """What was understood: the share of the messages that show each symptom, the language of most, and the way."""

    symptoms: dict[str, float]
    language: str
    way: Way
    codes: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    trouble: float = 0.0
    """The share of the messages that report that something is broken."""
    asks: bool = False
    """Whether somebody only asks for something."""

    @property
    def leading(self) -> str | None:
        """The symptom of most messages."""
        return next(iter(self.symptoms), None)


def read_symptoms(said: str | Sequence[str], vocabulary: Vocabulary, tongues: Tongues | None = None) -> Reading:
    """Read a message, or the messages of a cluster."""
    texts = [said] if isinstance(said, str) else [text for text in said if text.strip()]
    if not texts:
        return Reading(symptoms={}, language=UNKNOWN, way="words")
    found = [_read_text(text, vocabulary) for text in texts]
    unread = [place for place, one in enumerate(found) if one.way == "codes" or not (one.symptoms or one.asks)]
    if unread and tongues is not None:
        near = _read_by_vectors([texts[place] for place in unread], vocabulary, tongues)
        for place, symptoms in zip(unread, near, strict=True):
            own = {**found[place].symptoms, **dict.fromkeys(symptoms, 1.0)}
            if symptoms or found[place].way == "codes":
                told = {"symptoms": own, "way": "vectors", "trouble": float(bool(own))}
                found[place] = found[place].model_copy(update=told)
    counted = Counter(name for one in found for name in one.symptoms)
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return Reading(
        symptoms={name: count / len(found) for name, count in ranked},
        language=_most([one.language for one in found]),
        way=_most([one.way for one in found]),
        codes=tuple(sorted({code for one in found for code in one.codes})),
        routes=tuple(sorted({route for one in found for route in one.routes})),
        trouble=sum(one.trouble for one in found) / len(found),
    )


@lru_cache(maxsize=4_096)
def _read_text(text: str, vocabulary: Vocabulary) -> Reading:
    """One message. Machines and people repeat themselves, so the last few thousand are remembered."""
    language = language_of(text)
    spoken = language in vocabulary.languages or language == UNKNOWN
    said = split_tokens(text)
    troubled = says_any(vocabulary.trouble, said) if vocabulary.trouble else False
    asks = bool(vocabulary.asking) and says_any(vocabulary.asking, said)
    codes = tuple(sorted(set(_CODE.findall(text))))
    routes = tuple(sorted({endpoint_of(route) for route in _ROUTE.findall(text)}))
    machine = _by_machine(codes, routes, [int(number) for number in _STATUS.findall(text)], vocabulary)
    symptoms = machine if asks else machine | find_symptoms(said, vocabulary, troubled=troubled or not spoken)
    ordered = {one.id: 1.0 for one in vocabulary.symptoms if one.id in symptoms}
    return Reading(
        symptoms=ordered | dict.fromkeys(sorted(symptoms - ordered.keys()), 1.0),
        language=language,
        way="words" if spoken else "codes",
        codes=codes,
        routes=routes,
        trouble=float(bool(symptoms) or (troubled and not asks)),
        asks=asks,
    )


def _by_machine(
    codes: Sequence[str], routes: Sequence[str], statuses: Sequence[int], vocabulary: Vocabulary
) -> frozenset[str]:
    """What a route or a status shows by itself, when the message tells of a failure."""
    found: set[str] = set()
    for status in statuses:
        for route in routes or ("",):
            found |= route_symptoms("webhook_failure" if "webhook" in route else "api_error", route, status, vocabulary)
    if codes and not statuses:
        for route in routes:
            found |= route_symptoms("api_error", route, None, vocabulary)
    return frozenset(found)


def _read_by_vectors(texts: Sequence[str], vocabulary: Vocabulary, tongues: Tongues) -> list[set[str]]:
    """A text shows the symptom whose example is nearest, unless that is no nearer than usual, or a stranger's is about
    as near.
    """
    owners = [one.id for one in vocabulary.symptoms for _ in one.examples] + [""] * len(vocabulary.strangers)
    examples = [text for one in vocabulary.symptoms for text in one.examples] + list(vocabulary.strangers)
    if not any(owners):
        return [set() for _ in texts]
    return [
        _nearest_symptom(list(zip(owners, near, strict=True))) for near in tongues.compare(texts, examples).tolist()
    ]


def _nearest_symptom(near: Sequence[tuple[str, float]]) -> set[str]:
    best, owner = max((one, owner) for owner, one in near if owner)
    stranger = max((one for owner, one in near if not owner), default=-1.0)
    return {owner} if best >= NEARER and best - stranger >= AHEAD else set()


def _most(words: Sequence[str]) -> str:
    return max(Counter(words).items(), key=lambda item: (item[1], item[0]))[0]
