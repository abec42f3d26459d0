"""What a receipt says about planted signals: cures are seen, and neither silence, youth, chance nor another name passes
for one.
"""

from datetime import timedelta

import pytest

from app.domain.action_states import ActionStatus
from app.domain.decisions import Forecast
from app.domain.dossier_facts import Selector
from app.domain.outcomes import Outcome
from app.domain.receipts import ReceiptVerdict
from app.domain.signals import Signal, SignalType
from app.verify.before_after import is_sound
from app.verify.grade import Observed, grade_forecast, recorded_only
from graph.receipts import (
    LONGEST_WAIT,
    PATIENCE,
    WHILE_OTHERS_WAIT,
    is_proven_elsewhere,
    look_again_at,
    measured_until,
)
from graph.sending import FIRST_LOOK
from tests.builders import make_request, make_signal, minutes
from tests.faults import pack

ENDPOINT = "/api/v3/checkout/complete"
CODE = "PAYMENT_CALLBACK_INVALID"
FORECAST = Forecast(
    metric="error_rate",
    selector=Selector(signal_types=("api_error",), error_codes=(CODE,), endpoints=(ENDPOINT,), statuses=(422,)),
    statement="errors fall to a fifth",
)
ONE, TWO, THREE, ELSEWHERE = "MERCH-ONE", "MERCH-TWO", "MERCH-THREE", "MERCH-ELSEWHERE"
BEFORE, AFTER = (-60.0, 0.0), (0.0, 10.0)


def spread(count: int, span: tuple[float, float], merchant: str = ONE, **fields: object) -> list[Signal]:
    """So many signals of a merchant, evenly over a span of minutes around the action (which is at minute 0)."""
    step = (span[1] - span[0]) / max(count, 1)
    kind = fields.get("signal_type", "api_error")
    moments = [span[0] + step * (number + 0.5) for number in range(count)]
    names = [f"SIG-{merchant}-{kind}-{fields.get('error_code')}-{moment}" for moment in moments]
    return [
        make_signal(0, id=name, merchant_id=merchant, occurred_at=minutes(moment), **fields)
        for name, moment in zip(names, moments, strict=True)
    ]


def payments(count: int, span: tuple[float, float], merchant: str = ONE, status: str = "captured") -> list[Signal]:
    return spread(count, span, merchant, signal_type=SignalType.PAYMENT, status=status)


def living(merchant: str = ONE) -> list[Signal]:
    """Sixty sound payments an hour, before and after."""
    return payments(60, BEFORE, merchant) + payments(10, AFTER, merchant)


def judged(signals: list[Signal], treated: tuple[str, ...] = (ONE,), until: float = AFTER[1]) -> Observed:
    return grade_forecast(
        FORECAST,
        signals,
        treated=treated,
        acted_at=minutes(0),
        until=minutes(until),
        before=timedelta(minutes=60),
        words=pack().vocabulary,
    )


def test_errors_that_stop_while_traffic_goes_on_are_verified() -> None:
    seen = judged(living() + spread(60, BEFORE))
    assert seen.verdict is ReceiptVerdict.VERIFIED, seen.statement
    assert (seen.treated_before.count, seen.treated_after.count, seen.ratio, seen.traffic_after) == (60, 0, 0.0, 10)


def test_a_tool_that_changes_nothing_is_ineffective() -> None:
    seen = judged(living() + spread(60, BEFORE) + spread(10, AFTER))
    assert seen.verdict is ReceiptVerdict.INEFFECTIVE and "not kept" in seen.statement


def test_a_tool_that_triples_the_errors_has_done_harm() -> None:
    seen = judged(living() + spread(60, BEFORE) + spread(30, AFTER))
    assert seen.verdict is ReceiptVerdict.HARMED and "got worse" in seen.statement


def test_errors_that_fell_everywhere_recovered_on_their_own_and_are_no_credit_to_us() -> None:
    everywhere = spread(240, BEFORE, ELSEWHERE) + living(ELSEWHERE)
    seen = judged(living() + spread(60, BEFORE) + spread(1, AFTER) + everywhere)
    assert (seen.verdict, seen.recovered) == (ReceiptVerdict.INCONCLUSIVE, True)
    assert "recovered on its own" in seen.statement
    assert look_again_at(seen, minutes(0), minutes(10)) is None, "waiting would change nothing"


def test_untreated_that_fell_silent_have_not_recovered() -> None:
    silent = spread(240, BEFORE, ELSEWHERE) + payments(240, BEFORE, ELSEWHERE)
    seen = judged(living() + spread(60, BEFORE) + silent)
    assert (seen.verdict, seen.recovered, seen.uncontrolled) == (ReceiptVerdict.VERIFIED, False, True)


