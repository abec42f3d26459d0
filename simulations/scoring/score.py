"""The scorecard: what the agent made of its trials, held against what was really so, in figures that cannot flatter.

Every planted fault with at least five affected events is a case, found or not; what is missing is wrong. An incident is
about the fault that owns at least half of its fault-owned signals, judged by what had begun when it was opened, never
by a name. Per fault only the incidents that were opened first speak; where several were opened at the same moment, the
worst of them does. Later ones about the same fault are duplicates: they cost, and add nothing. An incident that the
agent itself continued as another (MERGED) hands merchants and bill on to it. A world (scenario and seed) is counted
once, under the most truthful operator it was lived through with; executions are counted in every trial. Wilson
intervals take cases as independent; merchants of one fault are not quite, so scope intervals are somewhat too narrow.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from pydantic import Field

from app.domain.base import Value, canonical_json
from app.domain.errors import BadInput
from simulations.scenario import NO_INCIDENT, UNKNOWN
from simulations.scoring.statistics import (
    Amount,
    Calibration,
    Rate,
    Spread,
    amount_of,
    calibration_of,
    rate_of,
    share_of,
    spread_of,
)
from simulations.world.truth import NOBODY, ActionSeen, FaultTruth, IncidentSeen, Interval, Trial

ENOUGH_EVENTS: Final = 5
CLAIM: Final = 0.5
"""A cause named with more confidence than this is claimed; below it, the agent has left it open."""
MERGED: Final = "MERGED"
VERIFIED: Final = "VERIFIED"
NEVER_SENT: Final = "NOT_APPLIED"
BY_RULE: Final = "policy:"
OPERATORS: Final = ("truthful", "slow", "absent", "rubber_stamp")
DAY: Final = timedelta(days=1)


class Figures(Value):
    """Every figure of a set of trials. What each counts stands with it."""

    found: Rate = Field(description="faults with an incident about them, of all cases")
    minutes_to_incident: Spread = Field(
        description="from the fifth affected event (0 when sooner), of all cases; never where none was opened"
    )
    incident_precision: Rate = Field(
        description="incidents that were the one about their fault, of all that were not merged"
    )
    duplicate_incidents: Rate = Field(
        description="further incidents about a fault that had one, of all that were not merged"
    )
    false_incidents: Rate = Field(
        description=(
            "incidents mostly of signals that no fault caused, of these and the faults met: duplicates dilute nothing"
        )
    )
    false_per_healthy_day: Amount = Field(
        description="false incidents while no fault was active, per platform-day of such time"
    )
    diagnosis: Rate = Field(description="cases answered rightly: the cause first, or an uncatalogued one left open")
    cause_top1: Rate = Field(description="cause ranked first, of all catalogued cases; a missed one is wrong")
    cause_top3: Rate = Field(description="cause among the first three, of all catalogued cases")
    cause_precision: Rate = Field(
        description=(
            "incidents whose first-ranked cause is that of their fault, of all that stand and name one; duplicates are"
            " wrong"
        )
    )
    abstention: Rate = Field(
        description="uncatalogued cases assessed with unknown first or no cause above 0.5; a missed one is wrong"
    )
    needless_abstention: Rate = Field(
        description="catalogued cases left open though the cause was not ranked first, of all catalogued cases"
    )
    forbidden_named: Rate = Field(
        description="worlds in which an incident ranked a forbidden cause first, of all that have such causes"
    )
    scope_precision: Rate = Field(
        description="merchants rightly named, of all namings in incidents about faults, duplicates included"
    )
    scope_recall: Rate = Field(description="merchants rightly named, of all that a case hurt")
    silent_found: Rate = Field(description="merchants rightly named, of the hurt ones of whom nobody wrote")
    revenue_error: Spread = Field(
        description="relative, per case and currency it cost; never where nothing was estimated"
    )
    revenue_covered: Rate = Field(description="true losses inside the interval, of the same")
    revenue_width: Spread = Field(description="width of the interval against the true loss")
    bills_for_nothing: Rate = Field(
        description=(
            "estimates of losses that nobody had, or that another incident bills too, of all estimates above zero"
        )
    )
    wrong_proposed: Rate = Field(
        description=(
            "useless, harmful, too early or too late, of all proposals that change anything; a right one repeated"
            " counts once"
        )
    )
    wrong_proposed_per_day: Amount = Field(description="the same, per platform-day")
    wrong_executed_rubber_stamp: Rate = Field(
        description="of the changes carried out under the operator who approves everything"
    )
    wrong_executed_automatic: Rate = Field(
        description="of the changes carried out because a rule allowed them, in all trials"
    )
    repaired: Rate = Field(
        description="cases over, cured and VERIFIED, of all that a tool cures and an operator was there for"
    )
    minutes_to_verified: Spread = Field(description="from detection to cured and VERIFIED, of the same")
    false_verified: Rate = Field(
        description="VERIFIED without a cure, of all VERIFIED that change anything, in all trials"
    )
    harm_undone: Rate = Field(description="taken back, of the harmful changes carried out, in all trials")
    calibration: Calibration = Field(
        description=(
            "first-ranked confidence against truth: each found case, and the surest false incident of each world"
        )
    )
    asked_per_incident: Amount = Field(description="decisions asked of people")
    asked_per_day: Amount = Field(description="decisions asked of people, per platform-day")


class Line(Value):
    """One scenario, over its seeds."""

    scenario: str
    worlds: int
    cases: int
    figures: Figures


class Scorecard(Value):
    """Every scenario, and all of them together."""

    trials: int
    worlds: int
    cases: int
    total: Figures
    lines: tuple[Line, ...]


class Met(NamedTuple):
    """A fault that had to be found, the incidents that met it first, and those that kept it: these name its merchants
    and its bill.
    """

    fault: FaultTruth
    first: tuple[IncidentSeen, ...]
    kept: tuple[IncidentSeen, ...]

    @property
    def catalogued(self) -> bool:
        """Whether there is a cause to name."""
        return self.fault.cause != UNKNOWN


class Sorted(NamedTuple):
    """The incidents of a trial, by what they are about: a fault, mixed ones (None), or nothing (NOBODY)."""

    trial: Trial
    about: tuple[tuple[IncidentSeen, int | None], ...]
    met: tuple[Met, ...]
    small: tuple[Met, ...]

    @property
    def days(self) -> float:
        """How long the platform was looked at."""
        return max(0.0, (self.trial.truth.ended - self.trial.truth.began) / DAY)

    @property
    def false(self) -> list[IncidentSeen]:
        """Incidents about nothing."""
        return [incident for incident, fault in self.about if fault == NOBODY]

    @property
    def surplus(self) -> list[IncidentSeen]:
        """Incidents that stand beside those which kept a fault: duplicates of it, mixed ones and false ones."""
        kept = {incident.id for met in self.met for incident in met.kept}
        small = {met.fault.number for met in self.small}
        return [
            incident
            for incident, fault in self.about
            if fault == NOBODY or (fault not in small and incident.id not in kept and incident.status != MERGED)
        ]


# --- who is about what
# ----------------------------------------------------------------------------------------------------


def find_owning_fault(incident: IncidentSeen, faults: Iterable[FaultTruth]) -> int | None:
    """The fault an incident is about; NOBODY when most of what it was opened on belongs to none; None when no fault has
    half of it.
    """
    begun = {fault.number for fault in faults if fault.began is not None and fault.began <= incident.detected_at}
    owned = {number: count for number, count in sorted(incident.signals.items()) if number in begun and count > 0}
    total = sum(owned.values())
    if total == 0 or incident.signals.get(NOBODY, 0) > total:
        return NOBODY
    best = max(owned, key=lambda number: owned[number])
    return best if 2 * owned[best] >= total else None


def is_case(fault: FaultTruth) -> bool:
    """Whether enough happened for it to be found."""
    return fault.affected_events >= ENOUGH_EVENTS and fault.fifth_event is not None


def sort_out(trial: Trial) -> Sorted:
    """Lay every incident beside the fault it is about."""
    faults = trial.truth.faults
    about = tuple(
        (incident, find_owning_fault(incident, faults))
        for incident in sorted(trial.incidents, key=lambda one: (one.detected_at, one.id))
    )
    met = [
        _match_incidents(fault, [incident for incident, number in about if number == fault.number]) for fault in faults
    ]
    return Sorted(
        trial,
        about,
        tuple(one for one in met if is_case(one.fault)),
        tuple(one for one in met if not is_case(one.fault)),
    )


def _match_incidents(fault: FaultTruth, incidents: list[IncidentSeen]) -> Met:
    first = _pick_earliest(incidents)
    return Met(fault, first, _pick_earliest([one for one in incidents if one.status != MERGED]) or first)


def _pick_earliest(incidents: list[IncidentSeen]) -> tuple[IncidentSeen, ...]:
    start = min((one.detected_at for one in incidents), default=None)
    return tuple(one for one in incidents if one.detected_at == start)


# --- the whole
# --------------------------------------------------------------------------------------------------------------


def score_trials(trials: Sequence[Trial]) -> Scorecard:
    """The scorecard of a set of trials, in whatever order they come. The same trial twice is refused: it would count
    twice.
    """
    told = sorted(trials, key=_trial_identity)
    for one, other in pairwise(told):
        if _trial_identity(one) == _trial_identity(other):
            raise BadInput(
                f"the trial of {one.scenario} with seed {one.seed} under the {one.operator} operator is there twice;"
                " leave one of them out"
            )
    by_scenario: dict[str, list[Trial]] = defaultdict(list)
    for trial in told:
        by_scenario[trial.scenario].append(trial)
    worlds = each_world(told)
    return Scorecard(
        trials=len(told),
        worlds=len(worlds),
        cases=_count_cases(worlds),
        total=compute_figures(told),
        lines=tuple(_score_scenario(scenario, group) for scenario, group in by_scenario.items()),
    )


def compute_figures(trials: Sequence[Trial]) -> Figures:
    """Every figure of some trials."""
    each = [sort_out(trial) for trial in sorted(trials, key=_trial_identity)]
    worlds = _worlds_of(each)
    return Figures.model_validate(
        {
            **_measure_detection(worlds),
            **measure_causes(worlds),
            **measure_reach(worlds),
            **_measure_money(worlds),
            **_measure_actions(worlds, each),
        }
    )


def _trial_identity(trial: Trial) -> tuple[str, int, int]:
    return trial.scenario, trial.seed, OPERATORS.index(trial.operator)


def each_world(trials: Iterable[Trial]) -> list[Trial]:
    """One trial per world: the most truthful operator's."""
    first: dict[tuple[str, int], Trial] = {}
    for trial in sorted(trials, key=_trial_identity):
        first.setdefault((trial.scenario, trial.seed), trial)
    return list(first.values())


