"""Tenants that live in a simulated world: which scenarios there are, and how one is opened for people to watch."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from app.context import AppContext
from app.domain.base import digest_of
from app.domain.errors import BadConfig, Conflict, NotFound
from app.domain.tenants import PASSING, Scope, Tenant, ToolMode
from app.schemas.operations import ScenarioLine, SimulationAnswer, SimulationRequest
from app.services.trials import worlds
from simulations.connector import load_world
from simulations.scenario import Scenario
from simulations.scenarios.trials import load_scenario, load_scenarios
from simulations.world.world import World

TITLE: Final = "A platform on trial"
SCENARIOS: Final = "scenarios"


def scenario_folder(ctx: AppContext) -> Path:
    """Where the shipped scenarios are."""
    return ctx.fixtures / SCENARIOS


def list_scenarios(ctx: AppContext) -> list[ScenarioLine]:
    """The shipped scenarios, for people."""
    return [
        ScenarioLine(
            scenario=one.id,
            title=one.title,
            hours=one.clock.hours,
            merchants=one.platform.merchants,
            domain=one.platform.domain,
        )
        for one in load_scenarios(scenario_folder(ctx))
    ]


def find_scenario(ctx: AppContext, name: str) -> Scenario:
    """A shipped scenario; NotFound otherwise."""
    file = scenario_folder(ctx) / f"{name}.yaml"
    if not file.is_file():
        raise NotFound(f"There is no scenario {name!r}; GET /simulations lists them.")
    return load_scenario(file)


def tenant_of(ctx: AppContext, scenario: Scenario, seed: int, name: str | None = None) -> Tenant:
    """A tenant for a trial; nothing about it tells which one."""
    pack = scenario.platform.domain
    if pack not in ctx.config.packs:
        raise BadConfig(
            [
                f"{scenario.id}: platform.domain: there is no domain pack {pack!r}; write one of"
                f" {', '.join(sorted(ctx.config.packs))}"
            ]
        )
    derived = f"{PASSING}{digest_of([scenario.plain(), seed])[:10]}"
    return Tenant(id=name or derived, title=TITLE, tool_mode=ToolMode.SIMULATED, simulated_clock=True, pack=pack)


def open_world(ctx: AppContext, tenant: Tenant, world: World, now: datetime) -> Scope:
    """Register a tenant that lives in this world, with its merchants and a clock that stands at `now`."""
    scope = Scope(tenant_id=tenant.id)
    ctx.store.put_tenant(tenant)
    with ctx.store.write(scope) as session:
        worlds.open_world_in(session, world, now)
    return scope


def start_trial(ctx: AppContext, request: SimulationRequest) -> SimulationAnswer:
    """Open a tenant in which a scenario begins now, or set the pace of one in which it has begun; the worker lets its
    time pass.
    """
    scenario = find_scenario(ctx, request.scenario)
    seed = scenario.seed if request.seed is None else request.seed
    tenant = tenant_of(ctx, scenario, seed, request.tenant)
    scope = Scope(tenant_id=tenant.id)
    began = _began_at(ctx, tenant, scenario, seed)
    if began is None:
        began = ctx.system.now().replace(second=0, microsecond=0)
        open_world(ctx, tenant, World(scenario, seed, began=began), began)
    with ctx.store.write(scope) as session:
        worlds.put_pace(session, request.speed)
    ctx.wake()
    return SimulationAnswer(
        tenant=tenant.id,
        scenario=scenario.id,
        seed=seed,
        began=began,
        ends=began + timedelta(hours=scenario.clock.hours),
        now=ctx.clock(scope).now(),
        merchants=scenario.platform.merchants,
        speed=request.speed,
        note=f"It runs in tenant {tenant.id}; look with the header X-Tenant: {tenant.id}.",
    )


def _began_at(ctx: AppContext, tenant: Tenant, scenario: Scenario, seed: int) -> datetime | None:
    """When this very trial began in this tenant; None for a new tenant. Conflict for a tenant that holds
    anything else.
    """
    if all(one.id != tenant.id for one in ctx.store.tenants()):
        return None
    with ctx.store.read(Scope(tenant_id=tenant.id)) as session:
        world, signals = load_world(session), session.signals.count()
    if world is None and not signals:
        return None
    if world is not None and (world.scenario, world.seed) == (scenario, seed):
        return world.began
    raise Conflict(
        f"Tenant {tenant.id} holds {signals} signal(s) of something else; choose another name.", tenant=tenant.id
    )
