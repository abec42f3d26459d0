"""Shopify's Admin API as far as webhook subscriptions go: GraphQL, 200 for nearly everything, words in userErrors."""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.standins.base import Asked, Said, StandIn

PATH = re.compile(r"/admin/api/20\d\d-(01|04|07|10)/graphql\.json")
TOPIC = re.compile(r"[A-Z]+(_[A-Z]+)+")
WRITES = ("webhookSubscriptionCreate", "webhookSubscriptionDelete")


@dataclass
class Shopify(StandIn):
    """One shop. `done` is every change it ever made, `held` what stands now."""

    held: dict[str, dict[str, str]] = field(default_factory=dict)
    done: list[tuple[str, str]] = field(default_factory=list)

    def allows(self, asked: Asked) -> bool:
        return asked.headers.get("x-shopify-access-token") == self.secret

    def refuse(self) -> Said:
        return Said(401, {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"})

    def throttled(self) -> Said:
        return Said(200, {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]})

    def writes(self, asked: Asked) -> bool:
        return isinstance(asked.body, dict) and any(word in str(asked.body.get("query")) for word in WRITES)

    def effects(self) -> list[dict[str, str]]:
        return list(self.held.values())

    def answer(self, asked: Asked) -> Said:
        if asked.method != "POST" or not PATH.fullmatch(asked.path) or not isinstance(asked.body, dict):
            return Said(404, {"errors": "Not Found"})
        query, variables = str(asked.body.get("query", "")), asked.body.get("variables") or {}
        if "webhookSubscriptionCreate" in query:
            return Said(200, {"data": {"webhookSubscriptionCreate": self._create(**variables)}})
        if "webhookSubscriptionDelete" in query:
            return Said(200, {"data": {"webhookSubscriptionDelete": self._delete(**variables)}})
        if "webhookSubscriptions" in query:
            nodes = [one for one in self.held.values() if one["topic"] in variables["topics"]]
            return Said(200, {"data": {"webhookSubscriptions": {"nodes": nodes}}})
        if "shop { name }" in query:
            return Said(200, {"data": {"shop": {"name": "First shop"}}})
        return Said(200, {"errors": [{"message": "syntax error, unexpected end of file"}]})

    def _create(self, topic: str, uri: str) -> dict[str, Any]:
        errors = []
        if not TOPIC.fullmatch(topic):
            errors.append({"field": ["topic"], "message": "Topic is invalid"})
        if not uri.startswith("https://"):
            errors.append({"field": ["webhookSubscription", "uri"], "message": "Address is not a valid URL"})
        if any((one["topic"], one["uri"]) == (topic, uri) for one in self.held.values()):
            said = "Address for this topic has already been taken"
            errors.append({"field": ["webhookSubscription", "uri"], "message": said})
        if errors:
            return {"webhookSubscription": None, "userErrors": errors}
        made = {"id": f"gid://shopify/WebhookSubscription/{self.number()}", "topic": topic, "uri": uri}
        self.held[made["id"]] = made
        self.done.append(("created", made["id"]))
        return {"webhookSubscription": made, "userErrors": []}

    def _delete(self, id: str) -> dict[str, Any]:
        if self.held.pop(id, None) is None:
            said = "Webhook subscription does not exist"
            return {"deletedWebhookSubscriptionId": None, "userErrors": [{"field": ["id"], "message": said}]}
        self.done.append(("deleted", id))
        return {"deletedWebhookSubscriptionId": id, "userErrors": []}
