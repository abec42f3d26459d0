"""The counted facts about one incident: what the signs of a domain pack test, what treatments copy from, and what
policy counts. Counts and declared values only, never anybody's text.
"""

from pydantic import ConfigDict, Field

from app.domain.base import Value

Counts = dict[str, int]
"""How many signals, messages or merchants carry each value."""
ROUTINE_WEIGHT = 0.5
"""What a line counts that its writer called no trouble: it tells what is in order and what goes on anyway as often as
what is wrong.
"""


class Selector(Value):
    """Which signals a forecast counts; an empty list means any."""

    signal_types: tuple[str, ...] = ()
    error_codes: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()


class Comparison(Value):
    """One value of an attribute among the affected merchants and among the healthy ones."""

    model_config = ConfigDict(extra="ignore")

    cases: int = 0
    cases_total: int = 0
    controls: int = 0
    controls_total: int = 0
    p: float = 1.0
    q: float = 1.0
    lift: float = 1.0


class MeaningMatch(Value):
    """How near so many different messages come to the sentences of each sign, whatever their words."""

    model_config = ConfigDict(extra="ignore")

    messages: int = 0
    likeness: dict[str, float] = Field(default_factory=dict, description="by cause/sign, from 0 to 1")


class TextMatches(Value):
    """How many messages were read, and how many of them each text sign matched; and the same of those among them that
    were written as nothing out of the ordinary.
    """

    model_config = ConfigDict(extra="ignore")

    total: int = 0
    hits: Counts = Field(default_factory=dict, description="messages by cause/sign")
    routine: int = Field(default=0, exclude_if=lambda count: not count)
    routine_hits: Counts = Field(default_factory=dict, exclude_if=lambda counts: not counts)

    def share_of(self, sign: str) -> float:
        """The share of what is written that a sign matched; what is routine counts for less of it."""
        less = 1 - ROUTINE_WEIGHT
        total = self.total - less * self.routine
        return (self.hits.get(sign, 0) - less * self.routine_hits.get(sign, 0)) / total if total else 0.0


class LessonFact(Value):
    """An earlier incident whose cause these failures point at, or that this one repeats."""

    model_config = ConfigDict(extra="ignore")

    id: str
    cause: str
    tool: str | None = None
    outcome: str


class RecentTreatment(Value):
    """A tool that was used lately on some of the merchants."""

    model_config = ConfigDict(extra="ignore")

    tool: str
    merchants: tuple[str, ...]


class RecentReversal(RecentTreatment):
    """A treatment of a cause that did harm, or was taken back, on some of the merchants."""

    cause: str
    singled_out: bool = Field(
        default=False,
        description="a person had it taken back for these merchants, not for all",
        exclude_if=lambda singled: not singled,
    )


class DossierFacts(Value):
    """What was counted. A dossier written before a fact existed reads back with nothing counted for it, and a fact
    that is no longer known is left out.
    """

    model_config = ConfigDict(extra="ignore")

    signals: int = Field(default=0, description="how many signals joined")
    errors: int = Field(default=0, description="how many of them report a failure")
    merchants: tuple[str, ...] = Field(default=(), description="who is affected, sorted")
    selector: Selector = Field(default=Selector(), description="which signals tell whether it got better")
    codes: Counts = Field(default_factory=dict, description="failures by error code")
    endpoints: Counts = Field(default_factory=dict, description="failures by endpoint")
    statuses: Counts = Field(default_factory=dict, description="failures by status")
    topics: Counts = Field(default_factory=dict, description="failures by topic")
    stages: Counts = Field(default_factory=dict, description="affected merchants by migration stage")
    signal_types: Counts = Field(default_factory=dict, description="signals by type")
    symptoms: Counts = Field(default_factory=dict, description="signals by symptom")
    attributes: dict[str, dict[str, Comparison]] = Field(
        default_factory=dict, description="by dimension and value: the broken beside the healthy"
    )
    texts: TextMatches = TextMatches()
    meanings: MeaningMatch = Field(default=MeaningMatch(), exclude_if=lambda one: not one.messages)
    lessons: tuple[LessonFact, ...] = ()
    actions_last_hour: int = Field(default=0, description="how many actions were sent lately, to anybody")
    cooling: tuple[RecentTreatment, ...] = Field(default=(), description="treatments within the cool-down")
    undone: tuple[RecentReversal, ...] = Field(default=(), description="treatments taken back within the last day")
