"""What a tool call does to the simulated platform: it cures, does nothing, or harms, and answers like a real one.

The answer's words are the platform's claim. Only the state, and the signals that follow from it, show whether the claim was true.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import UnionType
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from app.domain.base import digest_of, shown_id
from app.domain.errors import BadInput, Conflict, NotFound, Permanent
from app.domain.merchants import Plain
from app.domain.signals import Signal, SignalType
from app.domain.tenants import Scope
from app.ports import Clock, Session, Store
from simulations.shop import NOTE_KEY, Applied, Change, MerchantShop, Record, RecordKind, Settings, ShopState, reference_exists

HARM: Final = 2
"""How much a harmful tool multiplies a merchant's strain: every failure is then reported twice as often."""


class Call(NamedTuple):
    """One tool call as the platform receives it."""

    tool: str
    arguments: Mapping[str, Any]
    at: datetime
    reference: str
    session: Session

    def need(self, name: str, kind: type | UnionType) -> Any:
        """An argument of that type, or a refusal that names it."""
        value = self.arguments.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise BadInput(f"{self.tool} needs {name} ({getattr(kind, '__name__', 'list')})")
        return value

    def option(self, name: str, default: int) -> int:
        """A whole number that may be left out."""
        return default if name not in self.arguments else int(self.need(name, int))


Body = dict[str, Any]
Handler = Callable[[ShopState, Call], tuple[ShopState, Body]]
Plan = Callable[[Call, Settings], dict[str, Plain]]


def load_shop(session: Session) -> ShopState:
    """The tenant's shop; an empty one where none was set up."""
    note = session.notes.get(NOTE_KEY)
    return ShopState.model_validate(note) if note else ShopState()


def save_shop(session: Session, state: ShopState) -> None:
    """Keep the shop in the running transaction."""
    session.notes.put(NOTE_KEY, state.plain())


class ShopEffects:
    """The Effects port over the shop that a tenant's notes hold."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        """Change the shop once per key; a refusal is an answer too, and as final under its key."""
        asked = digest_of([tool, dict(arguments)])
        with self._store.write(scope) as session:
            state = load_shop(session)
            known = state.applied.get(idempotency_key)
            if known is not None:
                return known.answer if known.request_digest == asked else _refusal(Conflict("this key was used for another request"))
            reference = shown_id(_PREFIX.get(tool, "CHG"), digest_of([scope.tenant_id, tool, idempotency_key]), characters=10)
            call = Call(tool, arguments, self._clock.now(), reference, session)
            changed, answer = _answered(state, call)
            applied = {**changed.applied, idempotency_key: Applied(request_digest=asked, answer=answer)}
            save_shop(session, changed.changed(applied=applied))
            _update_directory(session, state, changed)
            return answer

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> dict[str, Any] | None:
        """The answer an earlier call under this key was given."""
        with self._store.read(scope) as session:
            known = load_shop(session).applied.get(idempotency_key)
        return None if known is None else known.answer

    def find(self, scope: Scope, reference: str) -> bool:
        """Whether what a call answered with this reference is still there."""
        with self._store.read(scope) as session:
            return reference_exists(load_shop(session), reference)


def _answered(state: ShopState, call: Call) -> tuple[ShopState, Body]:
    handler = HANDLERS.get(call.tool)
    try:
        if handler is None:
            raise NotFound(f"the platform has no tool named {call.tool}")
        changed, body = handler(state, call)
    except Permanent as refused:
        return state, _refusal(refused)
    except ValidationError as wrong:
        problem = wrong.errors()[0]
        return state, _refusal(BadInput(f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"))
    return changed, {"http_status": 200, "reference": call.reference, "body": body}


def _refusal(error: Permanent) -> Body:
    return {"http_status": error.status, "reference": "", "body": {"error": type(error).__name__, "detail": error.detail}}


def _update_directory(session: Session, before: ShopState, after: ShopState) -> None:
    """The platform's directory of merchants follows their settings; merchants it does not list stay unlisted."""
    touched = [shop for key, shop in after.merchants.items() if before.merchants[key].settings != shop.settings]
    rows = [(session.merchants.get(shop.id), shop) for shop in touched]
    listed = [
        row.changed(webhook_version=shop.settings.webhook_version, attributes={**row.attributes, **shop.attributes()})
        for row, shop in rows
        if row is not None
    ]
    if listed:
        session.merchants.put(listed)


# --- settings ----------------------------------------------------------------------------------------------------------


def _callback(call: Call, settings: Settings) -> dict[str, Plain]:
    return {"callback_scheme": call.need("callback_scheme", str)}


