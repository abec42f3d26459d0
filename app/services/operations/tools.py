"""How far each tool may reach in a tenant, and what became of what was sent. A proposal can change none of it."""

from collections.abc import Collection, Sequence

import structlog

from app.access import UseCase, require
from app.context import AppContext
from app.domain.actions import Action
from app.domain.base import JsonObject
from app.domain.decisions import Request
from app.domain.errors import BadInput, Conflict, NotFound
from app.domain.tenants import TOOL_SETTINGS, Scope, ToolMode, ToolSetting
from app.domain.work import Intent
from app.ports.connectors import ToolModes, ToolSpec
from app.ports.live import Connection
from app.privacy.redact import redact
from app.schemas.tools import (
    CatalogueEntry,
    ConnectionShown,
    ExecutionDetail,
    ExecutionShown,
    ToolSettingRequest,
    ToolShown,
    ToolTestAnswer,
    ToolTryRequest,
)
from app.services.loop.tool_modes import configured_modes, modes_in, read_modes, read_settings

log = structlog.get_logger()
USUAL = "usual"
SET_KIND = "tool.set"
STATES = {"EXECUTED": "succeeded", "NOT_APPLIED": "shown", "FAILED": "failed", "IN_DOUBT": "in_doubt"}
"""The ending of an intent, as a state of its execution."""
MOST_EVENTS = 200


# --- how far
# ---------------------------------------------------------------------------------------------------------------


def set_tool(ctx: AppContext, scope: Scope, name: str, wanted: ToolSettingRequest) -> ToolShown:
    """Say how far a tool may reach in this tenant, or switch it on or off; it is part of the audit record."""
    require(scope, UseCase.SET_TOOL)
    spec = _spec(ctx, name)
    if wanted.mode is None and wanted.on is None:
        raise BadInput("say `mode` or `on`: nothing else can be set")
    if wanted.mode == ToolMode.LIVE and not connections_of(ctx, scope, spec):
        raise Conflict(f"{name} has no connection in the tenant {scope.tenant_id}; add one to config/connections.yaml")
    reason, now = redact(wanted.reason.strip()).text, ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        settings = read_settings(session)
        before = settings.get(name, ToolSetting())
        mode = before.mode if wanted.mode is None else None if wanted.mode == USUAL else ToolMode(wanted.mode)
        on = before.on if wanted.on is None else wanted.on
        if (mode, on) != (before.mode, before.on):
            after = ToolSetting(mode=mode, on=on, by=scope.principal.id, reason=reason, at=now)
            kept = {**settings, name: after}
            session.notes.put(TOOL_SETTINGS, {tool: one.plain() for tool, one in kept.items()})
            who = scope.principal.id
            told: JsonObject = {"mode": mode.value if mode else USUAL, "on": on, "reason": reason, "by": who}
            session.events.append(SET_KIND, name, told, at=now)
            log.warning("tool.set", tenant=scope.tenant_id, tool=name, mode=told["mode"], on=on, by=scope.principal.id)
    ctx.wake()
    return read_tool(ctx, scope, name)


# --- shown
# -----------------------------------------------------------------------------------------------------------------


def list_catalogue(ctx: AppContext) -> list[CatalogueEntry]:
    """Every tool of the product, also those that are switched off for all."""
    return [
        CatalogueEntry(
            name=spec.name,
            title=spec.title,
            description=spec.description,
            kind=spec.kind,
            effect=spec.effect.value,
            enabled=spec.enabled,
            repeat=spec.repeat,
            risk=spec.risk,
            vendors=_vendors(ctx, spec),
        )
        for spec in ctx.config.tools
    ]


def list_tools(ctx: AppContext, scope: Scope) -> list[ToolShown]:
    """Every tool as it is in this tenant."""
    return _show_tools(ctx, scope, list(ctx.tools.specs().values()))


def read_tool(ctx: AppContext, scope: Scope, name: str) -> ToolShown:
    """One tool as it is in this tenant."""
    (shown,) = _show_tools(ctx, scope, [_spec(ctx, name)])
    return shown


def _show_tools(ctx: AppContext, scope: Scope, specs: Sequence[ToolSpec]) -> list[ToolShown]:
    tenant = ctx.tenant(scope)
    with ctx.store.read(scope) as session:
        settings, modes = read_settings(session), modes_in(session, ctx.config, tenant)
    configured = configured_modes(ctx.config, tenant).keys()
    return [_shown(ctx, scope, spec, settings.get(spec.name), modes, configured) for spec in specs]


