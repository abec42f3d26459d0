"""The dossier: small counted facts, each with evidence that says where it comes from."""

import json

import pytest

from app.domain.base import Stage
from app.domain.impact import Impact
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern, PatternKind
from app.domain.signals import Signal, SignalType
from app.expect.faults import Fault, FaultState
from app.observe.dossier import build_dossier
from tests.builders import make_incident, make_lesson, make_signal, minutes
from tests.faults import Studied, errors, merchant, opened, pack, roster, shuffled, study, thresholds, tickets
from tests.judging import observe

NAMES = ["MERCH-A", "MERCH-B"]


def case(count: int = 20) -> tuple[Studied, list[Merchant]]:
    signals = [
        *errors("callback_not_https", NAMES, count),
        *tickets(["Payment callback url rejected, customers cannot pay"], NAMES),
    ]
    merchants = [
        *roster(*((name, "callback_not_https") for name in NAMES)),
        *roster(("MERCH-NEXT", "callback_not_https"), healthy=0),
    ]
    found = observe(signals, merchants)[1][0]
    return study(found, signals, merchants), merchants


def test_facts_hold_counts_and_never_whole_texts() -> None:
    result, _ = case()
    facts = result.dossier.facts
    assert facts.codes == {"PAYMENT_CALLBACK_INVALID": 20} and facts.errors == 20
    assert facts.plain()["selector"] == {
        "signal_types": ["api_error"], "error_codes": ["PAYMENT_CALLBACK_INVALID"],
        "endpoints": ["/api/v3/checkout/complete"], "statuses": [400],
    }  # fmt: skip
    assert "cannot pay" not in json.dumps(facts.plain())
    assert len(json.dumps(facts.plain())) < 20_000


def test_evidence_has_stable_ids_counted_statements_and_a_sample_of_signals() -> None:
    result, _ = case()
    bigger, _ = case(40)
    ids = {(one.kind, one.id) for one in result.evidence if one.kind in {"error_group", "impact", "stage", "contrast"}}
    assert ids <= {(one.kind, one.id) for one in bigger.evidence}
    assert all(len(one.signal_ids) <= 20 and any(mark.isdigit() for mark in one.statement) for one in bigger.evidence)
    assert {"error_group", "stage", "contrast", "symptom", "impact", "baseline"} <= {
        one.kind for one in result.evidence
    }
    assert set(result.dossier.evidence_ids) == {one.id for one in result.evidence}


def test_healthy_merchants_that_share_the_factor_are_at_risk() -> None:
    result, _ = case()
    assert result.dossier.blast.at_risk == ("MERCH-NEXT",)


def test_who_has_the_setting_that_the_hurt_have_in_common_is_named_though_their_codes_tell_nothing() -> None:
    signals = [
        one.changed(error_code="E7310", endpoint="/somewhere/else", status=409)
        for one in errors("callback_not_https", NAMES, 20)
    ]
    alike = roster(*((name, "callback_not_https") for name in [*NAMES, "MERCH-SILENT"]))
    found = observe(signals, alike)[1][0]
    carriers = study(found, signals, alike).dossier.blast.carriers
    assert {*NAMES, "MERCH-SILENT"} <= set(carriers["callback_not_https"])
    mixed = [one for one in alike if one.id != NAMES[1]] + [merchant(NAMES[1])]
    assert "callback_not_https" not in study(found, signals, mixed).dossier.blast.carriers, "one of two is not most"


def test_who_is_beyond_the_limit_that_a_cause_is_about_has_its_setting_too() -> None:
    signals = errors("inventory_sync_over_limit", NAMES, 20)
    shops = roster(*((name, "inventory_sync_over_limit") for name in [*NAMES, "MERCH-SILENT"]))
    carriers = study(observe(signals, shops)[1][0], signals, shops).dossier.blast.carriers
    assert carriers["inventory_sync_over_limit"] == (*NAMES, "MERCH-SILENT")


