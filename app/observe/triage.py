"""A message, read without a model: how urgent it is, what it is about, how its writer feels, and which known cause it
points at. Codes, routes and statuses count in any language; phrases are those of the domain pack, and its prose helps
where somebody says the same in other words.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from pydantic import Field

from app.config.model import CauseSpec, DomainPack, SignSpec
from app.config.vocabulary import MessageWords, Vocabulary
from app.domain.base import Value
from app.domain.dossier_facts import DossierFacts, TextMatches
from app.domain.hypotheses import UNKNOWN
from app.observe.match import listed_values
from app.observe.routes import endpoint_of
from app.observe.symptoms import concepts_in, is_trouble, route_symptoms, spoken_symptoms
from app.observe.words import says_any, split_tokens, telling_tokens
from app.signs.registry import kind_tested_by

CODE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
ROUTE = re.compile(r"(?<![\w/])(?:https?://[\w.-]+)?(/[\w{}.*-]+(?:/[\w{}.*-]+)+)")
STATUS = re.compile(r"(?<![\w.,])([45]\d\d)(?![\w,%])")
TEMPERATURE = 1.4
LIKE_PROSE = 4.5
"""The most log-odds that being told like a cause's description is worth."""
STEM = 5
LEAST_BELIEF = 0.4
"""A cause that is believed less is not named."""
HALF_ALIKE = 2.5
"""How much of a description has to be shared for half of that."""


