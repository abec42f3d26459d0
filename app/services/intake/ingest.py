"""Takes signals in: each is kept once, by what identifies it, before the sender is told so."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from app.config.vocabulary import Vocabulary
from app.context import AppContext
from app.domain.base import Json, JsonMapping, JsonObject, Stage, Untrusted, digest_of
from app.domain.errors import BadInput
from app.domain.merchants import Merchant
from app.domain.signals import Signal, SignalType, build_trusted, set_foreign, signal_id
from app.domain.tenants import Scope
from app.domain.times import Misplaced, Reach, reach_of
from app.observe.streams import Readers
from app.ports.store import Session
from app.privacy.redact import redact
from app.schemas.base import ContentConflict
from app.schemas.signals import IncomingSignal, IngestAnswer
from app.services.intake.lines import name_lines
from app.services.intake.places import name_places
from app.services.intake.secrets import remove_secrets
from app.services.intake.signals import put_aside
from app.services.intake.tally import count_signals

REMOVED = {
    "card": "card data was",
    "cvv": "card data was",
    "iban": "a bank account number was",
    "password": "a credential was",
    "token": "a credential was",
    "key": "a credential was",
}
"""How the sender is told what did not enter."""
APART = frozenset({"event_id"})
"""What a signal keeps in its id only."""
REPORTED = frozenset({"id", "occurred_at", "received_at", "attributes"})
"""What every signal has set, whatever its sender said."""
WORDS_OF_OTHERS = frozenset(name for name, field in Signal.model_fields.items() if field.annotation == Untrusted | None)
MOST_TOLD = 50
"""So many conflicts an event names."""


def accept(
    ctx: AppContext,
    scope: Scope,
    items: Sequence[IncomingSignal],
    *,
    idempotency_key: str | None = None,
    lenient: bool = False,
) -> IngestAnswer:
    """Keep a whole batch or nothing of it, and wake the worker.

    A lenient door, whose senders do not read refusals, keeps what lies beyond the accepted times too, set aside for
    people to see.
    """
    reach = reach_now(ctx, scope)
    refuse_faulty(items, None if lenient else reach)
    now = ctx.clock(scope).now()
    signals, notes = as_kept(ctx, scope, items, now, idempotency_key=idempotency_key)
    late = [
        (signal.id, misplaced(item, reach)) for signal, item in zip(signals, items if lenient else (), strict=False)
    ]
    beyond = {name: wrong[0].sentence for name, wrong in late if wrong}
    notes += [
        f"item {index}: set aside, {beyond[signal.id]}" for index, signal in enumerate(signals) if signal.id in beyond
    ]
    words = ctx.words(scope)
    with ctx.readers.keeping(scope.tenant_id), ctx.store.write(scope) as session:
        fresh = keep_signals(ctx.readers, words, session, signals, aside=beyond, now=now)
        session.events.append(
            "signals.ingested", scope.tenant_id, {"accepted": sum(fresh), "duplicates": len(fresh) - sum(fresh)}, at=now
        )
        conflicts = _conflicts(session, items, signals, fresh)
        _tell_conflicts(session, conflicts, now)
    ctx.wake()
    return IngestAnswer(
        accepted=sum(fresh),
        duplicates=len(fresh) - sum(fresh),
        signal_ids=[signal.id for signal in signals],
        conflicts=conflicts,
        notes=notes,
    )


def _conflicts(
    session: Session, items: Sequence[IncomingSignal], signals: Sequence[Signal], fresh: Sequence[bool]
) -> list[ContentConflict]:
    """The duplicates that say something else than what was kept under their id."""
    again = [index for index, new in enumerate(fresh) if not new and _sender_id(items[index])]
    kept = {signal.id: signal for signal in session.signals.get([signals[index].id for index in again])}
    found = []
    for index in again:
        signal, first = signals[index], kept[signals[index].id]
        fields = _differing(first, signal, timed=items[index].occurred_at is not None)
        if fields:
            name = redact(str(_sender_id(items[index]))).text
            detail = (
                f"item {index}: {name} came before with other content ({', '.join(fields)} differ); what came first"
                " stays, this was not kept"
            )
            found.append(ContentConflict(index=index, event_id=name, signal_id=signal.id, fields=fields, detail=detail))
    return found


def _differing(first: Signal, again: Signal, *, timed: bool) -> list[str]:
    """The fields in which two signals of one id differ; the time of one that named none is only when it came in."""
    compared = set(Signal.model_fields) - {"id", "received_at", "template", "route"}
    if not timed or first.occurred_at == first.received_at:
        compared.discard("occurred_at")
    return sorted(name for name in compared if getattr(first, name) != getattr(again, name))


def _tell_conflicts(session: Session, conflicts: Sequence[ContentConflict], now: datetime) -> None:
    """One event for the incident that each of them touches, and one for the tenant about those that touch none."""
    joined = session.signals.incidents_of([one.signal_id for one in conflicts]) if conflicts else {}
    for subject in dict.fromkeys(joined.get(one.signal_id, session.scope.tenant_id) for one in conflicts):
        about = [one for one in conflicts if joined.get(one.signal_id, session.scope.tenant_id) == subject]
        told: list[Json] = [
            {"signal_id": one.signal_id, "event_id": one.event_id, "fields": [*one.fields]} for one in about[:MOST_TOLD]
        ]
        session.events.append("signals.conflict", subject, {"count": len(about), "conflicts": told}, at=now)


def as_kept(
    ctx: AppContext, scope: Scope, items: Sequence[IncomingSignal], now: datetime, *, idempotency_key: str | None = None
) -> tuple[list[Signal], list[str]]:
    """The items as they are kept when they come in now: without secrets, under their ids; and what their sender should
    know.
    """
    signals: list[Signal] = []
    notes: list[str] = []
    for index, (harmless, kinds) in enumerate(remove_secrets(items)):
        identity, note = _identity_of(ctx, scope, harmless, idempotency_key, index)
        signals.append(_build_signal(scope, harmless, identity, now))
        if kinds:
            notes += [f"item {index}: {said} removed" for said in dict.fromkeys(REMOVED[kind] for kind in kinds)]
        if note:
            notes.append(note)
    return signals, notes


def as_named(readers: Readers, session: Session, signals: Sequence[Signal]) -> list[Signal]:
    """The same signals with what is learnt of them before they count: their places, and the names of their lines."""
    return name_lines(readers, session, name_places(readers, session, signals))


def keep_signals(
    readers: Readers,
    words: Vocabulary,
    session: Session,
    signals: Sequence[Signal],
    *,
    aside: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> list[bool]:
    """Keep each signal once, add the new ones up, and let the directory follow the news of migrations; for each,
    whether it was new.

    Those to be put aside, each for its reason, are kept and count in nothing.
    """
    aside = aside or {}
    signals = as_named(readers, session, signals)
    fresh = session.signals.add(signals, counted=not aside)
    new = [signal for signal, is_new in zip(signals, fresh, strict=True) if is_new]
    apart = {signal.id: aside[signal.id] for signal in new if signal.id in aside}
    if apart:
        put_aside(readers, words, session, apart, now or max(signal.received_at for signal in new))
    counting = [signal for signal in new if signal.id not in apart]
    if aside:
        session.signals.mark_counted([signal.id for signal in counting])
    count_signals(readers, words, session, counting)
    _follow_migrations(session, counting)
    return fresh


def foreign_fields(item: IncomingSignal) -> list[str]:
    """Fields that are set and do not belong to the signal's type."""
    return set_foreign(item.signal_type, item)


