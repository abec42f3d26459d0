"""Who is told in a tenant, what became of each message, and whether a target can be reached."""

from collections.abc import Sequence
from datetime import timedelta

from app.access import UseCase, require
from app.context import EVERY_ONE, AppContext
from app.domain.errors import NotFound
from app.domain.notices import FAILED_TO_TELL, UNSENT, Notice, NoticeState, NoticeTarget
from app.domain.tenants import Scope
from app.ports.store import Session
from app.schemas.notices import NoticeBoard, NoticeShown, TargetShown, TargetTestAnswer

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
