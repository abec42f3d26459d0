"""The shipped examples: tickets, errors and webhook failures of an afternoon on which a migration goes wrong, and who was hit.

The files tell when things happened by minutes before the end, so that they can be laid on any day. Loading is strict: one wrong row
and nothing is loaded, with every problem named by file and index.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import Field, ValidationError

from app.domain.base import Severity, Stage, Value
from app.domain.errors import BadConfig
from app.domain.merchants import Merchant, Plain
from app.domain.signals import Signal, SignalType, signal_id
from simulations.shop import ShopState, demo_state
from simulations.shop_telemetry import signals_between

WINDOW: Final = timedelta(hours=3)
"""How far back the fixtures reach."""

FIRST_FAULT: Final = timedelta(minutes=80)
"""How long before the end the first thing breaks."""

CONTEXT_SEED: Final = 20_260
"""The seed of the ordinary traffic around the fixtures. It is part of their identity: another one would be other traffic."""

_ANCHOR: Final = datetime(2001, 1, 1, tzinfo=UTC)
"""Context is generated for the window before this moment and then moved, so that its ids do not depend on the day it is laid on."""


class Fixtures(NamedTuple):
    """Everything the example files hold, ready to be stored."""

    signals: list[Signal]
    merchants: list[Merchant]


class _Source(NamedTuple):
    """One file of signals: what its rows are, who sends them, and which field is the sender's own id."""

    file: str
    signal_type: SignalType
    source: str
    provider_id: Callable[[Mapping[str, Any]], object]


def _event_id(row: Mapping[str, Any]) -> object:
    attributes = row.get("attributes")
    return attributes.get("event_id") if isinstance(attributes, dict) else None


SOURCES: Final = (
    _Source("tickets.json", SignalType.TICKET, "helpdesk", lambda row: row.get("ticket_id")),
    _Source("api_errors.json", SignalType.API_ERROR, "api-gateway", _event_id),
    _Source("webhook_failures.json", SignalType.WEBHOOK_FAILURE, "webhook-dispatcher", _event_id),
)
MIGRATION_FILE: Final = "migration_states.json"


class _MigrationRow(Value):
    """One merchant as the migration tracker sees it."""

    merchant_id: str = Field(min_length=1, max_length=64)
    event_id: str = Field(min_length=1)
    minutes_before_end: float = Field(gt=0, le=WINDOW.total_seconds() / 60)
    severity: Severity
    name: str
    plan: str
    region: str
    gateway: str
    theme: str
    plugins: tuple[str, ...]
    api_version: str
    webhook_version: str
    wave: int = Field(ge=0)
    stage: Stage
    cutover_in_days: int
    health: float = Field(ge=0, le=1)
    issues: int = Field(ge=0)
    average_order_value: int = Field(ge=0)
    currency: str = Field(pattern="^[A-Z]{3}$")
    attributes: dict[str, Plain]

    def merchant(self, end: datetime) -> Merchant:
        """The merchant, with its cutover laid on the calendar."""
        same = {name: getattr(self, name) for name in set(Merchant.model_fields) & set(type(self).model_fields)}
        return Merchant(id=self.merchant_id, cutover_date=(end + timedelta(days=self.cutover_in_days)).date(), **same)

    def update(self, tenant_id: str, end: datetime) -> Signal:
        """What the tracker last reported about this merchant."""
        at = end - timedelta(minutes=self.minutes_before_end)
        tracked = {"wave": self.wave, "health": self.health, "cutover_at": end + timedelta(days=self.cutover_in_days)}
        who = {"merchant_id": self.merchant_id, "stage": self.stage, "severity": self.severity, "source": "migration-tracker"}
        identity = signal_id(tenant_id, [SignalType.MIGRATION_UPDATE.value, self.event_id])
        return Signal.model_validate(
            {
                "id": identity,
                "signal_type": SignalType.MIGRATION_UPDATE,
                "occurred_at": at,
                "received_at": at,
                "attributes": {"event_id": self.event_id, "issues": self.issues},
                **tracked,
                **who,
            }
        )


def load_fixtures(folder: Path, tenant_id: str, end: datetime) -> Fixtures:
    """The example signals, laid so that they end just before `end`, with the ordinary traffic around them and the merchants.

    Ids come from the senders' ids, so loading twice, even on another day, names the same signals.
    """
    problems: list[str] = []
    rows = {name: _rows(folder, name, problems) for name in (*(source.file for source in SOURCES), MIGRATION_FILE)}
    signals = [signal for source in SOURCES for signal in _signals(source, rows[source.file], tenant_id, end, problems)]
    merchants = list(_migrations(rows[MIGRATION_FILE], problems))
    _check_ids(rows, problems)
    known = {row.merchant_id for row in merchants}
    if not problems:
        strangers = sorted({signal.merchant_id or "none" for signal in signals} - known)
        problems += [f"{MIGRATION_FILE}: no row for merchant {stranger}, which other files mention" for stranger in strangers]
    if problems:
        raise BadConfig(problems)
    signals += [row.update(tenant_id, end) for row in merchants]
    signals += _context(tenant_id, end, {signal.error_code for signal in signals if signal.error_code})
    return Fixtures(sorted(signals, key=lambda signal: (signal.occurred_at, signal.id)), [row.merchant(end) for row in merchants])


