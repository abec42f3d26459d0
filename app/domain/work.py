"""Work in progress as the store keeps it: who is at it, what is being sent, what went wrong so far, what
was answered.
"""

from pydantic import Field

from app.domain.base import JsonObject, Moment, Value
from app.domain.decisions import Request
from app.domain.tenants import Fence


class Lease(Value):
    """Who may work on something, until when by the database's clock."""

    fence: Fence
    holder: str
    seconds_left: float


class Intent(Value):
    """A row of the outbox: what is to be sent, committed before it is sent, with every attempt counted before it is
    made.
    """

    key: str = Field(description="the idempotency key of every attempt")
    action_id: str
    tool: str
    mode: str
    request: Request
    attempts: int = Field(default=0, ge=0)
    created_at: Moment
    tried_at: Moment | None = None
    ended_at: Moment | None = None
    ending: str = Field(default="", description="the action status it ended in; empty while it is open")
    error: str = ""

    @property
    def perhaps_sent(self) -> bool:
        """Whether an attempt before the present one may have arrived: a second one, or one of a store that was lost and
        restored.
        """
        return self.attempts > 1 or (self.tried_at is not None and self.tried_at < self.created_at)


class RetryState(Value):
    """What keeps an incident from going on: how often it failed, when it may be tried again, or that people
    must look.
    """

    incident_id: str
    failures: int = Field(default=0, ge=0)
    not_before: Moment
    reason: str
    dead: bool = Field(default=False, description="set aside until a person retries or closes it")
    was: str = Field(default="", description="the incident's status when it was set aside")
    at: Moment


class StoredResponse(Value):
    """What a request with an Idempotency-Key was answered, so that its repetition is answered the same."""

    key: str
    route: str = Field(description="method and path; one key may serve two routes")
    fingerprint: str = Field(description="digest of what was asked: the same key with another content is a mistake")
    at: Moment
    status: int | None = Field(default=None, description="None while the first request is still being answered")
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = Field(default="", description="the body's bytes in base64")


class ConfigVersion(Value):
    """A version of a part of the configuration, as it was loaded."""

    kind: str = Field(
        description="policies, thresholds, risk_matrix, tool, connections, notices, domain_pack or playbook"
    )
    name: str
    version: str = Field(description="digest of the content")
    body: JsonObject
    loaded_at: Moment


RESTORED = "restored"
"""The note of each tenant that says its store was restored from a backup."""


class Restoration(Value):
    """A restore: whatever is about something that began before `at` may have been sent after `backup_at`, by the store
    that was lost.
    """

    at: Moment
    backup_at: Moment
