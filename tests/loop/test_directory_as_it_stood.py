"""What a directory said while a fault began outlives the process that saw it."""

from pathlib import Path

import pytest

from app.context import AppContext
from app.expect.as_it_stood import DIRECTORY_NOTE
from app.expect.faults import FAULTS_NOTE, Fault, FaultState, fault_of
from app.services.watch.sweep import sweep_tenant
from tests.builders import make_incident
from tests.conftest import new_database
from tests.loop.conftest import Agency, open_agency

NAME = "MERCH-A1B2C3"


def change_hook(agency: Agency, version: str) -> None:
    """What a tool or a merchant does to the directory."""
    with agency.ctx.store.write(agency.scope) as session:
        known = session.merchants.get(NAME)
        assert known is not None
        session.merchants.put([known.changed(webhook_version=version)])


def begin_fault(agency: Agency) -> None:
    """A fault at this merchant, and its incident."""
    fault = Fault(
        id="INC-00000001", state=FaultState.OPEN, streams=("errors|call|/api/*/tax|WRONG",), outcomes=(), rule=(),
        listed=True, scope=frozenset({NAME}), hurt=frozenset({NAME}), since=1, found=1, described=1, score=20.0,
        seen=9.0, expected=0.1,
    )  # fmt: skip
    now = agency.ctx.clock(agency.scope).now()
    with agency.ctx.store.write(agency.scope) as session:
        session.incidents.add(make_incident(1, merchants=(NAME,), first_seen=now, last_seen=now))
        session.notes.put(FAULTS_NOTE, {"until": 0, "version": 0, "faults": [fault.plain()]})


def stood(ctx: AppContext, agency: Agency) -> object:
    """What the fault remembers of the merchant."""
    with ctx.store.read(agency.scope) as session:
        fault = fault_of(session.notes.get(FAULTS_NOTE), "INC-00000001")
    return fault and dict(fault.stood.get(NAME, {}))


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    return new_database(request.getfixturevalue("postgres_server")) if request.param == "postgres" else ""


def test_a_setting_that_was_changed_is_remembered_also_by_the_next_process(tmp_path: Path, database: str) -> None:
    agency = open_agency(tmp_path, passing=False, database_url=database or None)
    change_hook(agency, "v2")
    begin_fault(agency)
    sweep_tenant(agency.ctx, agency.scope)
    change_hook(agency, "v3")
    agency.application.stop()
    agency = open_agency(tmp_path, passing=False, fresh=False, database_url=database or None)
    sweep_tenant(agency.ctx, agency.scope)
    assert stood(agency.ctx, agency) == {"webhook_version": "v2"}
    change_hook(agency, "v2")
    sweep_tenant(agency.ctx, agency.scope)
    assert stood(agency.ctx, agency) == {}
    agency.application.stop()


def test_while_nothing_is_wrong_nothing_is_remembered_of_the_directory(tmp_path: Path) -> None:
    agency = open_agency(tmp_path)
    sweep_tenant(agency.ctx, agency.scope)
    with agency.ctx.store.read(agency.scope) as session:
        assert session.notes.get(DIRECTORY_NOTE) is None
    agency.application.stop()