def test_who_is_cured_beside_untreated_that_are_not_is_credited() -> None:
    elsewhere = spread(240, BEFORE, ELSEWHERE) + spread(40, AFTER, ELSEWHERE) + living(ELSEWHERE)
    seen = judged(living() + spread(60, BEFORE) + elsewhere)
    assert (seen.verdict, seen.recovered, seen.uncontrolled) == (ReceiptVerdict.VERIFIED, False, False)
    alone = judged(living() + spread(60, BEFORE))
    assert (alone.verdict, alone.uncontrolled) == (ReceiptVerdict.VERIFIED, True)
    assert "may have ended by itself" in alone.statement


def test_errors_that_stayed_while_they_fell_for_everybody_else_are_our_harm() -> None:
    after = (0.0, 45.0)
    ours = payments(60, BEFORE) + payments(45, after) + spread(15, BEFORE)
    fell = spread(60, BEFORE, ELSEWHERE) + spread(12, after, ELSEWHERE)
    elsewhere = payments(60, BEFORE, ELSEWHERE) + payments(45, after, ELSEWHERE)
    worse = judged(ours + spread(18, after) + fell + elsewhere, until=45.0)
    assert worse.verdict is ReceiptVerdict.HARMED and "no chance" in worse.statement
    no_help = judged(ours + spread(6, after) + fell + elsewhere, until=45.0)
    assert no_help.verdict is ReceiptVerdict.INEFFECTIVE


def test_errors_that_rose_everywhere_are_not_our_harm() -> None:
    everywhere = spread(10, AFTER, ELSEWHERE) + living(ELSEWHERE)
    assert judged(living() + spread(10, AFTER) + everywhere).verdict is ReceiptVerdict.INCONCLUSIVE


def test_a_tool_that_does_nothing_to_a_fault_ten_minutes_old_is_ineffective_and_not_harmful() -> None:
    seen = judged(living() + spread(10, (-10, 0)) + spread(10, AFTER))
    assert seen.verdict is ReceiptVerdict.INEFFECTIVE and seen.treated_before.minutes < 11


def test_a_cure_of_a_fault_five_minutes_old_is_verified() -> None:
    assert judged(living() + spread(5, (-5, 0))).verdict is ReceiptVerdict.VERIFIED


def test_merchants_whose_faults_differ_in_age_are_each_measured_from_their_own_start() -> None:
    signals = (
        living(ONE)
        + living(TWO)
        + spread(60, BEFORE, ONE)
        + spread(10, (-10, 0), TWO)
        + spread(10, AFTER, ONE)
        + spread(10, AFTER, TWO)
    )
    assert judged(signals, (ONE, TWO)).verdict is ReceiptVerdict.INEFFECTIVE


def test_one_error_after_none_is_no_harm_but_five_are() -> None:
    assert judged(living() + spread(1, AFTER)).verdict is ReceiptVerdict.INCONCLUSIVE
    assert judged(living() + spread(5, AFTER)).verdict is ReceiptVerdict.HARMED


def test_errors_that_stop_because_the_shoppers_stay_away_are_not_cured() -> None:
    for until, after in ((10.0, AFTER), (60.0, (0.0, 60.0))):
        seen = judged(payments(60, BEFORE) + spread(60, BEFORE) + payments(1, after), until=until)
        assert seen.verdict is ReceiptVerdict.INEFFECTIVE and "silence is not recovery" in seen.statement


def test_what_fails_while_an_action_settles_is_counted_for_neither_side() -> None:
    under_way = living() + payments(20, (10.0, 30.0)) + spread(60, BEFORE) + spread(6, (0.0, 4.0))
    graded = {"treated": (ONE,), "acted_at": minutes(0), "until": minutes(30), "before": timedelta(minutes=60)}
    at_once, settled = (
        grade_forecast(FORECAST, under_way, words=pack().vocabulary, settling=timedelta(minutes=wait), **graded)
        for wait in (0, 5)
    )
    assert (at_once.treated_after.count, settled.treated_after.count, settled.treated_after.minutes) == (6, 0, 25)
    assert settled.treated_before == at_once.treated_before
    assert settled.weight is not None and at_once.weight is not None and settled.weight > at_once.weight


def test_where_less_comes_to_everybody_who_says_little_is_not_silent() -> None:
    evening = spread(60, BEFORE) + payments(60, BEFORE) + payments(1, (0.0, 60.0))
    alone = judged(evening, until=60.0)
    assert alone.verdict is ReceiptVerdict.INEFFECTIVE and "silence is not recovery" in alone.statement
    night = payments(240, BEFORE, ELSEWHERE) + payments(8, (0.0, 60.0), ELSEWHERE)
    assert "silence" not in judged(evening + night, until=60.0).statement
    day = payments(240, BEFORE, ELSEWHERE) + payments(500, (0.0, 60.0), ELSEWHERE)
    assert judged(evening + day, until=60.0).statement == alone.statement, (
        "that more come elsewhere says nothing of them"
    )


