"""The evidence in what people said of an incident: each word is a row that names who said it and when."""

from app.domain.checks import ANSWER, NAMED, CheckAnswer, NamedCause
from app.domain.evidence import Evidence, evidence_id
from app.domain.incidents import Incident


def list_said(tenant_id: str, incident: Incident) -> list[Evidence]:
    """A row for each sign that a person answered, and one for the cause that a person named."""
    rows = [_row_of_answer(tenant_id, incident.id, one) for one in incident.answers]
    return [*rows, _row_of_name(tenant_id, incident.id, incident.named)] if incident.named else rows


def _row_of_answer(tenant_id: str, incident_id: str, said: CheckAnswer) -> Evidence:
    return Evidence(
        id=evidence_id(tenant_id, incident_id, ANSWER, said.sign),
        incident_id=incident_id,
        kind=ANSWER,
        statement=said.sentence,
        data=said.plain(),
        count=1,
    )


def _row_of_name(tenant_id: str, incident_id: str, named: NamedCause) -> Evidence:
    return Evidence(
        id=evidence_id(tenant_id, incident_id, NAMED, ""),
        incident_id=incident_id,
        kind=NAMED,
        statement=named.sentence,
        data=named.plain(),
        count=1,
    )
