"""A request of a sender's own format: whose it is, whether it is proven, and what of it is kept.

A signature stands in the place of an API key, and the secret that it was made with says whose tenant is written into.
Nothing of a request that proves nothing is kept but a link of the audit chain that says so.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.config.model import SourceBinding
from app.context import AppContext
from app.domain.base import JsonObject
from app.domain.errors import CausewayError, NotFound, Temporary, TooLarge, Unavailable
from app.domain.tenants import DEFAULT_TENANT, Principal, Role, Scope
from app.domain.work import StoredResponse
from app.process.secret_values import read_secret
from app.schemas.base import MOST_SIGNALS
from app.schemas.sources import SourceInfo, WebhookAnswer
from app.services.intake import ingest, unmapped
from app.sources.base import Delivery, SenderSettings, WebhookSource
from app.sources.proofs import Proof, Unproven
from app.sources.registry import SOURCES, recognise_source

log = structlog.get_logger()
AUTO = "auto"
PASSED_ON = frozenset(
    {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via", "cf-connecting-ip", "true-client-ip"}
)
"""What a proxy or a tunnel adds: the request began on another machine."""
REFUSALS_NOTE = "webhook_refusals"
MOST_REFUSALS = 20
"""So many refusals a minute stand in a tenant's chain one by one; who sends more is counted."""
ABANDONED_AFTER = timedelta(minutes=1)
UNSIGNED = (
    "nothing proved who sent this: it was taken because it came from this machine and config/sources.yaml names no"
    " secret for it"
)


@dataclass(frozen=True)
class Admitted:
    """Into whose tenant a delivery goes, and by what proof."""

    scope: Scope
    settings: SenderSettings
    proof: Proof | None = None


def find_source(name: str, delivery: Delivery) -> WebhookSource:
    """The source of this name, or for `auto` the one that the request looks like; NotFound for any other."""
    if name == AUTO:
        return recognise_source(delivery)
    if name not in SOURCES:
        raise NotFound(f"There is no source {name[:60]!r}; there are {', '.join(SOURCES)}, and {AUTO} looks by itself.")
    return SOURCES[name]


def list_sources(ctx: AppContext, scope: Scope) -> list[SourceInfo]:
    """Every sender that can be read, and whether this tenant names a secret for it."""
    return [
        SourceInfo(
            name=source.name,
            title=source.title,
            path=f"/webhooks/{source.name}",
            proof=source.proof,
            configured=bool(bindings_of(ctx, source.name, scope.tenant_id)),
        )
        for source in SOURCES.values()
    ]


def take_delivery(ctx: AppContext, name: str, delivery: Delivery, tenant_id: str | None) -> WebhookAnswer:
    """Keep what a delivery says, once; Unproven, with a link of the audit chain and nothing else, when nothing proves
    it.
    """
    source = find_source(name, delivery)
    try:
        admitted = admit_delivery(ctx, source, delivery, tenant_id)
        if admitted.proof is None or admitted.proof.seal is None:
            return _keep_reading(ctx, source, delivery, admitted)
        return _keep_once(ctx, source, delivery, admitted, admitted.proof.seal)
    except Unproven as refusal:
        _record_refusal(ctx, source, delivery, tenant_id, refusal)
        raise


# --- who may write where
# ----------------------------------------------------------------------------------------------------


def admit_delivery(ctx: AppContext, source: WebhookSource, delivery: Delivery, tenant_id: str | None) -> Admitted:
    """The tenant whose secret proves the delivery. Where none is configured, only this machine itself may send."""
    bindings = bindings_of(ctx, source.name, tenant_id)
    if bindings:
        admitted = _prove(source, delivery, bindings)
        _require_tenant(ctx, admitted.scope.tenant_id)
        return admitted
    if PASSED_ON & delivery.headers.keys():
        raise Unproven(
            f"No secret is configured for {source.name}, so nothing from another machine is taken; name one in"
            " config/sources.yaml."
        )
    return Admitted(_scope_of(source, tenant_id or DEFAULT_TENANT.id), SenderSettings())


def _require_tenant(ctx: AppContext, tenant_id: str) -> None:
    """Unavailable for a tenant that config/sources.yaml names and nobody has opened yet."""
    try:
        ctx.store.tenant(tenant_id)
    except NotFound:
        raise Unavailable(
            "This cannot be taken in",
            f"config/sources.yaml names the tenant {tenant_id}, which does not exist",
            delay=60.0,
        ) from None


def bindings_of(ctx: AppContext, source: str, tenant_id: str | None) -> list[SourceBinding]:
    """Whose secrets may prove a delivery of this source: one tenant's when it is named, else every tenant's."""
    return [one for one in ctx.config.sources if one.source == source and tenant_id in {None, one.tenant}]


