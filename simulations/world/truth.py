"""What really happened in a trial, and what the agent made of it: the two sides that a scorecard compares.

The truth is written down by the world while it runs and never leaves it by way of a signal. The agent's side is read
from its store.
"""

from typing import Literal

from pydantic import Field

from app.domain.base import Moment, Value
from app.domain.merchants import Plain
from simulations.scenario import Scope

NOBODY = -1
"""The fault that a signal of an ordinary day belongs to."""
DECOY = -2
"""Where the numbers of decoys begin; they go on downwards."""
Worth = Literal["cures", "useless", "harms", "harmless"]
"""What a call is worth in truth: cures a fault somewhere in its scope; changes a setting for nothing; does damage; or
only tells people.
"""


class DecoyTruth(Value):
    """Something harmless that was planted, as it was laid down before the run."""

    kind: str
    rule: Scope = Field(default_factory=dict)
    began: Moment
    ended: Moment | None = None
    merchants: tuple[str, ...] = ()


class FaultTruth(Value):
    """One planted fault, as it really was."""

    number: int = Field(description="its place in the scenario")
    cause: str = Field(description="an id of the catalogue, or unknown")
    category: str = ""
    began: Moment | None = Field(
        default=None, description="its first affected event; none when it never touched anybody"
    )
    fifth_event: Moment | None = None
    ended: Moment | None = Field(
        default=None, description="when the last merchant was well again, by a cure or by itself"
    )
    ill: tuple[str, ...] = Field(default=(), description="merchants it reached, whether or not anything happened there")
    hurt: tuple[str, ...] = Field(default=(), description="merchants with at least one affected event")
    silent: tuple[str, ...] = Field(default=(), description="hurt merchants of whom nobody wrote")
    rule: Scope = Field(default_factory=dict, description="whom it can reach, by attributes as they truly are")
    exposed: tuple[str, ...] = Field(
        default=(), description="all whom the rule covers: the ill, and those who will be when they have moved"
    )
    ahead: dict[str, Moment] = Field(
        default_factory=dict, description="of the exposed, who falls ill only later, and when"
    )
    since: dict[str, Moment] = Field(default_factory=dict, description="of the exposed, when each falls ill")
    moving: dict[str, Moment] = Field(
        default_factory=dict,
        description="whom only a move brings within the rule, and when they move; some of them may be spared",
    )
    hurt_at: dict[str, Moment] = Field(default_factory=dict, description="the first affected event of each of the hurt")
    hidden: bool = Field(default=False, description="whether the directory does not list an attribute of its rule")
    untold: tuple[str, ...] = Field(
        default=(), description="of the exposed, those whom the directory does not show to be within the rule"
    )
    shown: tuple[str, ...] = Field(
        default=(), description="whom the directory shows to be within the rule, rightly or not"
    )
    oracle: float = Field(
        default=0.0,
        description="log-likelihood ratio of the stream that shows it best, for whoever knows whom and since when",
    )
    stream: str = Field(default="", description="which stream that is")
    affected_events: int = 0
    events_per_hour: float = 0.0
    lost_orders: int = 0
    lost_revenue: dict[str, int] = Field(default_factory=dict, description="by currency, in minor units")
    cures: tuple[str, ...] = Field(default=(), description="tools of which any one cures")
    needs_people: bool = Field(default=False, description="whether no setting tool cures it")


class Truth(Value):
    """Everything that was wrong in a trial, and for how long."""

    scenario: str
    seed: int
    began: Moment
    ended: Moment
    merchants: int
    faults: tuple[FaultTruth, ...] = ()
    decoys: tuple[DecoyTruth, ...] = ()
    forbidden: tuple[str, ...] = ()


class Suspect(Value):
    """A cause as the agent ranked it."""

    cause: str
    confidence: float


class Interval(Value):
    """An estimate with its bounds."""

    low: float
    middle: float
    high: float


class Glimpse(Value):
    """What the agent said of an incident at a moment, and what was true then."""

    at: Moment
    merchants: tuple[str, ...] = Field(default=(), description="named as hurt")
    exposed: tuple[str, ...] = Field(default=(), description="named as exposed, hurt or not")
    ahead: tuple[str, ...] = Field(default=(), description="named as next to break")
    suspects: tuple[Suspect, ...] = Field(default=(), description="of the latest assessment")
    lost_revenue: dict[str, Interval] = Field(default_factory=dict)
    true_losses: dict[int, dict[str, int]] = Field(
        default_factory=dict, description="by fault and currency, until then"
    )


class IncidentSeen(Value):
    """One incident of the agent."""

    id: str
    detected_at: Moment
    first_seen: Moment
    merchants: tuple[str, ...]
    suspects: tuple[Suspect, ...] = Field(default=(), description="of its first assessment, the likeliest first")
    last_suspects: tuple[Suspect, ...] = Field(default=(), description="of its latest assessment")
    status: str
    resolved_at: Moment | None = None
    lost_orders: Interval | None = None
    lost_revenue: dict[str, Interval] = Field(
        default_factory=dict, description="by currency, in minor units, up to the last look"
    )
    signals: dict[int, int] = Field(
        default_factory=dict,
        description="of what it was opened on, how much belongs to which planted fault; -1: to none, below: to a decoy",
    )
    half_hour: Glimpse | None = Field(default=None, description="half an hour after it was opened")
    proposal: Glimpse | None = Field(default=None, description="when something was first proposed")
    exposed: tuple[str, ...] = Field(default=(), description="named as exposed at the end")
    rule: Scope | None = Field(default=None, description="the attributes by which it describes whom it reaches")
    covered: tuple[str, ...] = Field(default=(), description="whom that rule covers, by the directory")
    thin: bool = Field(default=False, description="opened on one severe signal alone")
    passed_over: dict[str, str] = Field(
        default_factory=dict, description="causes that were not treated when it was decided last, and why not"
    )


class CohortSeen(Value):
    """One part of a rollout: whom it was for, when it went out, and what its receipt said at last."""

    merchants: tuple[str, ...] = ()
    sent_at: Moment | None = None
    judged_at: Moment | None = Field(
        default=None, description="when its receipt said that it cured, or that it did not"
    )
    status: str = Field(default="", description="empty while its turn has not come")
    why: str = Field(default="", description="what was said of it last")


class ActionSeen(Value):
    """One row of the agent's ledger, and what it was worth in truth at the moment it was proposed."""

    id: str
    incident_id: str
    tool: str
    arguments: dict[str, Plain | list[Plain]] = Field(default_factory=dict)
    merchants: tuple[str, ...] = ()
    confidence: float = 0.0
    proposed_at: Moment
    granted_by: str = Field(default="", description="policy:RULE, a person, or nobody")
    sent_at: Moment | None = None
    status: str
    settled_at: Moment | None = Field(default=None, description="when its receipt was written")
    worth: Worth = "harmless"
    faults: tuple[int, ...] = Field(default=(), description="the faults it cures")
    undone: bool = False
    granted_at: Moment | None = None
    cohorts: tuple[CohortSeen, ...] = Field(default=(), description="in the order in which they go out")


class Trial(Value):
    """One scenario, lived through once by the agent."""

    scenario: str
    seed: int
    operator: Literal["truthful", "rubber_stamp", "slow", "absent", "knowing"]
    truth: Truth
    incidents: tuple[IncidentSeen, ...] = ()
    actions: tuple[ActionSeen, ...] = ()
    questions: int = Field(default=0, description="decisions that were asked of a person")
    watch_rows: int = Field(default=0, description="departures that were watched and asked nobody anything")
    signals: int = 0
    seconds: float = Field(default=0.0, description="processor time; of no account in the score")
