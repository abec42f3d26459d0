"""Tickets that speak of the same thing, as patterns: found anew when there is a ticket that was not looked at before,
and known again by their core, so that a cluster keeps its id while tickets come and go.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import Field

from app.config.model import Thresholds
from app.config.vocabulary import Vocabulary
from app.domain.base import JsonObject, Value
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern, PatternKind
from app.domain.signals import Signal
from app.observe.clusters import KnownCluster, find_clusters, recognise_clusters
from app.observe.groups import build_pattern
from app.observe.symptoms import is_trouble, spoken_symptoms
from app.observe.words import common_terms

WORDS_KEPT = 40
MOST_REMEMBERED = 200
"""So many clusters are known again, those of late."""


class NamedCluster(Value):
    """What is told of a cluster: how it differs from the others, and the tickets that stand for it."""

    name: str
    terms: tuple[str, ...]
    examples: tuple[str, ...]


class KeptClusters(Value):
    """What is known of a tenant's clusters from one sweep to the next."""

    known: tuple[KnownCluster, ...] = ()
    """Also those that no ticket is in now; the oldest first."""
    told: dict[str, NamedCluster] = Field(default_factory=dict)
    members: dict[str, str] = Field(default_factory=dict)
    """The cluster of each ticket that was looked at, by its signal's id; empty for one that resembles no other."""


NOTHING_KEPT = KeptClusters()


def cluster_tickets(
    tenant_id: str,
    seen: Sequence[Signal],
    shops: Mapping[str, Merchant],
    thresholds: Thresholds,
    words: Vocabulary,
    kept: KeptClusters = NOTHING_KEPT,
) -> tuple[list[Pattern], KeptClusters]:
    """A pattern for each cluster, and one for each ticket that resembles no other; and what is known from now on."""
    tickets = [one for one in seen if one.text()]
    if any(one.id not in kept.members for one in tickets):
        kept = _cluster_anew(tickets, thresholds, words, kept)
    groups: dict[str, list[Signal]] = {}
    for one in tickets:
        groups.setdefault(kept.members[one.id] or one.id, []).append(one)
    patterns = [
        _of_tickets(tenant_id, name, members, shops, words, kept.told.get(name)) for name, members in groups.items()
    ]
    return patterns, kept


def each_ticket(
    tenant_id: str, tickets: Sequence[Signal], shops: Mapping[str, Merchant], words: Vocabulary
) -> list[Pattern]:
    """A pattern for each ticket by itself."""
    return [_of_tickets(tenant_id, one.id, [one], shops, words, None) for one in tickets if one.text()]


def _cluster_anew(
    tickets: Sequence[Signal], thresholds: Thresholds, words: Vocabulary, kept: KeptClusters
) -> KeptClusters:
    texts = [one.text() for one in tickets]
    found = find_clusters(texts, words=words, eps=thresholds.cluster_eps, min_samples=thresholds.cluster_min_samples)
    named = recognise_clusters(kept.known, texts, found)
    known = {one.id: one for one in (*kept.known, *named)}
    return KeptClusters(
        known=tuple(known.values())[-MOST_REMEMBERED:],
        told={
            one.id: NamedCluster(
                name=found.names[label],
                terms=found.top_terms[label],
                examples=tuple(tickets[place].id for place in found.representatives[label]),
            )
            for label, one in enumerate(named)
        },
        members={
            one.id: named[label].id if label >= 0 else "" for one, label in zip(tickets, found.labels, strict=True)
        },
    )


def _of_tickets(
    tenant_id: str,
    identity: str,
    members: Sequence[Signal],
    shops: Mapping[str, Merchant],
    words: Vocabulary,
    told: NamedCluster | None,
) -> Pattern:
    texts = [one.text() for one in members]
    spoken = Counter(name for text in texts for name in spoken_symptoms(text, words))
    key: JsonObject = {
        "signal_type": "ticket",
        "words": list(common_terms(texts, limit=WORDS_KEPT)),
        "symptoms": dict(sorted(spoken.items())),
        "trouble": sum(is_trouble(text, words) for text in texts),
    }
    terms = told.terms if told else common_terms(texts, limit=8)
    title = f"tickets about {told.name}" if told else f"a ticket about {', '.join(terms[:3]) or 'something'}"
    here = {one.id for one in members}
    return build_pattern(
        tenant_id,
        PatternKind.TICKET_CLUSTER,
        key,
        identity,
        members,
        shops,
        title=title,
        terms=terms,
        examples=tuple(one for one in told.examples if one in here) if told else (),
    )
