"""What every store promises about work in progress: leases and their fences, the outbox, setbacks, and answers kept by
key.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.domain.errors import Conflict, LeaseLost, NotFound, Temporary
from app.domain.tenants import Fence
from app.ports.store import Session, Store
from tests.builders import NOW, make_intent, make_reply, make_request, make_scope, make_setback, make_signal, minutes

DEMO, OTHER = make_scope("demo"), make_scope("other", "person:olga")
LONG = 3_600.0
"""A lease that outlasts any test."""
OVER = -1.0
"""A lease that has run out when it is taken."""


def take(store: Store, name: str = "incident:1", holder: str = "worker-1", seconds: float = LONG) -> Fence | None:
    with store.write(DEMO) as session:
        return session.leases.take(name, holder, seconds=seconds)


def taken(store: Store, name: str = "incident:1", holder: str = "worker-1", seconds: float = LONG) -> Fence:
    fence = take(store, name, holder, seconds)
    assert fence is not None
    return fence


def at_once(count: int, attempt: Callable[[int], Any]) -> list[Any]:
    """Start all attempts at the same moment; what each of them got."""
    gate = threading.Barrier(count)

    def run(number: int) -> Any:
        gate.wait()
        return attempt(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


# --- leases --------------------------------------------------------------------------------------------------------


def test_a_lease_that_is_held_is_given_to_nobody_else_and_its_token_grows_for_ever(store: Store) -> None:
    first = taken(store)
    assert first == Fence(name="incident:1", token=1)
    assert take(store, holder="worker-2") is None
    with store.write(DEMO) as session:
        session.leases.release(first)
    second = taken(store, holder="worker-2", seconds=OVER)
    third = taken(store, holder="worker-1")
    assert (second.token, third.token) == (2, 3)


def test_leases_of_other_names_and_other_tenants_are_others(store: Store) -> None:
    assert taken(store, "a").token == taken(store, "b").token == 1
    with store.write(OTHER) as session:
        assert session.leases.take("a", "worker-9", seconds=LONG) == Fence(name="a", token=1)
        session.leases.release(Fence(name="a", token=1))
    assert take(store, "a", holder="worker-2") is None


def test_what_a_process_failed_to_let_go_it_takes_anew_under_a_newer_token(store: Store) -> None:
    first = taken(store)
    second = taken(store)
    assert second.token == first.token + 1
    with pytest.raises(LeaseLost), store.write(DEMO.changed(fence=first)):
        pass


def test_held_leases_are_listed_with_their_holder_and_the_time_that_is_left(store: Store) -> None:
    for name, seconds in (("b", LONG), ("a", LONG), ("c", OVER), ("d", LONG)):
        fence = taken(store, name, seconds=seconds)
    with store.write(DEMO) as session:
        session.leases.release(fence)
    with store.read(DEMO) as session:
        held = session.leases.page()
    assert [(lease.fence.name, lease.holder) for lease in held] == [("a", "worker-1"), ("b", "worker-1")]
    assert all(LONG - 600 < lease.seconds_left <= LONG for lease in held)


def test_a_lease_is_renewed_until_somebody_has_taken_it_over(store: Store) -> None:
    mine = taken(store, seconds=OVER)
    with store.write(DEMO) as session:
        assert session.leases.renew(mine, seconds=LONG)
        assert [lease.fence for lease in session.leases.page()] == [mine]
        assert session.leases.renew(mine, seconds=OVER)
    other = taken(store, holder="worker-2")
    with store.write(DEMO) as session:
        assert not session.leases.renew(mine, seconds=LONG)
        session.leases.release(mine)
        assert [(lease.fence, lease.holder) for lease in session.leases.page()] == [(other, "worker-2")]


def test_a_lease_that_was_let_go_is_not_renewed(store: Store) -> None:
    mine = taken(store)
    with store.write(DEMO) as session:
        session.leases.release(mine)
        assert not session.leases.renew(mine, seconds=LONG)
        assert not session.leases.renew(Fence(name="never taken", token=1), seconds=LONG)
        assert session.leases.page() == []


def test_a_lease_from_before_the_clock_was_set_back_keeps_nobody_out(store: Store) -> None:
    dead = taken(store, seconds=30 + 3_600)
    with store.write(DEMO) as session:
        assert session.leases.take("incident:1", "worker-2", seconds=30) == Fence(name="incident:1", token=2)
        assert session.leases.take("incident:1", "worker-3", seconds=5) is None
        assert not session.leases.renew(dead, seconds=30)


def test_of_sixteen_who_want_a_lease_at_once_one_gets_it(store: Store) -> None:
    for turn in range(1, 4):
        got = [
            fence for fence in at_once(16, lambda number: take(store, holder=f"worker-{number}")) if fence is not None
        ]
        assert got == [Fence(name="incident:1", token=turn)]
        with store.write(DEMO) as session:
            session.leases.release(got[0])


def test_whoever_comes_back_after_the_lease_was_taken_over_writes_nothing(store: Store) -> None:
    mine = taken(store, seconds=OVER)
    stale = DEMO.changed(fence=mine)
    with store.write(stale) as session:
        session.notes.put("a", {"written": "before"})
    taken(store, holder="worker-2")
    reached = False
    with pytest.raises(LeaseLost, match="incident:1") as late, store.write(stale) as session:
        reached = True
    assert not reached
    assert isinstance(late.value, Temporary)
    with store.read(stale) as session:
        assert session.notes.get("a") == {"written": "before"}
    with store.write(DEMO) as session:
        session.notes.put("a", {"written": "after"})


@pytest.mark.parametrize(
    "fence", [Fence(name="nobody's", token=1), Fence(name="incident:1", token=2), Fence(name="incident:1", token=7)]
)
def test_a_fence_that_nobody_was_given_opens_nothing(store: Store, fence: Fence) -> None:
    taken(store)
    with pytest.raises(LeaseLost), store.write(DEMO.changed(fence=fence)):
        pass


def test_a_fence_of_one_tenant_opens_nothing_in_another(store: Store) -> None:
    mine = taken(store)
    with pytest.raises(LeaseLost), store.write(OTHER.changed(fence=mine)):
        pass


def test_a_worker_whose_lease_ran_out_and_that_nobody_replaced_goes_on(store: Store) -> None:
    with store.write(DEMO.changed(fence=taken(store, seconds=OVER))) as session:
        session.signals.add([make_signal()])
    with store.read(DEMO) as session:
        assert session.signals.count() == 1


# --- the outbox ----------------------------------------------------------------------------------------------------


def test_an_intent_is_kept_once_and_reads_back_as_it_was(store: Store) -> None:
    intent = make_intent(
        request=make_request(body={"text": "Zahlung fällt aus 日本", "n": [1, 2.5, None]}), error="none"
    )
    with store.write(DEMO) as session:
        assert session.outbox.put(intent)
        assert not session.outbox.put(intent.changed(tool="other"))
        assert session.outbox.get(intent.key) == intent
        assert session.outbox.get("unknown") is None
        assert session.events.page() == []


def test_every_attempt_is_counted_and_from_the_second_on_told_in_the_chain(store: Store) -> None:
    with store.write(DEMO) as session:
        session.outbox.put(make_intent())
        for number in (1, 2, 3):
            tried = session.outbox.attempt("key-1", at=minutes(number))
            assert (tried.attempts, tried.tried_at) == (number, minutes(number))
            assert session.outbox.get("key-1") == tried
        told = session.events.page()
        assert [(event.kind, event.subject, event.at, event.payload["attempts"]) for event in told] == [
            ("action.sent_again", "ACT-00000001", minutes(2), 2),
            ("action.sent_again", "ACT-00000001", minutes(3), 3),
        ]


def test_what_was_never_to_be_sent_cannot_be_tried_or_closed(store: Store) -> None:
    with store.write(DEMO) as session:
        with pytest.raises(NotFound, match="key-9"):
            session.outbox.attempt("key-9", at=NOW)
        with pytest.raises(NotFound, match="key-9"):
            session.outbox.end("key-9", ending="FAILED", error="", at=NOW)


def test_what_has_ended_is_not_tried_again_and_a_doubt_can_be_settled(store: Store) -> None:
    with store.write(DEMO) as session:
        session.outbox.put(make_intent())
        session.outbox.attempt("key-1", at=minutes(1))
        session.outbox.end("key-1", ending="IN_DOUBT", error="the answer was \x00lost", at=minutes(2))
        with pytest.raises(Conflict, match="IN_DOUBT"):
            session.outbox.attempt("key-1", at=minutes(3))
        doubt = session.outbox.get("key-1")
        assert doubt == make_intent(
            attempts=1, tried_at=minutes(1), ending="IN_DOUBT", error="the answer was lost", ended_at=minutes(2)
        )
        session.outbox.end("key-1", ending="EXECUTED", error="", at=minutes(4))
        settled = session.outbox.get("key-1")
        assert settled is not None
        assert (settled.ending, settled.ended_at, settled.attempts) == ("EXECUTED", minutes(4), 1)


def test_intents_are_listed_newest_first_by_action_and_while_they_are_open(store: Store) -> None:
    with store.write(DEMO) as session:
        for number in (2, 1, 3):
            session.outbox.put(make_intent(number))
        session.outbox.put(make_intent(4, action_id="ACT-00000002", created_at=minutes(3)))
        session.outbox.end("key-3", ending="EXECUTED", error="", at=minutes(5))

        def keys(**asked: Any) -> list[str]:
            return [intent.key for intent in session.outbox.page(**asked)]

        assert keys() == ["key-4", "key-3", "key-2", "key-1"]
        assert keys(open_only=True) == ["key-4", "key-2", "key-1"]
        assert keys(action_id="ACT-00000002") == ["key-4", "key-2"]
        assert keys(limit=1) == ["key-4"]
        assert keys(limit=-1) == []


# --- setbacks ------------------------------------------------------------------------------------------------------


def test_a_setback_is_replaced_and_cleared(store: Store) -> None:
    with store.write(DEMO) as session:
        assert session.setbacks.get("INC-00000001") is None
        session.setbacks.put(make_setback())
        second = make_setback(failures=2, dead=True, was="AWAITING", reason="the shop\x00 is gone", at=minutes(9))
        session.setbacks.put(second)
        assert session.setbacks.get("INC-00000001") == second.changed(reason="the shop is gone")
        session.setbacks.clear("INC-00000001")
        session.setbacks.clear("INC-00000001")
        assert session.setbacks.get("INC-00000001") is None


def test_setbacks_are_listed_newest_first_and_the_dead_apart(store: Store) -> None:
    def listed(session: Session, dead: bool | None) -> list[str]:
        return [setback.incident_id[-1] for setback in session.setbacks.page(dead=dead)]

    with store.write(DEMO) as session:
        for number in (2, 3, 1):
            session.setbacks.put(make_setback(number, dead=number == 2))
        assert [listed(session, dead) for dead in (None, True, False)] == [["3", "2", "1"], ["2"], ["3", "1"]]


# --- answers kept by key -------------------------------------------------------------------------------------------

REPLY = make_reply()


def begin(store: Store, reply: Any = REPLY, before: float = 0) -> Any:
    with store.write(DEMO) as session:
        return session.replies.begin(reply, abandoned_before=minutes(before))


def finish(store: Store, status: int = 200, body: str = "eWVz") -> None:
    with store.write(DEMO) as session:
        session.replies.finish(
            REPLY.key, REPLY.route, status=status, headers={"content-type": "application/json"}, body=body
        )


def test_a_question_is_ours_once_and_whoever_repeats_it_gets_what_is_kept(store: Store) -> None:
    assert begin(store) is None
    assert begin(store, REPLY.changed(at=minutes(2))) == REPLY
    finish(store, 201)
    answered = REPLY.changed(status=201, headers={"content-type": "application/json"}, body="eWVz")
    assert begin(store) == answered
    assert begin(store, REPLY.changed(fingerprint="f" * 64), before=100) == answered


def test_another_key_another_route_and_another_tenant_are_other_questions(store: Store) -> None:
    assert begin(store) is None
    assert begin(store, REPLY.changed(route="POST /other")) is None
    assert begin(store, REPLY.changed(key="key-2")) is None
    with store.write(OTHER) as session:
        assert session.replies.begin(REPLY, abandoned_before=NOW) is None


def test_an_abandoned_question_is_ours_when_it_is_the_same_question(store: Store) -> None:
    assert begin(store) is None
    assert begin(store, REPLY.changed(at=minutes(5), fingerprint="f" * 64), before=2) == REPLY
    assert begin(store, REPLY.changed(at=minutes(5)), before=1) == REPLY
    assert begin(store, REPLY.changed(at=minutes(5)), before=2) is None
    assert begin(store, REPLY.changed(at=minutes(6)), before=2) == REPLY.changed(at=minutes(5))


def test_the_first_answer_stays(store: Store) -> None:
    begin(store)
    finish(store, 200, "first")
    finish(store, 500, "late")
    assert begin(store, before=100).body == "first"


def test_a_question_that_was_dropped_can_be_asked_as_if_for_the_first_time(store: Store) -> None:
    begin(store)
    with store.write(DEMO) as session:
        session.replies.forget(REPLY.key, REPLY.route)
    finish(store)
    assert begin(store) is None


def test_old_answers_are_discarded_and_counted(store: Store) -> None:
    for number in range(1, 6):
        assert begin(store, make_reply(number)) is None
    with store.write(DEMO) as session:
        assert session.replies.discard_before(minutes(3)) == 2
        assert session.replies.discard_before(minutes(3)) == 0
    assert [begin(store, make_reply(number)) is None for number in range(1, 6)] == [True, True, False, False, False]


def test_of_sixteen_who_ask_the_same_at_once_one_answers(store: Store) -> None:
    assert sorted(kept is None for kept in at_once(16, lambda _: begin(store))) == [False] * 15 + [True]
