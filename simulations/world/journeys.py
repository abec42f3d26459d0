"""What people and programs do on a platform: the steps of a journey to an order, and the jobs that run without anybody
looking.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from app.domain.base import Severity

Role = Literal["call", "payment", "order", "webhook", "notice"]
"""What a step leaves behind: a call, money, an order, a delivery to the merchant's own systems, or word to a person."""


class Step(NamedTuple):
    """One step: where it happens, how long it usually takes, and how much of it is reported on a good day."""

    name: str
    endpoint: str
    source: str = "api-gateway"
    role: Role = "call"
    told: float = 0.2
    latency_ms: float = 120.0
    topic: str | None = None
    a_day: float = 0.0


class Stray(NamedTuple):
    """A stray error that nobody has to look into: at which step, where a shopper or a job may meet it, or on the way to
    some other page.
    """

    step: str
    endpoint: str
    status: int
    code: str
    message: str
    severity: Severity = Severity.LOW


class Ways(NamedTuple):
    """The steps of one domain, its stray errors, and its words for what it measures."""

    journey: tuple[Step, ...]
    background: tuple[Step, ...]
    finish: str
    success: str
    strays: tuple[Stray, ...]


_SHOP_JOURNEY: Final = (
    Step("browse", "/storefront/{api_version}/products", "storefront", told=0.15, latency_ms=90),
    Step("cart", "/api/{api_version}/carts", "storefront", told=0.15, latency_ms=70),
    Step("sign_in", "/api/{api_version}/auth/token", told=0.25, latency_ms=110),
    Step("prices", "/api/{api_version}/catalog/prices", told=0.15, latency_ms=60),
    Step("shipping_tax", "/api/{api_version}/checkout/quotes", told=0.2, latency_ms=180),
    Step("checkout", "/api/{api_version}/checkout/complete", told=1.0, latency_ms=240),
    Step("payment", "/api/{api_version}/payments/callback", "payments", role="payment", told=0.2, latency_ms=420),
    Step("order", "/api/{api_version}/orders", "orders", role="order", told=0.15, latency_ms=130),
    Step(
        "webhook",
        "/webhooks/{webhook_version}/orders/created",
        "webhook-dispatcher",
        role="webhook",
        told=1.0,
        topic="orders/created",
    ),
    Step("email", "/notifications/order-confirmation", "mailer", role="notice", told=0.1),
)
_SHOP_BACKGROUND: Final = (
    Step("inventory_sync", "/api/{api_version}/inventory/sync", latency_ms=80, a_day=24),
    Step("webhook_check", "/webhooks/{webhook_version}/subscriptions", "webhook-dispatcher", latency_ms=90, a_day=6),
    Step("pages", "/storefront/pages", "storefront", latency_ms=140, a_day=14),
    Step("app_call", "/api/{api_version}/apps/orders", latency_ms=100, a_day=12),
)
_DESK_JOURNEY: Final = (
    Step("enter", "/portal/{api_version}/home", "portal", told=0.15, latency_ms=90),
    Step("sign_in", "/api/{api_version}/auth/token", told=0.25, latency_ms=110),
    Step("search", "/api/{api_version}/search", told=0.15, latency_ms=150),
    Step("request", "/api/{api_version}/requests", told=0.4, latency_ms=160),
    Step("submit", "/api/{api_version}/requests/submit", told=1.0, latency_ms=260),
    Step(
        "webhook",
        "/webhooks/{webhook_version}/requests/created",
        "webhook-dispatcher",
        role="webhook",
        told=1.0,
        topic="requests/created",
    ),
    Step("email", "/notifications/request-confirmation", "mailer", role="notice", told=0.1),
)
_DESK_BACKGROUND: Final = (
    Step("sync", "/api/{api_version}/records/sync", latency_ms=80, a_day=24),
    Step("webhook_check", "/webhooks/{webhook_version}/subscriptions", "webhook-dispatcher", latency_ms=90, a_day=6),
    Step("pages", "/portal/pages", "portal", latency_ms=140, a_day=14),
    Step("app_call", "/api/{api_version}/apps/requests", latency_ms=100, a_day=12),
)
_LENDING_JOURNEY: Final = (
    Step("enter", "/opac/{api_version}/home", "opac", told=0.15, latency_ms=90),
    Step("search", "/opac/{api_version}/search", "opac", told=0.2, latency_ms=150),
    Step("card", "/api/{api_version}/patrons/sessions", told=0.25, latency_ms=110),
    Step("copies", "/api/{api_version}/copies/availability", told=0.2, latency_ms=70),
    Step("reserve", "/api/{api_version}/holds", told=1.0, latency_ms=210),
    Step(
        "webhook",
        "/webhooks/{webhook_version}/holds/placed",
        "webhook-dispatcher",
        role="webhook",
        told=1.0,
        topic="holds/placed",
    ),
    Step("email", "/notifications/hold-slip", "mailer", role="notice", told=0.1),
)
_LENDING_BACKGROUND: Final = (
    Step("kiosk", "/api/{api_version}/kiosk/loans", "kiosk-gateway", latency_ms=100, a_day=36),
    Step("returns", "/api/{api_version}/returns/sorted", latency_ms=80, a_day=18),
    Step("webhook_check", "/webhooks/{webhook_version}/subscriptions", "webhook-dispatcher", latency_ms=90, a_day=6),
    Step("pages", "/opac/pages", "opac", latency_ms=140, a_day=10),
)

