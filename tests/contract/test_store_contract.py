"""What every store promises, whatever it is made of."""

import random
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from app.domain.action_states import ACTION_MOVES, ActionStatus
from app.domain.approvals import FirstApproval, Snooze
from app.domain.base import digest_of
from app.domain.decisions import Decision
from app.domain.errors import Conflict, NotFound, Permanent
from app.domain.events import GENESIS
from app.domain.incidents import FEEDABLE, INCIDENT_MOVES, IncidentStatus, RecordedStep
from app.domain.knowledge import Trust
from app.domain.signals import Backlog, SignalType
from app.domain.tenants import Fence
from app.ports.store import Session, Store
from tests.builders import (
    NOW,
    make_action,
    make_awaited,
    make_cell,
    make_chunk,
    make_decision,
    make_document,
    make_evidence,
    make_incident,
    make_intent,
    make_item,
    make_lesson,
    make_merchant,
    make_outcome,
    make_pattern,
    make_receipt,
    make_reply,
    make_scope,
    make_setback,
    make_shape,
    make_signal,
    make_tenant,
    make_ticket,
    make_turn,
    minutes,
)

A, S = ActionStatus, IncidentStatus
LATER = minutes(60 * 24 * 365)
DEMO, OTHER = make_scope("demo"), make_scope("other", "person:olga")


def ids(values: Any) -> list[str]:
    return [value.id for value in values]


def kinds(session: Session) -> list[str]:
    return [event.kind for event in session.events.page(limit=10_000)]


# --- tenants -------------------------------------------------------------------------------------------------------


def test_tenants_are_listed_by_id_and_replaced_by_id(store: Store) -> None:
    store.put_tenant(make_tenant("aaa", title="First"))
    store.put_tenant(make_tenant("aaa", title="Second", kill_switch=True))
    assert ids(store.tenants()) == ["aaa", "demo", "other"]
    assert store.tenant("aaa") == make_tenant("aaa", title="Second", kill_switch=True)


def test_an_unknown_tenant_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        store.tenant("nobody")


def test_health_names_the_dialect_and_says_that_it_is_reachable(store: Store) -> None:
    health = store.health()
    assert health["reachable"] is True
    assert {"dialect", "version", "revision"} <= set(health)


# --- transactions --------------------------------------------------------------------------------------------------


def fill(session: Session) -> None:
    """One of everything."""
    session.signals.add([make_signal(1), make_ticket(2)])
    session.signals.mark_swept({"SIG-00001": "INC-00000001"})
    session.merchants.put([make_merchant()])
    session.rollups.add([make_cell()])
    session.awaits.add([make_awaited()])
    session.incidents.add(make_incident())
    session.incidents.put_patterns([make_pattern()])
    session.incidents.put_evidence([make_evidence()])
    session.incidents.put_step("INC-00000001", "observe", {"n": 1}, at=NOW, seq=1)
    session.actions.add(make_action(tenant_id=session.scope.tenant_id))
    session.knowledge.put(make_document(), [make_chunk(), make_chunk(position=1)])
    session.lessons.add(make_lesson())
    session.conversations.append("CONV-1", make_turn())
    session.notes.put("shop", {"clock": 1})
    session.leases.take("incident:1", "worker-1", seconds=3_600)
    session.outbox.put(make_intent())
    session.setbacks.put(make_setback())
    session.unmapped.put_shape(make_shape())
    session.unmapped.add([make_item(1), make_item(2)])
    session.controls.switch(True, reason="a drill", at=NOW)


def everything(session: Session) -> list[Any]:
    """All that a tenant can see, through every reading method."""
    signals, incidents, knowledge = session.signals, session.incidents, session.knowledge
    return [
        signals.get(["SIG-00001", "SIG-00002"]),
        signals.window(NOW),
        signals.recent(),
        signals.count(),
        signals.count(unswept=True),
        signals.unswept(),
        signals.of_incident("INC-00000001"),
        signals.count_of_incident("INC-00000001"),
        session.merchants.get("MERCH-A1B2C3"),
        session.merchants.all(),
        session.rollups.between(0, 10**8),
        session.rollups.changed(0)[0],
        session.rollups.span(),
        session.awaits.waiting("payment>order"),
        incidents.page(),
        incidents.find_open("api_error:1"),
        incidents.latest("api_error:1"),
        incidents.patterns(),
        incidents.patterns(["PAT-00000001"]),
        incidents.evidence("INC-00000001"),
        incidents.steps("INC-00000001"),
        session.actions.page(),
        session.actions.page(incident_id="INC-00000001"),
        session.events.page(),
        session.events.verify().checked,
        knowledge.documents(),
        knowledge.chunks(),
        knowledge.chunks(["CHK-DOC-1-0"]),
        knowledge.chunks_of("DOC-1"),
        knowledge.sequence(),
        session.lessons.page(),
        session.conversations.turns("CONV-1"),
        session.notes.get("shop"),
        incidents.last_step("INC-00000001"),
        incidents.last_steps(),
        [(lease.fence, lease.holder) for lease in session.leases.page()],
        session.outbox.get("key-1"),
        session.outbox.page(),
        session.setbacks.get("INC-00000001"),
        session.setbacks.page(),
        session.unmapped.shape("SHP-1"),
        session.unmapped.shapes(),
        session.unmapped.items("SHP-1", 10),
        session.unmapped.count(),
        session.controls.kill_switch().on,
    ]


def test_a_block_that_raises_keeps_nothing(store: Store) -> None:
    with store.read(DEMO) as session:
        before = everything(session)
    with pytest.raises(ZeroDivisionError), store.write(DEMO) as session:
        fill(session)
        assert all(everything(session))
        raise ZeroDivisionError
    with store.read(DEMO) as session:
        assert everything(session) == before
        assert not any(everything(session))


def test_a_block_that_raises_takes_back_what_it_changed_and_deleted(store: Store) -> None:
    with store.write(DEMO) as session:
        fill(session)
    with store.read(DEMO) as session:
        before = everything(session)
    with pytest.raises(ZeroDivisionError), store.write(DEMO) as session:
        session.signals.discard(["SIG-00001", "SIG-00002"], of=None)
        session.incidents.move("INC-00000001", S.RESOLVED, at=minutes(9), reason="quiet")
        session.actions.move(
            "ACT-00000001", from_=A.PENDING, to=A.REJECTED, version=1, digest=make_action().digest, at=NOW, by="x"
        )
        session.knowledge.remove("DOC-1", at=NOW)
        session.conversations.append("CONV-1", make_turn(2))
        session.notes.put("shop", {"clock": 2})
        session.leases.take("incident:2", "worker-1", seconds=3_600)
        session.outbox.attempt("key-1", at=NOW)
        session.setbacks.clear("INC-00000001")
        session.controls.switch(False, reason="over", at=NOW)
        raise ZeroDivisionError
    with store.read(DEMO) as session:
        assert everything(session) == before


def test_that_a_cause_was_called_wrong_is_kept_with_the_refusal_and_told_to_the_chain(store: Store) -> None:
    with store.write(DEMO) as session:
        fill(session)
        assert session.actions.get("ACT-00000001").cause_is_wrong is False
        digest, changes = make_action().digest, {"cause_is_wrong": True, "feedback": "it is the bank"}
        session.actions.move(
            "ACT-00000001", from_=A.PENDING, to=A.REJECTED, version=1, digest=digest, at=NOW, by="x", changes=changes
        )
    with store.read(DEMO) as session:
        assert session.actions.get("ACT-00000001").cause_is_wrong is True
        told = [event for event in session.events.page(subject="ACT-00000001") if event.kind == "action.rejected"]
        assert told[0].payload["cause_is_wrong"] is True


def test_one_tenant_sees_nothing_of_another_with_the_same_ids(store: Store) -> None:
    with store.write(DEMO) as session:
        fill(session)
    with store.read(OTHER) as session:
        assert not any(everything(session))
        for missing in (lambda: session.incidents.get("INC-00000001"), lambda: session.actions.get("ACT-00000001")):
            with pytest.raises(NotFound):
                missing()


