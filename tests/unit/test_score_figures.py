"""Every figure of the scorecard on trials small enough to be computed by hand."""

import pytest

from app.domain.errors import BadInput
from simulations.scoring.figures import Figures
from simulations.scoring.score import compute_figures, score_trials
from simulations.scoring.sorting import find_owning_fault
from tests.score_cases import CAUSES, action, at, fault, incident, money, trial

RIGHT, OTHER = CAUSES[0], CAUSES[1]


def of(rate) -> tuple[int, int]:
    return rate.hits, rate.n


# --- which incident is about which fault
# ----------------------------------------------------------------------------------------


def test_an_incident_is_about_the_fault_that_owns_at_least_half_of_its_fault_owned_signals():
    faults = [fault(0), fault(1), fault(2)]
    assert find_owning_fault(incident(about={0: 3, 1: 7, -1: 10}), faults) == 1
    assert find_owning_fault(incident(about={0: 5, 1: 5}), faults) == 0
    assert find_owning_fault(incident(about={0: 4, 1: 3, 2: 3}), faults) is None


def test_an_incident_mostly_of_signals_that_no_fault_caused_is_about_nothing():
    assert find_owning_fault(incident(about={0: 4, -1: 5}), [fault(0)]) == -1
    assert find_owning_fault(incident(about={0: 5, -1: 5}), [fault(0)]) == 0
    assert find_owning_fault(incident(about={}), [fault(0)]) == -1


def test_what_began_after_an_incident_was_opened_is_not_what_it_was_opened_on():
    faults = [fault(0, began=60), fault(1, began=600)]
    assert find_owning_fault(incident(detected=70, about={0: 10, 1: 990}), faults) == 0
    assert find_owning_fault(incident(detected=50, about={0: 10}), faults) == -1
    assert find_owning_fault(incident(detected=70, about={-1: 2, 1: 990}), faults) == -1


# --- detection
# --------------------------------------------------------------------------------------------------------------


def test_recall_is_over_the_faults_with_five_affected_events():
    small = fault(1, affected_events=4)
    dormant = fault(2, began=None)
    told = compute_figures([trial([fault(0), small, dormant, fault(3)], [incident(), incident("INC-2", about={1: 4})])])
    assert of(told.found) == (1, 2)


def test_minutes_run_from_the_fifth_event_and_never_is_longest():
    faults = [fault(n) for n in range(3)]
    told = compute_figures(
        [trial(faults, [incident("A", detected=74, about={0: 5}), incident("B", detected=62, about={1: 5})])]
    )
    assert (told.minutes_to_incident.median, told.minutes_to_incident.p90) == (10.0, None)
    assert (told.minutes_to_incident.known, told.minutes_to_incident.n) == (2, 3)


def test_an_incident_before_the_fifth_event_is_no_better_than_at_once():
    assert compute_figures([trial([fault()], [incident(detected=62)])]).minutes_to_incident.median == 0.0


def test_a_fault_too_small_to_be_a_case_is_neither_for_nor_against():
    small = fault(1, affected_events=4)
    about_it = incident("B", about={1: 4}, merchants=("x",), lost_revenue=money(1, 2, 3))
    told = compute_figures([trial([fault(), small], [incident(), about_it])])
    assert of(told.scope_precision) == (4, 4) and told.bills_for_nothing.n == 0 and told.false_incidents.hits == 0


def test_duplicates_are_counted_and_those_the_agent_merged_itself_are_not():
    many = [
        incident("A"),
        incident("B", detected=80),
        incident("C", detected=90),
        incident("D", detected=95, status="MERGED"),
    ]
    told = compute_figures([trial([fault()], [*many, incident("E", about={-1: 3})])])
    assert of(told.duplicate_incidents) == (2, 4)
    assert of(told.incident_precision) == (1, 4)
    assert of(told.false_incidents) == (1, 2)


def test_false_incidents_are_set_against_the_healthy_time():
    """Well from 0 to 60 and from 300 to 1440 minutes: 1,200 minutes; of three false incidents one falls
    into the fault.
    """
    empty = [incident(f"INC-{minute}", detected=minute, about={-1: 5}) for minute in (30, 100, 400)]
    told = compute_figures([trial([fault()], empty)]).false_per_healthy_day
    assert (told.count, told.per) == (2, pytest.approx(1200 / 1440, abs=1e-6))


def test_overlapping_faults_are_no_healthy_time_and_one_that_never_ends_lasts():
    faults = [
        fault(0, began=60, ended=300),
        fault(1, began=120, ended=200),
        fault(2, began=720, ended=None),
        fault(3, began=None),
    ]
    assert compute_figures([trial(faults)]).false_per_healthy_day.per == pytest.approx((60 + 420) / 1440, abs=1e-6)


