"""What every store promises about what people can stop, and about the versions of the configuration."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.action_states import ActionStatus
from app.domain.approvals import RowKind
from app.domain.errors import Conflict, NotFound
from app.domain.tenants import KillSwitch
from app.ports.store import Store
from app.services.operations.controls import REMOVED
from app.store.sql.engine import SqlStore
from tests.builders import NOW, make_action, make_decision, make_scope, make_version, minutes

A = ActionStatus
DEMO, OTHER, GHOST = make_scope("demo"), make_scope("other", "person:olga"), make_scope("ghost")
EVERYTHING = KillSwitch(on=True, everywhere=True, by="person:root", reason="a storm", at=NOW)


def approved(store: Store, number: int = 1, **changes: Any) -> Any:
    action = make_action(number, status=A.APPROVED, **changes)
    with store.write(DEMO) as session:
        session.actions.add(action)
    return action


def send(store: Store, action: Any, scope: Any = DEMO) -> Any:
    with store.write(scope) as session:
        return session.actions.move(
            action.id, from_=A.APPROVED, to=A.SENDING, version=action.version, digest=action.digest, at=NOW
        )


# --- the kill switches ---------------------------------------------------------------------------------------------


def test_a_tenants_own_switch_says_who_turned_it_why_and_when(store: Store) -> None:
    with store.write(DEMO) as session:
        assert session.controls.kill_switch() == KillSwitch()
        session.controls.switch(True, reason="too many refunds", at=minutes(1))
        on = KillSwitch(on=True, by="person:ada", reason="too many refunds", at=minutes(1))
        assert session.controls.kill_switch() == on
    assert store.tenant("demo").kill_switch
    with store.write(make_scope("demo", "person:olga")) as session:
        assert session.controls.kill_switch() == on
        session.controls.switch(False, reason="it was a drill", at=minutes(2))
    assert not store.tenant("demo").kill_switch
    with store.read(DEMO) as session:
        assert session.controls.kill_switch() == KillSwitch(by="person:olga", reason="it was a drill", at=minutes(2))
        told = session.events.page()
    assert [(event.kind, event.principal, event.at, event.payload["reason"]) for event in told] == [
        ("kill_switch.on", "person:ada", minutes(1), "too many refunds"),
        ("kill_switch.off", "person:olga", minutes(2), "it was a drill"),
    ]


def test_a_switch_that_was_set_with_the_tenant_names_nobody(store: Store) -> None:
    with store.write(DEMO) as session:
        session.controls.switch(True, reason="a drill", at=NOW)
        session.controls.switch(False, reason="over", at=NOW)
    store.put_tenant(store.tenant("demo").changed(kill_switch=True))
    with store.read(DEMO) as session:
        assert session.controls.kill_switch() == KillSwitch(on=True)


def test_the_switch_of_one_tenant_is_not_anothers(store: Store) -> None:
    with store.write(DEMO) as session:
        session.controls.switch(True, reason="a drill", at=NOW)
    with store.read(OTHER) as session:
        assert not session.controls.kill_switch().on
    assert not store.tenant("other").kill_switch
    assert not store.kill_switch().on


def test_a_tenant_that_nobody_registered_has_no_switch(store: Store) -> None:
    with pytest.raises(NotFound), store.write(GHOST) as session:
        session.controls.switch(True, reason="a drill", at=NOW)
    with pytest.raises(NotFound), store.read(GHOST) as session:
        session.controls.kill_switch()


def test_the_switch_for_everything_holds_every_tenant(store: Store) -> None:
    assert store.kill_switch() == KillSwitch()
    store.set_kill_switch(EVERYTHING.changed(everywhere=False))
    assert store.kill_switch() == EVERYTHING
    store.set_kill_switch(EVERYTHING.changed(reason="still a \x00storm"))
    for scope in (DEMO, OTHER):
        with store.read(scope) as session:
            assert session.controls.kill_switch() == EVERYTHING.changed(reason="still a storm")
    store.set_kill_switch(KillSwitch(everywhere=True, by="person:root", reason="over", at=minutes(1)))
    assert not store.kill_switch().on
    with store.read(DEMO) as session:
        assert session.controls.kill_switch() == KillSwitch()


def test_nothing_is_sent_while_either_switch_is_on_and_it_is_when_both_are_off(store: Store) -> None:
    action = approved(store)
    store.set_kill_switch(EVERYTHING)
    with pytest.raises(Conflict, match="kill switch") as held:
        send(store, action)
    assert held.value.facts["held"] is True
    assert "outdated" not in held.value.facts
    with store.write(DEMO) as session:
        session.controls.switch(True, reason="too", at=NOW)
    store.set_kill_switch(KillSwitch())
    with pytest.raises(Conflict, match="kill switch"):
        send(store, action)
    with store.write(DEMO) as session:
        assert session.actions.get(action.id) == action
        session.controls.switch(False, reason="over", at=NOW)
    assert send(store, action).status is A.SENDING


def test_only_sending_is_held_by_a_switch(store: Store) -> None:
    action = make_action()
    with store.write(DEMO) as session:
        session.actions.add(action)
    store.set_kill_switch(EVERYTHING)
    with store.write(DEMO) as session:
        session.actions.move(action.id, from_=A.PENDING, to=A.APPROVED, version=1, digest=action.digest, at=NOW)
        session.actions.move(action.id, from_=A.APPROVED, to=A.SUPERSEDED, version=1, digest=action.digest, at=NOW)


def test_a_lost_race_is_told_as_such_also_while_a_switch_is_on(store: Store) -> None:
    action = approved(store)
    send(store, action)
    store.set_kill_switch(EVERYTHING)
    store.record_config([make_version(2)])
    with pytest.raises(Conflict, match="SENDING") as lost:
        send(store, action)
    assert not {"held", "outdated"} & set(lost.value.facts)


# --- the versions of the configuration -----------------------------------------------------------------------------


def test_a_version_is_recorded_when_it_differs_from_the_newest_of_its_kind_and_name(store: Store) -> None:
    policies, tool, other = (
        make_version(),
        make_version(kind="tool", name="query_logs"),
        make_version(kind="tool", name="escalate"),
    )
    assert store.config_versions() == []
    assert store.record_config([policies, tool, other, tool]) == [policies, tool, other]
    assert store.record_config([policies.changed(loaded_at=minutes(5)), tool]) == []
    newer, back = make_version(2), policies.changed(loaded_at=minutes(9))
    assert store.record_config([newer, other]) == [newer]
    assert store.record_config([back]) == [back]
    assert store.config_versions() == [policies, tool, other, newer, back]


def test_of_each_kind_and_name_the_newest_version_is_in_force(store: Store) -> None:
    assert store.config_in_force() == {}
    older, newer, tool = make_version(1), make_version(2), make_version(7, kind="tool", name="query_logs")
    store.record_config([older, tool])
    store.record_config([newer])
    assert store.config_in_force() == {
        (newer.kind, newer.name): newer.version,
        ("tool", "query_logs"): tool.version,
    }
    store.record_config([older])
    assert store.config_in_force()[older.kind, older.name] == older.version


def test_the_policies_in_force_are_the_newest_that_were_loaded(store: Store) -> None:
    assert store.policies_in_force() is None
    store.record_config([make_version(7, kind="tool", name="query_logs")])
    assert store.policies_in_force() is None
    store.record_config([make_version(1), make_version(8, kind="thresholds")])
    store.record_config([make_version(2)])
    assert store.policies_in_force() == "policy-2"


def test_what_was_loaded_reads_back_equal_whatever_is_in_it(store: Store) -> None:
    version = make_version(body={"rules": [{"when": "risk == 'low'", "share": 0.25}, None], "title": "für alle 日本"})
    store.record_config([version])
    assert store.config_versions() == [version]


@pytest.mark.parametrize("store", ["postgres", "sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("view", "kind"),
    [("policy_packs", "policies"), ("domain_packs", "domain_pack"), ("playbooks", "playbook"), ("tools", "tool")],
)
def test_a_view_of_what_is_in_force_leaves_out_what_was_removed(store: SqlStore, view: str, kind: str) -> None:
    def shown() -> list[tuple[str, str]]:
        with store.everything() as connection:
            return [
                (row.name, row.version)
                for row in connection.execute(text(f"SELECT name, version FROM {view} ORDER BY name"))
            ]

    kept, gone = (make_version(number, kind=kind, name=name) for number, name in ((1, "kept"), (2, "gone")))
    store.record_config([kept, gone])
    assert shown() == [("gone", "policy-2"), ("kept", "policy-1")]
    store.record_config([make_version(3, kind=kind, name="gone", body=REMOVED)])
    assert shown() == [("kept", "policy-1")]
    store.record_config([gone])
    assert shown() == [("gone", "policy-2"), ("kept", "policy-1")]


def test_nothing_is_sent_by_policies_that_are_no_longer_in_force(store: Store) -> None:
    first, second = approved(store, 1), approved(store, 2)
    store.record_config([make_version(1, version="policy-1")])
    assert send(store, first).status is A.SENDING
    store.record_config(
        [make_version(2, version="policy-2"), make_version(kind="tool", name="query_logs", version="x")]
    )
    with pytest.raises(Conflict, match="no longer in force") as old:
        send(store, second)
    assert old.value.facts["outdated"] is True
    assert "held" not in old.value.facts
    store.set_kill_switch(EVERYTHING)
    with pytest.raises(Conflict, match="kill switch") as held:
        send(store, second)
    assert (held.value.facts["held"], "outdated" in held.value.facts) == (True, False)
    store.set_kill_switch(KillSwitch())
    store.record_config([make_version(3, version="policy-1")])
    assert send(store, second).status is A.SENDING


def test_while_no_policies_are_recorded_every_version_is_sent(store: Store) -> None:
    store.record_config([make_version(kind="thresholds", version="t-1")])
    assert send(store, approved(store)).status is A.SENDING


def test_the_undo_of_a_harm_is_held_by_the_switch_alone(store: Store) -> None:
    undo = approved(store, 1, step=RowKind.UNDO)
    store.record_config([make_version(2, version="policy-2")])
    store.set_kill_switch(EVERYTHING)
    with pytest.raises(Conflict, match="kill switch"):
        send(store, undo)
    store.set_kill_switch(KillSwitch())
    assert send(store, undo).status is A.SENDING


def test_an_edit_is_sent_by_the_policies_it_was_ruled_by_anew(store: Store) -> None:
    action = make_action()
    store.record_config([make_version(2, version="policy-2")])
    ruling = action.decision.ruling.changed(policy_version="policy-2")
    decision = make_decision(action_id=action.id, version=2, ruling=ruling)
    with store.write(DEMO) as session:
        session.actions.add(action)
        edited = session.actions.replace_pending(
            action.changed(decision=decision, version=2, digest=decision.digest),
            version=1,
            digest=action.digest,
            at=NOW,
            by="person:ada",
        )
        session.actions.move(action.id, from_=A.PENDING, to=A.APPROVED, version=2, digest=edited.digest, at=NOW)
    assert send(store, edited).status is A.SENDING


@pytest.mark.parametrize("what", ["switch", "policies"])
def test_from_the_commit_of_a_stop_on_nothing_is_sent(store: Store, what: str) -> None:
    """Senders race a stop: whoever began after it had returned is refused, and nobody else than a sender or the stop
    wins.
    """
    actions = [approved(store, number) for number in range(1, 9)]
    stopped, gate = threading.Event(), threading.Barrier(9)

    def stop() -> None:
        gate.wait()
        if what == "switch":
            store.set_kill_switch(EVERYTHING)
        else:
            store.record_config([make_version(2, version="policy-2")])
        stopped.set()

    def sender(action: Any) -> tuple[bool, bool]:
        gate.wait()
        late = stopped.is_set()
        try:
            send(store, action)
        except Conflict:
            return late, False
        return late, True

    with ThreadPoolExecutor(9) as pool:
        ending = pool.submit(stop)
        ends = list(pool.map(sender, actions))
        ending.result()
    assert (True, True) not in ends
    with store.read(DEMO) as session:
        sent = len(session.actions.page(statuses=[A.SENDING]))
    assert sent == sum(went for _, went in ends)