def test_whom_the_fault_itself_covers_may_be_elsewhere_with_the_move_than_the_hurt() -> None:
    signals = errors("callback_not_https", NAMES, 20)
    moving = [merchant(one, "callback_not_https", stage=Stage.IN_PROGRESS) for one in ("MERCH-IN", "MERCH-OUT")]
    shops = [*roster(*((name, "callback_not_https") for name in NAMES)), *moving]
    found = observe(signals, shops)[1][0]
    scope = frozenset({*NAMES, "MERCH-IN"})
    fault = Fault(
        id=opened(found).id, state=FaultState.OPEN, streams=("e",), outcomes=(), rule=(), listed=True, scope=scope,
        hurt=frozenset(NAMES), since=0, found=0, described=0, score=20.0, seen=20.0, expected=1.0,
    )  # fmt: skip
    incident, rest = opened(found), ([], thresholds(), pack(), minutes(60))
    dossier, _ = build_dossier("demo", incident, signals, found.patterns, shops, *rest, fault=fault)
    assert dossier.blast.carriers["callback_not_https"] == (*NAMES, "MERCH-IN")


def test_who_has_moved_further_than_the_hurt_has_been_where_they_are() -> None:
    signals = errors("callback_not_https", NAMES, 20)
    hurt = [merchant(one, "callback_not_https", stage=Stage.IN_PROGRESS) for one in NAMES]
    others = [("MERCH-BEFORE", Stage.PRE), ("MERCH-ALIKE", Stage.IN_PROGRESS), ("MERCH-OVER", Stage.POST)]
    shops = [*hurt, *(merchant(name, "callback_not_https", stage=stage) for name, stage in others), *roster()]
    carriers = study(observe(signals, shops)[1][0], signals, shops).dossier.blast.carriers
    assert carriers["callback_not_https"] == tuple(sorted([*NAMES, "MERCH-ALIKE", "MERCH-OVER"]))


def test_what_has_nothing_to_do_with_the_move_is_wrong_in_every_stage() -> None:
    signals = errors("inventory_sync_over_limit", NAMES, 20)
    before = merchant("MERCH-BEFORE", "inventory_sync_over_limit", stage=Stage.PRE)
    shops = [*roster(*((name, "inventory_sync_over_limit") for name in NAMES)), before]
    carriers = study(observe(signals, shops)[1][0], signals, shops).dossier.blast.carriers
    assert carriers["inventory_sync_over_limit"] == (*NAMES, "MERCH-BEFORE")


def test_what_was_changed_since_is_no_cause_and_who_is_cured_carries_it_no_more() -> None:
    signals = errors("callback_not_https", NAMES, 20)
    before = roster(*((name, "callback_not_https") for name in NAMES))
    setting = next(name for name, value in before[0].attributes.items() if value == "http")
    shops = [
        one.changed(attributes={**one.attributes, setting: "https", "mended": True}) if one.id == NAMES[0] else one
        for one in before
    ]
    found = observe(signals, before)[1][0]
    fault = Fault(
        id=opened(found).id, state=FaultState.OPEN, streams=("e",), outcomes=(), rule=(), listed=True,
        scope=frozenset(NAMES), hurt=frozenset(NAMES), since=0, found=0, described=0, score=20.0, seen=20.0,
        expected=1.0, stood={NAMES[0]: {setting: "http", "mended": None}},
    )  # fmt: skip
    incident, rest = opened(found), ([], thresholds(), pack(), minutes(60))
    dossier, _ = build_dossier("demo", incident, signals, found.patterns, shops, *rest, fault=fault)
    assert dossier.facts.attributes[setting]["http"].cases == len(NAMES)
    assert "mended" not in dossier.facts.attributes
    assert dossier.blast.carriers["callback_not_https"] == (NAMES[1],)


@pytest.mark.parametrize("seed", [8])
def test_the_order_of_signals_and_merchants_changes_nothing(seed: int) -> None:
    signals = errors("callback_not_https", NAMES, 15)
    merchants = roster(*((name, "callback_not_https") for name in NAMES))
    found = observe(signals, merchants)[1][0]
    incident = opened(found)

    def built(turn: int) -> object:
        given = (shuffled(signals, turn), shuffled(found.patterns, turn), shuffled(merchants, turn))
        return build_dossier("demo", incident, *given, [], thresholds(), pack(), minutes(60))

    assert built(seed) == built(seed + 1) == built(seed + 2)


