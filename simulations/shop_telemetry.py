"""What the platform reports about itself: the signals of any interval, computed from the state and nothing else.

Each minute of each merchant draws from its own named stream, so an interval gives the same signals however it is cut, and asking
again gives the same ids. What a shopper lives through depends on the settings as they stood at that very moment.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from app.domain.base import Severity, Stage
from app.domain.signals import Signal, SignalType, signal_id
from simulations.chance import Draws
from simulations.shop import MerchantShop, Settings, ShopState
from simulations.shop_wording import QUIET_MATTERS, complaint

MINUTE: Final = timedelta(minutes=1)
KPI_MINUTES: Final = 5
TICKET_DELAY_MINUTES: Final = 7
"""How long people wait before they write; tickets therefore outlive the fault by as much."""


class Hurt(StrEnum):
    """What a shopper or a merchant notices. Symptoms, not causes."""

    PAYMENT_STEP = "payment_step"
    ORDER_MISSING = "order_missing"
    SIGN_IN = "sign_in"
    STOCK = "stock"
    PRICE = "price"


class Odds:
    """How often things happen. A fault's odds are those of one checkout while the fault is there."""

    CALLBACK_REFUSED: Final = 0.85
    PAID_ANYWAY: Final = 0.25
    WEBHOOK_LOST: Final = 0.9
    TOKEN_REFUSED: Final = 0.7
    PRICE_CONFLICT: Final = 0.6
    PRICE_LOGGED: Final = 0.3
    DECLINED: Final = 0.03
    WRITES_A_TICKET: Final = 0.12
    SYNC_COMPLAINT_PER_MINUTE: Final = 0.015
    QUIET_TICKET_PER_MINUTE: Final = 0.002
    HICCUP_PER_MINUTE: Final = 0.004
    SYNC_CALLS_PER_MINUTE: Final = 0.9


def callback_refused(merchant: MerchantShop, settings: Settings) -> bool:
    """After cutover, gateways refuse to call back without encryption."""
    return merchant.stage is Stage.POST and settings.callback_scheme == "http"


def webhooks_lost(merchant: MerchantShop, settings: Settings) -> bool:
    """After cutover, nobody listens at the second version's address."""
    return merchant.stage is Stage.POST and settings.webhook_version == "v2"


def token_refused(merchant: MerchantShop, settings: Settings) -> bool:
    """A token of the old version opens no door of the new interface."""
    return merchant.api_version == "v3" and settings.token_version == "v2"  # noqa: S105


def sync_excess(settings: Settings) -> float:
    """The share of inventory calls above what the plan allows."""
    return max(0.0, 1.0 - settings.sync_limit_per_minute / max(settings.sync_rate_per_minute, 1))


class Checkout(NamedTuple):
    """One shopper's attempt to buy, and what happened to it."""

    id: str
    at: datetime
    amount: int
    sound: bool
    hurts: tuple[Hurt, ...]
    paid: bool
    product: str


class _View:
    """One merchant in one minute: names things, and makes signals that belong to it."""

    def __init__(self, tenant_id: str, seed: int, merchant: MerchantShop, minute: int) -> None:
        self.tenant_id, self.seed, self.merchant, self.minute = tenant_id, seed, merchant, minute
        self.start = datetime.fromtimestamp(minute * 60, UTC)
        self.settings = merchant.settings_at(self.start)

    def draws(self, *key: str | int) -> Draws:
        """A stream of this merchant and minute."""
        return Draws(self.seed, self.merchant.id, self.minute, *key)

    def within(self, seconds: float) -> datetime:
        """A moment of this minute."""
        return self.start + timedelta(milliseconds=int(min(seconds, 59.9) * 1000))

    def after(self, at: datetime, seconds: float) -> datetime:
        """A moment soon after another, still in this minute."""
        return min(at + timedelta(milliseconds=int(seconds * 1000)), self.within(59.9))

    def earlier(self, minutes: int) -> "_View":
        """The same merchant some minutes before."""
        return _View(self.tenant_id, self.seed, self.merchant, self.minute - minutes)

    def named(self, prefix: str, *key: str | int) -> str:
        """A reference number as the platform gives them out."""
        return f"{prefix}-{int(self.draws('name', prefix, *key).uniform() * 16**10):010X}"

    def signal(self, kind: SignalType, source: str, at: datetime, severity: Severity, *key: str | int, **fields: Any) -> Signal:
        """A signal of this merchant; its identity is where it stands in the seeded world, never its content."""
        identity = ["shop", self.seed, self.merchant.id, self.minute, kind.value, *key]
        common = {"id": signal_id(self.tenant_id, identity), "signal_type": kind, "source": source, "severity": severity}
        place = {"merchant_id": self.merchant.id, "stage": self.merchant.stage, "occurred_at": at, "received_at": at}
        return Signal.model_validate({**common, **place, **fields})

    def path(self, rest: str) -> str:
        """An address of the interface this merchant uses."""
        return f"/api/{self.merchant.api_version}/{rest}"


