"""Lives of workers whose tool changes a real system outside: a shop on this machine that outlives them all.

What `tests.durability.worker_driver` is for the counted world, this is for one that is reached over a socket.
"""

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from app.bootstrap import Application, Seams, build_application
from app.domain.actions import Action
from app.domain.tenants import Scope, ToolMode
from app.schemas.signals import IncomingSignal
from app.system import SteppedClock
from tests.builders import NOW
from tests.durability import worker_driver
from tests.durability.worker_driver import Place, settings_of
from tests.durability.world import PACK, Case, code_of, config_folder, signs_of, tenant_of
from tests.failpoints import Points

TOOL = "resubscribe_webhook"
HARMED = "h"
"""So begin the tenants in which the new subscription makes things worse, and is taken back."""
SHIPPED = Path(__file__).resolve().parents[2] / "config"


def tenant_name(kind: str, number: int) -> str:
    """The tenant of a case."""
    return f"{kind}{number:04d}"


def address_of(tenant: str) -> str:
    """Where the webhooks of a tenant go when it was repaired: no other tenant's do."""
    return f"https://hooks.example.com/{tenant}/v3"


def live_config(target: Path, port: int, secret: str, numbers: Iterable[int]) -> Path:
    """The trial configuration with the shipped tools, one cause that calls for a new subscription, and a shop for each
    tenant.
    """
    config_folder(target)
    (target / "tools.yaml").write_bytes((SHIPPED / "tools.yaml").read_bytes())
    shutil.rmtree(target / "playbooks")
    causes = target / "domain_packs" / PACK / "causes"
    for cause in causes.glob("*.yaml"):
        cause.unlink()
    arguments = {"merchant_ids": "{merchant_ids}", "topic": "orders/create", "webhook_version": "v3"}
    treatment = {"tool": TOOL, "title": "Subscribe again", "promise": "It is quiet.", "arguments": arguments}
    cause = {"id": TOOL, "category": "trial", "title": "Subscribed to nothing", "explanation": "It was removed."}
    cause |= {"signs": signs_of(TOOL), "treatments": [treatment], "runbook_query": "subscription", "prior": -3.0}
    (causes / f"{TOOL}.yaml").write_text(json.dumps(cause))
    told = {"team": "migration", "title": "{title}", "summary": "{summary}", "severity": "{severity}"}
    fallback = {"tool": "escalate", "title": "Tell people", "promise": "They know.", "arguments": told}
    fallback["arguments"] = {**told, "incident_id": "{incident_id}"}
    pack = {"name": PACK, "title": "Live", "unknown_prior": -1.0, "known_codes": [code_of(TOOL)], "fallback": fallback}
    (causes.parent / "pack.yaml").write_text(json.dumps(pack))
    (target / "token").write_text(secret)
    tenants = [tenant_name(kind, number) for number in numbers for kind in ("k", HARMED)]
    shop = {"name": "shopify", "host": "127.0.0.1", "port": port, "unencrypted": True}
    shop["secrets"] = {"token": {"file": str(target / "token")}}
    shops = [{**shop, "tenant": one, "values": {"address": {"v3": address_of(one)}}} for one in tenants]
    (target / "connections.yaml").write_text(json.dumps({"connections": shops}))
    (target / "standin").write_text(f"http://127.0.0.1:{port}")
    return target


class Nothing:
    """There is no other world outside than the shop."""

    def close(self) -> None:
        """Nothing is held."""


def open_world(_: Place) -> Nothing:
    """The shop runs by itself."""
    return Nothing()


def open_application(
    place: Place,
    _: Nothing,
    on_point: Callable[[str], None] | None = None,
    *,
    passing: bool = False,
    log_level: str = "ERROR",
) -> Application:
    """The whole product over that place (or over a passing folder), with points around its store and its door."""
    points = Points(on_point) if on_point else None
    standins = tuple((place.config / "standin").read_text().split())
    seams = Seams()
    if points and not passing:
        seams = Seams(store=points.store, checkpoints=points.checkpoints, door=points.door)
    changes = {"local_standins": standins, "lease_seconds": 30.0, "log_level": log_level}
    settings = settings_of(place).model_copy(update=changes)
    return build_application(settings, passing=passing, clock=SteppedClock(NOW), seams=seams)


class Life(worker_driver.Life):
    """One worker whose tenants act for real."""

    def _prepare(self, scope: Scope) -> None:
        if scope.tenant_id not in {tenant.id for tenant in self.ctx.store.tenants()}:
            self.ctx.store.put_tenant(tenant_of(scope.tenant_id).changed(tool_mode=ToolMode.LIVE))
        super()._prepare(scope)

    def _reports(self, scope: Scope, row: Action) -> list[IncomingSignal]:
        assert row.result is not None and row.result.due_at is not None
        if row.decision.tool != TOOL or row.parent_id is not None:
            return []
        case: Case = self._case_of(scope, row)
        since, until = row.result.at, row.result.due_at
        if scope.tenant_id.startswith(HARMED):
            return case.aftermath(since, until, row.id)
        return case.calm(since, until, row.result.merchants, row.id)


def endings(application: Application, tenant: str) -> list[tuple[str, str, str]]:
    """How every row of a tenant ended, and what is wrong with it where something is."""
    with application.store.read(Scope(tenant_id=tenant)) as session:
        rows: list[Any] = session.actions.page(limit=1_000)
    return [(row.id, row.status.value, row.result.error if row.result else "") for row in rows]
