"""The shipped examples: tickets, errors and webhook failures of an afternoon on which a migration goes wrong, and who
was hit.

The files tell when things happened by minutes before the end, so that they can be laid on any day. Loading is strict:
one wrong row and nothing is loaded, with every problem named by file and index.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import Field, ValidationError

from app.domain.base import Severity, Stage, Value
from app.domain.errors import BadConfig
from app.domain.merchants import Merchant, Plain
from app.domain.signals import Signal, SignalType, signal_id
from simulations.scenario import ResidentSpec, Scenario
from simulations.scenarios.trials import load_scenario
from simulations.world.population import FIELDS
from simulations.world.world import World, kept_of

WINDOW: Final = timedelta(hours=3)
"""How far back the fixtures reach."""


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
DEMO_FILE: Final = "demo.yaml"
"""How the merchants of the migration file live, and what breaks there: the world of the same afternoon, which goes on
after it.
"""
TOLD: Final = frozenset({SignalType.TICKET, SignalType.MIGRATION_UPDATE})
"""What only the files tell of that afternoon."""


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

    def resident(self, lives: ResidentSpec) -> ResidentSpec:
        """The same merchant as somebody who lives in the world."""
        columns = {name: getattr(self, name) for name in FIELDS}
        same = {
            name: getattr(self, name)
            for name in set(ResidentSpec.model_fields) & set(type(self).model_fields) - {"attributes"}
        }
        days = self.cutover_in_days + WINDOW / timedelta(days=1)
        return lives.changed(**{**same, "attributes": {**columns, **self.attributes}, "cutover_in_days": days})

    def update(self, tenant_id: str, end: datetime) -> Signal:
        """What the tracker last reported about this merchant."""
        at = end - timedelta(minutes=self.minutes_before_end)
        tracked = {"wave": self.wave, "health": self.health, "cutover_at": end + timedelta(days=self.cutover_in_days)}
        who = {
            "merchant_id": self.merchant_id,
            "stage": self.stage,
            "severity": self.severity,
            "source": "migration-tracker",
        }
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
    """The example signals, laid so that they end just before `end`, with the ordinary traffic around them and the
    merchants.

    Ids come from the senders' ids, so loading twice, even on another day, names the same signals. The traffic is what
    their world says between the same two moments, without what the files tell already.
    """
    problems: list[str] = []
    rows = {name: _read_rows(folder, name, problems) for name in (*(source.file for source in SOURCES), MIGRATION_FILE)}
    signals = [
        signal for source in SOURCES for signal in _parse_signals(source, rows[source.file], tenant_id, end, problems)
    ]
    merchants = list(_parse_migrations(rows[MIGRATION_FILE], problems))
    _check_ids(rows, problems)
    known = {row.merchant_id for row in merchants}
    if not problems:
        strangers = sorted({signal.merchant_id or "none" for signal in signals} - known)
        problems += [
            f"{MIGRATION_FILE}: no row for merchant {stranger}, which other files mention" for stranger in strangers
        ]
    if problems:
        raise BadConfig(problems)
    signals += [row.update(tenant_id, end) for row in merchants]
    told = {signal.error_code for signal in signals if signal.error_code}
    signals += _collect_ordinary_traffic(_build_demo_world(folder, merchants, end), tenant_id, end, told)
    return Fixtures(
        sorted(signals, key=lambda signal: (signal.occurred_at, signal.id)), [row.merchant(end) for row in merchants]
    )


def signals_to_send(file: str, rows: Sequence[Any], end: datetime) -> list[Any]:
    """The rows of one example file as their senders would post them, laid so that they end just before `end`; any other
    file's rows as they are.
    """
    sources = {source.file: source for source in SOURCES}
    problems: list[str] = []
    if file == MIGRATION_FILE:
        found = [row.update("", end) for row in _checked_migrations(rows)]
    elif file in sources:
        held = [row if isinstance(row, dict) else {} for row in rows]
        found = list(_parse_signals(sources[file], held, "", end, problems))
    else:
        return list(rows)
    if problems:
        raise BadConfig(problems)
    return [_posted(one) for one in found]


def merchants_to_send(file: str, rows: Sequence[Any], end: datetime) -> list[Any]:
    """The merchants of the migration file as an import takes them; other files hold none."""
    return [row.merchant(end).plain() for row in _checked_migrations(rows)] if file == MIGRATION_FILE else []


def _posted(signal: Signal) -> dict[str, Any]:
    """A signal as its sender posts it: by the sender's own id, without what is made of it on arrival."""
    said = {name: value for name, value in signal.plain().items() if value is not None}
    named = said.get("ticket_id") or _event_id(said)
    return {**{name: said[name] for name in said if name not in {"id", "received_at"}}, "event_id": named}


def _checked_migrations(rows: Sequence[Any]) -> list[_MigrationRow]:
    problems: list[str] = []
    found = list(_parse_migrations(rows, problems))
    if problems:
        raise BadConfig(problems)
    return found