class Priority(StrEnum):
    """How soon somebody has to look."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class Category(StrEnum):
    """Whose desk it belongs on."""

    BILLING = "billing"
    TECH = "tech"
    GENERAL = "general"


class Triage(Value):
    """What a message is about; `confidence` is that of the cause."""

    priority: Priority
    category: Category
    sentiment: float = Field(ge=-1, le=1)
    cause: str
    confidence: float = Field(ge=0, le=1)


def triage_message(subject: str, body: str, pack: DomainPack) -> Triage:
    """Read one message."""
    text = f"{subject}\n{body}"
    said, words = split_tokens(text), pack.vocabulary
    feeling = read_sentiment(text, words.messages)
    cause, confidence = point_at_cause(text, pack)
    return Triage(
        priority=_priority_of(text, said, feeling, words, known=cause != UNKNOWN),
        category=_category_of(said, words.messages, known=cause != UNKNOWN),
        sentiment=feeling,
        cause=cause,
        confidence=round(confidence, 4),
    )


def read_sentiment(text: str, words: MessageWords) -> float:
    """From -1, furious, to 1, delighted; a negation turns praise round, and shouting makes it worse."""
    said = split_tokens(text)
    praise, blame = _count(words.pleased, said), _count(words.displeased, said) + 2.5 * _count(words.angry, said)
    denied = sum(first in words.negations and says_any(words.pleased, [second]) for first, second in pairwise(said))
    praise, blame = praise - denied, blame + denied
    loud = min(text.count("!"), 3) * 0.3 + (1.0 if _is_shouted(text) else 0.0)
    score = praise - blame - (loud if blame > praise else 0.0)
    return round(score / math.sqrt(score * score + 8), 3)


def _count(phrases: Sequence[str], said: Sequence[str]) -> int:
    return sum(says_any((phrase,), said) for phrase in phrases)


def _is_shouted(text: str) -> bool:
    letters = [mark for mark in CODE.sub("", text) if mark.isalpha()]
    return len(letters) > 12 and sum(mark.isupper() for mark in letters) > 0.6 * len(letters)


def _priority_of(text: str, said: Sequence[str], feeling: float, words: Vocabulary, *, known: bool) -> Priority:
    urgent = says_any(words.messages.urgent, said)
    asks = says_any(words.asking, said)
    if (urgent and not (asks and not is_trouble(text, words))) or feeling <= -0.85:
        return Priority.P1
    if known or (is_trouble(text, words) and not asks) or feeling < -0.5:
        return Priority.P2
    return Priority.P3


def _category_of(said: Sequence[str], words: MessageWords, *, known: bool) -> Category:
    billing, technical = _count(words.billing, said), _count(words.technical, said)
    if known or technical > billing:
        return Category.TECH
    return Category.BILLING if billing else Category.GENERAL


def point_at_cause(text: str, pack: DomainPack) -> tuple[str, float]:
    """The likeliest cause of the pack, or unknown, with its share of belief."""
    facts = _facts_of(text, pack)
    likeness = _likeness(text, pack)
    scores = {
        cause.id: cause.prior + _weigh(cause, facts) + LIKE_PROSE * likeness.get(cause.id, 0.0) for cause in pack.causes
    }
    scores[UNKNOWN] = pack.unknown_prior
    top = max(scores.values())
    powers = {name: math.exp((score - top) / TEMPERATURE) for name, score in scores.items()}
    best = max(powers, key=lambda name: (powers[name], name == UNKNOWN, name))
    share = powers[best] / math.fsum(powers.values())
    return (best, share) if best == UNKNOWN or share >= LEAST_BELIEF else (UNKNOWN, 1 - share)


def _facts_of(text: str, pack: DomainPack) -> DossierFacts:
    """The facts of one message, as those of an incident."""
    routes = [endpoint_of(found) for found in ROUTE.findall(text)]
    statuses = STATUS.findall(ROUTE.sub(" ", text))
    symptoms = set(spoken_symptoms(text, pack.vocabulary))
    for route in routes or [""]:
        for status in statuses or ["0"]:
            symptoms |= route_symptoms("ticket", route, int(status), pack.vocabulary)
    said = split_tokens(text)
    hits = {
        f"{cause.id}/{sign.id}": 1
        for cause in pack.causes
        for sign in (*cause.signs, *cause.contradictions)
        if "text" in sign.test and says_any(listed_values(sign.test, "text"), said)
    }
    return DossierFacts(
        signals=1,
        errors=1,
        codes=dict(Counter(CODE.findall(text))),
        endpoints=dict(Counter(routes)),
        statuses=dict(Counter(statuses)),
        symptoms=dict.fromkeys(sorted(symptoms), 1),
        texts=TextMatches(total=1, hits=hits),
    )


def _weigh(cause: CauseSpec, facts: DossierFacts) -> float:
    return math.fsum(
        [
            *(_weigh_sign(cause, sign, facts) for sign in cause.signs),
            *(-max(_weigh_sign(cause, sign, facts), 0.0) for sign in cause.contradictions),
        ]
    )


def _weigh_sign(cause: CauseSpec, sign: SignSpec, facts: DossierFacts) -> float:
    kind = kind_tested_by(sign.test)
    if kind is None:
        return 0.0
    hits = kind.count_hits(sign.test[kind.name], f"{cause.id}/{sign.id}", facts)
    if hits is None or not hits.total:
        return 0.0
    degree = min(hits.count / hits.total / kind.full_share, 1.0) * hits.weight
    return degree * sign.weight - (1 - degree) * sign.absent


def _likeness(text: str, pack: DomainPack) -> dict[str, float]:
    """How much a message is told like the prose of each cause, beyond what it shares with all of them."""
    prose = _prose_of(pack)
    said = _stems_of(text, pack.vocabulary)
    if not said or not prose:
        return {}
    shared = Counter(stem for stems in prose.values() for stem in stems)
    rare = {stem: math.log((len(prose) + 1) / (count + 0.5)) for stem, count in shared.items()}
    found = {}
    for name, stems in prose.items():
        both = said & stems
        weight = sum(rare[stem] ** 2 for stem in both) if len(both) > 1 else 0.0
        found[name] = weight / (weight + HALF_ALIKE)
    middle = sorted(found.values())[len(found) // 2]
    return {name: max(0.0, like - middle) for name, like in found.items()}


def _prose_of(pack: DomainPack) -> Mapping[str, frozenset[str]]:
    return {
        cause.id: _stems_of(
            " ".join((cause.title, cause.explanation, cause.runbook_query, *cause.questions)), pack.vocabulary
        )
        for cause in pack.causes
    }


@lru_cache(maxsize=512)
def _stems_of(text: str, words: Vocabulary) -> frozenset[str]:
    concepts = [f"~{name}" for name in concepts_in(text, words)]
    return frozenset([*(token[:STEM] for token in telling_tokens(text)), *concepts])
