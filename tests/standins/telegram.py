"""Telegram's bot API as far as messages go: the token stands in the path, and the same message twice is two."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.standins.base import Asked, Said, StandIn


@dataclass
class Telegram(StandIn):
    """One chat."""

    secret: str = "8842:AAE-sEcReT-of-the-stand-in"
    chat: str = "-1001234567890"
    messages: list[dict[str, Any]] = field(default_factory=list)

    def allows(self, asked: Asked) -> bool:
        return unquote(asked.path).startswith(f"/bot{self.secret}/")

    def refuse(self) -> Said:
        return Said(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})

    def throttled(self) -> Said:
        told = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 2"}
        return Said(429, {**told, "parameters": {"retry_after": 2}})

    def effects(self) -> list[dict[str, Any]]:
        return self.messages

    def answer(self, asked: Asked) -> Said:
        method = asked.path.rpartition("/")[2]
        if method == "getMe":
            return Said(200, {"ok": True, "result": {"id": 8842, "is_bot": True}})
        if method != "sendMessage":
            return Said(404, {"ok": False, "error_code": 404, "description": "Not Found"})
        if asked.body["chat_id"] != self.chat:
            return Said(400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"})
        made = {"message_id": self.number(), "chat": {"id": self.chat}, "text": asked.body["text"]}
        self.messages.append(made)
        return Said(200, {"ok": True, "result": made})
