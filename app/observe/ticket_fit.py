"""Does a ticket, or a cluster of tickets, belong to an incident? A score with its reasons; strangers stay out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import Field

from app.config.vocabulary import Vocabulary
from app.domain.base import Value
from app.observe.reading import Reading, read_symptoms
from app.observe.tongues import Tongues
from app.observe.words import says_any, split_tokens

BEFORE, AFTER = timedelta(minutes=30), timedelta(hours=24)
"""How long before the onset, and after the last evidence, a ticket may still be about it."""
SHOWN, IMPLIED = 0.35, 0.25
"""What it adds that the incident shows what a ticket speaks of, and that its likely cause would."""
FITS = 0.5
"""From here on a ticket joins."""


class IncidentSigns(Value):
    """What is known of an incident that a ticket could speak of."""

    symptoms: frozenset[str] = Field(default=frozenset(), description="what its streams show")
    implied: frozenset[str] = Field(default=frozenset(), description="what its likely causes would show")
    phrases: tuple[str, ...] = Field(default=(), description="how people speak of its likely causes")
    codes: frozenset[str] = frozenset()
    routes: frozenset[str] = frozenset()
    merchants: frozenset[str] = frozenset()
    exposed: frozenset[str] = Field(default=frozenset(), description="covered by its description, hurt or not")
    onset: datetime | None = None
    last_seen: datetime | None = None


class Fit(Value):
    """How well tickets fit an incident, from 0 to 1, and why; the reading says in which language and by what."""

    score: float
    reasons: tuple[str, ...]
    reading: Reading

    @property
    def joins(self) -> bool:
        """Whether they belong to it."""
        return self.score >= FITS


def fit_of_ticket(
    said: str | Sequence[str],
    signs: IncidentSigns,
    vocabulary: Vocabulary,
    *,
    merchants: Sequence[str | None] = (),
    when: datetime | None = None,
    tongues: Tongues | None = None,
) -> Fit:
    """How well a ticket (or the tickets of a cluster) fits: what it says, whose it is, and when it came.

    What it says must fit: a ticket of a hurt merchant that asks for an invoice is a stranger. Whose it is must fit as
    well where somebody is named: a merchant of whom nothing is amiss, and whom the incident does not cover, has
    another trouble.
    """
    reading = read_symptoms(said, vocabulary, tongues)
    reasons: list[str] = []
    if when is not None and not _in_time(when, signs):
        return Fit(score=0.0, reasons=("it did not come in the incident's time",), reading=reading)
    codes, routes = signs.codes & set(reading.codes), signs.routes & set(reading.routes)
    shared = [name for name in reading.symptoms if name in signs.symptoms]
    implied = [] if shared else [name for name in reading.symptoms if name in signs.implied]
    content = 0.0
    if codes or routes:
        content = 0.9
        reasons.append(f"it names {', '.join(sorted(codes | routes))}")
    if shared or implied:
        share = max(reading.symptoms[name] for name in shared or implied)
        content = max(content, 0.35 + (SHOWN if shared else IMPLIED) * share)
        reasons.append(f"it speaks of {', '.join(vocabulary.title_of(name) for name in shared or implied)}")
    if reading.trouble and signs.phrases and _says_any_of(said, signs.phrases):
        content = max(content, 0.35 + IMPLIED)
        reasons.append("it speaks of what would cause it")
    if not reasons:
        return Fit(score=0.0, reasons=(_why_strange(reading),), reading=reading)
    named = [one for one in merchants if one]
    if named:
        hurt = sum(one in signs.merchants for one in named) / len(named)
        near = sum(one in signs.exposed for one in named) / len(named)
        content *= 0.4 + 0.6 * min(1.0, 1.4 * hurt + near * (1 - hurt))
        content += 0.2 * hurt
        reasons.append(f"{hurt:.0%} of the merchants are hurt" if hurt else "the merchant is not among the hurt")
    return Fit(score=round(min(1.0, content), 3), reasons=(*reasons, _how_read(reading)), reading=reading)


def _says_any_of(said: str | Sequence[str], phrases: tuple[str, ...]) -> bool:
    texts = [said] if isinstance(said, str) else said
    return any(says_any(phrases, split_tokens(text)) for text in texts)


def _in_time(when: datetime, signs: IncidentSigns) -> bool:
    early = signs.onset is not None and when < signs.onset - BEFORE
    late = signs.last_seen is not None and when > signs.last_seen + AFTER
    return not early and not late


def _why_strange(reading: Reading) -> str:
    if reading.symptoms:
        return f"it reports something else ({', '.join(reading.symptoms)})"
    return "it reports nothing that is broken" if reading.way == "words" else "nothing in it could be read"


def _how_read(reading: Reading) -> str:
    ways = {"words": "by its words", "vectors": "by vectors of meaning", "codes": "by codes and borrowed words only"}
    return f"read in {reading.language} {ways[reading.way]}"
