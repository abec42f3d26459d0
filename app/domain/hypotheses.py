"""Why it breaks: ranked causes, each with the evidence for and against it, and an explicit unknown."""

from pydantic import Field

from app.domain.base import Value
from app.domain.checks import CheckAnswer, CheckWord, NamedCause
from app.domain.dossier_facts import DossierFacts
from app.domain.evidence import Evidence, Statement
from app.domain.impact import BlastRadius, Impact
from app.domain.knowledge import Passage
from app.domain.merchants import Merchant
from app.domain.recalibration import Recalibration

UNKNOWN = "unknown"
OTHER_TROUBLE = "trouble of another kind"
"""How the unknown is called among what explains messages."""


def shown_confidence(confidence: float) -> str:
    """A confidence as people read it; nothing is ever certain."""
    return "over 99%" if confidence > 0.99 else "under 1%" if confidence < 0.01 else f"{confidence:.0%}"


class Finding(Value):
    """One sign that was looked for: what it says, how much it weighs (log-odds), and the evidence it rests on."""

    sign: str
    statement: str
    weight: float
    evidence_ids: tuple[str, ...] = ()
    uncontrolled: bool = Field(
        default=False,
        description="a lesson of a cure beside nobody untreated: nobody acts alone for its sake",
        exclude_if=lambda uncontrolled: not uncontrolled,
    )


class Hypothesis(Value):
    """A cause with its confidence; `unknown` is one of them."""

    cause: str
    category: str
    title: str
    confidence: float = Field(ge=0, le=1)
    score: float
    findings_for: tuple[Finding, ...] = ()
    findings_against: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = Field(default=(), description="signs that would raise it and were not seen")
    lower: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="what may be acted on, where few kinds of evidence speak for it",
        exclude_if=lambda bound: bound is None,
    )

    @property
    def least(self) -> float:
        """The confidence that may be acted on."""
        return self.confidence if self.lower is None else self.lower


class Dossier(Value):
    """What `observe` found about one incident: small counted facts, and the ids of their evidence."""

    incident_id: str
    evidence_version: int
    title: str
    severity: str
    since: str
    merchants: tuple[str, ...] = ()
    pattern_ids: tuple[str, ...] = ()
    signal_count: int = 0
    evidence_ids: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = Field(default=(), description="the rows themselves, small: the journal keeps them")
    facts: DossierFacts = DossierFacts()
    impact: Impact
    blast: BlastRadius
    lesson_ids: tuple[str, ...] = ()
    directory: tuple[Merchant, ...] = Field(
        default=(), description="the affected merchants and those next to break, as they were known then"
    )
    pack: str = Field(
        default="", description="the domain pack it was looked at with", exclude_if=lambda label: not label
    )
    recalibration: Recalibration | None = Field(
        default=None,
        description="what became of earlier confidences, as it was known then",
        exclude_if=lambda found: found is None,
    )
    answers: tuple[CheckAnswer, ...] = Field(default=(), description="what people said of single signs")
    named: NamedCause | None = Field(default=None, description="the cause that a person named")
    asked_for: bool = Field(
        default=False, description="a person asked for the one proposal; once it is refused nothing stands in its place"
    )
    wave_ahead: int | None = Field(
        default=None,
        description="the first wave of which somebody is still to be cut over",
        exclude_if=lambda wave: wave is None,
    )
    proven: tuple[str, ...] = Field(
        default=(),
        description="what cured others of this incident, each as CAUSE/TOOL, where that is carried on to more",
        exclude_if=lambda names: not names,
    )
    given_up: tuple[str, ...] = Field(
        default=(),
        description="playbooks that a step of theirs has stopped on this incident; they are not assigned again",
        exclude_if=lambda names: not names,
    )


def name_cure(cause: str, tool: str) -> str:
    """How a dossier names a tool that cured a cause."""
    return f"{cause}/{tool}"


class CheckOutcome(Value):
    """What one answer to a check would make of the ranking."""

    answer: CheckWord
    chance: float = Field(ge=0, le=1, description="how likely this answer is, by the confidences of now")
    cause: str = Field(description="which cause would then come first")
    title: str
    confidence: float = Field(ge=0, le=1)


class NextCheck(Value):
    """Something that is not known and would move the ranking: what to look at, and what each answer would change."""

    sign: str = Field(description="names it in POST /incidents/{id}/checks/{sign}: cause.sign")
    ask: str = Field(description="the question, in the words of the pack; yes means that the sign holds")
    look_at: str = Field(description="what the sign looks for")
    causes: tuple[str, ...] = Field(description="the causes it tells apart, the likeliest first")
    minutes: float = Field(gt=0, description="how long an answer takes")
    change: float = Field(ge=0, description="expected change of the leading cause's log-odds")
    outcomes: tuple[CheckOutcome, ...] = ()

    @property
    def sentence(self) -> str:
        """The check and what its answers would change, for people."""
        told = "; ".join(f"{one.answer.value}: {one.cause} {shown_confidence(one.confidence)}" for one in self.outcomes)
        return f"{self.ask} ({self.minutes:g} minutes; {told})"


class Assessment(Value):
    """What `reason` concluded, with what it assumed and what it does not know."""

    incident_id: str
    summary: str
    headline: Statement | None = Field(
        default=None, description="what is wrong, in the words of a shop; nothing where no evidence shows it"
    )
    statements: tuple[Statement, ...] = Field(
        default=(), description="what was seen, why it happens and what it costs, each with its evidence"
    )
    hypotheses: tuple[Hypothesis, ...]
    assumptions: tuple[str, ...] = ()
    uncertainties: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()
    next_checks: tuple[NextCheck, ...] = Field(
        default=(), description="where causes are close: what would tell them apart, the cheapest first"
    )
    wording: str = Field(default="rules", description="who worded it: rules, or a model's name")

    @property
    def best(self) -> Hypothesis:
        """The first-ranked hypothesis."""
        return self.hypotheses[0]
