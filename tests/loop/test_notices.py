"""People are told when something waits for them: once, in time, and somebody else when nobody answers."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.domain.action_states import ActionStatus
from app.domain.approvals import FirstApproval, RowKind, Snooze
from app.domain.base import Severity
from app.domain.incidents import IncidentStatus
from app.domain.notices import NoticeKind, NoticeState
from app.domain.playbooks import RunStatus, StepState
from app.domain.signals import SignalType
from app.domain.work import RESTORED, Restoration
from app.schemas.playbooks import StepRequest
from app.schemas.signals import IncomingSignal
from app.services.intake import ingest
from app.services.loop.anew import reopen_incident
from app.services.loop.held_back import QUIET_RULES
from app.services.loop.undoing import GAVE_UP
from app.services.operations.controls import turn_kill_switch
from app.services.playbooks import people
from app.services.playbooks.carry_on import end_step
from tests.builders import make_action, make_decision, make_incident, make_run
from tests.telling import SCOPE, Telling, Vendors, open_telling, open_vendors, target_over
from tests.waiting import wait_until

Open = Callable[..., AbstractContextManager[Telling]]
OPS = target_over("slack", name="ops")


@pytest.fixture(scope="module")
def vendors() -> Iterator[Vendors]:
    with open_vendors() as found:
        yield found


@pytest.fixture
def opened(tmp_path: Path, vendors: Vendors) -> Open:
    return partial(open_telling, tmp_path, vendors)


def escalate(telling: Telling, number: int) -> None:
    with telling.ctx.store.write(SCOPE) as session:
        session.incidents.move(
            f"INC-{number:08d}", IncidentStatus.ESCALATED, at=telling.clock.now(), reason="nothing to propose"
        )


def texts(vendors: Vendors) -> list[str]:
    """What the channel shows, oldest first."""
    return [one["text"] for one in reversed(vendors.slack.messages)]


def test_a_question_is_told_once_with_what_is_asked_until_when_and_where(opened: Open, vendors: Vendors) -> None:
    with opened([OPS, target_over("events"), target_over("mail"), target_over("telegram")]) as telling:
        row = telling.ask(1, title="Checkout fails <!channel>")
        for _ in range(2):
            telling.tell()
            telling.restart()
        (text,) = texts(vendors)
        assert text.splitlines()[0] == "Your word is needed: Checkout fails &lt;!channel&gt;."
        assert f"Approve or reject: {row.decision.title}." in text
        assert "Until 2026-03-02 11:00 UTC." in text
        assert f"https://causeway.example.com/shop/inbox?tenant=default&amp;action={row.id}" in text
        (event,) = vendors.events.effects()
        (notice,) = telling.notices("by-events")
        assert (event["id"], event["type"]) == (notice.id, "dev.causeway.notice.pending")
        assert event["data"]["link"].endswith(f"?tenant=default&action={row.id}")
        (asked,) = vendors.events.asked
        assert asked.headers["webhook-id"] == notice.id
        (letter,) = vendors.mail.letters
        assert f"Message-ID: <{telling.notices('by-mail')[0].id[:40]}@127.0.0.1>" in letter
        assert [one["text"].splitlines()[0] for one in vendors.telegram.messages] == [
            "Your word is needed: Checkout fails <!channel>."
        ]
        assert telling.states() == ["SENT"] * 4


@contextmanager
def heard() -> Iterator[list[Any]]:
    """Whatever is logged by anybody meanwhile."""
    lines: list[Any] = []
    ear, root = logging.Handler(logging.DEBUG), logging.getLogger()
    ear.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        with capture_logs() as ours:
            yield lines
        lines += ours
    finally:
        root.removeHandler(ear)
        root.setLevel(level)


def test_no_secret_of_ours_or_of_anybody_leaves_or_is_kept(opened: Open, vendors: Vendors) -> None:
    token = "xoxb-123456789012-abcdefghijklmnopqrstuvwx"
    with opened([OPS, target_over("telegram")]) as telling:
        vendors.telegram.troubles.append("echoes")
        telling.ask(1, title=f"Bot token {token} fails\x00\u202e")
        with heard() as lines:
            telling.tell()
        assert lines and vendors.telegram.secret not in str(lines)
        (text,) = texts(vendors)
        assert token not in text and "\u202e" not in text
        with telling.ctx.store.read(SCOPE) as session:
            told = [one for one in session.events.page() if one.kind.startswith("notice.")]
            kept = json.dumps([one.plain() for one in (*session.notices.page(), *told)])
        assert len(told) == 2
        assert telling.states("by-telegram") == ["GAVE_UP"]
        for secret in (token, vendors.slack.secret, vendors.telegram.secret):
            assert secret not in kept


def test_a_dry_run_shows_every_byte_and_sends_none(opened: Open, vendors: Vendors) -> None:
    with opened([{**target_over("telegram"), "mode": "dry_run"}]) as telling:
        telling.ask(1)
        telling.tell()
        (notice,) = telling.notices()
        assert notice.state is NoticeState.SHOWN and notice.request is not None
        (call,) = notice.request["calls"]
        assert call["url"].endswith("/bot{secret.token}/sendMessage")
        assert json.loads(call["body"])["text"] == notice.words.text
        assert vendors.telegram.asked == []


def test_what_could_not_be_undone_is_told_as_a_harm_with_whom_it_stands_for(opened: Open, vendors: Vendors) -> None:
    with opened([{**OPS, "tells": ["harm"]}]) as telling:
        row = telling.ask(1, muted=True)
        decision = row.decision.changed(undo_requests=row.decision.requests)
        undo = row.changed(id=f"{row.id}-U0-3", parent_id=row.id, step=RowKind.UNDO, decision=decision, tries=4)
        with telling.ctx.store.write(SCOPE) as session:
            session.actions.add(undo.changed(status=ActionStatus.FAILED))
            session.events.append(GAVE_UP, undo.id, {"incident_id": undo.incident_id}, at=telling.clock.now())
        for _ in range(2):
            telling.tell()
        (text,) = texts(vendors)
        assert "Take it back by hand, or ask for it once more" in text and "MERCH-A1B2C3 failed 4 times" in text


def test_only_what_a_target_wants_is_told_and_nothing_of_what_is_muted(opened: Open, vendors: Vendors) -> None:
    with opened([{**OPS, "tells": ["escalated"], "least_severity": "high"}]) as telling:
        for number, changes in enumerate(({"severity": "high"}, {"severity": "low"}, {"muted": True}), 1):
            telling.ask(number, **changes)
            escalate(telling, number)
        telling.tell()
        assert [(one.kind, one.incident_id) for one in telling.notices()] == [(NoticeKind.ESCALATED, "INC-00000001")]
        assert "Take it over: nothing to propose." in texts(vendors)[0]


def test_what_was_decided_before_it_could_be_told_is_not_told(opened: Open, vendors: Vendors) -> None:
    with opened([OPS]) as telling:
        row = telling.ask(1)
        vendors.slack.troubles.extend(["throttled"])
        telling.tell()
        assert telling.states() == ["WAITING"]
        with telling.ctx.store.write(SCOPE) as session:
            session.actions.move(
                row.id,
                from_=ActionStatus.PENDING,
                to=ActionStatus.REJECTED,
                version=row.version,
                digest=row.digest,
                at=telling.clock.now(),
                by="person:ada",
            )
        telling.skip(minutes=1)
        telling.tell()
        assert (telling.states(), texts(vendors)) == (["OVERTAKEN"], [])


def test_what_is_in_doubt_is_told_while_what_follows_is_watched(opened: Open, vendors: Vendors) -> None:
    with opened([OPS]) as telling:
        decision = make_decision(1, "default", action_id="ACT-00000001")
        doubtful = make_action(1, "default", decision=decision, status=ActionStatus.IN_DOUBT)
        with telling.ctx.store.write(SCOPE) as session:
            session.incidents.add(make_incident(1, status=IncidentStatus.VERIFYING))
            session.actions.add(doubtful)
        for _ in range(2):
            telling.tell()
        (text,) = texts(vendors)
        assert f"Say whether it happened: {decision.title}." in text and "is watched" in text


def test_a_question_that_soon_expires_is_told_again(opened: Open, vendors: Vendors) -> None:
    with opened([OPS]) as telling:
        telling.ask(1)
        for minutes in (0, 100, 10, 20):
            telling.skip(minutes=minutes)
            telling.tell()
        assert [text.split(":")[0] for text in texts(vendors)] == ["Your word is needed", "About to expire"]


def test_the_kill_switch_is_told_also_while_it_is_on(opened: Open, vendors: Vendors) -> None:
    with opened([OPS]) as telling:
        turn_kill_switch(telling.ctx, SCOPE, True, "odd orders")
        telling.tell()
        turn_kill_switch(telling.ctx, SCOPE, False, "")
        telling.tell()
        first, second = texts(vendors)
        assert first.startswith("The kill switch of default is on.\nBy local:admin: odd orders.")
        assert second.startswith("The kill switch of default is off again.")


def test_of_too_many_in_an_hour_the_last_one_sums_up_the_rest(opened: Open, vendors: Vendors) -> None:
    with opened([{**OPS, "per_hour": 5}]) as telling:
        for number in range(1, 19):
            telling.ask(number, title=f"Fault {number}")
        telling.tell()
        assert len(texts(vendors)) == 5
        assert texts(vendors)[-1].startswith("And 14 more.\n14 waiting for a decision.\nYour word is needed: Fault 5.")
        assert sorted(telling.states()) == ["SENT"] * 5 + ["SUMMED"] * 14
        for number in (19, 20):
            telling.ask(number)
        telling.tell()
        assert len(texts(vendors)) == 5 and telling.states().count("HELD") == 2
        telling.skip(minutes=59)
        telling.tell()
        assert len(texts(vendors)) == 5
        telling.skip(minutes=2)
        telling.tell()
        assert len(texts(vendors)) == 7 and "HELD" not in telling.states()


def second_tells(telling: Telling) -> list[str]:
    return [one.words.asked for one in telling.notices("by-events")]


def test_the_second_target_is_told_when_nobody_acknowledges_in_time(opened: Open, vendors: Vendors) -> None:
    targets = [{**OPS, "then": {"target": "by-events", "after_minutes": 10}}, target_over("events", tells=["harm"])]
    with opened(targets) as telling:
        for number in (1, 2, 3):
            telling.ask(number)
            escalate(telling, number)
        telling.tell()
        telling.change(1, acknowledged_by="person:ada")
        telling.change(2, assignee="the night shift")
        telling.skip(minutes=9)
        telling.tell()
        assert second_tells(telling) == []
        for _ in range(2):
            telling.skip(minutes=1.5)
            telling.restart()
            telling.tell()
        assert {one.incident_id for one in telling.notices("by-events")} == {"INC-00000003"}
        assert all(
            said.endswith("ops was told, and nobody took it within 10 minutes.") for said in second_tells(telling)
        )
        assert len(vendors.events.effects()) == len(second_tells(telling)) == 2


def test_an_acknowledgement_is_over_with_what_it_was_about(opened: Open, vendors: Vendors) -> None:
    with opened([{**OPS, "then": {"target": "by-events", "after_minutes": 10}}, target_over("events")]) as telling:
        telling.ask(1)
        telling.change(1, acknowledged_by="person:ada")
        now = telling.clock.now()
        with telling.ctx.store.write(SCOPE) as session:
            session.incidents.move("INC-00000001", IncidentStatus.RESOLVED, at=now, reason="it is quiet")
            reopen_incident(session, session.incidents.get("INC-00000001"), {"reason": "it came back"}, now)
            assert session.incidents.get("INC-00000001").acknowledged_by is None


def test_where_the_first_target_cannot_be_reached_the_second_is_told_at_once(opened: Open, vendors: Vendors) -> None:
    first = {**OPS, "then": {"target": "by-events", "after_minutes": 600}}
    with opened([first, target_over("events", tells=["harm"])]) as telling:
        vendors.slack.secret, before = "revoked", vendors.slack.secret
        try:
            telling.ask(1)
            telling.tell()
            telling.skip(minutes=1)
            telling.tell()
        finally:
            vendors.slack.secret = before
        (failed,) = telling.notices("ops")
        assert failed.state is NoticeState.GAVE_UP and "invalid_auth" in failed.error
        assert second_tells(telling)[0].endswith("ops could not be reached.")
        assert len(vendors.events.effects()) == 1


def test_what_fails_for_a_while_is_tried_again_later_each_time_and_then_given_up(
    opened: Open, vendors: Vendors
) -> None:
    with opened([target_over("events", tells=["pending"])]) as telling:
        vendors.events.troubles.extend(["error_before"] * 40)
        telling.ask(1)
        tries, waits = [0], []
        for _ in range(120):
            telling.tell()
            (notice,) = telling.notices()
            if notice.attempts > tries[-1]:
                tries.append(notice.attempts)
                waits.append((notice.not_before - telling.clock.now()).total_seconds())
            if notice.ended_at:
                break
            telling.skip(minutes=1)
        assert tries[-1] == 10 and notice.state is NoticeState.IN_DOUBT
        assert waits[:4] == sorted(waits[:4]) and max(waits) <= 900
        assert vendors.events.effects() == []
        vendors.events.troubles.clear()


def test_a_target_is_told_what_waits_when_it_is_new_and_not_what_was(opened: Open, vendors: Vendors) -> None:
    with opened([OPS]) as telling:
        for number in (1, 2):
            telling.ask(number)
        escalate(telling, 1)
        with telling.ctx.store.write(SCOPE) as session:
            cursor: dict[str, Any] = {"seq": session.events.page(newest_first=True, limit=1)[0].seq}
            session.notes.put("notices:ops", cursor)
        telling.restart()
        telling.tell()
        assert {one.kind for one in telling.notices()} == {NoticeKind.PENDING}


def test_a_target_that_does_not_answer_delays_nothing_but_itself(opened: Open, vendors: Vendors) -> None:
    with opened([OPS, target_over("events")]) as telling:
        vendors.slack.troubles.append("silent_before")
        turn_kill_switch(telling.ctx, SCOPE, True, "odd orders")
        worker = telling.application.worker
        for _ in range(2):
            worker.beat(0.0, patience=5.0)
        wait_until(lambda: telling.states("by-events") == ["SENT"], 5, "the target that answers")
        assert telling.states("ops") in (["WAITING"], ["SENDING"])
        assert (worker.beats, worker.last_error) == (2, "")
        wait_until(lambda: telling.states("ops") == ["WAITING"], 10, "the end of the attempt")
        telling.skip(minutes=1)
        telling.tell()
        assert telling.states("ops") == ["SENT"] and len(texts(vendors)) == 1


def test_from_a_signal_to_the_channel_the_worker_does_it_all(opened: Open, vendors: Vendors) -> None:
    with opened([OPS]) as telling:
        error = {"error_code": "PAYMENT_CALLBACK_INVALID", "endpoint": "/api/v3/checkout/complete", "status": 422}
        signals = [
            IncomingSignal(
                signal_type=SignalType.API_ERROR,
                source="datadog",
                severity=Severity.HIGH,
                merchant_id=f"MERCH-{number}",
                error_message="Payment callback URL validation failed",
                occurred_at=telling.clock.now(),
                **error,
            )
            for number in range(4)
        ]
        ingest.accept(telling.ctx, SCOPE, signals)
        telling.application.worker.beat(0.0)
        telling.application.worker.beat(0.0)
        with telling.ctx.store.read(SCOPE) as session:
            (row,) = session.actions.page(statuses=[ActionStatus.PENDING])
        (text,) = texts(vendors)
        assert text.splitlines()[0].startswith("Your word is needed: ") and "at 4 stores" in text.splitlines()[0]
        assert f"action={row.id}" in text


def test_what_a_lost_store_may_have_sent_is_looked_for_before_it_is_sent(opened: Open, vendors: Vendors) -> None:
    with opened([OPS, target_over("telegram")]) as telling:
        telling.ask(1)
        vendors.slack.troubles.append("throttled")
        vendors.telegram.troubles.append("throttled")
        telling.tell()
        now = telling.clock.now()
        with telling.ctx.store.write(SCOPE) as session:
            session.notes.put(RESTORED, Restoration(at=now, backup_at=now).plain())
        telling.skip(minutes=1)
        telling.tell()
        assert (telling.states("ops"), len(texts(vendors))) == (["SENT"], 1)
        assert "GET" in [one.method for one in vendors.slack.asked]
        (doubt,) = telling.notices("by-telegram")
        assert doubt.state is NoticeState.IN_DOUBT and "not sent again" in doubt.error
        assert vendors.telegram.messages == []


def test_while_another_process_tells_a_target_nobody_else_does(opened: Open, vendors: Vendors) -> None:
    with opened([OPS]) as telling:
        telling.ask(1)
        with telling.ctx.store.write(SCOPE) as session:
            fence = session.leases.take("notices:ops", "another process", seconds=30)
        telling.tell()
        assert (texts(vendors), telling.states()) == ([], ["WAITING"])
        with telling.ctx.store.write(SCOPE) as session:
            assert fence is not None
            session.leases.release(fence)
        telling.tell()
        assert len(texts(vendors)) == 1


def test_where_a_summary_does_not_arrive_the_second_is_told_of_all_in_it(opened: Open, vendors: Vendors) -> None:
    first = {**OPS, "per_hour": 1, "then": {"target": "by-events", "after_minutes": 600}}
    with opened([first, target_over("events", tells=["harm"])]) as telling:
        vendors.slack.secret, before = "revoked", vendors.slack.secret
        for number in (1, 2, 3):
            telling.ask(number)
        telling.tell()
        vendors.slack.secret = before
        assert sorted(telling.states("ops")) == ["GAVE_UP", "SUMMED", "SUMMED", "SUMMED"]
        telling.skip(minutes=1)
        telling.tell()
        assert len(telling.notices("by-events")) == 3


def test_what_a_window_holds_back_is_told_when_it_is_over(opened: Open, vendors: Vendors) -> None:
    with opened([OPS]) as telling:
        now = telling.clock.now()
        rule = {"id": "QUIET-1", "kind": "window", "name": "release", "reason": "a release", "by": "person:ada"}
        moments = {"at": now.isoformat(), "since": now.isoformat(), "until": (now + timedelta(minutes=30)).isoformat()}
        with telling.ctx.store.write(SCOPE) as session:
            session.notes.put(QUIET_RULES, {"rules": [{**rule, **moments}]})
        telling.ask(1)
        for minutes, told in ((0, 0), (29, 0), (2, 1)):
            telling.skip(minutes=minutes)
            telling.tell()
            assert len(texts(vendors)) == told, minutes


def test_a_question_that_was_put_off_is_told_of_when_it_is_back(opened: Open, vendors: Vendors) -> None:
    with opened([OPS]) as telling:
        row = telling.ask(1)
        now = telling.clock.now()
        snooze = Snooze(until=now + timedelta(minutes=30), by="person:ada", reason="after lunch", at=now)
        with telling.ctx.store.write(SCOPE) as session:
            session.actions.put_off(row.id, snooze, version=row.version, digest=row.digest)
        telling.tell()
        assert texts(vendors) == []
        telling.skip(minutes=31)
        telling.tell()
        assert len(texts(vendors)) == 1


def test_where_two_must_approve_the_second_is_asked_by_a_message_of_its_own(opened: Open, vendors: Vendors) -> None:
    with opened([OPS]) as telling:
        row = telling.ask(1, approvers=2)
        telling.tell()
        first = FirstApproval(by="person:ada", digest=row.digest, at=telling.clock.now())
        with telling.ctx.store.write(SCOPE) as session:
            session.actions.note_first_approval(row.id, first, version=row.version)
        telling.tell()
        assert len(texts(vendors)) == 2
        assert "1 of 2: person:ada approved it, and it still needs another person" in texts(vendors)[1]


def test_a_step_of_a_plan_that_is_for_people_is_told_when_its_turn_has_come_and_not_once_it_is_done(
    opened: Open, vendors: Vendors
) -> None:
    with opened([{**OPS, "tells": ["playbook"]}]) as telling:
        for number in (1, 2):
            incident_id = telling.ask(number).incident_id
            run = make_run(number, incident_id=incident_id, status=RunStatus.RUNNING)
            with telling.ctx.store.write(SCOPE) as session:
                session.playbooks.add(run.recorded("fix", state=StepState.DONE).with_turns(telling.clock.now()))
                begun = session.playbooks.get(run.id)
                end_step(session, begun, run.plan.step("proof"), by="person:ada", note="seen", at=telling.clock.now())
        people.complete_step(telling.ctx, SCOPE, incident_id, "tell", StepRequest())
        telling.tell()
        (text,) = texts(vendors)
        assert text.splitlines()[:2] == ["A step of a plan: Payment callbacks are refused.", "Tell it: x"]
        assert {one.incident_id: one.state for one in telling.notices()} == {
            "INC-00000001": NoticeState.SENT,
            "INC-00000002": NoticeState.OVERTAKEN,
        }