def test_two_tenants_keep_the_same_ids_apart_when_one_changes_everything(store: Store) -> None:
    for scope in (DEMO, OTHER):
        with store.write(scope) as session:
            fill(session)
    with store.read(DEMO) as session:
        before = everything(session)
    with store.write(OTHER) as session:
        digest = session.actions.get("ACT-00000001").digest
        session.signals.mark_swept({"SIG-00002": "INC-00000009"})
        session.signals.discard(["SIG-00001", "SIG-00002"], of=None)
        session.merchants.put([make_merchant(name="Other")])
        session.rollups.add([make_cell()])
        session.rollups.compact(10**8, hours=9)
        session.rollups.drop(10**8)
        session.awaits.overdue("payment>order", LATER)
        session.awaits.drop(LATER, settled_before=LATER)
        session.incidents.save(make_incident(title="Other"))
        session.incidents.move("INC-00000001", S.DIAGNOSED, at=NOW, reason="other")
        session.incidents.put_patterns([make_pattern(title="Other")])
        session.incidents.put_evidence([make_evidence(statement="Other")])
        session.incidents.put_step("INC-00000001", "reason", {"n": 2}, at=NOW, seq=2)
        session.actions.move("ACT-00000001", from_=A.PENDING, to=A.REJECTED, version=1, digest=digest, at=NOW, by="x")
        session.knowledge.remove("DOC-1", at=NOW)
        session.lessons.add(make_lesson(2))
        session.conversations.append("CONV-1", make_turn(2))
        session.notes.put("shop", {"clock": 99})
        session.leases.release(session.leases.page()[0].fence)
        session.outbox.end("key-1", ending="EXECUTED", error="", at=NOW)
        session.setbacks.clear("INC-00000001")
        session.unmapped.put_shape(make_shape(count=99))
        session.unmapped.remove(["UNM-1", "UNM-2"])
        session.controls.switch(False, reason="over", at=NOW)
        session.events.append("note", "INC-00000001", {}, at=NOW)
    with store.read(DEMO) as session:
        assert everything(session) == before


def test_an_action_of_one_tenant_cannot_be_moved_from_another(store: Store) -> None:
    with store.write(DEMO) as session:
        session.actions.add(make_action())
    with pytest.raises(NotFound), store.write(OTHER) as session:
        session.actions.move(
            "ACT-00000001", from_=A.PENDING, to=A.APPROVED, version=1, digest=make_action().digest, at=NOW
        )
    with pytest.raises(NotFound), store.write(OTHER) as session:
        session.knowledge.remove("DOC-1", at=NOW)
    with store.read(DEMO) as session:
        assert session.actions.get("ACT-00000001").status is A.PENDING


def test_a_reading_session_cannot_write(store: Store) -> None:
    attempts: list[Callable[[Session], Any]] = [
        lambda session: session.signals.add([make_signal()]),
        lambda session: session.merchants.put([make_merchant()]),
        lambda session: session.rollups.add([make_cell()]),
        lambda session: session.rollups.drop(10**8),
        lambda session: session.awaits.add([make_awaited()]),
        lambda session: session.awaits.fulfil([("payment>order", "pay-1")], at=NOW),
        lambda session: session.awaits.overdue("payment>order", LATER),
        lambda session: session.incidents.add(make_incident()),
        lambda session: session.actions.add(make_action()),
        lambda session: session.events.append("note", "x", {}, at=NOW),
        lambda session: session.knowledge.put(make_document(), []),
        lambda session: session.lessons.add(make_lesson()),
        lambda session: session.conversations.append("CONV-1", make_turn()),
        lambda session: session.notes.put("a", {}),
        lambda session: session.signals.discard(["SIG-00001"], of=None),
        lambda session: session.leases.take("a", "worker-1", seconds=1),
        lambda session: session.leases.renew(Fence(name="a", token=1), seconds=1),
        lambda session: session.leases.release(Fence(name="a", token=1)),
        lambda session: session.outbox.put(make_intent()),
        lambda session: session.outbox.attempt("key-1", at=NOW),
        lambda session: session.outbox.end("key-1", ending="FAILED", error="", at=NOW),
        lambda session: session.setbacks.put(make_setback()),
        lambda session: session.setbacks.clear("INC-00000001"),
        lambda session: session.replies.begin(make_reply(), abandoned_before=NOW),
        lambda session: session.replies.finish("key-1", "POST /a", status=200, headers={}, body=""),
        lambda session: session.replies.forget("key-1", "POST /a"),
        lambda session: session.replies.discard_before(NOW),
        lambda session: session.unmapped.put_shape(make_shape()),
        lambda session: session.unmapped.add([make_item()]),
        lambda session: session.unmapped.remove(["UNM-1"]),
        lambda session: session.controls.switch(True, reason="x", at=NOW),
    ]
    for attempt in attempts:
        with pytest.raises(RuntimeError), store.read(DEMO) as session:
            attempt(session)
    with store.read(DEMO) as session:
        assert not any(everything(session))


def test_a_session_refuses_use_after_its_block(store: Store) -> None:
    with store.write(DEMO) as written:
        pass
    with store.read(DEMO) as read:
        pass
    for ended in (written, read):
        with pytest.raises(RuntimeError):
            ended.signals.count()
        with pytest.raises(RuntimeError):
            ended.notes.put("a", {})


def test_a_view_stands_still_while_another_thread_writes(store: Store) -> None:
    with store.write(DEMO) as session:
        session.signals.add([make_signal(1)])

    def add() -> None:
        with store.write(DEMO) as session:
            session.signals.add([make_signal(2)])

    with store.read(DEMO) as view:
        assert view.signals.count() == 1
        writer = threading.Thread(target=add)
        writer.start()
        writer.join()
        assert view.signals.count() == 1
    with store.read(DEMO) as session:
        assert session.signals.count() == 2


def test_a_view_opened_inside_a_writing_block_sees_what_was_committed_before(store: Store) -> None:
    with store.write(DEMO) as session:
        session.signals.add([make_signal(1)])
        with store.read(DEMO) as view:
            assert view.signals.count() == 0
        assert session.signals.count() == 1


def test_a_writing_block_inside_another_is_an_error_and_not_a_deadlock(store: Store) -> None:
    with store.write(DEMO) as session:
        session.notes.put("a", {})
        with pytest.raises(RuntimeError), store.write(DEMO):
            pass
    with store.read(DEMO) as session:
        assert session.notes.get("a") == {}


@pytest.mark.parametrize("writes", [15, pytest.param(50, marks=pytest.mark.long)])
def test_sixteen_threads_of_many_writes_lose_nothing(store: Store, writes: int) -> None:
    def write(thread: int) -> None:
        for turn in range(writes):
            with store.write(DEMO) as session:
                session.signals.add([make_signal(thread * writes + turn)])
                kept = session.notes.get("count") or {"count": 0}
                session.notes.put("count", {"count": kept["count"] + 1})
                session.events.append("counted", "count", kept, at=NOW)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    with store.read(DEMO) as session:
        assert session.signals.count() == 16 * writes
        assert session.notes.get("count") == {"count": 16 * writes}
        check = session.events.verify()
        assert (check.ok, check.checked, check.first_bad, check.reason) == (True, 16 * writes, None, "")


def test_readers_and_writers_in_many_threads_do_not_disturb_each_other(store: Store) -> None:
    def read(_: int) -> bool:
        with store.read(DEMO) as session:
            return session.signals.count() == len(session.events.page(limit=1_000))

    def write(number: int) -> bool:
        with store.write(DEMO) as session:
            session.signals.add([make_signal(number)])
            session.events.append("added", str(number), {}, at=NOW)
        return True

    with ThreadPoolExecutor(32) as pool:
        consistent = list(pool.map(lambda number: write(number) if number % 4 == 0 else read(number), range(200)))
    assert all(consistent)


# --- what is kept reads back as it was --------------------------------------------------------------------------------


def test_every_value_reads_back_equal(store: Store) -> None:
    action = make_action(
        feedback="ok", result=make_outcome(response={"list": [1, 2.5, None, True]}), receipt=make_receipt()
    )
    signal = make_signal(attributes={"gateway": "stripe", "attempts": 3, "share": 0.1, "retry": True, "none": None})
    with store.write(DEMO) as session:
        session.signals.add([signal, make_ticket(2, body="Zahlung fällt aus 日本")])
        session.merchants.put([make_merchant(plugins=("a", "b"), cutover_date="2026-03-01")])
        session.incidents.add(make_incident(metrics_snapshot={"lost": {"EUR": 12}}, pattern_keys=({"code": "X"},)))
        session.incidents.put_patterns([make_pattern()])
        session.incidents.put_evidence([make_evidence(signal_ids=("SIG-00001",))])
        session.actions.add(action)
        session.knowledge.put(make_document(), [make_chunk()])
        session.lessons.add(make_lesson())
        session.conversations.append("CONV-1", make_turn())
        session.notes.put("shop", {"b": [1, {"c": None}], "a": 0.25})
    with store.read(DEMO) as session:
        assert session.signals.get(["SIG-00001", "SIG-00002"]) == [
            signal,
            make_ticket(2, body="Zahlung fällt aus 日本"),
        ]
        assert session.merchants.all() == [make_merchant(plugins=("a", "b"), cutover_date="2026-03-01")]
        assert session.incidents.get("INC-00000001") == make_incident(
            metrics_snapshot={"lost": {"EUR": 12}}, pattern_keys=({"code": "X"},)
        )
        assert session.incidents.patterns() == [make_pattern()]
        assert session.incidents.evidence("INC-00000001") == {"EV-0000000001": make_evidence(signal_ids=("SIG-00001",))}
        assert session.actions.get(action.id) == action
        assert session.knowledge.chunks() == [(make_document(), make_chunk())]
        assert session.lessons.page() == [make_lesson()]
        assert session.conversations.turns("CONV-1") == [make_turn()]
        assert session.notes.get("shop") == {"b": [1, {"c": None}], "a": 0.25}


