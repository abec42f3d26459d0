"""In which currency a tenant counts, and what others were worth in it, by the day.

An amount is converted by the rate in force at its own date. One without a rate is told apart: it is never summed as if
it were of the base.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Final

from pydantic import Field

from app.domain.base import Money, Value
from app.validation.strict_yaml import KeyPath

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
USUAL_BASE: Final = "EUR"
DAY: Final = timedelta(days=1)


class ExchangeRate(Value):
    """What one unit of a currency is worth in another, from a day on until a later one is named."""

    currency: Currency
    base: Currency
    since: date
    rate: float = Field(gt=0, le=1e6)


class Currencies(Value):
    """config/currencies.yaml."""

    base: Currency = USUAL_BASE
    tenants: dict[str, Currency] = Field(default_factory=dict, description="whose base is another")
    rates: tuple[ExchangeRate, ...] = ()

    def base_of(self, tenant_id: str) -> str:
        """In which currency a tenant counts."""
        return self.tenants.get(tenant_id, self.base)

    def rate(self, currency: str, base: str, on: date) -> float | None:
        """What a unit was worth on a day; None before the first rate, and where there is none."""
        if currency == base:
            return 1.0
        known = [one for one in self.rates if (one.currency, one.base) == (currency, base) and one.since <= on]
        return max(known, key=lambda one: one.since).rate if known else None

    def mean_rate(self, currency: str, base: str, since: datetime, until: datetime) -> float | None:
        """What a unit was worth over some time, each moment by its own rate; None where part of it has none."""
        whole, start, total = max((until - since).total_seconds(), 0.0), since, 0.0
        while start < until:
            end = min(datetime.combine(start.date() + DAY, datetime.min.time(), start.tzinfo), until)
            rate = self.rate(currency, base, start.date())
            if rate is None:
                return None
            total, start = total + rate * (end - start).total_seconds(), end
        return total / whole if whole else self.rate(currency, base, since.date())

    def convert(self, money: Money, base: str, on: date) -> Money | None:
        """An amount in the base, by the rate in force at its date."""
        rate = self.rate(money.currency, base, on)
        return None if rate is None else Money(minor=money.times(rate).minor, currency=base)


def find_currency_problems(found: Currencies) -> Iterator[tuple[KeyPath, str]]:
    """What the shape of config/currencies.yaml cannot say."""
    known: set[tuple[str, str, date]] = set()
    bases = {found.base, *found.tenants.values()}
    for place, one in enumerate(found.rates):
        path: KeyPath = ("rates", place)
        if one.currency == one.base:
            yield (*path, "base"), f"a rate of {one.currency} in itself is always 1; remove it"
        elif one.base not in bases:
            yield (*path, "base"), f"nobody counts in {one.base}; write one of {', '.join(sorted(bases))}"
        if (one.currency, one.base, one.since) in known:
            yield (*path, "since"), f"{one.currency} has two rates in {one.base} from {one.since} on; keep one"
        known.add((one.currency, one.base, one.since))
