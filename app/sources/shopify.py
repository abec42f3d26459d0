"""Shopify: orders, payments and refunds, and a shop that goes away.

The body alone is signed, so a delivery that comes again cannot be told from one that is replayed: it is kept once, by
its id. The header names may come with X- or without.
"""

from app.domain.base import Severity
from app.domain.signals import SignalType
from app.schemas.signals import IncomingSignal
from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid, build_signal
from app.sources.fields import Fields, minor_of, read_moment
from app.sources.proofs import Proof, base64_digest, require_header, require_match

NAME = "shopify"
WITHOUT_MINOR = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF", "UGX"})
"""Currencies whose amounts have no smaller unit."""
TOLD = {"app/uninstalled": Severity.HIGH, "shop/update": Severity.INFO, "themes/publish": Severity.INFO}
"""What is told as a line of the log."""


def _header(delivery: Delivery, name: str) -> str:
    return delivery.headers.get(f"x-shopify-{name}", delivery.headers.get(f"shopify-{name}", "")).strip()


def _recognise(delivery: Delivery) -> bool:
    return bool(_header(delivery, "topic") or _header(delivery, "hmac-sha256"))


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    given = _header(delivery, "hmac-sha256") or require_header(delivery.headers, "X-Shopify-Hmac-Sha256")
    require_match(base64_digest(secret, delivery.body), [given])
    return Proof()


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    said, topic = Fields(delivery.content), _header(delivery, "topic")
    if said.held and topic.startswith(("orders/", "order_transactions/", "refunds/")) and said.text("id"):
        return WhatWasSaid((_of_money(delivery, said, topic, settings),))
    if topic in TOLD:
        signal = build_signal(
            NAME,
            SignalType.LOG,
            event_id=_event_id(delivery),
            occurred_at=_moment(delivery, said),
            merchant=_header(delivery, "shop-domain"),
            severity=TOLD[topic],
            level=topic,
            message=f"{topic} {_header(delivery, 'shop-domain')}".strip(),
            settings=settings,
        )
        return WhatWasSaid((signal,))
    return WhatWasSaid(rest=(Leftover(delivery.content, topic),))


def _of_money(delivery: Delivery, said: Fields, topic: str, settings: SenderSettings) -> IncomingSignal:
    currency = said.text("currency") or ""
    digits = 0 if currency in WITHOUT_MINOR else 2
    attributes = {"topic": topic, "api_version": _header(delivery, "api-version"), "test": said.get("test")}
    if topic == "orders/create":
        return build_signal(
            NAME,
            SignalType.ORDER,
            event_id=_event_id(delivery),
            occurred_at=_moment(delivery, said),
            merchant=_header(delivery, "shop-domain"),
            order_id=said.text("id"),
            amount=minor_of(said.text("current_total_price") or said.text("total_price"), digits),
            currency=currency,
            status="created",
            attributes={**attributes, "financial_status": said.text("financial_status"), "name": said.text("name")},
            settings=settings,
        )
    if topic.startswith("orders/"):
        return _of_change(delivery, said, topic, settings)
    transactions = said.rows("transactions") if topic.startswith("refunds/") else [said]
    amounts = [minor_of(one.text("amount"), digits) for one in transactions]
    return build_signal(
        NAME,
        SignalType.PAYMENT,
        event_id=_event_id(delivery),
        occurred_at=_moment(delivery, said),
        merchant=_header(delivery, "shop-domain"),
        payment_id=said.text("parent_id")
        or (transactions[0].text("parent_id") if transactions else None)
        or said.text("id"),
        amount=sum(amount for amount in amounts if amount is not None) if any(amounts) else None,
        currency=currency or (transactions[0].text("currency") if transactions else None) or "",
        status="refunded" if topic.startswith("refunds/") or said.text("kind") == "refund" else _payment_state(said),
        severity=Severity.LOW if said.text("status") in {"failure", "error"} else Severity.INFO,
        attributes={
            **attributes,
            "order_id": said.text("order_id"),
            "gateway": said.text("gateway"),
            "error_code": said.text("error_code"),
        },
        settings=settings,
    )


def _of_change(delivery: Delivery, said: Fields, topic: str, settings: SenderSettings) -> IncomingSignal:
    """What becomes of an order later is no second order."""
    change = topic.removeprefix("orders/")
    return build_signal(
        NAME,
        SignalType.LOG,
        event_id=_event_id(delivery),
        occurred_at=_moment(delivery, said),
        merchant=_header(delivery, "shop-domain"),
        severity=Severity.LOW if change == "cancelled" else Severity.INFO,
        level=change,
        message=f"order {said.text('name') or said.text('id')} {change}",
        attributes={"topic": topic, "order_id": said.text("id"), "financial_status": said.text("financial_status")},
        settings=settings,
    )


def _payment_state(transaction: Fields) -> str | None:
    """Only a sale or a capture takes money; an authorisation holds it."""
    state = transaction.text("status")
    if state == "success" and transaction.text("kind") in {"authorization", "void"}:
        return transaction.text("kind")
    return {"failure": "failed", "error": "failed"}.get(state or "", state)


def _event_id(delivery: Delivery) -> str | None:
    return _header(delivery, "webhook-id") or _header(delivery, "event-id") or None


def _moment(delivery: Delivery, said: Fields) -> object:
    return read_moment(_header(delivery, "triggered-at")) or said.moment("updated_at") or said.moment("created_at")


SOURCE = WebhookSource(
    name=NAME,
    title="Shopify",
    proof="X-Shopify-Hmac-Sha256: HMAC-SHA256 over the body with the client secret of the app",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
