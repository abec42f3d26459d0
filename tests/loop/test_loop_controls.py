"""The kill switch, the desk and the versions of the configuration, over a whole agent: what is held, what is settled,
what is retried.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Seams
from app.connectors.registry import ConnectorRegistry
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.errors import BadInput, Conflict, Forbidden
from app.domain.events import Event
from app.domain.incidents import Incident, IncidentStatus
from app.domain.tenants import KillSwitch, Principal, Role, Scope, Tenant
from app.ports.connectors import Connector
from app.services.actions import waiting
from app.services.audit import proof
from app.services.incidents.cases import manage_incident
from app.services.operations import controls
from app.services.operations.controls import kill_switch, turn_kill_switch
from app.settings import PROJECT
from tests.loop.conftest import Agency, Past, open_agency

A = ActionStatus
CALLBACK = "callback_not_https"
DRILL = "a drill"


STORES = ("MERCH-A1B2C3", "MERCH-B2C3D4")


def troubled(tmp_path: Path, **given: Any) -> Agency:
    """Two stores whose callbacks have been refused for an hour: what mends them is asked."""
    opened = open_agency(tmp_path, **given)
    opened.only_broken(CALLBACK)
    opened.pass_time(60)
    return opened


@pytest.fixture(scope="module")
def trouble(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """That hour."""
    agency = troubled(tmp_path_factory.mktemp("trouble"))
    past = Past.of(agency)
    agency.application.stop()
    return past


@pytest.fixture(scope="module")
def first_cycle(trouble: Past, tmp_path_factory: pytest.TempPathFactory) -> Past:
    """That hour, and the first cycle after it."""
    agency = open_agency(tmp_path_factory.mktemp("first_cycle"), past=trouble)
    agency.cycle()
    past = Past.of(agency)
    agency.application.stop()
    return past


@pytest.fixture
def agency(tmp_path: Path, trouble: Past) -> Iterator[Agency]:
    opened = open_agency(tmp_path, past=trouble)
    yield opened
    opened.application.stop()


def as_role(agency: Agency, role: Role) -> Scope:
    return agency.scope.changed(principal=Principal(id=f"person:{role.value}", role=role))


def happenings(agency: Agency, subject: str, tenant: str = "shop") -> list[Event]:
    return proof.list_events(agency.ctx, Scope(tenant_id=tenant), subject=subject, limit=500)


# --- the kill switch -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("everywhere", [False, True])
def test_what_is_approved_while_the_switch_is_on_is_held_visibly_and_sent_once_when_it_goes_off(
    asking: Agency, everywhere: bool
) -> None:
    row = asking.pending(CALLBACK)
    switch = turn_kill_switch(asking.ctx, asking.scope, True, DRILL, everywhere)
    assert (switch.on, switch.everywhere, switch.by, switch.reason) == (True, everywhere, "local:admin", DRILL)
    asking.approve(row)
    before = len(asking.calls())
    for _ in range(5):
        asking.drain()
    shown = waiting.list_waiting(asking.ctx, asking.scope)
    assert shown.kill_switch == switch and row.id in [held.id for held in shown.held]
    assert asking.row(row.id).status is A.APPROVED and len(asking.calls()) == before
    assert not turn_kill_switch(asking.ctx, asking.scope, False, "", everywhere).on
    for _ in range(3):
        asking.drain()
    assert asking.row(row.id).status is A.EXECUTED and len(asking.calls()) == before + 1


def test_the_switch_is_turned_by_an_approver_with_a_reason_and_everywhere_by_an_admin(agency: Agency) -> None:
    with pytest.raises(Forbidden, match="approver"):
        turn_kill_switch(agency.ctx, as_role(agency, Role.OPERATOR), True, DRILL)
    with pytest.raises(Forbidden, match="admin"):
        turn_kill_switch(agency.ctx, as_role(agency, Role.APPROVER), True, DRILL, everywhere=True)
    with pytest.raises(BadInput, match="reason"):
        turn_kill_switch(agency.ctx, agency.scope, True, "  ")
    assert kill_switch(agency.ctx, agency.scope) == KillSwitch()
    assert turn_kill_switch(agency.ctx, as_role(agency, Role.APPROVER), True, DRILL).by == "person:approver"


def test_turning_it_where_it_stands_changes_nothing(agency: Agency) -> None:
    first = turn_kill_switch(agency.ctx, as_role(agency, Role.APPROVER), True, DRILL)
    assert turn_kill_switch(agency.ctx, agency.scope, True, "me too") == first
    assert [event.kind for event in happenings(agency, "shop")] == ["kill_switch.on"]


def test_every_chain_tells_of_the_switch_for_everything_once(agency: Agency) -> None:
    store = agency.ctx.store
    for on in (True, True, False, False):
        turn_kill_switch(agency.ctx, agency.scope, on, DRILL, everywhere=True)
    for tenant in store.tenants():
        told = happenings(agency, controls.EVERYWHERE, tenant.id)
        assert [(event.kind, event.principal) for event in told] == [
            ("kill_switch.everywhere_on", "local:admin"),
            ("kill_switch.everywhere_off", "local:admin"),
        ]
    assert proof.verify_chain(agency.ctx, agency.scope).ok


def test_a_chain_that_was_not_told_because_the_program_ended_is_told_at_the_next_start(tmp_path: Path) -> None:
    first = open_agency(tmp_path, passing=False)
    first.ctx.store.set_kill_switch(
        KillSwitch(on=True, everywhere=True, by="person:ada", reason=DRILL, at=first.ctx.system.now())
    )
    first.application.stop()
    second = open_agency(tmp_path, passing=False, fresh=False)
    told = happenings(second, controls.EVERYWHERE)
    assert [(event.kind, event.payload["by"], event.payload["reason"]) for event in told] == [
        ("kill_switch.everywhere_on", "person:ada", DRILL)
    ]
    assert kill_switch(second.ctx, second.scope).on
    second.application.stop()


# --- versions of the configuration -----------------------------------------------------------------------------------


def config_folder(target: Path, old: str = "", new: str = "") -> Path:
    shutil.copytree(PROJECT / "config", target)
    policies = target / "agent_policies.yaml"
    text = policies.read_text("utf-8")
    assert old in text
    policies.write_text(text.replace(old, new) if old else text, "utf-8")
    return target


def test_new_policies_take_back_what_is_approved_but_not_sent_and_ask_afresh(tmp_path: Path) -> None:
    first = troubled(tmp_path / "data", passing=False)
    first.cycle()
    row = first.pending(CALLBACK)
    turn_kill_switch(first.ctx, first.scope, True, DRILL)
    first.approve(row)
    first.drain()
    first.application.stop()

    stricter = config_folder(tmp_path / "config", "cooldown_minutes: 60", "cooldown_minutes: 90")
    second = open_agency(tmp_path / "data", passing=False, fresh=False, config=stricter)
    turn_kill_switch(second.ctx, second.scope, False, "")
    before = len(second.calls())
    for _ in range(3):
        second.drain()
    assert second.row(row.id).status is A.SUPERSEDED
    fresh = second.pending(CALLBACK)
    assert fresh.incident_id == row.incident_id and fresh.id != row.id
    assert fresh.policy_version == second.ctx.config.policy_version != row.policy_version
    assert len(second.calls()) == before
    second.approve(fresh)
    second.drain()
    assert second.row(fresh.id).status is A.EXECUTED
    second.application.stop()


def test_every_part_of_the_configuration_is_recorded_once_and_again_when_it_changes(tmp_path: Path) -> None:
    first = open_agency(tmp_path / "data", passing=False)
    ctx = first.ctx
    known = ctx.store.config_versions()
    assert {one.kind for one in known} == {
        "policies",
        "thresholds",
        "retention",
        "risk_matrix",
        "tool",
        "domain_pack",
        "playbook",
    }
    assert [(one.name, one.version) for one in known if one.kind == "policies"] == [
        ("agent", ctx.config.policy_version)
    ]
    assert ctx.store.policies_in_force() == ctx.config.policy_version
    assert len([one for one in known if one.kind == "tool"]) == len(ctx.config.tools)
    assert controls.record_configuration(ctx.store, ctx.config, ctx.system.now()) == []
    first.application.stop()

    edited = config_folder(tmp_path / "config", "cooldown_minutes: 60", "cooldown_minutes: 90")
    cause = edited / "domain_packs" / "commerce" / "causes" / "cache_not_invalidated.yaml"
    cause.unlink()
    second = open_agency(tmp_path / "data", passing=False, fresh=False, config=edited)
    answer = controls.list_policies(second.ctx)
    newer = answer.history[len(known) :]
    assert {(line.kind, line.name, line.removed) for line in newer} == {
        ("policies", "agent", False),
        ("domain_pack", "commerce", False),
        ("playbook", "commerce/cache_not_invalidated", True),
    }
    assert answer.in_force == answer.policy_version == second.ctx.config.policy_version
    active = {(one.kind, one.name): one.body for one in answer.active}
    assert (
        active["policies", "agent"]["cooldown_minutes"] == 90
        and ("playbook", "commerce/cache_not_invalidated") not in active
    )
    assert {one.kind for one in controls.list_policies(second.ctx, "tool").active} == {"tool"}
    second.application.stop()


def test_the_documented_tables_show_what_is_in_force(tmp_path: Path) -> None:
    import sqlite3

    agency = open_agency(tmp_path, passing=False)
    ctx = agency.ctx
    agency.application.stop()
    with sqlite3.connect(tmp_path / "causeway.sqlite") as database:
        views = {
            view: dict(database.execute(f"SELECT name, version FROM {view}"))
            for view in ("policy_packs", "domain_packs", "playbooks", "tools")
        }
    database.close()
    assert views["policy_packs"] == {"agent": ctx.config.policy_version}
    assert set(views["tools"]) == {spec.name for spec in ctx.config.tools}
    assert set(views["domain_packs"]) == set(ctx.config.packs)
    assert {"commerce/fallback", f"commerce/{CALLBACK}"} <= set(views["playbooks"])


# --- in doubt --------------------------------------------------------------------------------------------------------


@dataclass
class Doubtful:
    """The real shop behind a wire that loses every answer; what it knows of a key can be asked, or not."""

    shop: Connector
    lost: Callable[[], None] = field(default=lambda: None)
    arrives: bool = True
    mute: bool = False

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        if self.arrives:
            answer = self.shop.apply(scope, tool, arguments, idempotency_key=idempotency_key)
        self.lost()
        return answer

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> dict[str, Any] | None:
        if self.mute:
            raise TimeoutError("no answer")
        return self.shop.look(scope, tool, idempotency_key=idempotency_key)

    def find(self, scope: Scope, reference: str) -> bool:
        return self.shop.find(scope, reference)


def silent() -> None:
    raise TimeoutError("no answer")


@pytest.fixture
def wired(tmp_path: Path, first_cycle: Past) -> Iterator[tuple[Agency, Doubtful]]:
    wires: list[Doubtful] = []

    def lay(shop: Connector) -> Doubtful:
        wires.append(Doubtful(shop))
        return wires[-1]

    agency = open_agency(tmp_path, past=first_cycle, seams=Seams(effects=lay))
    yield agency, wires[0]
    agency.application.stop()


def in_doubt(agency: Agency, wire: Doubtful, *, arrives: bool, repeat: str) -> Action:
    """An approved action of which nobody knows whether it was done."""
    row = agency.approve(agency.pending(CALLBACK))
    tools = agency.ctx.tools
    assert isinstance(tools, ConnectorRegistry)
    tool = str(row.decision.tool)
    tools._specs[tool] = tools._specs[tool].changed(repeat=repeat)
    wire.lost, wire.arrives, wire.mute = silent, arrives, True
    for _ in range(4):
        agency.drain()
        agency.skip(2)
    wire.lost, wire.arrives, wire.mute = (lambda: None), True, False
    assert agency.row(row.id).status is A.IN_DOUBT
    return agency.row(row.id)


def test_the_desk_shows_what_is_known_about_a_doubt(wired: tuple[Agency, Doubtful]) -> None:
    agency, wire = wired
    row = in_doubt(agency, wire, arrives=True, repeat="idempotent")
    (doubt,) = waiting.list_waiting(agency.ctx, agency.scope).in_doubt
    assert (doubt.action.id, doubt.incident.id, doubt.tool, doubt.repeat) == (
        row.id,
        row.incident_id,
        "update_callback_url",
        "idempotent",
    )
    assert doubt.idempotency_key == row.idempotency_key and doubt.request.digest == row.request_digest
    assert (
        doubt.attempts == 3
        and "no answer" in doubt.error
        and doubt.claimed_at is not None
        and doubt.tried_at is not None
    )
    assert "under the same key" in doubt.repeat_means.lower() and doubt.can_be_asked and doubt.undo
    assert [one.action.id for one in waiting.list_waiting(agency.ctx, agency.scope).in_doubt] == [row.id]


@pytest.mark.parametrize("happened,ended", [(True, A.EXECUTED), (False, A.FAILED)])
def test_a_person_settles_a_doubt_and_what_was_known_stays(
    wired: tuple[Agency, Doubtful], happened: bool, ended: ActionStatus
) -> None:
    agency, wire = wired
    row = in_doubt(agency, wire, arrives=True, repeat="neither")
    settled = waiting.resolve_doubt(
        agency.ctx,
        agency.scope,
        row.id,
        happened=happened,
        feedback="seen in their panel, key sk_live_51H8f9a0000000000000000",
    )
    assert settled.status is ended and settled.result is not None and row.result is not None
    word = settled.result.resolution
    assert word is not None
    assert (word.by, word.happened, word.doubt) == ("local:admin", happened, row.result.error)
    assert "seen in their panel" in word.reason and "sk_live_51H8" not in word.reason
    assert settled.result.request == row.result.request and settled.decided_by == row.decided_by
    with agency.ctx.store.read(agency.scope) as session:
        intent = session.outbox.page(action_id=row.id)[0]
    assert intent.ending == ended.value and intent.ended_at is not None
    kinds = [event.kind for event in happenings(agency, row.id)]
    assert kinds[-2:] == [f"action.{ended.value.lower()}", "action.settled"]
    assert (
        waiting.list_waiting(agency.ctx, agency.scope).in_doubt == []
        and proof.verify_chain(agency.ctx, agency.scope).ok
    )
    with pytest.raises(Conflict, match="settled by local:admin"):
        waiting.resolve_doubt(agency.ctx, agency.scope, row.id, happened=not happened, feedback="no, it was not")


def test_settling_needs_an_approver_and_a_reason(wired: tuple[Agency, Doubtful]) -> None:
    agency, wire = wired
    row = in_doubt(agency, wire, arrives=True, repeat="neither")
    with pytest.raises(Forbidden, match="approver"):
        waiting.resolve_doubt(agency.ctx, as_role(agency, Role.OPERATOR), row.id, happened=True, feedback="seen")
    with pytest.raises(BadInput, match="reason"):
        waiting.resolve_doubt(agency.ctx, agency.scope, row.id, happened=True, feedback=" ")
    assert agency.row(row.id).status is A.IN_DOUBT


@pytest.mark.parametrize("repeat", ["idempotent", "reconcilable"])
@pytest.mark.parametrize("arrives,ended", [(True, A.EXECUTED), (False, A.FAILED)])
def test_a_tool_that_can_be_asked_settles_the_doubt_itself(
    wired: tuple[Agency, Doubtful], arrives: bool, ended: ActionStatus, repeat: str
) -> None:
    agency, wire = wired
    row = in_doubt(agency, wire, arrives=arrives, repeat=repeat)
    sent = len(agency.calls())
    answer = waiting.reconcile_doubt(agency.ctx, as_role(agency, Role.OPERATOR), row.id)
    assert answer.settled and answer.action.status is ended and answer.action.result is not None
    word = answer.action.result.resolution
    assert word is not None and word.source == "tool update_callback_url"
    assert bool(answer.action.result.reference) is arrives
    assert len(agency.calls()) == sent, "asking sends nothing"


def test_a_tool_that_cannot_tell_settles_nothing_and_says_why(wired: tuple[Agency, Doubtful]) -> None:
    agency, wire = wired
    row = in_doubt(agency, wire, arrives=True, repeat="reconcilable")
    wire.mute = True
    answer = waiting.reconcile_doubt(agency.ctx, agency.scope, row.id)
    assert not answer.settled and "could not tell" in answer.why
    tools = agency.ctx.tools
    assert isinstance(tools, ConnectorRegistry)
    tools._specs["update_callback_url"] = tools._specs["update_callback_url"].changed(repeat="neither")
    answer = waiting.reconcile_doubt(agency.ctx, agency.scope, row.id)
    assert not answer.settled and "no record by key" in answer.why
    assert agency.row(row.id).status is A.IN_DOUBT


def test_a_doubt_settled_before_the_loop_went_on_gets_its_receipt(wired: tuple[Agency, Doubtful]) -> None:
    """The worker died between the settling of the row and the recording of its step; meanwhile a person has spoken."""
    agency, wire = wired
    row = agency.approve(agency.pending(CALLBACK))
    tools = agency.ctx.tools
    assert isinstance(tools, ConnectorRegistry)
    tools._specs["update_callback_url"] = tools._specs["update_callback_url"].changed(repeat="neither")
    wire.lost = silent
    journal_dies(agency)
    wire.lost = lambda: None
    assert (
        agency.row(row.id).status is A.IN_DOUBT and agency.incident(row.incident_id).status is IncidentStatus.MITIGATING
    )
    waiting.resolve_doubt(agency.ctx, agency.scope, row.id, happened=True, feedback="their panel shows it")
    agency.drain()
    assert (
        agency.row(row.id).status is A.EXECUTED and agency.incident(row.incident_id).status is IncidentStatus.VERIFYING
    )
    assert agency.until_receipt(row.id).status is A.VERIFIED


class Gone(BaseException):
    """The process is gone: nobody catches it."""


def journal_dies(agency: Agency) -> None:
    """Drain, and die when the step `act` is about to be recorded."""
    loop = agency.ctx.loop
    context_of = loop._context_of

    @dataclass(frozen=True)
    class Dying:
        kept: Any

        def record(self, scope: Scope, incident_id: str, step: str, output: Mapping[str, Any], *, seq: int) -> None:
            if step == "act":
                raise Gone
            self.kept.record(scope, incident_id, step, output, seq=seq)

    def dying(scope: Scope) -> Any:
        import dataclasses

        ctx = context_of(scope)
        return dataclasses.replace(ctx, journal=Dying(ctx.journal))

    loop._context_of = dying
    with pytest.raises(Gone):
        agency.drain()
    loop._context_of = context_of
    with agency.ctx.store.write(agency.scope) as session:
        for lease in session.leases.page():
            session.leases.release(lease.fence)


# --- set aside -------------------------------------------------------------------------------------------------------


def fail(agency: Agency, incident_id: str) -> Incident:
    """The incident cannot be advanced, time and again."""
    import dataclasses

    from app.services.loop import advance

    loop = agency.ctx.loop

    class Poisoned:
        """The real loop, but for one incident."""

        def ready(self, scope: Scope, name: str) -> bool:
            return name == incident_id

        def step(self, scope: Scope, name: str) -> str:
            raise KeyError("a bug")

        def forget(self, scope: Scope, name: str) -> None:
            loop.forget(scope, name)

    ctx = dataclasses.replace(agency.ctx, loop=Poisoned())
    for _ in range(3):
        advance.advance(ctx, agency.scope, agency.incident(incident_id))
        agency.skip(1)
    assert agency.incident(incident_id).status is IncidentStatus.FAILED
    return agency.incident(incident_id)


def test_an_incident_set_aside_shows_its_reason_and_goes_on_when_it_is_retried(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    fail(asking, row.incident_id)
    (aside,) = waiting.list_waiting(asking.ctx, asking.scope).set_aside
    assert (aside.incident.id, aside.was, aside.failures) == (row.incident_id, "AWAITING", 3)
    assert "a bug" in aside.reason
    again = waiting.retry_incident(asking.ctx, as_role(asking, Role.OPERATOR), row.incident_id)
    assert again.status is IncidentStatus.AWAITING and waiting.list_waiting(asking.ctx, asking.scope).set_aside == []
    assert [event.kind for event in happenings(asking, row.incident_id)][-2:] == ["incident.moved", "incident.retry"]
    for _ in range(3):
        asking.drain()
    fresh = asking.pending(CALLBACK)
    assert fresh.incident_id == row.incident_id and fresh.id != row.id, (
        "the question that was taken back is asked afresh"
    )
    asking.approve(fresh)
    asking.drain()
    assert asking.until_receipt(fresh.id).status is A.VERIFIED
    assert proof.verify_chain(asking.ctx, asking.scope).ok


def test_a_retry_while_a_receipt_is_due_repeats_nothing(asking: Agency) -> None:
    row = asking.approve(asking.pending(CALLBACK))
    asking.drain()
    sent = len(asking.calls())
    fail(asking, row.incident_id)
    waiting.retry_incident(asking.ctx, asking.scope, row.incident_id)
    assert asking.incident(row.incident_id).status is IncidentStatus.VERIFYING
    assert asking.until_receipt(row.id).status is A.VERIFIED
    assert (
        len(
            [
                other
                for other in asking.rows()
                if other.incident_id == row.incident_id and other.step is RowKind.FIRST and other.executed_at
            ]
        )
        == 1
    )
    assert len(asking.calls()) == sent


def test_only_what_was_set_aside_is_retried_and_only_by_who_may(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    with pytest.raises(Conflict, match="AWAITING"):
        waiting.retry_incident(asking.ctx, asking.scope, row.incident_id)
    fail(asking, row.incident_id)
    with pytest.raises(Forbidden, match="operator"):
        waiting.retry_incident(asking.ctx, as_role(asking, Role.VIEWER), row.incident_id)
    manage_incident(asking.ctx, asking.scope, row.incident_id, "close", "by hand")
    assert waiting.list_waiting(asking.ctx, asking.scope).set_aside == []
    with pytest.raises(Conflict, match="CLOSED"):
        waiting.retry_incident(asking.ctx, asking.scope, row.incident_id)


def test_what_waits_in_one_tenant_is_not_on_the_desk_of_another(agency: Agency) -> None:
    agency.ctx.store.put_tenant(Tenant(id="other", title="Another shop"))
    agency.cycle()
    fail(agency, agency.pending(CALLBACK).incident_id)
    other = waiting.list_waiting(agency.ctx, agency.scope.changed(tenant_id="other"))
    assert (other.questions, other.held, other.in_doubt, other.set_aside) == (0, [], [], [])
