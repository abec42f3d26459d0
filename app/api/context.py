"""What a route is handed: the application it runs in, the house of its use cases, and on whose behalf it acts."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from app.api.auth import scope_of
from app.bootstrap import Application
from app.context import AppContext
from app.domain.tenants import Scope


def application_of(request: Request) -> Application:
    """The application this server serves."""
    application: Application = request.app.state.application
    return application


def house_of(request: Request) -> AppContext:
    """The assembled product."""
    return application_of(request).ctx


def acting_scope(request: Request) -> Scope:
    """Who is calling, in which tenant; NotFound for a tenant that does not exist."""
    return scope_of(house_of(request), request.headers.get("x-tenant"))


Built = Annotated[AppContext, Depends(house_of)]
Acting = Annotated[Scope, Depends(acting_scope)]
Known = Annotated[str, Path(min_length=1, max_length=200, description="the id as lists show it")]
Limit = Annotated[int, Query(ge=1, le=500, description="how many at most")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="how many to pass over")]
