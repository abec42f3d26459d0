"""An approval meets a rejection, an expiry, an edit, the kill switch and new policies at the same moment: one outcome,
and it is audited.

Each side of a race is a thread, or a process over one PostgreSQL. Both start together; how often each looks at the page
first is drawn, so that the race is won from both sides. A race that always went one way would prove nothing: the tally
is printed.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.bootstrap import Application
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.base import digest_of
from app.domain.decisions import Ruling, Verdict
from app.domain.errors import Conflict
from app.domain.events import Event
from app.domain.tenants import KillSwitch, Scope, ToolMode
from app.domain.work import ConfigVersion
from app.schemas.actions import ApproveRequest, EditRequest
from app.services.actions.review import decide_action, edit_action, execute_action
from app.services.loop import advance
from app.services.loop.ledger import StoreLedger
from tests.builders import NOW, make_action, make_decision, make_incident
from tests.conftest import new_database
from tests.durability import oracle
from tests.durability.concurrency import (
    Branch,
    Deed,
    Member,
    Said,
    clock_at,
    crowd,
    open_branch,
    play,
    rounds,
    scope_of,
)
from tests.durability.worker_driver import Life, open_world
from tests.durability.world import Case, CountingEffects, Plan, specs_in, tenant_of

ADA, BEN = "person:ada", "person:ben"
MOST = 100_000
MOST_PAGES = 6
tenants = count(1)
Item = dict[str, Any]


@dataclass(frozen=True)
class Arena:
    """Where a race is run: the application that looks on, the world outside, and the sides, which are threads or
    processes.
    """

    application: Application
    effects: CountingEffects
    config: Path
    members: Sequence[Member]

    @property
    def store(self) -> Any:
        return self.application.store

    def meet(self, deeds: Sequence[Deed], item: Item) -> list[Said]:
        """Both deeds at the same moment."""
        if not self.members:
            return rounds(self.application, deeds, [item])[0]
        for member, deed in zip(self.members, deeds, strict=True):
            member.start(play, deeds=[deed], items=[item])
        return [member.answer()[0][0] for member in self.members]

    def row(self, item: Item) -> Action:
        with self.store.read(Scope(tenant_id=item["tenant"])) as session:
            found: Action = session.actions.get(item["row"])
        return found

    def events(self, item: Item, subject: str | None = None) -> list[Event]:
        with self.store.read(Scope(tenant_id=item["tenant"])) as session:
            return list(session.events.page(subject=subject or item["row"], limit=MOST))

    def nothing_is_wrong(self) -> None:
        """No oracle has anything to say, the histories of all rows included."""
        found = oracle.check(
            self.store, self.effects, specs_in(self.config), anchor=self.application.ctx.anchor, drained=False
        )
        assert found == []


PLACES = ["sqlite threads", "postgres processes", pytest.param("postgres threads", marks=pytest.mark.long)]


@pytest.fixture(scope="module", params=PLACES)
def arena(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, trial_config: Path
) -> Iterator[Arena]:
    """One application for all races of a kind; each race has a tenant of its own."""
    folder = tmp_path_factory.mktemp("arena")
    database, sides = request.param.split()
    url = new_database(request.getfixturevalue("postgres_server")) if database == "postgres" else None
    place = Branch(folder, trial_config, url)
    effects = open_world(place)
    application = open_branch(place, effects)
    with ExitStack() as stack:
        members = stack.enter_context(crowd(folder, trial_config, url, 2)) if sides == "processes" and url else []
        yield Arena(application, effects, trial_config, members)
    application.stop()
    effects.close()


ROUNDS = pytest.mark.parametrize("races", [8, pytest.param(500, marks=pytest.mark.long)])


# --- rows to race about
# --------------------------------------------------------------------------------------------------


def drawn(races: int) -> Random:
    seed = Random().randrange(2**32)
    print(f"seed {seed}, {races} races")
    return Random(seed)


def by_the_loop(arena: Arena, races: int) -> list[Item]:
    """Proposals that the whole loop made and will carry out."""
    tenant = f"race-{next(tenants)}"
    plan = Plan(tuple(Case(number, tenant, "asked_note") for number in range(races)))
    scope = Scope(tenant_id=tenant)
    Life(arena.application, plan)._prepare(scope)
    advance.advance_all(arena.application.ctx, scope)
    with arena.store.read(scope) as session:
        rows = session.actions.page(statuses=[ActionStatus.PENDING], limit=MOST)
    assert len(rows) == races
    return [item_of(tenant, row) for row in rows]


def by_hand(arena: Arena, races: int, **changes: Any) -> list[Item]:
    """Pending rows as they are kept, without the loop that would have made them."""
    tenant = f"race-{next(tenants)}"
    arena.store.put_tenant(tenant_of(tenant))
    rows = []
    with arena.store.write(Scope(tenant_id=tenant)) as session:
        for number in range(races):
            session.incidents.add(make_incident(number))
            decision = make_decision(
                number,
                tenant,
                action_id=f"ACT-{tenant}-{number}",
                **{"ruling": ruled(arena), "mode": ToolMode.SIMULATED, **changes},
            )
            row = make_action(number, tenant, decision=decision)
            session.actions.add(row)
            rows.append(row)
    return [item_of(tenant, row) for row in rows]


def ruled(arena: Arena, version: str = "") -> Ruling:
    return Ruling(
        verdict=Verdict.ASK,
        rule_ids=("default.ask",),
        reasons=("not low risk",),
        policy_version=version or policies(arena),
    )


def policies(arena: Arena) -> str:
    return str(arena.application.ctx.config.policy_version)


def item_of(tenant: str, row: Action) -> Item:
    return {
        "tenant": tenant,
        "row": row.id,
        "incident": row.incident_id,
        "digest": row.digest,
        "version": row.version,
        "pages": {},
    }


def first_pages(draw: Random, item: Item, slower: int = 1) -> Item:
    """How often each side looks at something before it acts; Ben's deed may be a slower one."""
    return {**item, "pages": {ADA: draw.randrange(MOST_PAGES * slower), BEN: draw.randrange(MOST_PAGES)}}


