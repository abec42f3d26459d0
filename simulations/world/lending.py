"""What can go wrong on a platform that libraries move to. The domain pack of the same name knows these causes by their
ids, and nothing else.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.base import Severity
from simulations.scenario import EffectSpec, ErrorSpec, Remedy, TicketSpec
from simulations.world.fault_kinds import STEP_MISSED, FaultKind

_MOVED: Final = ("in_progress", "post_migration")
_KINDS: Final = (
    FaultKind(
        id="availability_cache_stale",
        category=STEP_MISSED,
        scope={"cache_generation": "stale"},
        effects=EffectSpec(
            errors=(
                ErrorSpec(
                    step="reserve",
                    share=0.5,
                    code="COPY_STATE_OUTDATED",
                    status=409,
                    messages=(
                        "volume left the building two snapshots ago",
                        "asked for item whose whereabouts moved on",
                    ),
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=TicketSpec(symptom="shelf_wrong", rate=0.12),
        ),
        cured_by=(Remedy(tool="purge_cache", arguments={"area": "catalog"}),),
        harmed_by=(Remedy(tool="rotate_token"),),
        mistaken_for=("hold_event_route_retired",),
    ),
    FaultKind(
        id="patron_import_partial",
        category=STEP_MISSED,
        scope={"patron_import": "partial", "stage": _MOVED},
        effects=EffectSpec(
            errors=(
                ErrorSpec(
                    step="card",
                    share=0.6,
                    code="PATRON_NOT_FOUND",
                    status=404,
                    messages=("nobody holds such barcode in {region} register", "borrower row missing after transfer"),
                ),
            ),
            tickets=TicketSpec(symptom="card_refused", rate=0.12),
        ),
        cured_by=(Remedy(tool="escalate", after_minutes=80),),
        harmed_by=(Remedy(tool="rotate_token"),),
        mistaken_for=("kiosk_key_outdated",),
    ),
    FaultKind(
        id="kiosk_key_outdated",
        category=STEP_MISSED,
        scope={"token_version": "v2", "kiosk_model": ("gate", "pillar")},
        effects=EffectSpec(
            errors=(
                ErrorSpec(
                    step="kiosk",
                    share=0.8,
                    code="DEVICE_KEY_RETIRED",
                    status=401,
                    messages=(
                        "{kiosk_model} machine showed key minted before the move",
                        "gatekeeper turned machine away",
                    ),
                    retries=1,
                ),
            ),
            tickets=TicketSpec(symptom="machine_dead", rate=0.08),
        ),
        cured_by=(Remedy(tool="rotate_token", arguments={"token_version": "v3"}),),
        harmed_by=(Remedy(tool="purge_cache"),),
        mistaken_for=("patron_import_partial",),
    ),
    FaultKind(
        id="hold_event_route_retired",
        category=STEP_MISSED,
        scope={"webhook_version": "v2", "stage": "post_migration"},
        effects=EffectSpec(
            errors=(
                ErrorSpec(
                    step="webhook",
                    share=0.9,
                    signal="webhook_failure",
                    code="WEBHOOK_ENDPOINT_NOT_FOUND",
                    status=404,
                    messages=("pick list message came back undelivered", "second generation door is bricked up"),
                    loses_order=True,
                    retries=1,
                ),
            ),
            tickets=TicketSpec(symptom="hold_not_ready", rate=0.1),
        ),
        cured_by=(Remedy(tool="resubscribe_webhook", arguments={"webhook_version": "v3"}),),
        harmed_by=(Remedy(tool="rotate_token"),),
        mistaken_for=("availability_cache_stale",),
    ),
)
LENDING_FAULTS: Final[Mapping[str, FaultKind]] = MappingProxyType({kind.id: kind for kind in _KINDS})
"""Every cause of this domain that people have a name for."""
