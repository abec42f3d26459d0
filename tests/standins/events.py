"""A receiver of signed CloudEvents: it checks the signature as Standard Webhooks say, and keeps each id once."""

from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.standins.base import Asked, Said, StandIn


@dataclass
class Events(StandIn):
    """One address."""

    secret: str = "whsec_c0VjUmVULW9mLXRoZS1zdGFuZC1pbi04ODQy"
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: list[tuple[str, str]] = field(default_factory=list)

    def allows(self, asked: Asked) -> bool:
        try:
            Webhook(self.secret).verify(asked.raw, asked.headers)
        except WebhookVerificationError:
            return False
        return True

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
