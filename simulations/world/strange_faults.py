"""Faults that nobody has met before, so that no catalogue has a name for them."""

from typing import Final

from app.domain.base import Severity
from app.domain.signals import SignalType
from simulations.scenario import EffectSpec, ErrorSpec
from simulations.world.fault_kinds import FaultKind, by_tool, fails_at, people_after, tickets_about

STRANGE: Final = (
    FaultKind(
        id="search_shard_behind",
        scope={"search_index": "green"},
        effects=EffectSpec(kpi={"conversion": 0.55}, tickets=tickets_about("product_missing", 0.1)),
        cured_by=people_after(120),
        mistaken_for=("product_mapping_lost", "cache_not_invalidated"),
    ),
    FaultKind(
        id="mail_relay_backlog",
        scope={"data_centre": "east"},
        effects=EffectSpec(
            errors=(
                ErrorSpec(
                    step="email",
                    share=0.8,
                    signal="log",
                    messages=("relay queue depth 40k, message parked",),
                    blocks=False,
                ),
            ),
            tickets=tickets_about("email_missing", 0.1),
        ),
        cured_by=people_after(90),
        mistaken_for=("order_service_drops_events", "webhook_v2_endpoint_gone"),
    ),
    FaultKind(
        id="penny_rounding",
        scope={"currency": "GBP"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "payment",
                    0.5,
                    "AMOUNT_DIFFERS",
                    422,
                    "sum of lines differs from total by one penny",
                    "capture refused, totals apart by 1",
                ),
            ),
            tickets=tickets_about("checkout_failing", 0.1),
        ),
        cured_by=people_after(150),
        harmed_by=(by_tool("update_callback_url"),),
        mistaken_for=("tax_shipping_not_migrated", "third_party_outage"),
    ),
    FaultKind(
        id="clock_drift",
        scope={"data_centre": "north"},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "sign_in",
                    0.4,
                    "REQUEST_EXPIRED",
                    401,
                    "request stamped 412 s ahead of us",
                    "stamp outside tolerated skew",
                ),
            ),
            tickets=tickets_about("sign_in_failing", 0.1),
        ),
        cured_by=people_after(100),
        harmed_by=(by_tool("rotate_token"),),
        mistaken_for=("token_version_mismatch", "token_scope_missing"),
    ),
    FaultKind(
        id="loyalty_recursion",
        scope={"plugin_loyalty": True},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "prices",
                    0.6,
                    "POINTS_LOOP",
                    508,
                    "points rule 7 calls rule 7",
                    slower=20.0,
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=tickets_about("checkout_slow", 0.1),
        ),
        cured_by=people_after(110),
        harmed_by=(by_tool("purge_cache"),),
        mistaken_for=("cache_not_invalidated", "checkout_script_regression"),
    ),
    FaultKind(
        id="voucher_ledger_lock",
        scope={"plugin_gift_cards": True},
        effects=EffectSpec(
            errors=(
                fails_at(
                    "payment", 0.45, "LEDGER_LOCKED", 423, "voucher ledger row held by nightly job", pays_anyway=0.3
                ),
            ),
            tickets=tickets_about("checkout_failing", 0.1),
        ),
        cured_by=people_after(80),
        harmed_by=(by_tool("rotate_token"),),
        mistaken_for=("third_party_outage", "callback_host_changed"),
    ),
    FaultKind(
        id="bot_wall",
        scope={"region": ("apac", "latam")},
        effects=EffectSpec(traffic=0.45, tickets=tickets_about("storefront_down", 0.06)),
        cured_by=people_after(140),
        mistaken_for=("dns_tls_cutover", "third_party_outage"),
    ),
    FaultKind(
        id="picture_store_slow",
        scope={"theme": "nova"},
        effects=EffectSpec(
            errors=(ErrorSpec(step="browse", share=0.8, signal="none", blocks=False, slower=15.0),),
            kpi={"conversion": 0.7},
            tickets=tickets_about("checkout_slow", 0.08),
        ),
        cured_by=people_after(120),
        mistaken_for=("checkout_script_regression", "platform_release_regression"),
    ),
    FaultKind(
        id="order_feed_mute",
        scope={"plugin_erp_sync": True},
        effects=EffectSpec(silence=(SignalType.WEBHOOK_DELIVERY,), tickets=tickets_about("webhook_trouble", 0.05)),
        cured_by=people_after(100),
        harmed_by=(by_tool("resubscribe_webhook"),),
        mistaken_for=("webhook_v2_endpoint_gone", "webhook_receiver_timeout"),
    ),
)
