"""What LangGraph Studio opens (langgraph.json): the loop over a demo world of its own, so that its steps can be drawn,
run and looked into. Nothing outside is reached: its tools change a simulated shop, which is gone when the studio ends.
"""

import asyncio
from functools import cache
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from app.bootstrap import Application
    from app.domain.base import JsonObject
    from app.domain.tenants import Scope
    from graph.build import Graph

log = structlog.get_logger()


@cache
def open_world() -> "Application":
    """The demo, swept once; no worker moves anything there but the studio itself."""
    from app.bootstrap import build_application
    from app.services.watch.sweep import sweep_tenant
    from app.settings import Settings

    application = build_application(Settings(demo=True, lite=True, multilingual=False), passing=True)
    sweep_tenant(application.ctx, _demo_scope(), None)
    return application


async def make_graph() -> "Graph":
    """The compiled loop. A run begins with one of the inputs that the log names, and stops where a person is asked. It
    is made in a thread, since the server of the studio lets nobody wait in its loop.
    """
    return await asyncio.to_thread(_compile_graph)


def _compile_graph() -> "Graph":
    from graph.build import build_graph

    application = open_world()
    for given in list_inputs():
        log.info("studio.input", given=given)
    return build_graph(application.checkpoints, application.ctx.node_context(_demo_scope()))


def list_inputs() -> "list[JsonObject]":
    """What a run can begin with: one for each open incident of the demo."""
    from app.domain.incidents import ACTIVE

    with open_world().ctx.store.read(_demo_scope()) as session:
        found = session.incidents.page(statuses=ACTIVE, limit=50)
    return [{"incident": {"id": one.id, "tenant": "demo", "base": 0, "called": False, "tried": []}} for one in found]


def _demo_scope() -> "Scope":
    from app.domain.tenants import LOCAL_ADMIN, Scope

    return Scope(tenant_id="demo", principal=LOCAL_ADMIN)
