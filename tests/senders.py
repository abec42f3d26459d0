"""How each sender signs, written from what it documents: doubles of the senders, not of the code that checks them."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

PAYLOADS = Path(__file__).parent / "contract" / "payloads"
Signer = Callable[[bytes, bytes, datetime], dict[str, str]]


@dataclass(frozen=True)
class Recorded:
    """What a sender once sent, by what it documents."""

    source: str
    headers: Mapping[str, str]
    content: Any

    @property
    def body(self) -> bytes:
        return json.dumps(self.content, separators=(",", ":"), ensure_ascii=False).encode()


def recorded(source: str) -> Recorded:
    held = json.loads((PAYLOADS / f"{source}.json").read_text("utf-8"))
    return Recorded(source, held["headers"], held["body"])


def digest(secret: bytes, message: bytes) -> bytes:
    return hmac.new(secret, message, hashlib.sha256).digest()


def seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


def bearer(secret: bytes, body: bytes, at: datetime) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret.decode()}"}


def grafana(secret: bytes, body: bytes, at: datetime) -> dict[str, str]:
    sent = seconds(at)
    return {
        "X-Grafana-Alerting-Timestamp": sent,
        "X-Grafana-Alerting-Signature": digest(secret, sent.encode() + b":" + body).hex(),
    }


def sentry(secret: bytes, body: bytes, at: datetime) -> dict[str, str]:
    return {"Sentry-Hook-Timestamp": seconds(at), "Sentry-Hook-Signature": digest(secret, body).hex()}


def pagerduty(secret: bytes, body: bytes, at: datetime) -> dict[str, str]:
    return {"X-PagerDuty-Signature": f"v1={'0' * 64},v1={digest(secret, body).hex()}"}


def zendesk(secret: bytes, body: bytes, at: datetime) -> dict[str, str]:
    sent = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "X-Zendesk-Webhook-Signature-Timestamp": sent,
        "X-Zendesk-Webhook-Signature": b64encode(digest(secret, sent.encode() + body)).decode(),
    }


def shopify(secret: bytes, body: bytes, at: datetime) -> dict[str, str]:
    return {"X-Shopify-Hmac-Sha256": b64encode(digest(secret, body)).decode()}


def standard(secret: bytes, body: bytes, at: datetime) -> dict[str, str]:
    sent = seconds(at)
    signature = b64encode(digest(secret, b".".join((b"msg_1", sent.encode(), body)))).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": sent, "webhook-signature": f"v1,{'A' * 43}= v1,{signature}"}


def stripe(secret: bytes, body: bytes, at: datetime) -> dict[str, str]:
    sent = seconds(at)
    return {"Stripe-Signature": f"t={sent},v1={digest(secret, sent.encode() + b'.' + body).hex()},v0=old"}


SIGNERS: Mapping[str, Signer] = {
    "alertmanager": bearer,
    "bigcommerce": standard,
    "cloudevents": bearer,
    "datadog": bearer,
    "grafana": grafana,
    "kubernetes": bearer,
    "otlp": bearer,
    "other": bearer,
    "pagerduty": pagerduty,
    "sentry": sentry,
    "shopify": shopify,
    "stripe": stripe,
    "zendesk": zendesk,
}
SIGN_BODIES = ("bigcommerce", "grafana", "pagerduty", "sentry", "shopify", "stripe", "zendesk")
"""Whose signature covers the bytes; the others send the secret itself."""
SIGN_TIMES = ("bigcommerce", "grafana", "stripe", "zendesk")
"""Whose signature covers a time, so that a replay is told from a second try."""
SEND_TIMES = (*SIGN_TIMES, "sentry")
