"""A notice: what people are told when something waits for them. It is written down before it is sent, and its id is the
same however often anybody comes to tell the same.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from app.domain.base import JsonObject, Moment, Severity, Value, digest_of
from app.domain.tenants import ToolMode


class NoticeKind(StrEnum):
    """What people may be told of."""

    PENDING = "pending"
    EXPIRING = "expiring"
    ESCALATED = "escalated"
    HARM = "harm"
    PLAYBOOK = "playbook"
    KILL_SWITCH = "kill_switch"
    SUMMARY = "summary"


class NoticeState(StrEnum):
    """Where a notice stands."""

    WAITING = "WAITING"
    SENDING = "SENDING"
    SENT = "SENT"
    SHOWN = "SHOWN"
    HELD = "HELD"
    SUMMED = "SUMMED"
    OVERTAKEN = "OVERTAKEN"
    IN_DOUBT = "IN_DOUBT"
    GAVE_UP = "GAVE_UP"


UNSENT = frozenset({NoticeState.WAITING, NoticeState.SENDING, NoticeState.HELD})
"""Something is still to be done about it."""
FAILED_TO_TELL = frozenset({NoticeState.IN_DOUBT, NoticeState.GAVE_UP})
"""Nobody can say that it was read."""
FIRST_TOLD = (NoticeKind.KILL_SWITCH, NoticeKind.HARM, NoticeKind.SUMMARY)
"""These go before everything else that waits for the same target."""


class NextTarget(Value):
    """Whom to tell when nobody acknowledged what the first one was told."""

    target: str
    after_minutes: int = Field(default=15, ge=1, le=1_440)


class NoticeTarget(Value):
    """Whom to tell, over which connection, of what."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")
    tenant: str = Field(default="default", pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    over: str = Field(
        pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="a connection of connections.yaml, by the vendor's name"
    )
    values: JsonObject = Field(
        default_factory=dict, description="values of the connection that are others for this target, such as a channel"
    )
    tells: tuple[NoticeKind, ...] = Field(min_length=1, description="of what it is told")
    least_severity: Severity = Severity.INFO
    mode: ToolMode = Field(
        default=ToolMode.DRY_RUN, description="dry_run writes down what would be sent; live sends it"
    )
    per_hour: int = Field(default=30, ge=1, le=1_000, description="so many messages in an hour; the rest is summed up")
    expiring_minutes: int = Field(default=15, ge=1, le=1_440, description="so long before a question expires")
    then: NextTarget | None = Field(default=None, description="whom else to tell when nobody acknowledges")

    def wants(self, kind: NoticeKind, severity: Severity | None) -> bool:
        """Whether it is told of this; what is of no incident has no severity, and is told to everybody who asked."""
        return kind in self.tells and (severity is None or severity.rank >= self.least_severity.rank)


class NoticeWords(Value):
    """What one message says, without any secret."""

    headline: str
    asked: str
    until: str = ""
    link: str = ""
    cost: str = ""

    @property
    def text(self) -> str:
        """All of it as plain text, a thought a line."""
        until = f"Until {self.until}." if self.until else ""
        return "\n".join(line for line in (self.headline, self.asked, self.cost, until, self.link) if line)


class Notice(Value):
    """One message to one target, from the moment it was due until it was sent or given up."""

    id: str = Field(description="of tenant, target, kind, subject and version: the same message has the same id")
    target: str
    kind: NoticeKind
    subject: str = Field(description="the action, the incident, the step of a plan, or the tenant that it is about")
    version: int = Field(default=1, ge=1)
    incident_id: str = ""
    action_id: str = ""
    severity: Severity | None = None
    words: NoticeWords
    state: NoticeState = NoticeState.WAITING
    created_at: Moment
    not_before: Moment
    attempts: int = Field(default=0, ge=0)
    perhaps_sent: bool = Field(default=False, description="an earlier attempt may have arrived")
    ended_at: Moment | None = None
    because_of: str = Field(default="", description="the target that nobody answered at, when this one is the second")
    summed_in: str = Field(default="", description="the notice that sums it up")
    reference: str = ""
    error: str = ""
    request: JsonObject | None = Field(default=None, description="what would have been sent, in a dry run")

    def ended(self, state: NoticeState, at: datetime, **changes: object) -> "Notice":
        """The same, with nothing more to do."""
        return self.changed(state=state, ended_at=at, **changes)

    def sent_anew(self, at: datetime) -> "Notice":
        """The same message under the same id, to be sent as if for the first time; what may have arrived is looked for
        before, or left alone where nobody can look.
        """
        fresh = {"state": NoticeState.WAITING, "attempts": 0, "not_before": at, "ended_at": None, "request": None}
        return self.changed(**fresh, perhaps_sent=self.state is NoticeState.IN_DOUBT, error="", reference="")

    def passed_on(self, identity: str, target: str, words: NoticeWords, at: datetime) -> "Notice":
        """The same for the second target."""
        subject = self.model_dump(include={"kind", "subject", "version", "incident_id", "action_id", "severity"})
        now = {"created_at": at, "not_before": at}
        return Notice(id=identity, target=target, words=words, because_of=self.target, **subject, **now)


def notice_identity(tenant_id: str, target: str, kind: NoticeKind, subject: str, version: int) -> str:
    """The id of a message: whoever comes to tell the same comes to the same id."""
    return digest_of([tenant_id, "notice", target, kind.value, subject, version])
