"""Jira Cloud as far as issues go: REST v3, keys with a project in them, and a search that may lag behind."""

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from tests.standins.base import Asked, Said, StandIn

LABEL = re.compile(r'labels = "(?P<label>[^"]+)"')


@dataclass
class Jira(StandIn):
    """One project."""

    secret: str = "ada@example.com:sEcReT-of-the-stand-in-8842"
    issues: list[dict[str, Any]] = field(default_factory=list)
    done: list[tuple[str, str]] = field(default_factory=list)
    lags: bool = False

    def allows(self, asked: Asked) -> bool:
        wanted = base64.b64encode(self.secret.encode()).decode()
        return asked.headers.get("authorization") == f"Basic {wanted}"

    def refuse(self) -> Said:
        return Said(401, {"errorMessages": ["Client must be authenticated to access this resource."]})

    def effects(self) -> list[dict[str, Any]]:
        return self.issues

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/rest/api/3/myself":
            return Said(200, {"accountId": "5b10", "emailAddress": "ada@example.com"})
        if asked.path == "/rest/api/3/search/jql":
            found = LABEL.fullmatch(asked.query.get("jql", ""))
            if not found:
                return Said(400, {"errorMessages": ["Error in the JQL Query"]})
            hits = [] if self.lags else [one for one in self.issues if found["label"] in one["labels"]]
            return Said(200, {"issues": [{"id": one["id"], "key": one["key"]} for one in hits], "isLast": True})
        if asked.path == "/rest/api/3/issue" and asked.method == "POST":
            fields = asked.body["fields"]
            errors = {} if fields["project"]["key"] == "OPS" else {"project": "valid project is required"}
            if len(fields.get("summary", "")) > 255 or any(" " in label for label in fields.get("labels", [])):
                errors["summary"] = "The summary is too long, or a label holds a space."
            if errors:
                return Said(400, {"errorMessages": [], "errors": errors})
            number = self.number()
            made = {"id": str(number), "key": f"OPS-{number}", "labels": fields["labels"], "fields": fields}
            self.issues.append(made)
            self.done.append(("created", made["key"]))
            return Said(201, {"id": made["id"], "key": made["key"], "self": f"{self.origin}/issue/{number}"})
        return Said(404, {"errorMessages": ["null for uri"]})
