"""The guard of every store lets pass exactly what the one rule of validity calls sendable."""

from itertools import product

from app.domain.action_states import ActionStatus
from app.domain.approvals import RowKind
from app.domain.errors import Conflict
from app.domain.tenants import KillSwitch
from app.domain.validity import is_outdated
from app.ports.store import Store
from tests.builders import NOW, make_action, make_decision, make_scope, make_tenant, make_version

DEMO = make_scope("demo")
POLICIES = ("policy-1", "policy-2")
EVERYTHING = KillSwitch(on=True, everywhere=True, by="person:root", reason="a storm", at=NOW)


def was_sent(store: Store, number: int, step: RowKind, ruled_by: str) -> tuple[bool, bool]:
    """Whether the store sent a fresh grant, and whether the rule holds against the policies in force."""
    ruling = make_decision(number).ruling.changed(policy_version=ruled_by)
    decision = make_decision(number, action_id=f"ACT-{number:08d}", ruling=ruling)
    row = make_action(number, decision=decision, step=step, status=ActionStatus.APPROVED)
    with store.write(DEMO) as session:
        session.actions.add(row)
    try:
        with store.write(DEMO) as session:
            session.actions.move(
                row.id,
                from_=ActionStatus.APPROVED,
                to=ActionStatus.SENDING,
                version=row.version,
                digest=row.digest,
                at=NOW,
            )
    except Conflict:
        return False, is_outdated(row, store.policies_in_force())
    return True, is_outdated(row, store.policies_in_force())


def test_the_guard_sends_what_is_not_stopped_and_was_ruled_by_the_policies_in_force(store: Store) -> None:
    number, sent = 0, set()
    for in_force in (None, "policy-1", "policy-2", "policy-1"):
        if in_force:
            number += 1
            store.record_config([make_version(number, version=in_force)])
        assert store.policies_in_force() == in_force
        for own, everywhere in product((False, True), repeat=2):
            store.put_tenant(make_tenant("demo", kill_switch=own))
            store.set_kill_switch(EVERYTHING if everywhere else KillSwitch())
            for step, ruled_by in product(RowKind, POLICIES):
                number += 1
                happened, outdated = was_sent(store, number, step, ruled_by)
                assert happened is not (own or everywhere or outdated), (in_force, own, everywhere, step, ruled_by)
                sent.add((in_force, step, ruled_by, happened))
    assert {happened for *_, happened in sent} == {True, False}
    assert ("policy-2", RowKind.UNDO, "policy-1", True) in sent
    assert ("policy-2", RowKind.FIRST, "policy-1", True) not in sent
