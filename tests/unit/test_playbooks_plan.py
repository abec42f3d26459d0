"""Choosing a proposal: the likeliest treatable cause, never twice the same no, people when nothing is left. Pure."""

import random
from pathlib import Path
from typing import Any

import pytest

from app.config.model import CauseSpec, DomainPack, SignSpec, Thresholds, ToolsFile, TreatmentSpec
from app.domain.base import Stage, canonical_json
from app.domain.checks import NamedCause
from app.domain.decisions import Tried, fingerprint_request
from app.domain.dossier_facts import Selector
from app.domain.hypotheses import UNKNOWN, Assessment, Dossier, Hypothesis
from app.domain.impact import BlastRadius, Impact, Interval
from app.domain.merchants import Merchant
from app.domain.tenants import ToolMode
from app.playbooks.model import Proposal
from app.playbooks.plan import PlanFacts, propose_treatment, rollout_of
from app.playbooks.templates import fill_template
from app.validation.schema import problems_of_arguments
from app.validation.strict_yaml import read_yaml
from app.wording.counts import stores_in_words
from tests.builders import minutes

CONFIG = Path(__file__).resolve().parents[2] / "config"


def shipped(name: str, shape: type[Any]) -> Any:
    return shape.model_validate_json(canonical_json(read_yaml((CONFIG / name).read_bytes()).value), strict=True)


SPECS = {spec.name: spec for spec in shipped("tools.yaml", ToolsFile).tools}
THRESHOLDS: Thresholds = shipped("thresholds.yaml", Thresholds).changed(escalate_confidence=0.4)
ESCALATE = {
    "team": "platform",
    "title": "{title}",
    "summary": "{summary}",
    "severity": "{severity}",
    "incident_id": "{incident_id}",
}


def treatment(tool: str, title: str = "Do it", **arguments: Any) -> TreatmentSpec:
    return TreatmentSpec(
        tool=tool, arguments=arguments, title=title, promise="Errors at {endpoint} stop for {stores}.", target_ratio=0.1
    )


def cause(name: str, *treatments: TreatmentSpec) -> CauseSpec:
    sign = SignSpec(id="s", test={"code": ["X"]}, weight=1.0, says="x")
    return CauseSpec(
        id=name, category="c", title=name, explanation="e", signs=(sign,), treatments=treatments, runbook_query="q"
    )


CALLBACK = cause(
    "callback_not_https",
    treatment(
        "update_callback_url",
        "Correct the callback of {stores}",
        merchant_ids="{merchant_ids}",
        callback_scheme="https",
    ),
)
CACHE = cause(
    "cache_not_invalidated", treatment("purge_cache", merchant_ids="{merchant_ids}", area="catalog", colour="red")
)
WEBHOOK = cause(
    "webhook_v2_endpoint_gone",
    treatment("resubscribe_webhook", merchant_ids="{merchant_ids}", topic="{topic}", webhook_version="v3"),
)
SYNC = cause(
    "inventory_sync_over_limit",
    treatment("adjust_rate_limit", merchant_ids="{merchant_ids}", requests_per_minute="{requests_per_minute}"),
)
WAVE = cause("dns_tls_cutover", treatment("hold_cutover_wave", wave="{wave}", reason="{cause_title}: {count} signals"))
UNTREATED = cause("third_party_outage")
PACK = DomainPack(
    name="toys",
    title="Toys",
    unknown_prior=0.0,
    causes=(CALLBACK, CACHE, WEBHOOK, SYNC, WAVE, UNTREATED),
    fallback=TreatmentSpec(
        tool="escalate", arguments=ESCALATE, title="Call the platform team", promise="The escalation can be found."
    ),
)
FACTS: dict[str, object] = {
    "signals": 12,
    "codes": {"PAYMENT_CALLBACK_INVALID": 9, "OTHER": 3},
    "endpoints": {"/api/v3/checkout/complete": 12},
    "topics": {"orders/create": 2, "orders/update": 2},
    "selector": {
        "signal_types": ["api_error"],
        "error_codes": ["PAYMENT_CALLBACK_INVALID"],
        "endpoints": ["/api/v3/checkout/complete"],
        "statuses": [422],
    },
}


