"""A sign in the topics of the deliveries that failed: `topic: ["order*"]`."""

from app.domain.dossier_facts import Counts, DossierFacts
from app.signs.base import RouteKind


class TopicKind(RouteKind):
    """The share of the failures with a topic that have one of these."""

    name = "topic"
    full_share = 0.5
    witness = "route"
    example = ("order*", "refund.created")
    part = "topic"

    def counts_in(self, facts: DossierFacts) -> Counts:
        """The failures by topic."""
        return facts.topics


KIND = TopicKind()