def test_text_that_cannot_be_stored_is_normalised_everywhere(store: Store) -> None:
    dirty, kept = "a\ud800b\x00c\u0065\u0301", "a?bc\u00e9"
    with store.write(DEMO) as session:
        session.signals.add([make_ticket(1, body=dirty, merchant_id="M\x00-1", attributes={"said": dirty})])
        session.notes.put(dirty, {dirty: [dirty]})
        session.events.append("note", dirty, {dirty: {"deep": dirty}}, at=NOW)
        session.conversations.append(dirty, make_turn(question=dirty))
        session.knowledge.put(make_document(), [make_chunk(text=dirty)])
        session.incidents.add(make_incident(key=dirty, title=dirty))
        session.incidents.put_step("INC-00000001", "observe", {"said": dirty}, at=NOW, seq=1)
        session.actions.add(make_action())
        session.actions.move(
            "ACT-00000001",
            from_=A.PENDING,
            to=A.REJECTED,
            version=1,
            digest=make_action().digest,
            at=NOW,
            changes={"feedback": dirty},
        )
    with store.read(DEMO) as session:
        (ticket,) = session.signals.recent(merchant_id="M-\x001")
        assert (ticket.body, ticket.merchant_id, ticket.attributes) == (kept, "M-1", {"said": kept})
        assert session.notes.get(dirty) == session.notes.get(kept) == {kept: [kept]}
        assert session.events.page(subject=dirty)[0].payload == {kept: {"deep": kept}}
        assert session.conversations.turns(dirty)[0].question == kept
        assert session.knowledge.chunks()[0][1].text == kept
        assert session.incidents.find_open(dirty) == session.incidents.get("INC-00000001")
        assert session.incidents.steps("INC-00000001")[0].output == {"said": kept}
        assert session.actions.get("ACT-00000001").feedback == kept
        assert session.events.verify().ok


def test_what_was_stored_cannot_be_changed_through_a_value_that_was_handed_out(store: Store) -> None:
    given: dict[str, Any] = {"nested": {"n": 1}}
    with store.write(DEMO) as session:
        session.notes.put("a", given)
        session.incidents.put_step("INC-1", "observe", given, at=NOW, seq=1)
        given["nested"]["n"] = 2
        (session.notes.get("a") or {})["nested"]["n"] = 3
        session.incidents.steps("INC-1")[0].output["nested"]["n"] = 4
    with store.read(DEMO) as session:
        assert session.notes.get("a") == {"nested": {"n": 1}}
        assert session.incidents.steps("INC-1")[0].output == {"nested": {"n": 1}}


# --- signals -------------------------------------------------------------------------------------------------------


def test_a_signal_is_kept_once_also_within_one_batch(store: Store) -> None:
    with store.write(DEMO) as session:
        assert session.signals.add([make_signal(1), make_signal(2), make_signal(1, source="again")]) == [
            True,
            True,
            False,
        ]
        assert session.signals.add([make_signal(2), make_signal(3)]) == [False, True]
        assert session.signals.add([]) == []
        assert session.signals.count() == 3
        assert session.signals.get(["SIG-00001"])[0].source == "datadog"


def test_signals_come_in_the_order_asked_for_and_unknown_ones_are_left_out(store: Store) -> None:
    with store.write(DEMO) as session:
        session.signals.add([make_signal(number) for number in range(1, 1_300)])
        wanted = [f"SIG-{number:05d}" for number in range(1_299, 0, -1)]
        assert ids(session.signals.get(["SIG-none", *wanted])) == wanted
        assert session.signals.get([]) == []


def test_a_window_holds_its_start_and_not_its_end_and_sorts_by_time_then_id(store: Store) -> None:
    tenth = timedelta(microseconds=100_000)
    moments = {
        "SIG-c": NOW,
        "SIG-a": NOW,
        "SIG-d": NOW + timedelta(microseconds=1),
        "SIG-b": NOW + tenth,
        "SIG-e": NOW + timedelta(seconds=1),
    }
    with store.write(DEMO) as session:
        session.signals.add([make_signal(1, id=name, occurred_at=moment) for name, moment in moments.items()])
        assert ids(session.signals.window(NOW)) == ["SIG-a", "SIG-c", "SIG-d", "SIG-b", "SIG-e"]
        assert ids(session.signals.window(NOW, NOW + tenth)) == ["SIG-a", "SIG-c", "SIG-d"]
        assert ids(session.signals.window(NOW + timedelta(microseconds=1), NOW + timedelta(seconds=1))) == [
            "SIG-d",
            "SIG-b",
        ]
        assert session.signals.window(NOW, NOW) == []


def test_a_window_can_be_narrowed_by_type_and_merchant(store: Store) -> None:
    with store.write(DEMO) as session:
        session.signals.add(
            [make_signal(1), make_ticket(2), make_signal(3, merchant_id="M-2"), make_signal(4, merchant_id=None)]
        )
        many = [f"M-{number}" for number in range(40_000)]
        assert ids(session.signals.window(NOW, types=[SignalType.TICKET])) == ["SIG-00002"]
        assert ids(session.signals.window(NOW, types=iter([SignalType.API_ERROR]), merchants=iter(["M-2"]))) == [
            "SIG-00003"
        ]
        both = [SignalType.TICKET, SignalType.API_ERROR, SignalType.TICKET]
        assert ids(session.signals.window(NOW, types=both)) == ["SIG-00001", "SIG-00002", "SIG-00003", "SIG-00004"]
        assert ids(session.signals.window(NOW, types=iter(both), newest=3)) == ["SIG-00002", "SIG-00003", "SIG-00004"]
        assert ids(session.signals.window(NOW, types=both, merchants=["M-2"], newest=1)) == ["SIG-00003"]
        assert ids(session.signals.window(NOW, merchants=many)) == ["SIG-00003"]
        assert session.signals.window(NOW, merchants=[]) == []
        assert session.signals.window(NOW, types=[]) == []


def test_times_in_other_zones_are_compared_as_moments(store: Store) -> None:
    with store.write(DEMO) as session:
        session.signals.add(
            [
                make_signal(1, occurred_at="2026-03-02T10:30:00+02:00"),
                make_signal(2, occurred_at="2026-03-02T08:31:00Z"),
            ]
        )
        first, second = session.signals.recent()
        assert (first.id, second.id) == ("SIG-00002", "SIG-00001")
        assert second.occurred_at.isoformat() == "2026-03-02T08:30:00+00:00"


def test_a_span_reaches_from_the_first_to_the_last_signal_of_a_window(store: Store) -> None:
    with store.write(DEMO) as session:
        assert session.signals.span(NOW, minutes(60)) is None
        session.signals.add([make_signal(number) for number in (3, 7, 5)])
        assert session.signals.span(NOW, minutes(60)) == (minutes(3), minutes(7))
        assert session.signals.span(minutes(3), minutes(7)) == (minutes(3), minutes(5))
        assert session.signals.span(minutes(8), minutes(60)) is None
    with store.read(OTHER) as session:
        assert session.signals.span(NOW, minutes(60)) is None


def test_recent_signals_are_paged_newest_first(store: Store) -> None:
    with store.write(DEMO) as session:
        session.signals.add([make_signal(number) for number in range(1, 8)] + [make_ticket(9)])
        assert ids(session.signals.recent(limit=2)) == ["SIG-00009", "SIG-00007"]
        assert ids(session.signals.recent(limit=2, offset=6)) == ["SIG-00002", "SIG-00001"]
        assert ids(session.signals.recent(signal_type=SignalType.TICKET)) == ["SIG-00009"]
        assert session.signals.recent(merchant_id="nobody") == []
        assert session.signals.recent(limit=-1) == []
        assert len(session.signals.recent(limit=10**20, offset=-5)) == 8


def test_a_sweep_notes_what_it_looked_at_and_where_it_went(store: Store) -> None:
    with store.write(DEMO) as session:
        session.signals.add([make_signal(number) for number in (3, 1, 2)])
        assert ids(session.signals.unswept()) == ["SIG-00001", "SIG-00002", "SIG-00003"]
        assert ids(session.signals.unswept(limit=1)) == ["SIG-00001"]
        session.signals.mark_swept(
            {"SIG-00003": "INC-1", "SIG-00001": "INC-1", "SIG-00002": None, "SIG-unknown": "INC-1"}
        )
        assert session.signals.unswept() == []
        assert (session.signals.count(unswept=True), session.signals.count()) == (0, 3)
        assert ids(session.signals.of_incident("INC-1")) == ["SIG-00001", "SIG-00003"]
        assert ids(session.signals.of_incident("INC-1", limit=1)) == ["SIG-00001"]
        assert session.signals.count_of_incident("INC-1") == 2
        session.signals.mark_swept({"SIG-00001": None, "SIG-00003": "INC-2", "SIG-00002": "INC-2"})
        assert ids(session.signals.of_incident("INC-1")) == ["SIG-00001"]
        assert ids(session.signals.of_incident("INC-2")) == ["SIG-00002", "SIG-00003"]