def test_only_lessons_about_a_likely_cause_or_the_incident_it_repeats_are_remembered() -> None:
    signals = errors("callback_not_https", NAMES, 5)
    found = observe(signals, roster())[1][0]
    lessons = [
        make_lesson(1, incident_id="INC-1"),
        make_lesson(2, incident_id="INC-2", cause="inventory_sync_over_limit", tool="adjust_rate_limit"),
        make_lesson(3, incident_id="INC-3", cause="unknown", tool="escalate", outcome="ESCALATED"),
    ]
    assert study(found, signals, roster(), lessons=lessons).dossier.lesson_ids == (lessons[0].id,)
    repeating = opened(found).changed(previous_id="INC-3")
    dossier, evidence = build_dossier(
        "demo", repeating, signals, found.patterns, roster(), lessons, thresholds(), pack(), minutes(60)
    )
    assert dossier.lesson_ids == (lessons[0].id, lessons[2].id)
    assert [one.statement.partition(" (")[0] for one in evidence if one.kind == "lesson"] == [
        "An earlier incident with this cause",
        "The incident that this one repeats",
    ]


def test_the_selector_holds_only_the_key_mechanism_of_the_incident() -> None:
    token = errors("token_version_mismatch", NAMES, 12)
    joined = [*token, *errors("webhook_v2_endpoint_gone", NAMES, 30, start=500)]
    found = next(one for one in observe(token, roster())[1])
    dossier, _ = build_dossier(
        "demo", opened(found), joined, found.patterns, roster(), [], thresholds(), pack(), minutes(60)
    )
    assert dossier.facts.plain()["selector"] == {
        "signal_types": ["api_error"], "error_codes": ["AUTH_TOKEN_VERSION_MISMATCH"],
        "endpoints": ["/api/v3/auth/token"], "statuses": [401],
    }  # fmt: skip


def test_a_comparison_that_chance_explains_is_not_told_as_one() -> None:
    result, _ = case()
    told = [one for one in result.evidence if one.kind == "contrast"]
    assert told and all(one.data["p"] < 0.5 and abs(one.data["lift"] - 1) >= 0.1 for one in told)
    alike = next(one for one in result.evidence if one.kind == "attribute" and one.data["dimension"] == "token_version")
    assert alike.statement == "2 of 2 affected merchants have token_version = v3." and "p" not in alike.data


def paid(number: int, at: float, amount: int = 1_999, **changes: object) -> Signal:
    fields = {
        "payment_id": f"P{number}",
        "amount": amount,
        "currency": "EUR",
        "status": "captured",
        "merchant_id": NAMES[0],
        "occurred_at": minutes(at),
    }
    return make_signal(7_000 + number, signal_type=SignalType.PAYMENT, **{**fields, **changes})


def ordered(number: int, at: float, **changes: object) -> Signal:
    fields = {"order_id": f"O{number}", "status": "created", "merchant_id": NAMES[0], "occurred_at": minutes(at)}
    return make_signal(8_000 + number, signal_type=SignalType.ORDER, **{**fields, **changes})


def bill(payments: list[Signal], orders: list[Signal], at: float) -> Impact:
    """What a report at that minute says; the pattern knows the payments of the last hour only."""
    patterns = [one for one in observe(payments[:4], roster())[0] if one.kind is PatternKind.PAID_WITHOUT_ORDER]
    recent = [one.changed(signal_ids=tuple(found.id for found in payments[-2:])) for one in patterns]
    incident = make_incident(
        1, key="payment|paid_without_order", type="payment", first_seen=minutes(0), merchants=(NAMES[0],)
    )
    return build_dossier(
        "demo", incident, payments, recent, roster(), [], thresholds(), pack(), minutes(at), orders=orders
    )[0].impact


def test_payments_without_an_order_are_summed_over_the_whole_incident() -> None:
    payments = [paid(number, 30 * number, 1_999 + number) for number in range(10)] + [
        paid(50, 290, 700, currency="USD")
    ]
    sums = [bill(payments[:count], [], 300).paid_without_order[0].minor for count in range(4, 11)]
    assert sums == [sum(1_999 + number for number in range(count)) for count in range(4, 11)]
    assert [str(one) for one in bill(payments, [], 300).paid_without_order] == ["200.35 EUR", "7.00 USD"]


