"""A whole repair of a real system, from the signals to the undo, over a shop on this machine: what is asked, what is
sent, what is kept of it, and what a change of the mode does in between.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from app.api.main import create_app
from app.bootstrap import Application
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.errors import Conflict, Forbidden
from app.domain.tenants import LOCAL_ADMIN, Principal, Role, Scope, ToolMode
from app.ports.store import Store
from app.schemas.signals import IncomingSignal
from app.schemas.tools import ToolSettingRequest
from app.services.actions.taking_back import undo_action
from app.services.intake import ingest
from app.services.loop import advance
from app.services.operations import tools
from app.store.sql.engine import SqlStore
from graph.sending import other_mode
from tests.builders import minutes
from tests.durability.live_driver import (
    HARMED,
    TOOL,
    Life,
    Place,
    address_of,
    endings,
    live_config,
    open_application,
    open_world,
    tenant_name,
)
from tests.durability.world import LASTED, SIGNALS_EACH, SIGNALS_OF_CANARY, Case, Plan
from tests.standins.base import served
from tests.standins.lax import LaxShopify
from tests.standins.shopify import Shopify

REPAIRED, UNDONE = tenant_name("k", 1), tenant_name(HARMED, 1)


@dataclass
class Repair:
    """The product over a shop, with one incident that a new subscription cures and one that it makes worse."""

    application: Application
    shop: Shopify
    folder: Path

    @property
    def ctx(self) -> Any:
        return self.application.ctx

    def live(self, *tenants: str) -> Life:
        return Life(self.application, Plan(tuple(Case(1, tenant, TOOL) for tenant in tenants)))

    def rows(self, tenant: str) -> list[Action]:
        with self.application.store.read(Scope(tenant_id=tenant)) as session:
            found: list[Action] = session.actions.page(limit=100)
        return found

    def asked(self, tenant: str = REPAIRED) -> Action:
        """The incident up to its question."""
        life = self.live(tenant)
        scope = Scope(tenant_id=tenant)
        life._prepare(scope)
        advance.advance_all(self.ctx, scope)
        (row,) = self.rows(tenant)
        assert row.status is ActionStatus.PENDING
        return row

    def approve(self, row: Action, tenant: str = REPAIRED) -> None:
        assert self.live(tenant)._answer(Scope(tenant_id=tenant), row, approved=True)

    def send(self, tenant: str = REPAIRED) -> Action:
        advance.advance_all(self.ctx, Scope(tenant_id=tenant))
        return next(row for row in self.rows(tenant) if row.decision.tool == TOOL)


@pytest.fixture
def repair(tmp_path: Path) -> Iterator[Repair]:
    with served(LaxShopify()) as shop:
        assert isinstance(shop, Shopify)
        place = Place(tmp_path, live_config(tmp_path / "config", shop.port, shop.secret, [1]))
        application = open_application(place, open_world(place), passing=True)
        yield Repair(application, shop, tmp_path)
        application.stop()


def changed_mode(repair: Repair, mode: str | None = None, *, on: bool | None = None, tenant: str = REPAIRED) -> None:
    scope = Scope(tenant_id=tenant, principal=LOCAL_ADMIN)
    tools.set_tool(repair.ctx, scope, TOOL, ToolSettingRequest(mode=mode, on=on, reason="a test"))


def test_what_is_approved_is_done_once_proven_or_taken_back(repair: Repair) -> None:
    with capture_logs() as logs:
        repair.live(REPAIRED, UNDONE).run()
    assert [status for _, status, _ in endings(repair.application, REPAIRED)] == ["VERIFIED"]
    assert sorted(status for _, status, _ in endings(repair.application, UNDONE)) == ["EXECUTED", "UNDONE"]
    assert [what for what, uri in repair.shop.done if uri == address_of(REPAIRED)] == ["created"]
    assert [what for what, uri in repair.shop.done if uri == address_of(UNDONE)] == ["created", "deleted"]
    (row,) = repair.rows(REPAIRED)
    assert row.decision.mode is ToolMode.LIVE
    assert row.result is not None and row.result.response["read_back"] == "there"
    (call,) = row.decision.requests[0].calls
    (sent,) = [asked for asked in repair.shop.asked if asked.raw.decode() == call.body]
    assert call.url == f"http://127.0.0.1:{repair.shop.port}{sent.path}"
    assert repair.shop.secret not in json.dumps(logs, default=str)


def test_a_proven_repair_is_taken_back_at_the_shop_on_a_persons_word_and_once(repair: Repair) -> None:
    repair.live(REPAIRED).run()
    (row,) = repair.rows(REPAIRED)
    scope = Scope(tenant_id=REPAIRED, principal=LOCAL_ADMIN)
    changed_mode(repair, "dry_run")
    with pytest.raises(Conflict, match=f"sent in the mode live, and its tool {TOOL} is in another now"):
        undo_action(repair.ctx, scope, row.id, "they have their own")
    changed_mode(repair, "live")
    undo_action(repair.ctx, scope, row.id, "they have their own")
    advance.advance_all(repair.ctx, scope)
    with pytest.raises(Conflict, match="not taken back twice"):
        undo_action(repair.ctx, scope, row.id, "they have their own")
    advance.advance_all(repair.ctx, scope)
    assert [what for what, uri in repair.shop.done if uri == address_of(REPAIRED)] == ["created", "deleted"]
    assert sorted(status for _, status, _ in endings(repair.application, REPAIRED)) == ["EXECUTED", "UNDONE"]


class Several(Case):
    """An incident of several merchants, each with a shop of its own."""

    @property
    def merchants(self) -> list[str]:
        return [f"MERCH-{self.number:05d}-{turn:02d}" for turn in range(4)]

    def signals(self) -> list[IncomingSignal]:
        """Enough of the one that is treated first for it to be judged."""
        told = [(name, SIGNALS_EACH if place else SIGNALS_OF_CANARY) for place, name in enumerate(self.merchants)]
        moments = ((name, minutes(-1 - LASTED * turn / count)) for name, count in told for turn in range(count))
        return [self._signal(f"{name}-{at.isoformat()}", at, name) for name, at in moments]


@contextmanager
def several_shops(folder: Path, case: Case) -> Iterator[tuple[Application, dict[str, LaxShopify]]]:
    """The product over a database, with a shop for each merchant."""
    with ExitStack() as stack:
        shops = {name: LaxShopify() for name in case.merchants}
        for shop in shops.values():
            stack.enter_context(served(shop))
        first, *_ = shops.values()
        config = live_config(folder / "config", first.port, first.secret, [1])
        (known, *_) = json.loads((config / "connections.yaml").read_text())["connections"]
        connections = [
            {**known, "tenant": case.tenant, "merchant": name, "port": shop.port} for name, shop in shops.items()
        ]
        (config / "connections.yaml").write_text(json.dumps({"connections": connections}))
        (config / "standin").write_text(" ".join(shop.origin for shop in shops.values()))
        place = Place(folder, config)
        application = open_application(place, open_world(place))
        stack.callback(application.stop)
        yield application, shops


def test_a_harm_is_undone_at_every_shop_once_also_where_a_person_had_it_taken_back_before(tmp_path: Path) -> None:
    case = Several(1, UNDONE, TOOL)
    scope, here = Scope(tenant_id=UNDONE), Scope(tenant_id=UNDONE, principal=LOCAL_ADMIN)
    with several_shops(tmp_path, case) as (application, shops):
        life = Life(application, Plan((case,)))

        def rows() -> dict[str, Action]:
            with application.store.read(scope) as session:
                return {row.id: row for row in session.actions.page(limit=100)}

        def window_of(row: Action) -> tuple[datetime, datetime]:
            assert row.result is not None and row.result.due_at is not None
            return row.result.at, row.result.due_at

        def failing(row: Action, merchants: Sequence[str], count: int) -> list[IncomingSignal]:
            since, until = window_of(row)
            moments = [since + (until - since) * turn / (count + 2) for turn in range(1, count + 1)]
            return [case._signal(f"{row.id}-{one}-{at}", at, one) for one in merchants for at in moments]

        def come_due(row: Action, reported: list[IncomingSignal]) -> None:
            ingest.accept(application.ctx, scope, reported)
            while application.ctx.clock(scope).now() < window_of(row)[1]:
                life._pass_time(scope)
            advance.advance_all(application.ctx, scope)

        life._prepare(scope)
        life._until_still(scope)
        (row,) = rows().values()
        assert row.result is not None and len(row.decision.rollout[1]) > 1
        come_due(
            row, [*case.calm(*window_of(row), row.result.merchants, row.id), *failing(row, row.decision.rollout[1], 12)]
        )
        second = rows()[f"{row.id}-C1"]
        assert second.status is ActionStatus.EXECUTED
        name, *others = second.decision.rollout[1]
        undo_action(application.ctx, here, second.id, "they have their own", [name])
        advance.advance_all(application.ctx, scope)
        assert [what for what, _ in shops[name].done] == ["created", "deleted"]
        asked = len(shops[name].asked)
        come_due(second, failing(second, others, 120))
        assert rows()[second.id].status is ActionStatus.UNDONE
        for one in others:
            assert [what for what, _ in shops[one].done] == ["created", "deleted"]
        assert len(shops[name].asked) == asked, "nothing more is asked of the shop where it was taken back"
        assert [what for what, _ in shops[row.decision.rollout[0][0]].done] == ["created"], "the first part stands"
        assert [one.held for one in shops.values() if one.held] == [shops[row.decision.rollout[0][0]].held]


def dumped(store: Store) -> list[str]:
    """Every row of a store, as statements."""
    assert isinstance(store, SqlStore)
    with store.reading.connect() as connection:
        return list(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]


def test_the_secret_is_in_no_row_event_answer_log_or_error(repair: Repair) -> None:
    """Also not where the shop says it aloud, and not in what libraries log."""
    lines: list[str] = []
    ear = logging.Handler(logging.DEBUG)
    ear.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(ear)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        with capture_logs() as logs:
            repair.live(REPAIRED).run()
            (repair.folder / "config" / "token").write_text("aN0ther-secret-of-ours")
            repair.live(UNDONE).run()
    finally:
        logging.getLogger().removeHandler(ear)
        logging.getLogger().setLevel(level)
    client = TestClient(create_app(repair.application), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 5))
    said = [*lines, json.dumps(logs, default=str), *dumped(repair.application.store)]
    for tenant in (REPAIRED, UNDONE):
        (row, *_) = repair.rows(tenant)
        paths = ["/actions", f"/actions/{row.id}", "/audit", "/tools", "/tools/executions", "/agent/state", "/policies"]
        paths += [f"/tools/executions/{row.id}", f"/incidents/{row.incident_id}", f"/tools/{TOOL}"]
        paths += [f"/incidents/{row.incident_id}/timeline", f"/incidents/{row.incident_id}/report", "/metrics"]
        answers = [client.get(path, headers={"X-Tenant": tenant}) for path in paths]
        answers.append(client.post(f"/tools/{TOOL}/test", headers={"X-Tenant": tenant}))
        assert {answer.status_code for answer in answers} == {200}
        said += [answer.text for answer in answers]
    assert len(said) > 20 and any(TOOL in text for text in said)
    for secret in (repair.shop.secret, "aN0ther-secret-of-ours"):
        assert [text[:200] for text in said if secret in text or secret[-12:] in text] == []


@pytest.mark.parametrize("approved", [True, False], ids=["approved", "asked"])
def test_what_was_proposed_in_another_mode_is_taken_back_and_proposed_anew(repair: Repair, approved: bool) -> None:
    row = repair.asked()
    if approved:
        repair.approve(row)
    changed_mode(repair, "dry_run")
    if not approved:
        with pytest.raises(AssertionError):
            repair.approve(row)
    repair.send()
    every = {one.id: one for one in repair.rows(REPAIRED)}
    assert every[row.id].status is ActionStatus.SUPERSEDED
    assert "in another mode now (withdraw.other_mode)" in every[row.id].withdrawn_because.replace(
        " than the one it was proposed for", ""
    )
    (fresh,) = [one for one in every.values() if one.id != row.id]
    assert fresh.decision.mode is ToolMode.DRY_RUN
    assert repair.shop.done == []


def test_what_is_on_its_way_when_the_mode_changes_is_not_sent(repair: Repair) -> None:
    """Between the claim and the call; what may have arrived before stays a doubt."""
    row = repair.asked()
    changed_mode(repair, "dry_run")
    ctx = repair.ctx.node_context(Scope(tenant_id=REPAIRED))
    refused = other_mode(ctx, row, in_doubt=False)
    assert refused is not None and refused.status is ActionStatus.FAILED
    assert refused.error == (
        "It was approved in the mode live, and the tool is in the mode dry_run now, so nothing was sent."
    )
    doubtful = other_mode(ctx, row, in_doubt=True)
    assert doubtful is not None and doubtful.status is ActionStatus.IN_DOUBT
    changed_mode(repair, "live")
    assert other_mode(repair.ctx.node_context(Scope(tenant_id=REPAIRED)), row, in_doubt=False) is None


def test_a_tool_that_was_switched_off_is_not_sent_and_not_proposed(repair: Repair) -> None:
    row = repair.asked()
    repair.approve(row)
    changed_mode(repair, on=False)
    ended = repair.send()
    assert ended.status is ActionStatus.FAILED
    assert ended.result is not None and "switched off" in ended.result.error
    assert repair.shop.done == []
    scope = Scope(tenant_id=UNDONE)
    repair.live(UNDONE)._prepare(scope)
    changed_mode(repair, on=False, tenant=UNDONE)
    advance.advance_all(repair.ctx, scope)
    assert TOOL not in {row.decision.tool for row in repair.rows(UNDONE)}


def test_in_dry_run_the_same_bytes_are_shown_and_none_is_sent(repair: Repair) -> None:
    repair.live(REPAIRED)._prepare(Scope(tenant_id=REPAIRED))
    changed_mode(repair, "dry_run")
    advance.advance_all(repair.ctx, Scope(tenant_id=REPAIRED))
    (row,) = repair.rows(REPAIRED)
    if row.status is ActionStatus.PENDING:
        repair.approve(row)
        row = repair.send()
    assert row.status is ActionStatus.NOT_APPLIED
    assert row.result is not None
    assert row.result.response["request"]["calls"] == [call.plain() for call in row.decision.requests[0].calls]  # type: ignore[index,call-overload]
    assert row.decision.requests[0].calls[0].url.startswith(f"http://127.0.0.1:{repair.shop.port}/")
    assert repair.shop.asked == []


def test_only_administrators_set_a_mode_and_it_is_told(repair: Repair) -> None:
    repair.live(REPAIRED)._prepare(Scope(tenant_id=REPAIRED))
    approver = Scope(tenant_id=REPAIRED, principal=Principal(id="person:ada", role=Role.APPROVER))
    with pytest.raises(Forbidden):
        tools.set_tool(repair.ctx, approver, TOOL, ToolSettingRequest(mode="live", reason="now"))
    changed_mode(repair, "dry_run")
    changed_mode(repair, "dry_run")
    changed_mode(repair, on=False)
    with repair.application.store.read(approver) as session:
        told = [event for event in session.events.page(subject=TOOL) if event.kind == "tool.set"]
    assert [(event.payload["mode"], event.payload["on"], event.payload["by"]) for event in told] == [
        ("dry_run", True, LOCAL_ADMIN.id),
        ("dry_run", False, LOCAL_ADMIN.id),
    ]
    shown = tools.read_tool(repair.ctx, approver, TOOL)
    assert (shown.mode, shown.mode_from, shown.on, shown.reason) == ("dry_run", "administrator", False, "a test")
    changed_mode(repair, "usual", on=True)
    shown = tools.read_tool(repair.ctx, approver, TOOL)
    assert (shown.mode, shown.mode_from, shown.on) == ("live", "tenant", True)


def test_what_has_no_connection_cannot_be_made_live(repair: Repair) -> None:
    repair.live(REPAIRED)._prepare(Scope(tenant_id=REPAIRED))
    scope = Scope(tenant_id=REPAIRED, principal=LOCAL_ADMIN)
    with pytest.raises(Conflict, match="has no connection"):
        tools.set_tool(repair.ctx, scope, "escalate", ToolSettingRequest(mode="live", reason="now"))


def test_a_throttled_shop_is_tried_again_when_it_says(repair: Repair) -> None:
    repair.approve(repair.asked())
    repair.shop.troubles.append("throttled")
    waiting = repair.send()
    assert waiting.status is ActionStatus.SENDING
    assert repair.shop.done == []
    with repair.application.store.read(Scope(tenant_id=REPAIRED)) as session:
        setback = session.setbacks.get(waiting.incident_id)
    assert setback is not None and "put off" in setback.reason
    repair.live(REPAIRED)._pass_time(Scope(tenant_id=REPAIRED))
    assert repair.send().status in {ActionStatus.EXECUTED, ActionStatus.VERIFIED}
    assert [what for what, _ in repair.shop.done] == ["created"]


def test_a_shop_that_broke_after_doing_it_is_asked_and_not_told_twice(repair: Repair) -> None:
    repair.approve(repair.asked())
    repair.shop.troubles.extend(["error_after", "error_after"])
    assert repair.send().status is ActionStatus.SENDING
    repair.live(REPAIRED)._pass_time(Scope(tenant_id=REPAIRED))
    assert repair.send().status in {ActionStatus.EXECUTED, ActionStatus.VERIFIED}
    assert [what for what, _ in repair.shop.done] == ["created"]