def _shown(
    ctx: AppContext,
    scope: Scope,
    spec: ToolSpec,
    said: ToolSetting | None,
    modes: ToolModes,
    configured: Collection[str],
) -> ToolShown:
    titles = {vendor.name: vendor.title for vendor in ctx.config.vendors}
    return ToolShown(
        name=spec.name,
        title=spec.title,
        description=spec.description,
        effect=spec.effect.value,
        external=spec.external,
        reversible=spec.reversible,
        repeat=spec.repeat,
        risk=spec.risk,
        undo=str(spec.undo["tool"]) if spec.undo else "",
        arguments=spec.arguments,
        mode=modes.of(spec.name).value,
        mode_from="administrator" if said and said.mode else "configuration" if spec.name in configured else "tenant",
        on=spec.name not in modes.off,
        changed_by=said.by if said else "",
        changed_at=said.at if said else None,
        reason=said.reason if said else "",
        vendors=_vendors(ctx, spec),
        connections=[
            ConnectionShown(name=one.name, title=titles.get(one.name, one.name), host=one.host, merchant=one.merchant)
            for one in connections_of(ctx, scope, spec)
        ],
        breaker=ctx.tools.breakers_of(scope.tenant_id).get(spec.name, "closed"),
    )


def _vendors(ctx: AppContext, spec: ToolSpec) -> list[str]:
    known = [vendor.title for vendor in ctx.config.vendors if spec.name in vendor.live]
    return known or [live.connection for live in spec.live]


def connections_of(ctx: AppContext, scope: Scope, spec: ToolSpec) -> list[Connection]:
    """Over what a tool can act for real in a tenant."""
    names = {live.connection for live in spec.live}
    return [one for one in ctx.config.connections if one.name in names and one.tenant == scope.tenant_id]


def _spec(ctx: AppContext, name: str) -> ToolSpec:
    spec = ctx.tools.specs().get(name)
    if spec is None:
        raise NotFound(f"there is no tool named {name!r}")
    return spec


# --- tried
# -----------------------------------------------------------------------------------------------------------------


def try_tool(ctx: AppContext, scope: Scope, name: str, wanted: ToolTryRequest) -> Request:
    """The exact request these arguments would come to in this tenant; nothing is sent."""
    mode = read_modes(ctx.store, ctx.config, ctx.tenant(scope)).of(name)
    _spec(ctx, name)
    shown = ToolMode.SIMULATED if mode is ToolMode.SIMULATED else ToolMode.DRY_RUN
    return ctx.tools.request(name, wanted.arguments, wanted.merchant_ids, scope=scope, mode=shown)


def test_tool(ctx: AppContext, scope: Scope, name: str) -> ToolTestAnswer:
    """Make the vendor's harmless call over each connection of the tool, and say what came back."""
    require(scope, UseCase.TEST_TOOL)
    spec = _spec(ctx, name)
    if not connections_of(ctx, scope, spec):
        why = f"{name} has no connection in the tenant {scope.tenant_id}, so there is nothing to test"
        return ToolTestAnswer(tool=name, works=False, why=why)
    calls: list[JsonObject] = ctx.tools.try_out(scope, name)
    return ToolTestAnswer(tool=name, works=all(call.get("works") is True for call in calls), calls=calls)


# --- what was sent
# ---------------------------------------------------------------------------------------------------------


def list_executions(ctx: AppContext, scope: Scope, *, tool: str | None, limit: int) -> list[ExecutionShown]:
    """What was sent or is to be, newest first."""
    with ctx.store.read(scope) as session:
        intents = session.outbox.page(limit=limit if tool is None else 10_000)
        found = [intent for intent in intents if tool in (None, intent.tool)][:limit]
        return [_execution_of(session.actions.get(one.action_id), one) for one in found]


def read_execution(ctx: AppContext, scope: Scope, execution_id: str) -> ExecutionDetail:
    """One execution with what was sent, what came back, and every event about it."""
    with ctx.store.read(scope) as session:
        row = session.actions.get(execution_id)
        intents = session.outbox.page(action_id=execution_id)
        if not intents:
            raise NotFound(f"nothing was sent for {execution_id}")
        events = session.events.page(subject=execution_id, limit=MOST_EVENTS)
    return ExecutionDetail(
        **dict(_execution_of(row, intents[0])),
        request=intents[0].request,
        response=row.result.response if row.result else {},
        events=events,
    )


def _execution_of(row: Action, intent: Intent) -> ExecutionShown:
    """What is known of an execution: from the intent, and from the row it is for."""
    state = STATES.get(intent.ending) or ("running" if intent.attempts else "requested")
    if row.result and row.result.resolution:
        state = STATES.get(row.result.status.value, state)
    return ExecutionShown(
        id=row.id,
        tool=intent.tool,
        incident_id=row.incident_id,
        state=state,
        mode=intent.mode,
        attempts=intent.attempts,
        requested_at=intent.created_at,
        tried_at=intent.tried_at,
        ended_at=intent.ended_at,
        decided_by=row.decided_by or "",
        reference=row.result.reference if row.result else "",
        error=intent.error,
    )
