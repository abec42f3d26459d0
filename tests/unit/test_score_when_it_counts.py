"""What the scorecard judges, and when: the worse of half an hour and the first proposal, against the truth of then."""

import pytest

from simulations.scoring.score import compute_figures
from simulations.scoring.sorting import find_owning_fault
from simulations.world.truth import DECOY, Glimpse, Suspect
from tests.score_cases import CAUSES, at, fault, incident, money, trial
from tests.unit.test_score_figures import of

RIGHT, OTHER = CAUSES[0], CAUSES[1]


def glimpse(minute: float, *, cause: str = RIGHT, merchants: str = "abcd", **more) -> Glimpse:
    suspects = (Suspect(cause=cause, confidence=0.9),)
    return Glimpse(at=at(minute), suspects=suspects, merchants=tuple(merchants), **more)


def test_the_worse_of_both_moments_stands_and_the_end_beside_it():
    told = incident(
        causes=[(RIGHT, 0.9)],
        half_hour=glimpse(100),
        proposal=glimpse(75, cause=OTHER, merchants="axyz"),
    )
    card = compute_figures([trial([fault()], [told])])
    assert of(card.cause_top1) == (0, 1) and of(card.cause_top1_end) == (1, 1)
    assert of(card.scope_precision) == (1, 4) and of(card.scope_precision_end) == (4, 4)
    assert of(card.scope_recall) == (1, 4) and of(card.scope_recall_end) == (4, 4)


def test_recall_is_held_against_those_who_had_been_hurt_when_it_was_said():
    late = {"a": at(60), "b": at(62), "c": at(200), "d": at(250)}
    told = incident(half_hour=glimpse(100, merchants="ab"))
    assert of(compute_figures([trial([fault(hurt_at=late)], [told])]).scope_recall) == (2, 2)


def test_who_is_ill_or_exposed_is_rightly_named_and_only_the_hurt_must_be():
    planted = fault(hurt="ab", ill=("a", "b", "c"), exposed=("a", "b", "c", "d"))
    card = compute_figures([trial([planted], [incident(merchants=tuple("abcdx"))])])
    assert of(card.scope_precision) == (4, 5) and of(card.scope_recall) == (2, 2)


def test_a_bill_is_held_against_what_had_been_lost_by_then():
    planted = fault(lost_revenue={"EUR": 9_000})
    early = glimpse(100, lost_revenue=money(400, 500, 600), true_losses={0: {"EUR": 550}})
    card = compute_figures([trial([planted], [incident(half_hour=early, lost_revenue=money(1, 2, 3))])])
    assert of(card.revenue_covered) == (1, 1) and of(card.revenue_covered_end) == (0, 1)
    nothing_yet = early.changed(true_losses={0: {}})
    card = compute_figures([trial([planted], [incident(half_hour=nothing_yet, lost_revenue=money(1, 2, 3))])])
    assert of(card.revenue_covered) == (0, 1), "then the end is judged"


def test_next_to_break_is_held_against_who_falls_ill_by_moving_later():
    since = {"a": at(60), "x": at(500), "y": at(900), "z": at(80)}
    moving = {"x": at(500), "y": at(900), "spared": at(900)}
    ramped = {"r": at(200)}
    planted = fault(
        hurt="a", since=since | ramped, exposed=(*since, "r"), ahead={"x": at(500), "y": at(900)}, moving=moving
    )
    told = incident(half_hour=glimpse(100, merchants="a", ahead=("x", "spared", "q", "r")))
    card = compute_figures([trial([planted], [told])])
    assert of(card.next_precision) == (2, 4), "who is reached only later without a move breaks by no move"
    assert of(card.next_recall) == (1, 2)
    missed = compute_figures([trial([planted])])
    assert of(missed.next_precision) == (0, 0) and of(missed.next_recall) == (0, 2)
    unknowable = compute_figures([trial([planted.changed(hidden=True)], [told])])
    assert of(unknowable.next_precision) == (2, 4) and of(unknowable.next_recall) == (0, 0)


def test_what_an_oracle_would_not_see_need_not_be_found_and_is_told_all_the_same():
    faults = [fault(0, oracle=9.0), fault(1, oracle=1.0), fault(2, affected_events=2, fifth_event=None, oracle=6.0)]
    card = compute_figures([trial(faults, [incident()])])
    assert of(card.found_of_all) == (1, 3) and of(card.found_visible) == (1, 2) and of(card.found) == (1, 2)


def test_two_faults_at_once_stay_two_when_each_has_an_incident():
    pair = [fault(0, oracle=9.0), fault(1, oracle=9.0, began=100)]
    both = [incident("A"), incident("B", detected=120, about={1: 5})]
    one_after_the_other = [pair[0], fault(1, oracle=9.0, began=400, ended=500)]
    assert of(compute_figures([trial(pair, both)]).two_stay_two) == (1, 1)
    assert of(compute_figures([trial(pair, both[:1])]).two_stay_two) == (0, 1)
    assert of(compute_figures([trial(one_after_the_other, both)]).two_stay_two) == (0, 0)


def test_an_incident_about_a_decoy_is_counted_apart_from_false_ones_and_so_is_a_thin_one():
    about = [
        incident("A", about={DECOY: 9, -1: 2}),
        incident("B", about={-1: 1}, thin=True),
        incident("C", about={-1: 5}),
    ]
    assert find_owning_fault(about[0], []) == DECOY
    card = compute_figures([trial([], about)])
    assert (card.decoy_incidents_per_day.count, card.thin_per_day.count, card.false_per_healthy_day.count) == (1, 1, 1)


@pytest.mark.parametrize("merchants", [50, 400])
def test_rates_per_day_are_for_200_merchants(merchants):
    told = trial([], [incident(about={-1: 5})], questions=4)
    card = compute_figures([told.changed(truth=told.truth.changed(merchants=merchants), watch_rows=8)])
    assert card.false_per_healthy_day.value == pytest.approx(200 / merchants)
    assert card.asked_per_day.value == pytest.approx(4 * 200 / merchants)
    assert card.watch_rows_per_day.value == pytest.approx(8 * 200 / merchants)


def test_a_rule_counts_where_the_directory_tells_it_and_must_not_be_claimed_where_it_hides_it():
    rule = {"gateway": "adyen"}
    shown = fault(0, rule=rule, stream="errors", shown=tuple("abcdem"), moving={"m": at(200)})
    hidden = fault(1, rule=rule, stream="errors", hidden=True)
    right = incident("A", rule=rule, covered=tuple("abcde"))
    claimed = incident("B", about={1: 5}, rule={"plan": "scale"}, covered=("a",))
    card = compute_figures([trial([shown, hidden], [right, claimed])])
    assert of(card.rule_exact) == (1, 1) and of(card.rule_claimed_hidden) == (1, 1)
    other = incident(rule={"plan": "scale"}, covered=tuple("abcd"))
    assert of(compute_figures([trial([shown], [other])]).rule_exact) == (0, 1)
    listed = incident(covered=tuple("abcde"))
    assert of(compute_figures([trial([shown], [listed])]).rule_exact) == (0, 1), "a list of names is no rule"
