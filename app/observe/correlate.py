"""Which patterns are one incident, and which open incident they belong to.

A fault that was found opens an incident: its patterns, at its merchants. One severe signal of a kind nobody has seen
opens a thin one. Everything else joins what is open where mechanism, merchants and words fit, or is left out. The key
of an incident is what fails and how, never when, so that the same fault meets its incident again.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from app.config.model import DomainPack, Thresholds
from app.config.vocabulary import Vocabulary
from app.domain.base import Moment, Severity, Value
from app.domain.incidents import Incident
from app.domain.patterns import Pattern, PatternKind, pattern_id
from app.domain.rollups import SLOT_SECONDS
from app.domain.signals import Signal, SignalType
from app.expect.faults import Fault, FaultState
from app.observe.groups import GroupKey, merchants_in
from app.observe.match import code_causes, likely_causes, values_tested
from app.observe.patterns import patterns_of
from app.observe.streams import DECLINED, DONE, RATIO, TICKETS, UNANSWERED, failure_stream
from app.observe.symptoms import route_symptoms, spoken_symptoms
from app.observe.ticket_fit import IncidentSigns
from app.observe.ticket_joining import Asked, NewTickets, reasons_of, settle_tickets
from app.observe.words import endpoint_of

__all__ = ["Assignment", "correlate", "error_key", "key_mechanism", "patterns_of"]

NO_TICKET_SEEN = NewTickets()
JOINED_BECAUSE = "joined_because"
"""Where the part of a cluster that joined an incident says why."""
SAME_MERCHANTS = 0.6
FAMILY = {"api_call": "api_error", "webhook_delivery": "webhook_failure"}


class Assignment(Value):
    """Patterns that are one incident: a new one under this key, or an open one by id."""

    key: str
    type: str
    title: str
    incident_id: str | None = None
    """The open one it belongs to, or the ended one that has come back."""
    patterns: tuple[Pattern, ...]
    signal_ids: tuple[str, ...]
    merchants: tuple[str, ...]
    severity: Severity
    first_seen: Moment
    last_seen: Moment
    fault: int | None = None
    """The place of the fault it is about among those that were given."""

    @property
    def shown_ids(self) -> tuple[str, ...]:
        """The signals that tell of it by themselves. What people write of what machines show adds nothing new to it."""
        shown = _shown_by(self.patterns, self.type)
        return tuple({name: None for pattern in shown for name in pattern.signal_ids})


class _PackIndex:
    """What the pack says about routes, looked up once per route. Local to one call of `correlate`."""

    def __init__(self, pack: DomainPack) -> None:
        self.pack = pack
        self.codes = code_causes(pack)
        self._hints: dict[tuple[object, ...], frozenset[str]] = {}

    def hints(self, key: Mapping[str, Any]) -> frozenset[str]:
        """The causes a failing route plainly points at: those of its code, or without a code the one its address and
        status fit.
        """
        code = key.get("error_code")
        if code:
            return self.codes.get(str(code), frozenset())
        route = (key.get("endpoint"), key.get("status"), key.get("topic"))
        if route not in self._hints:
            self._hints[route] = frozenset(cause.id for cause in likely_causes(self.pack, [key], at_least=0.9)[:1])
        return self._hints[route]


class _IncidentDraft:
    """An incident in the making: what gathers around one mechanism. Local to one call of `correlate`."""

    def __init__(self, key: str, kind: str, incident: Incident | None = None, *, reopens: str | None = None) -> None:
        self.key, self.kind, self.incident = key, kind, incident
        self.fault: int | None = None
        self.reopens = reopens
        self.patterns: list[Pattern] = []

    def shown(self) -> list[Pattern]:
        """What machines showed; in a case of tickets alone, the tickets. Words that joined never widen what
        joins next.
        """
        return [pattern for pattern in self.patterns if pattern.kind is not PatternKind.TICKET_CLUSTER] or self.patterns

    def pattern_keys(self) -> list[Mapping[str, Any]]:
        before: list[Mapping[str, Any]] = list(self.incident.pattern_keys) if self.incident else []
        machine = [key for key in before if key.get("signal_type") != "ticket"]
        return (machine or before) + [pattern.key for pattern in self.shown()]

    def merchants(self) -> set[str]:
        return {
            *(self.incident.merchants if self.incident else ()),
            *(one for pattern in self.shown() for one in pattern.merchants),
        }

    def symptoms(self, words: Vocabulary) -> set[str]:
        return {symptom for key in self.pattern_keys() for symptom in _symptoms_of(key, words)}

    def began(self) -> datetime | None:
        """When what machines showed was first seen."""
        seen = [pattern.first_seen for pattern in self.shown()]
        return self.incident.first_seen if self.incident else min(seen, default=None)


def correlate(
    patterns: Sequence[Pattern],
    open_incidents: Sequence[Incident],
    thresholds: Thresholds,
    pack: DomainPack,
    *,
    faults: Sequence[Fault] = (),
    signals: Mapping[str, Signal] | None = None,
    ever: Mapping[str, float] | None = None,
    tickets: NewTickets = NO_TICKET_SEEN,
) -> list[Assignment]:
    """Assign patterns to incidents; what belongs to no fault and fits nothing is left out. The order of the input does
    not matter.

    `signals` are those of the patterns by id, which tell what belongs to a fault; `ever` is how often each stream was
    ever seen; `tickets` tells which tickets are new, and which have joined what.
    """
    lore = _PackIndex(pack)
    ordered = sorted(patterns, key=lambda one: (one.first_seen, one.id))
    cases = [
        _IncidentDraft(one.key, one.type, one)
        for one in sorted(open_incidents, key=lambda one: (one.detected_at, one.id))
    ]
    ordered = _place_faults(faults, ordered, cases, signals or {}, lore)
    for mechanism in _join_mechanisms([one for one in ordered if one.kind is PatternKind.ERROR_GROUP], lore):
        _place_errors(mechanism, cases, thresholds, lore, signals or {}, ever or {}, faults)
    for pattern in ordered:
        if pattern.kind in {PatternKind.PAID_WITHOUT_ORDER, PatternKind.KPI_DROP}:
            _place_shortfall(pattern, cases, pack.vocabulary)
    clusters = [one for one in ordered if one.kind is PatternKind.TICKET_CLUSTER]
    _place_tickets(clusters, cases, faults, signals or {}, lore, tickets)
    made = [_assignment_of(case, faults) for case in cases if case.patterns]
    return sorted(made, key=lambda one: (one.first_seen, one.key))


def streams_of(pattern: Pattern, signals: Mapping[str, Signal]) -> frozenset[str]:
    """The streams that a pattern's signals are counted in."""
    if pattern.kind is PatternKind.PAID_WITHOUT_ORDER:
        return frozenset({UNANSWERED})
    if pattern.kind is PatternKind.KPI_DROP:
        return frozenset({f"{RATIO}|{pattern.key.get('name')}"})
    if pattern.kind is PatternKind.SHORTFALL:
        return frozenset({str(pattern.key.get("stream"))})
    if pattern.kind is PatternKind.TICKET_CLUSTER:
        return frozenset(f"{TICKETS}|{name}" for name in pattern.key.get("symptoms") or ())
    known = next((signals[one] for one in pattern.signal_ids if one in signals), None)
    return frozenset({failure_stream(known)}) if known is not None else frozenset()


