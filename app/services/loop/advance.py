"""Finds every incident whose next step can run, and runs it. Level-triggered: it looks at what is, not at what
happened.

Whoever advances an incident holds its lease; its token goes with every write, so that a worker that was taken for dead
and wakes up writes nothing. What fails is tried again after a while, what keeps failing is set aside for people, with
its reason.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog

from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.base import digest_of
from app.domain.errors import CausewayError, Conflict, LeaseLost, Temporary
from app.domain.hourly_cap import HOUR, find_cap_hold
from app.domain.incidents import ACTIVE, Incident, IncidentStatus
from app.domain.quiet import Quiet
from app.domain.tenants import Scope
from app.domain.validity import Withdrawal, withdrawal_of
from app.domain.work import RetryState
from app.ports.connectors import ToolModes
from app.services.leases import hold_lease
from app.services.loop.closing import finish_closing, take_back, take_back_open
from app.services.loop.held_back import read_quiet
from app.services.loop.plans import list_waiting_treatments
from app.services.loop.tool_modes import modes_in
from app.services.loop.undoing import carry_out_undos

log = structlog.get_logger()
MOST_FAILURES = 3
MOST_STEPS = 40
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)
WAIT_FOR = {
    ActionStatus.PENDING: IncidentStatus.AWAITING,
    ActionStatus.APPROVED: IncidentStatus.MITIGATING,
    ActionStatus.EXECUTED: IncidentStatus.VERIFYING,
}
"""A row in that state can keep an incident in that state waiting."""
FINISHED = "finished"
MOVED = "moved"


def never_stop() -> bool:
    """Nobody asked to stop."""
    return False


def advance_all(ctx: AppContext, scope: Scope, stopping: Callable[[], bool] = never_stop) -> list[str]:
    """Advance every active incident as far as it can go now, the oldest first, and then what goes beside them; the ids
    of those that moved.
    """
    if not in_force(ctx):
        return []
    moved = [
        incident.id
        for incident in list_runnable(ctx, scope)
        if not stopping() and advance(ctx, scope, incident, stopping)
    ]
    return list(dict.fromkeys([*moved, *carry_out_undos(ctx, scope, stopping)]))


def in_force(ctx: AppContext) -> bool:
    """Whether the policies this process was started with are still the ones in force; one with older ones decides
    nothing.
    """
    newest = ctx.store.policies_in_force()
    if newest in (None, ctx.config.policy_version):
        return True
    log.warning("worker.older_policies", ours=ctx.config.policy_version, in_force=newest)
    return False


def list_runnable(ctx: AppContext, scope: Scope) -> list[Incident]:
    """The active incidents that may be able to go on, the oldest first: not those that wait for a person, a receipt or
    their next try.
    """
    now, tenant = ctx.clock(scope).now(), ctx.tenant(scope)
    with ctx.store.read(scope) as session:
        modes, pack = modes_in(session, ctx.config, tenant), ctx.packs.read(session, tenant).label
        incidents = session.incidents.page(statuses=ACTIVE, limit=EVERY_ONE)
        rows = session.actions.page(statuses=sorted(WAIT_FOR), limit=EVERY_ONE) if incidents else []
        later = {item.incident_id for item in session.setbacks.page() if item.dead or item.not_before > now}
        stopped = session.controls.kill_switch().on
        quiet = read_quiet(session, now)
        early = list_waiting_treatments(session) if rows else frozenset()
        most = ctx.config.policies.merchants_per_hour.most_in(scope.tenant_id)
        granted = any(row.status is ActionStatus.APPROVED for row in rows)
        sent = session.actions.sent_since(now - HOUR) if granted and most is not None else []
    known = {incident.id: incident for incident in incidents}
    for row in rows:
        incident = known.get(row.incident_id)
        if incident is None:
            continue
        held_back = quiet.find_send_hold(row, incident) or find_cap_hold(row, sent, most, now)
        held = stopped or row.id in early or bool(held_back)
        if _keeps_waiting(ctx, incident, row, modes, quiet, pack, held=held):
            later.add(incident.id)
    return [incident for incident in reversed(incidents) if incident.id not in later]


def _keeps_waiting(
    ctx: AppContext, incident: Incident, row: Action, modes: ToolModes, quiet: Quiet, pack: str, *, held: bool
) -> bool:
    """Whether this row keeps its incident waiting: for a person, for the kill switch or the end of a window, or for the
    time of its receipt.
    """
    if incident.status is not WAIT_FOR[row.status]:
        return False
    if row.status is ActionStatus.EXECUTED:
        due = row.result.due_at if row.result else None
        return due is not None and due > quiet.now
    waits = row.status is ActionStatus.PENDING or held
    return waits and _withdrawal_of(ctx, row, incident, modes, quiet, pack) is None


def advance(ctx: AppContext, scope: Scope, incident: Incident, stopping: Callable[[], bool] = never_stop) -> bool:
    """Run one incident until it waits; whether it moved at all. Somebody else at it in another process is
    left to it.
    """
    with ctx.turn(scope, incident.id):
        try:
            return _step_under_lease(ctx, scope, incident.id, stopping)
        except LeaseLost:
            log.info("incident.taken_over", tenant=scope.tenant_id, incident=incident.id)
            return False


def _step_under_lease(ctx: AppContext, scope: Scope, incident_id: str, stopping: Callable[[], bool]) -> bool:
    """What went wrong under a lease is written under it too: whoever was taken for dead meanwhile has nothing to say
    any more.
    """
    own = scope
    try:
        if not _can_go_on(ctx, scope, incident_id):
            return False
        with hold_lease(ctx, scope, f"incident:{incident_id}") as held:
            own = held or scope
            return (
                held is not None
                and in_force(ctx)
                and _status_of(ctx, own, incident_id) in ACTIVE
                and _step_until_waiting(ctx, own, incident_id, stopping)
            )
    except LeaseLost:
        raise
    except Temporary as busy:
        _try_later(ctx, own, incident_id, busy)
    except Exception as error:  # noqa: BLE001 - one incident that cannot be advanced must not keep the others from it
        if not _is_expected(error):
            _count_failure(ctx, own, incident_id, error)
    return False


def _can_go_on(ctx: AppContext, scope: Scope, incident_id: str) -> bool:
    """Whether a question or a grant has to be taken back, or a step could run. Reads only."""
    return bool(_overtaken_rows(ctx, scope, incident_id)) or ctx.loop.ready(scope, incident_id)


def _status_of(ctx: AppContext, scope: Scope, incident_id: str) -> IncidentStatus:
    with ctx.store.read(scope) as session:
        return session.incidents.get(incident_id).status


def _step_until_waiting(ctx: AppContext, own: Scope, incident_id: str, stopping: Callable[[], bool]) -> bool:
    """Step until it waits; the lease is renewed before each step."""
    moved = False
    for _ in range(MOST_STEPS):
        settle_open(ctx, own, incident_id)
        stand = ctx.loop.step(own, incident_id)
        moved = moved or stand == MOVED
        if stand != MOVED or stopping():
            break
        _renew_lease(ctx, own)
    if stand == FINISHED:
        _must_have_ended(ctx, own, incident_id)
    if moved:
        _forget_failures(ctx, own, incident_id)
    return moved


def _renew_lease(ctx: AppContext, own: Scope) -> None:
    assert own.fence is not None
    with ctx.store.write(own) as session:
        session.leases.renew(own.fence, seconds=ctx.lease_seconds)


def _must_have_ended(ctx: AppContext, scope: Scope, incident_id: str) -> None:
    """A loop that has ended while its incident has not would be looked at for ever: people must see it."""
    status = _status_of(ctx, scope, incident_id)
    if status in ACTIVE:
        raise Conflict(f"the loop of {incident_id} has ended, and the incident still is {status.value}")


def _is_expected(error: Exception) -> bool:
    """Whether somebody else's word came between: a kill switch holds it, new policies took it back, or a person ended
    it. No failure.
    """
    return isinstance(error, Conflict) and any(error.facts.get(why) for why in ("held", "outdated", "ended"))


def settle_open(ctx: AppContext, scope: Scope, incident_id: str) -> None:
    """Take back a question, or a grant that was not sent yet, that is too old or was overtaken by evidence, policies or
    other causes.
    """
    for row, rule in _overtaken_rows(ctx, scope, incident_id):
        with ctx.store.write(scope) as session:
            take_back(session, row, rule, rule.sentence, ctx.clock(scope).now())


def _overtaken_rows(ctx: AppContext, scope: Scope, incident_id: str) -> list[tuple[Action, Withdrawal]]:
    now, tenant = ctx.clock(scope).now(), ctx.tenant(scope)
    with ctx.store.read(scope) as session:
        modes, pack = modes_in(session, ctx.config, tenant), ctx.packs.read(session, tenant).label
        rows = session.actions.page(statuses=[ActionStatus.PENDING, ActionStatus.APPROVED], incident_id=incident_id)
        incident = session.incidents.get(incident_id)
        quiet = read_quiet(session, now)
    ruled = ((row, _withdrawal_of(ctx, row, incident, modes, quiet, pack)) for row in rows)
    return [(row, rule) for row, rule in ruled if rule is not None]


def _withdrawal_of(
    ctx: AppContext, row: Action, incident: Incident, modes: ToolModes, quiet: Quiet, pack: str
) -> Withdrawal | None:
    """By which rule a question or a grant is to be taken back; a grant that could not be sent lasts as long again as
    its question did.
    """
    lasts = timedelta(minutes=ctx.config.policies.expires_after_minutes)
    mode = modes.of(row.decision.tool) if row.decision.tool else None
    version = ctx.config.policy_version
    rule = withdrawal_of(row, incident, policy_version=version, now=quiet.now, grants_last=lasts, mode=mode, pack=pack)
    lapsed = rule is None and row.status is ActionStatus.APPROVED and quiet.has_lapsed(row, incident)
    return Withdrawal.WINDOW if lapsed else rule


def _try_later(ctx: AppContext, scope: Scope, incident_id: str, busy: Temporary) -> None:
    """It may work later: when the error says, and however often."""
    log.info("incident.later", tenant=scope.tenant_id, incident=incident_id, why=busy.detail)
    now = ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        if session.incidents.get(incident_id).status not in ACTIVE:
            return
        known = session.setbacks.get(incident_id)
        failures = known.failures if known else 0
        wait = min(timedelta(seconds=busy.delay), LONGEST_WAIT)
        session.setbacks.put(
            RetryState(
                incident_id=incident_id, failures=failures, not_before=now + wait, reason=busy.detail[:2_000], at=now
            )
        )


def _count_failure(ctx: AppContext, scope: Scope, incident_id: str, error: Exception) -> None:
    """It is tried again after a while that grows; after a few failures in a row it is set aside for people, with the
    reason.
    """
    reason = error.detail if isinstance(error, CausewayError) else f"{type(error).__name__}: {error}"
    log.warning(
        "incident.step_failed",
        tenant=scope.tenant_id,
        incident=incident_id,
        why=reason,
        exc_info=not isinstance(error, CausewayError),
    )
    now = ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        known = session.setbacks.get(incident_id)
        failures = (known.failures if known else 0) + 1
        incident = session.incidents.get(incident_id)
        if incident.status not in ACTIVE:
            return
        setback = RetryState(
            incident_id=incident_id,
            failures=failures,
            not_before=now + wait_after_failures(incident_id, failures),
            reason=reason[:2_000],
            dead=failures >= MOST_FAILURES,
            was=incident.status.value,
            at=now,
        )
        session.setbacks.put(setback)
        if setback.dead:
            session.incidents.move(incident_id, IncidentStatus.FAILED, at=now, reason=reason[:2_000])
            take_back_open(session, incident_id, now)
            finish_closing(session, incident_id, now)


def wait_after_failures(incident_id: str, failures: int) -> timedelta:
    """How long to wait after so many failures: doubling, and spread by up to a quarter so that many do not come back at
    once.
    """
    spread = int(digest_of([incident_id, failures])[:4], 16) / 0xFFFF
    return min(FIRST_WAIT * (2.0 ** (failures - 1) * (1 + spread / 4)), LONGEST_WAIT)


def _forget_failures(ctx: AppContext, scope: Scope, incident_id: str) -> None:
    with ctx.store.read(scope) as session:
        known = session.setbacks.get(incident_id)
    if known:
        with ctx.store.write(scope) as session:
            session.setbacks.clear(incident_id)
