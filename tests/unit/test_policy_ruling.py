"""The ruling: the shipped rules, the strictest verdict, and no whenever the question cannot be answered."""

import random
from pathlib import Path
from typing import Any

import pytest

from app.config.model import Policies, PolicyRule, RiskMatrix, ToolsFile
from app.domain.base import Severity, canonical_json
from app.domain.decisions import Effect, Verdict
from app.domain.errors import BadConfig
from app.policy.engine import rule_on
from app.policy.risk import assess
from app.policy.rules import CompiledRule, PolicyFacts, RuleBook
from app.ports.connectors import ToolSpec
from app.validation.condition import Condition
from app.validation.policy_facts import policy_book
from app.validation.strict_yaml import read_yaml

CONFIG = Path(__file__).resolve().parents[2] / "config"


def shipped(name: str, shape: type[Any]) -> Any:
    return shape.model_validate_json(canonical_json(read_yaml((CONFIG / name).read_bytes()).value), strict=True)


POLICIES: Policies = shipped("agent_policies.yaml", Policies)
MATRIX: RiskMatrix = shipped("risk_matrix.yaml", RiskMatrix)
TOOLS: dict[str, ToolSpec] = {spec.name: spec for spec in shipped("tools.yaml", ToolsFile).tools}
BOOK = RuleBook.compile(POLICIES, "v1")
CALM = PolicyFacts(
    effect=Effect.MERCHANT_SETTING,
    tool_known=True,
    tool_enabled=True,
    external=False,
    reversible=True,
    has_undo=True,
    risk_level="low",
    risk_score=0.25,
    severity=Severity.HIGH,
    merchants=1,
    confidence=0.9,
    confidence_lower=0.8,
    cause_known=True,
    signals=12,
    attempts=1,
    auto_confidence=0.7,
    escalate_confidence=0.4,
    max_attempts=3,
    max_actions_per_hour=30,
)


def policies(*rules: PolicyRule) -> Policies:
    return POLICIES.changed(rules=rules)


def test_low_risk_for_one_merchant_with_a_way_back_goes_ahead() -> None:
    ruling = rule_on(BOOK, CALM)
    assert (ruling.verdict, ruling.rule_ids, ruling.policy_version) == (Verdict.ALLOW, ("allow.low_risk",), "v1")


@pytest.mark.parametrize(
    "changes,verdict,rule_id",
    [
        ({"confidence_lower": 0.69}, Verdict.ASK, "ask.low_confidence"),
        ({"risk_level": "medium"}, Verdict.ASK, "ask.risk"),
        ({"risk_level": "high"}, Verdict.ASK, "ask.risk"),
        ({"severity": Severity.CRITICAL}, Verdict.ASK, "ask.critical_severity"),
        ({"merchants": 2}, Verdict.ASK, "ask.many_merchants"),
        ({"external": True}, Verdict.ASK, "ask.external"),
        ({"effect": Effect.EXTERNAL_ESCALATION}, Verdict.ASK, "ask.external"),
        ({"effect": Effect.PLATFORM_SETTING}, Verdict.ASK, "ask.platform_wide"),
        ({"has_undo": False}, Verdict.ASK, "ask.no_way_back"),
        ({"reversible": False}, Verdict.ASK, "ask.no_way_back"),
        ({"mode": "live"}, Verdict.ASK, "ask.live"),
        ({"single_signal": True}, Verdict.ASK, "ask.thin_evidence"),
        ({"cause_known": False}, Verdict.ASK, "ask.unknown_cause"),
        ({"kill_switch": True}, Verdict.ASK, "ask.kill_switch"),
        ({"actions_last_hour": 30}, Verdict.ASK, "ask.rate_limit"),
        ({"actions_last_hour": 60}, Verdict.DENY, "never.runaway"),
        ({"cooling_down": True}, Verdict.ASK, "ask.cooling_down"),
        ({"undone_before": 1}, Verdict.DENY, "never.second_rollback"),
        ({"changes_production_data": True}, Verdict.DENY, "never.production_data"),
        ({"touches_payment": True}, Verdict.DENY, "never.payment_information"),
        ({"contacts_merchant": True}, Verdict.DENY, "never.contact_merchant"),
        ({"human_refused": True}, Verdict.DENY, "never.override_human"),
        ({"attempts": 4}, Verdict.DENY, "never.attempts_spent"),
        ({"tool_known": False}, Verdict.DENY, "never.unknown_tool"),
        ({"tool_enabled": False}, Verdict.DENY, "never.unknown_tool"),
        ({"effect": ""}, Verdict.DENY, "default.unknown_effect"),
    ],
)
def test_each_guardrail_moves_the_verdict_by_itself(changes: dict[str, Any], verdict: Verdict, rule_id: str) -> None:
    ruling = rule_on(BOOK, CALM.changed(**changes))
    assert ruling.verdict is verdict
    assert rule_id in ruling.rule_ids
    assert len(ruling.reasons) == len(ruling.rule_ids)
    assert all(reason.endswith(".") for reason in ruling.reasons)


