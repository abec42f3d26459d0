"""A sign in where the calls failed: `endpoint: ["/api/*/checkout/*"]`."""

from app.domain.dossier_facts import Counts, DossierFacts
from app.signs.base import RouteKind


class EndpointKind(RouteKind):
    """The share of the failures with an endpoint that failed at one of these."""

    name = "endpoint"
    full_share = 0.5
    witness = "route"
    example = ("/api/*/checkout/*", "/pay")
    part = "endpoint"

    def counts_in(self, facts: DossierFacts) -> Counts:
        """The failures by endpoint."""
        return facts.endpoints


KIND = EndpointKind()