def _worlds_of(each: list[Sorted]) -> list[Sorted]:
    chosen = {_trial_identity(trial) for trial in each_world(one.trial for one in each)}
    return [one for one in each if _trial_identity(one.trial) in chosen]


def _count_cases(worlds: Iterable[Trial]) -> int:
    return sum(is_case(fault) for trial in worlds for fault in trial.truth.faults)


def _score_scenario(scenario: str, trials: list[Trial]) -> Line:
    worlds = each_world(trials)
    return Line(scenario=scenario, worlds=len(worlds), cases=_count_cases(worlds), figures=compute_figures(trials))


# --- incidents
# --------------------------------------------------------------------------------------------------------------


def _measure_detection(worlds: list[Sorted]) -> dict[str, Value]:
    cases = [met for world in worlds for met in world.met]
    standing = [[fault for incident, fault in world.about if incident.status != MERGED] for world in worlds]
    theirs = [[fault for fault in one if fault is not None and fault != NOBODY] for one in standing]
    total, right = sum(map(len, standing)), sum(len(set(one)) for one in theirs)
    false = sum(len(world.false) for world in worlds)
    well = [healthy_spans(world.trial) for world in worlds]
    calm = [
        one
        for world, spans in zip(worlds, well, strict=True)
        for one in world.false
        if any(a <= min(one.detected_at, world.trial.truth.ended) <= b for a, b in spans)
    ]
    return {
        "found": share_of(bool(met.first) for met in cases),
        "minutes_to_incident": spread_of(_minutes_to_incident(met) for met in cases),
        "incident_precision": rate_of(right, total),
        "duplicate_incidents": rate_of(sum(map(len, theirs)) - right, total),
        "false_incidents": rate_of(
            false, false + sum(bool(one.first) for world in worlds for one in (*world.met, *world.small))
        ),
        "false_per_healthy_day": amount_of(
            len(calm), math.fsum((b - a) / DAY for spans in well for a, b in spans), "day"
        ),
    }


