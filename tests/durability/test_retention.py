"""The worker throws away what is old by itself, a small step at a time, and nothing that anything refers to."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.bootstrap import Application, build_application
from app.domain.incidents import IncidentStatus
from app.domain.rollups import SLOTS_AN_HOUR, hour_of, slot_of
from app.domain.signals import SignalType
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.services.incidents import cases
from app.services.operations import retention
from app.services.operations.retention import Keeper, gone_so_far
from app.settings import Settings
from tests.api_record import caller_of
from tests.builders import make_awaited, make_cell, make_evidence, make_incident, make_pattern, make_signal

ADMIN = Scope(tenant_id="default", principal=LOCAL_ADMIN)
INCIDENT = "INC-00000001"


@pytest.fixture
def application(tmp_path: Path, furnished: Path) -> Iterator[Application]:
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    settings = Settings(data=tmp_path / "data", lite=True, demo=False, log_level="ERROR")
    opened = build_application(settings)
    yield opened
    opened.stop()


def days_ago(application: Application, days: float) -> datetime:
    return application.ctx.clock(ADMIN).now() - timedelta(days=days)


def swept(application: Application, *ages: float, of: str | None = None, start: int = 1, **fields: object) -> list[str]:
    """Signals of these ages in days that a sweep has seen."""
    made = [
        make_signal(start + number, occurred_at=days_ago(application, age), **fields) for number, age in enumerate(ages)
    ]
    with application.store.write(ADMIN) as session:
        session.signals.add(made)
        session.signals.mark_swept(dict.fromkeys((signal.id for signal in made), of))
    return [signal.id for signal in made]


def there(application: Application, ids: list[str]) -> list[bool]:
    with application.store.read(ADMIN) as session:
        found = {signal.id for signal in session.signals.get(ids)}
    return [name in found for name in ids]


def put_incident(application: Application, status: IncidentStatus, age: float = 200, **fields: object) -> None:
    began = days_ago(application, age)
    with application.store.write(ADMIN) as session:
        session.incidents.add(
            make_incident(1, status=status, first_seen=began, detected_at=began, last_seen=began, **fields)
        )


def test_a_beat_of_the_worker_throws_away_old_signals_and_says_so(tmp_path: Path) -> None:
    application = build_application(
        Settings(data=tmp_path / "data", lite=True, demo=False, sweep_seconds=3600, log_level="ERROR")
    )
    ids = swept(application, 20, 8, 6)
    application.worker.beat(0.0)
    assert application.worker.last_error == ""
    assert there(application, ids) == [False, False, True]
    with caller_of(application) as client:
        [tenant] = client.get("/upkeep").json()["tenants"]
        assert (tenant["kept"]["signals"], tenant["kept"]["events"], tenant["discarded"]["signals"]) == (
            "168h",
            "for_ever",
            2,
        )
        assert tenant["discarded_at"] is not None
        assert 'discarded_total{kind="signals",tenant="default"} 2.0' in client.get("/metrics").text


def test_what_evidence_a_step_or_a_pattern_names_stays_for_as_long_as_they(application: Application) -> None:
    put_incident(application, IncidentStatus.CLOSED, pattern_ids=("PAT-00000001",))
    own = swept(application, *[150] * 5, of=INCIDENT)
    loose = swept(application, *[150] * 3, start=11)
    old = days_ago(application, 150)
    with application.store.write(ADMIN) as session:
        session.incidents.put_evidence([make_evidence(1, INCIDENT, signal_ids=(own[0], loose[0]))])
        session.incidents.put_step(INCIDENT, "observe", {"evidence": [{"anything": [own[1]]}]}, at=old, seq=1)
        session.incidents.put_patterns(
            [make_pattern(1, first_seen=old, last_seen=old, examples=(own[2],), signal_ids=(own[2], loose[1]))]
        )
        session.incidents.put_patterns([make_pattern(2, first_seen=old, last_seen=old, signal_ids=(own[3],))])
    Keeper(application.ctx).tend(ADMIN)
    assert there(application, own) == [True, True, True, False, False]
    assert there(application, loose) == [True, True, False]
    with application.store.read(ADMIN) as session:
        assert [pattern.id for pattern in session.incidents.patterns()] == ["PAT-00000001"]
        assert session.incidents.get(INCIDENT).signals_gone == 2
        assert gone_so_far(session)[0] == {
            "signals": 1,
            "incident_signals": 2,
            "patterns": 1,
            "checkpoints": 0,
            "replies": 0,
            "outbox": 0,
            "rollups": 0,
            "awaited": 0,
        }


@pytest.mark.parametrize(
    "status,stays",
    [
        ("OPEN", True),
        ("AWAITING", True),
        ("FAILED", True),
        ("ESCALATED", False),
        ("RESOLVED", False),
        ("MERGED", False),
    ],
)
def test_signals_of_an_incident_stay_while_the_loop_may_go_on_with_it(
    application: Application, status: str, stays: bool
) -> None:
    put_incident(application, IncidentStatus(status))
    ids = swept(application, 100, 80, of=INCIDENT)
    Keeper(application.ctx).tend(ADMIN)
    assert there(application, ids) == [stays, True]


def test_the_order_of_a_payment_stays_while_its_incident_is_not_over(application: Application) -> None:
    """It joined nothing, and without it the payment would look lost."""
    put_incident(application, IncidentStatus.ESCALATED)
    money = {"amount": 5_000, "currency": "EUR", "error_code": None, "endpoint": None}
    swept(application, 20, of=INCIDENT, signal_type=SignalType.PAYMENT, status="captured", payment_id="pay-1", **money)
    orders = [
        *swept(application, 20, start=2, signal_type=SignalType.ORDER, order_id="o-1", payment_id="pay-1", **money),
        *swept(application, 20, start=3, signal_type=SignalType.ORDER, order_id="o-2", **money),
        *swept(application, 20, start=4, signal_type=SignalType.ORDER, order_id="o-3", payment_id="pay-9", **money),
        *swept(application, 20, start=5, signal_type=SignalType.ORDER, order_id="o-4", merchant_id="M-9", **money),
    ]
    Keeper(application.ctx).tend(ADMIN)
    assert there(application, orders) == [True, True, False, False]
    with application.store.write(ADMIN) as session:
        session.incidents.move(INCIDENT, IncidentStatus.CLOSED, at=days_ago(application, 0), reason="done")
    Keeper(application.ctx).tend(ADMIN)
    assert there(application, orders) == [False] * 4


def test_a_payment_stays_while_it_awaits_its_order(application: Application) -> None:
    """What is told of it later can be looked up; one that is settled is old like any other."""
    ids = swept(application, 20, 20, 20, signal_type=SignalType.PAYMENT, status="captured")
    with application.store.write(ADMIN) as session:
        kept = enumerate(session.signals.get(ids))
        paid = [make_awaited(number, at=one.occurred_at, signal_id=one.id) for number, one in kept]
        session.awaits.add(paid)
        session.awaits.fulfil([(paid[1].pair, paid[1].key)], at=days_ago(application, 19))
        session.awaits.overdue(paid[0].pair, days_ago(application, 1))
    Keeper(application.ctx).tend(ADMIN)
    assert there(application, ids) == [True, False, True]
    with application.store.write(ADMIN) as session:
        session.awaits.fulfil([(paid[0].pair, paid[0].key)], at=days_ago(application, 0))
    Keeper(application.ctx).tend(ADMIN)
    assert there(application, ids) == [True, False, True], "it is told first that it came after all"
    with application.store.write(ADMIN) as session:
        session.awaits.taken_back(paid[0].pair)
    Keeper(application.ctx).tend(ADMIN)
    assert there(application, ids) == [False, False, True]


def test_what_an_incident_at_work_may_look_at_stays_as_far_back_as_the_view(application: Application) -> None:
    put_incident(application, IncidentStatus.AWAITING, age=10)
    ids = swept(application, 11, 10.1, 9)
    Keeper(application.ctx).tend(ADMIN)
    assert there(application, ids) == [False, True, True]
    with application.store.write(ADMIN) as session:
        session.incidents.save(session.incidents.get(INCIDENT).changed(first_seen=days_ago(application, 30)))
    swept(application, 20, 13, start=4)
    Keeper(application.ctx).tend(ADMIN)
    assert there(application, ["SIG-00004", "SIG-00005"]) == [False, True]


def test_a_step_is_small_and_the_next_one_goes_on_behind_what_stayed(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SIGNALS_A_STEP", 10)
    put_incident(application, IncidentStatus.CLOSED)
    ids = swept(application, *[30 - number / 100 for number in range(35)])
    with application.store.write(ADMIN) as session:
        session.incidents.put_evidence([make_evidence(1, INCIDENT, signal_ids=tuple(ids[:12]))])
    keeper, left = Keeper(application.ctx), []
    for _ in range(5):
        keeper.tend(ADMIN)
        left.append(sum(there(application, ids)))
    assert left == [35, 27, 17, 12, 12]


def test_a_merged_or_fed_incident_keeps_count_of_what_is_gone(application: Application) -> None:
    put_incident(application, IncidentStatus.ESCALATED, signals_gone=7)
    swept(application, 1, 1, of=INCIDENT)
    began = days_ago(application, 1)
    with application.store.write(ADMIN) as session:
        session.incidents.add(make_incident(2, first_seen=began, detected_at=began, last_seen=began))
    swept(application, 1, of="INC-00000002", start=5)
    cases.manage_incident(application.ctx, ADMIN, "INC-00000002", "merge", INCIDENT)
    with application.store.read(ADMIN) as session:
        assert session.incidents.get(INCIDENT).signal_count == 10


def test_the_chain_is_told_at_once_and_then_once_a_day_of_all_that_went(application: Application) -> None:
    for number in range(3):
        swept(application, 20, start=number + 1)
        Keeper(application.ctx).tend(ADMIN)
    with application.store.read(ADMIN) as session:
        told = [event.payload for event in session.events.page(limit=1_000) if event.kind == "store.pruned"]
        assert told == [{"signals": 1}]
        assert gone_so_far(session)[0]["signals"] == 3


def test_what_is_found_needless_and_joins_an_incident_meanwhile_stays(application: Application) -> None:
    """Between looking and deleting a sweep may come."""
    ids = swept(application, 20, 20)
    with application.store.write(ADMIN) as session:
        session.signals.mark_swept({ids[0]: INCIDENT})
        assert session.signals.discard(ids, of=None) == 1
    assert there(application, ids) == [True, False]


def test_sums_are_kept_by_the_hour_after_two_days_and_go_after_five_weeks(application: Application) -> None:
    ages = [0.5, 1.9, 3.0, 3.01, 20, 34, 36, 60]
    made = [
        make_cell()._replace(slot=slot_of(days_ago(application, age) + timedelta(minutes=5 * number)))
        for age in ages
        for number in range(3)
    ]
    paid = [make_awaited(number, at=days_ago(application, age)) for number, age in enumerate((1, 1, 20, 20, 40, 40))]
    with application.store.write(ADMIN) as session:
        session.rollups.add(made)
        session.awaits.add(paid)
        session.awaits.fulfil([(one.pair, one.key) for one in paid[::2]], at=days_ago(application, 0))
    Keeper(application.ctx).tend(ADMIN)
    oldest, exact = slot_of(days_ago(application, 35)), hour_of(slot_of(days_ago(application, 2)))
    with application.store.read(ADMIN) as session:
        left = session.rollups.between(0, 10**8)
        assert session.awaits.waiting(paid[0].pair) == [paid[3], paid[1]]
        assert gone_so_far(session)[0]["rollups"] == 6
        assert gone_so_far(session)[0]["awaited"] == 3
    assert sum(one.count for one in left) == 18
    assert all(one.slot >= oldest - SLOTS_AN_HOUR for one in left)
    assert all(one.slot == hour_of(one.slot) for one in left if one.slot < exact)
    assert len([one for one in left if one.slot >= exact]) == 6
