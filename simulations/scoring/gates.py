"""How good the scorecard must be at least: the figures of floors.yaml, read strictly and held against what was
measured.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from pydantic import Field, ValidationError, model_validator

from app.domain.base import Value
from app.domain.errors import BadConfig
from app.validation.strict_yaml import Read, read_yaml
from simulations.scoring.figures import Figures
from simulations.scoring.statistics import Amount, Calibration, Spread

FLOORS: Final = Path(__file__).parents[1] / "floors.yaml"
PARTS: Final[Mapping[object, tuple[str, ...]]] = {Spread: ("median", "p75", "p90"), Calibration: ("brier", "ece")}


class Floor(Value):
    """How good a figure must be at least."""

    least: float | None = None
    most: float | None = None
    cases: float | None = Field(
        default=None, ge=0, description="it must rest on so many; unsaid: one for a least, none for a most"
    )

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.least is None) == (self.most is None):
            raise ValueError("write either least or most")
        return self

    def shortfall(self, value: float | None, n: float) -> str:
        """What is wrong with a figure; nothing when it is good enough. Where there were cases and no value was reached,
        that is wrong too.
        """
        needed = self.cases if self.cases is not None else float(self.least is not None)
        if n < needed:
            return f"rests on {n:g} case(s); {needed:g} needed"
        if value is None:
            return "was never reached" if n else ""
        if self.least is not None and value < self.least:
            return f"is {value:.4g}; at least {self.least:g} is needed"
        return (
            f"is {value:.4g}; at most {self.most:g} is allowed" if self.most is not None and value > self.most else ""
        )


Floors = Mapping[str, Floor]


def figure_names() -> tuple[str, ...]:
    """Every figure a floor can be set for."""
    kinds = {name: field.annotation for name, field in Figures.model_fields.items()}
    return tuple(f"{name}.{part}" if part else name for name, kind in kinds.items() for part in PARTS.get(kind, ("",)))


def read_figure(told: Figures, name: str) -> tuple[float | None, float]:
    """The value of a figure, and how many cases it rests on."""
    field, _, part = name.partition(".")
    figure = getattr(told, field)
    if isinstance(figure, Amount):
        return figure.value, figure.per
    return (getattr(figure, part) if part else figure.value), figure.n


def list_shortfalls(told: Figures, floors: Floors) -> tuple[str, ...]:
    """One sentence for every figure that is not good enough."""
    return tuple(
        f"{name} {wrong}"
        for name, floor in sorted(floors.items())
        if (wrong := floor.shortfall(*read_figure(told, name)))
    )


def load_floors(path: Path = FLOORS, run: str = "all") -> Floors:
    """The floors of one kind of run; every problem of the file at once, with line and key."""
    if not path.is_file():
        raise BadConfig([f"{path.name}: there is no such file"])
    found = read_yaml(path.read_bytes())
    runs = found.value if isinstance(found.value, dict) else {}
    if not found.problems and not isinstance(runs.get(run), dict):
        found.add((run,), f"there are no floors for the run {run!r}")
    floors = (
        {name: floor for name, told in runs[run].items() if (floor := _parse_floor(found, (run, name), told))}
        if not found.problems
        else {}
    )
    if found.problems:
        raise BadConfig([problem.shown(path.name) for problem in found.problems])
    return floors


def _parse_floor(found: Read, place: tuple[str, str], told: object) -> Floor | None:
    if place[1] not in figure_names():
        found.add(place, f"is no figure of the scorecard; known are {', '.join(figure_names())}")
        return None
    try:
        return Floor.model_validate(told, strict=True)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False):
            found.add((*place, *item["loc"]), item["msg"].removeprefix("Value error, "))
        return None