def _place_faults(
    faults: Sequence[Fault],
    patterns: Sequence[Pattern],
    cases: list[_IncidentDraft],
    signals: Mapping[str, Signal],
    lore: _PackIndex,
) -> list[Pattern]:
    """Give each fault the patterns of its streams at its merchants; what remains of the patterns."""
    left = list(patterns)
    for place, fault in sorted(enumerate(faults), key=lambda one: one[1].streams[0].startswith(TICKETS)):
        if fault.state is not FaultState.OPEN:
            continue
        mine: list[Pattern] = []
        kept: list[Pattern] = []
        told = {*fault.streams, *fault.outcomes}
        for pattern in left:
            is_ours = bool(told & streams_of(pattern, signals)) and (
                pattern.kind is not PatternKind.TICKET_CLUSTER or fault.streams[0].startswith(TICKETS)
            )
            part = _narrowed(pattern, fault.hurt | fault.scope, signals) if is_ours else None
            (kept if part is None else mine).append(part or pattern)
        left = kept
        home = _home_of_fault(fault, place, mine, cases, lore, signals)
        if home is not None:
            home.patterns.extend(sorted(mine, key=lambda one: (one.kind is not PatternKind.ERROR_GROUP, -one.count)))
    return left


def _home_of_fault(
    fault: Fault,
    place: int,
    mine: Sequence[Pattern],
    cases: list[_IncidentDraft],
    lore: _PackIndex,
    signals: Mapping[str, Signal],
) -> _IncidentDraft | None:
    known = next((case for case in cases if case.incident and fault.id == case.incident.id), None)
    if known is None and mine and fault.id:
        lead = mine[0]
        known = _IncidentDraft(_fault_key(lead), _family_of(lead.key), reopens=fault.id)
        cases.append(known)
    elif known is None and mine:
        leading = [one for one in mine if one.kind is PatternKind.ERROR_GROUP] or list(mine)
        lead = max(leading, key=lambda one: (one.count, one.id))
        kind, key = _family_of(lead.key), _fault_key(lead)
        known = next((case for case in cases if case.key == key and case.fault is None), None) or next(
            (case for case in cases if any(_shares_merchants(one, case, lore) for one in leading)), None
        )
        if known is None and lead.kind is PatternKind.TICKET_CLUSTER:
            known = _thin_home(fault, mine, cases, lore, signals)
        if known is None:
            known = _IncidentDraft(key, kind)
            cases.append(known)
    if known is not None:
        known.fault = place
    return known


