"""A question is put off: it stays one, its deadline and the rules that withdraw it stay, and it comes back by itself,
because whether it is put off is asked of the clock each time.
"""

from datetime import datetime, timedelta

from app.access import UseCase, require
from app.context import AppContext
from app.domain.approvals import Snooze
from app.domain.errors import BadInput
from app.domain.tenants import Scope
from app.domain.validity import Withdrawal, valid_until
from app.privacy.redact import redact
from app.schemas.actions import SnoozeAnswer, SnoozeRequest
from app.services.actions.review import refuse_when_over


def snooze_action(ctx: AppContext, scope: Scope, action_id: str, request: SnoozeRequest) -> SnoozeAnswer:
    """Put a question off until a moment; never beyond the one at which it expires."""
    require(scope, UseCase.SNOOZE_ACTION)
    now = ctx.clock(scope).now()
    until = _moment_asked_for(request, now)
    with ctx.store.write(scope) as session:
        row = session.actions.get(action_id)
        refuse_when_over(ctx, session, row, now)
        expires = valid_until(row)
        if expires is not None and until >= expires:
            raise BadInput(
                f"{row.id} expires at {expires.isoformat()}, before it would be asked again at {until.isoformat()}"
                f" ({Withdrawal.EXPIRED.value}): to put it off moves no deadline",
                rule=Withdrawal.EXPIRED.value,
            )
        snooze = Snooze(until=until, by=scope.principal.id, reason=redact(request.reason.strip()).text, at=now)
        kept = session.actions.put_off(row.id, snooze, version=row.version, digest=row.digest)
    return SnoozeAnswer(action=kept, note=_word_rules(until, now, expires))


def _moment_asked_for(request: SnoozeRequest, now: datetime) -> datetime:
    if (request.again_at is None) == (request.minutes is None):
        raise BadInput("say either `again_at` which moment or after how many `minutes`")
    until = request.again_at or now + timedelta(minutes=request.minutes or 0)
    if until < now:
        raise BadInput(f"{until.isoformat()} is over: it is {now.isoformat()} now")
    return until


def _word_rules(until: datetime, now: datetime, expires: datetime | None) -> str:
    if until <= now:
        return "It is asked again at once."
    deadline = f" It expires at {expires.isoformat()} as before ({Withdrawal.EXPIRED.value})." if expires else ""
    return (
        f"It is asked again at {until.isoformat()}.{deadline} Newer evidence withdraws it, and what follows is asked at"
        f" once ({Withdrawal.EVIDENCE.value})."
    )
