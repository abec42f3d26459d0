"""A question after reading: its language, what it names, and the facts of the tenant that an answer may need. All of it
is plain data, so that answering stays pure.
"""

from dataclasses import dataclass, field
from datetime import datetime

from app.domain.actions import Action
from app.domain.base import Money
from app.domain.incidents import Incident
from app.domain.lessons import Lesson
from app.domain.merchants import Merchant
from app.wording.titles import Titles


@dataclass(frozen=True)
class Inquiry:
    """What one question says besides its kind."""

    text: str = ""
    language: str = "en"
    incidents: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    merchants: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    waves: tuple[int, ...] = ()
    numbers: tuple[float, ...] = ()
    clock: str = ""
    """A time of day as it was written, such as 14:10."""
    subject: str = ""
    """What else than the decision is asked about, in the asker's words: what follows on "why not"."""

    @property
    def names_something(self) -> bool:
        """Whether anything in it could stand in for what was asked about before."""
        return bool(self.incidents or self.actions or self.merchants or self.tools or self.causes or self.waves)


@dataclass(frozen=True)
class WaveFacts:
    """What is known of one wave before its cutover."""

    wave: int | None
    readiness: str
    stages: dict[str, int]
    waiting: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class UnorderedPayments:
    """Payments without an order in one incident."""

    incident: str
    count: int
    amounts: tuple[Money, ...]


@dataclass(frozen=True)
class TenantFacts:
    """What is known beyond one incident; what a kind of question does not read is left empty."""

    now: datetime
    incidents: tuple[Incident, ...] = ()
    actions: tuple[Action, ...] = ()
    merchants: dict[str, Merchant] = field(default_factory=dict)
    lessons: tuple[Lesson, ...] = ()
    waves: tuple[WaveFacts, ...] = ()
    unordered: tuple[UnorderedPayments, ...] = ()
    tools: dict[str, str] = field(default_factory=dict)
    """The title of each tool."""
    causes: dict[str, str] = field(default_factory=dict)
    """The title of each known cause."""
    treats: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By tool, the causes it is a treatment of."""
    titles: Titles = field(default_factory=Titles)
    """The titles that are said in other languages too."""
    last_look: datetime | None = None
    """When the asker was answered last in this conversation."""
