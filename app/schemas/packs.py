"""Domain packs of a tenant as people see them: what is in force, each upload, and what a dry run came to."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.domain.packs import PackPut, PackTried, PackVersion
from app.schemas.base import Incoming, Outgoing

FileName = Annotated[str, Field(min_length=1, max_length=120)]
CauseId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Reason = Annotated[str, Field(min_length=1, max_length=2_000, description="why; it is part of the audit record")]


class PackUpload(Incoming):
    """The body of POST /packs: the files of a pack by their names, as they would stand in a folder of
    config/domain_packs.
    """

    files: Annotated[
        dict[FileName, Annotated[str, Field(max_length=1_000_000)]],
        Field(max_length=250, description="pack.yaml, words.yaml and causes/<id>.yaml; what is not there stays"),
    ]
    whole: bool = Field(default=False, description="nothing is taken over from the pack that is in force")
    left_out: Annotated[
        list[CauseId], Field(default_factory=list, max_length=250, description="causes that are not taken over")
    ]
    note: Annotated[str, Field(max_length=2_000, description="what it is for")] = ""


class PackTryRequest(Incoming):
    """The body of POST /packs/{number}/try."""

    incidents: Annotated[int, Field(ge=1, le=100, description="how many of the newest are weighed anew")] = 25


class PackReasonRequest(Incoming):
    """The body of what puts another pack in force."""

    reason: Reason


class PackShown(PackVersion):
    """An upload, and how it stands."""

    in_force: bool = False
    tried: PackTried | None = Field(default=None, description="its last dry run")


class PackDetail(PackShown):
    """An upload with its files as they came."""

    content: dict[str, str]


class CauseShown(Outgoing):
    """A cause of the pack in force, for people."""

    id: str
    title: str
    category: str
    explanation: str = Field(description="what goes wrong, and why it does")


class PacksAnswer(Outgoing):
    """Which pack is in force, what came with the product, and every upload."""

    in_force: str = Field(description="as dossiers and decisions name it")
    number: int = Field(description="0 for the one that came with the product")
    shipped: str
    causes: list[CauseShown] = Field(description="what the pack in force knows")
    trouble: str = Field(default="", description="why the chosen pack does not count, where it does not")
    put: list[PackPut] = Field(description="what was put in force so far, the last counts")
    versions: list[PackShown]


class PackWeighed(Outgoing):
    """One recorded incident, weighed with the pack in force and with the one that is tried."""

    incident_id: str
    title: str
    detected_at: datetime
    recorded_cause: str = Field(description="what it was taken for when it was last looked at")
    recorded_confidence: float
    cause_before: str
    confidence_before: float
    cause_after: str
    confidence_after: float
    changed: bool
    known_cause: str = Field(default="", description="what is known to be right, where it is")
    known_by: str = Field(default="", description="a person, or a verified treatment")
    from_record: bool = Field(
        default=False, description="its signals are gone: signs of words count only where both packs have them"
    )


class PackTrial(Outgoing):
    """A dry run: nothing is changed by it."""

    number: int
    label: str
    against: str = Field(description="the pack in force, which it is held against")
    tried: PackTried
    sentence: str
    incidents: list[PackWeighed] = Field(description="those with another cause first, then the newest")


class FigureShown(Outgoing):
    """A figure, and between which bounds it lies (95 %, drawn from the same claims)."""

    value: float
    low: float
    high: float


class ReliabilityBin(Outgoing):
    """The claims made with about one confidence, and how many of them were right (95 %, Wilson)."""

    above: float
    up_to: float
    n: int
    claimed: float = Field(description="their mean confidence")
    right: float = Field(description="the share of them that was right")
    low: float
    high: float


class PackCalibration(Outgoing):
    """How right the confidences were, by what first decisions claimed and what is known now."""

    n: int
    by_person: int = Field(description="of how many a person named the cause")
    by_treatment: int = Field(description="of how many a verified treatment proves it; it can only confirm a claim")
    right: int
    brier: FigureShown | None = Field(description="mean squared miss: 0 is perfect, 0.25 a coin; none without claims")
    ece: FigureShown | None = Field(description="mean difference between claimed and right over the bins")
    bins: list[ReliabilityBin]
    prior: str = Field(default="simulated prior", description="what the confidences of a pack are")
    prior_weight: float = Field(description="what that prior still weighs beside the known causes")
    shift: float = Field(description="by how much the log-odds are moved before policy reads a confidence")
    lowest: float
    highest: float
    sentence: str
