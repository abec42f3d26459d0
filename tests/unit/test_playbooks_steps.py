"""From a decision to its plan: which playbook fits, what its steps say, and what an approval of it binds to. Pure."""

from pathlib import Path
from typing import Any

import pytest

from app.config.load import load_config
from app.config.playbooks import PlaybookSpec
from app.domain.decisions import Decision, Verdict
from app.domain.hypotheses import Assessment, Dossier, Hypothesis
from app.domain.impact import BlastRadius, Impact, Interval
from app.domain.playbooks import PartOfPlan, Plan
from app.domain.tenants import ToolMode
from app.playbooks.plan import PlanFacts
from app.playbooks.steps import collect_plan_facts, plan_steps
from tests.builders import make_decision, make_plan

CONFIG = load_config(Path(__file__).resolve().parents[2] / "config")
NOTHING = Interval(low=0, middle=0, high=0)
FIX: dict[str, Any] = {"id": "fix", "title": "Mend it at {stores}", "call_tool": {"tool": "update_callback_url"}}


def known(**changes: Any) -> PlanFacts:
    blast = BlastRadius(merchants=("MERCH-A", "MERCH-B"), exposed=("MERCH-A", "MERCH-C"))
    dossier = Dossier.model_validate(
        {
            "incident_id": "INC-00000001",
            "evidence_version": 1,
            "title": "t",
            "severity": "high",
            "since": "2026-03-02T09:00:00Z",
            "signal_count": 12,
            "facts": {"stages": {"post_migration": 9, "in_progress": 3}, "symptoms": {"checkout_failing": 8}},
            "impact": Impact(lost_orders=NOTHING, hours=1.5),
            "blast": blast,
            **changes,
        }
    )
    cause = Hypothesis(cause="callback_not_https", category="c", title="not https", confidence=0.9, score=0.0)
    return PlanFacts(
        dossier=dossier,
        assessment=Assessment(incident_id="INC-00000001", summary="Payments fail.", hypotheses=(cause,)),
        pack=CONFIG.packs["commerce"],
        thresholds=CONFIG.thresholds,
        specs={spec.name: spec for spec in CONFIG.tools},
        merchants={},
        tried=(),
        evidence_version=1,
        mode=ToolMode.SIMULATED,
    )


def playbook(*steps: dict[str, Any], **changes: Any) -> PlaybookSpec:
    fields = {"id": "trial", "title": "On trial", "domain": "commerce", "when": "cause == 'callback_not_https'"}
    return PlaybookSpec.model_validate({**fields, "steps": [FIX, *steps], **changes})


def decision(**changes: Any) -> Decision:
    return make_decision(1, scope=("MERCH-A", "MERCH-B"), **changes)


def planned(spec: PlaybookSpec, facts: PlanFacts | None = None, made: Decision | None = None) -> Plan:
    found = plan_steps(facts or known(), made or decision(), [spec])
    assert found is not None
    return found


def test_facts_are_counted_declared_or_ids_and_what_is_left_of_the_time_may_be_negative() -> None:
    facts = collect_plan_facts(known(), decision())
    assert (facts.stage, facts.merchants, facts.exposed, facts.minutes_open) == ("post_migration", 2, 1, 90)
    assert (facts.sla_minutes, facts.sla_minutes_left) == (240, 150)
    assert collect_plan_facts(known(severity="critical"), decision()).sla_minutes_left == -30
    assert facts.tags == ["checkout_failing", "default.ask", "merchant_configuration"]


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ("sla_minutes_left < 200 && stage == 'post_migration'", True),
        ("'checkout_failing' in tags && 'default.ask' in tags", True),
        ("'checkout_slow' in tags", False),
        ("tool == 'purge_cache'", False),
        ("tags", False),
        ("merchants + 9223372036854775807 > 0", False),
    ],
)
def test_a_playbook_fits_when_its_condition_holds_and_never_when_it_cannot_be_told(when: str, fits: bool) -> None:
    assert (plan_steps(known(), decision(), [playbook(when=when)]) is not None) is fits


