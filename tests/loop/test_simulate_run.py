"""A whole trial: a simulated platform, the real agent, a scripted person, and an honest account of both sides."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Application, build_application
from app.domain.errors import BadConfig
from app.domain.tenants import Scope
from app.services.trials.catalogue import tenant_of
from app.services.trials.operators import PERSON, THINKING, OperatorName
from app.services.trials.simulate import run_trial
from app.settings import PROJECT, Settings
from app.system import SteppedClock
from simulations.scenario import Scenario
from simulations.world.truth import ActionSeen, Trial

pytestmark = pytest.mark.loop
HOURS, MERCHANTS = 2.25, 10
PLAIN: dict[str, Any] = {
    "id": "zebra_pumpkin",
    "title": "Quixotic walrus parade",
    "seed": 11,
    "clock": {"start": "2026-03-02T08:00:00Z", "hours": HOURS, "step": 10, "history": 6},
    "platform": {
        "merchants": MERCHANTS,
        "journeys_per_day": 200,
        "attributes": {"callback_scheme": {"https": 3, "http": 2}, "stage": {"post_migration": 1}},
    },
    "faults": [{"mode": "callback_not_https", "onset": 60, "scope": {"callback_scheme": "http"}}],
}
TOKENS: dict[str, Any] = {
    "id": "zebra_tokens",
    "platform": {**PLAIN["platform"], "attributes": {"token_version": {"v3": 3, "v2": 2}}},
    "faults": [{"mode": "token_version_mismatch", "onset": 45, "scope": {"token_version": "v2"}}],
}
POLITE: dict[str, Any] = {"id": "zebra_polite", "tools": [{"tool": "update_callback_url", "does": "nothing"}]}
Lived = Callable[..., Trial]


def scenario_of(**changes: Any) -> Scenario:
    return Scenario.model_validate({**PLAIN, **changes})


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    """One for the whole module: each trial is lived by a tenant of its own."""
    yield from opened()


def opened() -> Iterator[Application]:
    found = build_application(
        Settings(lite=True, demo=False, log_level="ERROR"), passing=True, clock=SteppedClock(scenario_of().clock.start)
    )
    yield found
    found.stop()


def told_to(operator: OperatorName, **changes: Any) -> Scenario:
    """The scenario under a name of its own for each person, so that no two of them meet in one tenant."""
    return scenario_of(**{"id": f"zebra_pumpkin_{operator}", **changes})


@pytest.fixture(scope="module")
def lived(application: Application) -> Lived:
    def live(operator: OperatorName = "truthful", **changes: Any) -> Trial:
        return run_trial(application.ctx, told_to(operator, **changes), operator=operator)

    return live


@pytest.fixture(scope="module")
def plain(lived: Lived) -> Trial:
    """The plain scenario with a truthful person: lived once, and only read."""
    return lived()


@pytest.fixture(scope="module")
def polite(lived: Lived) -> Trial:
    """A world in which one tool says yes and does nothing, so that what it is proposed for is wrong: lived once, and
    only read.
    """
    return lived(**POLITE)


def test_a_planted_fault_is_found_and_its_signals_are_told_from_the_rest(plain: Trial) -> None:
    trial = plain
    (fault,) = trial.truth.faults
    assert fault.cause == "callback_not_https"
    assert fault.affected_events > 0
    found = [seen for seen in trial.incidents if seen.signals.get(0)]
    assert found, trial.incidents
    assert found[0].suspects
    assert fault.began is not None
    assert found[0].detected_at >= fault.began
    assert trial.signals > 12 * HOURS * MERCHANTS


def test_a_truthful_person_refuses_what_is_not_right_and_grants_what_is(plain: Trial, polite: Trial) -> None:
    for trial in (plain, polite):
        assert trial.operator == "truthful"
        for action in trial.actions:
            right = action.worth in {"cures", "harmless"}
            assert right or action.granted_by != PERSON.id, action
            assert right or action.status != "PENDING", action
    assert [action for action in plain.actions if action.granted_by == PERSON.id]
    assert [action for action in polite.actions if action.status == "REJECTED" and action.worth == "useless"]


def test_a_rubber_stamp_refuses_nothing(lived: Lived) -> None:
    trial = lived("rubber_stamp")
    assert trial.actions
    assert not [action for action in trial.actions if action.status in {"REJECTED", "PENDING"}]


def test_who_knows_names_the_cause_and_the_plan_of_its_cure_is_carried_on(lived: Lived) -> None:
    trial = lived("knowing", **TOKENS)
    (fault,) = trial.truth.faults
    assert fault.cause in {one.last_suspects[0].cause for one in trial.incidents if one.signals.get(0)}
    cure = next(action for action in trial.actions if action.tool == "rotate_token")
    assert (cure.worth, cure.status) == ("cures", "VERIFIED") and all(part.sent_at for part in cure.cohorts)
    assert cure.granted_at == cure.proposed_at
    step = next(action for action in trial.actions if action.tool == "propose_doc_update")
    assert step.status == "VERIFIED" and cure.settled_at is not None and step.proposed_at >= cure.settled_at
    assert step.incident_id not in {one.id for one in trial.incidents}, "what a step of a plan asks is no incident"


def test_nobody_answers_for_an_absent_person(lived: Lived) -> None:
    trial = lived("absent")
    assert trial.actions
    assert not [action for action in trial.actions if action.granted_by == PERSON.id or action.status == "REJECTED"]


def test_a_slow_person_grants_after_three_quarters_of_an_hour(lived: Lived) -> None:
    trial = lived("slow")
    granted = [action for action in trial.actions if action.granted_by == PERSON.id and action.sent_at]
    assert granted, trial.actions
    for action in granted:
        assert action.sent_at is not None
        assert THINKING <= action.sent_at - action.proposed_at <= THINKING + timedelta(minutes=15)


def test_the_same_seed_is_the_same_trial_and_another_seed_is_another(plain: Trial) -> None:
    for again in opened():
        assert run_trial(again.ctx, told_to("truthful")) == plain
        assert run_trial(again.ctx, told_to("truthful"), seed=12).incidents != plain.incidents


def granted_by_a_rule(trial: Trial) -> list[ActionSeen]:
    return [
        action for action in trial.actions if action.granted_by.startswith("policy:") and action.worth != "harmless"
    ]


@pytest.mark.long
@pytest.mark.ci
def test_what_a_rule_let_happen_at_once_is_judged_by_the_world_before_it(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "config", tmp_path / "config")
    policies = tmp_path / "config" / "agent_policies.yaml"
    policies.write_text(policies.read_text("utf-8").replace("verdict: ask", "verdict: allow"), "utf-8")
    generous = build_application(
        Settings(lite=True, demo=False, log_level="ERROR", config=tmp_path / "config"),
        passing=True,
        clock=SteppedClock(scenario_of().clock.start),
    )
    try:
        trial = run_trial(generous.ctx, told_to("truthful", **POLITE))
    finally:
        generous.stop()
    assert {action.worth for action in granted_by_a_rule(trial)} == {"useless"}, "its tool says yes and does nothing"


def test_a_healthy_day_has_no_planted_fault_and_blames_nobody(lived: Lived) -> None:
    trial = lived(faults=[])
    assert trial.truth.faults == ()
    assert all(set(seen.signals) <= {-1} for seen in trial.incidents)


def test_nothing_that_reaches_the_agent_names_the_scenario(plain: Trial, application: Application) -> None:
    store = application.ctx.store
    tenant = store.tenant(tenant_of(application.ctx, told_to("truthful"), plain.seed).id)
    with store.read(Scope(tenant_id=tenant.id)) as session:
        incidents, signals = session.incidents.page(limit=1_000), session.signals.recent(limit=1_000_000)
        kept = [
            tenant.plain(),
            [signal.plain() for signal in signals],
            [merchant.plain() for merchant in session.merchants.all()],
            [incident.plain() for incident in incidents],
            [session.incidents.steps(incident.id) for incident in incidents],
            [event.plain() for event in session.events.page(limit=1_000_000)],
        ]
    assert tenant.id.startswith("trial-") and incidents and len(signals) > plain.signals, "and those before it"
    text = str(kept).lower()
    for word in ("zebra", "pumpkin", "quixotic", "walrus", "callback_not_https/0", "planted"):
        assert word not in text


def test_a_platform_without_a_domain_pack_is_refused_in_a_sentence(lived: Lived) -> None:
    with pytest.raises(BadConfig, match="there is no domain pack 'submarines'"):
        lived(platform={"domain": "submarines", "merchants": 3})


def test_the_last_look_is_at_the_end_even_when_the_steps_do_not_fit(application: Application) -> None:
    scenario = scenario_of(clock={"start": "2026-03-02T08:00:00Z", "hours": 0.75, "step": 20, "history": 2}, faults=())
    heard: list[tuple[int, int]] = []
    trial = run_trial(application.ctx, scenario, told=lambda done, of: heard.append((done, of)))
    assert heard == [(1, 3), (2, 3), (3, 3)]
    assert trial.truth.ended - trial.truth.began == timedelta(minutes=45)