def test_one_of_many_that_says_nothing_keeps_the_others_from_nothing() -> None:
    many = [f"MERCH-{number}" for number in range(9)]
    around = [one for name in many for one in (*spread(8, BEFORE, name), *payments(60, BEFORE, name))]
    loud = [one for name in many[1:] for one in payments(60, (0.0, 60.0), name)]
    told = judged(around + loud, tuple(many), until=60.0)
    assert told.verdict is ReceiptVerdict.VERIFIED and "Verified for 8 of 9" in told.statement
    few = [one for one in around + loud if one.merchant_id in many[:4]]
    assert judged(few, tuple(many[:4]), until=60.0).verdict is ReceiptVerdict.INEFFECTIVE


def test_no_sound_outcome_at_all_is_silence() -> None:
    seen = judged(payments(60, BEFORE) + spread(60, BEFORE))
    assert seen.verdict is ReceiptVerdict.INEFFECTIVE and "silence is not recovery" in seen.statement


def test_a_treated_merchant_that_fell_silent_is_named_and_nothing_is_verified() -> None:
    errors = [error for merchant in (ONE, TWO, THREE) for error in spread(60, BEFORE, merchant)]
    seen = judged(living(ONE) + payments(60, BEFORE, TWO) + payments(60, BEFORE, THREE) + errors, (ONE, TWO, THREE))
    assert seen.verdict is ReceiptVerdict.INEFFECTIVE
    assert all(name in seen.statement for name in (TWO, THREE, "silence is not recovery")) and ONE not in seen.statement


def test_one_of_six_that_was_not_cured_is_named_and_nothing_is_verified() -> None:
    six = tuple(f"MERCH-{number}" for number in range(6))
    cured = [signal for merchant in six for signal in living(merchant) + spread(60, BEFORE, merchant)]
    assert judged(cured, six).verdict is ReceiptVerdict.VERIFIED
    seen = judged(cured + spread(10, AFTER, six[3]), six)
    assert seen.verdict is ReceiptVerdict.INEFFECTIVE
    assert six[3] in seen.statement and six[2] not in seen.statement


def test_the_same_failures_under_another_code_are_no_cure() -> None:
    renamed = spread(10, AFTER, error_code="GATEWAY_REFUSED", status=500)
    seen = judged(living() + spread(60, BEFORE) + renamed)
    assert seen.verdict is ReceiptVerdict.INEFFECTIVE and "moved to another error" in seen.statement


def test_many_more_failures_under_another_code_are_harm() -> None:
    renamed = spread(40, AFTER, error_code="GATEWAY_REFUSED", status=500)
    assert judged(living() + spread(60, BEFORE) + renamed).verdict is ReceiptVerdict.HARMED


def test_another_fault_that_was_there_before_does_not_spoil_a_cure() -> None:
    other = [
        signal
        for count, span in ((30, BEFORE), (5, AFTER))
        for signal in spread(count, span, error_code="OTHER", status=409)
    ]
    seen = judged(living() + spread(60, BEFORE) + other)
    assert seen.verdict is ReceiptVerdict.VERIFIED, seen.statement


def test_declined_payments_and_refused_calls_are_no_signs_of_life() -> None:
    declined = payments(10, AFTER, status="declined")
    seen = judged(payments(20, BEFORE) + spread(60, BEFORE) + declined)
    assert seen.verdict is ReceiptVerdict.INEFFECTIVE and seen.traffic_after == 0
    assert not any(
        is_sound(one)
        for one in [*declined, make_signal(1, signal_type=SignalType.API_CALL, endpoint=ENDPOINT, status=503)]
    )
    assert not is_sound(make_signal(1, signal_type=SignalType.KPI, name="checkout_success", value=0.0, trials=9))
    assert is_sound(make_signal(1, signal_type=SignalType.KPI, name="checkout_success", value=0.5, trials=9))


def test_what_happens_after_the_deadline_changes_no_receipt() -> None:
    later = spread(400, (10, 490)) + payments(480, (10, 490))
    assert judged(living() + spread(60, BEFORE) + later) == judged(living() + spread(60, BEFORE))


def test_a_receipt_written_hours_late_measures_until_it_was_due() -> None:
    outcome = Outcome(
        action_id="ACT-1",
        row_id="ACT-1",
        status=ActionStatus.EXECUTED,
        request=make_request(),
        at=minutes(0),
        due_at=minutes(10),
    )
    assert measured_until(outcome.due_at, minutes(480)) == minutes(10)
    assert measured_until(outcome.due_at, minutes(7)) == minutes(7)
    assert measured_until(None, minutes(480)) == minutes(480)


