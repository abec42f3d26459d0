"""How the language model is, and what a tenant used of it today."""

from app.context import AppContext
from app.domain.tenants import Scope
from app.ports.model import ModelStanding
from app.schemas.operations import ModelStatus
from app.services.incidents.model_desk import read_usage

PROMPTS = ("wording", "understanding", "ideas")
MICROS = 1_000_000


def read_model_status(ctx: AppContext, scope: Scope) -> ModelStatus:
    """Its standing, this tenant's day, and the limits of a day; nobody is asked for it."""
    with ctx.store.read(scope) as session:
        today = read_usage(session).of_day(f"{ctx.system.now():%Y-%m-%d}")
    state, limits = ctx.model.state(), ctx.model_limits
    has_prompts = state.standing is not ModelStanding.NONE
    return ModelStatus(
        name=state.name,
        standing=state.standing.value,
        reason=state.reason,
        day=today.day,
        calls=today.calls,
        tokens=today.tokens,
        daily_tokens=limits.daily_tokens,
        usd=today.micros / MICROS,
        daily_usd=limits.daily_micros / MICROS,
        per_minute=limits.per_minute,
        mean_milliseconds=round(today.milliseconds / today.answers) if today.answers else None,
        worded=today.worded,
        dropped=today.dropped,
        fallbacks=today.fallbacks,
        prompts=[ctx.model.prompt(name).version for name in PROMPTS] if has_prompts else [],
    )