def test_a_healthy_day_has_no_cases_and_a_whole_day():
    told = compute_figures([trial()])
    assert (told.found.n, told.diagnosis.n, told.false_per_healthy_day.per) == (0, 0, 1.0)


# --- causes
# -----------------------------------------------------------------------------------------------------------------


def test_the_cause_counts_by_its_rank_and_a_missed_fault_is_wrong():
    faults = [fault(n) for n in range(4)]
    ranked = [(OTHER, 0.5), ("unknown", 0.3), (RIGHT, 0.2)]
    incidents = [
        incident("A", about={0: 5}, causes=[(RIGHT, 0.9)]),
        incident("B", about={1: 5}, causes=ranked),
        incident("C", about={2: 5}, causes=[(OTHER, 0.4), ("unknown", 0.3), (CAUSES[2], 0.2), (RIGHT, 0.1)]),
    ]
    told = compute_figures([trial(faults, incidents)])
    assert of(told.cause_top1) == (1, 4) and of(told.cause_top3) == (2, 4) and of(told.diagnosis) == (1, 4)


def test_only_the_first_incident_about_a_fault_speaks_and_of_several_at_once_the_worst():
    wrong_first = [incident("A", causes=[(OTHER, 0.9)]), incident("B", detected=80, causes=[(RIGHT, 0.9)])]
    at_once = [incident("A", causes=[(RIGHT, 0.9)]), incident("B", causes=[(OTHER, 0.9)])]
    assert of(compute_figures([trial([fault()], wrong_first)]).cause_top1) == (0, 1)
    assert of(compute_figures([trial([fault()], at_once)]).cause_top1) == (0, 1)


def test_causes_named_in_duplicates_and_false_incidents_are_named_wrongly():
    incidents = [
        incident("A", causes=[(RIGHT, 0.9)]),
        incident("B", detected=80, causes=[(RIGHT, 0.9)]),
        incident("C", about={-1: 3}, causes=[(RIGHT, 0.9)]),
        incident("D", about={-1: 3}, causes=[("unknown", 0.9)]),
    ]
    assert of(compute_figures([trial([fault()], incidents)]).cause_precision) == (1, 3)


def test_abstaining_is_right_where_nobody_catalogued_the_fault_and_needless_elsewhere():
    faults = [fault(0, "unknown"), fault(1, "unknown"), fault(2, "unknown"), fault(3, "unknown"), fault(4), fault(5)]
    incidents = [
        incident("A", about={0: 5}, causes=[("unknown", 0.9), (OTHER, 0.1)]),
        incident("B", about={1: 5}, causes=[(OTHER, 0.5), ("unknown", 0.4)]),
        incident("C", about={2: 5}, causes=[(OTHER, 0.51), ("unknown", 0.4)]),
        incident("D", about={3: 5}),
        incident("E", about={4: 5}, causes=[("unknown", 0.6), (RIGHT, 0.4)]),
        incident("F", about={5: 5}, causes=[(RIGHT, 0.45), ("unknown", 0.4)]),
    ]
    told = compute_figures([trial(faults, incidents)])
    assert of(told.abstention) == (2, 4) and of(told.needless_abstention) == (1, 2)
    assert of(told.cause_top1) == (1, 2) and of(told.diagnosis) == (3, 6)


def test_forbidden_causes_are_counted_by_world_so_that_more_incidents_dilute_nothing():
    tempted = [incident("A", causes=[(OTHER, 0.8)]), incident("B", causes=[(RIGHT, 0.8)])]
    worlds = [
        trial([fault()], tempted, forbidden=[OTHER]),
        trial([fault()], tempted[1:], forbidden=[OTHER, RIGHT], seed=2),
        trial([fault()], tempted, seed=3),
    ]
    assert of(compute_figures(worlds).forbidden_named) == (1, 2)


# --- merchants and money
# ----------------------------------------------------------------------------------------------------


def test_scope_is_held_against_the_hurt_merchants_and_duplicates_lower_precision():
    faults = [fault(0, hurt="abcd", silent=("b", "c", "d")), fault(1, hurt="wxyz", silent=("w",))]
    first = incident("A", merchants=("a", "b", "x"))
    told = compute_figures([trial(faults, [first])])
    assert of(told.scope_precision) == (2, 3) and of(told.scope_recall) == (2, 8) and of(told.silent_found) == (1, 4)
    again = compute_figures([trial(faults, [first, incident("B", detected=75, merchants=("a", "b", "c", "d"))])])
    assert of(again.scope_precision) == (2, 7) and of(again.scope_recall) == (2, 8)


