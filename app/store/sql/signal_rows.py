"""How a signal becomes a row and comes back. There are millions of them: only what is set is written, and what this
program wrote is not validated again.

A sweep reads what the sweeps before it read. A body never changes, so that what was read lately is remembered by it.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from pydantic_core import from_json

from app.domain.base import Severity, Stage, Untrusted
from app.domain.signals import FIELDS, TYPED_FIELDS, Signal, SignalType, build_trusted
from app.store import codec
from app.store.sql.columns import stamp_moment
from app.store.sql.scope import Bound

WRITTEN: Final = ("id", "signal_type", "merchant_id", "occurred_at", "swept", "body", "arrived", "counted")
"""The columns of a new row; the others are a sweep's."""
REMEMBERED: Final = 80_000
"""So many signals are kept as they were read: those of a window and of what it is compared with; two kilobytes each."""
_COMMON = frozenset(Signal.model_fields) - TYPED_FIELDS | {"stage"}
_STORED = {kind: tuple(sorted(_COMMON | fields)) for kind, fields in FIELDS.items()}
"""The fields a signal of each type may have set, in the order of their names."""
_EVERY = frozenset(Signal.model_fields)
_UNSET = dict.fromkeys(_EVERY)
_WORDS = _EVERY & {"error_message", "message", "subject", "body"}
_MOMENTS = _EVERY & {"occurred_at", "received_at", "cutover_at"}
_NUMBERS = _EVERY & {"latency_ms", "value", "health"}
_TYPES = {kind.value: kind for kind in SignalType}
_SEVERITIES = {severity.value: severity for severity in Severity}


def row_of_signal(name: str, signal: Signal, arrived: float, *, counted: bool) -> Bound:
    """What its columns hold; `name` is its id as it is stored."""
    merchant = codec.clean_text(signal.merchant_id)
    at = stamp_moment(signal.occurred_at)
    return name, signal.signal_type.value, merchant, at, False, _body_of(signal), arrived, counted


def _body_of(signal: Signal) -> str:
    said = vars(signal)
    fields = {name: said[name] for name in _STORED[signal.signal_type] if said[name] is not None}
    fields["signal_type"], fields["severity"] = signal.signal_type.value, signal.severity.value
    if signal.attributes:
        fields["attributes"] = dict(sorted(signal.attributes.items()))
    else:
        del fields["attributes"]
    return codec.spell_as_is(fields) or codec.to_body(
        {name: member for name, member in codec.to_fields(signal).items() if name in fields}
    )


@lru_cache(maxsize=REMEMBERED)
def read_signal(stored: str) -> Signal:
    """The signal of a row's body, also of one in which an older version wrote every field."""
    fields: dict[str, Any] = {name: value for name, value in from_json(stored).items() if value is not None}
    given = {*fields, "attributes"}
    if not given <= _EVERY:
        return codec.read_value(Signal, stored)
    fields["signal_type"] = _TYPES[fields["signal_type"]]
    fields["severity"] = _SEVERITIES[fields.get("severity", Severity.INFO.value)]
    fields.setdefault("attributes", {})
    for name in _MOMENTS & given:
        fields[name] = datetime.fromisoformat(fields[name])
    for name in _WORDS & given:
        fields[name] = Untrusted(fields[name])
    for name in _NUMBERS & given:
        fields[name] = float(fields[name])
    if "stage" in given:
        fields["stage"] = Stage(fields["stage"])
    return build_trusted(Signal, {**_UNSET, **fields}, given)
