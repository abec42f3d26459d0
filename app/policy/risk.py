"""How much could go wrong: a score that adds up, and the sentences that say what made it so."""

from collections.abc import Sequence

from app.config.model import LEVELS, RiskMatrix
from app.domain.base import Severity
from app.domain.decisions import RiskScore
from app.ports.connectors import ToolSpec

UNKNOWN_EFFECT = 1.0


def assess(spec: ToolSpec, merchants: Sequence[str], severity: Severity, matrix: RiskMatrix) -> RiskScore:
    """The risk of using a tool on these merchants, in an incident this severe; never below what the tool declares."""
    parts = [part for part in _risk_parts(spec, len(set(merchants)), severity, matrix) if part[0] > 0]
    score = min(1.0, round(sum(part[0] for part in parts), 4))
    level = _risk_level(score, matrix)
    factors = [f"{says} (+{number:.2f})" for number, says in parts] or ["nothing speaks against it"]
    if LEVELS.index(spec.risk) > LEVELS.index(level):
        level = spec.risk
        factors.append(f"the tool is declared {spec.risk} risk at least")
    return RiskScore(level=level, score=score, factors=tuple(factors))


def _risk_parts(spec: ToolSpec, merchants: int, severity: Severity, matrix: RiskMatrix) -> list[tuple[float, str]]:
    extra = max(0, merchants - 1)
    return [
        (
            matrix.effect.get(spec.effect.value, UNKNOWN_EFFECT),
            f"class of change: {spec.effect.value.replace('_', ' ')}",
        ),
        (matrix.severity.get(severity.value, UNKNOWN_EFFECT), f"the incident is {severity.value}"),
        (min(extra * matrix.per_extra_merchant, matrix.extra_merchants_cap), f"it reaches {merchants} merchants"),
        (matrix.irreversible if not spec.reversible else 0.0, "it cannot be taken back"),
        (matrix.external if spec.external else 0.0, "it leaves the platform"),
    ]


def _risk_level(score: float, matrix: RiskMatrix) -> str:
    return next(level for level in reversed(LEVELS) if score >= matrix.levels[level] or level == LEVELS[0])
