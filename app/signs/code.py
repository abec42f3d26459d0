"""A sign in the error codes of the failures, exactly as they are written: `code: [TOKEN_EXPIRED]`."""

from collections.abc import Sequence

from app.domain.dossier_facts import Counts, DossierFacts
from app.signs.base import RouteKind


class CodeKind(RouteKind):
    """The share of the failures with a code that have one of these."""

    name = "code"
    full_share = 0.5
    example = ("TOKEN_EXPIRED", "TOKEN_REVOKED")
    part = "error_code"

    def counts_in(self, facts: DossierFacts) -> Counts:
        """The failures by code."""
        return facts.codes

    def fits_value(self, value: str, wanted: Sequence[str]) -> bool:
        """A code is one name: no stars, and its case matters."""
        return value in wanted


KIND = CodeKind()