def dossier(merchants: tuple[str, ...] = ("MERCH-1", "MERCH-2"), **changes: Any) -> Dossier:
    fields = {
        "incident_id": "INC-00000001",
        "evidence_version": 1,
        "title": "t",
        "severity": "high",
        "since": "2026-03-02T09:00:00Z",
        "signal_count": 12,
        "facts": FACTS,
    }
    impact = Impact(lost_orders=Interval(low=0, middle=1, high=2))
    return Dossier.model_validate(
        {**fields, "impact": impact, "blast": BlastRadius(merchants=merchants), "merchants": merchants, **changes}
    )


def assessed(**confidences: float) -> Assessment:
    ranked = sorted(confidences.items(), key=lambda item: -item[1])
    hypotheses = tuple(
        Hypothesis(cause=name, category="c", title=name, confidence=share, score=0.0) for name, share in ranked
    )
    return Assessment(incident_id="INC-00000001", summary="Payments fail at two stores.", hypotheses=hypotheses)


def proposed(assessment: Assessment, **changes: Any) -> Proposal | None:
    given: dict[str, Any] = {
        "dossier": dossier(),
        "pack": PACK,
        "thresholds": THRESHOLDS,
        "specs": SPECS,
        "merchants": {},
        "tried": (),
        "evidence_version": 1,
        "mode": ToolMode.SIMULATED,
    }
    return propose_treatment(PlanFacts(assessment=assessment, **{**given, **changes}))


def sure(assessment: Assessment, **changes: Any) -> Proposal:
    found = proposed(assessment, **changes)
    assert found is not None
    return found


def tried(
    ended: str, cause_id: str = "callback_not_https", tool: str = "update_callback_url", version: int = 1
) -> Tried:
    return Tried(action_id="ACT-1", cause=cause_id, tool=tool, ended=ended, evidence_version=version)


LIKELY = assessed(callback_not_https=0.8, cache_not_invalidated=0.1, unknown=0.1)
CLOSE = assessed(callback_not_https=0.45, cache_not_invalidated=0.41, unknown=0.14)


def test_the_likeliest_treatable_cause_is_proposed_with_typed_arguments() -> None:
    found = sure(LIKELY)
    assert (found.cause, found.tool, found.confidence) == ("callback_not_https", "update_callback_url", 0.8)
    assert found.title == "Correct the callback of 2 stores"
    assert found.arguments == {"merchant_ids": ["MERCH-1", "MERCH-2"], "callback_scheme": "https"}
    assert found.scope == ("MERCH-1", "MERCH-2")
    assert found.rollout == (("MERCH-1", "MERCH-2"),)
    assert found.mode is ToolMode.SIMULATED


def test_the_forecast_counts_what_the_incident_counted() -> None:
    forecast = sure(LIKELY).forecast
    assert forecast.metric == "error_rate"
    assert forecast.selector == Selector(
        signal_types=("api_error",),
        error_codes=("PAYMENT_CALLBACK_INVALID",),
        endpoints=("/api/v3/checkout/complete",),
        statuses=(422,),
    )
    assert (forecast.merchants, forecast.target_ratio) == (("MERCH-1", "MERCH-2"), 0.1)
    assert forecast.statement == "Errors at /api/v3/checkout/complete stop for 2 stores."


def test_the_undo_takes_back_exactly_what_is_done() -> None:
    undo = sure(LIKELY).undo
    assert undo is not None
    assert (undo.tool, undo.arguments) == (
        "restore_setting",
        {"setting": "callback_scheme", "merchant_ids": ["MERCH-1", "MERCH-2"]},
    )


def test_arguments_the_tool_does_not_know_are_left_out() -> None:
    found = sure(assessed(cache_not_invalidated=0.9, unknown=0.1))
    assert found.arguments == {"merchant_ids": ["MERCH-1", "MERCH-2"], "area": "catalog"}
    assert found.title == "Do it (2 stores)"


def test_a_less_likely_cause_is_named_with_its_reason() -> None:
    found = sure(CLOSE)
    assert found.cause == "callback_not_https"
    assert {(other.cause, other.why_not) for other in found.alternatives} == {
        ("cache_not_invalidated", "Less likely: 41% against 45%."),
        ("unknown", "Less likely: 14% against 45%."),
    }