def test_an_incident_continued_as_another_hands_merchants_and_bill_on():
    thin = incident("A", merchants=("a",), status="MERGED", causes=[(OTHER, 0.3)], lost_revenue=money(0, 1, 2))
    whole = incident("B", detected=80, causes=[(RIGHT, 0.9)], lost_revenue=money(900, 1_000, 1_100))
    told = compute_figures([trial([fault()], [thin, whole])])
    assert of(told.scope_recall) == (4, 4) and of(told.scope_precision) == (4, 4) and told.revenue_error.median == 0.0
    assert (
        of(told.cause_top1) == (0, 1) and of(told.cause_precision) == (1, 1) and told.minutes_to_incident.median == 6.0
    )


def test_the_revenue_error_is_relative_per_case_and_currency():
    cost = fault(0, lost_revenue={"EUR": 1_000, "USD": 400})
    estimates = {**money(800, 1_250, 2_000), **money(100, 300, 350, "USD")}
    told = compute_figures([trial([cost, fault(1)], [incident(lost_revenue=estimates)])])
    assert (told.revenue_error.known, told.revenue_error.n, told.revenue_error.median, told.revenue_error.p90) == (
        2,
        3,
        0.25,
        None,
    )
    assert of(told.revenue_covered) == (1, 3)
    assert (told.revenue_width.median, told.revenue_width.known) == (1.2, 2)


def test_of_estimates_made_at_once_the_worst_counts():
    good, bad = (
        incident(name, lost_revenue=money(900, middle, 1_500)) for name, middle in (("A", 1_000), ("B", 1_500))
    )
    assert compute_figures([trial([fault()], [good, bad])]).revenue_error.median == 0.5
    assert compute_figures([trial([fault()], [good, incident("B")])]).revenue_error.known == 0


def test_losses_nobody_had_are_billed_for_nothing_and_leave_the_error_alone():
    """Five estimates: EUR is owed; JPY cost nothing, the ghost lost nothing, C bills again what the first one bills; D
    says zero.
    """
    yen = {**money(900, 1_000, 1_100), **money(1, 5, 9, "JPY")}
    ghost = incident("B", about={-1: 4}, lost_revenue=money(1, 2, 3))
    twice = incident("C", detected=90, lost_revenue=money(900, 1_000, 1_100))
    humble = incident("D", about={-1: 4}, lost_revenue=money(0, 0, 3))
    told = compute_figures([trial([fault()], [incident(lost_revenue=yen), ghost, twice, humble])])
    assert (told.revenue_error.known, told.revenue_error.n) == (1, 1) and of(told.revenue_covered) == (1, 1)
    assert of(told.bills_for_nothing) == (3, 4)


def test_an_estimate_that_is_no_number_or_stands_on_its_head_is_none():
    for told in (money(0, 1_000, float("inf")), money(1_200, 1_000, 800), money(float("nan"), 1_000, 2_000)):
        card = compute_figures([trial([fault()], [incident(lost_revenue=told)])])
        assert card.revenue_error.known == 0 and of(card.revenue_covered) == (0, 1)


# --- actions
# ----------------------------------------------------------------------------------------------------------------


def test_wrong_is_useless_harmful_too_early_or_too_late_and_what_only_tells_people_is_neither():
    deeds = [
        action("A"),
        action("B", "useless"),
        action("C", "harms"),
        action("D", "harmless"),
        action("E", proposed=300),
        action("F", proposed=299, merchants=("a",)),
        action("G", proposed=59, merchants=("b",)),
    ]
    told = compute_figures([trial([fault()], [incident()], deeds)])
    assert of(told.wrong_proposed) == (4, 6)
    assert told.wrong_proposed_per_day.value == 4.0


def test_a_right_action_told_twice_dilutes_nothing_and_a_wrong_one_counts_each_time():
    deeds = [action("A"), action("B"), action("C", "useless"), action("D", "useless")]
    assert of(compute_figures([trial([fault()], [], deeds)]).wrong_proposed) == (2, 3)


def test_executions_are_judged_when_they_go_out():
    deeds = [
        action("A", sent=310, status="EXECUTED"),
        action("B", sent=None, status="REJECTED", merchants=("a",)),
        action("C", "harms", sent=90, status="NOT_APPLIED"),
        action("D", "harms", sent=90, status="FAILED", granted_by="policy:low-risk"),
        action("E", sent=90, merchants=("b",), granted_by="amira"),
    ]
    told = compute_figures(
        [trial([fault()], [], deeds, operator="rubber_stamp"), trial([fault()], [], deeds, operator="truthful")]
    )
    assert of(told.wrong_executed_rubber_stamp) == (2, 3)
    assert of(told.wrong_executed_automatic) == (2, 2)
    assert of(told.wrong_proposed) == (2, 5)