def _thin_home(
    fault: Fault,
    mine: Sequence[Pattern],
    cases: Sequence[_IncidentDraft],
    lore: _PackIndex,
    signals: Mapping[str, Signal],
) -> _IncidentDraft | None:
    """The incident on thin evidence that most of these tickets speak of, and all of whose writers it hurts already:
    they are no incident of their own.
    """
    thin = [case for case in cases if case.fault is None and fault.hurt <= case.merchants()]
    told = [signals[name] for pattern in mine for name in pattern.signal_ids if name in signals]
    asked = [_asked_of(case, (), lore) for case in thin]
    places = Counter(one.place for one in settle_tickets(told, asked, lore.pack.vocabulary, NO_TICKET_SEEN).values())
    best = max(places, key=lambda place: (places[place], -place), default=None)
    return thin[best] if best is not None and 2 * places[best] > len(told) else None


def _fault_key(lead: Pattern) -> str:
    if lead.kind is PatternKind.ERROR_GROUP:
        return error_key(lead.key)
    if lead.kind is PatternKind.TICKET_CLUSTER:
        return _ticket_key(lead)
    return f"{lead.key['signal_type']}|{lead.key.get('name') or lead.key.get('stream') or 'paid_without_order'}"


def _narrowed(pattern: Pattern, merchants: frozenset[str], signals: Mapping[str, Signal]) -> Pattern | None:
    """The part of a pattern that certain merchants have in it."""
    if set(pattern.merchants) <= merchants:
        return pattern if pattern.merchants else None
    kept = [one for one in pattern.signal_ids if one in signals and signals[one].merchant_id in merchants]
    return _part_of(pattern, kept, signals) if kept else None


def error_key(key: Mapping[str, Any]) -> str:
    """The stable name of a mechanism: what kind of call, where, and its code or status. A topic, a merchant or a time
    is no part of it.
    """
    how = key.get("error_code") or key.get("status") or key.get("template") or "-"
    return f"{_family_of(key)}|{key.get('endpoint') or '-'}|{how}"


def key_mechanism(groups: Mapping[GroupKey, Sequence[Signal]], incident_key: str, pack: DomainPack) -> list[GroupKey]:
    """The error groups an incident is about: those of its key, or else the biggest, and whatever is plainly the same
    mechanism as they are.
    """
    sized = sorted(groups, key=lambda one: (one.signal_type == SignalType.LOG.value, -len(groups[one]), one.order()))
    how = incident_key.rpartition("|")[2]
    leading = (
        [one for one in sized if error_key(one.plain_key()) == incident_key]
        or [one for one in sized if one.error_code == how]
        or sized[:1]
    )
    lore = _PackIndex(pack)
    leads = [(one.plain_key(), merchants_in(groups[one])) for one in leading]
    codes = {one.error_code for one in leading if one.error_code}
    return [
        one
        for one in sized
        if one in leading
        or one.error_code in codes
        or any(_same_mechanism(one.plain_key(), merchants_in(groups[one]), key, reach, lore) for key, reach in leads)
    ]


def _join_mechanisms(groups: Sequence[Pattern], lore: _PackIndex) -> list[list[Pattern]]:
    """Error groups that are plainly the same mechanism, together; the biggest group leads."""
    found: list[list[Pattern]] = []
    for group in sorted(groups, key=lambda one: (-one.count, one.first_seen, one.id)):
        home = next(
            (
                one
                for one in found
                if any(_same_mechanism(group.key, group.merchants, other.key, other.merchants, lore) for other in one)
            ),
            None,
        )
        if home is None:
            found.append([group])
        else:
            home.append(group)
    return found