def look(application: Application, who: str, item: Item) -> None:
    for _ in range(item["pages"].get(who, 0)):
        application.store.policies_in_force()


# --- what the sides do
# ---------------------------------------------------------------------------------------------------


def approve(application: Application, who: str, item: Item) -> None:
    look(application, who, item)
    ctx = clock_at(application, item["early"]) if "early" in item else application.ctx
    decide_action(
        ctx,
        scope_of(item["tenant"], who),
        ApproveRequest(action_id=item["row"], approved=True, reviewer=who, digest=item["digest"]),
    )


def reject(application: Application, who: str, item: Item) -> None:
    look(application, who, item)
    said = ApproveRequest(
        action_id=item["row"], approved=False, feedback="not this one", reviewer=who, digest=item["digest"]
    )
    decide_action(application.ctx, scope_of(item["tenant"], who), said)


def expire(application: Application, who: str, item: Item) -> None:
    look(application, who, item)
    advance.settle_open(clock_at(application, item["late"]), Scope(tenant_id=item["tenant"]), item["incident"])


def change(application: Application, who: str, item: Item) -> None:
    look(application, who, item)
    asked = EditRequest(arguments={"incident_id": f"{item['incident']} as {who} wants it"}, digest=item["digest"])
    edit_action(application.ctx, scope_of(item["tenant"], who), item["row"], asked)


def claim(application: Application, who: str, item: Item) -> None:
    look(application, who, item)
    ledger = StoreLedger(application.store, application.ctx.clock_of(item["tenant"]))
    ledger.claim(Scope(tenant_id=item["tenant"]), item["row"], digest=item["digest"], version=item["version"])


def stop_all(application: Application, who: str, item: Item) -> None:
    look(application, who, item)
    application.store.set_kill_switch(KillSwitch(on=True, by=who, reason="stop", at=NOW))


def stop_tenant(application: Application, who: str, item: Item) -> None:
    look(application, who, item)
    with application.store.write(scope_of(item["tenant"], who)) as session:
        session.controls.switch(True, reason="stop", at=NOW)


def load_policies(application: Application, who: str, item: Item) -> None:
    look(application, who, item)
    application.store.record_config([newer(item["newer"])])


def newer(version: str) -> ConfigVersion:
    return ConfigVersion(kind="policies", name="policies", version=version, body={}, loaded_at=NOW)


# --- the races
# -----------------------------------------------------------------------------------------------------------


def outcomes(
    arena: Arena, races: Sequence[tuple[Item, list[Said]]], allowed: dict[ActionStatus, tuple[bool, bool]]
) -> Counter[str]:
    """Each race ended in an allowed state, won by the side that state says, with one event for the move; how often
    each.
    """
    tally: Counter[str] = Counter()
    for item, told in races:
        row = arena.row(item)
        tally[row.status.value] += 1
        assert row.status in allowed, (row.status, told)
        assert tuple(said.won for said in told) == allowed[row.status], (row.status, told)
        assert {said.error for said in told} <= {"", "Conflict"}, told
        moved = [event.kind for event in arena.events(item) if event.payload.get("from") == "PENDING"]
        assert moved == ([] if row.status is ActionStatus.PENDING else [f"action.{row.status.value.lower()}"])
    print(dict(tally))
    return tally


