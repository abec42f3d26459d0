"""A sign in who reports: `signal_type: [webhook_failure, ticket]`."""

from collections.abc import Iterator

from app.domain.dossier_facts import DossierFacts
from app.domain.evidence import Evidence
from app.domain.signals import SignalType
from app.signs.base import Hits, SignKind, texts_of


class SignalTypeKind(SignKind):
    """The share of the signals that are of the most frequent of these types."""

    name = "signal_type"
    full_share = 0.4
    witness = ""
    example = ("webhook_failure", "ticket")

    def count_hits(self, wanted: object, sign: str, facts: DossierFacts) -> Hits | None:
        """The signals of these types."""
        total, listed = facts.signals, texts_of(wanted)
        fitting = {name: count for name, count in facts.signal_types.items() if name in listed}
        return Hits(count=max(fitting.values(), default=0), total=total, by_value=fitting) if total else None

    def is_shown_by(self, row: Evidence, wanted: object, sign: str, hits: Hits) -> bool:
        """The error groups of these types; the tickets and the payments without an order where those are asked for."""
        return (
            row.data.get("signal_type") in hits.by_value
            or (row.kind == "tickets" and "ticket" in hits.by_value)
            or ("payments" in row.data and "payment" in hits.by_value)
        )

    def find_value_problems(self, value: str) -> Iterator[str]:
        """A type no signal has."""
        if value not in set(SignalType):
            yield f"is {value!r}; write one of {', '.join(SignalType)}"


KIND = SignalTypeKind()
