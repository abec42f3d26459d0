"""Before a cutover: what is known to break, for whom, and whether a wave may go ahead."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal, NamedTuple

from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.incidents import ACTIVE
from app.domain.tenants import Scope
from app.observe.readiness import Risk, WaveOutlook
from app.playbooks.waves import HOLD, RELEASE
from app.ports.store import Session
from app.schemas.migrations import HoldShown, MigrationRow, RiskShown, WaveShown
from app.services.incidents.outlooks import list_reasons, read_outlooks

IN_FORCE: Final = frozenset({ActionStatus.EXECUTED, ActionStatus.VERIFIED, ActionStatus.INEFFECTIVE})
"""Carried out and not taken back."""
UNDECIDED: Final = frozenset({ActionStatus.PENDING, ActionStatus.APPROVED, ActionStatus.SENDING, ActionStatus.IN_DOUBT})
"""Asked for, and not carried out yet as far as is known."""


def list_waves(ctx: AppContext, scope: Scope) -> list[WaveShown]:
    """Every wave with its verdict, those without a wave last."""
    with ctx.store.read(scope) as session:
        waves = read_outlooks(ctx, scope, session)
        holds = list_holds(session)
    return [show_wave(one, holds) for one in waves]


def list_migrations(ctx: AppContext, scope: Scope) -> list[MigrationRow]:
    """Each merchant with its open incidents, its recent errors, and whether it is ready."""
    now = ctx.clock(scope).now()
    with ctx.store.read(scope) as session:
        waves = read_outlooks(ctx, scope, session)
        incidents = session.incidents.page(statuses=ACTIVE, limit=EVERY_ONE)
        recent = session.signals.window(now - timedelta(hours=1))
    errors = Counter(signal.merchant_id for signal in recent if signal.is_error)
    open_at: dict[str, list[str]] = {}
    for incident in incidents:
        for merchant in incident.merchants:
            open_at.setdefault(merchant, []).append(incident.id)
    outlooks = sorted((one for wave in waves for one in wave.merchants), key=lambda one: one.merchant.id)
    return [
        MigrationRow(
            merchant=one.merchant,
            open_incidents=open_at.get(one.merchant.id, []),
            errors_last_hour=errors[one.merchant.id],
            readiness=one.readiness.value,
            reasons=[risk.sentence for risk in sorted(one.risks, key=lambda risk: not risk.blocks)],
        )
        for one in outlooks
    ]


class WaveHold(NamedTuple):
    """By which action a wave is held now, and which one asks that it be held or released; None where there is none."""

    held: Action | None
    asked: Action | None


def find_hold(session: Session, wave: int) -> WaveHold:
    """Whether a wave is held or asked to be; what was refused or taken back is nothing."""
    return list_holds(session).get(wave, WaveHold(None, None))


def list_holds(session: Session) -> dict[int, WaveHold]:
    """The same of every wave about which anything was done or is asked."""
    done: dict[int, Action] = {}
    asked: dict[int, Action] = {}
    for row in session.actions.page(statuses=[*UNDECIDED, *IN_FORCE], limit=EVERY_ONE):
        wave = row.decision.arguments.get("wave")
        if row.decision.tool in {HOLD, RELEASE} and row.step is RowKind.FIRST and isinstance(wave, int):
            (done if row.status in IN_FORCE else asked).setdefault(wave, row)
    held = {wave: row for wave, row in done.items() if row.decision.tool == HOLD}
    return {wave: WaveHold(held.get(wave), asked.get(wave)) for wave in {*held, *asked}}


def show_wave(wave: WaveOutlook, holds: Mapping[int, WaveHold]) -> WaveShown:
    """A wave as it is answered."""
    dates, waiting = wave.dates(), [one.merchant.id for one in wave.waiting]
    last = holds.get(wave.wave) if wave.wave is not None else None
    risks = wave.shared_risks()
    return WaveShown(
        wave=wave.wave,
        readiness=wave.readiness.value,
        merchants=len(wave.merchants),
        stages=wave.stages(),
        waiting=waiting,
        first_cutover=dates[0] if dates else None,
        last_cutover=dates[-1] if dates else None,
        without_date=len(waiting) - len(dates),
        reasons=list_reasons(wave),
        risks=[_show_risk(risk, merchants) for risk, merchants in risks],
        hold=_show_hold(last) if last else None,
    )


def _show_hold(hold: WaveHold) -> HoldShown:
    newest = hold.asked or hold.held
    assert newest is not None
    asked: Literal["hold", "release"] = "hold" if newest.decision.tool == HOLD else "release"
    return HoldShown(
        held_by=hold.held.id if hold.held else None,
        asked=asked if hold.asked else None,
        asked_by=hold.asked.id if hold.asked else None,
        status=newest.status.value,
    )


def _show_risk(risk: Risk, merchants: list[str]) -> RiskShown:
    return RiskShown(
        kind=risk.kind.value,
        what=risk.what,
        shared=risk.shared,
        blocks=risk.blocks,
        cause=risk.cause,
        incident_ids=list(risk.incident_ids),
        remedy=risk.remedy,
        merchants=merchants,
    )