def test_a_recording_tool_is_verified_by_what_can_be_read_back() -> None:
    assert recorded_only(FORECAST, exists=True, reference="ESC-1").verdict is ReceiptVerdict.VERIFIED
    assert recorded_only(FORECAST, exists=False, reference="ESC-1").verdict is ReceiptVerdict.INEFFECTIVE
    early = recorded_only(FORECAST, exists=False, reference="ESC-1", minutes_left=29)
    assert early.verdict is ReceiptVerdict.INCONCLUSIVE and look_again_at(early, minutes(0), minutes(1)) == minutes(30)
    nowhere = recorded_only(FORECAST, exists=False, reference="", minutes_left=29)
    assert nowhere.verdict is ReceiptVerdict.INEFFECTIVE, "without a reference nothing can be found later"


def test_what_cannot_be_told_yet_is_looked_at_when_it_can_and_at_last_left_open() -> None:
    early = judged(living() + spread(9, BEFORE))
    assert early.verdict is ReceiptVerdict.INCONCLUSIVE and "Too little to tell" in early.statement
    again = look_again_at(early, minutes(0), minutes(10))
    assert early.minutes_needed is not None and again == minutes(10 + early.minutes_needed) <= minutes(40)
    assert f"About {early.minutes_needed:.0f} more minutes are needed" in early.statement
    later = judged(living() + payments(20, (10.0, 30.0)) + spread(9, BEFORE), until=30.0)
    assert (later.verdict, look_again_at(later, minutes(0), minutes(30))) == (ReceiptVerdict.VERIFIED, None)
    assert look_again_at(early, minutes(0), minutes(0) + LONGEST_WAIT) is None


def test_those_treated_later_of_whom_nothing_is_heard_are_proven_by_those_before_after_an_hour() -> None:
    silent = judged(living() + spread(1, BEFORE))
    assert silent.verdict is ReceiptVerdict.INCONCLUSIVE
    assert look_again_at(silent, minutes(0), minutes(50)) == minutes(60), "not later than it can be said"
    soon = look_again_at(silent, minutes(0), minutes(20), at_a_time=WHILE_OTHERS_WAIT)
    assert soon is not None and soon <= minutes(30), "who fails meanwhile does not wait for half an hour"
    assert is_proven_elsewhere(silent, PATIENCE) and not is_proven_elsewhere(silent, PATIENCE - timedelta(minutes=1))
    assert not is_proven_elsewhere(silent.changed(recovered=True), PATIENCE), "what ended by itself is nobody's credit"
    assert not is_proven_elsewhere(silent.changed(treated_after=silent.treated_before), PATIENCE), "it still fails"


def test_the_last_of_whom_nothing_is_heard_keep_no_others_waiting_who_fail_meanwhile() -> None:
    others = payments(10, AFTER, ELSEWHERE) + spread(3, AFTER, ELSEWHERE)
    alone, beside = judged(living() + spread(1, BEFORE)), judged(living() + spread(1, BEFORE) + others)
    assert alone.verdict is beside.verdict is ReceiptVerdict.INCONCLUSIVE and beside.control_after.count == 3
    assert is_proven_elsewhere(beside, FIRST_LOOK, last=True)
    assert not is_proven_elsewhere(beside, FIRST_LOOK - timedelta(minutes=1), last=True), "harm is looked for as long"
    assert not is_proven_elsewhere(beside, FIRST_LOOK), "more of them would be treated"
    assert not is_proven_elsewhere(alone, FIRST_LOOK, last=True), "nobody waits"
    assert not is_proven_elsewhere(beside.changed(treated_after=beside.control_after), PATIENCE, last=True)


def test_a_small_shop_that_says_nothing_keeps_nobody_from_being_cured() -> None:
    small = payments(1, BEFORE, TWO) + spread(2, BEFORE, TWO)
    seen = judged(living() + spread(60, BEFORE) + small, (ONE, TWO))
    assert seen.verdict is ReceiptVerdict.VERIFIED
    assert "Verified for 1 of 2, 1 not testable" in seen.statement


def test_the_bounds_of_what_is_left_are_wider_where_failures_came_in_clumps() -> None:
    even = judged(living() + spread(60, BEFORE) + spread(5, AFTER))
    clumps = [one for start in (-60.0, -30.0) for one in spread(30, (start, start + 10))]
    uneven = judged(living() + clumps + spread(5, AFTER))
    assert even.left is not None and uneven.left is not None
    assert uneven.left.middle == pytest.approx(even.left.middle, rel=0.1)
    assert uneven.left.low < even.left.low and uneven.left.high > even.left.high * 1.5
