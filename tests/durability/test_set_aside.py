"""One signal never stops the others: what a sweep fails over is set aside with its reason, stays readable, and can be
brought back.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.bootstrap import Application, build_application
from app.domain.base import Stage
from app.domain.errors import NotFound
from app.domain.signals import SignalType
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.observe.reconciliation import unmatched_payments
from app.schemas.signals import IncomingSignal
from app.services.agent import cycle
from app.services.incidents import cases
from app.services.intake import ingest, merchants, signals
from app.services.operations import maintenance
from app.services.watch import sweep
from app.settings import Settings
from tests.builders import make_incident, make_signal

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
YEAR_9999 = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def application(tmp_path: Path, furnished: Path) -> Iterator[Application]:
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    opened = build_application(Settings(data=tmp_path / "data", lite=True, demo=False, log_level="ERROR"))
    yield opened
    opened.stop()


def now(application: Application) -> datetime:
    return application.ctx.clock(SCOPE).now()


def keep(application: Application, *numbers: int, **changes: Any) -> None:
    """Errors of the last minutes, put into the store as an older version of the program would have done."""
    moment = now(application)
    made = [
        make_signal(one, **{"occurred_at": moment - timedelta(seconds=one), "received_at": moment, **changes})
        for one in numbers
    ]
    with application.store.write(SCOPE) as session:
        session.signals.add(made)


def aside(application: Application) -> dict[str, str]:
    return {one.signal.id: one.reason for one in signals.aside(application.ctx, SCOPE, 500)}


def joined(application: Application) -> set[str]:
    with application.store.read(SCOPE) as session:
        return {one.id for incident in session.incidents.page() for one in session.signals.of_incident(incident.id)}


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A fault in the arithmetic: it fails over these signals, until they are taken out of the set."""
    bad: set[str] = set()
    real = sweep.patterns_in

    def failing(tenant: str, current: Any, before: Any, *rest: Any, **named: Any) -> Any:
        for part in (*current.by_type.values(), *before.by_type.values()):
            if any(signal.id in bad for signal in part):
                raise OverflowError("date value out of range")
        return real(tenant, current, before, *rest, **named)

    monkeypatch.setattr(sweep, "patterns_in", failing)
    return bad


@pytest.mark.parametrize("moment", [YEAR_ONE, YEAR_9999])
def test_a_store_that_holds_a_signal_of_another_age_recovers_by_itself(
    application: Application, moment: datetime
) -> None:
    keep(application, 1, 2, 3)
    keep(application, 99, occurred_at=moment)
    assert cycle.run_cycle(application.ctx, SCOPE).observed.opened
    assert joined(application) == {"SIG-00001", "SIG-00002", "SIG-00003"}
    assert [name for name, reason in aside(application).items() if "occurred_at is" in reason] == ["SIG-00099"]
    assert signals.list_named(application.ctx, SCOPE, ["SIG-00099"])[0].occurred_at == moment
    assert sweep.nothing_new(application.ctx, SCOPE)


def test_one_from_the_end_of_time_that_was_swept_already_bends_no_window(application: Application) -> None:
    keep(application, 99, occurred_at=YEAR_9999)
    with application.store.write(SCOPE) as session:
        session.signals.mark_swept({"SIG-00099": None})
    keep(application, 1, 2, 3)
    found = cycle.run_cycle(application.ctx, SCOPE)
    assert found.incidents[0].last_seen < now(application)
    assert set(aside(application)) == {"SIG-00099"}


def test_an_incident_that_an_older_version_opened_in_the_year_one_comes_back_to_our_time(
    application: Application,
) -> None:
    ancient = YEAR_ONE + timedelta(hours=4)
    keep(application, 1, 2, 3)
    keep(application, 99, occurred_at=ancient)
    with application.store.write(SCOPE) as session:
        session.incidents.add(make_incident(1, first_seen=ancient, last_seen=now(application), signal_count=3))
        session.signals.mark_swept(dict.fromkeys(["SIG-00002", "SIG-00003", "SIG-00099"], "INC-00000001"))
    assert maintenance.prune_data(application.ctx, SCOPE, timedelta(days=30)).signals == 0
    cycle.run_cycle(application.ctx, SCOPE)
    assert set(aside(application)) == {"SIG-00099"}
    found = cases.read_incident(application.ctx, SCOPE, "INC-00000001").incident
    assert (found.first_seen.year, found.signal_count) == (now(application).year, 2)


def test_a_payment_at_the_end_of_time_breaks_no_bill(application: Application) -> None:
    keep(
        application,
        99,
        signal_type=SignalType.PAYMENT,
        payment_id="P-1",
        amount=100,
        currency="EUR",
        occurred_at=YEAR_9999,
    )
    with application.store.write(SCOPE) as session:
        session.signals.mark_swept({"SIG-00099": None})
        payment = session.signals.get(["SIG-00099"])
    assert unmatched_payments(payment, now=now(application), grace_minutes=10) == []


def test_a_lenient_door_keeps_what_lies_beyond_the_accepted_times_set_aside(application: Application) -> None:
    fields = {"signal_type": SignalType.MIGRATION_UPDATE, "source": "hook", "merchant_id": "M-1", "stage": Stage.POST}
    sent = [
        IncomingSignal.model_validate({**fields, "occurred_at": YEAR_ONE}),
        IncomingSignal.model_validate({**fields, "cutover_at": YEAR_9999}),
        IncomingSignal.model_validate({**fields, "merchant_id": "M-2"}),
    ]
    answer = ingest.accept(application.ctx, SCOPE, sent, lenient=True)
    assert answer.accepted == 3
    assert [note.split(",")[0] for note in answer.notes if "set aside" in note] == [
        "item 0: set aside",
        "item 1: set aside",
    ]
    assert list(aside(application)) == sorted(answer.signal_ids[:2])
    assert {merchant.id for merchant in merchants.list_merchants(application.ctx, SCOPE)} == {"M-2"}


