"""What a scenario file may say: a platform, what goes wrong on it, what merely looks wrong, and the noise around both.

A scenario is data. Whoever writes one names merchants by a predicate over their attributes and says what a fault does
to the traffic; the world does the rest. What the agent is expected to find is derived from what was planted, never
typed in.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from app.domain.base import Moment, Severity, Stage, Value
from app.domain.merchants import Plain
from app.domain.signals import SignalType

LANGUAGES: Final = ("en", "de", "fr", "es")
UNKNOWN: Final = "unknown"
NO_INCIDENT: Final = "no_incident"

Word = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[a-z][a-z0-9_]*$")]
Said = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Minutes = Annotated[float, Field(ge=0, le=60 * 24 * 28, allow_inf_nan=False)]
Weights = dict[str, Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]]
Language = Literal["en", "de", "fr", "es"]


class ClockSpec(Value):
    """When the trial begins, how long it lasts, and how often the agent looks."""

    start: Moment
    hours: float = Field(gt=0, le=24 * 28, allow_inf_nan=False)
    step: int = Field(default=5, ge=1, le=60, description="minutes between two looks")
    history: int = Field(default=0, ge=0, le=24 * 60, description="quiet hours before the start that can be asked for")


class WaveSpec(Value):
    """A group of merchants that moves together."""

    number: int = Field(ge=0, le=999)
    stage: Stage
    cutover_in_days: float = Field(default=0, ge=-365, le=365, allow_inf_nan=False)
    weight: float = Field(default=1.0, gt=0, le=1_000, allow_inf_nan=False)


class ResidentSpec(Value):
    """A merchant who is named instead of drawn. What is not said of one is not so: a scope over an attribute that is
    missing here spares them.
    """

    id: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    name: str = Field(default="", max_length=200)
    wave: int = Field(default=0, ge=0, le=999)
    stage: Stage = Stage.POST
    cutover_in_days: float | None = Field(
        default=None, ge=-365, le=365, allow_inf_nan=False, description="from the start; none: no date"
    )
    attributes: dict[Word, Plain] = Field(
        default_factory=dict, description="plan, region, versions, settings: whatever a scope names"
    )
    plugins: tuple[Said, ...] = Field(
        default=(), description="as the directory lists them; a scope names one as plugin_gift_cards: true"
    )
    health: Share = 1.0
    issues: int = Field(default=0, ge=0)
    average_order_value: int = Field(default=5_000, ge=100, le=2**53)
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    language: Language = "en"
    products: tuple[Said, ...] = Field(
        default=("gift card",), min_length=1, description="what people buy there, as they and their tickets call it"
    )
    journeys_per_day: float | None = Field(
        default=None, ge=1, le=20_000, allow_inf_nan=False, description="none: as many as the average merchant's"
    )
    jobs_per_day: float | None = Field(
        default=None,
        ge=1,
        le=20_000,
        allow_inf_nan=False,
        description="passages of background jobs; none: as many as everybody's",
    )
    writes: bool = Field(default=True, description="whether anybody there writes tickets when something goes wrong")


class PlatformSpec(Value):
    """Who lives on the platform. What is not said is drawn as usual."""

    domain: Word = Field(default="commerce", description="which platform it is, and which domain pack reasons about it")
    merchants: int = Field(ge=1, le=5_000, description="all of them; who is no resident is drawn")
    residents: tuple[ResidentSpec, ...] = ()
    rhythm: Literal["daily", "even"] = Field(
        default="daily", description="even: every hour of the week is like the average one"
    )
    waves: tuple[WaveSpec, ...] = ()
    attributes: dict[Word, Weights] = Field(
        default_factory=dict, description="attribute to value to weight, instead of the usual ones"
    )
    journeys_per_day: float = Field(
        default=24.0, ge=1, le=2_000, allow_inf_nan=False, description="of the average merchant; most have far fewer"
    )


class Between(Value):
    """A number above one bound and below the other."""

    above: float | None = None
    below: float | None = None


Matcher = Plain | tuple[Plain, ...] | Between
Scope = dict[Word, Matcher]
"""Attribute to a value, to several of which one must hold, or to a range. All must hold; an empty one is the kind's own
scope, else everybody.
"""


class ErrorSpec(Value):
    """What a share of the passages through one step of the platform runs into, and what is reported of it."""

    step: Word
    share: Share
    signal: Literal["api_error", "webhook_failure", "log", "none"] = "api_error"
    code: str = Field(default="", max_length=200, pattern=r"^[A-Z0-9_.-]*$")
    status: int | None = Field(default=None, ge=100, le=599)
    messages: tuple[Said, ...] = ()
    severity: Severity = Severity.HIGH
    topic: str | None = Field(default=None, max_length=200)
    endpoint: str | None = Field(
        default=None, max_length=500, description="instead of the step's own; may hold {attributes} of the merchant"
    )
    blocks: bool = Field(default=True, description="whether the journey ends here")
    pays_anyway: Share = Field(default=0.0, description="of the journeys that end here, those whose money is taken")
    loses_order: bool = Field(default=False, description="the money is taken and no order follows")
    slower: float = Field(
        default=1.0, ge=1, le=1_000, allow_inf_nan=False, description="how much longer the step takes"
    )
    retries: int = Field(default=0, ge=0, le=20, description="how often the same failure is reported again")


class TicketSpec(Value):
    """What people write about it: most do not."""

    rate: Share = Field(description="of those who ran into it")
    symptom: Word = Field(description="which words of simulations/world/words they choose from")
    phrases: dict[Language, tuple[tuple[Said, Said], ...]] = Field(
        default_factory=dict, description="subject and body, instead of those words"
    )


class EffectSpec(Value):
    """What a fault does to what can be seen."""

    errors: tuple[ErrorSpec, ...] = ()
    kpi: dict[Word, Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]] = Field(
        default_factory=dict, description="metric to factor"
    )
    traffic: float = Field(
        default=1.0, ge=0, le=100, allow_inf_nan=False, description="how many visitors come, against usual"
    )
    silence: tuple[SignalType, ...] = Field(default=(), description="what is not reported any more")
    tickets: TicketSpec | None = None


class Remedy(Value):
    """A tool that cures, or harms; with arguments, only a call that has them."""

    tool: Word
    arguments: dict[str, Plain] = Field(default_factory=dict)
    after_minutes: Minutes = 2.0
    factor: float = Field(
        default=2.0, ge=1, le=64, allow_inf_nan=False, description="for harm: how much more often things fail"
    )


class FaultSpec(Value):
    """Something that really goes wrong. A mode of the catalogue brings its own effects and remedies; what is said here
    stands instead.
    """

    mode: Word
    onset: Minutes = Field(description="minutes after the start")
    ramp: Minutes = Field(
        default=0.0, description="minutes over which the merchants in its scope fall ill, one after another"
    )
    lasts: Minutes | None = Field(default=None, description="minutes until it is over by itself")
    reach: float = Field(default=1.0, gt=0, le=1, allow_inf_nan=False, description="share of those in its scope")
    scope: Scope = Field(
        default_factory=dict, description="whom it can reach; the kind's own scope where nothing is said"
    )
    effects: EffectSpec | None = None
    cured_by: tuple[Remedy, ...] | None = None
    harmed_by: tuple[Remedy, ...] | None = None


class DecoySpec(Value):
    """Something that looks like trouble and is none of the agent's business."""

    kind: Word
    onset: Minutes
    lasts: Minutes | None = None
    scope: Scope = Field(default_factory=dict)
    effects: EffectSpec | None = None