def _webhook(call: Call, settings: Settings) -> dict[str, Plain]:
    call.need("topic", str)
    return {"webhook_version": call.need("webhook_version", str)}


def _token(call: Call, settings: Settings) -> dict[str, Plain]:
    return {"token_version": call.need("token_version", str)}


def _cache(call: Call, settings: Settings) -> dict[str, Plain]:
    """Prices live in the catalogue and pricing areas; emptying another one leaves them as they are."""
    holds_prices = call.need("area", str) in {"catalog", "pricing"}
    return {"cache_generation": "current" if holds_prices else settings.cache_generation}


def _rate(call: Call, settings: Settings) -> dict[str, Plain]:
    """A rate that both sides know: the platform grants it, and the merchant's client keeps to it."""
    agreed = call.need("requests_per_minute", int)
    return {"sync_limit_per_minute": agreed, "sync_rate_per_minute": min(settings.sync_rate_per_minute, agreed)}


SETTING_TOOLS: Final[dict[str, tuple[str, Plan]]] = {
    "update_callback_url": ("callback_scheme", _callback),
    "resubscribe_webhook": ("webhook_version", _webhook),
    "rotate_token": ("token_version", _token),
    "purge_cache": ("cache_generation", _cache),
    "adjust_rate_limit": ("sync_limit_per_minute", _rate),
}
"""Which setting a tool is about (the name a restore uses), and what it makes of a merchant's settings."""


def _change_settings(state: ShopState, call: Call) -> tuple[ShopState, Body]:
    setting, plan = SETTING_TOOLS[call.tool]
    shops = _merchants(state, call)
    wanted = {shop.id: plan(call, shop.settings) for shop in shops}
    for shop in shops:
        shop.settings.changed(**wanted[shop.id])
    changed = state
    for shop in shops:
        changed = changed.with_merchant(shop.after(_changes(state, call, setting, shop, wanted[shop.id])))
    before = {shop.id: getattr(shop.settings, setting) for shop in shops}
    return changed, {"setting": setting, "before": before, "after": {shop.id: wanted[shop.id][setting] for shop in shops}}


def _changes(state: ShopState, call: Call, setting: str, shop: MerchantShop, wanted: Mapping[str, Plain]) -> tuple[Change, ...]:
    """What really changes: what was wanted, nothing when the tool is broken, more strain when it does harm."""
    really: Mapping[str, Plain] = wanted
    if call.tool in state.harmful_tools:
        really = {"strain": min(shop.settings.strain * HARM, 64)}
    elif call.tool in state.broken_tools:
        really = {name: getattr(shop.settings, name) for name in wanted}
    return tuple(_change(call, setting, name, getattr(shop.settings, name), after) for name, after in really.items())


def _change(call: Call, setting: str, field: str, before: Plain, after: Plain) -> Change:
    return Change(setting=setting, field=field, before=before, after=after, at=call.at, tool=call.tool, reference=call.reference)


def _restore_setting(state: ShopState, call: Call) -> tuple[ShopState, Body]:
    setting, shops = call.need("setting", str), _merchants(state, call)
    if setting not in {name for name, _ in SETTING_TOOLS.values()}:
        raise BadInput(f"there is no setting named {setting} that a tool could have changed")
    never = [shop.id for shop in shops if not shop.last_changes(setting)]
    if never:
        raise Conflict(f"no tool has changed {setting} of {', '.join(never)}; there is nothing to restore")
    restored = {shop.id: shop if call.tool in state.broken_tools else _restored(shop, call, setting) for shop in shops}
    changed = state.changed(merchants={**state.merchants, **restored})
    before = {shop.id: getattr(shop.settings, setting) for shop in shops}
    return changed, {"setting": setting, "before": before, "after": {key: getattr(shop.settings, setting) for key, shop in restored.items()}}


def _restored(shop: MerchantShop, call: Call, setting: str) -> MerchantShop:
    """The merchant with the last change taken back. It is a change like any other, so restoring twice is where one started."""
    changes = shop.last_changes(setting)
    return shop.after(tuple(_change(call, setting, change.field, getattr(shop.settings, change.field), change.before) for change in changes))


def _merchants(state: ShopState, call: Call) -> list[MerchantShop]:
    asked = list(dict.fromkeys(call.need("merchant_ids", list | tuple)))
    unknown = [str(key) for key in asked if key not in state.merchants]
    if unknown:
        raise NotFound(f"the platform has no merchant {', '.join(unknown)}")
    if not asked:
        raise BadInput(f"{call.tool} needs at least one merchant")
    return [state.merchants[key] for key in asked]