def fixture_shop(end: datetime) -> ShopState:
    """The shop as it stands at the end of the fixtures: broken where they say, and sound before."""
    return demo_state(CONTEXT_SEED, end - FIRST_FAULT)


def _context(tenant_id: str, end: datetime, told: set[str]) -> list[Signal]:
    """Payments, orders, calls and rates of the same hours, and the troubles the files do not tell of; never a second telling."""
    first = signals_between(fixture_shop(_ANCHOR), tenant_id, _ANCHOR - WINDOW, _ANCHOR, CONTEXT_SEED)
    kept = (signal for signal in first if signal.signal_type is not SignalType.TICKET and not (signal.is_error and signal.error_code in told))
    moved = end - _ANCHOR
    return [signal.model_copy(update={"occurred_at": signal.occurred_at + moved, "received_at": signal.received_at + moved}) for signal in kept]


# --- strictness --------------------------------------------------------------------------------------------------------


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = sorted({name for name, _ in pairs if [key for key, _ in pairs].count(name) > 1})
        raise ValueError(f"the key {', '.join(twice)} stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _rows(folder: Path, name: str, problems: list[str]) -> list[dict[str, Any]]:
    try:
        content = json.loads((folder / name).read_text(encoding="utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except OSError as missing:
        problems.append(f"{name}: cannot be read ({missing.strerror})")
        return []
    except ValueError as wrong:
        problems.append(f"{name}: {wrong}")
        return []
    if not isinstance(content, list):
        problems.append(f"{name}: must be a list of rows")
        return []
    problems += [f"{name}[{index}]: must be an object" for index, row in enumerate(content) if not isinstance(row, dict)]
    return [row if isinstance(row, dict) else {} for row in content]


def _signals(source: _Source, rows: Sequence[dict[str, Any]], tenant_id: str, end: datetime, problems: list[str]) -> Iterator[Signal]:
    for index, row in enumerate(rows):
        where = f"{source.file}[{index}]"
        minutes, provider_id = row.get("minutes_before_end"), source.provider_id(row)
        if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 < minutes <= WINDOW.total_seconds() / 60:
            problems.append(f"{where}.minutes_before_end: must be a number above 0, at most {WINDOW.total_seconds() / 60:g}")
            continue
        at = end - timedelta(minutes=minutes)
        ours = {"id": signal_id(tenant_id, [source.signal_type.value, provider_id]), "signal_type": source.signal_type, "source": source.source}
        theirs = {name: value for name, value in row.items() if name != "minutes_before_end"}
        foreign = sorted(set(theirs) & {*ours, "occurred_at", "received_at"})
        problems += [f"{where}.{name}: is given by the loader" for name in foreign]
        try:
            yield Signal.model_validate({**theirs, **ours, "occurred_at": at, "received_at": at})
        except ValidationError as wrong:
            problems += _named(where, wrong)


def _migrations(rows: Sequence[dict[str, Any]], problems: list[str]) -> Iterator[_MigrationRow]:
    for index, row in enumerate(rows):
        try:
            yield _MigrationRow.model_validate(row)
        except ValidationError as wrong:
            problems += _named(f"{MIGRATION_FILE}[{index}]", wrong)


def _named(where: str, wrong: ValidationError) -> list[str]:
    return [f"{'.'.join((where, *(str(part) for part in problem['loc'])))}: {problem['msg']}" for problem in wrong.errors()]


def _check_ids(rows: Mapping[str, Sequence[dict[str, Any]]], problems: list[str]) -> None:
    """Every row needs an id of its own: two with one id would be stored as one."""
    readers = {source.file: source.provider_id for source in SOURCES} | {MIGRATION_FILE: lambda row: row.get("event_id")}
    for name, read in readers.items():
        seen: set[str] = set()
        for index, row in enumerate(rows[name]):
            provider_id = read(row)
            if not isinstance(provider_id, str) or not provider_id:
                problems.append(f"{name}[{index}]: needs the sender's id")
            elif provider_id in seen:
                problems.append(f"{name}[{index}]: the id {provider_id} stands twice")
            seen.add(str(provider_id))