def signals_between(state: ShopState, tenant_id: str, since: datetime, until: datetime, seed: int) -> list[Signal]:
    """Every signal with since <= occurred_at < until, by (occurred_at, id)."""
    first, last = int(since.timestamp() // 60), int(-(-until.timestamp() // 60))
    minutes = ((merchant, minute) for merchant in state.merchants.values() for minute in range(first, last))
    found = (signal for merchant, minute in minutes for signal in _of_minute(_View(tenant_id, seed, merchant, minute)))
    return sorted((signal for signal in found if since <= signal.occurred_at < until), key=lambda signal: (signal.occurred_at, signal.id))


def _of_minute(view: _View) -> Iterator[Signal]:
    for number, checkout in enumerate(_checkouts(view)):
        yield from _checkout_signals(view, number, checkout)
    yield from _sync_signals(view)
    yield from _hiccups(view)
    yield from _tickets(view)
    if view.minute % KPI_MINUTES == 0:
        yield from _kpi(view)


# --- what shoppers live through ----------------------------------------------------------------------------------------


def _checkouts(view: _View) -> list[Checkout]:
    arrivals = view.draws("arrivals").poisson(view.merchant.checkouts_per_hour / 60)
    return [_checkout(view, number) for number in range(arrivals)]


def _checkout(view: _View, number: int) -> Checkout:
    draws = view.draws("checkout", number)
    at = view.within(draws.between(0.5, 50.0))
    amount = max(100, round(draws.skewed(view.merchant.average_order_value, 0.35)))
    product, declined = draws.choice(view.merchant.catalogue), draws.happens(Odds.DECLINED)
    hurts = _hurts(view.merchant, view.merchant.settings_at(at), draws)
    blocked = Hurt.SIGN_IN in hurts or Hurt.PAYMENT_STEP in hurts
    paid_anyway = Hurt.PAYMENT_STEP in hurts and draws.happens(Odds.PAID_ANYWAY)
    sound = not blocked and not declined
    return Checkout(view.named("CHK", number), at, amount, sound, hurts, sound or paid_anyway, product)


def _hurts(merchant: MerchantShop, settings: Settings, draws: Draws) -> tuple[Hurt, ...]:
    """What goes wrong for one shopper, in the order of the way to a purchase: the first obstacle ends it."""
    price, token, callback, webhook = (draws.uniform() for _ in range(4))
    hurts = [Hurt.PRICE] if settings.cache_generation == "stale" and price < _strained(Odds.PRICE_CONFLICT, settings) else []
    if token_refused(merchant, settings) and token < _strained(Odds.TOKEN_REFUSED, settings):
        return (*hurts, Hurt.SIGN_IN)
    if callback_refused(merchant, settings) and callback < _strained(Odds.CALLBACK_REFUSED, settings):
        return (*hurts, Hurt.PAYMENT_STEP)
    if webhooks_lost(merchant, settings) and webhook < _strained(Odds.WEBHOOK_LOST, settings):
        return (*hurts, Hurt.ORDER_MISSING)
    return tuple(hurts)


def _strained(odds: float, settings: Settings) -> float:
    return 1.0 - (1.0 - odds) / settings.strain


# --- what the platform reports of them ---------------------------------------------------------------------------------


def _checkout_signals(view: _View, number: int, checkout: Checkout) -> Iterator[Signal]:
    if Hurt.PRICE in checkout.hurts:
        yield from _price_conflict(view, number, checkout)
    if Hurt.SIGN_IN in checkout.hurts:
        yield from _token_refused(view, number, checkout)
        return
    if Hurt.PAYMENT_STEP in checkout.hurts:
        yield from _callback_refused(view, number, checkout)
    else:
        at, latency = view.after(checkout.at, 1.5), round(view.draws("latency", number).skewed(240.0, 0.4), 1)
        fields = {"endpoint": view.path("checkout/complete"), "status": 200, "latency_ms": latency}
        yield view.signal(SignalType.API_CALL, "api-gateway", at, Severity.INFO, number, **fields)
    yield from _money(view, number, checkout)


def _money(view: _View, number: int, checkout: Checkout) -> Iterator[Signal]:
    blocked = Hurt.PAYMENT_STEP in checkout.hurts
    if blocked and not checkout.paid:
        return
    payment_id, sums = view.named("PAY", number), {"amount": checkout.amount, "currency": view.merchant.currency}
    status = "captured" if checkout.paid else "declined"
    at = view.after(checkout.at, 0.7)
    yield view.signal(SignalType.PAYMENT, "payments", at, Severity.INFO, number, payment_id=payment_id, status=status, **sums)
    if not checkout.sound:
        return
    if Hurt.ORDER_MISSING in checkout.hurts:
        yield from _webhook_lost(view, number, checkout)
        return
    at, order_id = view.after(checkout.at, 2.2), view.named("ORD", number)
    yield view.signal(SignalType.ORDER, "orders", at, Severity.INFO, number, order_id=order_id, payment_id=payment_id, status="created", **sums)
    endpoint = f"/webhooks/{view.settings.webhook_version}/orders/created"
    fields: dict[str, Any] = {"topic": "orders/created", "endpoint": endpoint, "status": 200, "attempt": 1}
    yield view.signal(SignalType.WEBHOOK_DELIVERY, "webhook-dispatcher", view.after(checkout.at, 3.0), Severity.INFO, number, **fields)


CALLBACK_MESSAGES: Final = (
    "Payment callback URL validation failed: scheme must be https",
    "Callback rejected by gateway: insecure scheme http is not permitted",
    "Refusing to register return address of the payment: TLS required",
)
TOKEN_MESSAGES: Final = (
    "Access token was issued for interface version 2, this endpoint expects version 3",
    "Token version mismatch: presented v2, required v3",
)
PRICE_MESSAGES: Final = (
    "Price in basket differs from catalogue: cached revision is behind",
    "Catalogue revision of the cached price is older than the published one",
)


def _callback_refused(view: _View, number: int, checkout: Checkout) -> Iterator[Signal]:
    draws = view.draws("callback", number)
    place = "payments/callback" if draws.happens(0.2) else "checkout/complete"
    fields = {"error_code": "PAYMENT_CALLBACK_INVALID", "endpoint": view.path(place), "status": 400, "error_message": draws.choice(CALLBACK_MESSAGES)}
    yield from _repeated(view, SignalType.API_ERROR, "api-gateway", Severity.HIGH, checkout, "callback", number, fields)


def _token_refused(view: _View, number: int, checkout: Checkout) -> Iterator[Signal]:
    message = view.draws("token", number).choice(TOKEN_MESSAGES)
    fields = {"error_code": "AUTH_TOKEN_VERSION_MISMATCH", "endpoint": view.path("auth/token"), "status": 401, "error_message": message}
    yield from _repeated(view, SignalType.API_ERROR, "api-gateway", Severity.HIGH, checkout, "token", number, fields)


def _price_conflict(view: _View, number: int, checkout: Checkout) -> Iterator[Signal]:
    draws = view.draws("price", number)
    fields = {
        "error_code": "PRICE_VERSION_STALE",
        "endpoint": view.path("catalog/prices"),
        "status": 409,
        "error_message": draws.choice(PRICE_MESSAGES),
    }
    yield from _repeated(view, SignalType.API_ERROR, "storefront", Severity.MEDIUM, checkout, "price", number, fields)
    if draws.happens(Odds.PRICE_LOGGED):
        message = f"served cached price of '{checkout.product}' although a newer revision is published"
        yield view.signal(SignalType.LOG, "storefront", checkout.at, Severity.LOW, number, level="warning", message=message)


def _webhook_lost(view: _View, number: int, checkout: Checkout) -> Iterator[Signal]:
    topic = "orders/paid" if view.draws("webhook", number).happens(0.25) else "orders/created"
    message = f"Receiver answered 404: no route for /webhooks/v2/{topic}"
    fields = {
        "error_code": "WEBHOOK_ENDPOINT_NOT_FOUND",
        "topic": topic,
        "endpoint": f"/webhooks/v2/{topic}",
        "status": 404,
        "error_message": message,
    }
    yield from _repeated(view, SignalType.WEBHOOK_FAILURE, "webhook-dispatcher", Severity.HIGH, checkout, "webhook", number, fields)


def _repeated(
    view: _View, kind: SignalType, source: str, severity: Severity, checkout: Checkout, name: str, number: int, fields: dict[str, Any]
) -> Iterator[Signal]:
    """One failure, reported as often as the merchant's strain makes systems try again."""
    for attempt in range(1, view.merchant.settings_at(checkout.at).strain + 1):
        at = view.after(checkout.at, 1.0 + 0.4 * attempt)
        extra: dict[str, Any] = {"attempt": attempt} if kind is SignalType.WEBHOOK_FAILURE else {}
        attributes = {"checkout_id": checkout.id}
        yield view.signal(kind, source, at, severity, name, number, attempt, **fields, **extra, attributes=attributes)


# --- what happens without shoppers -------------------------------------------------------------------------------------


def _sync_signals(view: _View) -> Iterator[Signal]:
    """A sample of the inventory calls: those above the plan's limit are refused."""
    draws = view.draws("sync")
    for number in range(draws.poisson(Odds.SYNC_CALLS_PER_MINUTE)):
        at, chance = view.within(draws.between(0.0, 59.0)), draws.uniform()
        settings = view.merchant.settings_at(at)
        if chance >= sync_excess(settings):
            fields = {"endpoint": view.path("inventory/sync"), "status": 200, "latency_ms": round(40 + 80 * chance, 1)}
            yield view.signal(SignalType.API_CALL, "api-gateway", at, Severity.INFO, "sync", number, **fields)
            continue
        for attempt in range(1, settings.strain + 1):
            yield _sync_refused(view, view.after(at, 0.3 * attempt), number, attempt, settings)


def _sync_refused(view: _View, at: datetime, number: int, attempt: int, settings: Settings) -> Signal:
    message = f"Too many requests: {settings.sync_rate_per_minute} per minute, plan allows {settings.sync_limit_per_minute}"
    fields = {"error_code": "RATE_LIMIT_EXCEEDED", "endpoint": view.path("inventory/sync"), "status": 429, "error_message": message}
    return view.signal(SignalType.API_ERROR, "api-gateway", at, Severity.MEDIUM, "sync", number, attempt, **fields)


def _hiccups(view: _View) -> Iterator[Signal]:
    """The noise every platform has: a search that took too long."""
    draws = view.draws("hiccup")
    if draws.happens(Odds.HICCUP_PER_MINUTE):
        fields = {"endpoint": view.path("catalog/search"), "status": 504, "error_message": "Upstream timed out"}
        yield view.signal(SignalType.API_ERROR, "api-gateway", view.within(draws.between(0, 59)), Severity.LOW, "hiccup", **fields)


def _kpi(view: _View) -> Iterator[Signal]:
    """The share of checkouts of the last minutes that the shopper could finish; nothing is said about nothing."""
    recent = [checkout for back in range(1, KPI_MINUTES + 1) for checkout in _checkouts(view.earlier(back))]
    if not recent:
        return
    value = round(sum(checkout.sound for checkout in recent) / len(recent), 4)
    fields = {"name": "checkout_success", "value": value, "trials": len(recent), "window_s": KPI_MINUTES * 60}
    yield view.signal(SignalType.KPI, "metrics", view.start, Severity.INFO, "checkout_success", **fields)


def _tickets(view: _View) -> Iterator[Signal]:
    """What people write: some of those who were hurt a while ago, and a few with quite other matters."""
    draws, then = view.draws("tickets"), view.earlier(TICKET_DELAY_MINUTES)
    if draws.happens(Odds.QUIET_TICKET_PER_MINUTE):
        yield _ticket(view, draws, "quiet", draws.choice(QUIET_MATTERS), Severity.LOW)
    if not view.merchant.writes_tickets:
        return
    for number, checkout in enumerate(_checkouts(then)):
        if checkout.hurts and draws.happens(Odds.WRITES_A_TICKET):
            words = complaint(checkout.hurts[-1].value, view.merchant.language, checkout.product, draws)
            yield _ticket(view, draws, number, words, Severity.MEDIUM)
    if sync_excess(then.settings) > 0 and draws.happens(Odds.SYNC_COMPLAINT_PER_MINUTE):
        words = complaint(Hurt.STOCK.value, view.merchant.language, draws.choice(view.merchant.catalogue), draws)
        yield _ticket(view, draws, "sync", words, Severity.MEDIUM)


def _ticket(view: _View, draws: Draws, key: str | int, words: tuple[str, str], severity: Severity) -> Signal:
    names = {"ticket_id": view.named("TCK", key), "customer_id": view.named("CUS", key), "channel": draws.choice(("email", "chat", "form"))}
    at = view.within(draws.between(0.0, 59.0))
    return view.signal(SignalType.TICKET, "helpdesk", at, severity, key, subject=words[0], body=words[1], **names)
