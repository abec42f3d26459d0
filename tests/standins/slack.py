"""Slack's web API as far as messages go: 200 for everything, and `ok` that says how it went."""

from dataclasses import dataclass, field
from typing import Any

from tests.standins.base import Asked, Said, StandIn


@dataclass
class Slack(StandIn):
    """One channel."""

    channel: str = "C0123456789"
    messages: list[dict[str, Any]] = field(default_factory=list)
    done: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self) -> Said:
        return Said(200, {"ok": False, "error": "invalid_auth"})

    def throttled(self) -> Said:
        return Said(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "2"})

    def effects(self) -> list[dict[str, Any]]:
        return self.messages

    def answer(self, asked: Asked) -> Said:
        said = asked.body if isinstance(asked.body, dict) else asked.query
        if asked.path == "/api/auth.test":
            return Said(200, {"ok": True, "team": "First team"})
        if said.get("channel") != self.channel:
            return Said(200, {"ok": False, "error": "channel_not_found"})
        if asked.path == "/api/chat.postMessage":
            made = {"type": "message", "ts": f"1700000000.{self.number():06d}", "text": said["text"]}
            self.messages.insert(0, made | {"metadata": said.get("metadata")})
            self.done.append(("created", made["ts"]))
            return Said(200, {"ok": True, "channel": self.channel, "ts": made["ts"], "message": made})
        if asked.path == "/api/conversations.history":
            latest, oldest = said.get("latest"), said.get("oldest")
            found = [one for one in self.messages if latest is None or oldest <= one["ts"] <= latest]
            return Said(200, {"ok": True, "messages": found[: int(said["limit"])], "has_more": False})
        if asked.path == "/api/chat.delete":
            kept = [one for one in self.messages if one["ts"] != said["ts"]]
            if len(kept) == len(self.messages):
                return Said(200, {"ok": False, "error": "message_not_found"})
            self.messages[:] = kept
            self.done.append(("deleted", said["ts"]))
            return Said(200, {"ok": True, "channel": self.channel, "ts": said["ts"]})
        return Said(200, {"ok": False, "error": "unknown_method"})