def _same_mechanism(
    one: Mapping[str, Any], reach: Iterable[str], other: Mapping[str, Any], other_reach: Iterable[str], lore: _PackIndex
) -> bool:
    if error_key(one) == error_key(other):
        return True
    if _overlap_share(reach, other_reach) < SAME_MERCHANTS:
        return False
    code, second = one.get("error_code"), other.get("error_code")
    hints, others = lore.hints(one), lore.hints(other)
    if hints and others and not (code and second and {code, second} - set(lore.codes)):
        return bool(hints & others)
    if _family_of(one) != _family_of(other):
        return False
    if not one.get("endpoint") or one.get("endpoint") != other.get("endpoint"):
        return False
    return one.get("status") == other.get("status") or _told_twice(one, other)


def _told_twice(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether one may be the error that the other's failed call raised: of two types, and only one of them tells the
    status.
    """
    return one.get("signal_type") != other.get("signal_type") and None in {one.get("status"), other.get("status")}


def _family_of(key: Mapping[str, Any]) -> str:
    """An answered call and the error it raised are one kind of thing; so are a delivery and its failure."""
    kind = str(key.get("signal_type"))
    return FAMILY.get(kind, kind)


def _overlap_share(one: Iterable[str], other: Iterable[str]) -> float:
    """The share of the smaller set that both have; nobody overlaps with nobody."""
    first, second = set(one), set(other)
    return len(first & second) / min(len(first), len(second)) if first and second else 0.0


def _place_errors(
    mechanism: list[Pattern],
    cases: list[_IncidentDraft],
    thresholds: Thresholds,
    lore: _PackIndex,
    signals: Mapping[str, Signal],
    ever: Mapping[str, float],
    faults: Sequence[Fault],
) -> None:
    home = _known_home(mechanism, cases, lore)
    if home is not None and home.fault is not None:
        return
    if home is None and _opens_thin(mechanism, thresholds, lore.pack, signals, ever, faults):
        lead = mechanism[0]
        home = _IncidentDraft(error_key(lead.key), _family_of(lead.key))
        cases.append(home)
    if home is not None:
        home.patterns.extend(mechanism)


def _opens_thin(
    mechanism: Sequence[Pattern],
    thresholds: Thresholds,
    pack: DomainPack,
    signals: Mapping[str, Signal],
    ever: Mapping[str, float],
    faults: Sequence[Fault],
) -> bool:
    """One severe signal whose code is known, of a stream that was never seen before in the tenant."""
    severe = [
        one
        for one in mechanism
        if one.key.get("error_code") in pack.known_codes and one.severity.value in thresholds.single_signal_severities
    ]
    looked_at = {stream for fault in faults for stream in fault.streams}
    for one in severe:
        for stream in streams_of(one, signals):
            if stream not in looked_at and ever.get(stream, 0.0) <= one.count:
                return True
    return False


def _known_home(
    mechanism: Sequence[Pattern], cases: Sequence[_IncidentDraft], lore: _PackIndex
) -> _IncidentDraft | None:
    """The case these groups belong to: the same key first, then the same pattern, then the same mechanism."""
    keys = {error_key(one.key) for one in mechanism}
    by_key = next((case for case in cases if case.key in keys), None)
    if by_key is not None:
        return by_key
    ids = {one.id for one in mechanism}
    by_id = next((case for case in cases if case.incident and ids & set(case.incident.pattern_ids)), None)
    if by_id is not None:
        return by_id
    return next((case for case in cases if any(_shares_merchants(group, case, lore) for group in mechanism)), None)


def _shares_merchants(group: Pattern, case: _IncidentDraft, lore: _PackIndex) -> bool:
    merchants = case.merchants()
    errors = [key for key in case.pattern_keys() if key.get("signal_type") not in {"ticket", "payment", "kpi"}]
    return any(_same_mechanism(group.key, group.merchants, key, merchants, lore) for key in errors)


def _place_shortfall(pattern: Pattern, cases: list[_IncidentDraft], words: Vocabulary) -> None:
    """Missing orders and fallen metrics join the case that explains them for that merchant; no fault, no incident."""
    sort = str(pattern.key.get("name") or "paid_without_order")
    key = f"{pattern.key['signal_type']}|{sort}"
    own = next((case for case in cases if case.key == key), None)
    explained = [case for case in cases if set(pattern.merchants) & case.merchants() and _explained_loss(case, words)]
    home = max(explained, key=lambda case: (_explained_loss(case, words), _volume_of(case)), default=own)
    if home is not None:
        home.patterns.append(pattern)


def _explained_loss(case: _IncidentDraft, words: Vocabulary) -> int:
    return max((words.explains_missing_orders(symptom) for symptom in case.symptoms(words)), default=0)


def _volume_of(case: _IncidentDraft) -> int:
    return sum(pattern.count for pattern in case.patterns) + (case.incident.signal_count if case.incident else 0)


def _place_tickets(
    clusters: Sequence[Pattern],
    cases: Sequence[_IncidentDraft],
    faults: Sequence[Fault],
    signals: Mapping[str, Signal],
    lore: _PackIndex,
    known: NewTickets,
) -> None:
    """Each ticket joins the case it fits best, whatever its cluster is about; its cluster joins as far as they do, as
    often as one of them is new to the case.
    """
    if not clusters or not cases:
        return
    words = lore.pack.vocabulary
    asked = [_asked_of(case, faults, lore) for case in cases]
    wanted = {name: signals[name] for pattern in clusters for name in pattern.signal_ids if name in signals}
    joined = settle_tickets(wanted.values(), asked, words, known)
    for pattern in sorted(clusters, key=lambda one: (-one.count, one.first_seen, one.id)):
        for place in sorted({joined[name].place for name in pattern.signal_ids if name in joined}):
            ids = [name for name in pattern.signal_ids if name in joined and joined[name].place == place]
            why = reasons_of([joined[name] for name in ids])
            if why:
                part, own = _part_of(pattern, ids, signals), pattern_id(pattern.id, pattern.kind, cases[place].key)
                key = {**part.key, JOINED_BECAUSE: list(why)}
                cases[place].patterns.append(part.changed(id=own, key=key))


def _asked_of(case: _IncidentDraft, faults: Sequence[Fault], lore: _PackIndex) -> Asked:
    """What tickets are held against to join a case. How early one may be follows from the fault, never from tickets
    that joined.
    """
    words, keys = lore.pack.vocabulary, case.pattern_keys()
    fault = faults[case.fault] if case.fault is not None else None
    streams = (*fault.streams, *fault.outcomes) if fault else ()
    likely = likely_causes(lore.pack, keys)[:2]
    hurt = case.merchants() | (fault.hurt if fault else frozenset())
    onset = datetime.fromtimestamp(fault.since * SLOT_SECONDS, UTC) if fault else case.began()
    last = [one.last_seen for one in (*case.shown(), *([case.incident] if case.incident else ()))]
    signs = IncidentSigns(
        symptoms=frozenset(case.symptoms(words) | _streams_show(streams, words)),
        implied=values_tested(likely, "symptom"),
        phrases=tuple(sorted(values_tested(likely, "text"))),
        codes=frozenset(str(key["error_code"]) for key in keys if key.get("error_code")),
        routes=frozenset(endpoint_of(str(key["endpoint"])) for key in keys if key.get("endpoint")),
        merchants=frozenset(hurt - {""}),
        exposed=fault.scope if fault else frozenset(),
        onset=onset,
        last_seen=max(last, default=None),
    )
    before = set(case.incident.merchants) if case.incident else set()
    return Asked(
        signs,
        is_new=case.incident is None,
        newly_hurt=signs.merchants - before,
        incident_id=case.incident.id if case.incident else case.reopens,
    )


def _streams_show(streams: Iterable[str], words: Vocabulary) -> frozenset[str]:
    """What the streams of a fault show: also those that no group of failures tells of."""
    counted = words.counts
    by_stream = {
        UNANSWERED: counted.paid_without_order,
        DECLINED: counted.declined_payments,
        f"{DONE}|order": counted.fewer_orders,
    }
    found: set[str] = set()
    for stream in streams:
        family, _, rest = stream.partition("|")
        if family == TICKETS:
            found.add(rest)
        elif family == RATIO:
            found |= words.symptoms_of_metric(rest)
        shown = by_stream.get(stream)
        if shown is not None:
            found.add(shown)
    return frozenset(found)


def _part_of(pattern: Pattern, ids: Collection[str], signals: Mapping[str, Signal]) -> Pattern:
    """A pattern without the signals that are not among these."""
    if len(ids) == len(pattern.signal_ids):
        return pattern
    kept = [name for name in pattern.signal_ids if name in set(ids)]
    return pattern.changed(
        signal_ids=tuple(kept),
        count=len(kept),
        merchants=merchants_in(signals[name] for name in kept),
        examples=tuple(one for one in pattern.examples if one in set(kept)) or tuple(kept[:3]),
        first_seen=min(signals[one].occurred_at for one in kept),
        last_seen=max(signals[one].occurred_at for one in kept),
    )


def _symptoms_of(key: Mapping[str, Any], words: Vocabulary) -> set[str]:
    kind = str(key.get("signal_type"))
    if kind == "ticket":
        return set(key.get("symptoms", ())) or set(spoken_symptoms(" ".join(map(str, key.get("words", ()))), words))
    if kind == "payment":
        return {words.counts.paid_without_order} if words.counts.paid_without_order else set()
    if kind == "kpi":
        return set(words.symptoms_of_metric(str(key.get("name"))))
    named = f"{str(key.get('error_code') or '').replace('_', ' ')} {key.get('template') or ''}"
    return set(
        _route_shows(kind, str(key.get("endpoint") or ""), key.get("status"), str(key.get("topic") or ""), named, words)
    )


@lru_cache(maxsize=4096)
def _route_shows(
    kind: str, endpoint: str, status: int | str | None, topic: str, named: str, words: Vocabulary
) -> frozenset[str]:
    return spoken_symptoms(named, words) | route_symptoms(kind, endpoint, status, words, topic=topic)


def _ticket_key(pattern: Pattern) -> str:
    symptoms: Mapping[str, int] = pattern.key.get("symptoms") or {}
    if symptoms:
        return f"ticket|{min(symptoms, key=lambda name: (-symptoms[name], name))}"
    return f"ticket|{'-'.join(sorted(pattern.terms[:3]))}"


def _assignment_of(case: _IncidentDraft, faults: Sequence[Fault]) -> Assignment:
    found = sorted(case.patterns, key=lambda one: (-one.impact_rank, one.id))
    ids = {signal: None for one in found for signal in one.signal_ids}
    severity = max((one.severity for one in found), key=lambda one: one.rank)
    shown = _shown_by(found, case.kind)
    merchants = tuple(sorted({merchant for one in shown for merchant in one.merchants}))
    lead = case.patterns[0]
    if case.fault is not None:
        merchants = tuple(sorted({*merchants, *faults[case.fault].hurt} - {""}))
    return Assignment(
        key=case.key,
        type=case.kind,
        title=case.incident.title if case.incident else _title_of_lead(lead),
        incident_id=case.incident.id if case.incident else case.reopens,
        patterns=tuple(found),
        signal_ids=tuple(ids),
        merchants=merchants,
        severity=severity,
        first_seen=min((one.first_seen for one in shown), default=None) or _known(case).first_seen,
        last_seen=_last_seen(case, shown),
        fault=case.fault,
    )


def _shown_by(patterns: Sequence[Pattern], kind: str) -> list[Pattern]:
    """What machines showed; in an incident of tickets alone, the tickets."""
    machines = [one for one in patterns if one.kind is not PatternKind.TICKET_CLUSTER]
    return machines or (list(patterns) if kind == SignalType.TICKET.value else [])


def _known(case: _IncidentDraft) -> Incident:
    """The incident that only tickets came to join: none is opened by tickets about what machines would show."""
    assert case.incident is not None
    return case.incident


def _last_seen(case: _IncidentDraft, found: Sequence[Pattern]) -> datetime:
    """When it last failed; a metric is told in good times too, a ticket when somebody came to write it: they move
    nothing that is known.
    """
    told = (PatternKind.ERROR_GROUP, PatternKind.PAID_WITHOUT_ORDER, PatternKind.TICKET_CLUSTER)
    failing = [one.last_seen for one in found if one.kind in told]
    if not failing and case.incident:
        return case.incident.last_seen
    return max(failing or [one.last_seen for one in found])


def _title_of_lead(lead: Pattern) -> str:
    what = {
        PatternKind.PAID_WITHOUT_ORDER: "payments without an order",
        PatternKind.KPI_DROP: f"{lead.key.get('name')} fell",
        PatternKind.SHORTFALL: lead.title,
    }.get(lead.kind, lead.title)
    return f"{what[:1].upper()}{what[1:]}"
