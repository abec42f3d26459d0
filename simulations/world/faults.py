"""What can go wrong on the platform, what cannot be found in any catalogue, and what only looks like trouble.

A kind says what a fault does to the traffic and what ends it, in the platform's own words. How anybody could recognise
it is not said here.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeVar

from pydantic import Field

from app.domain.base import Severity, Value
from app.domain.signals import SignalType
from simulations.scenario import Between, EffectSpec, ErrorSpec, Remedy, Scope, TicketSpec
from simulations.world.journeys import steps_of
from simulations.world.population import attribute_values as _attribute_values

__all__ = ["CATALOGUE", "DECOYS", "STEPS", "UNCATALOGUED", "DecoyKind", "FaultKind", "attribute_values"]

attribute_values = _attribute_values
STEPS: Final = steps_of("commerce")
"""The steps of a shop that an error can happen at."""

STEP_MISSED, SETTING_WRONG, RELEASE_BROKE = "migration_step", "merchant_configuration", "platform_regression"
Remedies = tuple[Remedy, ...]


class FaultKind(Value):
    """A mechanism: whom it naturally reaches, what it does, what ends it, what makes it worse, and what it is mistaken
    for.
    """

    id: str
    category: str = ""
    scope: Scope = Field(default_factory=dict)
    effects: EffectSpec
    cured_by: Remedies = ()
    harmed_by: Remedies = ()
    mistaken_for: tuple[str, ...] = ()


class DecoyKind(Value):
    """Something harmless, and the causes it tempts one to name."""

    id: str
    effects: EffectSpec
    tempts: tuple[str, ...] = ()
    scope: Scope = Field(default_factory=dict)


Kind = TypeVar("Kind", FaultKind, DecoyKind)


def _tickets_about(symptom: str, rate: float) -> TicketSpec:
    return TicketSpec(symptom=symptom, rate=rate)


def _fails_at(step: str, share: float, code: str, status: int | None, *messages: str, **more: Any) -> ErrorSpec:
    return ErrorSpec(step=step, share=share, code=code, status=status, messages=messages, **more)


def _fails_quietly(step: str, share: float, **more: Any) -> ErrorSpec:
    """Something happens, and nothing reports it."""
    return ErrorSpec(step=step, share=share, signal="none", **more)


def _people_after(minutes: float) -> Remedies:
    return (Remedy(tool="escalate", after_minutes=minutes),)


def _by_tool(tool: str, minutes: float = 2.0, factor: float = 2.0, **arguments: Any) -> Remedy:
    return Remedy(tool=tool, arguments=arguments, after_minutes=minutes, factor=factor)


_MIGRATION: Final = (
    FaultKind(
        id="callback_host_changed",
        category=STEP_MISSED,
        scope={"callback_host": "hosted", "stage": "post_migration"},
        effects=EffectSpec(
            errors=(
                _fails_at(
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
            tickets=_tickets_about("order_missing", 0.12),
        ),
        cured_by=_people_after(75),
        harmed_by=(_by_tool("update_callback_url"),),
        mistaken_for=("callback_not_https", "dns_tls_cutover"),
    ),
    FaultKind(
        id="webhook_v2_endpoint_gone",
        category=STEP_MISSED,
        scope={"webhook_version": "v2", "stage": "post_migration"},
        effects=EffectSpec(
            errors=(
                _fails_at(
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
            tickets=_tickets_about("order_missing", 0.1),
        ),
        cured_by=(_by_tool("resubscribe_webhook", webhook_version="v3"),),
        harmed_by=(_by_tool("rotate_token"),),
        mistaken_for=("webhook_schema_change", "order_service_drops_events"),
    ),
    FaultKind(
        id="token_version_mismatch",
        category=STEP_MISSED,
        scope={"token_version": "v2", "api_version": "v3"},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "sign_in",
                    0.7,
                    "AUTH_TOKEN_VERSION_MISMATCH",
                    401,
                    "credential generation two offered to generation three gate",
                    "gate wants the newer credential generation",
                ),
            ),
            tickets=_tickets_about("sign_in_failing", 0.1),
        ),
        cured_by=(_by_tool("rotate_token", token_version="v3"),),  # noqa: S106
        harmed_by=(_by_tool("purge_cache"),),
        mistaken_for=("token_scope_missing", "cart_session_lost"),
    ),
    FaultKind(
        id="cache_not_invalidated",
        category=STEP_MISSED,
        scope={"cache_generation": "stale"},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "prices",
                    0.45,
                    "PRICE_VERSION_STALE",
                    409,
                    "basket quotes revision older than catalogue head",
                    "quoted revision superseded",
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=_tickets_about("price_wrong", 0.12),
        ),
        cured_by=(_by_tool("purge_cache", area="catalog"), _by_tool("purge_cache", area="pricing")),
        harmed_by=(_by_tool("adjust_rate_limit"),),
        mistaken_for=("product_mapping_lost", "tax_shipping_not_migrated"),
    ),
    FaultKind(
        id="dns_tls_cutover",
        category=STEP_MISSED,
        scope={"dns_ttl": 86_400, "stage": "post_migration"},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "pages",
                    0.6,
                    "TLS_NAME_MISMATCH",
                    526,
                    "certificate presented for another shop name",
                    "handshake refused at edge",
                ),
                _fails_quietly("browse", 0.4),
            ),
            traffic=0.6,
            tickets=_tickets_about("storefront_down", 0.14),
        ),
        cured_by=_people_after(120),
        harmed_by=(_by_tool("purge_cache"),),
        mistaken_for=("platform_release_regression", "third_party_outage"),
    ),
    FaultKind(
        id="tax_shipping_not_migrated",
        category=STEP_MISSED,
        scope={"tax_profile": "legacy", "stage": "post_migration"},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "shipping_tax",
                    0.55,
                    "NO_RATE_FOR_ZONE",
                    422,
                    "zone table holds no rate row for {region}",
                    "quote empty: delivery zones undefined",
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=_tickets_about("shipping_tax_wrong", 0.12),
        ),
        cured_by=_people_after(90),
        harmed_by=(_by_tool("purge_cache"),),
        mistaken_for=("cache_not_invalidated", "checkout_script_regression"),
    ),
    FaultKind(
        id="product_mapping_lost",
        category=STEP_MISSED,
        scope={"product_mapping": "partial", "stage": ("in_progress", "post_migration")},
        effects=EffectSpec(
            errors=(
                _fails_at(
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
            tickets=_tickets_about("product_missing", 0.12),
        ),
        cured_by=_people_after(100),
        harmed_by=(_by_tool("purge_cache"),),
        mistaken_for=("cache_not_invalidated", "cart_session_lost"),
    ),
)

_CONFIGURATION: Final = (
    FaultKind(
        id="callback_not_https",
        category=SETTING_WRONG,
        scope={"callback_scheme": "http", "stage": "post_migration"},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "checkout",
                    0.8,
                    "PAYMENT_CALLBACK_INVALID",
                    400,
                    "gateway turned down plain text return address",
                    "return address lacks encryption",
                    pays_anyway=0.2,
                ),
            ),
            tickets=_tickets_about("checkout_failing", 0.12),
        ),
        cured_by=(_by_tool("update_callback_url", callback_scheme="https"),),
        harmed_by=(_by_tool("rotate_token"), _by_tool("update_callback_url", callback_scheme="http")),
        mistaken_for=("callback_host_changed", "third_party_outage"),
    ),
    FaultKind(
        id="webhook_secret_mismatch",
        category=SETTING_WRONG,
        scope={"webhook_secret_state": "previous"},
        effects=EffectSpec(
            errors=(
                _fails_at(
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
            tickets=_tickets_about("webhook_trouble", 0.1),
        ),
        cured_by=_people_after(60),
        harmed_by=(_by_tool("resubscribe_webhook"), _by_tool("rotate_token")),
        mistaken_for=("token_version_mismatch", "webhook_schema_change"),
    ),
    FaultKind(
        id="webhook_receiver_timeout",
        category=SETTING_WRONG,
        scope={"receiver_timeout_ms": 2_000},
        effects=EffectSpec(
            errors=(
                _fails_at(
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
            tickets=_tickets_about("webhook_trouble", 0.08),
        ),
        cured_by=_people_after(90),
        harmed_by=(_by_tool("resubscribe_webhook"), _by_tool("adjust_rate_limit")),
        mistaken_for=("order_service_drops_events", "webhook_v2_endpoint_gone"),
    ),
    FaultKind(
        id="token_scope_missing",
        category=SETTING_WRONG,
        scope={"token_scopes": "orders_only"},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "app_call",
                    0.8,
                    "SCOPE_NOT_GRANTED",
                    403,
                    "caller holds {token_scopes}, wider grant wanted",
                    "grant too narrow for this route",
                ),
                _fails_at(
                    "inventory_sync",
                    0.6,
                    "SCOPE_NOT_GRANTED",
                    403,
                    "stock route needs another grant",
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=_tickets_about("integration_refused", 0.04),
        ),
        cured_by=_people_after(75),
        harmed_by=(_by_tool("rotate_token"),),
        mistaken_for=("token_version_mismatch", "inventory_sync_over_limit"),
    ),
    FaultKind(
        id="inventory_sync_over_limit",
        category=SETTING_WRONG,
        scope={"sync_rate_per_minute": Between(above=60)},
        effects=EffectSpec(
            errors=(
                _fails_at(
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
            tickets=_tickets_about("stock_wrong", 0.04),
        ),
        cured_by=(_by_tool("adjust_rate_limit"),),
        harmed_by=(_by_tool("purge_cache"),),
        mistaken_for=("token_scope_missing", "platform_release_regression"),
    ),
    FaultKind(
        id="cors_origin_missing",
        category=SETTING_WRONG,
        scope={"cors_origin": "hosted_only", "stage": ("in_progress", "post_migration")},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "cart",
                    0.7,
                    "ORIGIN_NOT_LISTED",
                    403,
                    "browser preflight from unlisted shop front",
                    "front end host absent among permitted origins",
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=_tickets_about("cart_empty", 0.12),
        ),
        cured_by=_people_after(60),
        harmed_by=(_by_tool("update_callback_url"),),
        mistaken_for=("cart_session_lost", "token_version_mismatch"),
    ),
)

_REGRESSION: Final = (
    FaultKind(
        id="webhook_schema_change",
        category=RELEASE_BROKE,
        scope={"webhook_version": "v3", "sdk_version": ("3.4", "3.9")},
        effects=EffectSpec(
            errors=(
                _fails_at(
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
            tickets=_tickets_about("webhook_trouble", 0.1),
        ),
        cured_by=_people_after(150),
        harmed_by=(_by_tool("resubscribe_webhook"),),
        mistaken_for=("webhook_v2_endpoint_gone", "webhook_secret_mismatch"),
    ),
    FaultKind(
        id="cart_session_lost",
        category=RELEASE_BROKE,
        scope={"session_store": "sticky"},
        effects=EffectSpec(
            errors=(
                _fails_at(
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
            tickets=_tickets_about("cart_empty", 0.12),
        ),
        cured_by=_people_after(110),
        harmed_by=(_by_tool("purge_cache"), _by_tool("rotate_token")),
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
            tickets=_tickets_about("checkout_failing", 0.12),
        ),
        cured_by=_people_after(130),
        harmed_by=(_by_tool("purge_cache"),),
        mistaken_for=("callback_not_https", "platform_release_regression"),
    ),
    FaultKind(
        id="order_service_drops_events",
        category=RELEASE_BROKE,
        scope={"data_centre": "south"},
        effects=EffectSpec(
            errors=(_fails_quietly("order", 0.4, loses_order=True),), tickets=_tickets_about("order_missing", 0.1)
        ),
        cured_by=_people_after(140),
        harmed_by=(_by_tool("resubscribe_webhook"),),
        mistaken_for=("webhook_v2_endpoint_gone", "webhook_receiver_timeout"),
    ),
    FaultKind(
        id="platform_release_regression",
        category=RELEASE_BROKE,
        scope={"api_version": "v3"},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "checkout",
                    0.3,
                    "INTERNAL_FAULT",
                    500,
                    "unexpected null in quote assembler",
                    "worker died while assembling totals",
                ),
                _fails_at(
                    "shipping_tax",
                    0.15,
                    "INTERNAL_FAULT",
                    500,
                    "unexpected null in quote assembler",
                    slower=4.0,
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=_tickets_about("checkout_failing", 0.08),
        ),
        cured_by=_people_after(160),
        harmed_by=(_by_tool("purge_cache"), _by_tool("rotate_token")),
        mistaken_for=("checkout_script_regression", "third_party_outage"),
    ),
)

_OTHERS: Final = (
    FaultKind(
        id="third_party_outage",
        category="third_party",
        scope={"gateway": "adyen"},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "payment",
                    0.65,
                    "PROVIDER_UNAVAILABLE",
                    503,
                    "{gateway} gave no answer within patience",
                    "upstream acquirer {gateway} down",
                    slower=10.0,
                ),
            ),
            tickets=_tickets_about("checkout_failing", 0.1),
        ),
        cured_by=_people_after(200),
        harmed_by=(_by_tool("update_callback_url"), _by_tool("rotate_token")),
        mistaken_for=("callback_not_https", "platform_release_regression"),
    ),
    FaultKind(
        id="wrong_documentation",
        category="documentation_gap",
        scope={"token_age_days": Between(below=70)},
        effects=EffectSpec(
            errors=(
                _fails_at(
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
            tickets=_tickets_about("integration_refused", 0.08),
        ),
        cured_by=(_by_tool("propose_doc_update", minutes=180),),
        harmed_by=(_by_tool("rotate_token"),),
        mistaken_for=("token_scope_missing", "webhook_v2_endpoint_gone"),
    ),
)

_STRANGE: Final = (
    FaultKind(
        id="search_shard_behind",
        scope={"search_index": "green"},
        effects=EffectSpec(kpi={"conversion": 0.55}, tickets=_tickets_about("product_missing", 0.1)),
        cured_by=_people_after(120),
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
            tickets=_tickets_about("email_missing", 0.1),
        ),
        cured_by=_people_after(90),
        mistaken_for=("order_service_drops_events", "webhook_v2_endpoint_gone"),
    ),
    FaultKind(
        id="penny_rounding",
        scope={"currency": "GBP"},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "payment",
                    0.5,
                    "AMOUNT_DIFFERS",
                    422,
                    "sum of lines differs from total by one penny",
                    "capture refused, totals apart by 1",
                ),
            ),
            tickets=_tickets_about("checkout_failing", 0.1),
        ),
        cured_by=_people_after(150),
        harmed_by=(_by_tool("update_callback_url"),),
        mistaken_for=("tax_shipping_not_migrated", "third_party_outage"),
    ),
    FaultKind(
        id="clock_drift",
        scope={"data_centre": "north"},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "sign_in",
                    0.4,
                    "REQUEST_EXPIRED",
                    401,
                    "request stamped 412 s ahead of us",
                    "stamp outside tolerated skew",
                ),
            ),
            tickets=_tickets_about("sign_in_failing", 0.1),
        ),
        cured_by=_people_after(100),
        harmed_by=(_by_tool("rotate_token"),),
        mistaken_for=("token_version_mismatch", "token_scope_missing"),
    ),
    FaultKind(
        id="loyalty_recursion",
        scope={"plugin_loyalty": True},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "prices",
                    0.6,
                    "POINTS_LOOP",
                    508,
                    "points rule 7 calls rule 7",
                    slower=20.0,
                    severity=Severity.MEDIUM,
                ),
            ),
            tickets=_tickets_about("checkout_slow", 0.1),
        ),
        cured_by=_people_after(110),
        harmed_by=(_by_tool("purge_cache"),),
        mistaken_for=("cache_not_invalidated", "checkout_script_regression"),
    ),
    FaultKind(
        id="voucher_ledger_lock",
        scope={"plugin_gift_cards": True},
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "payment", 0.45, "LEDGER_LOCKED", 423, "voucher ledger row held by nightly job", pays_anyway=0.3
                ),
            ),
            tickets=_tickets_about("checkout_failing", 0.1),
        ),
        cured_by=_people_after(80),
        harmed_by=(_by_tool("rotate_token"),),
        mistaken_for=("third_party_outage", "callback_host_changed"),
    ),
    FaultKind(
        id="bot_wall",
        scope={"region": ("apac", "latam")},
        effects=EffectSpec(traffic=0.45, tickets=_tickets_about("storefront_down", 0.06)),
        cured_by=_people_after(140),
        mistaken_for=("dns_tls_cutover", "third_party_outage"),
    ),
    FaultKind(
        id="picture_store_slow",
        scope={"theme": "nova"},
        effects=EffectSpec(
            errors=(ErrorSpec(step="browse", share=0.8, signal="none", blocks=False, slower=15.0),),
            kpi={"conversion": 0.7},
            tickets=_tickets_about("checkout_slow", 0.08),
        ),
        cured_by=_people_after(120),
        mistaken_for=("checkout_script_regression", "platform_release_regression"),
    ),
    FaultKind(
        id="order_feed_mute",
        scope={"plugin_erp_sync": True},
        effects=EffectSpec(silence=(SignalType.WEBHOOK_DELIVERY,), tickets=_tickets_about("webhook_trouble", 0.05)),
        cured_by=_people_after(100),
        harmed_by=(_by_tool("resubscribe_webhook"),),
        mistaken_for=("webhook_v2_endpoint_gone", "webhook_receiver_timeout"),
    ),
)

_HARMLESS: Final = (
    DecoyKind(
        id="marketing_spike",
        effects=EffectSpec(traffic=2.6, kpi={"conversion": 0.6}, tickets=_tickets_about("stock_wrong", 0.004)),
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
                _fails_at(
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
            tickets=_tickets_about("product_missing", 0.03),
        ),
        tempts=("third_party_outage",),
        scope={"plugin_reviews": True},
    ),
    DecoyKind(
        id="loud_thumbnailer",
        effects=EffectSpec(
            errors=(
                _fails_at(
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
                _fails_at(
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
            tickets=_tickets_about("checkout_slow", 0.03),
        ),
        tempts=("platform_release_regression", "webhook_receiver_timeout"),
        scope={"region": ("us-east", "us-west")},
    ),
    DecoyKind(
        id="partner_app_noise",
        effects=EffectSpec(
            errors=(
                _fails_at(
                    "app_call",
                    0.6,
                    "RATE_LIMIT_EXCEEDED",
                    429,
                    "partner app polled too eagerly",
                    blocks=False,
                    severity=Severity.LOW,
                ),
            ),
            tickets=_tickets_about("integration_refused", 0.03),
        ),
        tempts=("inventory_sync_over_limit", "token_scope_missing"),
        scope={"plugin_loyalty": True},
    ),
)


def _by_id(kinds: Sequence[Kind]) -> Mapping[str, Kind]:
    return MappingProxyType({kind.id: kind for kind in kinds})


CATALOGUE: Final = _by_id((*_MIGRATION, *_CONFIGURATION, *_REGRESSION, *_OTHERS))
"""Every cause that people have a name for."""
UNCATALOGUED: Final = _by_id(_STRANGE)
"""Faults that nobody has met before: an honest agent says that it does not know."""
DECOYS: Final = _by_id(_HARMLESS)
"""What looks like trouble on a day when none is."""