@pytest.mark.parametrize(
    "changes",
    [{"merchants": 1}, {"mode": "dry_run"}, {"mode": "simulated"}, {"attempts": 3}, {"actions_last_hour": 29}],
)
def test_what_stays_inside_the_limits_still_goes_ahead(changes: dict[str, Any]) -> None:
    assert rule_on(BOOK, CALM.changed(**changes)).verdict is Verdict.ALLOW


def test_every_rule_that_demands_the_verdict_is_named() -> None:
    ruling = rule_on(BOOK, CALM.changed(merchants=4, severity=Severity.CRITICAL, confidence_lower=0.2))
    assert ruling.rule_ids == ("ask.low_confidence", "ask.critical_severity", "ask.many_merchants")


def test_reading_goes_ahead_unless_something_speaks_against_it() -> None:
    reading = CALM.changed(effect=Effect.READ, has_undo=False, risk_score=0.0)
    assert rule_on(BOOK, reading).verdict is Verdict.ALLOW
    assert rule_on(BOOK, reading.changed(merchants=3)).verdict is Verdict.ASK


def test_an_empty_policy_denies() -> None:
    ruling = rule_on(RuleBook.compile(policies(), "v0"), CALM)
    assert (ruling.verdict, ruling.rule_ids) == (Verdict.DENY, ("default.empty_policy",))


def test_silence_of_the_rules_asks_a_person() -> None:
    book = RuleBook.compile(
        policies(PolicyRule(id="other", when="kill_switch", verdict=Verdict.ALLOW, because="b.")), "v0"
    )
    assert rule_on(book, CALM).rule_ids == ("default.ask",)
    assert rule_on(book, CALM).verdict is Verdict.ASK


def test_no_file_can_permit_an_unknown_tool_or_effect() -> None:
    book = RuleBook.compile(policies(PolicyRule(id="all", when="true", verdict=Verdict.ALLOW, because="b.")), "v0")
    assert rule_on(book, CALM).verdict is Verdict.ALLOW
    assert rule_on(book, PolicyFacts()).verdict is Verdict.DENY
    assert rule_on(book, CALM.changed(effect="")).rule_ids == ("default.unknown_effect",)
    assert rule_on(book, CALM.changed(tool_known=False)).rule_ids == ("default.unknown_tool",)


@pytest.mark.parametrize("source", ["riks > 1", "merchants > 'x'", "merchants", "1 / (merchants - merchants) > 0"])
def test_a_rule_that_cannot_be_evaluated_denies_and_is_named(source: str) -> None:
    broken = CompiledRule(id="broken.rule", verdict=Verdict.ALLOW, because="b.", condition=Condition(source))
    ruling = rule_on(RuleBook((*BOOK.rules, broken), "v1"), CALM)
    assert (ruling.verdict, ruling.rule_ids) == (Verdict.DENY, ("broken.rule",))
    assert "broken.rule" in ruling.reasons[0]


def test_a_rule_that_cannot_be_trusted_does_not_compile() -> None:
    with pytest.raises(BadConfig, match=r"rule typo: 'riks' is not a fact"):
        RuleBook.compile(
            policies(PolicyRule(id="typo", when="true || riks > 1", verdict=Verdict.ASK, because="b.")), "v0"
        )