def reach_now(ctx: AppContext, scope: Scope) -> Reach:
    """Which times are accepted of a sender now."""
    return reach_of(ctx.clock(scope).now(), ctx.system.now())


def misplaced(item: IncomingSignal, reach: Reach) -> list[Misplaced]:
    """The times of a signal that lie beyond what is accepted."""
    at, planned = item.occurred_at, item.cutover_at
    if planned is None and (at is None or reach.earliest <= at <= reach.latest):
        return []
    occurred = reach.event("occurred_at", at) if at else None
    cutover = reach.plan("cutover_at", planned) if planned else None
    return [wrong for wrong in (occurred, cutover) if wrong is not None]


def faults(item: IncomingSignal, index: int, reach: Reach | None) -> list[JsonObject]:
    """What is wrong with an item whose shape is right: fields of another type, and times beyond the reach."""
    strange, late = foreign_fields(item), misplaced(item, reach) if reach else []
    if not strange and not late:
        return []
    kind = item.signal_type.value
    foreign = [
        {"field": name, "problem": f"`{name}` is not a field of a {kind}; put values of your own under `attributes`."}
        for name in strange
    ]
    beyond = [one.problem() for one in late]
    return [{"index": index, "path": f"signals[{index}].{one['field']}", **one} for one in (*foreign, *beyond)]


