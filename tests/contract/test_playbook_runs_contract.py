"""What every store promises of the plans of incidents."""

import pytest

from app.domain.errors import Conflict, NotFound
from app.domain.playbooks import OPEN_RUNS, RunStatus, StepState
from app.ports.store import Store
from tests.builders import make_run, make_scope, minutes

DEMO = make_scope("demo")


def test_a_run_is_kept_once_and_reads_back_as_it_was(store: Store) -> None:
    run = make_run(1).recorded("fix", state=StepState.DONE, note="für alle 日本\x00", by="person:ada")
    with store.write(DEMO) as session:
        assert [session.playbooks.add(one) for one in (run, run, make_run(2))] == [True, False, True]
    with store.read(DEMO) as session:
        kept = session.playbooks.get(run.id)
        assert kept == run.recorded("fix", note="für alle 日本") and kept.plan.digest == run.plan.digest
        with pytest.raises(NotFound):
            session.playbooks.get("PLB-NONE")


def test_only_the_newest_version_is_replaced_and_each_time_by_one_more(store: Store) -> None:
    run = make_run(1)
    with store.write(DEMO) as session:
        session.playbooks.add(run)
        newer = session.playbooks.save(run.changed(status=RunStatus.RUNNING))
        assert newer == run.changed(status=RunStatus.RUNNING, version=2)
    with pytest.raises(Conflict, match="version 2"), store.write(DEMO) as session:
        session.playbooks.save(run.changed(status=RunStatus.STOPPED))
    with store.read(DEMO) as session:
        assert session.playbooks.get(run.id) == newer


def test_the_runs_of_an_incident_and_of_a_state_come_newest_first(store: Store) -> None:
    second = make_run(1).changed(id="PLB-SECOND", number=2, assigned_at=minutes(9), status=RunStatus.COMPLETED)
    with store.write(DEMO) as session:
        for one in (make_run(1), second, make_run(3)):
            session.playbooks.add(one)
    with store.read(DEMO) as session:
        page = session.playbooks.page
        assert [one.number for one in session.playbooks.of_incident("INC-00000001")] == [2, 1]
        assert session.playbooks.of_incident("INC-NONE") == []
        assert [one.id for one in page()] == [second.id, make_run(3).id, make_run(1).id]
        assert [one.id for one in page(statuses=OPEN_RUNS, limit=1)] == [make_run(3).id]
        assert page(statuses=[]) == page(limit=0) == []


def test_a_tenant_sees_its_own_plans_only(store: Store) -> None:
    with store.write(DEMO) as session:
        session.playbooks.add(make_run(1))
    with store.read(make_scope("other")) as session:
        assert session.playbooks.page() == session.playbooks.of_incident("INC-00000001") == []