@pytest.mark.parametrize("ended", ["INEFFECTIVE", "HARMED", "UNDONE", "FAILED", "IN_DOUBT", "REJECTED"])
def test_what_failed_or_was_refused_is_not_proposed_again(ended: str) -> None:
    found = sure(CLOSE, tried=[tried(ended)])
    assert found.cause == "cache_not_invalidated"
    refused = next(other for other in found.alternatives if other.cause == "callback_not_https")
    assert refused.tool == "update_callback_url"
    assert "ACT-1" in refused.why_not


@pytest.mark.parametrize("ended", ["SUPERSEDED", "EXPIRED", "NOT_APPLIED", "VERIFIED"])
def test_what_was_never_carried_out_may_be_proposed_again(ended: str) -> None:
    assert sure(CLOSE, tried=[tried(ended)]).cause == "callback_not_https"


def test_a_refusal_falls_with_new_evidence_and_a_failure_does_not() -> None:
    assert sure(CLOSE, tried=[tried("REJECTED")], evidence_version=2).cause == "callback_not_https"
    assert sure(CLOSE, tried=[tried("INEFFECTIVE")], evidence_version=2).cause == "cache_not_invalidated"


def test_a_refused_proposal_leaves_its_cause_and_a_refuted_cause_is_excluded() -> None:
    """Another tool may follow for the same cause; once a person calls the cause wrong, neither it nor a hand-over in
    its name does.
    """
    two = PACK.changed(
        causes=(
            CALLBACK.changed(
                treatments=(*CALLBACK.treatments, treatment("purge_cache", merchant_ids="{merchant_ids}", area="all"))
            ),
        )
    )
    refused = tried("REJECTED")
    assert sure(LIKELY, tried=[refused], pack=two).cause == "callback_not_https"
    assert (
        sure(LIKELY, tried=[refused]).cause == "callback_not_https" and sure(LIKELY, tried=[refused]).tool == "escalate"
    )
    wrong = sure(LIKELY, tried=[refused.changed(cause_is_wrong=True)], pack=two)
    assert wrong.cause != "callback_not_https"
    assert any(one.cause == "callback_not_https" and "not the cause" in one.why_not for one in wrong.alternatives)
    assert (
        sure(LIKELY, tried=[refused.changed(cause_is_wrong=True)], pack=two, evidence_version=2).cause
        == "callback_not_https"
    )


def test_the_very_same_request_is_not_asked_for_against_another_cause() -> None:
    both = (CALLBACK, CACHE.changed(treatments=CALLBACK.treatments))
    first = sure(CLOSE, pack=PACK.changed(causes=both))
    refused = tried("REJECTED").changed(request=fingerprint_request(first.tool, first.arguments))
    assert sure(CLOSE, pack=PACK.changed(causes=both), tried=[refused]).tool == "escalate"


def test_a_cause_below_the_threshold_is_not_treated_but_escalated() -> None:
    found = sure(assessed(callback_not_https=0.39, cache_not_invalidated=0.3, unknown=0.31))
    assert (found.tool, found.fallback) == ("escalate", True)
    assert any("39%" in other.why_not and "40%" in other.why_not for other in found.alternatives)


def test_the_unknown_is_escalated_with_what_is_known() -> None:
    found = sure(assessed(unknown=0.9, callback_not_https=0.1))
    assert (found.cause, found.tool) == (UNKNOWN, "escalate")
    assert found.arguments == {
        "team": "platform",
        "title": "Call the platform team (2 stores)",
        "summary": "Payments fail at two stores.",
        "severity": "high",
        "incident_id": "INC-00000001",
    }
    assert (found.forecast.metric, found.forecast.direction) == ("reference_exists", "up")
    assert found.undo is not None
    assert found.undo.arguments == {"reference": "{reference}"}


def test_a_cause_without_a_treatment_is_escalated_under_its_own_name() -> None:
    found = sure(assessed(third_party_outage=0.9, unknown=0.1))
    assert (found.cause, found.tool) == ("third_party_outage", "escalate")
    assert found.alternatives[0].why_not == "No action is known to treat it."


