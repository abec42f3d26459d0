"""Faults of shops whose own settings do not go with the new platform."""

from typing import Final

from app.domain.base import Severity
from simulations.scenario import Between, EffectSpec
from simulations.world.fault_kinds import SETTING_WRONG, FaultKind, by_tool, fails_at, people_after, tickets_about

CONFIGURATION: Final = (
    FaultKind(
        id="callback_not_https",
        category=SETTING_WRONG,
        scope={"callback_scheme": "http", "stage": "post_migration"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "checkout",
                    0.8,
                    "PAYMENT_CALLBACK_INVALID",
                    400,
                    "gateway turned down plain text return address",
                    "return address lacks encryption",
                    pays_anyway=0.2,
                ),
            ),
            tickets=tickets_about("checkout_failing", 0.12),
        ),
        cured_by=(by_tool("update_callback_url", callback_scheme="https"),),
        harmed_by=(by_tool("rotate_token"), by_tool("update_callback_url", callback_scheme="http")),
        mistaken_for=("callback_host_changed", "third_party_outage"),
    ),
    FaultKind(
        id="webhook_secret_mismatch",
        category=SETTING_WRONG,
        scope={"webhook_secret_state": "previous"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "webhook",
                    0.9,
                    "WEBHOOK_SIGNATURE_INVALID",
                    401,
                    "shop could not confirm who signed this delivery",
                    "signature check at receiver negative",
                    signal="webhook_failure",
                    loses_order=True,
                    retries=1,
                ),
            ),
            tickets=tickets_about("webhook_trouble", 0.1),
        ),
        cured_by=people_after(60),
        harmed_by=(by_tool("resubscribe_webhook"), by_tool("rotate_token")),
        mistaken_for=("token_version_mismatch", "webhook_schema_change"),
    ),
    FaultKind(
        id="webhook_receiver_timeout",
        category=SETTING_WRONG,
        scope={"receiver_timeout_ms": 2_000},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "webhook",
                    0.7,
                    "WEBHOOK_CONNECTION_TIMEOUT",
                    504,
                    "receiver silent beyond {receiver_timeout_ms} ms",
                    "gave up waiting for shop side acknowledgement",
                    signal="webhook_failure",
                    loses_order=True,
                    retries=2,
                    slower=8.0,
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=tickets_about("webhook_trouble", 0.08),
        ),
        cured_by=people_after(90),
        harmed_by=(by_tool("resubscribe_webhook"), by_tool("adjust_rate_limit")),
        mistaken_for=("order_service_drops_events", "webhook_v2_endpoint_gone"),
    ),
    FaultKind(
        id="token_scope_missing",
        category=SETTING_WRONG,
        scope={"token_scopes": "orders_only"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "app_call",
                    0.8,
                    "SCOPE_NOT_GRANTED",
                    403,
                    "caller holds {token_scopes}, wider grant wanted",
                    "grant too narrow for this route",
                ),
                fails_at(
                    "inventory_sync",
                    0.6,
                    "SCOPE_NOT_GRANTED",
                    403,
                    "stock route needs another grant",
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=tickets_about("integration_refused", 0.04),
        ),
        cured_by=people_after(75),
        harmed_by=(by_tool("rotate_token"),),
        mistaken_for=("token_version_mismatch", "inventory_sync_over_limit"),
    ),
    FaultKind(
        id="inventory_sync_over_limit",
        category=SETTING_WRONG,
        scope={"sync_rate_per_minute": Between(above=60)},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "inventory_sync",
                    0.65,
                    "RATE_LIMIT_EXCEEDED",
                    429,
                    "{sync_rate_per_minute} stock pushes each minute against ceiling {sync_limit_per_minute}",
                    "stock push deferred, bucket empty",
                    severity=Severity.MEDIUM,
                    retries=2,
                ),
            ),
            tickets=tickets_about("stock_wrong", 0.04),
        ),
        cured_by=(by_tool("adjust_rate_limit"),),
        harmed_by=(by_tool("purge_cache"),),
        mistaken_for=("token_scope_missing", "platform_release_regression"),
    ),
    FaultKind(
        id="cors_origin_missing",
        category=SETTING_WRONG,
        scope={"cors_origin": "hosted_only", "stage": ("in_progress", "post_migration")},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "cart",
                    0.7,
                    "ORIGIN_NOT_LISTED",
                    403,
                    "browser preflight from unlisted shop front",
                    "front end host absent among permitted origins",
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=tickets_about("cart_empty", 0.12),
        ),
        cured_by=people_after(60),
        harmed_by=(by_tool("update_callback_url"),),
        mistaken_for=("cart_session_lost", "token_version_mismatch"),
    ),
)
