"""What each wave would meet, from everything that is known now: for the page of the migration, and for who asks."""

from datetime import timedelta
from typing import Final

from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.approvals import RowKind
from app.domain.decisions import Effect
from app.domain.incidents import FEEDABLE
from app.domain.lessons import list_standing
from app.domain.rollups import slot_of
from app.domain.tenants import Scope
from app.expect.faults import FAULTS_NOTE, FaultState, read_faults
from app.observe.readiness import KnownTroubles, WaveOutlook, assess_waves
from app.observe.words import count_noun
from app.ports.store import Session

LATELY: Final = timedelta(days=14)
"""A fault that ended longer ago tells nothing of the next cutover."""
MOST_LESSONS: Final = 1_000


def read_outlooks(ctx: AppContext, scope: Scope, session: Session) -> list[WaveOutlook]:
    """What each wave would meet, from everything that is known now."""
    merchants = session.merchants.all()
    since = slot_of(ctx.clock(scope).now() - LATELY)
    kept = read_faults(session.notes.get(FAULTS_NOTE))
    faults = [one for one in kept if one.state is not FaultState.ENDED or one.until >= since]
    incidents = {one.id: one for one in session.incidents.page(statuses=FEEDABLE, limit=EVERY_ONE)}
    for fault in faults:
        if fault.id and fault.id not in incidents:
            incidents[fault.id] = session.incidents.get(fault.id)
    known = KnownTroubles(
        pack=ctx.pack(scope),
        faults=faults,
        incidents=incidents,
        lessons=list_standing(session.lessons.page(limit=MOST_LESSONS)),
        treated=_list_treated(session),
    )
    return assess_waves(merchants, known)


def list_reasons(wave: WaveOutlook) -> list[str]:
    """Why a wave may not be cut over, or what to look at if it is, a sentence each; what blocks comes first."""
    everyone = len(wave.waiting)
    found = [
        f"{len(merchants)} of {count_noun(everyone, 'merchant')} to be cut over: {risk.sentence}"
        for risk, merchants in wave.shared_risks()
    ]
    without = everyone - len(wave.dates())
    return [*found, f"No cutover date is known for {count_noun(without, 'merchant')}"] if without else found


def _list_treated(session: Session) -> dict[str, set[str]]:
    """By cause: whom something was proven to cure of it."""
    found: dict[str, set[str]] = {}
    for row in session.actions.page(statuses=[ActionStatus.VERIFIED], limit=EVERY_ONE):
        if row.decision.effect is Effect.MERCHANT_SETTING and row.step is not RowKind.UNDO:
            cohort = row.decision.rollout[row.cohort] if row.decision.rollout else row.decision.scope
            found.setdefault(row.decision.cause, set()).update(cohort)
    return found
