"""Which patterns are one incident, and which open incident they belong to.

A fault that was found opens an incident: its patterns, at its merchants. One severe signal of a kind nobody has seen
opens a thin one. Everything else joins what is open where mechanism, merchants and words fit, or is left out. The key
of an incident is what fails and how, never when, so that the same fault meets its incident again.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from app.config.model import DomainPack, Thresholds
from app.config.vocabulary import Vocabulary
from app.domain.incidents import Incident
from app.domain.patterns import Pattern, PatternKind, pattern_id
from app.domain.rollups import SLOT_SECONDS
from app.domain.signals import Signal
from app.expect.families import TROUBLED
from app.expect.faults import Fault, FaultState
from app.observe.groups import merchants_in
from app.observe.incident_draft import Assignment, IncidentDraft, build_assignment
from app.observe.match import likely_causes, values_tested
from app.observe.measures import RATIO
from app.observe.mechanisms import PackIndex, error_key, is_same_mechanism, join_mechanisms, name_family
from app.observe.routes import endpoint_of
from app.observe.streams import DECLINED, DONE, TICKETS, UNANSWERED, failure_stream
from app.observe.ticket_fit import IncidentSigns
from app.observe.ticket_joining import Asked, NewTickets, reasons_of, settle_tickets

NO_TICKET_SEEN = NewTickets()
JOINED_BECAUSE = "joined_because"
"""Where the part of a cluster that joined an incident says why."""


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
    lore = PackIndex(pack)
    ordered = sorted(patterns, key=lambda one: (one.first_seen, one.id))
    cases = [
        IncidentDraft(one.key, one.type, one)
        for one in sorted(open_incidents, key=lambda one: (one.detected_at, one.id))
    ]
    ordered = _place_faults(faults, ordered, cases, signals or {}, lore)
    for mechanism in join_mechanisms([one for one in ordered if one.kind is PatternKind.ERROR_GROUP], lore):
        _place_errors(mechanism, cases, thresholds, lore, signals or {}, ever or {}, faults)
    for pattern in ordered:
        if pattern.kind in {PatternKind.PAID_WITHOUT_ORDER, PatternKind.KPI_DROP}:
            _place_shortfall(pattern, cases, pack.vocabulary)
    clusters = [one for one in ordered if one.kind is PatternKind.TICKET_CLUSTER]
    _place_tickets(clusters, cases, faults, signals or {}, lore, tickets)
    made = [build_assignment(case, faults) for case in cases if case.patterns]
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
        return frozenset(f"{TICKETS}|{name}" for name in pattern.key.get("symptoms") or ()) or frozenset({TROUBLED})
    known = next((signals[one] for one in pattern.signal_ids if one in signals), None)
    return frozenset({failure_stream(known)}) if known is not None else frozenset()


def _place_faults(
    faults: Sequence[Fault],
    patterns: Sequence[Pattern],
    cases: list[IncidentDraft],
    signals: Mapping[str, Signal],
    lore: PackIndex,
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
    cases: list[IncidentDraft],
    lore: PackIndex,
    signals: Mapping[str, Signal],
) -> IncidentDraft | None:
    known = next((case for case in cases if case.incident and fault.id == case.incident.id), None)
    if known is None and mine and fault.id:
        lead = mine[0]
        known = IncidentDraft(_fault_key(lead), name_family(lead.key), reopens=fault.id)
        cases.append(known)
    elif known is None and mine:
        leading = [one for one in mine if one.kind is PatternKind.ERROR_GROUP] or list(mine)
        lead = max(leading, key=lambda one: (one.count, one.id))
        kind, key = name_family(lead.key), _fault_key(lead)
        known = next((case for case in cases if case.key == key and case.fault is None), None) or next(
            (case for case in cases if any(_shares_merchants(one, case, lore) for one in leading)), None
        )
        if known is None and lead.kind is PatternKind.TICKET_CLUSTER:
            known = _thin_home(fault, mine, cases, lore, signals)
        if known is None:
            known = IncidentDraft(key, kind)
            cases.append(known)
    if known is not None:
        known.fault = place
    return known


def _thin_home(
    fault: Fault,
    mine: Sequence[Pattern],
    cases: Sequence[IncidentDraft],
    lore: PackIndex,
    signals: Mapping[str, Signal],
) -> IncidentDraft | None:
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


def _place_errors(
    mechanism: list[Pattern],
    cases: list[IncidentDraft],
    thresholds: Thresholds,
    lore: PackIndex,
    signals: Mapping[str, Signal],
    ever: Mapping[str, float],
    faults: Sequence[Fault],
) -> None:
    home = _known_home(mechanism, cases, lore)
    if home is not None and home.fault is not None:
        return
    if home is None and _opens_thin(mechanism, thresholds, lore.pack, signals, ever, faults):
        lead = mechanism[0]
        home = IncidentDraft(error_key(lead.key), name_family(lead.key))
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


def _known_home(mechanism: Sequence[Pattern], cases: Sequence[IncidentDraft], lore: PackIndex) -> IncidentDraft | None:
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


def _shares_merchants(group: Pattern, case: IncidentDraft, lore: PackIndex) -> bool:
    merchants = case.merchants()
    errors = [key for key in case.pattern_keys() if key.get("signal_type") not in {"ticket", "payment", "kpi"}]
    return any(is_same_mechanism(group.key, group.merchants, key, merchants, lore) for key in errors)


def _place_shortfall(pattern: Pattern, cases: list[IncidentDraft], words: Vocabulary) -> None:
    """Missing orders and fallen metrics join the case that explains them for that merchant; no fault, no incident."""
    sort = str(pattern.key.get("name") or "paid_without_order")
    key = f"{pattern.key['signal_type']}|{sort}"
    own = next((case for case in cases if case.key == key), None)
    explained = [case for case in cases if set(pattern.merchants) & case.merchants() and _explained_loss(case, words)]
    home = max(explained, key=lambda case: (_explained_loss(case, words), _volume_of(case)), default=own)
    if home is not None:
        home.patterns.append(pattern)


def _explained_loss(case: IncidentDraft, words: Vocabulary) -> int:
    return max((words.explains_missing_orders(symptom) for symptom in case.symptoms(words)), default=0)


def _volume_of(case: IncidentDraft) -> int:
    return sum(pattern.count for pattern in case.patterns) + (case.incident.signal_count if case.incident else 0)


def _place_tickets(
    clusters: Sequence[Pattern],
    cases: Sequence[IncidentDraft],
    faults: Sequence[Fault],
    signals: Mapping[str, Signal],
    lore: PackIndex,
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


def _asked_of(case: IncidentDraft, faults: Sequence[Fault], lore: PackIndex) -> Asked:
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


def _ticket_key(pattern: Pattern) -> str:
    symptoms: Mapping[str, int] = pattern.key.get("symptoms") or {}
    if symptoms:
        return f"ticket|{min(symptoms, key=lambda name: (-symptoms[name], name))}"
    return f"ticket|{'-'.join(sorted(pattern.terms[:3]))}"
