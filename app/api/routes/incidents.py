"""Incidents: lists, everything about one, and what a person may do with it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import PlainTextResponse

from app.api.bodies import body, documented
from app.api.context import Acting, Built, Known, Limit, Offset
from app.api.report import report
from app.domain.events import Event
from app.domain.hypotheses import Dossier
from app.domain.incidents import Incident, IncidentStatus
from app.services import desk, incidents
from app.wire import IncidentDetail, ManageRequest, RiskReport

router = APIRouter(prefix="/incidents", tags=["incidents"])
Verb = Literal["assign", "acknowledge", "note", "merge", "close", "mute"]
Statuses = Annotated[list[IncidentStatus] | None, Query(description="only these; repeat for several")]


@router.get("", summary="List incidents")
def listing(house: Built, scope: Acting, status: Statuses = None, limit: Limit = 100, offset: Offset = 0) -> list[Incident]:
    """Incidents, newest detected first."""
    return incidents.listing(house, scope, statuses=status, limit=limit, offset=offset)


@router.get("/{incident_id}", summary="Get everything about one incident")
def detail(house: Built, scope: Acting, incident_id: Known) -> IncidentDetail:
    """Everything about one incident."""
    return incidents.detail(house, scope, incident_id)


@router.get("/{incident_id}/timeline", summary="Read an incident's timeline")
def timeline(house: Built, scope: Acting, incident_id: Known) -> list[Event]:
    """Every event about the incident and its actions, oldest first."""
    return incidents.timeline(house, scope, incident_id)


@router.get("/{incident_id}/dossier", summary="Read what the agent observed")
def dossier(house: Built, scope: Acting, incident_id: Known) -> Dossier | None:
    """What the agent observed before it reasoned; null until it has looked."""
    return incidents.detail(house, scope, incident_id).dossier


@router.get("/{incident_id}/risk", summary="Read what an incident costs")
def risk(house: Built, scope: Acting, incident_id: Known) -> RiskReport:
    """What it costs, in numbers and in sentences."""
    return incidents.risk(house, scope, incident_id)


@router.get("/{incident_id}/report", summary="Print an incident on one page", response_class=PlainTextResponse)
def text_report(house: Built, scope: Acting, incident_id: Known) -> str:
    """The incident on one page of plain text, to paste into a ticket or a mail."""
    found = incidents.detail(house, scope, incident_id)
    bill = incidents.risk(house, scope, incident_id) if found.dossier else None
    return report(found, bill, incidents.timeline(house, scope, incident_id))


@router.post("/{incident_id}/retry", summary="Try an incident again that was set aside")
def retry(house: Built, scope: Acting, incident_id: Known) -> Incident:
    """FAILED becomes what it was before; the worker takes it up at once."""
    return desk.retry(house, scope, incident_id)


@router.post(
    "/{incident_id}/{verb}",
    summary="Assign, acknowledge, note, merge, close or mute an incident",
    openapi_extra=documented(ManageRequest, required=False),
)
def manage(
    house: Built, scope: Acting, incident_id: Known, verb: Verb, wanted: Annotated[ManageRequest, Depends(body(ManageRequest, optional=True))]
) -> Incident:
    """Assign, acknowledge, note, merge into another, close or mute; each leaves an event."""
    return incidents.manage(house, scope, incident_id, verb, wanted.value)
