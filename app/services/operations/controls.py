"""What people hold in their hands: the kill switches, and which versions of the configuration are in force."""

from collections.abc import Mapping
from datetime import datetime

import structlog

from app.access import UseCase, require
from app.config.model import Config
from app.context import AppContext
from app.domain.base import JsonObject, digest_of
from app.domain.errors import BadInput
from app.domain.tenants import KillSwitch, Scope
from app.domain.work import ConfigVersion
from app.ports.store import Session, Store
from app.privacy.redact import redact
from app.schemas.operations import PoliciesAnswer, VersionLine

log = structlog.get_logger()
EVERYWHERE = "everywhere"
"""What the events about the switch for every tenant are about."""

EVERYWHERE_KINDS = {True: "kill_switch.everywhere_on", False: "kill_switch.everywhere_off"}
REMOVED: JsonObject = {"removed": True}
"""The body of what was loaded once and is in no file any more."""


# --- the kill switches
# ---------------------------------------------------------------------------------------------------


def kill_switch(ctx: AppContext, scope: Scope) -> KillSwitch:
    """What holds this tenant's actions: its own switch, or the one for everything."""
    with ctx.store.read(scope) as session:
        return session.controls.kill_switch()


def turn_kill_switch(ctx: AppContext, scope: Scope, on: bool, reason: str, everywhere: bool = False) -> KillSwitch:
    """Stop sending, or go on; what holds this tenant afterwards. Turning it where it stands already changes nothing."""
    require(scope, UseCase.STOP_EVERYTHING if everywhere else UseCase.STOP_TENANT)
    if on and not reason.strip():
        raise BadInput("turning the kill switch on needs its `reason`: whoever finds everything held must know why")
    said = redact(reason.strip()).text
    if everywhere:
        _turn_everywhere(ctx, scope, on, said)
    else:
        _turn_own(ctx, scope, on, said)
    ctx.wake()
    return kill_switch(ctx, scope)


def _turn_own(ctx: AppContext, scope: Scope, on: bool, reason: str) -> None:
    if ctx.tenant(scope).kill_switch is on:
        return
    now = ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        session.controls.switch(on, reason=reason, at=now)


def _turn_everywhere(ctx: AppContext, scope: Scope, on: bool, reason: str) -> None:
    """First the switch, so that it holds at once; then every tenant's chain tells of it."""
    if ctx.store.kill_switch().on is not on:
        by = scope.principal.id
        ctx.store.set_kill_switch(KillSwitch(on=on, everywhere=True, by=by, reason=reason, at=ctx.system.now()))
        log.warning("kill_switch.turned_everywhere", on=on, by=by)
    tell_everywhere(ctx, scope, reason)


def tell_everywhere(ctx: AppContext, scope: Scope, reason: str = "") -> None:
    """Have every chain tell how the switch for everything stands; those that tell of it already are left as they are.

    Also done at each start: the program may have ended between the switch and its events.
    """
    switch = ctx.store.kill_switch()
    told = {"by": switch.by, "reason": switch.reason} if switch.on else {"by": scope.principal.id, "reason": reason}
    for tenant in ctx.store.tenants():
        own = Scope(tenant_id=tenant.id, principal=scope.principal)
        with ctx.store.read(own) as session:
            known = _tells_of(session, switch)
        if known:
            continue
        now = ctx.clock(own).now()
        with ctx.store.write(own) as session:
            if not _tells_of(session, switch):
                session.events.append(
                    EVERYWHERE_KINDS[switch.on], EVERYWHERE, {**told, "turned_at": _turned_at(switch)}, at=now
                )


def _tells_of(session: Session, switch: KillSwitch) -> bool:
    """Whether the newest such event is about this very state; a chain that never heard of it needs no word that it is
    off.
    """
    newest = session.events.page(subject=EVERYWHERE, newest_first=True, limit=1)
    if not newest:
        return not switch.on
    same = newest[0].kind == EVERYWHERE_KINDS[switch.on]
    return same and (not switch.on or newest[0].payload["turned_at"] == _turned_at(switch))


def _turned_at(switch: KillSwitch) -> str | None:
    return switch.at.isoformat() if switch.on and switch.at else None


# --- the configuration
# ---------------------------------------------------------------------------------------------------


def record_configuration(store: Store, config: Config, at: datetime) -> list[ConfigVersion]:
    """Record the configuration as it was loaded, so that decisions can be held against what was in force; the versions
    that are new.

    The version of the policies is the one decisions are sealed with: from now on nothing ruled by another one is sent.
    """
    known = store.config_in_force()
    changed = [one for one in config.parts if known.get((one.kind, one.name)) != one.version]
    loaded = [
        ConfigVersion(kind=one.kind, name=one.name, version=one.version, body=one.body, loaded_at=at) for one in changed
    ]
    removed = _removed_versions(known, config, at)
    fresh = store.record_config([*loaded, *removed]) if loaded or removed else []
    if fresh:
        log.info(
            "config.adopted",
            policy_version=config.policy_version[:12],
            changed=[f"{one.kind} {one.name}" for one in fresh],
        )
    return fresh


def _removed_versions(known: Mapping[tuple[str, str], str], config: Config, at: datetime) -> list[ConfigVersion]:
    """What was in force and is in no file any more, marked as removed."""
    missing = sorted(set(known) - {(one.kind, one.name) for one in config.parts})
    return [
        ConfigVersion(kind=kind, name=name, version=digest_of(REMOVED), body=REMOVED, loaded_at=at)
        for kind, name in missing
    ]


def list_policies(ctx: AppContext, kind: str | None = None) -> PoliciesAnswer:
    """What is in force now, with its content, and every version that ever was, oldest first; all kinds unless one is
    named.
    """
    every = [one for one in ctx.store.config_versions() if kind in (None, one.kind)]
    newest = {(one.kind, one.name): one for one in every}
    return PoliciesAnswer(
        policy_version=ctx.config.policy_version,
        in_force=ctx.store.policies_in_force(),
        active=[one for one in newest.values() if one.body != REMOVED],
        history=[
            VersionLine(
                kind=one.kind, name=one.name, version=one.version, loaded_at=one.loaded_at, removed=one.body == REMOVED
            )
            for one in every
        ],
    )