_SHOP_STRAYS: Final = (
    Stray("browse", "/api/{api_version}/catalog/search", 504, "", "search took too long, gave up"),
    Stray("browse", "/api/{api_version}/catalog/search", 500, "", "search worker restarted"),
    Stray("pages", "/storefront/assets", 404, "", "asset gone", Severity.INFO),
    Stray("sign_in", "/api/{api_version}/customers", 422, "FIELD_INVALID", "postcode has a letter too many"),
    Stray("cart", "/api/{api_version}/carts", 409, "", "two tabs changed one cart"),
    Stray("sign_in", "/api/{api_version}/auth/token", 401, "", "unknown client knocked"),
    Stray("inventory_sync", "/api/{api_version}/inventory/sync", 429, "RATE_LIMIT_EXCEEDED", "one burst trimmed"),
    Stray("app_call", "/api/{api_version}/media", 413, "", "picture too large", Severity.INFO),
    Stray("order", "/api/{api_version}/orders", 503, "", "try again shortly"),
)
_DESK_STRAYS: Final = (
    Stray("search", "/api/{api_version}/search", 504, "", "search took too long, gave up"),
    Stray("pages", "/portal/assets", 404, "", "asset gone", Severity.INFO),
    Stray("request", "/api/{api_version}/requests", 422, "FIELD_INVALID", "postcode has a letter too many"),
    Stray("request", "/api/{api_version}/requests", 409, "", "two tabs changed one request"),
    Stray("sign_in", "/api/{api_version}/auth/token", 401, "", "unknown client knocked"),
    Stray("sync", "/api/{api_version}/records/sync", 429, "RATE_LIMIT_EXCEEDED", "one burst trimmed"),
    Stray("submit", "/api/{api_version}/requests/submit", 503, "", "try again shortly"),
)
_LENDING_STRAYS: Final = (
    Stray("search", "/opac/{api_version}/search", 504, "", "subject index was slow, gave up"),
    Stray("pages", "/opac/assets", 404, "", "cover picture gone", Severity.INFO),
    Stray("card", "/api/{api_version}/patrons", 422, "FIELD_INVALID", "birthday lies in the future"),
    Stray("reserve", "/api/{api_version}/holds", 409, "", "reader asked twice for one volume"),
    Stray("card", "/api/{api_version}/patrons/sessions", 401, "", "wrong pin typed"),
    Stray("kiosk", "/api/{api_version}/kiosk/loans", 408, "", "reader walked away from the machine", Severity.INFO),
    Stray("returns", "/api/{api_version}/returns/sorted", 503, "", "belt paused, try shortly"),
)

SHOP: Final = Ways(_SHOP_JOURNEY, _SHOP_BACKGROUND, "conversion", "checkout_success", _SHOP_STRAYS)
DESK: Final = Ways(_DESK_JOURNEY, _DESK_BACKGROUND, "completion", "submit_success", _DESK_STRAYS)
"""A platform on which people ask for something and nobody pays."""
LENDING: Final = Ways(_LENDING_JOURNEY, _LENDING_BACKGROUND, "borrowing", "hold_success", _LENDING_STRAYS)
"""Libraries: readers look for a title and have a copy put aside; machines lend and take back."""
_WAYS: Final[Mapping[str, Ways]] = {"commerce": SHOP, "lending": LENDING}


def ways_of(domain: str) -> Ways:
    """The steps of a domain; one that is no shop is a desk at which people ask for things."""
    return _WAYS.get(domain, DESK)


def steps_of(domain: str) -> tuple[str, ...]:
    """The names of a domain's steps."""
    ways = ways_of(domain)
    return tuple(step.name for step in (*ways.journey, *ways.background))
