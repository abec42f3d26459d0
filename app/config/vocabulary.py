"""The words of one domain, as its pack says them: what people call a symptom, what shows it without words, what a
measured ratio costs, and by which names senders tell one visitor from another.

A frozen value of tuples, so that it can be handed down to pure functions and remembered by them.
"""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase, translate
from functools import cached_property, lru_cache
from typing import Annotated, Literal

from pydantic import Field

from app.domain.base import Value
from app.domain.spoken import Translated, Translations

Phrases = tuple[str, ...]


class SymptomWords(Value):
    """One thing that is noticed: its name for people, and how they say it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    title: str = Field(min_length=1)
    translated: Translated = Translations()
    words: Phrases = ()
    together: tuple[tuple[str, ...], ...] = Field(default=(), description="concepts that make it when said together")
    examples: tuple[str, ...] = Field(default=(), description="what texts of other languages are compared with")


class MetricCost(Value):
    """What the failures of some measured ratios cost."""

    names: tuple[str, ...] = Field(min_length=1, description="patterns of the metrics' names, with stars")
    loses: Literal["order", "nothing"]
    symptoms: tuple[str, ...] = ()


class ShownByFailures(Value):
    """What a failed call or delivery shows by itself, whatever is said of it. Of what an entry names, everything has to
    fit: its kind, its status, and its route or its topic.
    """

    kind: Literal["call", "delivery"] | None = None
    statuses: Phrases = Field(default=(), description="such as 401, or a class: 5xx")
    routes: tuple[str, ...] = Field(default=(), description="patterns of the route, with stars")
    topics: tuple[str, ...] = Field(default=(), description="patterns of the webhook topic; one of both is enough")
    symptoms: tuple[str, ...] = Field(min_length=1)


class ShownByCounts(Value):
    """What it shows when something is counted too often, or too seldom, whatever is said of it."""

    paid_without_order: str | None = None
    declined_payments: str | None = None
    fewer_orders: str | None = None


class MessageWords(Value):
    """What words of a message say about what is asked for, how urgent it is, and how its writer feels."""

    billing: Phrases = ()
    technical: Phrases = ()
    urgent: Phrases = ()
    pleased: Phrases = ()
    displeased: Phrases = ()
    angry: Phrases = ()
    negations: tuple[str, ...] = Field(default=(), description="words that turn praise round when they stand before it")


class Headline(Value):
    """How a symptom is told in a headline, in front of where."""

    symptom: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    says: str = Field(min_length=1, max_length=120)
    translated: Translated = Translations()


class Saying(Value):
    """A sentence or a name that stands elsewhere in the pack, and the same in other languages."""

    says: str = Field(min_length=1, max_length=300)
    translated: Translations


class Concept(Value):
    """Words that mean the same thing."""

    name: str
    words: Phrases


class Vocabulary(Value):
    """All words of a pack."""

    languages: tuple[str, ...] = ()
    concepts: tuple[Concept, ...] = ()
    symptoms: tuple[SymptomWords, ...] = ()
    trouble: Phrases = ()
    asking: Phrases = ()
    no_fault: Phrases = ()
    strangers: tuple[str, ...] = ()
    metrics: tuple[MetricCost, ...] = ()
    losing_routes: tuple[str, ...] = ()
    missing_orders: tuple[tuple[str, int], ...] = ()
    headlines: tuple[Headline, ...] = ()
    sayings: tuple[Saying, ...] = ()
    failures: tuple[ShownByFailures, ...] = ()
    counts: ShownByCounts = ShownByCounts()
    visitors: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    attempts: tuple[str, ...] = ()
    messages: MessageWords = MessageWords()

    @cached_property
    def own_hash(self) -> int:
        """Computed once: what a message says is remembered by these words, and there are thousands of them."""
        return hash(tuple(getattr(self, name) for name in type(self).model_fields))

    def __hash__(self) -> int:
        """Equal words are equal, wherever they were loaded."""
        return self.own_hash

    def names_visitor(self, attribute: str) -> bool:
        """Whether an attribute of this name tells one visitor from another."""
        return bool(self.visitors) and _pattern_of_any(self.visitors).fullmatch(attribute.lower()) is not None

    def counts_visits(self, metric: str) -> bool:
        """Whether a metric of this name says how many came."""
        return bool(self.visits) and _pattern_of_any(self.visits).fullmatch(metric.lower()) is not None

    def metric_of(self, name: str) -> MetricCost | None:
        """What is said of a metric: the first entry one of whose patterns fits its name."""
        lower = name.lower()
        return next((one for one in self.metrics if any(fnmatchcase(lower, shape) for shape in one.names)), None)

    def symptoms_of_metric(self, name: str) -> frozenset[str]:
        """What a fall of this metric shows."""
        found = self.metric_of(name)
        return frozenset(found.symptoms) if found else frozenset()

    def leading_symptom_of_metric(self, name: str) -> str | None:
        """What a fall of this metric is counted as: the first that its entry names."""
        found = self.metric_of(name)
        return found.symptoms[0] if found and found.symptoms else None

    def loses_orders(self, metric: str) -> bool:
        """Whether a failure counted by this metric costs an order."""
        found = self.metric_of(metric)
        return found is not None and found.loses == "order"

    def route_loses_orders(self, route: str) -> bool:
        """Whether a call that fails on this route costs an order."""
        return any(fnmatchcase(route.lower(), shape) for shape in self.losing_routes)

    def explains_missing_orders(self, symptom: str) -> int:
        """How well a symptom explains that orders are missing or a metric fell; 0 where it does not."""
        return dict(self.missing_orders).get(symptom, 0)

    def headline_of(self, symptom: str) -> str | None:
        """How a symptom is told in a headline; None where the pack has no words for it."""
        return next((one.says for one in self.headlines if one.symptom == symptom), None)

    def place_of_headline(self, symptom: str) -> int:
        """How early it stands among the headlines: of two that show alike the earlier is told."""
        named = [one.symptom for one in self.headlines]
        return named.index(symptom) if symptom in named else len(named)

    def title_of(self, symptom: str) -> str:
        """A symptom in the words of people; its id with spaces when the pack does not name it."""
        return next((one.title for one in self.symptoms if one.id == symptom), symptom.replace("_", " "))


class VocabularyFile(Value):
    """config/domain_packs/<pack>/words.yaml, as it is written."""

    languages: tuple[str, ...] = Field(min_length=1)
    concepts: dict[str, Phrases] = Field(default_factory=dict)
    symptoms: tuple[SymptomWords, ...] = Field(min_length=1)
    trouble: Phrases = ()
    asking: Phrases = ()
    no_fault: Phrases = ()
    strangers: tuple[str, ...] = ()
    metrics: tuple[MetricCost, ...] = ()
    losing_routes: tuple[str, ...] = ()
    missing_orders: dict[str, Annotated[int, Field(ge=1, le=9)]] = Field(
        default_factory=dict, description="how well a symptom explains that orders are missing"
    )
    headlines: tuple[Headline, ...] = Field(default=(), description="of two symptoms seen as often the earlier is told")
    sayings: tuple[Saying, ...] = Field(
        default=(), description="promises, questions and names of signs in other languages"
    )
    failures: tuple[ShownByFailures, ...] = ()
    counts: ShownByCounts = ShownByCounts()
    visitors: tuple[str, ...] = Field(default=(), description="patterns of attributes that name a visitor, with stars")
    visits: tuple[str, ...] = Field(default=(), description="patterns of metrics that say how many came, with stars")
    attempts: tuple[str, ...] = Field(default=(), description="attributes that name one try, the most telling first")
    messages: MessageWords = MessageWords()

    def vocabulary(self) -> Vocabulary:
        """The same as a value that can be remembered by."""
        concepts = tuple(Concept(name=name, words=words) for name, words in self.concepts.items())
        missing = tuple(self.missing_orders.items())
        return Vocabulary(**{**dict(self), "concepts": concepts, "missing_orders": missing})


@lru_cache(maxsize=64)
def _pattern_of_any(shapes: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(shape.lower()) for shape in shapes))
