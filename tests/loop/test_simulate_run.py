"""A whole trial: a simulated platform, the real agent, a scripted person, and an honest account of both sides."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.ambient import SteppedClock
from app.bootstrap import Application, build
from app.domain.errors import BadConfig
from app.domain.tenants import Scope
from app.services.operators import PERSON, THINKING, OperatorName
from app.services.simulate import run
from app.settings import Settings
from simulations.scenario import Scenario
from simulations.truth import Trial

pytestmark = pytest.mark.loop
HOURS = 5.0
PLAIN: dict[str, Any] = {
    "id": "zebra_pumpkin",
    "title": "Quixotic walrus parade",
    "seed": 11,
    "clock": {"start": "2026-03-02T08:00:00Z", "hours": HOURS, "step": 10},
    "platform": {
        "merchants": 12,
        "journeys_per_day": 200,
        "attributes": {"callback_scheme": {"https": 3, "http": 2}, "stage": {"post_migration": 1}},
    },
    "faults": [{"mode": "callback_not_https", "onset": 60, "scope": {"callback_scheme": "http"}}],
}
Lived = Callable[..., Trial]


def scenario_of(**changes: Any) -> Scenario:
    return Scenario.model_validate({**PLAIN, **changes})


@pytest.fixture
def application() -> Iterator[Application]:
    opened = build(Settings(lite=True, demo=False, log_level="ERROR"), memory=True, clock=SteppedClock(scenario_of().clock.start))
    yield opened
    opened.stop()


@pytest.fixture
def lived(application: Application) -> Lived:
    def live(operator: OperatorName = "truthful", **changes: Any) -> Trial:
        return run(application.house, scenario_of(**changes), operator=operator)

    return live


def test_a_planted_fault_is_found_and_its_signals_are_told_from_the_rest(lived: Lived) -> None:
    trial = lived()
    (fault,) = trial.truth.faults
    assert fault.cause == "callback_not_https"
    assert fault.affected_events > 0
    found = [seen for seen in trial.incidents if seen.signals.get(0)]
    assert found, trial.incidents
    assert found[0].suspects
    assert fault.began is not None
    assert found[0].detected_at >= fault.began
    assert trial.signals > 12 * HOURS * 12


def test_a_truthful_person_refuses_what_is_not_right_and_grants_what_is(lived: Lived) -> None:
    trial = lived("truthful")
    assert trial.actions
    for action in trial.actions:
        right = action.worth in {"cures", "harmless"}
        assert right or action.granted_by != PERSON.id, action
        assert right or action.status != "PENDING", action


def test_a_rubber_stamp_refuses_nothing(lived: Lived) -> None:
    trial = lived("rubber_stamp")
    assert trial.actions
    assert not [action for action in trial.actions if action.status in {"REJECTED", "PENDING"}]


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


def test_the_same_seed_is_the_same_trial_and_another_seed_is_another(lived: Lived, application: Application) -> None:
    again = build(Settings(lite=True, demo=False, log_level="ERROR"), memory=True, clock=SteppedClock(scenario_of().clock.start))
    try:
        assert run(again.house, scenario_of()) == lived()
        assert run(again.house, scenario_of(), seed=12).incidents != run(application.house, scenario_of(seed=13)).incidents
    finally:
        again.stop()


def test_what_a_rule_let_happen_at_once_is_judged_by_the_world_before_it(lived: Lived) -> None:
    alone = {"merchants": 12, "journeys_per_day": 400, "attributes": {"callback_scheme": {"https": 1}, "stage": {"post_migration": 1}}}
    trial = lived("absent", platform=alone, faults=[{"mode": "callback_not_https", "onset": 60, "scope": {"callback_scheme": "https"}}])
    for action in trial.actions:
        if action.granted_by.startswith("policy:") and action.tool == "update_callback_url":
            assert action.worth == "cures"


def test_a_healthy_day_has_no_planted_fault_and_blames_nobody(lived: Lived) -> None:
    trial = lived(faults=[])
    assert trial.truth.faults == ()
    assert all(set(seen.signals) <= {-1} for seen in trial.incidents)


def test_nothing_that_reaches_the_agent_names_the_scenario(lived: Lived, application: Application) -> None:
    lived()
    store = application.house.store
    (tenant,) = [tenant for tenant in store.tenants() if tenant.id.startswith("trial-")]
    with store.read(Scope(tenant_id=tenant.id)) as session:
        incidents = session.incidents.page(limit=1_000)
        kept = [
            tenant.plain(),
            [signal.plain() for signal in session.signals.recent(limit=1_000_000)],
            [merchant.plain() for merchant in session.merchants.all()],
            [incident.plain() for incident in incidents],
            [session.incidents.steps(incident.id) for incident in incidents],
            [event.plain() for event in session.events.page(limit=1_000_000)],
        ]
    text = str(kept).lower()
    for word in ("zebra", "pumpkin", "quixotic", "walrus", "callback_not_https/0", "planted"):
        assert word not in text


def test_a_platform_without_a_domain_pack_is_refused_in_a_sentence(lived: Lived) -> None:
    with pytest.raises(BadConfig, match="there is no domain pack 'submarines'"):
        lived(platform={"domain": "submarines", "merchants": 3})


def test_the_last_look_is_at_the_end_even_when_the_steps_do_not_fit(application: Application) -> None:
    scenario = scenario_of(clock={"start": "2026-03-02T08:00:00Z", "hours": 0.75, "step": 20})
    heard: list[tuple[int, int]] = []
    trial = run(application.house, scenario, told=lambda done, of: heard.append((done, of)))
    assert heard == [(1, 3), (2, 3), (3, 3)]
    assert trial.truth.ended - trial.truth.began == timedelta(minutes=45)