def test_a_single_signal_changes_nothing_however_sure_it_looks() -> None:
    found = sure(LIKELY, dossier=dossier(signal_count=1))
    assert (found.cause, found.tool, found.fallback) == ("callback_not_https", "escalate", True)
    assert "single signal" in found.alternatives[0].why_not


def test_a_single_signal_is_enough_where_a_person_named_the_cause() -> None:
    word = NamedCause(cause="callback_not_https", title="Not HTTPS", by="person:ann", at=minutes(0))
    assert sure(LIKELY, dossier=dossier(signal_count=1, named=word)).tool == "update_callback_url"


@pytest.mark.parametrize("ended", ["REJECTED", "EXECUTED", "VERIFIED", "EXPIRED", "FAILED", "NOT_APPLIED"])
def test_people_are_called_once(ended: str) -> None:
    assert proposed(assessed(unknown=1.0), tried=[tried(ended, UNKNOWN, "escalate")]) is None


def test_people_are_called_again_after_a_refusal_with_new_evidence() -> None:
    assert (
        sure(assessed(unknown=1.0), tried=[tried("REJECTED", UNKNOWN, "escalate")], evidence_version=2).tool
        == "escalate"
    )
    assert sure(assessed(unknown=1.0), tried=[tried("SUPERSEDED", UNKNOWN, "escalate")]).tool == "escalate"


def test_an_argument_that_no_fact_fills_passes_the_treatment_over() -> None:
    found = sure(assessed(webhook_v2_endpoint_gone=0.9, unknown=0.1), dossier=dossier(facts={**FACTS, "topics": {}}))
    assert found.tool == "escalate"
    assert "'topic' is a required property" in found.alternatives[0].why_not


def test_a_tool_that_is_switched_off_is_not_proposed() -> None:
    found = sure(LIKELY, specs={"escalate": SPECS["escalate"]})
    assert found.tool == "escalate"
    assert found.undo is None
    assert found.alternatives[0].why_not == "The tool is unknown or switched off."
    assert proposed(LIKELY, specs={}) is None


def test_merchants_are_those_we_know_or_those_seen() -> None:
    known = {"MERCH-2": Merchant(id="MERCH-2")}
    assert sure(LIKELY, merchants=known).scope == ("MERCH-2",)
    assert sure(LIKELY, merchants={"MERCH-9": Merchant(id="MERCH-9")}).scope == ("MERCH-1", "MERCH-2")
    assert sure(LIKELY, merchants=known).title == "Correct the callback of 1 store"
    assert sure(LIKELY, dossier=dossier(())).tool == "escalate"


def test_numbers_come_from_the_merchants_own_attributes() -> None:
    known = {
        "MERCH-1": Merchant(id="MERCH-1", wave=3, attributes={"sync_limit_per_minute": 60}),
        "MERCH-2": Merchant(id="MERCH-2", wave=3, attributes={"sync_limit_per_minute": 40}),
    }
    assert sure(assessed(inventory_sync_over_limit=0.9), merchants=known).arguments["requests_per_minute"] == 40


def test_the_first_wave_is_held_in_which_somebody_would_break_and_it_promises_only_to_be_held() -> None:
    hurt = {one: Merchant(id=one, wave=1, stage=Stage.POST) for one in ("MERCH-1", "MERCH-2")}
    ahead = {f"MERCH-{wave}": Merchant(id=f"MERCH-{wave}", wave=wave, stage=Stage.PRE) for wave in (5, 4)}
    likely, next_to_break = assessed(dns_tls_cutover=0.9), BlastRadius(merchants=(*hurt,), at_risk=(*hurt, *ahead))
    held = sure(likely, merchants=hurt | ahead, dossier=dossier(blast=next_to_break))
    assert held.arguments == {"wave": 4, "reason": "dns_tls_cutover: 12 signals"} and held.scope == ("MERCH-4",)
    assert held.undo is not None and held.undo.arguments == {"wave": 4}
    assert held.forecast.only_recorded, "who has moved is not cured by it, and what fails there says nothing of it"


def test_no_wave_is_held_of_which_everybody_has_moved() -> None:
    hurt = {one: Merchant(id=one, wave=1, stage=Stage.POST) for one in ("MERCH-1", "MERCH-2")}
    made = sure(assessed(dns_tls_cutover=0.9), merchants=hurt)
    assert made.tool == "escalate" and "spares nobody" in " ".join(one.why_not for one in made.alternatives)


