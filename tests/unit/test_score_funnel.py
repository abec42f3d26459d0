"""How far repairs came, and why no further, on trials small enough to be followed by hand."""

import pytest

from simulations.scoring.funnel import STEPS
from simulations.scoring.render import render_table
from simulations.scoring.score import compute_figures, score_trials
from simulations.world.truth import CohortSeen
from tests.score_cases import CAUSES, action, at, fault, incident, trial

RIGHT, OTHER = CAUSES[0], CAUSES[1]
CURED, FOUND = "VERIFIED", incident(causes=[(RIGHT, 0.9)])
SICK = fault(exposed=tuple("abcd"), ended=130, events_per_hour=6.0)


def cohort(merchants: str, sent: float | None = None, judged: float | None = None, status: str = CURED) -> CohortSeen:
    times = {"sent_at": None if sent is None else at(sent), "judged_at": None if judged is None else at(judged)}
    return CohortSeen(
        merchants=tuple(merchants), status=status if sent is not None else "", why="So many. Why.", **times
    )


WHOLE = (cohort("a", 90, 110), cohort("bcd", 110, 140))


def cure(*cohorts: CohortSeen, **more):
    told = {"granted_at": at(85), "status": CURED, "settled_at": at(140), "cohorts": cohorts or WHOLE}
    return action(**{**told, **more})


@pytest.mark.parametrize(
    ("incidents", "actions", "step", "why"),
    [
        ([], [], "found", "no incident about it"),
        ([incident(causes=[(OTHER, 0.9)])], [], "diagnosed", f"taken for {OTHER}"),
        ([incident(causes=[("unknown", 0.9)])], [], "diagnosed", "left open"),
        ([FOUND.changed(passed_over={RIGHT: "Its confidence is 30%."})], [], "proposed", "Its confidence is #%."),
        ([FOUND], [], "proposed", "nothing was proposed against it"),
        ([FOUND], [cure(worth="harms")], "proposed", "what was proposed was judged: harms"),
        ([FOUND], [cure(granted_at=None, sent=None, status="PENDING")], "approved", "the question ended PENDING"),
        ([FOUND], [cure(sent=None, status="APPROVED")], "canary sent", "granted, and it is APPROVED"),
        ([FOUND], [cure(cohort("a", 90, status="EXECUTED"), cohort("bcd"))], "canary judged", "EXECUTED: Why"),
        (
            [FOUND],
            [cure(cohort("a", 90, 110, "INEFFECTIVE"), cohort("bcd"))],
            "all cohorts sent",
            "INEFFECTIVE: Why",
        ),
        ([FOUND], [cure(cohort("a", 90, 110), cohort("bc", 110, 140))], "exposed treated", "not all of the exposed"),
    ],
)
def test_a_repair_ends_at_the_step_it_did_not_take_and_says_why(incidents, actions, step, why):
    card = score_trials([trial([SICK], incidents, actions)])
    lost = next(one for one in card.funnel if one.came.hits < one.came.n)
    assert lost.step == step and [reason for reason in lost.lost if reason.startswith(why)] and lost.came.n == 1
    assert all(one.came.n == 0 for one in card.funnel[STEPS.index(step) + 1 :])
    assert any(line.startswith(step) and why in line for line in render_table(card).splitlines())


def test_a_repair_that_took_every_step_is_one():
    card = score_trials([trial([SICK], [FOUND], [cure()])])
    assert [one.came.hits for one in card.funnel] == [1] * len(STEPS)
    assert (card.total.repaired_testable.hits, card.total.repaired_testable.n) == (1, 1)


def test_the_cause_may_be_ranked_first_only_after_somebody_answered():
    answered = incident(causes=[(OTHER, 0.9)], last_suspects=FOUND.suspects)
    assert score_trials([trial([SICK], [answered], [cure()])]).funnel[-1].came.hits == 1


def test_what_could_not_show_any_more_is_not_testable():
    late = incident(detected=1430, causes=[(RIGHT, 0.9)])
    assert compute_figures([trial([SICK.changed(ended=None)], [late], [])]).repaired_testable.n == 0
    over_by_itself = compute_figures(
        [trial([SICK.changed(ended=at(95))], [FOUND], [cure(cohort("a", 100, 120), sent=100)])]
    )
    assert over_by_itself.repaired_testable.n == 0


def test_in_time_are_those_treated_within_two_hours_of_the_grant():
    late = cure(cohort("a", 90, 110), cohort("b", 110, 140), cohort("cd", 300, 320))
    told = compute_figures([trial([SICK], [FOUND], [late])])
    assert (told.treated_in_time.hits, told.treated_in_time.n, told.all_treated_in_time.hits) == (2, 4, 0)
    assert told.minutes_to_judge_canary.median == 20.0
    told = compute_figures([trial([SICK.changed(since={"c": at(90), "d": at(600)})], [FOUND], [late])])
    assert (told.treated_in_time.hits, told.treated_in_time.n) == (2, 3)


def test_those_whom_no_directory_shows_are_counted_apart_and_only_where_something_failed() -> None:
    hidden = SICK.changed(untold=("c", "d"), hurt=("a", "b", "c"), hurt_at={"c": at(100)})
    told = compute_figures([trial([hidden], [FOUND], [cure(cohort("a", 90, 110), cohort("b", 110, 140))])])
    assert (told.treated_in_time.hits, told.treated_in_time.n, told.all_treated_in_time.hits) == (2, 2, 1)
    assert (told.unlisted_in_time.hits, told.unlisted_in_time.n) == (0, 1), "of d nobody could know"


def test_a_canary_that_is_judged_late_says_nothing_of_the_time_the_others_took():
    late = cure(cohort("a", 90, 140), cohort("bcd", 140, 160))
    assert compute_figures([trial([SICK], [FOUND], [late])]).treated_in_time.n == 0


def test_harm_is_kept_to_one_where_it_went_out_to_one():
    one, three = (action(f"A-{names}", "harms", cohorts=(cohort(names, 90), cohort("d"))) for names in ("a", "abc"))
    told = compute_figures([trial([SICK], [FOUND], [one, three])])
    assert (told.harm_at_one.hits, told.harm_at_one.n) == (1, 2)
