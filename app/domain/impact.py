"""What an incident costs: lost orders and revenue with an interval, so far and per hour. Currencies stay apart."""

from pydantic import Field

from app.domain.base import Money, Value


class Interval(Value):
    """A number that is not known exactly."""

    low: float
    middle: float
    high: float


class MoneyInterval(Value):
    """An amount that is not known exactly."""

    low: Money
    middle: Money
    high: Money


class BlastRadius(Value):
    """Who is hit, and who will be next."""

    merchants: tuple[str, ...] = ()
    failures: dict[str, int] = Field(default_factory=dict, description="how often each of them was seen to fail")
    exposed: tuple[str, ...] = Field(default=(), description="all whom the fault covers, hit or not")
    carriers: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="by likely cause, who has the setting it is about, in the stages it shows in"
    )
    stages: dict[str, int] = Field(default_factory=dict)
    at_risk: tuple[str, ...] = Field(default=(), description="healthy merchants that share what the broken ones have")

    @property
    def concerned(self) -> frozenset[str]:
        """All whom a treatment may have to reach: the hurt, whom the fault covers, and who has the wrong setting."""
        return frozenset({*self.merchants, *self.exposed, *(one for held in self.carriers.values() for one in held)})


class BaseTotal(Value):
    """A bill in the one currency that the tenant counts in."""

    currency: str
    lost: MoneyInterval
    per_hour: MoneyInterval
    paid_without_order: Money
    unconverted: tuple[str, ...] = Field(default=(), description="currencies without a rate: they are not in it")


class Impact(Value):
    """The bill: estimated, except for payments without an order, which are reconciled to the cent."""

    lost_orders: Interval
    lost_revenue: tuple[MoneyInterval, ...] = ()
    per_hour: tuple[MoneyInterval, ...] = ()
    per_day: tuple[MoneyInterval, ...] = ()
    paid_without_order: tuple[Money, ...] = ()
    paid_without_order_count: int = 0
    base: BaseTotal | None = Field(default=None, description="the same in the currency that the tenant counts in")
    hours: float = Field(default=0.0, ge=0)
    basis: str = Field(default="", description="how it was computed, in one sentence")
    evidence_ids: tuple[str, ...] = ()