class NoiseSpec(Value):
    """What every platform has on a good day."""

    duplicates: Share = Field(default=0.01, description="of the signals, sent twice")
    late: Share = Field(default=0.02, description="of the deliveries and orders, told minutes later")
    declined: Share = Field(default=0.03, description="of the payments")
    refunds: Share = Field(default=0.02, description="of the orders, minutes to hours later")
    hiccups_per_day: float = Field(
        default=2.0, ge=0, le=10_000, allow_inf_nan=False, description="stray errors of the average merchant"
    )
    tickets_per_day: float = Field(
        default=0.15,
        ge=0,
        le=1_000,
        allow_inf_nan=False,
        description="about quite other matters, of the average merchant",
    )
    cutover_dip: Share = Field(
        default=0.12, description="the loss of sales that a sound shop shows in its first days after the move"
    )

    bursts: float = Field(
        default=0.0, ge=0, le=20, allow_inf_nan=False, description="how much stray errors clump; 0: they never do"
    )
    deploys_per_day: float = Field(
        default=0.0, ge=0, le=48, allow_inf_nan=False, description="spikes of one stray error, for minutes, among some"
    )
    storms: Share = Field(
        default=0.0, description="of what fails, that which is told again and again by impatient callers"
    )
    lost_sessions: Share = Field(
        default=0.0, description="of what belongs to a journey, that which does not say to which"
    )
    any_severity: bool = Field(default=False, description="whether stray errors and odd days come with any severity")
    uneven: float = Field(
        default=0.0, ge=0, le=2, allow_inf_nan=False, description="how much shops differ in who looks and who buys"
    )


class DirectorySpec(Value):
    """What the directory does not tell, or tells wrongly, of the merchants as they truly are."""

    missing: Share = Field(default=0.0, description="of the attributes")
    stale: Share = Field(default=0.0, description="of the attributes, listed as they no longer are")
    hidden: tuple[Word, ...] = Field(default=(), description="attributes that it lists of nobody")


Withheld = Literal["severities", "codes", "attributes"]
"""What can be kept from whoever looks, to see how much hangs on it."""


class ToolBehaviour(Value):
    """A tool that does not do what it says."""

    tool: Word
    does: Literal["nothing", "fails", "fails_but_did_it", "harms"]


class Expectation(Value):
    """What a perfect agent comes to. The loader derives it; one that is written by hand must say the same."""

    cause: str
    causes: tuple[str, ...] = Field(default=(), description="of every fault, the first one first")
    category: str = ""
    scope: tuple[Scope, ...] = ()
    forbidden: tuple[str, ...] = Field(default=(), description="causes that only the decoys and the look of it suggest")
    resolved_by: tuple[str, ...] = Field(default=(), description="tools of which any one cures")
    escalate: bool = Field(default=False, description="whether only people can end it")


class Scenario(Value):
    """One trial, whole. Its id and title are for people who look at results; no part of them reaches a signal."""

    id: Word
    title: Said
    seed: int = Field(ge=0, le=2**53)
    clock: ClockSpec
    platform: PlatformSpec
    faults: tuple[FaultSpec, ...] = ()
    decoys: tuple[DecoySpec, ...] = ()
    noise: NoiseSpec = Field(default_factory=NoiseSpec)
    directory: DirectorySpec = Field(default_factory=DirectorySpec)
    tools: tuple[ToolBehaviour, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    expect: Expectation | None = None