def healthy_spans(trial: Trial) -> list[tuple[datetime, datetime]]:
    """When no fault was active: neither before its first affected event nor after it was over does it count."""
    truth = trial.truth
    spans: list[tuple[datetime, datetime]] = []
    start = truth.began
    for began, ended in sorted(
        (fault.began, fault.ended or truth.ended) for fault in truth.faults if fault.began is not None
    ):
        if began > start:
            spans.append((start, min(began, truth.ended)))
        start = max(start, ended)
    if truth.ended > start:
        spans.append((start, truth.ended))
    return spans


def _minutes_to_incident(met: Met) -> float | None:
    if not met.first or met.fault.fifth_event is None:
        return None
    return _minutes_since(met.fault.fifth_event, met.first[0].detected_at)


def _minutes_since(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds() / 60)


# --- causes
# -----------------------------------------------------------------------------------------------------------------


def measure_causes(worlds: list[Sorted]) -> dict[str, Value]:
    """Figures about root causes."""
    cases = [met for world in worlds for met in world.met]
    known = [met for met in cases if met.catalogued]
    return {
        "diagnosis": share_of(_ranks_cause(met, 1) if met.catalogued else _left_open(met) for met in cases),
        "cause_top1": share_of(_ranks_cause(met, 1) for met in known),
        "cause_top3": share_of(_ranks_cause(met, 3) for met in known),
        "cause_precision": share_of(right for world in worlds for right in _judge_named_causes(world)),
        "abstention": share_of(_left_open(met) for met in cases if not met.catalogued),
        "needless_abstention": share_of(
            any(is_abstention(one) and not names_cause(one, met.fault.cause) for one in met.first) for met in known
        ),
        "forbidden_named": share_of(
            told for world in worlds if (told := _names_forbidden_cause(world.trial)) is not None
        ),
        "calibration": calibration_of(claim for world in worlds for claim in _collect_claims(world)),
    }


