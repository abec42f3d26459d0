"""Whether the server is well, for people, probes and Prometheus."""

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.api.auth import LOCAL_TENANTS
from app.api.context import Built, application_of
from app.domain.errors import Temporary
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.services import agent
from app.services.house import House
from app.services.lag import lags
from app.wire import AgentState, Lag

router = APIRouter(tags=["health"])


@router.get("/health", summary="Check the server")
@router.get("/api/health", summary="Check the server (the same under its other name)")
def health(request: Request) -> dict[str, Any]:
    """Whether it runs, and how its parts are."""
    application = application_of(request)
    return {"name": "causeway", "status": "ok", **application.health(), "lag": _lag(application.house)}


def _lag(house: House) -> dict[str, Lag]:
    """How far each tenant's sweeps are behind; of a store that does not answer nothing is known."""
    try:
        return lags(house)
    except Temporary:
        return {}


@router.get("/health/db", summary="Check the database")
def database(house: Built) -> dict[str, Any]:
    """The store: dialect, version, migration, reachable or not."""
    return house.store.health()


@router.get("/metrics", summary="Read the metrics for Prometheus", response_class=Response)
def metrics(request: Request, house: Built) -> Response:
    """Counters and gauges in Prometheus' text format."""

    def states() -> list[AgentState]:
        known = [tenant.id for tenant in house.store.tenants() if tenant.id in LOCAL_TENANTS]
        return [agent.state(house, Scope(tenant_id=name, principal=LOCAL_ADMIN)) for name in known]

    return Response(request.app.state.meters.page(states), media_type=CONTENT_TYPE_LATEST)
