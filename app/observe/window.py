"""The signals of a stretch of time, type by type: what is looked for in one type is not looked for in the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain

from app.domain.signals import Signal, SignalType
from app.observe.groups import by_time, is_failure
from app.observe.kpi import Ratios, ratios_of

MONEY = (SignalType.PAYMENT, SignalType.ORDER)
MAY_FAIL = (
    SignalType.API_ERROR,
    SignalType.WEBHOOK_FAILURE,
    SignalType.API_CALL,
    SignalType.WEBHOOK_DELIVERY,
    SignalType.LOG,
)


@dataclass(frozen=True)
class Parts:
    """Signals by type; those of one type by (occurred_at, id), each id once."""

    by_type: Mapping[SignalType, Sequence[Signal]]

    @classmethod
    def of_all(cls, signals: Iterable[Signal]) -> "Parts":
        """Signals in order, apart."""
        found: dict[SignalType, list[Signal]] = {}
        for signal in signals:
            found.setdefault(signal.signal_type, []).append(signal)
        return cls(found)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(map(len, self.by_type.values()))

    def span(self) -> tuple[datetime, datetime]:
        """From the first to the last; there must be one."""
        some = [part for part in self.by_type.values() if part]
        return min(part[0].occurred_at for part in some), max(part[-1].occurred_at for part in some)

    def of(self, *kinds: SignalType) -> Sequence[Signal]:
        """Those of these types, type after type."""
        if len(kinds) == 1:
            return self.by_type.get(kinds[0], ())
        return [signal for kind in kinds for signal in self.by_type.get(kind, ())]

    @cached_property
    def ratios(self) -> Ratios:
        """What the metrics say of how many tries went well."""
        return ratios_of(self.of(SignalType.KPI))

    @cached_property
    def failures(self) -> Sequence[Signal]:
        """Whatever failed, by (occurred_at, id)."""
        return tuple(by_time(filter(is_failure, chain.from_iterable(self.by_type.get(kind, ()) for kind in MAY_FAIL))))
