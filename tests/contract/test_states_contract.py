"""On every store the events alone give the states of the rows."""

from pathlib import Path

import pytest

from app.domain.action_states import ActionStatus
from app.domain.errors import Conflict
from app.domain.incidents import IncidentStatus
from app.domain.replay import REPLAYED_KINDS, ActionHead, find_mismatches, replay_events
from app.ports.store import Store
from app.store.audit.anchor import MemoryAnchor
from app.store.sql.passing import open_passing_store
from tests.builders import NOW, make_action, make_decision, make_incident, make_scope, make_tenant, minutes

DEMO = make_scope("demo")


def test_incidents_and_actions_stand_where_their_events_say(store: Store) -> None:
    with store.write(DEMO) as session:
        for number in (1, 2):
            session.incidents.add(make_incident(number))
            session.actions.add(make_action(number, status=ActionStatus.PROPOSED))
        session.incidents.move("INC-00000001", IncidentStatus.DIAGNOSED, at=minutes(3), reason="one cause")
        row = session.actions.get("ACT-00000001")
        session.actions.move(
            row.id,
            from_=ActionStatus.PROPOSED,
            to=ActionStatus.PENDING,
            version=row.version,
            digest=row.digest,
            at=minutes(4),
        )
        decision = make_decision(1, arguments={"scheme": "ftp"}, action_id=row.id, version=2)
        edited = row.changed(status=ActionStatus.PENDING, decision=decision, version=2, digest=decision.digest)
        session.actions.replace_pending(edited, version=1, digest=row.digest, at=minutes(5), by="person:ada")
        session.events.append("note", "ACT-00000001", {"to": "EXECUTED"}, at=NOW)
    with store.read(DEMO) as session:
        states = replay_events(session.events.retold(REPLAYED_KINDS))
        assert states.incidents == session.incidents.standing() == {"INC-00000001": "DIAGNOSED", "INC-00000002": "OPEN"}
        assert states.actions == session.actions.standing()
        assert states.actions["ACT-00000001"] == ActionHead("PENDING", 2, decision.digest)
        assert find_mismatches(states, session.incidents.standing(), session.actions.standing()) == []


def test_a_move_that_was_lost_leaves_no_event(store: Store) -> None:
    with store.write(DEMO) as session:
        session.incidents.add(make_incident())
        session.actions.add(make_action(status=ActionStatus.PENDING))
    with pytest.raises(Conflict), store.write(DEMO) as session:
        row = session.actions.get("ACT-00000001")
        session.actions.move(
            row.id, from_=ActionStatus.APPROVED, to=ActionStatus.SENDING, version=1, digest=row.digest, at=NOW
        )
    with store.read(DEMO) as session:
        assert replay_events(session.events.retold(REPLAYED_KINDS)).actions == session.actions.standing()
    with store.read(make_scope("other")) as session:
        assert session.actions.standing() == {} and list(session.events.retold(REPLAYED_KINDS)) == []


def test_a_passing_store_has_its_heads_anchored(tmp_path: Path) -> None:
    anchor = MemoryAnchor()
    store = open_passing_store(tmp_path, anchor=anchor)
    store.put_tenant(make_tenant("demo"))
    assert anchor.open() == anchor.open()
    for number in range(3):
        with store.write(DEMO) as session:
            session.events.append("note", "subject", {"n": number}, at=NOW)
    with store.read(DEMO) as session:
        assert session.events.verify(anchor.reading("demo").heads).ok
        head = session.events.page(after=2)[0]
    anchor.accept("demo", head.seq, head.hash, NOW)
    assert anchor.reading("demo").accepted == 3
    assert anchor.reading("other").heads == {}
    store.close()