def _prove(source: WebhookSource, delivery: Delivery, bindings: Sequence[SourceBinding]) -> Admitted:
    """By the one tenant whose secret fits. All are tried, so that the time taken tells nothing about which."""
    found: list[Admitted] = []
    refusal: CausewayError | None = None
    for binding in bindings:
        settings = SenderSettings(
            binding.signature_header, binding.timestamp_header, binding.merchants, binding.merchant_names
        )
        for reference in binding.secrets:
            try:
                proof = source.verify(delivery, read_secret(reference), settings)
            except (Unproven, Unavailable) as wrong:
                refusal = wrong if not isinstance(refusal, Unavailable) else refusal
            else:
                found.append(Admitted(_scope_of(source, binding.tenant), settings, proof))
    tenants = {one.scope.tenant_id for one in found}
    if len(tenants) > 1:
        raise Unproven("The secrets of several tenants fit, so it is not known whose it is; give each its own.")
    if found:
        return found[0]
    raise refusal or Unproven("No secret fits.")


def _scope_of(source: WebhookSource, tenant_id: str) -> Scope:
    return Scope(tenant_id=tenant_id, principal=Principal(id=f"webhook:{source.name}", role=Role.VIEWER))


# --- what is kept
# -----------------------------------------------------------------------------------------------------------


def _keep_once(
    ctx: AppContext, source: WebhookSource, delivery: Delivery, admitted: Admitted, seal: str
) -> WebhookAnswer:
    """Keep it unless exactly this delivery was kept before: a sender that tries again signs anew."""
    scope, route = admitted.scope, f"webhook {source.name}"
    asked = StoredResponse(key=seal, route=route, fingerprint=seal, at=ctx.system.now())
    with ctx.store.write(scope) as session:
        kept = session.replies.begin(asked, abandoned_before=asked.at - ABANDONED_AFTER)
    if kept is not None and kept.status is not None:
        raise Unproven(
            "Exactly this delivery was taken in before: it is replayed. A sender that tries again signs anew."
        )
    if kept is not None:
        raise Temporary("Exactly this delivery is being taken in at this moment.")
    try:
        answer = _keep_reading(ctx, source, delivery, admitted)
    except BaseException:
        with ctx.store.write(scope) as session:
            session.replies.forget(seal, route)
        raise
    with ctx.store.write(scope) as session:
        session.replies.finish(seal, route, status=202, headers={}, body="")
    return answer


def _keep_reading(ctx: AppContext, source: WebhookSource, delivery: Delivery, admitted: Admitted) -> WebhookAnswer:
    """Translate it, and keep what it says."""
    scope = admitted.scope
    reading = source.read(delivery, admitted.settings)
    if len(reading.signals) + len(reading.rest) > MOST_SIGNALS:
        raise TooLarge(f"It holds more than {MOST_SIGNALS:,} events; send fewer at once.", limit=MOST_SIGNALS)
    notes = [] if admitted.proof else [UNSIGNED]
    accepted = duplicates = 0
    signal_ids: list[str] = []
    left = unmapped.sort_leftovers(ctx, scope, source.name, reading.rest)
    signals = [*reading.signals, *left.signals]
    if signals:
        taken = ingest.accept(ctx, scope, signals, lenient=True)
        accepted, duplicates, signal_ids = taken.accepted, taken.duplicates, taken.signal_ids
        notes += taken.notes
    return WebhookAnswer(
        source=source.name,
        tenant=scope.tenant_id,
        accepted=accepted,
        duplicates=duplicates,
        unmapped=left.waiting,
        signal_ids=signal_ids,
        signed=admitted.proof is not None,
        notes=notes,
    )


# --- what is not
# ------------------------------------------------------------------------------------------------------------


def _record_refusal(
    ctx: AppContext, source: WebhookSource, delivery: Delivery, tenant_id: str | None, refusal: Unproven
) -> None:
    """A link in the chain of the tenant it was meant for; of the default one where that is not known."""
    meant = {tenant_id} if tenant_id else {one.tenant for one in bindings_of(ctx, source.name, None)}
    named = next(iter(meant)) if len(meant) == 1 else DEFAULT_TENANT.id
    known = {tenant.id for tenant in ctx.store.tenants()}
    if not known:
        return
    scope = _scope_of(source, named if named in known else min(known))
    now = ctx.clock(scope).now()
    told: JsonObject = {
        "source": source.name,
        "reason": refusal.detail,
        "bytes": len(delivery.body),
        "sha256": hashlib.sha256(delivery.body).hexdigest(),
    }
    with ctx.store.write(scope) as session:
        note = session.notes.get(REFUSALS_NOTE) or {}
        minute = ctx.system.now().isoformat(timespec="minutes")
        of_now = note.get("minute") == minute
        written, untold = (int(note["told"]) if of_now else 0), int(note.get("untold", 0))
        if written < MOST_REFUSALS:
            session.events.append(
                "webhook.refused", scope.tenant_id, {**told, "not_told_before": untold} if untold else told, at=now
            )
            written, untold = written + 1, 0
        else:
            untold += 1
        session.notes.put(REFUSALS_NOTE, {"minute": minute, "told": written, "untold": untold})
    log.warning("webhook.refused", tenant=scope.tenant_id, source=source.name, why=refusal.detail)


def arrived_at(ctx: AppContext) -> datetime:
    """The time by which signatures are judged: the system's, whatever the tenant's own clock shows."""
    return ctx.system.now()
