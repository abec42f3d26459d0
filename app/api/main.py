"""The server: routes, error shapes and the worker's life, assembled around one application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from app.api import errors
from app.api.auth import door, refuse_public_bind
from app.api.document import TOPICS, describe_server
from app.api.edge import Edge
from app.api.idempotency import Idempotency
from app.api.manners import HttpManners
from app.api.meters import Meters
from app.bootstrap import Application, build_application
from app.process.door_key import kept_key
from app.settings import Settings


def create_app(application: Application | None = None) -> FastAPI:
    """The server around an application (built from the environment when none is given); its worker lives as long as the
    server.
    """
    served = application or build_application(Settings())
    refuse_public_bind(served.settings.host)
    server = describe_server(lifespan=_lifespan)
    server.state.application = served
    server.state.meters = Meters()
    common = {"meters": server.state.meters, "fresh_id": lambda: served.ctx.ids.fresh("ERR")}
    server.add_middleware(Idempotency, **common)
    server.add_middleware(HttpManners, routes=[route for topic in TOPICS for route in topic.router.routes])
    server.add_middleware(Edge, **common, door=door(kept_key(served.settings.data)))
    errors.install_handlers(server)
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