def is_abstention(incident: IncidentSeen) -> bool:
    """It was assessed, and either unknown is ranked first or no cause is claimed. No assessment is no abstention."""
    ranked = incident.suspects
    return bool(ranked) and (
        ranked[0].cause == UNKNOWN or not any(one.confidence > CLAIM for one in ranked if one.cause != UNKNOWN)
    )


def _ranks_cause(met: Met, places: int) -> bool:
    return bool(met.first) and all(names_cause(one, met.fault.cause, places) for one in met.first)


def _left_open(met: Met) -> bool:
    return bool(met.first) and all(map(is_abstention, met.first))


def names_cause(incident: IncidentSeen, cause: str, places: int = 1) -> bool:
    """Whether the cause is among the first that it ranked."""
    return any(one.cause == cause for one in incident.suspects[:places])


def _judge_named_causes(world: Sorted) -> Iterable[bool]:
    """For every incident that stands and names a cause, whether it is the one that kept a fault and names what caused
    it.
    """
    kept = {
        one.kept[0].id: all(names_cause(other, one.fault.cause) for other in one.kept)
        for one in (*world.met, *world.small)
        if one.kept
    }
    for incident, _ in world.about:
        named = incident.suspects[0].cause if incident.suspects else NO_INCIDENT
        if named not in {UNKNOWN, NO_INCIDENT} and (incident.status != MERGED or incident.id in kept):
            yield kept.get(incident.id, False)


def _names_forbidden_cause(trial: Trial) -> bool | None:
    """Whether a forbidden cause was ranked first; None where none is forbidden."""
    forbidden = set(trial.truth.forbidden) - {fault.cause for fault in trial.truth.faults}
    return any(one.suspects[0].cause in forbidden for one in trial.incidents if one.suspects) if forbidden else None


def _collect_claims(world: Sorted) -> Iterable[tuple[float, bool]]:
    """The first-ranked confidence of each found case, the worst of those opened together, and of the surest false
    incident.
    """
    for met in world.met:
        claims = [
            (one.suspects[0].confidence, one.suspects[0].cause == met.fault.cause) for one in met.first if one.suspects
        ]
        if claims:
            yield max(claims, key=lambda claim: (abs(claim[0] - claim[1]), claim))
    empty = [one.suspects[0].confidence for one in world.false if one.suspects and one.suspects[0].cause != NO_INCIDENT]
    if empty:
        yield max(empty), False