def test_a_repair_is_verified_over_and_truly_cured():
    faults = [fault(n) for n in range(4)] + [fault(4, ended=None), fault(5, needs_people=True), fault(6, cures=())]
    deeds = [
        action("A", status="VERIFIED", sent=90, settled_at=at(120), faults=(0,)),
        action("B", status="EXECUTED", sent=90, settled_at=at(120), faults=(1,)),
        action("C", "useless", status="VERIFIED", sent=90, settled_at=at(120)),
        action("D", status="VERIFIED", sent=90, settled_at=at(320), faults=(3,)),
        action("E", status="VERIFIED", sent=90, settled_at=at(320), faults=(4,)),
        action("F", "harmless", status="VERIFIED", sent=90, settled_at=at(120), tool="create_ticket"),
    ]
    told = compute_figures(
        [trial(faults, [incident("A", about={0: 5}), incident("B", detected=80, about={3: 5})], deeds)]
    )
    assert of(told.repaired) == (2, 5)
    assert of(told.false_verified) == (2, 3), (
        "C and E, which was for all of a fault that went on; A and D are one request, a ticket claims no cure"
    )
    assert (told.minutes_to_verified.known, told.minutes_to_verified.n, told.minutes_to_verified.p90) == (2, 5, None)


def test_minutes_to_verified_end_when_it_is_both_over_and_proven():
    early = action("A", status="VERIFIED", sent=90, settled_at=at(120))
    late = action("A", status="VERIFIED", sent=90, settled_at=at(360))
    assert compute_figures([trial([fault()], [incident()], [early])]).minutes_to_verified.median == 230.0
    assert compute_figures([trial([fault()], [incident()], [late])]).minutes_to_verified.median == 290.0


def test_nobody_is_blamed_for_a_repair_that_an_absent_operator_never_allowed():
    assert compute_figures([trial([fault()], operator="absent")]).repaired.n == 0


def test_harm_is_undone_or_it_is_not():
    deeds = [
        action("A", "harms", undone=True),
        action("B", "harms"),
        action("C", "harms", sent=None, status="REJECTED"),
        action("D", undone=True),
    ]
    assert of(compute_figures([trial([fault()], [], deeds)]).harm_undone) == (1, 2)


def test_questions_are_told_per_incident_and_per_day():
    told = compute_figures([trial([fault()], [incident("A"), incident("B")], questions=3, minutes=2880)])
    assert (told.asked_per_incident.value, told.asked_per_day.value) == (1.5, 1.5)


# --- calibration
# ----------------------------------------------------------------------------------------------------------------


def test_calibration_takes_each_found_case_and_the_surest_false_incident():
    """(0.8, right), (0.6, wrong), and of two false incidents the one at 0.7: squares 0.04, 0.36, 0.49."""
    incidents = [
        incident("A", about={0: 5}, causes=[(RIGHT, 0.8)]),
        incident("B", about={1: 5}, causes=[(RIGHT, 0.6)]),
        incident("C", about={1: 5}, detected=99, causes=[("unknown", 0.99)]),
        incident("D", about={-1: 5}, causes=[(RIGHT, 0.7)]),
        incident("E", about={-1: 5}, causes=[(RIGHT, 0.1)]),
        incident("F", about={-1: 5}, causes=[("no_incident", 0.95)]),
    ]
    told = compute_figures([trial([fault(0), fault(1, "unknown")], incidents)]).calibration
    assert (told.n, told.brier) == (3, pytest.approx(0.89 / 3, abs=1e-6))
    assert told.ece == pytest.approx((0.2 + 0.6 + 0.7) / 3, abs=1e-6)


# --- the whole
# --------------------------------------------------------------------------------------------------------------


def test_a_world_counts_once_under_its_most_truthful_operator():
    blind, good = trial([fault()], operator="rubber_stamp"), trial([fault()], [incident()], operator="truthful")
    card = score_trials([blind, good, trial([fault()], seed=2)])
    assert (card.trials, card.worlds, card.cases) == (3, 2, 2)
    assert of(card.total.found) == (1, 2)


def test_every_scenario_has_a_line_of_its_own():
    card = score_trials(
        [trial([fault()], [incident()], scenario="b"), trial([fault()], scenario="a"), trial(scenario="a", seed=2)]
    )
    assert [(line.scenario, line.worlds, line.cases, of(line.figures.found)) for line in card.lines] == [
        ("a", 2, 1, (0, 1)),
        ("b", 1, 1, (1, 1)),
    ]


def test_the_same_trial_twice_is_refused():
    with pytest.raises(BadInput, match="the trial of one with seed 1 under the truthful operator is there twice"):
        score_trials([trial(), trial()])


def test_no_trials_make_an_empty_card():
    card = score_trials([])
    assert (card.trials, card.lines, card.total.found.n) == (0, (), 0)
    assert isinstance(card.total, Figures)
