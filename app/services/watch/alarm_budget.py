"""The budget of false alarms: how many there really were, beside how many may be, and how surprising a departure must
be for a tenant so that the two meet. Once a week the bar is moved by what the week has shown.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from app.config.model import Thresholds
from app.config.vocabulary import Vocabulary
from app.context import EVERY_ONE, AppContext
from app.domain.base import Moment, Value
from app.domain.incidents import Incident, IncidentStatus
from app.domain.rollups import SLOT_SECONDS
from app.domain.tenants import Scope
from app.expect.alarm_budget import refit_bar
from app.observe.words import says_any, split_tokens
from app.ports.store import Session
from app.schemas.signals import FalseAlarms
from app.services.incidents.cases import ENDED_ITSELF

log = structlog.get_logger()

BAR_NOTE: Final = "surprise"
"""Under which name a tenant's bar is kept."""
PLATFORM: Final = 200
"""So many merchants the budget of false alarms is for."""
WEEK: Final = timedelta(days=7)
WEEKS_BACK: Final = 4
ENDED: Final = (IncidentStatus.RESOLVED, IncidentStatus.CLOSED)


class Bar(Value):
    """How surprising a departure must be for a tenant, and since when that holds."""

    surprise: float
    shipped: float
    since: Moment


def read_bar(session: Session, thresholds: Thresholds) -> float:
    """The bar in force: what was learnt of this tenant, as long as the configuration says what it said then."""
    kept = _read_kept(session, thresholds)
    return kept.surprise if kept else thresholds.surprise


def move_bar_weekly(ctx: AppContext, scope: Scope, session: Session, now: datetime) -> None:
    """Once the bar has held for a week, move it by the false alarms that ended meanwhile."""
    thresholds = ctx.config.thresholds
    kept = _read_kept(session, thresholds)
    if kept is None:
        _keep(session, Bar(surprise=thresholds.surprise, shipped=thresholds.surprise, since=now))
        return
    merchants = len(session.merchants.all()) if now - kept.since >= WEEK else 0
    if not merchants:
        return
    words = ctx.pack(scope).vocabulary
    ended = session.incidents.page(statuses=ENDED, limit=EVERY_ONE)
    false = [one for one in list_false(ended, words) if kept.since < _ended_at(one) <= now]
    weeks, budget = (now - kept.since) / WEEK, thresholds.false_alarms_per_week * merchants / PLATFORM
    moved = refit_bar(kept.surprise, kept.shipped, false=len(false), weeks=weeks, budget=budget)
    _keep(session, kept.changed(surprise=round(moved, 2), since=now))
    log.info(
        "bar.moved", tenant=scope.tenant_id, surprise=round(moved, 2), before=kept.surprise, false=len(false),
        weeks=round(weeks, 1),
    )  # fmt: skip


def _read_kept(session: Session, thresholds: Thresholds) -> Bar | None:
    note = session.notes.get(BAR_NOTE)
    kept = Bar.model_validate(note) if note else None
    return kept if kept and kept.shipped == thresholds.surprise else None


def _keep(session: Session, bar: Bar) -> None:
    session.notes.put(BAR_NOTE, bar.model_dump(mode="json"))


def _ended_at(incident: Incident) -> datetime:
    ended = [incident.resolved_at, incident.closing.at if incident.closing else None, incident.detected_at]
    return next(one for one in ended if one is not None)


def count_false_alarms(ctx: AppContext, scope: Scope) -> FalseAlarms:
    """How many incidents of the last weeks were none, beside how many may be."""
    now, thresholds = ctx.clock(scope).now(), ctx.config.thresholds
    with ctx.store.read(scope) as session:
        span = session.rollups.span()
        began = datetime.fromtimestamp(span[0] * SLOT_SECONDS, UTC) if span else now
        since = max(began, now - WEEKS_BACK * WEEK)
        ended = [
            one
            for one in session.incidents.page(statuses=ENDED, limit=EVERY_ONE)
            if one.detected_at >= since and one.merged_into is None
        ]
        merchants = len(session.merchants.all())
        bar = read_bar(session, thresholds)
    false = [one.id for one in list_false(ended, ctx.pack(scope).vocabulary)]
    weeks = max((now - since) / WEEK, 0.0)
    is_known = weeks >= 1 and bool(ended) and merchants > 0
    return FalseAlarms(
        budget_per_week=thresholds.false_alarms_per_week,
        at_merchants=PLATFORM,
        met_per_week=round(len(false) / weeks * PLATFORM / merchants, 2) if is_known else None,
        false=false,
        ended=len(ended),
        weeks=round(weeks, 2),
        merchants=merchants,
        surprise=bar,
        shipped_surprise=thresholds.surprise,
    )


def list_false(incidents: Iterable[Incident], words: Vocabulary) -> list[Incident]:
    """Those that were none: a person closed it as that, or it ended by itself and nothing was lost."""
    return [one for one in incidents if one.merged_into is None and _was_false(one, words)]


def _was_false(incident: Incident, words: Vocabulary) -> bool:
    if incident.closing is not None:
        return says_any(words.no_fault, split_tokens(incident.closing.reason))
    harmless = not incident.metrics_snapshot.get("lost_orders", 0.0)
    return incident.status is IncidentStatus.RESOLVED and bool(incident.metrics_snapshot.get(ENDED_ITSELF)) and harmless
