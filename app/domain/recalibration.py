"""How far what the agent may act alone on is moved by what became of earlier confidences."""

from pydantic import Field

from app.domain.base import Value


class Recalibration(Value):
    """How far confidences are moved by what became of earlier ones in this tenant."""

    n: int = Field(ge=1, description="how many first claims could be held against a cause that is known")
    prior_weight: float = Field(ge=0, le=1, description="what the simulated prior of the pack still weighs")
    shift: float = Field(description="by how much the log-odds of a confidence are moved, before policy reads it")


class Recalibrated(Recalibration):
    """The same for one decision: what policy read instead of what the pack said."""

    before: float = Field(ge=0, le=1)
    after: float = Field(ge=0, le=1)