@ROUNDS
def test_an_action_is_approved_or_rejected_and_what_is_rejected_is_never_done(arena: Arena, races: int) -> None:
    draw, run = drawn(races), []
    for item in by_the_loop(arena, races):
        item = first_pages(draw, item)
        run.append((item, arena.meet([Deed(approve, ADA), Deed(reject, BEN)], item)))
    tally = outcomes(arena, run, {ActionStatus.APPROVED: (True, False), ActionStatus.REJECTED: (False, True)})
    assert sum(tally.values()) == races
    for _, told in run:
        lost = next(said for said in told if not said.won)
        assert lost.facts["decided_by"] == next(said.who for said in told if said.won)
    granted = {item["row"] for item, _ in run if arena.row(item).status is ActionStatus.APPROVED}
    advance.advance_all(arena.application.ctx, Scope(tenant_id=run[0][0]["tenant"]))
    keys = Counter(sent.key for sent in arena.effects.effects())
    for item, _ in run:
        row = arena.row(item)
        assert keys[row.idempotency_key] == (1 if row.id in granted else 0)
    arena.nothing_is_wrong()


@ROUNDS
def test_an_action_is_approved_or_expired_though_two_clocks_disagree(arena: Arena, races: int) -> None:
    draw, run = drawn(races), []
    expires = NOW + timedelta(hours=1)
    times = {"early": expires - timedelta(seconds=1), "late": expires + timedelta(seconds=1)}
    for item in by_hand(arena, races, expires_at=expires):
        item = {**first_pages(draw, item), **times}
        run.append((item, arena.meet([Deed(approve, ADA), Deed(expire, BEN)], item)))
    tally = outcomes(arena, run, {ActionStatus.APPROVED: (True, True), ActionStatus.EXPIRED: (False, True)})
    assert sum(tally.values()) == races
    arena.nothing_is_wrong()


@ROUNDS
def test_an_approval_binds_to_the_version_that_was_seen(arena: Arena, races: int) -> None:
    draw, run = drawn(races), []
    for item in by_the_loop(arena, races):
        item = first_pages(draw, item, slower=6)
        run.append((item, arena.meet([Deed(approve, ADA), Deed(change, BEN)], item)))
    outcomes(arena, run, {ActionStatus.APPROVED: (True, False), ActionStatus.PENDING: (False, True)})
    for item, _ in run:
        row = arena.row(item)
        edits = [event for event in arena.events(item) if event.kind == "action.edited"]
        if row.status is ActionStatus.APPROVED:
            assert (row.version, row.digest, edits) == (item["version"], item["digest"], [])
        else:
            assert row.version == item["version"] + 1 and row.digest != item["digest"] and len(edits) == 1
            approve(arena.application, ADA, {**item, "digest": row.digest, "pages": {}})
    advance.advance_all(arena.application.ctx, Scope(tenant_id=run[0][0]["tenant"]))
    bodies = {sent.key: sent.body for sent in arena.effects.effects()}
    for item, _ in run:
        row = arena.row(item)
        assert bodies[row.idempotency_key] == dict(row.decision.plain()["arguments"])
    arena.nothing_is_wrong()


@pytest.mark.parametrize("stop", [stop_tenant, stop_all], ids=["of the tenant", "of everything"])
@ROUNDS
def test_what_the_kill_switch_meets_was_sent_before_it_or_stays_approved(
    arena: Arena, races: int, stop: Callable[..., None]
) -> None:
    draw, tally = drawn(races), Counter[str]()
    for item in by_hand(arena, races):
        item = first_pages(draw, item)
        approve(arena.application, ADA, {**item, "pages": {}})
        claimed, stopped = arena.meet([Deed(claim, ADA), Deed(stop, BEN)], item)
        assert stopped.won, stopped
        row = arena.row(item)
        tally[row.status.value] += 1
        if claimed.won:
            assert row.status is ActionStatus.SENDING
        else:
            assert row.status is ActionStatus.APPROVED and claimed.error == "Conflict" and claimed.facts["held"], (
                claimed
            )
        _told_in_order(arena, item, stop)
        held = rounds(arena.application, [Deed(claim, ADA)], [{**item, "pages": {}}])[0][0]
        assert held.error == "Conflict"
        assert arena.row(item).status is row.status
        _release(arena, item)
    print(dict(tally))
    arena.nothing_is_wrong()


