"""The tool that holds diagnosis beside plain rules: it reads what others wrote, and counts rightly."""

import json
from pathlib import Path

from app.domain.hypotheses import UNKNOWN
from tests.bench.diagnosis import (
    NaiveBayes,
    by_the_commonest_code,
    by_the_product,
    judge_all,
)
from tests.bench.labelled_incidents import GROUPS, Labelled, our_own, read_labelled, without
from tests.told import looked_at, told_as
from tests.told_cases import CASES

WRITTEN = [
    {
        "cause": "callback_not_https",
        "stage": "post_migration",
        "broken": {"callback_scheme": "http"},
        "sound": {"callback_scheme": "https"},
        "signals": [
            {"type": "api_error", "endpoint": "/api/v3/checkout/complete", "status": 422,
             "error_message": "Callback must use https", "error_code": "PAYMENT_CALLBACK_INVALID"},
            {"type": "log", "level": "error", "message": "psp refuses our notify address"},
        ],
        "tickets": ["Payments fail", {"subject": "Help", "body": "nobody can pay"}],
    },
    {"cause": "order_service_drops_events",
     "signals": [{"type": "payment", "status": "captured", "amount": 900, "currency": "EUR"}],
     "tickets": ["Customers paid but no order was made"]},
    {"cause": "solar storm", "signals": [{"type": "api_error", "endpoint": "/moon", "status": 418}]},
]  # fmt: skip


def written(tmp_path: Path) -> list[Labelled]:
    path = tmp_path / "others.json"
    path.write_text(json.dumps(WRITTEN), encoding="utf-8")
    return read_labelled(path)


def test_what_others_wrote_is_read_as_it_stands(tmp_path: Path) -> None:
    first, second, stranger = written(tmp_path)
    assert (first.cause, second.cause, stranger.cause) == (
        "callback_not_https",
        "order_service_drops_events",
        UNKNOWN,
    )
    facts = [looked_at(told_as(one.case)).facts for one in (first, second, stranger)]
    assert facts[0].codes == {"PAYMENT_CALLBACK_INVALID": 12} and facts[0].signal_types["log"] == 12
    assert facts[0].signal_types["ticket"] == 6 and "callback_scheme" in facts[0].attributes
    assert facts[1].signal_types["payment"] == 24 and facts[1].symptoms["order_missing"] >= 24
    assert facts[2].statuses == {"418": 24} and not facts[2].codes


def test_rules_and_learners_are_judged_as_the_product_is(tmp_path: Path) -> None:
    incidents = written(tmp_path)
    product = judge_all(lambda one: by_the_product(looked_at(told_as(one.case))), incidents)
    codes = judge_all(by_the_commonest_code, incidents)
    assert (product.first.hits, product.first.n, product.kept.hits, product.wrong.hits) == (2, 2, 1, 0)
    assert (codes.first.hits, codes.kept.hits, codes.wrong.hits) == (1, 1, 0)
    assert product.calibration.n == 3 and product.first.low < 1.0


def test_a_learner_is_never_asked_about_what_it_learnt_from() -> None:
    ours = our_own()
    learner = NaiveBayes(ours)
    only = NaiveBayes([one for one in ours if one.name == ours[0].name] + ours[3:])
    assert learner(ours[0]) == NaiveBayes(ours[1:])(ours[0])
    assert ours[0].cause not in {one.cause for one in only(ours[0])}


def test_each_group_of_evidence_that_is_kept_back_is_gone() -> None:
    case = CASES["callback_host_changed"][0]
    kept = {group: without(group, case).facts for group in GROUPS}
    assert not kept["codes"].codes and not kept["routes"].endpoints and not kept["statuses"].statuses
    assert "ticket" not in kept["tickets"].signal_types and not kept["stage"].stages
    assert not kept["symptoms"].symptoms and not kept["types"].signal_types
    assert "callback_host" not in kept["attributes"].attributes
    assert not any(one.controls_total for values in kept["contrast"].attributes.values() for one in values.values())
    assert not kept["all words"].texts.total and kept["codes"].texts.total
