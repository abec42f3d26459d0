"""A sign in the status codes of the failures, one by one or a whole class: `status: [401, 5xx]`."""

import re
from collections.abc import Iterator, Sequence

from app.domain.dossier_facts import Counts, DossierFacts
from app.signs.base import RouteKind

READABLE = re.compile(r"[1-5](xx|XX|[0-9]{2})")


class StatusKind(RouteKind):
    """The share of the failures with a status that have one of these."""

    name = "status"
    full_share = 0.5
    example = (401, "5xx")
    part = "status"

    def counts_in(self, facts: DossierFacts) -> Counts:
        """The failures by status."""
        return facts.statuses

    def fits_value(self, value: str, wanted: Sequence[str]) -> bool:
        """'404' fits itself and '4xx'."""
        return value in wanted or (len(value) == 3 and not {f"{value[0]}xx", f"{value[0]}XX"}.isdisjoint(wanted))

    def find_value_problems(self, value: str) -> Iterator[str]:
        """A status that no answer can have."""
        if not READABLE.fullmatch(value):
            yield f"is {value!r}; write a status such as 404, or a class such as 5xx"


KIND = StatusKind()