def _told_in_order(arena: Arena, item: Item, stop: Callable[..., None]) -> None:
    """What was sent was sent before the switch, also in the record."""
    sent = [event.seq for event in arena.events(item) if event.kind == "action.sending"]
    turned = [event.seq for event in arena.events(item, item["tenant"]) if event.kind == "kill_switch.on"]
    if stop is stop_tenant and sent:
        assert sent[0] < turned[-1]


def _release(arena: Arena, item: Item) -> None:
    arena.store.set_kill_switch(KillSwitch(on=False, by=ADA, at=NOW))
    with arena.store.write(scope_of(item["tenant"], ADA)) as session:
        session.controls.switch(False, reason="go on", at=NOW)


@ROUNDS
def test_what_new_policies_meet_was_sent_under_the_old_ones_or_is_taken_back_and_never_sent(
    arena: Arena, races: int
) -> None:
    draw, tally = drawn(races), Counter[str]()
    for number, item in enumerate(by_hand(arena, races)):
        item = {**first_pages(draw, item), "newer": digest_of(["policies", item["tenant"], number])}
        arena.store.record_config([newer(policies(arena))])
        approve(arena.application, ADA, {**item, "pages": {}})
        claimed, loaded = arena.meet([Deed(claim, ADA), Deed(load_policies, BEN)], item)
        assert loaded.won, loaded
        assert arena.store.policies_in_force() == item["newer"]
        if not claimed.won:
            assert claimed.error == "Conflict" and claimed.facts["outdated"], claimed
        ctx = arena.application.ctx
        advance.settle_open(
            replace(ctx, config=ctx.config.changed(policy_version=item["newer"])),
            Scope(tenant_id=item["tenant"]),
            item["incident"],
        )
        row = arena.row(item)
        tally[row.status.value] += 1
        assert row.status is (ActionStatus.SENDING if claimed.won else ActionStatus.SUPERSEDED)
        again = rounds(arena.application, [Deed(claim, ADA)], [{**item, "pages": {}}])[0][0]
        assert again.error == "Conflict"
        with arena.store.read(Scope(tenant_id=item["tenant"])) as session:
            assert len(session.outbox.page(action_id=item["row"])) == int(claimed.won)
    arena.store.record_config([newer(policies(arena))])
    print(dict(tally))
    arena.nothing_is_wrong()


def test_a_process_with_older_policies_decides_nothing_once_newer_ones_were_recorded(arena: Arena) -> None:
    (item,) = by_hand(arena, 1, ruling=ruled(arena, "newer policies"))
    arena.store.record_config([newer("newer policies")])
    ctx = arena.application.ctx
    incident_before, events_before = arena.row(item), len(arena.events(item))
    assert advance.advance_all(ctx, Scope(tenant_id=item["tenant"])) == []
    assert arena.row(item) == incident_before and len(arena.events(item)) == events_before
    said = rounds(arena.application, [Deed(approve, ADA)], [item])[0][0]
    assert said.error == "Conflict"
    assert arena.row(item).status is ActionStatus.PENDING
    granted_elsewhere(arena, item)
    with pytest.raises(Conflict):
        execute_action(ctx, scope_of(item["tenant"], ADA), item["row"])
    assert arena.row(item).status is ActionStatus.APPROVED
    arena.store.record_config([newer(policies(arena))])


def granted_elsewhere(arena: Arena, item: Item) -> None:
    """A process with the newer policies took a person's approval."""
    with arena.store.write(scope_of(item["tenant"], ADA)) as session:
        to = {
            "from_": ActionStatus.PENDING,
            "to": ActionStatus.APPROVED,
            "version": item["version"],
            "digest": item["digest"],
        }
        session.actions.move(item["row"], **to, at=NOW, by=ADA)


def test_the_undo_of_a_harm_is_not_held_by_new_policies(arena: Arena) -> None:
    (item,) = by_hand(arena, 1)
    scope = Scope(tenant_id=item["tenant"])
    parent = arena.row(item)
    request = parent.decision.requests[0]
    decision = parent.decision.changed(undo_requests=(request,))
    undo = parent.changed(id=f"{parent.id}-U0", parent_id=parent.id, step=RowKind.UNDO, decision=decision)
    with arena.store.write(scope) as session:
        session.actions.add(undo)
        session.actions.move(
            undo.id,
            from_=ActionStatus.PENDING,
            to=ActionStatus.APPROVED,
            version=undo.version,
            digest=undo.digest,
            at=NOW,
            by="approval:x",
        )
    arena.store.record_config([newer("newer policies")])
    claim(arena.application, ADA, {**item, "row": undo.id})
    assert arena.row({**item, "row": undo.id}).status is ActionStatus.SENDING
    arena.store.record_config([newer(policies(arena))])
