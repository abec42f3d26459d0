"""PagerDuty's Events API v2: 202 for what it took, and one alert for each dedup key."""

from dataclasses import dataclass, field
from typing import Any

from tests.standins.base import Asked, Said, StandIn

SEVERITIES = ("critical", "error", "warning", "info")


@dataclass
class PagerDuty(StandIn):
    """One service."""

    open: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: list[tuple[str, str]] = field(default_factory=list)

    def allows(self, asked: Asked) -> bool:
        return isinstance(asked.body, dict) and asked.body.get("routing_key") == self.secret

    def refuse(self) -> Said:
        errors = [f"routing_key {self.secret} is not the one that was sent"]
        return Said(400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors})

    def effects(self) -> list[dict[str, Any]]:
        return list(self.open.values())

    def answer(self, asked: Asked) -> Said:
        event = asked.body
        if asked.path != "/v2/enqueue":
            return Said(404, {"status": "not found"})
        key = event["dedup_key"]
        if event["event_action"] == "trigger":
            if event["payload"].get("severity") not in SEVERITIES or not event["payload"].get("summary"):
                errors = ["'payload.severity' is invalid"]
                return Said(400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors})
            if key not in self.open:
                self.done.append(("created", key))
            self.open[key] = event["payload"]
        elif self.open.pop(key, None) is not None:
            self.done.append(("deleted", key))
        return Said(202, {"status": "success", "message": "Event processed", "dedup_key": key})
