"""How right the confidences of a tenant were, for its people: figures with n and intervals, and what follows."""

from app.context import AppContext
from app.domain.shares import share_bounds
from app.domain.tenants import Scope
from app.reason.track_record import (
    HIGHEST,
    LOWEST,
    ClaimBin,
    Interval,
    bins_of,
    brier_of,
    ece_of,
    find_shift,
    interval_of,
    word_record,
)
from app.schemas.packs import FigureShown, PackCalibration, ReliabilityBin
from graph.track_record import FirstClaims, judge_claims


def read_calibration(ctx: AppContext, scope: Scope) -> PackCalibration:
    """First claims against known causes, over the incidents that have ended."""
    with ctx.store.read(scope) as session:
        judged = judge_claims(session, FirstClaims())
    claims = [one.claim for one in judged]
    found, by_person = find_shift(claims), sum(one.is_by_person for one in judged)
    return PackCalibration(
        n=len(claims),
        by_person=by_person,
        by_treatment=len(claims) - by_person,
        right=sum(one.right for one in claims),
        brier=_figure_of(interval_of(brier_of, claims)),
        ece=_figure_of(interval_of(ece_of, claims)),
        bins=[_bin_of(one) for one in bins_of(claims)],
        prior_weight=found.prior_weight if found else 1.0,
        shift=found.shift if found else 0.0,
        lowest=LOWEST,
        highest=HIGHEST,
        sentence=word_record(claims, by_person, found),
    )


def _figure_of(found: Interval | None) -> FigureShown | None:
    return FigureShown(**found._asdict()) if found else None


def _bin_of(one: ClaimBin) -> ReliabilityBin:
    low, high = share_bounds(one.right, one.n)
    return ReliabilityBin(
        above=one.above,
        up_to=one.up_to,
        n=one.n,
        claimed=round(one.claimed, 4),
        right=round(one.right / one.n, 4),
        low=round(low, 4),
        high=round(high, 4),
    )
