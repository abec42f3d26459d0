"""The oracle pack: what must be true of a store and of the world outside it at the end of every durability test,
whatever happened before.

Every check is a generator of sentences about what is wrong; silence is the pass. They ask through the ports, so they
hold on every backend.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.action_states import ACTION_MOVES, ActionStatus
from app.domain.actions import Action
from app.domain.events import AnchorReading, Event, Verified
from app.domain.incidents import ACTIVE, INCIDENT_MOVES, Incident, IncidentStatus
from app.domain.signals import Signal
from app.domain.tenants import Scope
from app.ports.connectors import ToolSpec
from app.ports.record import Anchor
from app.ports.store import Session, Store
from tests.durability.world import CountingEffects, Sent, digest_sent

EVERY_ONE = 1_000_000
SENT = frozenset(
    {ActionStatus.EXECUTED, ActionStatus.VERIFIED, ActionStatus.INEFFECTIVE, ActionStatus.HARMED, ActionStatus.UNDONE}
)
"""States of a row whose effect is known to be there."""


@dataclass(frozen=True)
class Tenancy:
    """Everything one tenant holds, read once."""

    tenant: str
    signals: dict[str, list[Signal]]
    incidents: dict[str, Incident]
    actions: dict[str, Action]
    events: tuple[Event, ...]

    def about(self, subject: str) -> list[Event]:
        """The events of one thing, oldest first."""
        return [event for event in self.events if event.subject == subject]


def check(
    store: Store,
    effects: CountingEffects,
    specs: Mapping[str, ToolSpec],
    *,
    accepted: Mapping[str, Iterable[str]] | None = None,
    anchor: Anchor | None = None,
    files: Iterable[Path] = (),
    drained: bool = True,
) -> list[str]:
    """Everything that is wrong. `accepted` names the signals each tenant was told it has; `files` are SQLite files to
    look into.
    """
    wrong: list[str] = []
    houses = [_read(store, tenant.id) for tenant in store.tenants()]
    readings = anchor.readings([ctx.tenant for ctx in houses]) if anchor else {}
    for ctx in houses:
        with store.read(Scope(tenant_id=ctx.tenant)) as session:
            found = [
                *_signals(session, ctx, (accepted or {}).get(ctx.tenant)),
                *_decisions(ctx),
                *_histories(ctx),
                *_plans(session, ctx),
                *_audit(session, readings.get(ctx.tenant)),
                *_outbox(session, ctx, drained=drained),
                *(_stuck(ctx) if drained else ()),
                *_strangers(session, ctx),
            ]
        wrong += [f"{ctx.tenant}: {sentence}" for sentence in found]
    wrong += _effects(effects, specs, houses)
    return wrong + [sentence for file in files for sentence in _integrity(file)]


def _read(store: Store, tenant: str) -> Tenancy:
    with store.read(Scope(tenant_id=tenant)) as session:
        incidents = {incident.id: incident for incident in session.incidents.page(limit=EVERY_ONE)}
        return Tenancy(
            tenant=tenant,
            signals={name: session.signals.of_incident(name) for name in incidents},
            incidents=incidents,
            actions={row.id: row for row in session.actions.page(limit=EVERY_ONE)},
            events=tuple(session.events.page(limit=EVERY_ONE)),
        )


# --- O1: every accepted signal is kept, and in one incident ----------------------------------------------------------


def _signals(session: Session, ctx: Tenancy, accepted: Iterable[str] | None) -> Iterator[str]:
    joined = Counter(signal.id for found in ctx.signals.values() for signal in found)
    yield from (f"O1 signal {name} is in {times} incidents" for name, times in joined.items() if times > 1)
    if waiting := session.signals.count(unswept=True):
        yield f"O1 {waiting} signals were never looked at"
    if accepted is None:
        return
    names = list(accepted)
    kept = {signal.id for signal in session.signals.get(names)}
    yield from (f"O1 signal {name} was accepted and is lost" for name in names if name not in kept)
    yield from (f"O1 signal {name} joined no incident" for name in names if name in kept and name not in joined)


# --- O2: one decision per version ------------------------------------------------------------------------------------


def _decisions(ctx: Tenancy) -> Iterator[str]:
    answers = Counter(
        (event.subject, event.payload["version"])
        for event in ctx.events
        if _is_move(event, "action") and event.payload["from"] == "PENDING"
    )
    yield from (
        f"O2 {name} version {version} was decided {times} times"
        for (name, version), times in answers.items()
        if times > 1
    )


def _is_move(event: Event, family: str) -> bool:
    return event.kind.startswith(f"{family}.") and "from" in event.payload and "to" in event.payload


# --- O3: effects ------------------------------------------------------------------------------------------------------


def _effects(effects: CountingEffects, specs: Mapping[str, ToolSpec], houses: list[Tenancy]) -> list[str]:
    rows = {
        (ctx.tenant, row.idempotency_key): (ctx, row)
        for ctx in houses
        for row in ctx.actions.values()
        if row.idempotency_key
    }
    done, requests = effects.effects(), effects.requests()
    times = Counter((sent.tenant, sent.key) for sent in done)
    wrong = [f"O3 key {key[:8]} of {tenant} had {count} effects" for (tenant, key), count in times.items() if count > 1]
    wrong += [sentence for sent in (*requests, *done) for sentence in _covered(sent, specs, rows)]
    wrong += [
        f"O3 {row.id} ({row.decision.tool}) is {row.status.value} and the other side did nothing"
        for (tenant, key), (_, row) in rows.items()
        if row.status in SENT and not times[tenant, key]
    ]
    return wrong + list(_repeated(requests, specs))


def _covered(
    sent: Sent, specs: Mapping[str, ToolSpec], rows: Mapping[tuple[str, str], tuple[Tenancy, Action]]
) -> Iterator[str]:
    """A request is covered by a row of its own tenant that was granted, and is byte for byte what was granted."""
    found = rows.get((sent.tenant, sent.key))
    if found is None:
        yield f"O3 {sent.what} {sent.number} of {sent.tool} belongs to no action of {sent.tenant}"
        return
    ctx, row = found
    if digest_sent(specs[sent.tool], sent.body) != row.request_digest:
        yield f"O3 {sent.what} {sent.number} of {row.id} is not what was approved"
    grants = [event for event in ctx.about(row.id) if event.kind == "action.approved"]
    if not any(event.payload["digest"] == row.digest and event.payload.get("decided_by") for event in grants):
        yield f"O3 {row.id} was sent, and nobody granted that digest"


def _repeated(requests: list[Sent], specs: Mapping[str, ToolSpec]) -> Iterator[str]:
    sends = Counter((sent.tool, sent.key) for sent in requests)
    for (tool, key), count in sends.items():
        if count > 1 and specs[tool].repeat == "neither":
            yield f"O3 {tool} was sent {count} times under key {key[:8]}, and it can neither be repeated nor looked up"


# --- O4, O5: histories and the chain ---------------------------------------------------------------------------------


def _histories(ctx: Tenancy) -> Iterator[str]:
    for row in ctx.actions.values():
        yield from _history(
            ctx, row.id, "action", row.status.value, {str(a): {str(b) for b in bs} for a, bs in ACTION_MOVES.items()}
        )
        if row.digest not in {event.payload.get("digest") for event in ctx.about(row.id)}:
            yield f"O5 no event accounts for the digest of {row.id}"
    moves = {str(a): {str(b) for b in bs} for a, bs in INCIDENT_MOVES.items()}
    for incident in ctx.incidents.values():
        yield from _history(ctx, incident.id, "incident", incident.status.value, moves)


def _history(ctx: Tenancy, subject: str, family: str, stands: str, moves: Mapping[str, set[str]]) -> Iterator[str]:
    """The events of one thing, played from its beginning, go along the table and end where its row stands."""
    events = [event for event in ctx.about(subject) if event.kind.startswith(f"{family}.")]
    births = [event for event in events if event.kind in {"action.proposed", "incident.opened"}]
    if len(births) != 1:
        yield f"O5 {subject} came into being {len(births)} times"
        return
    at = str(births[0].payload["status"])
    for event in events:
        if not _is_move(event, family):
            continue
        source, target = str(event.payload["from"]), str(event.payload["to"])
        if source != at:
            yield f"O5 {subject} moved from {source} (link {event.seq}), where it did not stand: it was {at}"
        if target not in moves[source]:
            yield f"O4 {subject} moved from {source} to {target} (link {event.seq}), which is no move"
        at = target
    if at != stands:
        yield f"O5 the events of {subject} end in {at}, its row is {stands}"


def _audit(session: Session, reading: AnchorReading | None) -> Iterator[str]:
    seen = session.events.verify()
    if not seen.ok:
        yield f"O5 the chain is broken at {seen.first_bad}: {seen.reason}"
    if reading is None:
        return
    if reading.trouble or not reading.present:
        yield f"O5 the anchor cannot be relied on: {reading.trouble or 'it is not there'}"
        return
    held = session.events.verify(reading.heads)
    if not held.ok and held.verdict is not Verified.NOT_YET_ANCHORED:
        yield f"O5 the chain is not what was anchored, from {held.first_bad}: {held.reason}"


# --- O6, O8, O9, O10
# ---------------------------------------------------------------------------------------------------


def _strangers(session: Session, ctx: Tenancy) -> Iterator[str]:
    """What a row names is there, in the same tenant."""
    for row in ctx.actions.values():
        if row.incident_id not in ctx.incidents:
            yield f"O6 {row.id} belongs to an incident of another tenant, or of none"
        if row.parent_id is not None and row.parent_id not in ctx.actions:
            yield f"O6 the parent of {row.id} is not here"
    for intent in session.outbox.page(limit=EVERY_ONE):
        if intent.action_id not in ctx.actions:
            yield f"O6 intent {intent.key[:8]} belongs to no action"


def _outbox(session: Session, ctx: Tenancy, *, drained: bool) -> Iterator[str]:
    intents = {intent.action_id: intent for intent in session.outbox.page(limit=EVERY_ONE)}
    for name, intent in intents.items():
        row = ctx.actions.get(name)
        if intent.ended_at is None and (drained or row is None or row.status is not ActionStatus.SENDING):
            yield f"O8 the intent of {name} is still open after {intent.attempts} attempts"
        if intent.ended_at is not None and row is not None and row.status is ActionStatus.SENDING:
            yield f"O8 the intent of {name} is closed, and its row is still SENDING"
    for row in ctx.actions.values():
        if row.idempotency_key and row.id not in intents:
            yield f"O8 {row.id} was claimed without an intent"


def _plans(session: Session, ctx: Tenancy) -> Iterator[str]:
    """Each step of a plan is done once, and its event says so."""
    for run in session.playbooks.page(limit=EVERY_ONE):
        told = [one.payload for one in ctx.about(run.incident_id) if one.kind == "playbook.step_completed"]
        done = Counter(str(payload["step"]) for payload in told if payload["run_id"] == run.id)
        if done != Counter(one.id for one in run.done_steps):
            yield f"O11 {run.id}: its steps say {[one.id for one in run.done_steps]}, its events {dict(done)}"


def _stuck(ctx: Tenancy) -> Iterator[str]:
    for incident in ctx.incidents.values():
        if incident.status in ACTIVE or incident.status is IncidentStatus.FAILED:
            yield f"O9 {incident.id} is stuck in {incident.status.value}"
    for row in ctx.actions.values():
        doubtful = row.status is ActionStatus.IN_DOUBT
        if doubtful and ctx.incidents[row.incident_id].status is not IncidentStatus.ESCALATED:
            yield (
                f"O9 {row.id} is in doubt, and no person was told: its incident is"
                f" {ctx.incidents[row.incident_id].status.value}"
            )


def _integrity(file: Path) -> Iterator[str]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        said = connection.execute("PRAGMA integrity_check").fetchall()
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if said != [("ok",)]:
        yield f"O10 {file.name}: {said[:3]}"
    if broken:
        yield f"O10 {file.name}: {len(broken)} rows point to nothing"


# --- how a run ended
# -----------------------------------------------------------------------------------------------------


def endings(store: Store) -> dict[tuple[str, str], Any]:
    """By tenant and incident: its state, and the state of every row it has, by what the row does."""
    found: dict[tuple[str, str], Any] = {}
    for tenant in store.tenants():
        ctx = _read(store, tenant.id)
        for incident in ctx.incidents.values():
            rows = sorted(_named(row) for row in ctx.actions.values() if row.incident_id == incident.id)
            found[tenant.id, incident.id] = (incident.status.value, tuple(rows))
    return found


def _named(row: Action) -> tuple[str, str, int, str]:
    return (str(row.decision.tool), row.step.value, row.cohort, row.status.value)


def unlike(
    reference: Mapping[tuple[str, str], Any], seen: Mapping[tuple[str, str], Any], specs: Mapping[str, ToolSpec]
) -> tuple[list[str], int]:
    """Where a killed run ended elsewhere than the reference; and how many actions of the class `neither` are in doubt
    instead, which they may.
    """
    wrong = [f"{name} is missing" for name in sorted(reference.keys() - seen.keys())]
    wrong += [f"{name} is not in the reference" for name in sorted(seen.keys() - reference.keys())]
    doubts = 0
    for name in sorted(reference.keys() & seen.keys()):
        if seen[name] == reference[name]:
            continue
        if _is_doubt(seen[name], specs):
            doubts += 1
        else:
            wrong.append(f"{name} ended {seen[name]}; un-killed it ends {reference[name]}")
    return wrong, doubts


def _is_doubt(ending: Any, specs: Mapping[str, ToolSpec]) -> bool:
    status, rows = ending
    doubtful = [tool for tool, _, _, state in rows if state == ActionStatus.IN_DOUBT.value]
    return (
        status == IncidentStatus.ESCALATED.value
        and bool(doubtful)
        and all(specs[tool].repeat == "neither" for tool in doubtful)
    )