def test_only_an_order_of_its_own_or_a_refund_takes_a_payment_off_the_sum() -> None:
    payments = [paid(number, 10 * number) for number in range(5)]
    assert bill(payments, [ordered(1, 200, payment_id="P3")], 300).paid_without_order_count == 4
    assert bill(payments, [ordered(1, 200, amount=1_999, currency="EUR")], 300).paid_without_order_count == 4
    assert bill(payments, [paid(90, 200, status="refunded", payment_id="P1")], 300).paid_without_order_count == 4
    sold = [paid(60, 150), ordered(60, 151, amount=1_999, currency="EUR"), ordered(61, 200, payment_id="P-ELSEWHERE")]
    assert bill(payments, sold, 300).paid_without_order_count == 5


def test_a_fallen_metric_is_billed_over_the_whole_fault_against_what_was_usual_before_it() -> None:
    """Three hours of 40 trials every five minutes at 95 %, then five hours at 45 %: 60 samples x 40 trials x 0.50 =
    1,200 missing, 240 an hour.
    """
    shop = merchant(NAMES[0], average_order_value=1_000, currency="EUR")

    def sample(number: int, at: float, value: float) -> Signal:
        own = {"name": "checkout_success", "value": value, "trials": 40, "window_s": 300}
        return make_signal(number, signal_type=SignalType.KPI, merchant_id=NAMES[0], occurred_at=minutes(at), **own)

    before = [sample(number, -180 + 5 * number, 0.95) for number in range(36)]
    during = [sample(100 + number, 5 * number, 0.45) for number in range(60)]
    (drop,) = [one for one in observe(during[:12], [shop], before)[0] if one.kind is PatternKind.KPI_DROP]
    incident = make_incident(1, key="kpi|checkout_success", type="kpi", first_seen=minutes(0), merchants=(NAMES[0],))

    def impact(patterns: list[Pattern], *more: Signal) -> Impact:
        joined = [*during[:12], *more]
        return build_dossier(
            "demo", incident, joined, patterns, [shop], [], thresholds(), pack(), minutes(300), kpis=[*before, *during]
        )[0].impact

    for patterns in ([drop], []):
        found = impact(patterns)
        assert found.lost_orders.middle == pytest.approx(1_200) and found.hours == 5
        assert [str(one.middle) for one in found.lost_revenue] == ["12,000.00 EUR"]
        assert [str(one.middle) for one in found.per_hour] == ["2,400.00 EUR"]
    same_shoppers = [
        *errors("callback_not_https", [NAMES[0]], 40, start=2_000),
        *(paid(number, number, 1_000) for number in range(30)),
    ]
    both = impact([drop], *same_shoppers)
    assert both.lost_orders.middle == pytest.approx(1_200) and str(both.lost_revenue[0].middle) == "12,000.00 EUR"
    assert str(both.paid_without_order[0]) == "300.00 EUR"


def test_failed_checkouts_and_payments_of_the_same_shoppers_are_billed_once() -> None:
    """40 failed attempts x 0.7 = 28 orders, 10 of them paid for at 20.00: 10 x 20.00 exactly, and 18 at the usual
    50.00.
    """
    shop = merchant(NAMES[0], average_order_value=5_000, currency="EUR")
    failing = [
        one.changed(attributes={"checkout_id": f"C{place}"})
        for place, one in enumerate(errors("callback_not_https", [NAMES[0]], 40))
    ]
    joined = [*failing, *(paid(number, number, 2_000) for number in range(10))]
    found = observe(failing, [shop])[1][0]
    impact = build_dossier(
        "demo", opened(found), joined, found.patterns, [shop], [], thresholds(), pack(), minutes(60)
    )[0].impact
    assert impact.lost_orders.middle == pytest.approx(28) and str(impact.lost_revenue[0].middle) == "1,100.00 EUR"
    named = [
        one.changed(attributes={"checkout_id": f"C{place}", "payment_id": f"P{place}"})
        for place, one in enumerate(failing)
    ]
    impact = build_dossier(
        "demo", opened(found), [*named, *joined[40:]], found.patterns, [shop], [], thresholds(), pack(), minutes(60)
    )[0].impact
    assert impact.lost_orders.middle == pytest.approx(10 + 30 * 0.7)


def test_an_incident_without_signals_still_has_a_dossier() -> None:
    signals = errors("callback_not_https", NAMES, 5)
    incident = opened(observe(signals, roster())[1][0])
    dossier, evidence = build_dossier("demo", incident, [], [], [], [], thresholds(), pack(), minutes(60))
    assert dossier.signal_count == 0 and dossier.merchants == incident.merchants and evidence
