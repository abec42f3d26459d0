"""Where much is at stake two different people approve the same version, by whatever door they come."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.errors import Conflict, Forbidden
from app.domain.tenants import Role, Scope
from app.schemas.actions import ApproveRequest, BatchRequest, EditRequest, SeenRequest
from app.schemas.outside import OutsideAnswer
from app.services.actions import outside_answers, review
from app.services.incidents import cases
from app.settings import PROJECT
from tests.builders import make_scope
from tests.loop.conftest import Agency, Past, open_agency

CALLBACK = "callback_not_https"
ADA, BOB = (make_scope("shop", f"person:{name}") for name in ("ada", "bob"))


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a tenant lets nobody approve alone what costs more than nothing."""
    folder = tmp_path_factory.mktemp("careful") / "config"
    shutil.copytree(PROJECT / "config", folder)
    policies = folder / "agent_policies.yaml"
    text, found = re.subn(r"(?m)^rules:", "two_people_above: {tenants: {shop: 0}}\nrules:", policies.read_text("utf-8"))
    assert found == 1
    policies.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def asked_carefully(config: Path, two_hours: Past, tmp_path_factory: pytest.TempPathFactory) -> Past:
    """One cycle of that tenant has proposed."""
    agency = open_agency(tmp_path_factory.mktemp("asked"), past=two_hours, config=config)
    agency.cycle()
    past = Past.of(agency)
    agency.application.stop()
    return past


@pytest.fixture
def careful(tmp_path: Path, config: Path, asked_carefully: Past) -> Iterator[Agency]:
    """That tenant, whose questions wait for two people."""
    agency = open_agency(tmp_path, past=asked_carefully, config=config)
    yield agency
    agency.application.stop()


def approve(agency: Agency, scope: Scope, row: Action, **said: str) -> Action:
    return review.decide_action(
        agency.ctx, scope, ApproveRequest(action_id=row.id, approved=True, digest=row.digest, **said)
    )


def test_one_person_is_not_enough_and_the_same_one_is_no_second(careful: Agency) -> None:
    row = careful.pending(CALLBACK)
    assert row.decision.approvers == 2 and row.decision.at_stake is not None and row.decision.at_stake.minor > 0
    assert "ask.two_people" in row.decision.ruling.rule_ids
    first = approve(careful, ADA, row, feedback="looks right")
    assert (first.status, first.approved_first_by, first.decided_by) == (ActionStatus.PENDING, "person:ada", None)
    assert first.still_needs_another == "1 of 2: person:ada approved it, and it still needs another person"
    with pytest.raises(Conflict, match="person:ada approved it already: somebody else must approve it, too"):
        approve(careful, ADA, row)
    with pytest.raises(Forbidden):
        approve(careful, make_scope("shop", "person:eve", Role.OPERATOR), row)
    careful.drain()
    assert careful.calls(str(row.decision.tool)) == []
    granted = approve(careful, BOB, row)
    assert (granted.status, granted.decided_by, granted.approved_first_by) == (
        ActionStatus.APPROVED,
        "person:bob",
        "person:ada",
    )
    careful.drain()
    assert careful.row(row.id).status is ActionStatus.EXECUTED
    told = [event.kind for event in cases.list_timeline(careful.ctx, careful.scope, row.incident_id)]
    assert told.index("action.first_approval") < told.index("action.approved")


def test_an_edit_takes_the_first_approval_away_and_a_rejection_ends_it(careful: Agency) -> None:
    row = careful.pending(CALLBACK)
    approve(careful, ADA, row)
    arguments = {**row.decision.arguments, "merchant_ids": list(row.decision.scope[:1]), "callback_scheme": "http"}
    edited = review.edit_action(careful.ctx, BOB, row.id, EditRequest(arguments=arguments, digest=row.digest))
    assert (edited.version, edited.approved_first_by, edited.decision.approvers) == (2, "", 2)
    with pytest.raises(Conflict):
        approve(careful, BOB, row)
    fresh = careful.row(row.id)
    assert approve(careful, BOB, fresh).approved_first_by == "person:bob"
    refused = ApproveRequest(action_id=row.id, approved=False, digest=fresh.digest, feedback="not now")
    assert review.decide_action(careful.ctx, ADA, refused).status is ActionStatus.REJECTED
    with pytest.raises(Conflict):
        approve(careful, ADA, fresh)


def test_a_batch_and_another_console_give_one_approval_of_two(careful: Agency) -> None:
    row = careful.pending(CALLBACK)
    seen = SeenRequest(action_id=row.id, approved=True, digest=row.digest)
    answer = review.decide_actions(careful.ctx, ADA, BatchRequest(decisions=[seen, seen]))
    assert (answer.decided, answer.waiting, answer.refused) == (0, 1, 1)
    assert answer.outcomes[0].note.startswith("1 of 2: person:ada")
    accepted = OutsideAnswer.model_validate([{"type": "accept"}])
    with pytest.raises(Conflict, match="somebody else"):
        outside_answers.answer_from_outside(careful.ctx, ADA, row.id, row.digest, accepted)
    outcome = outside_answers.answer_from_outside(careful.ctx, BOB, row.id, row.digest, accepted)
    assert outcome.action.status is ActionStatus.APPROVED and outcome.note == ""


def test_two_people_at_the_same_moment_are_a_first_and_a_second(careful: Agency) -> None:
    row = careful.pending(CALLBACK)
    gate, seen = Barrier(2), list[ActionStatus]()

    def decide(scope: Scope) -> None:
        gate.wait()
        seen.append(approve(careful, scope, row).status)

    threads = [Thread(target=decide, args=(scope,)) for scope in (ADA, BOB)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [ActionStatus.APPROVED, ActionStatus.PENDING]
    decided = careful.row(row.id)
    assert {decided.approved_first_by, decided.decided_by} == {"person:ada", "person:bob"}
