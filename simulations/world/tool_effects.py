"""What a tool call does to the platform: which setting it changes, which record it writes, and what it answers.

The answer's words are the platform's claim. Whether anything got better is decided by the faults, which look at what
stands here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType, UnionType
from typing import Any, Final, Literal, NamedTuple

from app.domain.base import digest_of, shown_id
from app.domain.errors import BadInput, Conflict, NotFound, Permanent
from app.domain.merchants import Plain
from simulations.world.population import Inhabitant

Body = dict[str, Any]
Does = Literal["", "nothing", "fails", "fails_but_did_it", "harms"]
RecordKind = Literal["escalation", "ticket", "doc_proposal", "query", "held_wave", "released_wave"]
BROKEN: Final = 2.0
"""How much worse a tool makes it that harms instead of doing what it says."""


class Call(NamedTuple):
    """One call as the platform received it."""

    tool: str
    arguments: Mapping[str, Any]
    key: str
    at_ms: int
    reference: str
    does: Does = ""
    about: frozenset[int] | None = None
    """The faults it is about, where that is known."""

    def need(self, name: str, kind: type | UnionType) -> Any:
        """An argument of that type, or a refusal that names it."""
        value = self.arguments.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise BadInput(f"{self.tool} needs {name} ({getattr(kind, '__name__', 'list')})")
        return value

    def option(self, name: str, usual: int) -> int:
        """A whole number above 0 that may be left out."""
        return usual if name not in self.arguments else self.positive(name)

    def positive(self, name: str) -> int:
        """A whole number above 0."""
        number: int = self.need(name, int)
        if number < 1:
            raise BadInput(f"{self.tool}: {name} is {number}; it must be 1 or more")
        return number

    def one_of(self, name: str, *allowed: str) -> str:
        """One of a few words."""
        word: str = self.need(name, str)
        if word not in allowed:
            raise BadInput(f"{name}: {word!r} is none of {', '.join(allowed)}")
        return word

    @property
    def works(self) -> bool:
        """Whether anything comes of it."""
        return self.does not in ("nothing", "fails")


class Hand(NamedTuple):
    """Where somebody put a setting: the value, and by which call. Without a call it stands as it was drawn."""

    value: Plain
    call: Call | None


class Turn(NamedTuple):
    """One change of one setting of one merchant."""

    at_ms: int
    before: Hand
    after: Hand


class Record(NamedTuple):
    """Something written down for people."""

    kind: RecordKind
    call: Call
    closed_ms: int | None = None


class Held(NamedTuple):
    """A time in which a wave does not move."""

    wave: int
    since_ms: int
    until_ms: int | None


def _webhook_version_after(call: Call, before: Plain) -> Plain:
    call.need("topic", str)
    return call.one_of("webhook_version", "v2", "v3")


def _cache_generation_after(call: Call, before: Plain) -> Plain:
    """Prices live in the catalogue and pricing areas; emptying another one leaves them as they are."""
    return "current" if call.need("area", str) in {"catalog", "pricing"} else before


RATE: Final = "sync_rate_per_minute"
LIMIT: Final = "sync_limit_per_minute"
SETTINGS: Final[Mapping[str, tuple[str, Callable[[Call, Plain], Plain]]]] = MappingProxyType(
    {
        "update_callback_url": ("callback_scheme", lambda call, _: call.one_of("callback_scheme", "https", "http")),
        "resubscribe_webhook": ("webhook_version", _webhook_version_after),
        "rotate_token": ("token_version", lambda call, _: call.one_of("token_version", "v2", "v3")),
        "purge_cache": ("cache_generation", _cache_generation_after),
        "adjust_rate_limit": (LIMIT, lambda call, _: call.positive("requests_per_minute")),
    }
)
"""Which setting of a merchant a tool is about (the name a restore uses), and what a call makes of it."""
SETTING_OF: Final[Mapping[str, str]] = MappingProxyType({tool: setting for tool, (setting, _) in SETTINGS.items()})
SETTING_TOOLS: Final = tuple(SETTING_OF)
"""Tools that can end a fault. Whatever ends by another tool is ended by the people who are told."""
RECORDS: Final[Mapping[str, tuple[RecordKind, tuple[str, ...]]]] = MappingProxyType(
    {
        "create_ticket": ("ticket", ("title", "summary")),
        "escalate": ("escalation", ("team", "title", "summary")),
        "propose_doc_update": ("doc_proposal", ("document", "change")),
    }
)
CLOSERS: Final[Mapping[str, RecordKind]] = MappingProxyType(
    {"close_ticket": "ticket", "withdraw_escalation": "escalation", "withdraw_doc_update": "doc_proposal"}
)
QUERY_MINUTES: Final = 30
QUERY_LINES: Final = 20
_PREFIX: Final = {
    "create_ticket": "TCK",
    "escalate": "ESC",
    "propose_doc_update": "DOC",
    "query_logs": "QRY",
    "hold_cutover_wave": "HLD",
    "release_cutover_wave": "RLS",
}


def reference_of(seed: int, tool: str, key: str) -> str:
    """The number under which a call can be found again."""
    return shown_id(_PREFIX.get(tool, "CHG"), digest_of(["world", seed, tool, key]), characters=10)


def build_refusal(error: Permanent) -> Body:
    """How the platform says no."""
    return {
        "http_status": error.status,
        "reference": "",
        "body": {"error": type(error).__name__, "detail": error.detail},
    }


def build_breakdown() -> Body:
    """How a broken tool answers."""
    return {
        "http_status": 500,
        "reference": "",
        "body": {"error": "Unavailable", "detail": "the request could not be completed"},
    }


class Levers:
    """Everything that tools have changed in one world."""

    def __init__(self, people: Mapping[str, Inhabitant]) -> None:
        self.people = people
        self.turns: dict[tuple[str, str], list[Turn]] = {}
        self.records: dict[str, Record] = {}
        self.holds: list[Held] = []
        self.references: set[str] = set()

    def answer(self, call: Call) -> Body:
        """What the platform answers; a refusal changes nothing."""
        try:
            handler = HANDLERS.get(call.tool)
            if handler is None:
                raise NotFound(f"the platform has no tool named {call.tool}")
            body = handler(self, call)
        except Permanent as refused:
            return build_refusal(refused)
        return (
            build_breakdown()
            if call.does in ("fails", "fails_but_did_it")
            else {"http_status": 200, "reference": call.reference, "body": body}
        )

    def find(self, reference: str) -> bool:
        """Whether a reference stands for something that is there."""
        record = self.records.get(reference)
        return record.closed_ms is None if record is not None else bool(reference) and reference in self.references

    def changed(self, merchant_id: str) -> dict[str, Plain]:
        """The settings of a merchant that tools have put somewhere else. A rate that was agreed upon is one that the
        merchant keeps to.
        """
        hands = {setting: turns[-1].after for (who, setting), turns in self.turns.items() if who == merchant_id}
        settings = {setting: hand.value for setting, hand in hands.items()}
        agreed, rate = hands.get(LIMIT), self.people[merchant_id].attributes.get(RATE)
        if (
            agreed
            and agreed.call
            and agreed.call.does != "harms"
            and isinstance(rate, int)
            and isinstance(agreed.value, int)
        ):
            settings[RATE] = min(rate, agreed.value)
        return settings

    def hand(self, merchant_id: str, setting: str) -> Hand:
        """Where a setting stands."""
        turns = self.turns.get((merchant_id, setting))
        return turns[-1].after if turns else Hand(self.people[merchant_id].attributes.get(setting), None)

    def turn(self, merchant_id: str, setting: str, call: Call, after: Hand) -> None:
        """Put a setting somewhere."""
        self.turns.setdefault((merchant_id, setting), []).append(
            Turn(call.at_ms, self.hand(merchant_id, setting), after)
        )
        self.references.add(call.reference)

    def held(self, wave: int, ms: int) -> bool:
        """Whether a wave is held at a moment."""
        return any(
            one.wave == wave and one.since_ms <= ms and (one.until_ms is None or ms < one.until_ms)
            for one in self.holds
        )

    def freed(self, wave: int, ms: int) -> int | None:
        """When something that was due at a moment can happen at last; None while nobody lifts the hold."""
        for one in self.holds:
            if one.wave == wave and one.since_ms <= ms and (one.until_ms is None or ms < one.until_ms):
                return None if one.until_ms is None else self.freed(wave, one.until_ms)
        return ms

    def merchants(self, call: Call) -> list[str]:
        """The merchants a call is about, all of whom must exist."""
        asked = list(dict.fromkeys(call.need("merchant_ids", list | tuple)))
        unknown = [str(key) for key in asked if key not in self.people]
        if unknown:
            raise NotFound(f"the platform has no merchant {', '.join(unknown)}")
        if not asked:
            raise BadInput(f"{call.tool} needs at least one merchant")
        return asked


def _change_setting(levers: Levers, call: Call) -> Body:
    (setting, wanted), who = SETTINGS[call.tool], levers.merchants(call)
    before = {key: levers.hand(key, setting).value for key in who}
    after = {key: wanted(call, before[key]) for key in who}
    if call.works:
        for key in who:
            levers.turn(key, setting, call, Hand(before[key] if call.does == "harms" else after[key], call))
    return {"setting": setting, "before": before, "after": after}


def _restore_setting(levers: Levers, call: Call) -> Body:
    """Put the last change back; that is a change like any other, so restoring twice is where one started."""
    setting, who = call.need("setting", str), levers.merchants(call)
    if setting not in SETTING_OF.values():
        raise BadInput(f"there is no setting named {setting} that a tool could have changed")
    never = [key for key in who if (key, setting) not in levers.turns]
    if never:
        raise Conflict(f"no tool has changed {setting} of {', '.join(never)}; there is nothing to restore")
    before = {key: levers.hand(key, setting).value for key in who}
    after = {key: levers.turns[key, setting][-1].before for key in who}
    if call.works:
        for key in who:
            levers.turn(key, setting, call, Hand(before[key], call) if call.does == "harms" else after[key])
    return {"setting": setting, "before": before, "after": {key: hand.value for key, hand in after.items()}}


def _write_record(levers: Levers, call: Call) -> Body:
    kind, needed = RECORDS[call.tool]
    for name in needed:
        call.need(name, str)
    if call.works:
        levers.records[call.reference] = Record(kind, call)
    return {"kind": kind, "before": None, "after": "open"}


def _close_record(levers: Levers, call: Call) -> Body:
    kind, reference = CLOSERS[call.tool], call.need("reference", str)
    record = levers.records.get(reference)
    if record is None or record.kind != kind:
        raise NotFound(f"there is no {kind.replace('_', ' ')} {reference}")
    if call.works and record.closed_ms is None:
        levers.records[reference] = record._replace(closed_ms=call.at_ms)
    return {"kind": kind, "before": "open" if record.closed_ms is None else "closed", "after": "closed"}


def _hold_wave(levers: Levers, call: Call) -> Body:
    wave, held = _known_wave(levers, call), levers.held(call.arguments["wave"], call.at_ms)
    call.need("reason", str)
    if call.works:
        levers.records[call.reference] = Record("held_wave", call)
        if not held:
            levers.holds.append(Held(wave, call.at_ms, None))
    return {"wave": wave, "before": "held" if held else "free", "after": "held"}


def _release_wave(levers: Levers, call: Call) -> Body:
    wave = _known_wave(levers, call)
    held = levers.held(wave, call.at_ms)
    if call.works:
        levers.records[call.reference] = Record("released_wave", call)
    if call.works and held:
        levers.holds = [
            one._replace(until_ms=call.at_ms) if one.wave == wave and one.until_ms is None else one
            for one in levers.holds
        ]
        for reference, record in levers.records.items():
            if record.kind == "held_wave" and record.call.arguments["wave"] == wave and record.closed_ms is None:
                levers.records[reference] = record._replace(closed_ms=call.at_ms)
    return {"wave": wave, "before": "held" if held else "free", "after": "free"}


def _known_wave(levers: Levers, call: Call) -> int:
    wave: int = call.need("wave", int)
    if all(one.wave != wave for one in levers.people.values()):
        raise NotFound(f"no merchant belongs to wave {wave}")
    return wave


def _record_query(levers: Levers, call: Call) -> Body:
    """Only the wish is written down here; the world knows its logs."""
    call.need("query", str)
    call.option("minutes", QUERY_MINUTES)
    call.option("limit", QUERY_LINES)
    if call.works:
        levers.records[call.reference] = Record("query", call)
    return {}


Handler = Callable[[Levers, Call], Body]
HANDLERS: Final[Mapping[str, Handler]] = MappingProxyType(
    {
        **dict.fromkeys(SETTING_OF, _change_setting),
        **dict.fromkeys(RECORDS, _write_record),
        **dict.fromkeys(CLOSERS, _close_record),
        "restore_setting": _restore_setting,
        "hold_cutover_wave": _hold_wave,
        "release_cutover_wave": _release_wave,
        "query_logs": _record_query,
    }
)
"""Every tool the platform answers to."""
