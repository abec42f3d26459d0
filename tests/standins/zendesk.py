"""Zendesk's tickets as far as notes go: one audit for each change, which keeps what the change said of itself."""

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from tests.standins.base import Asked, Said, StandIn

PATH = re.compile(r"/api/v2/tickets/(?P<ticket>\d+)(?P<audits>/audits)?\.json")


@dataclass
class Zendesk(StandIn):
    """One desk with one ticket."""

    secret: str = "ada@example.com/token:sEcReT-of-the-stand-in-8842"
    audits: list[dict[str, Any]] = field(default_factory=list)
    done: list[tuple[str, int]] = field(default_factory=list)

    def allows(self, asked: Asked) -> bool:
        wanted = base64.b64encode(self.secret.encode()).decode()
        return asked.headers.get("authorization") == f"Basic {wanted}"

    def refuse(self) -> Said:
        return Said(401, {"error": "Couldn't authenticate you"})

    def effects(self) -> list[dict[str, Any]]:
        return self.audits

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/api/v2/users/me.json":
            return Said(200, {"user": {"id": 7, "email": "ada@example.com"}})
        found = PATH.fullmatch(asked.path)
        if not found or found["ticket"] != "35436":
            return Said(404, {"error": "RecordNotFound", "description": "Not found"})
        if found["audits"]:
            return Said(200, {"audits": self.audits, "count": len(self.audits)})
        if asked.method != "PUT":
            return Said(200, {"ticket": {"id": 35436}})
        wanted = asked.body["ticket"]
        if wanted["comment"].get("public") is not False:
            return Said(422, {"error": "RecordInvalid", "description": "it would be seen by the customer"})
        audit = {"id": self.number(), "ticket_id": 35436, "metadata": {"custom": wanted.get("metadata"), "system": {}}}
        audit["events"] = [{"type": "Comment", "public": False, "body": wanted["comment"]["body"]}]
        self.audits.insert(0, audit)
        self.done.append(("created", audit["id"]))
        return Said(200, {"ticket": {"id": 35436, "status": "open"}, "audit": audit})