@pytest.mark.parametrize(
    "count,first,sizes",
    [
        (0, 0, [0]),
        (1, 1, [1]),
        (3, 3, [3]),
        (4, 1, [1, 3]),
        (7, 3, [3, 4]),
        (2, 1, [1, 1]),
        (10, 1, [1, 9]),
        (11, 1, [1, 2, 8]),
        (40, 1, [1, 4, 35]),
        (40, 3, [3, 4, 33]),
        (40, 4, [4, 36]),
        (40, 20, [20, 20]),
        (200, 1, [1, 20, 179]),
    ],
)
def test_a_rollout_begins_small_and_treats_everyone_once(count: int, first: int, sizes: list[int]) -> None:
    scope = [f"M{number}" for number in range(count)]
    cohorts = rollout_of(scope, first)
    assert [len(cohort) for cohort in cohorts] == sizes
    assert [merchant for cohort in cohorts for merchant in cohort] == scope


@pytest.mark.parametrize(
    "count,first,most,sizes",
    [
        (40, 1, 15, [1, 4, 15, 15, 5]),
        (40, 1, 3, [1, 3, *[3] * 12]),
        (40, 1, 1, [1] * 40),
        (40, 1, 40, [1, 4, 35]),
        (3, 3, 2, [2, 1]),
        (12, 6, 4, [4, 4, 4]),
        (3, 3, 5, [3]),
    ],
)
def test_no_part_of_a_rollout_is_larger_than_an_hour_has_room_for(
    count: int, first: int, most: int, sizes: list[int]
) -> None:
    scope = [f"M{number}" for number in range(count)]
    cohorts = rollout_of(scope, first, most)
    assert [len(cohort) for cohort in cohorts] == sizes
    assert [merchant for cohort in cohorts for merchant in cohort] == scope


def rolled_out(failures: dict[str, int], proven: tuple[str, ...] = (), **values: int) -> tuple[tuple[str, ...], ...]:
    """The cohorts of a fault of an hour with so many failures at each merchant."""
    names = tuple(failures)
    known = {one: Merchant(id=one, average_order_value=values.get(one, 0)) for one in names}
    impact = Impact(lost_orders=Interval(low=0, middle=1, high=2), hours=1.0)
    case = dossier(names, impact=impact, blast=BlastRadius(merchants=names, failures=failures), proven=proven)
    return sure(assessed(callback_not_https=0.9, unknown=0.1), dossier=case, merchants=known).rollout


def test_a_rollout_begins_where_least_is_at_stake_of_those_that_tell_soon() -> None:
    assert rolled_out({"BIG": 90, "MIDDLE": 30, "SMALL": 20, "TINY": 3})[0] == ("SMALL",)
    assert rolled_out({"BIG": 90, "MIDDLE": 30, "SMALL": 20, "TINY": 3}, BIG=1, SMALL=9_000)[0] == ("SMALL",)
    dear = {"BIG": 100, "MIDDLE": 200, "SMALL": 9_000, "TINY": 10}
    assert rolled_out({"BIG": 90, "MIDDLE": 30, "SMALL": 20, "TINY": 3}, **dear)[0] == ("MIDDLE",)


def test_a_rollout_begins_with_as_few_as_tell_together_when_nobody_tells_soon() -> None:
    assert rolled_out({"A": 3, "B": 12, "C": 1, "D": 2})[0] == ("B",)
    assert rolled_out({"A": 3, "B": 9, "C": 1, "D": 2})[0] == ("B", "A"), "who had most by chance will have fewer"
    assert rolled_out({"A": 3, "B": 3, "C": 2, "D": 2, "E": 2, "F": 1, "G": 1})[0] == ("A", "B", "C")
    assert rolled_out(dict.fromkeys("ABCDEFGH", 1))[0] == tuple("ABCD")


def test_what_has_cured_others_of_the_incident_is_tried_on_nobody_first() -> None:
    six = dict.fromkeys("ABCDEF", 4)
    assert rolled_out(six, ("callback_not_https/update_callback_url",)) == (tuple("ABCDEF"),)
    assert len(rolled_out(six, ("callback_not_https/rotate_token",))) > 1, "another cure proves nothing of this one"


