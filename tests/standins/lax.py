"""A shop that takes the same twice. A second effect of ours, which Shopify would refuse, shows there."""

from dataclasses import dataclass
from typing import Any

from tests.standins.shopify import Shopify


@dataclass
class LaxShopify(Shopify):
    """It never says that something is there already."""

    def _create(self, topic: str, uri: str) -> dict[str, Any]:
        made = {"id": f"gid://shopify/WebhookSubscription/{self.number()}", "topic": topic, "uri": uri}
        self.held[made["id"]] = made
        self.done.append(("created", uri))
        return {"webhookSubscription": made, "userErrors": []}

    def _delete(self, id: str) -> dict[str, Any]:
        gone, said = self.held.get(id), super()._delete(id)
        if gone:
            self.done[-1] = ("deleted", gone["uri"])
        return said