def test_a_signal_that_waited_long_for_its_sweep_is_not_set_aside_for_it(application: Application) -> None:
    old = now(application) - timedelta(days=4_000)
    keep(application, 1, occurred_at=old, received_at=old + timedelta(days=30))
    sweep.sweep_tenant(application.ctx, SCOPE)
    assert aside(application) == {}


def test_what_a_sweep_fails_over_is_set_aside_and_the_others_are_looked_at(
    application: Application, poison: set[str]
) -> None:
    keep(application, *range(1, 41))
    poison |= {"SIG-00007", "SIG-00031"}
    answer = sweep.sweep_tenant(application.ctx, SCOPE)
    assert len(answer.opened) == 1
    assert aside(application) == dict.fromkeys(poison, "a sweep failed over it: OverflowError: date value out of range")
    assert joined(application) == {f"SIG-{number:05d}" for number in range(1, 41)} - poison
    with application.store.read(SCOPE) as session:
        assert session.signals.count() == 40
        assert session.incidents.page()[0].signal_count == 38
        assert [event.payload["count"] for event in session.events.page() if event.kind == "signals.set_aside"] == [2]
        assert session.events.verify().ok
    keep(application, 50)
    sweep.sweep_tenant(application.ctx, SCOPE)
    assert set(aside(application)) == poison


def test_a_signal_of_an_earlier_sweep_is_found_too(application: Application, poison: set[str]) -> None:
    keep(application, 1, 2, 3)
    sweep.sweep_tenant(application.ctx, SCOPE)
    poison.add("SIG-00002")
    keep(application, 4)
    sweep.sweep_tenant(application.ctx, SCOPE)
    assert set(aside(application)) == poison
    assert joined(application) == {"SIG-00001", "SIG-00003", "SIG-00004"}


def test_what_was_set_aside_is_looked_at_again_when_a_person_brings_it_back(
    application: Application, poison: set[str]
) -> None:
    keep(application, 1, 2, 3)
    poison.add("SIG-00002")
    sweep.sweep_tenant(application.ctx, SCOPE)
    with pytest.raises(NotFound):
        signals.bring_back(application.ctx, SCOPE, ["SIG-00001"])
    assert signals.bring_back(application.ctx, SCOPE, ["SIG-00002"]) == ["SIG-00002"]
    sweep.sweep_tenant(application.ctx, SCOPE)
    assert set(aside(application)) == {"SIG-00002"}
    poison.clear()
    assert signals.bring_back(application.ctx, SCOPE, []) == ["SIG-00002"]
    sweep.sweep_tenant(application.ctx, SCOPE)
    assert (aside(application), joined(application)) == ({}, {"SIG-00001", "SIG-00002", "SIG-00003"})


STATEMENT = "SELECT secret FROM signals"
RAW_FAULTS = [
    RuntimeError(f"a fault of ours [SQL: {STATEMENT}]"),
    OperationalError(STATEMENT, {"secret": "hunter2"}, sqlite3.OperationalError(STATEMENT)),
]


@pytest.mark.parametrize("fault", RAW_FAULTS, ids=["ours", "a_library_s"])
def test_a_fault_of_the_sweep_itself_is_blamed_on_no_signal(
    application: Application, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise fault

    keep(application, *range(1, 31))
    monkeypatch.setattr(sweep, "correlate", broken)
    with pytest.raises(type(fault)):
        sweep.sweep_tenant(application.ctx, SCOPE)
    assert aside(application) == {}
    application.worker.beat(1.0)
    shown = application.health()
    told = f"it failed in a way nobody foresaw ({type(fault).__name__})"
    assert f"no sweep goes through, 1 failed: {told}" in shown.worker.last_error
    assert f"sweep of tenant {SCOPE.tenant_id}: {told}" in shown.troubles[0]
    assert "SELECT" not in shown.model_dump_json() and "secret" not in shown.model_dump_json()
    monkeypatch.undo()
    assert sweep.sweep_tenant(application.ctx, SCOPE).opened
    assert aside(application) == {}


@pytest.mark.parametrize("fault", RAW_FAULTS, ids=["ours", "a_library_s"])
def test_health_names_a_beat_s_fault_by_its_kind_and_never_by_its_text(
    application: Application, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise fault

    monkeypatch.setattr("app.services.agent.worker.advance.advance_all", broken)
    application.worker.beat(1.0)
    shown = application.health()
    assert f"({type(fault).__name__})" in shown.worker.last_error
    assert any(line.startswith(f"advance of tenant {SCOPE.tenant_id}: ") for line in shown.troubles)
    assert "SELECT" not in shown.model_dump_json() and "secret" not in shown.model_dump_json()


def test_a_backlog_of_many_slices_makes_the_incident_that_one_look_makes(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "SLICE", 7)
    keep(application, *range(1, 41))
    answer = sweep.sweep_tenant(application.ctx, SCOPE)
    assert (len(answer.opened), answer.fed) == (1, [])
    assert joined(application) == {f"SIG-{number:05d}" for number in range(1, 41)}
    with application.store.read(SCOPE) as session:
        found = session.incidents.page()[0]
    assert found.signal_count == 40
    assert found.evidence_version == 1


def test_a_look_is_enough_when_the_caller_says_so(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "SLICE", 10)
    keep(application, *range(1, 41))
    sweep.sweep_tenant(application.ctx, SCOPE, enough=lambda: True)
    with application.store.read(SCOPE) as session:
        assert session.signals.count(unswept=True) == 30
        assert session.signals.unswept(1)[0].id == "SIG-00030"
