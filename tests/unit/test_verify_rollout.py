"""What those whose turn has not come tell of a rollout: a rare failure met a moment ago has no pace of its own, and
who was chosen for failing fails less often afterwards, treated or not.
"""

import random
from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import pytest

from app.domain.decisions import Forecast
from app.domain.dossier_facts import Selector
from app.domain.receipts import ReceiptVerdict
from app.domain.signals import Signal, SignalType
from app.expect.cure import Beside, pool_pace
from app.verify.grade import Observed, grade_forecast
from app.verify.treatment_trial import Background
from graph.receipts import look_again_at
from tests.builders import make_signal, minutes
from tests.faults import pack

SEED = 52_000
DRAWS = 60
EXPOSED = [f"MERCH-{number:02}" for number in range(30)]
FORECAST = Forecast(metric="error_rate", selector=Selector(signal_types=("webhook_failure",)), statement="they stop")
NOW = minutes(0)


def failure(name: str, merchant: str, at: datetime) -> Signal:
    return make_signal(
        0, id=name, merchant_id=merchant, occurred_at=at, signal_type=SignalType.WEBHOOK_FAILURE, status=404
    )


def draw_moments(chance: random.Random, since: float, until: float, an_hour: float) -> list[datetime]:
    found, at = [], since
    while (at := at + chance.expovariate(an_hour / 60)) < until:
        found.append(minutes(at))
    return found


def draw_signals(chance: random.Random, rates: dict[str, float], treated: set[str], left: float) -> list[Signal]:
    """Six hours of it, treated five minutes after its first failures."""
    found = []
    for merchant, rate in rates.items():
        after = rate * left if merchant in treated else rate
        moments = [*draw_moments(chance, -5, 0, rate * 12), *(draw_moments(chance, 0, 360, after) if after else [])]
        found += [failure(f"F-{merchant}-{at}", merchant, at) for at in moments]
        found += [
            make_signal(
                0,
                id=f"O-{merchant}-{at}",
                merchant_id=merchant,
                occurred_at=at,
                signal_type=SignalType.ORDER,
                status="paid",
            )
            for at in draw_moments(chance, -60, 360, 3 * rate + 1)
        ]
    return found


def follow_rollout(seed: int, left: float) -> tuple[Observed, float]:
    """What is said of the first half in the end, chosen by who failed most, and after how many minutes."""
    chance = random.Random(seed)
    rates = {merchant: chance.gammavariate(2, 0.09) for merchant in EXPOSED}
    order = sorted(EXPOSED, key=lambda one: (-chance.random() * rates[one], one))
    treated, later = set(order[:15]), frozenset(order[15:])
    signals, now = draw_signals(chance, rates, treated, left), minutes(20)
    while True:
        seen = grade_forecast(
            FORECAST,
            [one for one in signals if one.occurred_at < now],
            treated=treated,
            acted_at=NOW,
            until=now,
            before=timedelta(hours=1),
            words=pack().vocabulary,
            background=Background(in_turn=later),
        )
        again = look_again_at(seen, NOW, now)
        if again is None:
            return seen, (now - NOW) / timedelta(minutes=1)
        now = again


