"""BigCommerce's webhooks of one store: REST, v3, ids that are numbers."""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.standins.base import Asked, Said, StandIn

PATH = re.compile(r"/stores/(?P<store>[a-z0-9]+)/v3/hooks(?:/(?P<id>\d+))?")

STORES = ("abcde", "fghij")


@dataclass
class BigCommerce(StandIn):
    """Two stores, of which one may take no more hooks. `done` is every change they ever made."""

    full: str = ""
    held: dict[int, dict[str, Any]] = field(default_factory=dict)
    done: list[tuple[str, int]] = field(default_factory=list)

    def allows(self, asked: Asked) -> bool:
        return asked.headers.get("x-auth-token") == self.secret

    def refuse(self) -> Said:
        return Said(401, {"status": 401, "title": "Unauthorized"})

    def throttled(self) -> Said:
        return Said(429, {"status": 429, "title": "Too many requests"}, {"X-Rate-Limit-Time-Reset-Ms": "1500"})

    def effects(self) -> list[dict[str, Any]]:
        return list(self.held.values())

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/stores/abcde/v2/store":
            return Said(200, {"id": "abcde", "name": "First store"})
        found = PATH.fullmatch(asked.path)
        if not found or found["store"] not in STORES:
            return Said(404, {"status": 404, "title": "Not found"})
        if asked.method == "POST" and isinstance(asked.body, dict):
            return self._create(found["store"], asked.body)
        if asked.method == "GET":
            named = {name: asked.query[name] for name in ("scope", "destination") if name in asked.query}
            named["store_hash"] = found["store"]
            data = [one for one in self.held.values() if all(one[name] == value for name, value in named.items())]
            return Said(200, {"data": data, "meta": {"pagination": {"total": len(data)}}})
        number = int(found["id"] or 0)
        if asked.method == "DELETE" and number in self.held:
            self.done.append(("deleted", number))
            return Said(200, {"data": self.held.pop(number), "meta": {}})
        return Said(404, {"status": 404, "title": "Hook not found"})

    def _create(self, store: str, body: dict[str, Any]) -> Said:
        if not str(body.get("destination")).startswith("https://"):
            return Said(422, {"status": 422, "title": "The destination must be a secure address"})
        if store == self.full:
            return Said(422, {"status": 422, "title": "There are too many hooks"})
        wanted = (store, body.get("scope"), body.get("destination"))
        same = [one for one in self.held.values() if tuple(one[name] for name in KEYS) == wanted]
        if same:
            return Said(422, {"status": 422, "title": "A hook with this scope and destination already exists"})
        made = {"id": self.number(), "client_id": "c", "store_hash": store, **body}
        self.held[made["id"]] = made
        self.done.append(("created", made["id"]))
        return Said(200, {"data": made, "meta": {}})


KEYS = ("store_hash", "scope", "destination")
