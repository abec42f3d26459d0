"""Faults that the platform itself brings with a release, and those that somebody else brings."""

from typing import Final

from app.domain.base import Severity
from simulations.scenario import Between, EffectSpec, ErrorSpec
from simulations.world.fault_kinds import (
    RELEASE_BROKE,
    FaultKind,
    by_tool,
    fails_at,
    fails_quietly,
    people_after,
    tickets_about,
)

REGRESSION: Final = (
    FaultKind(
        id="webhook_schema_change",
        category=RELEASE_BROKE,
        scope={"webhook_version": "v3", "sdk_version": ("3.4", "3.9")},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "webhook",
                    0.85,
                    "WEBHOOK_SCHEMA_MISMATCH",
                    422,
                    "receiver choked on member 'line_items[].unit'",
                    "payload shape differs since build 4410",
                    signal="webhook_failure",
                    loses_order=True,
                    retries=1,
                ),
            ),
            tickets=tickets_about("webhook_trouble", 0.1),
        ),
        cured_by=people_after(150),
        harmed_by=(by_tool("resubscribe_webhook"),),
        mistaken_for=("webhook_v2_endpoint_gone", "webhook_secret_mismatch"),
    ),
    FaultKind(
        id="cart_session_lost",
        category=RELEASE_BROKE,
        scope={"session_store": "sticky"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "cart",
                    0.45,
                    "CART_NOT_FOUND",
                    410,
                    "cart handle unknown on this node",
                    "visitor handle resolves to blank cart",
                    severity=Severity.MEDIUM,
                ),
            ),
            kpi={"conversion": 0.8},
            tickets=tickets_about("cart_empty", 0.12),
        ),
        cured_by=people_after(110),
        harmed_by=(by_tool("purge_cache"), by_tool("rotate_token")),
        mistaken_for=("cors_origin_missing", "product_mapping_lost"),
    ),
    FaultKind(
        id="checkout_script_regression",
        category=RELEASE_BROKE,
        scope={"theme": "linea"},
        effects=EffectSpec(
            errors=(
                ErrorSpec(
                    step="checkout",
                    share=0.55,
                    signal="log",
                    messages=(
                        "TypeError in checkout bundle 8812: totals undefined",
                        "pay button handler threw, bundle 8812",
                    ),
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=tickets_about("checkout_failing", 0.12),
        ),
        cured_by=people_after(130),
        harmed_by=(by_tool("purge_cache"),),
        mistaken_for=("callback_not_https", "platform_release_regression"),
    ),
    FaultKind(
        id="order_service_drops_events",
        category=RELEASE_BROKE,
        scope={"data_centre": "south"},
        effects=EffectSpec(
            errors=(fails_quietly("order", 0.4, loses_order=True),), tickets=tickets_about("order_missing", 0.1)
        ),
        cured_by=people_after(140),
        harmed_by=(by_tool("resubscribe_webhook"),),
        mistaken_for=("webhook_v2_endpoint_gone", "webhook_receiver_timeout"),
    ),
    FaultKind(
        id="platform_release_regression",
        category=RELEASE_BROKE,
        scope={"api_version": "v3"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "checkout",
                    0.3,
                    "INTERNAL_FAULT",
                    500,
                    "unexpected null in quote assembler",
                    "worker died while assembling totals",
                ),
                fails_at(
                    "shipping_tax",
                    0.15,
                    "INTERNAL_FAULT",
                    500,
                    "unexpected null in quote assembler",
                    slower=4.0,
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=tickets_about("checkout_failing", 0.08),
        ),
        cured_by=people_after(160),
        harmed_by=(by_tool("purge_cache"), by_tool("rotate_token")),
        mistaken_for=("checkout_script_regression", "third_party_outage"),
    ),
)

OTHERS: Final = (
    FaultKind(
        id="third_party_outage",
        category="third_party",
        scope={"gateway": "adyen"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "payment",
                    0.65,
                    "PROVIDER_UNAVAILABLE",
                    503,
                    "{gateway} gave no answer within patience",
                    "upstream acquirer {gateway} down",
                    slower=10.0,
                ),
            ),
            tickets=tickets_about("checkout_failing", 0.1),
        ),
        cured_by=people_after(200),
        harmed_by=(by_tool("update_callback_url"), by_tool("rotate_token")),
        mistaken_for=("callback_not_https", "platform_release_regression"),
    ),
    FaultKind(
        id="wrong_documentation",
        category="documentation_gap",
        scope={"token_age_days": Between(below=70)},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "app_call",
                    0.7,
                    "ROUTE_RETIRED",
                    410,
                    "guide step 4 still points at orders/list, withdrawn in March",
                    "integrators copied a withdrawn route",
                    endpoint="/api/{api_version}/orders/list",
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=tickets_about("integration_refused", 0.08),
        ),
        cured_by=(by_tool("propose_doc_update", minutes=180),),
        harmed_by=(by_tool("rotate_token"),),
        mistaken_for=("token_scope_missing", "webhook_v2_endpoint_gone"),
    ),
)