def test_what_has_cured_others_of_the_incident_is_proposed_however_few_failures_tell_of_the_cause() -> None:
    little = assessed(unknown=0.6, callback_not_https=0.2, webhook_v2_endpoint_gone=0.2)
    carried = dossier(proven=("callback_not_https/update_callback_url",), signal_count=1)
    found = sure(little, dossier=carried)
    assert (found.cause, found.tool, found.confidence) == ("callback_not_https", "update_callback_url", 0.2)
    assert sure(little).tool == "escalate"
    assert sure(little, dossier=dossier(proven=("callback_not_https/rotate_token",))).tool == "escalate"


def test_an_escalation_is_sent_once_for_all_merchants() -> None:
    many = tuple(f"MERCH-{number:02d}" for number in range(30))
    found = sure(assessed(unknown=1.0), dossier=dossier(many))
    assert found.rollout == (many,)


def test_text_in_a_fact_is_never_read_as_a_template() -> None:
    words = {"title": "{incident_id} {x.__class__}", "incident_id": "INC-1"}
    assert fill_template("{title}", words) == "{incident_id} {x.__class__}"
    assert fill_template("see {title}", words) == "see {incident_id} {x.__class__}"
    assert fill_template("no names", words) == "no names"
    assert fill_template(7, words) == 7
    assert fill_template("{missing}", words) is None
    assert (stores_in_words(1), stores_in_words(5)) == ("1 store", "5 stores")


def test_long_texts_are_cut_to_what_the_tool_takes() -> None:
    found = sure(assessed(unknown=1.0).changed(summary="x" * 9_000))
    assert len(found.arguments["summary"]) == 4_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_case_gives_the_same_proposal_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    ended = ["REJECTED", "INEFFECTIVE", "SUPERSEDED", "VERIFIED"]
    for _ in range(60):
        shares = {one.id: chance.random() for one in (*PACK.causes, CALLBACK)} | {UNKNOWN: chance.random()}
        whole = sum(shares.values())
        assessment = assessed(**{name: share / whole for name, share in shares.items()})
        history = [
            tried(chance.choice(ended), one.id, one.treatments[0].tool)
            for one in PACK.causes[:3]
            if chance.random() < 0.5
        ]
        thresholds = THRESHOLDS.changed(escalate_confidence=chance.choice([0.05, 0.2, 0.4]))
        shuffled = assessment.changed(
            hypotheses=tuple(chance.sample(assessment.hypotheses, len(assessment.hypotheses)))
        )
        case = dossier(tuple(chance.sample([f"M{number}" for number in range(20)], chance.randrange(1, 20))))
        before = (case.plain(), shuffled.plain())
        first = proposed(assessment, tried=history, thresholds=thresholds, dossier=case)
        second = proposed(shuffled, tried=history[::-1], thresholds=thresholds, dossier=case)
        assert first == second
        assert before == (case.plain(), shuffled.plain())
        assert first is not None
        assert not problems_of_arguments(SPECS[first.tool].arguments, first.arguments)
        assert sorted(one for cohort in first.rollout for one in cohort) == sorted(first.scope)


def test_a_setting_is_corrected_for_all_who_have_it_the_plainly_hit_first() -> None:
    names = ("MERCH-1", "MERCH-2", "MERCH-3", "MERCH-4")
    known = {name: Merchant(id=name, name=name, stage="post_migration") for name in names}
    blast = BlastRadius(
        merchants=("MERCH-1", "MERCH-2"),
        failures={"MERCH-1": 2, "MERCH-2": 9},
        exposed=("MERCH-1", "MERCH-2", "MERCH-3"),
        carriers={"callback_not_https": ("MERCH-2", "MERCH-4")},
    )
    found = sure(LIKELY, dossier=dossier(blast=blast), merchants=known)
    assert found.scope == ("MERCH-2", "MERCH-1", "MERCH-4"), "not who only fits a description"
    told = sure(assessed(unknown=0.9), dossier=dossier(blast=blast), merchants=known)
    assert (told.tool, told.scope) == ("escalate", ("MERCH-2", "MERCH-1"))