def test_a_window_tells_which_incident_each_signal_joined(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.add(make_incident())
        session.signals.add([make_signal(number) for number in (3, 1, 2, 4)])
        session.signals.mark_swept({"SIG-00002": "INC-00000001", "SIG-00003": "INC-00000001"})
        session.signals.set_aside({"SIG-00004": "why"}, at=NOW)
    with store.read(DEMO) as session:
        at = {one.id: one.occurred_at for one in session.signals.window(NOW)}
        every = session.signals.window_with_incidents(NOW, newest=10)
        assert (ids(every[0]), every[1]) == (sorted(at), dict.fromkeys(["SIG-00002", "SIG-00003"], "INC-00000001"))
        latest = session.signals.window_with_incidents(NOW, at["SIG-00003"], newest=1)
        assert (ids(latest[0]), latest[1]) == (["SIG-00002"], {"SIG-00002": "INC-00000001"})
        kind = make_signal(1).signal_type
        assert session.signals.window_with_incidents(NOW, kind=kind, newest=10) == every
        other = next(one for one in SignalType if one is not kind)
        assert session.signals.window_with_incidents(NOW, kind=other, newest=10) == ([], {})


def test_signals_set_aside_count_in_nothing_stay_readable_and_can_be_brought_back(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.add(make_incident())
        session.signals.add([make_signal(number) for number in (1, 2, 3)])
        session.signals.mark_swept({"SIG-00002": "INC-00000001", "SIG-00003": "INC-00000001"})
        assert session.signals.incidents_of(["SIG-00001", "SIG-00002", "SIG-00009"]) == {"SIG-00002": "INC-00000001"}
        assert (
            session.signals.set_aside(
                {"SIG-00001": "too\x00 early", "SIG-00002": "why", "SIG-00009": "unknown"}, at=NOW
            )
            == 2
        )
        assert session.signals.set_aside({"SIG-00001": "again"}, at=minutes(5)) == 0
    with store.read(DEMO) as session:
        assert [(one.signal.id, one.reason, one.at) for one in session.signals.aside()] == [
            ("SIG-00001", "too early", NOW),
            ("SIG-00002", "why", NOW),
        ]
        assert len(session.signals.aside(limit=1)) == 1
        assert ids(session.signals.window(NOW)) == ["SIG-00003"]
        assert ids(session.signals.window(NOW, types=[SignalType.API_ERROR])) == ["SIG-00003"]
        assert session.signals.span(NOW, minutes(60)) == (minutes(3), minutes(3))
        assert ids(session.signals.of_incident("INC-00000001")) == ["SIG-00003"]
        assert session.signals.count_of_incident("INC-00000001") == 1
        assert session.signals.unswept() == []
        assert ids(session.signals.recent()) == ["SIG-00003", "SIG-00002", "SIG-00001"]
        assert session.signals.get(["SIG-00001"]) == [make_signal(1)]
    with store.read(OTHER) as session:
        assert session.signals.aside() == []
    with store.write(DEMO) as session:
        assert [one.id for one in session.signals.swept_before(minutes(60), limit=10)] == ["SIG-00003"]
        assert session.signals.discard(["SIG-00001", "SIG-00002"], of=None) == 0
        assert session.signals.bring_back(["SIG-00002", "SIG-00001", "SIG-00003", "SIG-00009"]) == [
            "SIG-00001",
            "SIG-00002",
        ]
        assert ids(session.signals.unswept()) == ["SIG-00001", "SIG-00002"]
        assert ids(session.signals.of_incident("INC-00000001")) == ["SIG-00002", "SIG-00003"]
        assert session.signals.aside() == []


def test_the_backlog_says_how_much_waits_since_when_and_what_was_set_aside(store: Store) -> None:
    with store.read(DEMO) as session:
        assert session.signals.backlog() == Backlog()
    with store.write(DEMO) as session:
        session.signals.add([make_signal(number) for number in (3, 1, 2)])
        found = session.signals.backlog()
        assert (found.waiting, found.oldest_at, found.aside) == (3, minutes(1), 0)
        assert 0 <= found.waited_seconds < 30
        session.signals.mark_swept({"SIG-00001": None})
        session.signals.set_aside({"SIG-00002": "why"}, at=NOW)
        found = session.signals.backlog()
        assert (found.waiting, found.oldest_at, found.aside) == (1, minutes(3), 1)
        session.signals.mark_swept({"SIG-00003": None})
        assert session.signals.backlog() == Backlog(aside=1)


def test_a_window_can_be_bounded_to_its_newest(store: Store) -> None:
    with store.write(DEMO) as session:
        session.signals.add([make_signal(number, merchant_id=f"M-{number % 2}") for number in range(1, 7)])
        assert ids(session.signals.window(NOW, newest=2)) == ["SIG-00005", "SIG-00006"]
        assert ids(session.signals.window(NOW, minutes(4), types=[SignalType.API_ERROR], newest=2)) == [
            "SIG-00002",
            "SIG-00003",
        ]
        assert ids(session.signals.window(NOW, merchants=["M-1", *map(str, range(600))], newest=2)) == [
            "SIG-00003",
            "SIG-00005",
        ]
        assert session.signals.window(NOW, newest=0) == []


def test_a_sweep_of_thousands_is_one_call(store: Store) -> None:
    with store.write(DEMO) as session:
        session.signals.add([make_signal(number) for number in range(1_500)])
        session.signals.mark_swept(
            {f"SIG-{number:05d}": f"INC-{number % 3}" if number % 2 else None for number in range(1_500)}
        )
        assert session.signals.count(unswept=True) == 0
        assert [session.signals.count_of_incident(f"INC-{number}") for number in range(3)] == [250, 250, 250]


def test_signals_that_a_sweep_saw_are_paged_by_time_and_discarded_by_id(store: Store) -> None:
    with store.write(DEMO) as session:
        session.signals.add(
            [*(make_signal(number) for number in (1, 2, 3, 4, 5)), make_signal(6, occurred_at=minutes(2))]
        )
        session.signals.mark_swept(
            {"SIG-00001": "INC-1", "SIG-00002": None, "SIG-00004": None, "SIG-00005": None, "SIG-00006": "INC-1"}
        )
        first = session.signals.swept_before(minutes(5), limit=2)
        rest = session.signals.swept_before(minutes(5), after=first[-1], limit=10)
        assert [(one.id, one.occurred_at, one.incident_id) for one in (*first, *rest)] == [
            ("SIG-00001", minutes(1), "INC-1"),
            ("SIG-00002", minutes(2), None),
            ("SIG-00006", minutes(2), "INC-1"),
            ("SIG-00004", minutes(4), None),
        ]
        assert session.signals.swept_before(minutes(1), limit=10) == []
        assert session.signals.discard(["SIG-00002", "SIG-00003", "SIG-00006", "SIG-99999"], of=None) == 1
        assert session.signals.discard(["SIG-00004", "SIG-00006"], of="INC-1") == 1
        assert session.signals.discard([], of=None) == 0
        assert ids(session.signals.recent()) == ["SIG-00005", "SIG-00004", "SIG-00003", "SIG-00001"]
        assert ids(session.signals.of_incident("INC-1")) == ["SIG-00001"]
        session.signals.add([make_signal(2)])
        assert ids(session.signals.unswept()) == ["SIG-00002", "SIG-00003"]


# --- merchants, notes, conversations, lessons
# ---------------------------------------------------------------------------


def test_merchants_are_replaced_by_id_and_listed_by_id(store: Store) -> None:
    with store.write(DEMO) as session:
        session.merchants.put(
            [make_merchant("M-2"), make_merchant("M-1", name="Old"), make_merchant("M-1", name="New")]
        )
        session.merchants.put([])
        assert [(merchant.id, merchant.name) for merchant in session.merchants.all()] == [
            ("M-1", "New"),
            ("M-2", "Harbour Goods"),
        ]
        session.merchants.put([make_merchant("M-2", wave=3)])
        found = session.merchants.get("M-2")
        assert found is not None
        assert found.wave == 3
        assert session.merchants.get("M-3") is None


def test_a_note_is_replaced_whole(store: Store) -> None:
    with store.write(DEMO) as session:
        assert session.notes.get("clock") is None
        session.notes.put("clock", {"minute": 1, "old": True})
        session.notes.put("clock", {"minute": 2})
        assert session.notes.get("clock") == {"minute": 2}


def test_turns_come_back_in_the_order_they_were_said(store: Store) -> None:
    with store.write(DEMO) as session:
        for number in (3, 1, 2):
            session.conversations.append("CONV-1", make_turn(number))
        session.conversations.append("CONV-2", make_turn(4))
        assert [turn.question for turn in session.conversations.turns("CONV-1")] == [
            "Why number 3?",
            "Why number 1?",
            "Why number 2?",
        ]
        assert session.conversations.turns("CONV-3") == []


def test_a_lesson_is_learned_once_and_pages_are_newest_first(store: Store) -> None:
    with store.write(DEMO) as session:
        assert [session.lessons.add(make_lesson(number, cause=f"cause_{number % 2}")) for number in (1, 2, 3, 2)] == [
            True,
            True,
            True,
            False,
        ]
        assert ids(session.lessons.page()) == ["LES-3", "LES-2", "LES-1"]
        assert ids(session.lessons.page(limit=1)) == ["LES-3"]
        assert ids(session.lessons.page(cause="cause_1")) == ["LES-3", "LES-1"]
        assert kinds(session) == ["lesson.learned"] * 3


# --- incidents -----------------------------------------------------------------------------------------------------


def test_an_incident_is_added_once_with_its_event(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.add(make_incident())
    with pytest.raises(Conflict), store.write(DEMO) as session:
        session.incidents.add(make_incident(key="another"))
    with store.read(DEMO) as session:
        assert session.incidents.get("INC-00000001") == make_incident()
        (event,) = session.events.page()
        assert (event.kind, event.subject, event.principal, event.at) == (
            "incident.opened",
            "INC-00000001",
            "person:ada",
            minutes(1),
        )


def test_one_key_has_one_incident_that_feeds(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.add(make_incident(1, key="k"))
    with pytest.raises(Conflict) as refused, store.write(DEMO) as session:
        session.incidents.add(make_incident(2, key="k"))
    assert refused.value.facts["id"] == "INC-00000001"
    with store.write(DEMO) as session:
        session.incidents.move("INC-00000001", S.ESCALATED, at=NOW, reason="handed over")
        with pytest.raises(Conflict):
            session.incidents.add(make_incident(2, key="k"))
        session.incidents.move("INC-00000001", S.RESOLVED, at=NOW, reason="quiet")
        session.incidents.add(make_incident(2, key="k", previous_id="INC-00000001"))
        session.incidents.add(make_incident(3, key="k", status=S.CLOSED))


def test_a_saved_incident_cannot_take_the_key_of_another_that_feeds(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.add(make_incident(1))
        session.incidents.add(make_incident(2))
    with pytest.raises(Conflict), store.write(DEMO) as session:
        session.incidents.save(make_incident(2, key=make_incident(1).key))


def test_the_open_and_the_latest_incident_of_a_key_are_found(store: Store) -> None:
    with store.write(DEMO) as session:
        assert session.incidents.find_open("k") is None
        assert session.incidents.latest("k") is None
        session.incidents.add(make_incident(1, key="k"))
        session.incidents.move("INC-00000001", S.RESOLVED, at=minutes(5), reason="quiet")
        session.incidents.add(make_incident(2, key="other"))
        assert session.incidents.find_open("k") is None
        assert session.incidents.latest("k") == session.incidents.get("INC-00000001")
        session.incidents.add(make_incident(3, key="k"))
        assert session.incidents.find_open("k") == session.incidents.latest("k") == make_incident(3, key="k")


def test_incidents_are_paged_newest_first_and_by_status(store: Store) -> None:
    with store.write(DEMO) as session:
        for number in (2, 4, 1, 3):
            session.incidents.add(make_incident(number))
        session.incidents.move("INC-00000003", S.DIAGNOSED, at=NOW, reason="x")
        assert ids(session.incidents.page()) == ["INC-00000004", "INC-00000003", "INC-00000002", "INC-00000001"]
        assert ids(session.incidents.page(limit=2, offset=1)) == ["INC-00000003", "INC-00000002"]
        assert ids(session.incidents.page(statuses=iter([S.DIAGNOSED, S.CLOSED]))) == ["INC-00000003"]
        assert session.incidents.page(statuses=[]) == []


def test_saving_replaces_everything_but_the_status(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.add(make_incident())
        session.incidents.move("INC-00000001", S.DIAGNOSED, at=NOW, reason="x")
        session.incidents.save(
            make_incident(
                title="New", status=S.OPEN, merchants=("A", "B"), metrics_snapshot={"lost": 1}, evidence_version=2
            )
        )
        found = session.incidents.get("INC-00000001")
        assert found == make_incident(
            title="New", status=S.DIAGNOSED, merchants=("A", "B"), metrics_snapshot={"lost": 1}, evidence_version=2
        )
        with pytest.raises(NotFound):
            session.incidents.save(make_incident(2))


def test_saving_an_older_copy_does_not_take_back_the_end(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.add(make_incident())
        session.incidents.move("INC-00000001", S.RESOLVED, at=minutes(16), reason="quiet")
        session.incidents.save(make_incident(resolution="It went away."))
        found = session.incidents.get("INC-00000001")
        assert (found.status, found.resolved_at, found.mttr_seconds, found.resolution) == (
            S.RESOLVED,
            minutes(16),
            900.0,
            "It went away.",
        )


def test_an_incident_moves_along_the_table_only(store: Store) -> None:
    for before, to in product(S, S):
        known = any(to in targets for targets in INCIDENT_MOVES.values())
        with pytest.raises(ZeroDivisionError), store.write(DEMO) as session:
            session.incidents.add(make_incident(status=before))
            if known:
                moved = session.incidents.move("INC-00000001", to, at=NOW, reason="try")
                assert moved is (to in INCIDENT_MOVES[before])
                assert session.incidents.get("INC-00000001").status is (to if moved else before)
                assert kinds(session) == ["incident.opened", "incident.moved"][: 1 + moved]
            else:
                with pytest.raises(Permanent):
                    session.incidents.move("INC-00000001", to, at=NOW, reason="try")
            raise ZeroDivisionError


def test_a_move_can_be_narrowed_to_where_it_may_come_from(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.add(make_incident())
        assert not session.incidents.move(
            "INC-00000001", S.ESCALATED, at=NOW, reason="x", allowed_from=[S.AWAITING, S.CLOSED]
        )
        assert session.incidents.move("INC-00000001", S.ESCALATED, at=NOW, reason="x", allowed_from=iter([S.OPEN]))
        with pytest.raises(Permanent):
            session.incidents.move("INC-00000001", S.OPEN, at=NOW, reason="x", allowed_from=[S.CLOSED])
        with pytest.raises(NotFound):
            session.incidents.move("INC-00000002", S.ESCALATED, at=NOW, reason="x")


def test_a_resolved_incident_knows_when_and_after_how_long(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.add(make_incident())
        session.incidents.move("INC-00000001", S.RESOLVED, at=minutes(31), reason="recovered")
        found = session.incidents.get("INC-00000001")
        assert (found.resolved_at, found.mttr_seconds) == (minutes(31), 1_800.0)
        session.incidents.move("INC-00000001", S.CLOSED, at=minutes(99), reason="done")
        assert session.incidents.get("INC-00000001").resolved_at == minutes(31)
        last = session.events.page(newest_first=True)[0]
        assert (last.kind, last.at, last.payload) == (
            "incident.moved",
            minutes(99),
            {"from": "RESOLVED", "to": "CLOSED", "reason": "done"},
        )


def test_patterns_are_replaced_by_id_and_the_most_important_come_first(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.put_patterns([make_pattern(number, impact_rank=float(number % 3)) for number in (1, 2, 3, 4)])
        session.incidents.put_patterns([make_pattern(1, impact_rank=9.0, title="New")])
        session.incidents.put_patterns([])
        assert ids(session.incidents.patterns()) == ["PAT-00000001", "PAT-00000002", "PAT-00000004", "PAT-00000003"]
        assert session.incidents.patterns()[0].title == "New"
        assert ids(session.incidents.patterns(limit=2)) == ["PAT-00000004", "PAT-00000003"]
        assert ids(session.incidents.patterns(["PAT-00000003", "PAT-none", "PAT-00000002"])) == [
            "PAT-00000002",
            "PAT-00000003",
        ]
        assert session.incidents.patterns([]) == []


def test_evidence_belongs_to_an_incident_and_is_replaced_by_id(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.put_evidence(
            [make_evidence(2), make_evidence(1), make_evidence(3, "INC-2"), make_evidence(1, statement="New.")]
        )
        found = session.incidents.evidence("INC-00000001")
        assert list(found) == ["EV-0000000001", "EV-0000000002"]
        assert found["EV-0000000001"].statement == "New."
        assert session.incidents.evidence("INC-3") == {}


def test_a_step_is_recorded_once_with_the_digest_of_its_output(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.put_step("INC-1", "reason", {"b": 2}, at=minutes(2), seq=2)
        session.incidents.put_step("INC-1", "observe", {"a": 1}, at=minutes(1), seq=1)
        session.incidents.put_step("INC-1", "observe", {"a": 99}, at=minutes(9), seq=1)
        session.incidents.put_step("INC-2", "observe", {}, at=minutes(1), seq=1)
        assert session.incidents.steps("INC-1") == [
            RecordedStep(seq=1, step="observe", output={"a": 1}, at=minutes(1)),
            RecordedStep(seq=2, step="reason", output={"b": 2}, at=minutes(2)),
        ]
        assert [one.seq for one in session.incidents.steps("INC-1", named="reason")] == [2]
        assert session.incidents.steps("INC-1", named="decide") == []
        assert kinds(session) == ["step.reason", "step.observe", "step.observe"]
        assert session.events.page(subject="INC-1")[1].payload == {"seq": 1, "output_digest": digest_of({"a": 1})}


# --- actions -------------------------------------------------------------------------------------------------------


def test_an_action_is_proposed_once(store: Store) -> None:
    with store.write(DEMO) as session:
        assert session.actions.add(make_action()) is True
        assert session.actions.add(make_action(feedback="another")) is False
        assert session.actions.get("ACT-00000001") == make_action()
        assert kinds(session) == ["action.proposed"]
        with pytest.raises(NotFound):
            session.actions.get("ACT-none")


def test_actions_are_paged_newest_first_by_status_and_incident(store: Store) -> None:
    with store.write(DEMO) as session:
        for number in (2, 1, 3):
            session.actions.add(make_action(number))
        session.actions.add(make_action(4, status=A.APPROVED, incident_id="INC-00000001"))
        assert ids(session.actions.page()) == [f"ACT-0000000{number}" for number in (4, 3, 2, 1)]
        assert ids(session.actions.page(limit=2, offset=1)) == ["ACT-00000003", "ACT-00000002"]
        assert ids(session.actions.page(statuses=[A.PENDING], incident_id="INC-00000001")) == ["ACT-00000001"]
        assert ids(session.actions.page(incident_id="INC-00000001")) == ["ACT-00000004", "ACT-00000001"]
        assert session.actions.page(statuses=[]) == []


def test_what_is_being_sent_or_was_sent_lately_is_found_whatever_became_of_it(store: Store) -> None:
    with store.write(DEMO) as session:
        session.actions.add(make_action(1))
        session.actions.add(make_action(2, status=A.SENDING))
        session.actions.add(make_action(3, status=A.FAILED, executed_at=minutes(5)))
        session.actions.add(make_action(4, status=A.VERIFIED, executed_at=minutes(3)))
    with store.read(DEMO) as session:
        assert sorted(ids(session.actions.sent_since(minutes(3)))) == ["ACT-00000002", "ACT-00000003"]
        assert len(session.actions.sent_since(minutes(2))) == 3
    with store.read(OTHER) as session:
        assert session.actions.sent_since(minutes(0)) == []


def test_a_granted_action_names_who_when_and_why_in_row_and_event(store: Store) -> None:
    action = make_action()
    with store.write(DEMO) as session:
        session.actions.add(action)
        moved = session.actions.move(
            action.id,
            from_=A.PENDING,
            to=A.APPROVED,
            version=1,
            digest=action.digest,
            at=minutes(5),
            by="person:ada",
            changes={"label": "Ada", "feedback": "go"},
        )
        assert moved == session.actions.get(action.id)
        assert moved == action.changed(
            status=A.APPROVED, decided_by="person:ada", decided_at=minutes(5), label="Ada", feedback="go"
        )
        (event,) = session.events.page(after=1)
        assert (event.kind, event.subject, event.at) == ("action.approved", action.id, minutes(5))
        assert (
            event.payload
            | {"from": "PENDING", "to": "APPROVED", "digest": action.digest, "by": "person:ada", "label": "Ada"}
            == event.payload
        )


def test_an_action_goes_all_the_way_and_each_move_leaves_a_link(store: Store) -> None:
    action = make_action(status=A.PROPOSED)
    result, receipt = make_outcome(response={"http_status": 200, "body": {"ok": True}}), make_receipt()
    way: list[tuple[ActionStatus, dict[str, Any]]] = [
        (A.PENDING, {}),
        (A.APPROVED, {"decided_by": "policy:low", "decided_at": minutes(2)}),
        (A.SENDING, {"idempotency_key": "k-1", "request_digest": "d-1"}),
        (A.EXECUTED, {"executed_at": minutes(3), "result": result}),
        (A.VERIFIED, {"receipt": receipt}),
        (A.UNDONE, {}),
    ]
    with store.write(DEMO) as session:
        session.actions.add(action)
        for to, changes in way:
            now = session.actions.get(action.id).status
            session.actions.move(
                action.id,
                from_=now,
                to=to,
                version=1,
                digest=action.digest,
                at=minutes(4),
                by="system:worker",
                changes=changes,
            )
        found = session.actions.get(action.id)
        assert (found.decided_by, found.decided_at) == ("policy:low", minutes(2))
        assert (found.idempotency_key, found.request_digest, found.executed_at) == ("k-1", "d-1", minutes(3))
        assert (found.result, found.receipt) == (result, receipt)
        assert kinds(session)[1:] == [f"action.{to.value.lower()}" for to, _ in way]
        assert session.events.page()[4].payload["result_digest"] == digest_of(result.plain())


def test_an_action_moves_along_the_table_only(store: Store) -> None:
    for before, to in product(A, A):
        action = make_action(status=before)
        with pytest.raises(ZeroDivisionError), store.write(DEMO) as session:
            session.actions.add(action)
            if to in ACTION_MOVES[before]:
                assert (
                    session.actions.move(action.id, from_=before, to=to, version=1, digest=action.digest, at=NOW).status
                    is to
                )
            else:
                with pytest.raises(Permanent) as refused:
                    session.actions.move(action.id, from_=before, to=to, version=1, digest=action.digest, at=NOW)
                assert not isinstance(refused.value, Conflict)
                assert session.actions.get(action.id) == action
                assert kinds(session) == ["action.proposed"]
            raise ZeroDivisionError


@pytest.mark.parametrize("wrong", [{"version": 2}, {"digest": "f" * 64}, {"from_": A.APPROVED, "to": A.SENDING}])
def test_a_move_from_another_version_digest_or_status_is_a_conflict_with_the_facts(
    store: Store, wrong: dict[str, Any]
) -> None:
    action = make_action()
    guard = {"from_": A.PENDING, "to": A.APPROVED, "version": 1, "digest": action.digest, **wrong}
    with store.write(DEMO) as session:
        session.actions.add(action)
        with pytest.raises(Conflict) as lost:
            session.actions.move(action.id, at=NOW, by="late", **guard)
        assert lost.value.facts == {
            "status": "PENDING",
            "version": 1,
            "digest": action.digest,
            "decided_by": None,
            "label": None,
            "decided_at": None,
        }
        assert session.actions.get(action.id) == action
        assert kinds(session) == ["action.proposed"]


def test_a_move_sets_only_what_a_move_may_set(store: Store) -> None:
    action = make_action()
    with store.write(DEMO) as session:
        session.actions.add(action)
        for changes in ({"digest": "x"}, {"status": "EXECUTED"}, {"decision": None}, {"nonsense": 1}):
            with pytest.raises(Permanent):
                session.actions.move(
                    action.id, from_=A.PENDING, to=A.APPROVED, version=1, digest=action.digest, at=NOW, changes=changes
                )
        with pytest.raises(ValueError, match="decided_at"):
            session.actions.move(
                action.id,
                from_=A.PENDING,
                to=A.APPROVED,
                version=1,
                digest=action.digest,
                at=NOW,
                changes={"decided_at": "soon"},
            )
        assert session.actions.get(action.id) == action


def test_nothing_is_sent_while_the_kill_switch_is_on(store: Store) -> None:
    action = make_action(status=A.APPROVED, decided_by="person:ada")
    with store.write(DEMO) as session:
        session.actions.add(action)
    store.put_tenant(make_tenant("demo", kill_switch=True))
    with store.write(DEMO) as session:
        with pytest.raises(Conflict, match="kill switch") as held:
            session.actions.move(action.id, from_=A.APPROVED, to=A.SENDING, version=1, digest=action.digest, at=NOW)
        assert (held.value.facts["status"], held.value.facts["decided_by"], held.value.facts["held"]) == (
            "APPROVED",
            "person:ada",
            True,
        )
        assert session.actions.get(action.id) == action
    store.put_tenant(make_tenant("demo", kill_switch=False))
    store.put_tenant(make_tenant("other", kill_switch=True))
    with store.write(DEMO) as session:
        assert (
            session.actions.move(
                action.id, from_=A.APPROVED, to=A.SENDING, version=1, digest=action.digest, at=NOW
            ).status
            is A.SENDING
        )


def test_nothing_is_sent_for_a_tenant_that_nobody_registered(store: Store) -> None:
    action = make_action(tenant_id="ghost", status=A.APPROVED)
    with store.write(make_scope("ghost")) as session:
        session.actions.add(action)
        with pytest.raises(Conflict):
            session.actions.move(action.id, from_=A.APPROVED, to=A.SENDING, version=1, digest=action.digest, at=NOW)


def edited(decision: Decision, version: int = 2) -> Decision:
    return decision.changed(version=version, arguments={"scheme": "https", "port": 443}).sealed(
        "demo", decision.action_id
    )


def test_an_edit_replaces_the_pending_decision_and_stays_pending(store: Store) -> None:
    action = make_action()
    decision = edited(action.decision)
    changed = action.changed(decision=decision, version=2, digest=decision.digest, author="person:olga")
    with store.write(DEMO) as session:
        session.actions.add(action)
        assert (
            session.actions.replace_pending(changed, version=1, digest=action.digest, at=minutes(3), by="person:olga")
            == changed
        )
        assert session.actions.get(action.id) == changed
        (event,) = session.events.page(after=1)
        assert (event.kind, event.payload["before"], event.payload["digest"]) == (
            "action.edited",
            action.digest,
            decision.digest,
        )
        with pytest.raises(Conflict) as old:
            session.actions.move(
                action.id, from_=A.PENDING, to=A.APPROVED, version=1, digest=action.digest, at=NOW, by="late"
            )
        assert (old.value.facts["version"], old.value.facts["digest"]) == (2, decision.digest)


def test_the_first_of_two_approvals_is_kept_once_and_only_another_person_grants(store: Store) -> None:
    action = make_action(decision=make_decision(action_id="ACT-00000001", approvers=2))
    ada, bob = (FirstApproval(by=name, digest=action.digest, at=minutes(2)) for name in ("person:ada", "person:bob"))
    grant: dict[str, Any] = {"from_": A.PENDING, "to": A.APPROVED, "version": 1, "digest": action.digest, "at": NOW}
    with store.write(DEMO) as session:
        session.actions.add(action)
        with pytest.raises(Conflict, match="two different people"):
            session.actions.move(action.id, by="person:ada", **grant)
        for stale, version in ((ada.changed(digest="f" * 64), 1), (ada, 2)):
            with pytest.raises(Conflict):
                session.actions.note_first_approval(action.id, stale, version=version)
        noted = session.actions.note_first_approval(action.id, ada, version=1)
        assert noted == session.actions.get(action.id) == action.changed(first_approval=ada)
        with pytest.raises(Conflict, match="approved by person:ada meanwhile"):
            session.actions.note_first_approval(action.id, bob, version=1)
        with pytest.raises(Conflict, match="two different people"):
            session.actions.move(action.id, by="person:ada", **grant)
        decision = edited(action.decision)
        changed = action.changed(decision=decision, version=2, digest=decision.digest)
        with pytest.raises(Permanent):
            session.actions.replace_pending(
                changed.changed(first_approval=ada), version=1, digest=action.digest, at=NOW, by="x"
            )
        session.actions.replace_pending(changed, version=1, digest=action.digest, at=NOW, by="x")
        second = grant | {"version": 2, "digest": decision.digest}
        with pytest.raises(Conflict, match="two different people"):
            session.actions.move(action.id, by="person:bob", **second)
        session.actions.note_first_approval(action.id, ada.changed(digest=decision.digest), version=2)
        granted = session.actions.move(action.id, by="person:bob", **second)
        assert (granted.status, granted.decided_by, granted.approved_first_by) == (A.APPROVED, "person:bob", ada.by)
        kinds = [event.kind for event in session.events.page() if event.subject == action.id]
        assert kinds == ["action.proposed", "action.first_approval", "action.edited", *kinds[1:2], "action.approved"]
    with store.write(DEMO) as session, pytest.raises(Conflict):
        session.actions.note_first_approval(action.id, ada.changed(digest=decision.digest), version=2)


def test_a_question_is_put_off_in_the_version_that_was_seen_and_an_edit_brings_it_back(store: Store) -> None:
    action = make_action()
    snooze = Snooze(until=minutes(60), by="person:ada", reason="after the sale", at=minutes(2))
    with store.write(DEMO) as session:
        session.actions.add(action)
        for stale in ({"version": 2, "digest": action.digest}, {"version": 1, "digest": "f" * 64}):
            with pytest.raises(Conflict):
                session.actions.put_off(action.id, snooze, **stale)
        kept = session.actions.put_off(action.id, snooze, version=1, digest=action.digest)
        assert kept == session.actions.get(action.id) == action.changed(snoozed=snooze)
        assert [kept.is_snoozed(minutes(at)) for at in (59, 60)] == [True, False]
        (event,) = [one for one in session.events.page() if one.kind == "action.snoozed"]
        assert (event.subject, event.payload["reason"]) == (action.id, "after the sale")
        decision = edited(action.decision)
        changed = action.changed(decision=decision, version=2, digest=decision.digest)
        with pytest.raises(Permanent):
            session.actions.replace_pending(
                changed.changed(snoozed=snooze), version=1, digest=action.digest, at=NOW, by="x"
            )
        session.actions.replace_pending(changed, version=1, digest=action.digest, at=NOW, by="x")
        refusal: dict[str, Any] = {"version": 2, "digest": decision.digest, "at": NOW, "by": "person:ada"}
        session.actions.move(action.id, from_=A.PENDING, to=A.REJECTED, **refusal)
        with pytest.raises(Conflict):
            session.actions.put_off(action.id, snooze, version=2, digest=decision.digest)


def test_an_edit_of_something_else_is_refused(store: Store) -> None:
    action = make_action()
    decision = edited(action.decision)
    changed = action.changed(decision=decision, version=2, digest=decision.digest)
    with store.write(DEMO) as session:
        session.actions.add(action)
        for guard in ({"version": 1, "digest": "f" * 64}, {"version": 0, "digest": action.digest}):
            with pytest.raises(Conflict):
                session.actions.replace_pending(changed, **guard, at=NOW, by="x")
        for bad in (
            changed.changed(status=A.APPROVED),
            changed.changed(version=1),
            changed.changed(digest=action.digest),
        ):
            with pytest.raises(Permanent):
                session.actions.replace_pending(bad, version=1, digest=action.digest, at=NOW, by="x")
        session.actions.move(
            action.id, from_=A.PENDING, to=A.REJECTED, version=1, digest=action.digest, at=minutes(1), by="person:ada"
        )
        with pytest.raises(Conflict) as late:
            session.actions.replace_pending(changed, version=1, digest=action.digest, at=NOW, by="x")
        assert (late.value.facts["status"], late.value.facts["decided_by"]) == ("REJECTED", "person:ada")
        with pytest.raises(NotFound):
            session.actions.replace_pending(
                changed.changed(id="ACT-none"), version=1, digest=action.digest, at=NOW, by="x"
            )


def race(count: int, attempt: Callable[[int], Any]) -> tuple[list[Any], list[Conflict]]:
    """Start all attempts at once; what the winners got, and what the losers were told."""
    gate = threading.Barrier(count)

    def run(number: int) -> Any:
        gate.wait()
        try:
            return attempt(number)
        except Conflict as lost:
            return lost

    with ThreadPoolExecutor(count) as pool:
        ended = list(pool.map(run, range(count)))
    return [end for end in ended if not isinstance(end, Conflict)], [end for end in ended if isinstance(end, Conflict)]


def test_of_thirty_two_who_decide_at_once_one_wins_and_the_others_learn_who(store: Store) -> None:
    action = make_action()
    with store.write(DEMO) as session:
        session.actions.add(action)

    def decide(number: int) -> Any:
        to = A.APPROVED if number % 2 else A.REJECTED
        with store.write(make_scope("demo", f"person:{number}")) as session:
            changes = {"label": f"label {number}"}
            return session.actions.move(
                action.id,
                from_=A.PENDING,
                to=to,
                version=1,
                digest=action.digest,
                at=minutes(number),
                by=f"person:{number}",
                changes=changes,
            )

    (winner,), losers = race(32, decide)
    assert len(losers) == 31
    assert winner.decided_at is not None
    told = {
        "status": winner.status.value,
        "version": 1,
        "digest": action.digest,
        "decided_by": winner.decided_by,
        "label": winner.label,
    }
    assert all(
        lost.facts == {**told, "decided_at": winner.decided_at.isoformat().replace("+00:00", "Z")} for lost in losers
    )
    with store.read(DEMO) as session:
        assert session.actions.get(action.id) == winner
        (event,) = session.events.page(after=1)
        assert event.principal == winner.decided_by


def test_of_eight_senders_one_sends(store: Store) -> None:
    action = make_action(status=A.APPROVED)
    with store.write(DEMO) as session:
        session.actions.add(action)

    def send(number: int) -> Any:
        with store.write(DEMO) as session:
            return session.actions.move(
                action.id, from_=A.APPROVED, to=A.SENDING, version=1, digest=action.digest, at=NOW
            )

    winners, losers = race(8, send)
    assert (len(winners), len(losers)) == (1, 7)


def test_of_an_edit_and_an_approval_at_once_one_wins(store: Store) -> None:
    for number in range(1, 6):
        action = make_action(number)
        decision = edited(action.decision)
        changed = action.changed(decision=decision, version=2, digest=decision.digest)
        with store.write(DEMO) as session:
            session.actions.add(action)

        def attempt(turn: int, action: Any = action, changed: Any = changed) -> Any:
            with store.write(DEMO) as session:
                if turn % 2:
                    return session.actions.replace_pending(
                        changed, version=1, digest=action.digest, at=NOW, by="editor"
                    )
                return session.actions.move(
                    action.id, from_=A.PENDING, to=A.APPROVED, version=1, digest=action.digest, at=NOW, by="approver"
                )

        winners, losers = race(6, attempt)
        assert (len(winners), len(losers)) == (1, 5)


def test_of_many_who_open_the_same_incident_one_does(store: Store) -> None:
    def open_it(number: int) -> Any:
        with store.write(DEMO) as session:
            session.incidents.add(make_incident(number, key="same"))
            return number

    winners, losers = race(16, open_it)
    assert (len(winners), len(losers)) == (1, 15)
    with store.read(DEMO) as session:
        assert len(session.incidents.page()) == 1


# --- events --------------------------------------------------------------------------------------------------------


def test_links_are_numbered_per_tenant_and_bound_to_the_one_before(store: Store) -> None:
    for scope in (DEMO, OTHER, DEMO):
        with store.write(scope) as session:
            session.events.append("note", "subject", {"n": 1, "at": NOW}, at=minutes(1))
    with store.read(DEMO) as session:
        first, second = session.events.page()
        assert (first.seq, second.seq, first.prev_hash, second.prev_hash) == (1, 2, GENESIS, first.hash)
        assert first.payload == {"n": 1, "at": "2026-03-02T09:00:00Z"}
        assert session.events.verify().ok
    with store.read(OTHER) as session:
        (own,) = session.events.page()
        assert (own.seq, own.principal) == (1, "person:olga")
        assert own.hash != first.hash


def test_the_chain_is_paged_both_ways_and_by_subject(store: Store) -> None:
    with store.write(DEMO) as session:
        for number in range(1, 7):
            session.events.append("note", f"S-{number % 2}", {}, at=NOW)
        assert [event.seq for event in session.events.page(limit=2)] == [1, 2]
        assert [event.seq for event in session.events.page(after=4)] == [5, 6]
        assert [event.seq for event in session.events.page(subject="S-1", newest_first=True, limit=2)] == [5, 3]
        assert session.events.page(subject="S-9") == []


def test_an_event_of_a_block_that_raised_leaves_no_gap(store: Store) -> None:
    for fails in (False, True, False):
        try:
            with store.write(DEMO) as session:
                session.events.append("note", "s", {}, at=NOW)
                if fails:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    with store.read(DEMO) as session:
        assert [event.seq for event in session.events.page()] == [1, 2]
        assert session.events.verify().checked == 2


def test_a_payload_that_has_no_json_is_refused(store: Store) -> None:
    for payload in ({"n": float("nan")}, {"n": object()}):
        with pytest.raises(ValueError), store.write(DEMO) as session:
            session.events.append("note", "s", payload, at=NOW)


# --- knowledge -----------------------------------------------------------------------------------------------------


def test_documents_come_by_title_and_chunks_by_document_and_place(store: Store) -> None:
    with store.write(DEMO) as session:
        session.knowledge.put(make_document(2, title="Alpha"), [make_chunk("DOC-2", 1), make_chunk("DOC-2", 0)])
        session.knowledge.put(make_document(1, title="Beta"), [make_chunk("DOC-1", 0)])
        assert ids(session.knowledge.documents()) == ["DOC-2", "DOC-1"]
        assert ids(chunk for _, chunk in session.knowledge.chunks()) == ["CHK-DOC-1-0", "CHK-DOC-2-0", "CHK-DOC-2-1"]
        asked = ["CHK-DOC-2-1", "CHK-none", "CHK-DOC-1-0"]
        assert [(document.id, chunk.id) for document, chunk in session.knowledge.chunks(asked)] == [
            ("DOC-2", "CHK-DOC-2-1"),
            ("DOC-1", "CHK-DOC-1-0"),
        ]
        assert ids(session.knowledge.chunks_of("DOC-2")) == ["CHK-DOC-2-0", "CHK-DOC-2-1"]
        assert session.knowledge.chunks([]) == []


def test_only_trusted_documents_are_cited(store: Store) -> None:
    with store.write(DEMO) as session:
        for number, trust in enumerate(Trust, start=1):
            session.knowledge.put(make_document(number, trust=trust), [make_chunk(f"DOC-{number}")])
        assert ids(document for document, _ in session.knowledge.chunks()) == ["DOC-1"]
        assert session.knowledge.chunks(["CHK-DOC-2-0", "CHK-DOC-3-0"]) == []
        assert ids(session.knowledge.chunks_of("DOC-2")) == ["CHK-DOC-2-0"]
        assert len(session.knowledge.documents()) == 3


def test_a_replaced_document_has_only_its_new_chunks_and_every_change_grows_the_sequence(store: Store) -> None:
    seen = []
    with store.write(DEMO) as session:
        seen.append(session.knowledge.sequence())
        session.knowledge.put(make_document(), [make_chunk(position=0), make_chunk(position=1)])
        seen.append(session.knowledge.sequence())
        session.events.append("something.else", "x", {}, at=NOW)
        assert session.knowledge.sequence() == seen[-1]
        session.knowledge.put(make_document(title="New"), [make_chunk(position=2)])
        seen.append(session.knowledge.sequence())
        assert ids(session.knowledge.chunks_of("DOC-1")) == ["CHK-DOC-1-2"]
        session.knowledge.remove("DOC-1", at=NOW)
        seen.append(session.knowledge.sequence())
        assert session.knowledge.chunks() == session.knowledge.documents() == []
        with pytest.raises(NotFound):
            session.knowledge.remove("DOC-1", at=NOW)
        assert seen == sorted(set(seen))
        assert [kind for kind in kinds(session) if kind.startswith("knowledge")] == [
            "knowledge.added",
            "knowledge.added",
            "knowledge.removed",
        ]


def test_chunks_of_another_document_or_twice_the_same_are_refused(store: Store) -> None:
    for chunks in ([make_chunk("DOC-2")], [make_chunk(), make_chunk()]):
        with pytest.raises(Permanent), store.write(DEMO) as session:
            session.knowledge.put(make_document(), chunks)
    with pytest.raises(Conflict), store.write(DEMO) as session:
        session.knowledge.put(make_document(1), [make_chunk("DOC-1", id="CHK-same")])
        session.knowledge.put(make_document(2), [make_chunk("DOC-2", id="CHK-same")])


# --- chance --------------------------------------------------------------------------------------------------------


def test_random_walks_over_the_ledger_never_leave_the_table_and_the_chain_tells_all_of_it(store: Store) -> None:
    seed = random.SystemRandom().randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)
    action = make_action(status=A.PROPOSED)
    told = ["action.proposed"]
    with store.write(DEMO) as session:
        session.actions.add(action)
        for turn in range(60):
            from_, to = chance.choice(list(A)), chance.choice(list(A))
            stands = session.actions.get(action.id).status
            try:
                session.actions.move(action.id, from_=from_, to=to, version=1, digest=action.digest, at=minutes(turn))
            except Permanent:
                assert stands is not from_ or to not in ACTION_MOVES[from_]
                assert session.actions.get(action.id).status is stands
            else:
                assert stands is from_
                assert to in ACTION_MOVES[from_]
                told.append(f"action.{to.value.lower()}")
        assert kinds(session) == told
        assert session.events.verify().ok


def test_every_feedable_status_counts_as_open(store: Store) -> None:
    for status in S:
        with pytest.raises(ZeroDivisionError), store.write(DEMO) as session:
            session.incidents.add(make_incident(status=status))
            assert (session.incidents.find_open("api_error:1") is not None) is (status in FEEDABLE)
            raise ZeroDivisionError
