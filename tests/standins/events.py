"""A receiver of signed CloudEvents: it checks the signature as Standard Webhooks say, and keeps each id once."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from tests.standins.base import Asked, Said, StandIn


@dataclass
class Events(StandIn):
    """One address."""

    secret: str = "whsec_c0VjUmVULW9mLXRoZS1zdGFuZC1pbi04ODQy"
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: list[tuple[str, str]] = field(default_factory=list)

    def allows(self, asked: Asked) -> bool:
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        name, stamp = asked.headers.get("webhook-id", ""), asked.headers.get("webhook-timestamp", "")
        signed = hmac.new(key, f"{name}.{stamp}.".encode() + asked.raw, hashlib.sha256).digest()
        return asked.headers.get("webhook-signature") == f"v1,{base64.b64encode(signed).decode()}"

    def refuse(self) -> Said:
        return Said(401, {"error": "the signature is wrong"})

    def effects(self) -> list[dict[str, Any]]:
        return list(self.kept.values())

    def answer(self, asked: Asked) -> Said:
        event = asked.body
        if asked.path != "/causeway/incidents" or event.get("specversion") != "1.0":
            return Said(404, {"error": "not here"})
        if asked.headers["content-type"] != "application/cloudevents+json":
            return Said(415, {"error": "no event"})
        if event["id"] not in self.kept:
            self.kept[event["id"]] = event
            self.done.append(("created", event["id"]))
        return Said(202)