@pytest.mark.parametrize(("left", "right", "least"), [(0.0, ReceiptVerdict.VERIFIED, 0.85), (1.0, None, 0.95)])
def test_the_first_half_of_a_rollout_is_judged_beside_the_other(
    left: float, right: ReceiptVerdict | None, least: float
) -> None:
    print(f"seeds {SEED} to {SEED + DRAWS}")
    ended = [follow_rollout(seed, left) for seed in range(SEED, SEED + DRAWS)]
    found = Counter(seen.verdict for seen, _ in ended)
    print(left, dict(found), sorted(minutes for _, minutes in ended)[DRAWS // 2])
    wrong = found[ReceiptVerdict.VERIFIED] + found[ReceiptVerdict.HARMED] if right is None else DRAWS - found[right]
    assert 1 - wrong / DRAWS >= least


def grade_three_beside_fifteen(every: int, after: tuple[int, ...]) -> Observed:
    """Of three that failed so often in the hour before, and at these minutes after, while of those whose turn has not
    come four failed once before and once after.
    """
    treated, beside = EXPOSED[:3], EXPOSED[3:18]
    told = [failure(f"B-{name}-{at}", name, minutes(at)) for name in treated for at in range(-58, 0, every)]
    told += [failure(f"A-{name}-{at}", name, minutes(at)) for name in treated for at in after]
    told += [failure(f"O-{name}-{at}", name, minutes(at)) for name in beside[:4] for at in (-50, 30)]
    told += [
        make_signal(0, id=f"P-{one}-{at}", merchant_id=one, occurred_at=minutes(at), signal_type="order", status="paid")
        for one in treated
        for at in range(-60, 60, 3)
    ]
    return grade_forecast(
        FORECAST,
        told,
        treated=treated,
        acted_at=NOW,
        until=minutes(60),
        before=timedelta(hours=1),
        words=pack().vocabulary,
        background=Background(in_turn=frozenset(beside)),
    )


def test_who_was_chosen_for_failing_was_not_helped_in_part_where_those_beside_fail_as_seldom() -> None:
    seen = grade_three_beside_fifteen(10, after=(20, 40))
    assert seen.verdict is ReceiptVerdict.INEFFECTIVE, seen.statement
    assert seen.left is not None and seen.left.high < 1, "by their own pace alone, less is left"
    assert not seen.in_part, "and it is put back all the same"


def test_what_many_failures_tell_is_not_forgotten_because_a_few_untreated_fail_a_little_more_often() -> None:
    cured, rare = grade_three_beside_fifteen(4, after=()), grade_three_beside_fifteen(4, after=(20,))
    assert cured.verdict is ReceiptVerdict.VERIFIED, cured.statement
    assert rare.verdict is ReceiptVerdict.INCONCLUSIVE, "three of forty-five are no promise that was broken"
    kept_on = grade_three_beside_fifteen(4, after=(10, 20, 30, 40, 50))
    assert kept_on.verdict is ReceiptVerdict.INEFFECTIVE, kept_on.statement


@pytest.mark.parametrize(("after", "verdict"), [((), "VERIFIED"), ((7, 15, 22, 30, 37, 45, 52), "INEFFECTIVE")])
def test_those_beside_who_are_well_say_nothing_of_how_broken_the_others_are(
    after: tuple[int, ...], verdict: str
) -> None:
    one, ill, well = EXPOSED[0], EXPOSED[1:4], EXPOSED[4:16]
    told = [failure(f"B-{name}-{at}", name, minutes(at)) for name in (one, *ill) for at in range(-58, 0, 8)]
    told += [failure(f"A-{name}-{at}", name, minutes(at)) for name in ill for at in range(6, 60, 12)]
    told += [failure(f"A-{one}-{at}", one, minutes(at)) for at in after]
    told += [
        make_signal(0, id=f"P-{at}", merchant_id=one, occurred_at=minutes(at), signal_type="order", status="paid")
        for at in range(-60, 60, 3)
    ]
    seen = grade_forecast(
        FORECAST,
        told,
        treated={one},
        acted_at=NOW,
        until=minutes(60),
        before=timedelta(hours=1),
        words=pack().vocabulary,
        background=Background(in_turn=frozenset((*ill, *well))),
    )
    assert seen.verdict.value == verdict, seen.statement


def test_few_failures_of_ones_own_are_drawn_towards_those_beside_and_many_are_not() -> None:
    beside = Beside(seen=6, expected=6.0, of=15)
    broken, known = pool_pace(48.0, 1.0, beside, stretch=48.0)
    assert 5 < broken < 10 and 4 < known < 6, "one failure more in five minutes is no pace of four hours"
    broken, known = pool_pace(100.0, 400.0, beside, stretch=0.25)
    assert 80 < broken < 100 and known > 400
    assert pool_pace(48.0, 1.0, Beside(0, 0.0, 15), 48.0) == (48.0, 1.0)
    broken, _ = pool_pace(0.0, 0.0, beside, stretch=48.0)
    assert 5 < broken < 7, "who had none so far is as broken as those beside"


def test_nothing_but_their_failures_shows_that_it_was_cured() -> None:
    living = [
        make_signal(
            0, id=f"O-{n}", merchant_id="MERCH-00", occurred_at=minutes(n), signal_type=SignalType.ORDER, status="paid"
        )
        for n in range(-60, 60, 2)
    ]
    beside = [failure(f"F-{n}", "MERCH-01", minutes(n)) for n in range(0, 60, 5)]
    asked = partial(
        grade_forecast,
        FORECAST,
        living + beside,
        treated=["MERCH-00"],
        acted_at=NOW,
        until=minutes(60),
        words=pack().vocabulary,
    )
    alone = asked(before=timedelta(hours=1))
    assert alone.verdict is ReceiptVerdict.INCONCLUSIVE and "nothing to cure" in alone.statement
    told = asked(before=timedelta(hours=1), background=Background(in_turn=frozenset({"MERCH-01"})))
    assert "12 at the 1 whose turn has not come" in told.statement and not told.uncontrolled