def demo_world(folder: Path, end: datetime) -> World:
    """The world in which the fixtures happened: it began with them, and lives on after their end."""
    problems: list[str] = []
    merchants = list(_parse_migrations(_read_rows(folder, MIGRATION_FILE, problems), problems))
    if problems:
        raise BadConfig(problems)
    return _build_demo_world(folder, merchants, end)


def _build_demo_world(folder: Path, merchants: Sequence[_MigrationRow], end: datetime) -> World:
    known = {row.merchant_id: row for row in merchants}

    def described(scenario: Scenario) -> Scenario:
        lives = {one.id: one for one in scenario.platform.residents}
        if set(lives) != set(known):
            alone = ", ".join(sorted(set(lives) ^ set(known)))
            raise BadConfig([f"{DEMO_FILE}: residents: {alone} must stand here and in {MIGRATION_FILE}, or in neither"])
        residents = tuple(row.resident(lives[row.merchant_id]) for row in merchants)
        return scenario.changed(platform=scenario.platform.changed(residents=residents))

    return World(load_scenario(folder / DEMO_FILE, described), began=end - WINDOW)


def _collect_ordinary_traffic(world: World, tenant_id: str, end: datetime, told: set[str]) -> list[Signal]:
    """Payments, orders, calls and rates of the same hours, and the troubles the files do not tell of; never a second
    telling.
    """
    arrived = (kept_of(item, tenant_id) for item in world.arrivals(end - WINDOW, end) if item.signal_type not in TOLD)
    kept = {signal.id: signal for signal in arrived if not (signal.is_error and signal.error_code in told)}
    return list(kept.values())


# --- strictness
# --------------------------------------------------------------------------------------------------------


def _refuse_double_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = sorted({name for name, _ in pairs if [key for key, _ in pairs].count(name) > 1})
        raise ValueError(f"the key {', '.join(twice)} stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _read_rows(folder: Path, name: str, problems: list[str]) -> list[dict[str, Any]]:
    try:
        content = json.loads(
            (folder / name).read_text(encoding="utf-8"),
            object_pairs_hook=_refuse_double_keys,
            parse_constant=_no_constant,
        )
    except OSError as missing:
        problems.append(f"{name}: cannot be read ({missing.strerror})")
        return []
    except ValueError as wrong:
        problems.append(f"{name}: {wrong}")
        return []
    if not isinstance(content, list):
        problems.append(f"{name}: must be a list of rows")
        return []
    problems += [
        f"{name}[{index}]: must be an object" for index, row in enumerate(content) if not isinstance(row, dict)
    ]
    return [row if isinstance(row, dict) else {} for row in content]


def _parse_signals(
    source: _Source, rows: Sequence[dict[str, Any]], tenant_id: str, end: datetime, problems: list[str]
) -> Iterator[Signal]:
    for index, row in enumerate(rows):
        where = f"{source.file}[{index}]"
        minutes, provider_id = row.get("minutes_before_end"), source.provider_id(row)
        if (
            isinstance(minutes, bool)
            or not isinstance(minutes, int | float)
            or not 0 < minutes <= WINDOW.total_seconds() / 60
        ):
            problems.append(
                f"{where}.minutes_before_end: must be a number above 0, at most {WINDOW.total_seconds() / 60:g}"
            )
            continue
        at = end - timedelta(minutes=minutes)
        ours = {
            "id": signal_id(tenant_id, [source.signal_type.value, provider_id]),
            "signal_type": source.signal_type,
            "source": source.source,
        }
        theirs = {name: value for name, value in row.items() if name != "minutes_before_end"}
        foreign = sorted(set(theirs) & {*ours, "occurred_at", "received_at"})
        problems += [f"{where}.{name}: is given by the loader" for name in foreign]
        try:
            yield Signal.model_validate({**theirs, **ours, "occurred_at": at, "received_at": at})
        except ValidationError as wrong:
            problems += _describe_row_errors(where, wrong)


def _parse_migrations(rows: Sequence[dict[str, Any]], problems: list[str]) -> Iterator[_MigrationRow]:
    for index, row in enumerate(rows):
        try:
            yield _MigrationRow.model_validate(row)
        except ValidationError as wrong:
            problems += _describe_row_errors(f"{MIGRATION_FILE}[{index}]", wrong)


def _describe_row_errors(where: str, wrong: ValidationError) -> list[str]:
    return [
        f"{'.'.join((where, *(str(part) for part in problem['loc'])))}: {problem['msg']}" for problem in wrong.errors()
    ]


def _check_ids(rows: Mapping[str, Sequence[dict[str, Any]]], problems: list[str]) -> None:
    """Every row needs an id of its own: two with one id would be stored as one."""
    readers = {source.file: source.provider_id for source in SOURCES} | {
        MIGRATION_FILE: lambda row: row.get("event_id")
    }
    for name, read in readers.items():
        seen: set[str] = set()
        for index, row in enumerate(rows[name]):
            provider_id = read(row)
            if not isinstance(provider_id, str) or not provider_id:
                problems.append(f"{name}[{index}]: needs the sender's id")
            elif provider_id in seen:
                problems.append(f"{name}[{index}]: the id {provider_id} stands twice")
            seen.add(str(provider_id))
