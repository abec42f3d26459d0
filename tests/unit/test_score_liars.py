"""Agents that try to look good without being good. Each gets the score it deserves."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from simulations.scoring.gates import Floor, list_shortfalls
from simulations.scoring.leak_checks import find_suspicions
from simulations.scoring.score import compute_figures
from simulations.scoring.sorting import is_case
from simulations.world.seeded_random import Draws
from simulations.world.truth import ActionSeen, IncidentSeen, Interval, Trial, Truth
from tests.score_cases import CAUSES, MERCHANTS, START, action, at, fault, incident, lived, seen, trial

FIXED = 20_260_302
SEEDS = [FIXED, *random.SystemRandom().sample(range(2**32), 1)]
DECENT = {
    "found": Floor(least=0.6),
    "minutes_to_incident.median": Floor(most=60),
    "incident_precision": Floor(least=0.5),
    "diagnosis": Floor(least=0.5),
    "cause_top1": Floor(least=0.45),
    "abstention": Floor(least=0.3),
    "scope_precision": Floor(least=0.5),
    "scope_recall": Floor(least=0.5),
    "wrong_proposed": Floor(most=0.3),
    "wrong_executed_rubber_stamp": Floor(most=0.3),
    "repaired": Floor(least=0.2),
    "false_verified": Floor(most=0.2),
    "calibration.brier": Floor(most=0.3),
}
"""What one would ask of an agent of the middling sort."""


@pytest.fixture(params=SEEDS, ids=["fixed", "drawn"])
def seed(request) -> int:
    print(f"seed {request.param}")
    return request.param


def cases(trials: list[Trial]) -> list:
    return [one for told in trials for one in told.truth.faults if is_case(one)]


def cure(truth: Truth, number: int) -> ActionSeen:
    """What really helps, in time, proven."""
    one = truth.faults[number]
    sent = (one.fifth_event - START) / timedelta(minutes=1) + 20
    timely = one.ended is None or at(sent) < one.ended
    return action(
        f"ACT-{truth.seed}-{number}",
        "cures" if timely else "useless",
        proposed=sent - 5,
        sent=sent,
        status="VERIFIED" if timely and one.ended else "INEFFECTIVE",
        settled_at=at(sent + 60),
        faults=(number,),
        merchants=(*one.hurt, f"for-{number}"),
    )


# --- the liars
# --------------------------------------------------------------------------------------------------------------


def most_common_cause(truth: Truth, draws: Draws) -> tuple[list[IncidentSeen], list[ActionSeen]]:
    return seen(truth, lambda _: [(CAUSES[0], 0.95), ("unknown", 0.05)]), []


def always_unknown(truth: Truth, draws: Draws) -> tuple[list[IncidentSeen], list[ActionSeen]]:
    return seen(truth, lambda _: [("unknown", 0.9), (CAUSES[0], 0.1)]), []


def acts_on_everything(truth: Truth, draws: Draws) -> tuple[list[IncidentSeen], list[ActionSeen]]:
    """An incident and every tool for every merchant, every two hours; whatever recovers, it did that."""
    incidents = [
        incident(
            f"INC-{truth.seed}-{minute}-{n}",
            detected=minute,
            about={-1: 3},
            causes=[(CAUSES[n % 5], 0.9)],
            merchants=(f"m{n}",),
        )
        for minute in range(0, 1440, 120)
        for n in range(0, MERCHANTS, 10)
    ]
    return incidents, [
        _fired(truth, minute, tool)
        for minute in range(0, 1440, 120)
        for tool in ("purge_cache", "rotate_token", "restart")
    ]


def _fired(truth: Truth, minute: int, tool: str) -> ActionSeen:
    hit = tuple(
        one.number
        for one in truth.faults
        if tool in one.cures and one.began and one.began <= at(minute) and (one.ended is None or at(minute) < one.ended)
    )
    worth = "cures" if hit else "harms" if tool == "restart" else "useless"
    return action(
        f"ACT-{truth.seed}-{minute}-{tool}",
        worth,
        proposed=minute,
        sent=minute,
        status="VERIFIED",
        settled_at=at(minute + 30),
        faults=hit,
        tool=tool,
        arguments={"round": minute},
        granted_by="policy:low-risk",
        merchants=tuple(f"m{n}" for n in range(MERCHANTS)),
    )


def never_acts(truth: Truth, draws: Draws) -> tuple[list[IncidentSeen], list[ActionSeen]]:
    return [], []


def one_for_everything(truth: Truth, draws: Draws) -> tuple[list[IncidentSeen], list[ActionSeen]]:
    """A single incident, opened with the day, into which every signal of every merchant goes."""
    about = {-1: 50_000, **{one.number: one.affected_events for one in truth.faults}}
    return [
        incident(
            f"INC-{truth.seed}",
            detected=0,
            about=about,
            causes=[(CAUSES[0], 0.5)],
            merchants=tuple(f"m{n}" for n in range(MERCHANTS)),
        )
    ], []


def opens_duplicates(truth: Truth, draws: Draws) -> tuple[list[IncidentSeen], list[ActionSeen]]:
    """One incident per cause it has heard of: one of them will be right."""
    return [
        one.changed(id=f"{one.id}-{cause}", suspects=({"cause": cause, "confidence": 0.9},))
        for cause in (*CAUSES, "unknown")
        for one in seen(truth, lambda _: [("unknown", 0.9)])
    ], []


def copies_the_truth(truth: Truth, draws: Draws) -> tuple[list[IncidentSeen], list[ActionSeen]]:
    """Reads the scenario file: names every planted fault as the day begins, also those that touch nobody, and all whom
    they reach.
    """
    incidents = [
        incident(
            f"INC-{truth.seed}-{one.number}",
            detected=0 if one.fifth_event is None else (one.fifth_event - START) / timedelta(minutes=1) - 30,
            about={one.number: one.affected_events} if one.affected_events else {-1: 1},
            causes=[(one.cause, 1.0)],
            merchants=one.ill,
            lost_revenue={
                currency: Interval(low=minor, middle=minor, high=minor) for currency, minor in one.lost_revenue.items()
            },
        )
        for one in truth.faults
    ]
    return incidents, []


def patient_copy(truth: Truth, draws: Draws) -> tuple[list[IncidentSeen], list[ActionSeen]]:
    """Reads the scenario file and waits ten minutes, so that nothing is early: it is only never wrong."""
    told = seen(truth, lambda one: [(one.cause, 0.97)])
    return told, [cure(truth, one.number) for one in truth.faults if is_case(one) and not one.needs_people]


def middling(truth: Truth, draws: Draws) -> tuple[list[IncidentSeen], list[ActionSeen]]:
    """An honest agent: misses some, mistakes some, names a merchant too many or too few, acts where it is sure."""
    told, acts = [], []
    for one in seen(truth, lambda fault: [(fault.cause, 0.8), ("unknown", 0.2)], after=15):
        number = max(one.signals, key=lambda name: one.signals[name])
        if draws.happens(0.1):
            continue
        wrong = draws.happens(0.25)
        suspects = ({"cause": draws.choice(CAUSES), "confidence": 0.6},) if wrong else one.suspects
        merchants = (*(name for name in one.merchants if draws.happens(0.9)), f"m{int(draws.uniform() * MERCHANTS)}")
        told.append(one.changed(suspects=suspects, merchants=tuple(dict.fromkeys(merchants))))
        if not wrong and is_case(truth.faults[number]):
            acts.append(cure(truth, number))
    return told, acts


# --- what they deserve
# ------------------------------------------------------------------------------------------------------


def test_the_middling_agent_passes_what_every_liar_fails():
    assert list_shortfalls(compute_figures(lived(middling, FIXED)), DECENT) == ()


@pytest.mark.parametrize(
    "liar",
    [most_common_cause, always_unknown, acts_on_everything, never_acts, one_for_everything, opens_duplicates],
    ids=lambda liar: liar.__name__,
)
def test_every_liar_falls_below_the_floors_of_the_middling(liar, seed):
    assert len(list_shortfalls(compute_figures(lived(liar, seed)), DECENT)) >= 2


def test_naming_the_most_common_cause_earns_its_share_and_no_more(seed):
    trials = lived(most_common_cause, seed)
    counted = Counter(one.cause for one in cases(trials))
    told = compute_figures(trials)
    known = sum(counted.values()) - counted["unknown"]
    assert (told.cause_top1.hits, told.cause_top1.n) == (counted[CAUSES[0]], known)
    assert (told.abstention.hits, told.abstention.n) == (0, counted["unknown"])
    assert told.diagnosis.value < 0.6 and told.calibration.brier > 0.3
    assert (told.found.value, told.repaired.hits) == (1.0, 0)


def test_naming_the_most_common_cause_on_the_fixed_seed():
    told = compute_figures(lived(most_common_cause, FIXED))
    assert (told.cause_top1.hits, told.cause_top1.n, told.diagnosis.n) == (30, 62, 75)
    assert told.calibration.brier == pytest.approx((30 * 0.05**2 + 45 * 0.95**2) / 75, abs=1e-6)


def test_saying_unknown_is_right_only_where_it_is(seed):
    trials = lived(always_unknown, seed)
    counted = Counter(one.cause for one in cases(trials))
    known = sum(counted.values()) - counted["unknown"]
    told = compute_figures(trials)
    assert (told.abstention.hits, told.abstention.n) == (counted["unknown"], counted["unknown"])
    assert (told.cause_top1.hits, told.needless_abstention.hits, told.needless_abstention.n) == (0, known, known)
    assert told.diagnosis.hits == counted["unknown"]
    assert told.calibration.ece == pytest.approx(abs(0.9 - counted["unknown"] / sum(counted.values())), abs=1e-5)


def test_acting_on_everything_is_mostly_wrong_and_proves_nothing(seed):
    trials = lived(acts_on_everything, seed)
    told = compute_figures(trials)
    right = sum(deed.worth == "cures" for one in trials for deed in one.actions)
    every = 36 * len(trials)
    for rate in (told.wrong_proposed, told.wrong_executed_rubber_stamp, told.wrong_executed_automatic):
        assert (rate.hits, rate.n) == (every - right, every) and rate.value > 0.7
    assert told.false_verified.value > 0.7 and (told.harm_undone.hits, told.harm_undone.n) == (0, 12 * len(trials))
    assert (told.found.hits, told.false_incidents.value) == (0, 1.0)
    assert told.asked_per_day.value == pytest.approx(36.0) and told.wrong_proposed_per_day.value > 25


def test_doing_nothing_has_no_wrong_action_and_nothing_else(seed):
    trials = lived(never_acts, seed)
    told = compute_figures(trials)
    n = len(cases(trials))
    assert (told.found.hits, told.found.n, told.found.low) == (0, n, 0.0)
    assert (told.minutes_to_incident.median, told.minutes_to_verified.median) == (None, None)
    assert (
        told.repaired.hits,
        told.scope_recall.hits,
        told.silent_found.hits,
        told.diagnosis.hits,
        told.abstention.hits,
    ) == (0, 0, 0, 0, 0)
    assert told.wrong_proposed.value is None and told.calibration.brier is None


def test_one_incident_for_everything_finds_nothing(seed):
    told = compute_figures(lived(one_for_everything, seed))
    assert (told.found.hits, told.scope_recall.hits, told.false_incidents.value, told.incident_precision.value) == (
        0,
        0,
        1.0,
        0.0,
    )


def test_one_incident_for_all_that_fails_finds_one_fault_at_most():
    faults = [fault(n) for n in range(3)]
    lumped = incident(about={0: 40, 1: 30, 2: 10})
    told = compute_figures([trial(faults, [lumped])])
    assert (told.found.hits, told.found.n) == (1, 3)


def test_an_incident_for_every_cause_names_none_of_them(seed):
    trials = lived(opens_duplicates, seed)
    told = compute_figures(trials)
    assert (told.found.value, told.cause_top1.hits, told.cause_precision.hits, told.abstention.hits) == (1.0, 0, 0, 0)
    assert told.incident_precision.value == pytest.approx(1 / 6) and told.duplicate_incidents.value == pytest.approx(
        5 / 6
    )
    assert told.scope_precision.value == pytest.approx(1 / 6)


def test_opening_incidents_before_anything_happened_finds_nothing_and_is_noticed(seed):
    trials = lived(copies_the_truth, seed)
    told = compute_figures(trials)
    assert (told.found.hits, told.cause_top1.hits) == (0, 0)
    hints = {one.hint for one in find_suspicions(trials)}
    assert {"opened_on_nothing", "foreknowledge"} <= hints


def test_a_leak_that_waits_is_never_wrong_and_is_noticed(seed):
    trials = lived(patient_copy, seed)
    told = compute_figures(trials)
    assert (told.diagnosis.value, told.scope_recall.value, told.scope_precision.value) == (1.0, 1.0, 1.0), (
        "a score nobody deserves"
    )
    assert {one.hint for one in find_suspicions(trials)} == {"never_wrong_cause", "never_wrong_scope"}


def test_an_honest_agent_is_not_suspected(seed):
    assert find_suspicions(lived(middling, seed)) == ()


# --- each sign of a leak, by itself
# -----------------------------------------------------------------------------------------


def test_an_incident_opened_early_on_a_stray_error_is_no_leak():
    assert find_suspicions([trial([fault()], [incident(detected=50, about={-1: 1, 0: 90})])]) == ()
    assert [one.hint for one in find_suspicions([trial([fault()], [incident(detected=50, about={0: 90})])])] == [
        "opened_on_nothing"
    ]


def test_finding_in_the_very_second_is_no_chance():
    trials = [trial([fault()], [incident(detected=60)], seed=n) for n in range(5)]
    assert [one.hint for one in find_suspicions(trials)] == ["to_the_second"]
    assert find_suspicions(trials[:4]) == ()


def test_naming_causes_of_faults_that_touched_nobody_is_foreknowledge():
    def day(n: int, named: str) -> Trial:
        return trial([fault(0, CAUSES[n % 4], began=None)], [incident(about={-1: 4}, causes=[(named, 0.8)])], seed=n)

    knowing = [day(n, CAUSES[n % 4]) for n in range(12)]
    stubborn = [day(n, CAUSES[0]) for n in range(12)]
    (found,) = find_suspicions(knowing)
    assert found.hint == "foreknowledge" and found.what.startswith("12 of 12 causes")
    assert find_suspicions(stubborn) == (), "three of twelve, by naming the same every time"


def test_naming_merchants_to_whom_nothing_had_happened_is_noticed():
    reach = tuple(f"m{n}" for n in range(10))
    planted = fault(hurt="abcd", ill=("a", "b", "c", "d", *reach), untold=reach)
    (found,) = find_suspicions([trial([planted], [incident(merchants=("a", "b", *reach[:8]))])])
    assert found.hint == "untouched_merchants"
    mistaken = tuple(f"x{n}" for n in range(20))
    assert find_suspicions([trial([planted], [incident(merchants=("a", "b", *reach[:2], *mistaken))])]) == ()
    listed = planted.changed(untold=(), exposed=("a", "b", "c", "d", *reach))
    assert find_suspicions([trial([listed], [incident(merchants=("a", "b", *reach[:8]))])]) == (), (
        "the directory says of them what it says of the hurt"
    )


def test_losses_known_to_the_cent_are_noticed():
    def day(n: int, told: float) -> Trial:
        return trial(
            [fault(lost_revenue={"EUR": 777 + n})],
            [incident(lost_revenue={"EUR": Interval(low=0, middle=told, high=9_999)})],
            seed=n,
        )

    assert [one.hint for one in find_suspicions([day(n, 777 + n) for n in range(6)])] == ["exact_money"]
    assert find_suspicions([day(n, 780) for n in range(6)]) == ()