@pytest.mark.parametrize("seed", [7])
def test_the_order_of_the_rules_and_any_added_rule_never_soften_a_verdict(seed: int) -> None:
    chance = random.Random(seed)
    strictness = {Verdict.ALLOW: 0, Verdict.ASK: 1, Verdict.DENY: 2}
    for _ in range(300):
        facts = PolicyFacts(
            **{
                name: chance.choice(policy_book().samples)[name]
                for name in PolicyFacts.model_fields
                if name not in {"max_attempts", "max_actions_per_hour"}
            }
        )
        rules = list(BOOK.rules)
        chance.shuffle(rules)
        whole, fewer = rule_on(RuleBook(tuple(rules), "v"), facts), rule_on(RuleBook(tuple(rules[1:]), "v"), facts)
        assert whole.verdict is rule_on(BOOK, facts).verdict
        assert strictness[whole.verdict] >= strictness[fewer.verdict] or fewer.rule_ids == ("default.ask",)


@pytest.mark.parametrize("seed", [11])
def test_the_shipped_rules_allow_nothing_that_the_default_ruling_does_not(seed: int) -> None:
    chance = random.Random(seed)
    samples = policy_book().samples
    allowed = 0
    for _ in range(1_500):
        flipped = {name: chance.choice(samples)[name] for name in chance.sample(sorted(PolicyFacts.model_fields), 3)}
        facts = CALM.changed(**{**flipped, "max_attempts": 3, "max_actions_per_hour": 30})
        if rule_on(BOOK, facts).verdict is Verdict.ALLOW:
            allowed += 1
            assert facts.risk_level == "low"
            assert facts.merchants <= 1
            assert facts.has_undo or facts.effect is Effect.READ
            assert not facts.external
            assert facts.confidence_lower >= facts.auto_confidence
    assert allowed > 20


@pytest.mark.parametrize(
    "tool,merchants,severity,level",
    [
        ("update_callback_url", 1, Severity.HIGH, "low"),
        ("update_callback_url", 6, Severity.HIGH, "medium"),
        ("update_callback_url", 1, Severity.CRITICAL, "medium"),
        ("update_callback_url", 40, Severity.CRITICAL, "high"),
        ("query_logs", 1, Severity.CRITICAL, "low"),
        ("escalate", 1, Severity.LOW, "medium"),
        ("escalate", 1, Severity.HIGH, "medium"),
        ("hold_cutover_wave", 1, Severity.CRITICAL, "high"),
        ("close_ticket", 1, Severity.INFO, "medium"),
    ],
)
def test_the_risk_of_the_shipped_tools(tool: str, merchants: int, severity: Severity, level: str) -> None:
    found = assess(TOOLS[tool], [f"MERCH-{number}" for number in range(merchants)], severity, MATRIX)
    assert found.level == level, found
    assert found.factors


def test_risk_never_falls_when_reach_or_severity_grow() -> None:
    for spec in TOOLS.values():
        scores = [
            [assess(spec, ["m"] * 0 + [str(n) for n in range(count)], severity, MATRIX).score for count in range(1, 30)]
            for severity in Severity
        ]
        assert all(row == sorted(row) for row in scores)
        assert all(list(column) == sorted(column) for column in zip(*scores, strict=True))


def test_what_touches_payments_or_data_is_never_low_risk() -> None:
    for effect in (Effect.PAYMENT_DATA, Effect.PRODUCTION_DATA, Effect.MERCHANT_CONTACT):
        assert assess(TOOLS["purge_cache"].changed(effect=effect), ["one"], Severity.INFO, MATRIX).level in {
            "high",
            "critical",
        }


def test_the_factors_add_up_to_the_score() -> None:
    found = assess(TOOLS["update_callback_url"], ["a", "b", "c"], Severity.HIGH, MATRIX)
    assert found.factors == (
        "class of change: merchant setting (+0.15)",
        "the incident is high (+0.10)",
        "it reaches 3 merchants (+0.08)",
    )
    assert found.score == pytest.approx(0.33)
