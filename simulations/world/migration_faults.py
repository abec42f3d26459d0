"""Faults of shops that took a step of their migration without another that belongs to it."""

from typing import Final

from app.domain.base import Severity
from simulations.scenario import EffectSpec
from simulations.world.fault_kinds import (
    STEP_MISSED,
    FaultKind,
    by_tool,
    fails_at,
    fails_quietly,
    people_after,
    tickets_about,
)

MIGRATION: Final = (
    FaultKind(
        id="callback_host_changed",
        category=STEP_MISSED,
        scope={"callback_host": "hosted", "stage": "post_migration"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "payment",
                    0.75,
                    "PAYMENT_RETURN_UNKNOWN_HOST",
                    421,
                    "return of the shopper went to {callback_host} storefront, which answers no longer",
                    "nobody serves payment returns on the previous host",
                    pays_anyway=0.6,
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=tickets_about("order_missing", 0.12),
        ),
        cured_by=people_after(75),
        harmed_by=(by_tool("update_callback_url"),),
        mistaken_for=("callback_not_https", "dns_tls_cutover"),
    ),
    FaultKind(
        id="webhook_v2_endpoint_gone",
        category=STEP_MISSED,
        scope={"webhook_version": "v2", "stage": "post_migration"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "webhook",
                    0.92,
                    "WEBHOOK_ENDPOINT_NOT_FOUND",
                    404,
                    "dispatch to second generation hook bounced, path unknown",
                    "hook path was retired",
                    signal="webhook_failure",
                    loses_order=True,
                    retries=1,
                ),
            ),
            tickets=tickets_about("order_missing", 0.1),
        ),
        cured_by=(by_tool("resubscribe_webhook", webhook_version="v3"),),
        harmed_by=(by_tool("rotate_token"),),
        mistaken_for=("webhook_schema_change", "order_service_drops_events"),
    ),
    FaultKind(
        id="token_version_mismatch",
        category=STEP_MISSED,
        scope={"token_version": "v2", "api_version": "v3"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "sign_in",
                    0.7,
                    "AUTH_TOKEN_VERSION_MISMATCH",
                    401,
                    "credential generation two offered to generation three gate",
                    "gate wants the newer credential generation",
                ),
            ),
            tickets=tickets_about("sign_in_failing", 0.1),
        ),
        cured_by=(by_tool("rotate_token", token_version="v3"),),  # noqa: S106
        harmed_by=(by_tool("purge_cache"),),
        mistaken_for=("token_scope_missing", "cart_session_lost"),
    ),
    FaultKind(
        id="cache_not_invalidated",
        category=STEP_MISSED,
        scope={"cache_generation": "stale"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "prices",
                    0.45,
                    "PRICE_VERSION_STALE",
                    409,
                    "basket quotes revision older than catalogue head",
                    "quoted revision superseded",
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=tickets_about("price_wrong", 0.12),
        ),
        cured_by=(by_tool("purge_cache", area="catalog"), by_tool("purge_cache", area="pricing")),
        harmed_by=(by_tool("adjust_rate_limit"),),
        mistaken_for=("product_mapping_lost", "tax_shipping_not_migrated"),
    ),
    FaultKind(
        id="dns_tls_cutover",
        category=STEP_MISSED,
        scope={"dns_ttl": 86_400, "stage": "post_migration"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "pages",
                    0.6,
                    "TLS_NAME_MISMATCH",
                    526,
                    "certificate presented for another shop name",
                    "handshake refused at edge",
                ),
                fails_quietly("browse", 0.4),
            ),
            traffic=0.6,
            tickets=tickets_about("storefront_down", 0.14),
        ),
        cured_by=people_after(120),
        harmed_by=(by_tool("purge_cache"),),
        mistaken_for=("platform_release_regression", "third_party_outage"),
    ),
    FaultKind(
        id="tax_shipping_not_migrated",
        category=STEP_MISSED,
        scope={"tax_profile": "legacy", "stage": "post_migration"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "shipping_tax",
                    0.55,
                    "NO_RATE_FOR_ZONE",
                    422,
                    "zone table holds no rate row for {region}",
                    "quote empty: delivery zones undefined",
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=tickets_about("shipping_tax_wrong", 0.12),
        ),
        cured_by=people_after(90),
        harmed_by=(by_tool("purge_cache"),),
        mistaken_for=("cache_not_invalidated", "checkout_script_regression"),
    ),
    FaultKind(
        id="product_mapping_lost",
        category=STEP_MISSED,
        scope={"product_mapping": "partial", "stage": ("in_progress", "post_migration")},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "cart",
                    0.4,
                    "VARIANT_UNMAPPED",
                    404,
                    "variant key without successor in new catalogue",
                    "legacy variant resolves to nothing",
                    severity=Severity.MEDIUM,
                ),
            ),
            kpi={"conversion": 0.85},
            tickets=tickets_about("product_missing", 0.12),
        ),
        cured_by=people_after(100),
        harmed_by=(by_tool("purge_cache"),),
        mistaken_for=("cache_not_invalidated", "cart_session_lost"),
    ),
)