def test_the_first_that_fits_is_taken_and_none_for_what_is_denied_asked_for_or_given_up() -> None:
    other, mine = playbook(id="other", domain="lending"), playbook()
    assert planned(mine).playbook == "trial"
    found = plan_steps(known(), decision(), [other, mine, playbook(id="later")])
    assert found is not None and found.playbook == "trial"
    denied = decision(ruling=decision().ruling.changed(verdict=Verdict.DENY))
    assert plan_steps(known(), denied, [mine]) is None
    assert plan_steps(known(asked_for=True), decision(), [mine]) is None
    assert plan_steps(known(given_up=("trial",)), decision(), [mine]) is None
    assert plan_steps(known(), decision(tool="purge_cache"), [mine]) is None


def test_every_step_says_what_it_promises_and_how_it_is_taken_back() -> None:
    spec = playbook(
        {"id": "hold", "title": "Hold it", "hold_wave": {}},
        {"id": "owner", "title": "Give it", "assign_owner": {"owner": "payments"}},
        {"id": "told", "title": "Say it", "notify": {"says": "{severity} at {stores}, {topic}"}},
        {"id": "asks", "title": "Ask", "add_comment": {"asks": "Is {cause_title} so?"}},
        {"id": "write", "title": "Write", "ask_merchant": {"draft": "It is over."}},
        {"id": "let", "title": "Let it go", "hold_wave": {"releases": "hold"}},
        {"id": "shut", "title": "Shut", "set_status": {"status": "closed"}},
    )
    plan = planned(spec, known(wave_ahead=4))
    assert all(step.forecast and step.undo for step in plan.steps)
    assert plan.step("fix").title == "Mend it at 2 stores" and plan.treatment.tool == "update_callback_url"
    assert plan.treatment.forecast == "errors fall to a fifth within ten minutes"
    assert (plan.step("hold").wave, plan.step("let").wave, plan.step("let").tool) == (4, 4, "release_cutover_wave")
    assert plan.step("told").says == "high at 2 stores, what is not known"
    assert [step.id for step in plan.steps if step.by_person] == ["asks", "write"]
    assert plan.step("owner").after == ("hold",) and plan.step("fix").after == ()


def test_what_cannot_be_done_is_left_out_and_the_steps_after_it_come_after_what_it_came_after() -> None:
    ticket = {"tool": "create_ticket", "arguments": {"title": "{title}", "summary": "{code}", "incident_id": "INC-1"}}
    spec = playbook(
        {"id": "hold", "title": "Hold it", "hold_wave": {}},
        {"id": "ticket", "title": "Write it down", "call_tool": ticket},
        {"id": "let", "title": "Let it go", "hold_wave": {"releases": "hold"}},
        {"id": "told", "title": "Say it", "notify": {"says": "done"}},
    )
    plan = planned(spec)
    assert [step.id for step in plan.steps] == ["fix", "told"], "no wave is left, and no code is known"
    assert plan.step("told").after == ("fix",)
    whole = planned(spec, known(wave_ahead=4, facts={"codes": {"PAYMENT_CALLBACK_INVALID": 3}}))
    assert whole.step("ticket").arguments["summary"] == "PAYMENT_CALLBACK_INVALID"
    assert whole.step("told").after == ("let",)


def test_an_approval_binds_to_the_whole_plan_and_what_had_none_keeps_its_digest() -> None:
    bare = make_decision(1)
    with_plan = bare.changed(plan=make_plan()).sealed("demo")
    other = make_plan(steps=(*make_plan().steps[:2], make_plan().steps[2].changed(says="another draft")))
    of_step = PartOfPlan(run_id="PLB-1", step_id="hold", incident_id="INC-1", plan_digest=make_plan().digest)
    digests = {
        bare.digest,
        with_plan.digest,
        bare.changed(plan=other).sealed("demo").digest,
        bare.changed(part_of=of_step).sealed("demo").digest,
        bare.changed(part_of=of_step.changed(plan_digest=other.digest)).sealed("demo").digest,
    }
    assert len(digests) == 5
    assert "plan" not in bare.plain() and "part_of" not in bare.plain()
    assert Decision.model_validate(with_plan.plain()) == with_plan
