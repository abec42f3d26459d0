"""Evidence: one observed fact with an id. Every later claim cites these ids, and a claim whose evidence is gone is not
made.
"""

from pydantic import Field

from app.domain.base import JsonObject, Value, digest_of, shown_id


class Evidence(Value):
    """A counted fact about an incident, with the signals it was counted from (a sample, and how many in all)."""

    id: str
    incident_id: str
    kind: str = Field(
        description="error_group, spike, stage, contrast, tickets, symptom, impact, passage, lesson, baseline, answer,"
        " named"
    )
    statement: str = Field(description="one sentence for people, built from counted values, never from free text")
    data: JsonObject = Field(default_factory=dict)
    signal_ids: tuple[str, ...] = ()
    count: int = Field(default=0, ge=0)

    def content_hash(self) -> str:
        """What an approval binds to: the content of the evidence it was given on."""
        return digest_of([self.kind, self.statement, self.data, list(self.signal_ids), self.count])


class Statement(Value):
    """One sentence and the facts it rests on. A sentence without any cannot be stated: there is no such value."""

    text: str = Field(min_length=1, pattern=r"\S")
    evidence_ids: tuple[str, ...] = Field(min_length=1, description="the evidence rows that show it")


def evidence_id(tenant_id: str, incident_id: str, kind: str, key: object) -> str:
    """A deterministic id: the same fact about the same incident has the same id on every run."""
    return shown_id("EV", digest_of([tenant_id, incident_id, kind, key]), characters=10)