# --- records -----------------------------------------------------------------------------------------------------------


def _recorder(kind: RecordKind, *needed: str) -> Handler:
    def record(state: ShopState, call: Call) -> tuple[ShopState, Body]:
        for name in needed:
            call.need(name, str)
        return _written(state, call, kind), {"kind": kind, "before": None, "after": "open"}

    return record


def _written(state: ShopState, call: Call, kind: RecordKind) -> ShopState:
    """The platform with one record more; a broken tool hands out a reference that leads nowhere."""
    if call.tool in state.broken_tools:
        return state
    record = Record(reference=call.reference, kind=kind, at=call.at, arguments=dict(call.arguments))
    return state.changed(records={**state.records, call.reference: record})


def _closer(kind: RecordKind) -> Handler:
    def close(state: ShopState, call: Call) -> tuple[ShopState, Body]:
        reference = call.need("reference", str)
        record = state.records.get(reference)
        if record is None or record.kind != kind:
            raise NotFound(f"there is no {kind.replace('_', ' ')} {reference}")
        return _closed(state, call, record), {"kind": kind, "before": "open" if record.open else "closed", "after": "closed"}

    return close


def _closed(state: ShopState, call: Call, record: Record) -> ShopState:
    if call.tool in state.broken_tools or not record.open:
        return state
    return state.changed(records={**state.records, record.reference: record.changed(open=False, closed_at=call.at)})


def _hold_wave(state: ShopState, call: Call) -> tuple[ShopState, Body]:
    wave = _known_wave(state, call)
    call.need("reason", str)
    held = bool(_holds(state, wave))
    return _written(state, call, "held_wave"), {"wave": wave, "before": "held" if held else "free", "after": "held"}


def _release_wave(state: ShopState, call: Call) -> tuple[ShopState, Body]:
    wave = _known_wave(state, call)
    holds = _holds(state, wave)
    released = state
    for hold in holds:
        released = _closed(released, call, hold)
    return released, {"wave": wave, "before": "held" if holds else "free", "after": "free"}


def _known_wave(state: ShopState, call: Call) -> int:
    wave: int = call.need("wave", int)
    if wave not in {shop.wave for shop in state.merchants.values()}:
        raise NotFound(f"no merchant belongs to wave {wave}")
    return wave


def _holds(state: ShopState, wave: int) -> list[Record]:
    return [record for record in state.records.values() if record.kind == "held_wave" and record.open and record.arguments.get("wave") == wave]


_LOG_MINUTES, _LOG_LINES = 30, 20


def _query_logs(state: ShopState, call: Call) -> tuple[ShopState, Body]:
    """Read what the platform reported lately; the query is a plain text that must occur in a line, * stands for everything."""
    query = call.need("query", str).strip().casefold()
    since = call.at - timedelta(minutes=call.option("minutes", _LOG_MINUTES))
    kinds, merchants = (SignalType.LOG, SignalType.API_ERROR, SignalType.WEBHOOK_FAILURE), call.arguments.get("merchant_ids") or None
    lines = [_line(signal) for signal in call.session.signals.window(since, call.at, types=kinds, merchants=merchants)]
    hits = [line for line in lines if query == "*" or query in line.casefold()]
    limit = call.option("limit", _LOG_LINES)
    return _written(state, call, "query"), {"matches": len(hits), "lines": hits[-limit:]}


def _line(signal: Signal) -> str:
    parts = (signal.occurred_at.isoformat(), signal.merchant_id, signal.error_code or signal.level, signal.endpoint, signal.status, signal.text())
    return " ".join(str(part) for part in parts if part not in (None, ""))


HANDLERS: Final[dict[str, Handler]] = {
    **dict.fromkeys(SETTING_TOOLS, _change_settings),
    "restore_setting": _restore_setting,
    "hold_cutover_wave": _hold_wave,
    "release_cutover_wave": _release_wave,
    "create_ticket": _recorder("ticket", "title", "summary"),
    "close_ticket": _closer("ticket"),
    "escalate": _recorder("escalation", "team", "title", "summary"),
    "withdraw_escalation": _closer("escalation"),
    "propose_doc_update": _recorder("doc_proposal", "document", "change"),
    "withdraw_doc_update": _closer("doc_proposal"),
    "query_logs": _query_logs,
}
"""Every tool the platform answers to."""

_PREFIX: Final = {"create_ticket": "TCK", "escalate": "ESC", "propose_doc_update": "DOC", "query_logs": "QRY", "hold_cutover_wave": "HLD"}
