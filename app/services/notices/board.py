"""Who is told in a tenant, what became of each message, and whether a target can be reached; what did not arrive is
sent anew.
"""

from collections.abc import Sequence
from datetime import timedelta

from app.access import UseCase, require
from app.context import EVERY_ONE, AppContext
from app.domain.errors import Conflict, NotFound
from app.domain.notices import FAILED_TO_TELL, UNSENT, Notice, NoticeState, NoticeTarget
from app.domain.tenants import Scope
from app.ports.store import Session
from app.schemas.notices import NoticeBoard, NoticeShown, ResendAnswer, TargetShown, TargetTestAnswer
from app.services.notices.due import is_over

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


def list_notices(
    ctx: AppContext, scope: Scope, *, states: Sequence[NoticeState] | None = None, limit: int = 100
) -> NoticeBoard:
    """Every target, and the newest messages."""
    with ctx.store.read(scope) as session:
        targets = [_show_target(ctx, session, one) for one in _targets_of(ctx, scope)]
        notices = [_show_notice(one) for one in session.notices.page(states=states, limit=limit)]
    return NoticeBoard(targets=targets, notices=notices)


def test_target(ctx: AppContext, scope: Scope, name: str) -> TargetTestAnswer:
    """Make the harmless call of a target's vendor; nobody is told anything."""
    require(scope, UseCase.TEST_TARGET)
    known = _targets_of(ctx, scope)
    target = next((one for one in known if one.name == name), None)
    if target is None:
        names = ", ".join(one.name for one in known) or "none"
        raise NotFound(f"there is no target {name!r} in this tenant; config/notices.yaml names {names}")
    said = ctx.messenger.try_out(scope, target)
    return TargetTestAnswer(target=name, works=bool(said.get("works")), why=str(said.get("why") or ""), call=said)


def resend_notice(ctx: AppContext, scope: Scope, notice_id: str) -> ResendAnswer:
    """Have a message sent anew that did not arrive, or perhaps did not; whoever asks second is told how it stands."""
    require(scope, UseCase.RESEND_NOTICE)
    with ctx.store.write(scope) as session:
        notice = session.notices.get(notice_id)
        if notice is None:
            raise NotFound(f"there is no message {notice_id} in this tenant; what ended is kept for 30 days")
        _refuse_resending(ctx, session, notice)
        fresh = notice.sent_anew(ctx.system.now())
        session.notices.save(fresh)
        told = {"target": notice.target, "kind": notice.kind.value, "action_id": notice.action_id, "id": notice.id}
        about = notice.incident_id or scope.tenant_id
        session.events.append("notice.resent", about, {**told, "was": notice.state.value}, at=ctx.clock(scope).now())
    ctx.wake()
    looked = " It may have arrived: it is looked for first, and left alone where nobody can look."
    note = f"It is sent to {notice.target} at the next look.{looked if fresh.perhaps_sent else ''}"
    return ResendAnswer(notice=_show_notice(fresh), note=note)


def _refuse_resending(ctx: AppContext, session: Session, notice: Notice) -> None:
    """Conflict where nothing is to be sent anew: it did not fail, nobody is told any more, or there is nothing left to
    tell.
    """
    facts = {"state": notice.state.value}
    if notice.state not in FAILED_TO_TELL:
        raise Conflict(f"it is {notice.state.value}; only what was given up or is in doubt is sent anew", **facts)
    if notice.target not in {one.name for one in _targets_of(ctx, session.scope)}:
        raise Conflict(f"{notice.target} is no target of config/notices.yaml any more", **facts)
    if is_over(session, notice):
        raise Conflict("what it asked for was decided or taken meanwhile, so there is nothing left to tell", **facts)


def _targets_of(ctx: AppContext, scope: Scope) -> list[NoticeTarget]:
    return [one for one in ctx.config.notices if one.tenant == scope.tenant_id]


def _show_target(ctx: AppContext, session: Session, target: NoticeTarget) -> TargetShown:
    now = ctx.system.now()
    unsent = [one.state for one in session.notices.page(target=target.name, states=UNSENT, limit=EVERY_ONE)]
    failed = session.notices.page(target=target.name, states=FAILED_TO_TELL, since=now - DAY, limit=EVERY_ONE)
    held = unsent.count(NoticeState.HELD)
    vendor = next((one.title for one in ctx.config.vendors if one.name == target.over), target.over)
    return TargetShown(
        name=target.name,
        over=vendor,
        mode=target.mode.value,
        tells=list(target.tells),
        least_severity=target.least_severity.value,
        per_hour=target.per_hour,
        sent_last_hour=session.notices.count_sent(target.name, now - HOUR),
        waiting=len(unsent) - held,
        held=held,
        failed=len(failed),
        silent=ctx.messenger.is_silent(session.scope, target),
        then_target=target.then.target if target.then else "",
        then_after_minutes=target.then.after_minutes if target.then else 0,
    )


def _show_notice(notice: Notice) -> NoticeShown:
    kept = {name: getattr(notice, name) for name in NoticeShown.model_fields if name != "text"}
    return NoticeShown(text=notice.words.text, **kept)