def refuse_faulty(items: Sequence[IncomingSignal], reach: Reach | None) -> None:
    """One error that lists everything that is wrong with any item; nothing of them is kept."""
    problems = [problem for index, item in enumerate(items) for problem in faults(item, index, reach)]
    if problems:
        raise refusal(problems)


def refusal(problems: Sequence[JsonMapping]) -> BadInput:
    """The refusal of a batch for these problems."""
    first, more = problems[0], f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return BadInput(
        f"Nothing was stored. {first['path']}: {first['problem']}{more}", problems, problem_count=len(problems)
    )


def _identity_of(
    ctx: AppContext, scope: Scope, item: IncomingSignal, key: str | None, index: int
) -> tuple[object, str | None]:
    """What makes this signal the same as another. A key alone does not: used again on another day for something else,
    it must not swallow that.
    """
    provider_id = _sender_id(item)
    if provider_id:
        return [item.source, item.signal_type.value, provider_id], None
    content = digest_of(item.model_dump(mode="json"))
    if item.occurred_at:
        return [item.signal_type.value, content], None
    if key:
        return ["key", scope.principal.id, key, index, content], None
    note = (
        f"item {index} has neither an id nor a time: it was taken as new, as of now; send event_id, occurred_at or an"
        " Idempotency-Key"
    )
    return ["new", ctx.ids.fresh("post")], note


def _sender_id(item: IncomingSignal) -> str | None:
    """The id by which its sender names it, if it does."""
    return item.event_id or (item.ticket_id if item.signal_type is SignalType.TICKET else None)


def _build_signal(scope: Scope, item: IncomingSignal, identity: object, now: datetime) -> Signal:
    """The rules of an item are those of a signal and stricter: what was checked once is not checked again."""
    moment = item.occurred_at or now
    if moment.tzinfo is None:
        raise BadInput(f"occurred_at {moment.isoformat()} has no offset; write it as {moment.isoformat()}Z")
    fields = vars(item).copy()
    del fields["event_id"]
    fields["id"], fields["template"], fields["route"] = signal_id(scope.tenant_id, identity), None, None
    fields["occurred_at"], fields["received_at"] = moment.astimezone(UTC), now
    for name in WORDS_OF_OTHERS & item.model_fields_set:
        fields[name] = None if fields[name] is None else Untrusted(fields[name])
    return build_trusted(Signal, fields, (item.model_fields_set | REPORTED) - APART)


def _follow_migrations(session: Session, signals: Sequence[Signal]) -> None:
    """A migration update also moves the merchant it is about. What happened last counts, not what was told last: later
    ones are applied again.
    """
    moves = [signal for signal in signals if signal.signal_type is SignalType.MIGRATION_UPDATE and signal.merchant_id]
    if not moves:
        return
    moved: dict[str, Merchant] = {}
    since = min(signal.occurred_at for signal in moves)
    concerned = {signal.merchant_id for signal in moves if signal.merchant_id}
    for signal in session.signals.window(since, None, types=[SignalType.MIGRATION_UPDATE], merchants=concerned):
        name = str(signal.merchant_id)
        known = moved.get(name) or session.merchants.get(name) or Merchant(id=name)
        moved[name] = known.changed(**_migration_changes(signal))
    session.merchants.put(list(moved.values()))


def _migration_changes(signal: Signal) -> dict[str, Stage | float | date]:
    """What a migration update says about its merchant."""
    cutover = signal.cutover_at.date() if signal.cutover_at else None
    news = {"stage": signal.stage, "wave": signal.wave, "health": signal.health, "cutover_date": cutover}
    return {name: value for name, value in news.items() if value is not None}
