"""People say when and about what the agent is to be quiet; each word is part of the audit record."""

from datetime import datetime, timedelta

import structlog

from app.access import UseCase, require
from app.context import AppContext
from app.domain.base import JsonObject, digest_of, shown_id
from app.domain.errors import BadInput, Conflict, NotFound
from app.domain.quiet import QuietKind, QuietRule, Weekly
from app.domain.tenants import Scope
from app.ports.store import Session
from app.privacy.redact import redact
from app.schemas.quiet import MuteRequest, QuietShown, WindowRequest
from app.services.loop.held_back import QUIET_RULES, read_quiet_rules

log = structlog.get_logger()
MOST_RULES = 100
KEPT_FOR = timedelta(days=60)
"""So long a rule is kept after its end; what was held back by it may have to be looked at anew."""


def list_quiet_rules(ctx: AppContext, scope: Scope) -> list[QuietShown]:
    """Every window and mute that is kept, the newest first, and whether each holds back now."""
    now = ctx.clock(scope).now()
    with ctx.store.read(scope) as session:
        return [_show_rule(one, now) for one in reversed(read_quiet_rules(session))]


def add_window(ctx: AppContext, scope: Scope, wish: WindowRequest) -> QuietShown:
    """A maintenance window: nothing is asked or said meanwhile, and nothing is done that no person approved."""
    require(scope, UseCase.ADD_WINDOW)
    now = ctx.clock(scope).now()
    if wish.weekly is None and wish.until is None:
        raise BadInput("a window needs its end in `until`, or its hours in `weekly`")
    weekly = None
    if wish.weekly is not None:
        weekly = Weekly(days=tuple(wish.weekly.days), begins=wish.weekly.begins, ends=wish.weekly.ends)
    about = {"merchants": tuple(wish.merchants), "waves": tuple(wish.waves), "keys": tuple(wish.keys)}
    rule = _make_rule(scope, QuietKind.WINDOW, wish, now, since=wish.since or now, weekly=weekly, **about)
    return _keep_rule(ctx, scope, rule, now)


def add_mute(ctx: AppContext, scope: Scope, wish: MuteRequest) -> QuietShown:
    """A mute: nothing is asked or said about this until then; what a rule allows goes on."""
    require(scope, UseCase.ADD_MUTE)
    now = ctx.clock(scope).now()
    if not (wish.causes or wish.routes or wish.merchants):
        raise BadInput("a mute needs `causes`, `routes` or `merchants`: to be silent about everything, use a window")
    about = {"merchants": tuple(wish.merchants), "causes": tuple(wish.causes), "routes": tuple(wish.routes)}
    return _keep_rule(ctx, scope, _make_rule(scope, QuietKind.MUTE, wish, now, since=now, **about), now)


def end_quiet_rule(ctx: AppContext, scope: Scope, rule_id: str) -> QuietShown:
    """End a window or mute at once; what it held back is asked and said again."""
    require(scope, UseCase.END_QUIET)
    now = ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        known = {one.id: one for one in read_quiet_rules(session)}
        rule = known.get(rule_id)
        if rule is None:
            raise NotFound(f"there is no window and no mute {rule_id}")
        if rule.ended_at is not None or (rule.until is not None and rule.until <= now):
            raise Conflict(f"{rule.id} is over already", ended_by=rule.ended_by)
        ended = rule.changed(ended_at=now, ended_by=scope.principal.id)
        _write_rules(session, [*({**known, rule_id: ended}).values()], now)
        session.events.append("quiet.ended", rule_id, {"kind": rule.kind.value, "name": rule.name}, at=now)
    log.info("quiet.ended", tenant=scope.tenant_id, rule=rule_id, by=scope.principal.id)
    ctx.wake()
    return _show_rule(ended, now)


def _make_rule(
    scope: Scope, kind: QuietKind, wish: WindowRequest | MuteRequest, now: datetime, **what: object
) -> QuietRule:
    name, reason = redact(wish.name.strip()).text, redact(wish.reason.strip()).text
    if not name or not reason:
        raise BadInput("say its `name` and its `reason`: whoever misses a message must know why")
    rule = QuietRule.model_validate(
        {"id": "", "kind": kind, "name": name, "reason": reason, "by": scope.principal.id, "at": now}
        | {"until": wish.until, **what}
    )
    if rule.until is not None and rule.until <= max(now, rule.since):
        raise BadInput(f"it would be over at {rule.until.isoformat()}, before it begins or already")
    return rule.changed(id=shown_id("QUIET", digest_of([scope.tenant_id, rule.plain()])))


def _keep_rule(ctx: AppContext, scope: Scope, rule: QuietRule, now: datetime) -> QuietShown:
    with ctx.store.write(scope) as session:
        rules = read_quiet_rules(session)
        if sum(not _is_over(one, now) for one in rules) >= MOST_RULES:
            raise Conflict(f"{MOST_RULES} windows and mutes are in force; end one first")
        if all(one.id != rule.id for one in rules):
            _write_rules(session, [*rules, rule], now)
            told: JsonObject = rule.plain()
            session.events.append(f"quiet.{rule.kind.value}", rule.id, told, at=now)
    log.info("quiet.added", tenant=scope.tenant_id, rule=rule.id, kind=rule.kind.value, by=scope.principal.id)
    ctx.wake()
    return _show_rule(rule, now)


def _write_rules(session: Session, rules: list[QuietRule], now: datetime) -> None:
    kept = [one for one in rules if (end := _end_of_life(one)) is None or end > now - KEPT_FOR]
    session.notes.put(QUIET_RULES, {"rules": [one.plain() for one in kept]})


def _end_of_life(rule: QuietRule) -> datetime | None:
    ends = [moment for moment in (rule.ended_at, rule.until) if moment is not None]
    return min(ends, default=None)


def _is_over(rule: QuietRule, now: datetime) -> bool:
    end = _end_of_life(rule)
    return end is not None and end <= now


def _show_rule(rule: QuietRule, now: datetime) -> QuietShown:
    end = rule.end_of(now)
    return QuietShown(rule=rule, holds_now=end is not None, holds_until=end, over=_is_over(rule, now))
