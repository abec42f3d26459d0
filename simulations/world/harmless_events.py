"""What looks like trouble on a day when none is."""

from typing import Final

from app.domain.base import Severity
from simulations.scenario import EffectSpec, ErrorSpec
from simulations.world.fault_kinds import DecoyKind, fails_at, tickets_about

HARMLESS: Final = (
    DecoyKind(
        id="marketing_spike",
        effects=EffectSpec(traffic=2.6, kpi={"conversion": 0.6}, tickets=tickets_about("stock_wrong", 0.004)),
        tempts=("checkout_script_regression", "platform_release_regression"),
        scope={"plan": ("scale", "enterprise")},
    ),
    DecoyKind(
        id="holiday",
        effects=EffectSpec(traffic=0.35),
        tempts=("dns_tls_cutover", "third_party_outage"),
        scope={"region": ("eu-central", "uk")},
    ),
    DecoyKind(
        id="widget_outage",
        effects=EffectSpec(
            errors=(
                fails_at(
                    "browse",
                    0.5,
                    "",
                    503,
                    "stars widget of a partner did not load",
                    "partner widget timed out",
                    blocks=False,
                    severity=Severity.LOW,
                ),
            ),
            tickets=tickets_about("product_missing", 0.03),
        ),
        tempts=("third_party_outage",),
        scope={"plugin_reviews": True},
    ),
    DecoyKind(
        id="loud_thumbnailer",
        effects=EffectSpec(
            errors=(
                fails_at(
                    "browse",
                    0.8,
                    "THUMBNAIL_RETRY",
                    500,
                    "thumbnail rendition retried",
                    blocks=False,
                    retries=3,
                    severity=Severity.MEDIUM,
                    endpoint="/media/renditions",
                ),
            )
        ),
        tempts=("platform_release_regression", "cache_not_invalidated"),
        scope={"data_centre": "east"},
    ),
    DecoyKind(
        id="crawler",
        effects=EffectSpec(
            errors=(
                fails_at(
                    "pages",
                    0.9,
                    "",
                    404,
                    "nothing at this path",
                    blocks=False,
                    retries=4,
                    severity=Severity.LOW,
                    endpoint="/storefront/old-pages",
                ),
            ),
            traffic=1.6,
            kpi={"conversion": 0.7},
        ),
        tempts=("dns_tls_cutover", "product_mapping_lost"),
        scope={"theme": ("atlas", "strata")},
    ),
    DecoyKind(
        id="card_testing",
        effects=EffectSpec(
            errors=(
                ErrorSpec(
                    step="pages",
                    share=0.7,
                    signal="log",
                    messages=("issuer declined, velocity rule", "many small authorisations declined"),
                    blocks=False,
                ),
            )
        ),
        tempts=("third_party_outage", "callback_not_https"),
        scope={"gateway": "stripe"},
    ),
    DecoyKind(
        id="slow_evening",
        effects=EffectSpec(
            errors=(ErrorSpec(step="checkout", share=0.7, signal="none", blocks=False, slower=3.0),),
            tickets=tickets_about("checkout_slow", 0.03),
        ),
        tempts=("platform_release_regression", "webhook_receiver_timeout"),
        scope={"region": ("us-east", "us-west")},
    ),
    DecoyKind(
        id="partner_app_noise",
        effects=EffectSpec(
            errors=(
                fails_at(
                    "app_call",
                    0.6,
                    "RATE_LIMIT_EXCEEDED",
                    429,
                    "partner app polled too eagerly",
                    blocks=False,
                    severity=Severity.LOW,
                ),
            ),
            tickets=tickets_about("integration_refused", 0.03),
        ),
        tempts=("inventory_sync_over_limit", "token_scope_missing"),
        scope={"plugin_loyalty": True},
    ),
)