# --- merchants and money
# ----------------------------------------------------------------------------------------------------


def measure_reach(worlds: list[Sorted]) -> dict[str, Value]:
    """Figures about the merchants that were named."""
    cases = [met for world in worlds for met in world.met]
    reached = sum(_count_named_least(met, met.fault.hurt) for met in cases)
    named = [one for met in cases for one in met.kept] + [one for world in worlds for one in _list_real_surplus(world)]
    return {
        "scope_precision": rate_of(reached, sum(len(set(one.merchants)) for one in named)),
        "scope_recall": rate_of(reached, sum(len(set(met.fault.hurt)) for met in cases)),
        "silent_found": rate_of(
            sum(_count_named_least(met, met.fault.silent) for met in cases),
            sum(len(set(met.fault.silent)) for met in cases),
        ),
    }


def _list_real_surplus(world: Sorted) -> list[IncidentSeen]:
    empty = {one.id for one in world.false}
    return [one for one in world.surplus if one.id not in empty]


def _count_named_least(met: Met, merchants: Iterable[str]) -> int:
    """How many of them every incident that kept the fault names at least."""
    wanted = set(merchants)
    return min((len(wanted & set(one.merchants)) for one in met.kept), default=0)


class Bill(NamedTuple):
    """One estimate against one true loss: relative error, width, and whether the interval holds it. None: there is no
    such number.
    """

    error: float | None
    width: float | None
    covered: bool


def _measure_money(worlds: list[Sorted]) -> dict[str, Value]:
    cases = [bill for world in worlds for bill in list_bills(world)]
    told = [one for world in worlds for one in (*world.surplus, *(kept for met in world.met for kept in met.kept))]
    billed = sum(not estimate.middle <= 0 for one in told for estimate in one.lost_revenue.values())
    owed = sum(
        _is_billed(met, currency) for world in worlds for met in world.met for currency in _list_lost_currencies(met)
    )
    return {
        "revenue_error": spread_of(bill.error for bill in cases),
        "revenue_covered": share_of(bill.covered for bill in cases),
        "revenue_width": spread_of(bill.width for bill in cases),
        "bills_for_nothing": rate_of(billed - owed, billed),
    }


def list_bills(world: Sorted) -> list[Bill]:
    """What each case cost in each currency, beside what the agent said."""
    return [_build_bill(met, currency) for met in world.met for currency in _list_lost_currencies(met)]


def _list_lost_currencies(met: Met) -> list[str]:
    return sorted(currency for currency, minor in met.fault.lost_revenue.items() if minor > 0)


def _is_billed(met: Met, currency: str) -> bool:
    return any(currency in one.lost_revenue and not one.lost_revenue[currency].middle <= 0 for one in met.kept)


def _build_bill(met: Met, currency: str) -> Bill:
    true = met.fault.lost_revenue[currency]
    told = [one.lost_revenue.get(currency) for one in met.kept]
    sound = [one for one in told if one is not None and _is_sound_interval(one)]
    if not sound or len(sound) < len(told):
        return Bill(None, None, covered=False)
    error, width = max(abs(one.middle - true) for one in sound) / true, max(one.high - one.low for one in sound) / true
    return Bill(error, width, covered=all(one.low <= true <= one.high for one in sound))


def _is_sound_interval(told: Interval) -> bool:
    return all(map(math.isfinite, (told.low, told.middle, told.high))) and told.low <= told.middle <= told.high


# --- actions
# ----------------------------------------------------------------------------------------------------------------

When = Callable[[ActionSeen], datetime | None]


