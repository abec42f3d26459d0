"""What it costs to do without something is told case by case, on the same trials."""

from simulations.scoring.ablations import MOST_LOST, compare_trials, list_excesses, render_ablations
from tests.score_cases import CAUSES, fault, incident, trial

RIGHT = [(CAUSES[0], 0.9)]


def test_each_case_is_held_against_itself():
    full = [trial([fault()], [incident(causes=RIGHT)], seed=seed) for seed in range(4)]
    bare = [
        full[0],
        trial([fault()], [], seed=1),
        trial([fault()], [incident(causes=[("unknown", 0.9)])], seed=2),
        trial([fault()], [incident(causes=RIGHT)], seed=9),
    ]
    found, cause = compare_trials("codes", full, bare)
    assert (found.cases, found.with_it, found.without_it, found.lost, found.won) == (3, 3, 2, 1, 0)
    assert (cause.cases, cause.with_it, cause.without_it, cause.lost) == (3, 3, 1, 2)
    assert list_excesses([(found, cause)], MOST_LOST) == [
        "doing without codes costs 33.3% of found; 10.0% is allowed",
        "doing without codes costs 66.7% of cause_top1; 10.0% is allowed",
    ]
    assert render_ablations([(found,)])[0].startswith("without codes: found 2/3 instead of 3/3 (1 lost, 0 won; -33.3%")


def test_what_costs_nothing_is_no_excess():
    same = [trial([fault()], [incident(causes=RIGHT)])]
    assert list_excesses([compare_trials("codes", same, same)], MOST_LOST) == []
