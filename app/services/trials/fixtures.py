"""The example signals: six merchants in a migration, loaded into a tenant so that they end at its present."""

import json

from app.context import AppContext
from app.domain.tenants import Scope
from app.schemas.operations import FixtureFile, FixturesAnswer
from app.services.intake.tally import count_signals
from app.services.trials.worlds import DEMO
from simulations.fixtures import load_fixtures

FILES = ("tickets.json", "api_errors.json", "webhook_failures.json", "migration_states.json")
LOADED_NOTE = "fixtures"
HOME = DEMO.id
"""Where they are loaded when nobody names a tenant."""


def load(ctx: AppContext, scope: Scope) -> FixturesAnswer:
    """Load the fixtures once; a second call finds everything there and adds nothing."""
    now, words = ctx.clock(scope).now(), ctx.words(scope)
    with ctx.store.write(scope) as session:
        loaded = session.notes.get(LOADED_NOTE)
        if loaded is None:
            fixtures = load_fixtures(ctx.fixtures, scope.tenant_id, now)
            session.merchants.put(fixtures.merchants)
            fresh = session.signals.add(fixtures.signals, counted=True)
            new = [one for one, is_new in zip(fixtures.signals, fresh, strict=True) if is_new]
            count_signals(ctx.readers, words, session, new)
            loaded = {"signals": sum(fresh), "merchants": len(fixtures.merchants), "until": now.isoformat()}
            session.notes.put(LOADED_NOTE, loaded)
            session.events.append("fixtures.loaded", scope.tenant_id, loaded, at=now)
            added = sum(fresh)
        else:
            added = 0
        held = session.signals.count()
    ctx.wake()
    note = f"The example signals are in tenant {scope.tenant_id}; look with the header X-Tenant: {scope.tenant_id}."
    return FixturesAnswer(
        tenant=scope.tenant_id,
        added=added,
        signals=held,
        merchants=loaded["merchants"],
        until=loaded["until"],
        note=note,
    )


def list_fixtures(ctx: AppContext) -> list[FixtureFile]:
    """What there is to load, and how much of it."""
    return [FixtureFile(file=name, items=len(json.loads((ctx.fixtures / name).read_text("utf-8")))) for name in FILES]