def _measure_actions(worlds: list[Sorted], each: list[Sorted]) -> dict[str, Value]:
    proposed = [wrong for world in worlds for wrong in _judge_changes(world.trial, lambda deed: deed.proposed_at)]
    stamped = [one for one in each if one.trial.operator == "rubber_stamp"]
    curable = [
        (world, met)
        for world in worlds
        if world.trial.operator != "absent"
        for met in world.met
        if met.fault.cures and not met.fault.needs_people
    ]
    questions, days = sum(world.trial.questions for world in worlds), math.fsum(world.days for world in worlds)
    return {
        "wrong_proposed": share_of(proposed),
        "wrong_proposed_per_day": amount_of(sum(proposed), days, "day"),
        "wrong_executed_rubber_stamp": share_of(
            wrong for one in stamped for wrong in _judge_changes(one.trial, when_sent)
        ),
        "wrong_executed_automatic": share_of(
            wrong for one in each for wrong in _judge_changes(one.trial, _sent_by_rule)
        ),
        "repaired": share_of(_proven_at(world.trial, met.fault) is not None for world, met in curable),
        "minutes_to_verified": spread_of(_minutes_to_verified(world.trial, met) for world, met in curable),
        "false_verified": share_of(wrong for one in each for wrong in _false_proofs(one.trial)),
        "harm_undone": share_of(
            deed.undone
            for one in each
            for deed in one.trial.actions
            if deed.worth == "harms" and when_sent(deed) is not None
        ),
        "asked_per_incident": amount_of(questions, sum(len(world.about) for world in worlds), "incident"),
        "asked_per_day": amount_of(questions, days, "day"),
    }


def when_sent(deed: ActionSeen) -> datetime | None:
    """When it went out to change something; a failure may have done it all the same, a dry run has not."""
    return None if deed.status == NEVER_SENT else deed.sent_at


def _sent_by_rule(deed: ActionSeen) -> datetime | None:
    return when_sent(deed) if deed.granted_by.startswith(BY_RULE) else None


def _judge_changes(trial: Trial, when: When) -> list[bool]:
    """For every change that happened, whether it was wrong. A right one told again, word for word, is not counted
    again; a wrong one is.
    """
    faults = {fault.number: fault for fault in trial.truth.faults}
    changes = [(deed, at) for deed in trial.actions if deed.worth != "harmless" and (at := when(deed)) is not None]
    return _drop_repeats((deed, not _cures_any(deed, faults, at)) for deed, at in changes)


def _drop_repeats(verdicts: Iterable[tuple[ActionSeen, bool]]) -> list[bool]:
    wrong: list[bool] = []
    right: set[bytes] = set()
    for deed, is_wrong in verdicts:
        if is_wrong:
            wrong.append(True)
        else:
            right.add(canonical_json([deed.tool, deed.arguments, sorted(deed.merchants)]))
    return wrong + [False] * len(right)


def _cures_any(deed: ActionSeen, faults: Mapping[int, FaultTruth], at: datetime) -> bool:
    return deed.worth == "cures" and any(number in faults and _is_active(faults[number], at) for number in deed.faults)


def _is_active(fault: FaultTruth, at: datetime) -> bool:
    """Begun and not over: what helps against anything else helps nobody now, and who did it could not know."""
    return fault.began is not None and fault.began <= at and (fault.ended is None or at < fault.ended)


def _is_proof(deed: ActionSeen, fault: FaultTruth) -> bool:
    """VERIFIED, and it truly cured. A call for every hurt merchant of a fault that never ended cured nothing, whatever
    it promised.
    """
    at = when_sent(deed)
    if (
        deed.status != VERIFIED
        or at is None
        or deed.settled_at is None
        or not _cures_any(deed, {fault.number: fault}, at)
    ):
        return False
    return fault.ended is not None or not set(fault.hurt) <= set(deed.merchants or fault.hurt)


def _false_proofs(trial: Trial) -> list[bool]:
    """Whoever only tells people promises that they were told, and no cure."""
    told = [deed for deed in trial.actions if deed.status == VERIFIED and deed.worth != "harmless"]
    return _drop_repeats((deed, not any(_is_proof(deed, fault) for fault in trial.truth.faults)) for deed in told)


def _proven_at(trial: Trial, fault: FaultTruth) -> datetime | None:
    """From when on it was both over and proven by a true cure."""
    settled = [deed.settled_at for deed in trial.actions if deed.settled_at is not None and _is_proof(deed, fault)]
    return max(min(settled), fault.ended) if settled and fault.ended is not None else None


def _minutes_to_verified(trial: Trial, met: Met) -> float | None:
    proven = _proven_at(trial, met.fault)
    return _minutes_since(met.first[0].detected_at, proven) if proven is not None and met.first else None
