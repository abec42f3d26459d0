"""Scenarios over HTTP: they are listed beside the example signals, and one runs in a tenant of its own at
its own pace.
"""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import Application
from app.domain.tenants import Scope

pytestmark = pytest.mark.api


@pytest.fixture(scope="module")
def scenario(client: TestClient) -> str:
    listed = [item for item in client.get("/simulations").json() if "scenario" in item]
    commerce = [item for item in listed if item["domain"] == "commerce"]
    return str(min(commerce, key=lambda item: item["merchants"])["scenario"])


@pytest.fixture(scope="module")
def begun(client: TestClient, scenario: str) -> dict[str, Any]:
    reply = client.post("/simulations/run", json={"scenario": scenario, "tenant": "trial-seen", "speed": 10})
    assert reply.status_code == 201, reply.text
    return dict(reply.json())


def test_scenarios_are_listed_beside_the_fixtures(client: TestClient) -> None:
    listed = client.get("/simulations").json()
    assert [item["file"] for item in listed if "file" in item]
    assert {"scenario", "title", "hours", "merchants", "domain"} <= set(listed[-1])


def test_a_scenario_runs_in_a_tenant_that_can_be_looked_at(client: TestClient, begun: dict[str, Any]) -> None:
    assert begun["tenant"] == "trial-seen"
    merchants = client.get("/merchants", headers={"X-Tenant": "trial-seen"}).json()
    assert len(merchants) == begun["merchants"]
    state = client.get("/agent/state", headers={"X-Tenant": "trial-seen"}).json()
    assert state["simulated_clock"]
    assert state["tool_mode"] == "simulated"
    assert client.get("/rag/stats", headers={"X-Tenant": "trial-seen"}).json()["documents"] > 0


def test_whoever_sits_here_acts_in_every_tenant_of_the_store_and_in_no_other(
    client: TestClient, application: Application, begun: dict[str, Any]
) -> None:
    known = [tenant.id for tenant in application.store.tenants()]
    assert begun["tenant"] in known
    for name in known:
        assert client.get("/agent/state", headers={"X-Tenant": name}).json()["tenant"] == name
    for name in ("nobody", "trial-nobody", "Default"):
        assert client.get("/agent/state", headers={"X-Tenant": name}).status_code == 404
    assert client.get("/agent/state").json()["tenant"] == "default"


def test_a_tenant_that_passes_is_no_label_of_the_metrics(client: TestClient, begun: dict[str, Any]) -> None:
    page = client.get("/metrics").text
    assert 'tenant="default"' in page
    assert begun["tenant"] not in page


def test_its_time_passes_at_its_own_pace_and_brings_signals(
    client: TestClient, application: Application, begun: dict[str, Any]
) -> None:
    header = {"X-Tenant": "trial-seen"}
    before = client.get("/agent/state", headers=header).json()
    application.worker.beat(3.0)
    after = client.get("/agent/state", headers=header).json()
    assert after["now"] > before["now"]
    assert after["signals"] > before["signals"]


def test_the_same_again_goes_on_where_it_stands(client: TestClient, scenario: str, begun: dict[str, Any]) -> None:
    again = client.post("/simulations/run", json={"scenario": scenario, "tenant": "trial-seen", "speed": 5}).json()
    assert (again["began"], again["speed"]) == (begun["began"], 5)
    assert again["now"] >= begun["now"]


def test_a_tenant_that_holds_something_else_is_not_taken(
    client: TestClient, scenario: str, begun: dict[str, Any]
) -> None:
    reply = client.post("/simulations/run", json={"scenario": scenario, "seed": 987_654, "tenant": "trial-seen"})
    assert (reply.status_code, reply.json()["error"]) == (409, "Conflict")


@pytest.mark.parametrize("tenant", ["default", "demo", "trial-", "Trial-x", "trial-../x"])
def test_only_a_trial_may_be_opened(client: TestClient, scenario: str, tenant: str) -> None:
    assert client.post("/simulations/run", json={"scenario": scenario, "tenant": tenant}).status_code == 422


@pytest.mark.parametrize("wrong", [{"speed": 0}, {"speed": 1e9}, {"seed": -1}, {"hours": 3}, {"scenario": "../../etc"}])
def test_a_wrong_wish_is_refused_in_its_shape(client: TestClient, scenario: str, wrong: dict[str, Any]) -> None:
    assert client.post("/simulations/run", json={"scenario": scenario, **wrong}).status_code == 422


def test_an_unknown_scenario_is_not_found(client: TestClient) -> None:
    reply = client.post("/simulations/run", json={"scenario": "nothing_of_the_kind"})
    assert (reply.status_code, reply.json()["error"]) == (404, "NotFound")


def test_the_name_of_the_tenant_tells_nothing(client: TestClient, scenario: str, application: Application) -> None:
    tenant = client.post("/simulations/run", json={"scenario": scenario, "seed": 31}).json()["tenant"]
    assert tenant.startswith("trial-")
    assert scenario not in tenant
    told = application.ctx.store.tenant(tenant).plain()
    assert scenario not in str(told)
    with application.ctx.store.read(Scope(tenant_id=tenant)) as session:
        assert session.merchants.all()


def test_a_tool_call_of_such_a_tenant_reaches_its_world(application: Application, begun: dict[str, Any]) -> None:
    from simulations.connector import load_world

    scope = Scope(tenant_id="trial-seen")
    ctx = application.ctx
    request = ctx.tools.request("create_ticket", {"title": "a", "summary": "b", "incident_id": "INC-1"}, ())
    tenant = ctx.tenant(scope)
    result = ctx.tools.send(
        scope, "create_ticket", request, mode=tenant.tool_mode, idempotency_key="k" * 64, expected_digest=request.digest
    )
    assert result.reference
    assert ctx.tools.find(scope, result.reference)
    with ctx.store.read(scope) as session:
        world = load_world(session)
    assert world is not None
    assert world.find(result.reference)
