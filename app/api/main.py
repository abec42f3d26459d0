"""The server: routes, error shapes and the worker's life, assembled around one application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from app.api import errors
from app.api.auth import door, refuse_public_bind
from app.api.edge import Edge
from app.api.idempotency import Idempotency, document_keys
from app.api.manners import Manners
from app.api.meters import Meters
from app.api.refusals import document_refusals
from app.api.routes import (
    actions,
    agent,
    ask,
    audit,
    controls,
    health,
    incidents,
    knowledge,
    merchants,
    signals,
    simulations,
    upkeep,
)
from app.bootstrap import Application, build_application
from app.process.door_key import kept_key
from app.settings import Settings

TOPICS = (signals, merchants, agent, incidents, actions, ask, knowledge, simulations, controls, audit, upkeep, health)
ABOUT = (
    "A self-healing support agent: signals in, incidents explained, fixes approved and proven. Local mode; the header"
    " X-Tenant chooses the tenant."
)


def create_app(application: Application | None = None) -> FastAPI:
    """The server around an application (built from the environment when none is given); its worker lives as long as the
    server.
    """
    served = application or build_application(Settings())
    refuse_public_bind(served.settings.host)
    server = FastAPI(
        title="Causeway",
        version="0.1.0",
        description=ABOUT,
        lifespan=_lifespan,
        strict_content_type=False,
        redirect_slashes=False,
    )
    server.state.application = served
    server.state.meters = Meters()
    common = {"meters": server.state.meters, "fresh_id": lambda: served.ctx.ids.fresh("ERR")}
    server.add_middleware(Idempotency, **common)
    server.add_middleware(Manners, routes=[route for topic in TOPICS for route in topic.router.routes])
    server.add_middleware(Edge, **common, door=door(kept_key(served.settings.data)))
    errors.install_handlers(server)
    for topic in TOPICS:
        server.include_router(topic.router)
    _lift_definitions(server)
    return server


@asynccontextmanager
async def _lifespan(server: FastAPI) -> AsyncIterator[None]:
    """Start the worker before the first request and stop it after the last."""
    application: Application = server.state.application
    await run_in_threadpool(application.start)
    try:
        yield
    finally:
        await run_in_threadpool(application.stop)


def _lift_definitions(server: FastAPI) -> None:
    """Bodies are read raw, so their schemas bring their own definitions; OpenAPI wants them among the components."""
    generated = server.openapi

    def openapi() -> dict[str, Any]:
        document = generated()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for path in document["paths"].values():
            for operation in path.values():
                content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
                schemas.update(content.get("schema", {}).pop("$defs", {}))
        document_refusals(document)
        document_keys(document)
        return document

    server.openapi = openapi  # type: ignore[method-assign]
