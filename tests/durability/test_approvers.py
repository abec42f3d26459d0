"""Many people decide about the same action at the same moment: one wins, its effect is there once, and every other is
told who won.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Application
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.tenants import Scope
from app.schemas.actions import ApproveRequest
from app.services.actions.review import decide_action
from app.services.loop import advance
from tests.api_record import caller_of
from tests.durability import oracle
from tests.durability.concurrency import Branch, Deed, Said, crowd, open_branch, play, rounds, scope_of
from tests.durability.worker_driver import Life, open_world
from tests.durability.world import Case, Plan, config_folder, specs_in, tenant_of

TENANT = "default"
MOST = 100_000


def asked(application: Application, count: int) -> list[Action]:
    """So many incidents whose proposal waits for a person, by the whole loop."""
    application.store.put_tenant(tenant_of(TENANT))
    tools = ("asked_note", "asked_report", "asked_page")
    life = Life(application, Plan(tuple(Case(number, TENANT, tools[number % 3]) for number in range(count))))
    scope = Scope(tenant_id=TENANT)
    life._prepare(scope)
    advance.advance_all(application.ctx, scope)
    with application.store.read(scope) as session:
        rows = session.actions.page(statuses=[ActionStatus.PENDING], limit=MOST)
    assert len(rows) == count
    return rows


def approve(application: Application, who: str, item: Any) -> None:
    """What one approver does: the digest of the card that was seen, and a name."""
    name, digest = item
    said = ApproveRequest(action_id=name, approved=True, reviewer=f"label of {who}", digest=digest)
    decide_action(application.ctx, scope_of(TENANT, who), said)


def assert_one_winner_each(application: Application, rows: Sequence[Action], told: Sequence[Sequence[Said]]) -> None:
    """One win a row; everybody else has a Conflict that says who won, under which label, and when."""
    for row, heard in zip(rows, told, strict=True):
        winners = [said.who for said in heard if said.won]
        assert len(winners) == 1, (row.id, winners, [said for said in heard if said.error not in ("", "Conflict")][:3])
        with application.store.read(Scope(tenant_id=TENANT)) as session:
            stands = session.actions.get(row.id)
        assert (stands.decided_by, stands.label) == (winners[0], f"label of {winners[0]}")
        assert stands.decided_at is not None
        for said in heard:
            if not said.won:
                assert said.error == "Conflict", said
                assert winners[0] in said.detail
                assert said.facts["decided_by"] == winners[0] and said.facts["label"] == f"label of {winners[0]}"
                assert said.facts["decided_at"] == stands.plain()["decided_at"]


def assert_done_once(application: Application, effects: Any, rows: Sequence[Action], config: Path) -> None:
    """What was granted is carried out: one effect a row, and nothing the oracles could name."""
    advance.advance_all(application.ctx, Scope(tenant_id=TENANT))
    with application.store.read(Scope(tenant_id=TENANT)) as session:
        keys = {session.actions.get(row.id).idempotency_key for row in rows}
    assert Counter(sent.key for sent in effects.effects()) == Counter(keys)
    assert (
        oracle.check(application.store, effects, specs_in(config), anchor=application.ctx.anchor, drained=False) == []
    )


def many_approve(folder: Path, approvers: int, count: int, database: str | None = None) -> None:
    config = config_folder(folder / "config")
    place = Branch(folder, config, database)
    effects = open_world(place)
    application = open_branch(place, effects)
    rows = asked(application, count)
    people = [Deed(approve, f"person:{number:02d}") for number in range(approvers)]
    told = rounds(application, people, [(row.id, row.digest) for row in rows])
    assert_one_winner_each(application, rows, told)
    assert_done_once(application, effects, rows, config)
    application.stop()
    effects.close()
    print(f"{approvers} approvers x {count} actions: {count} wins, {approvers * count - count} told who won")


def test_of_many_approvers_one_wins_each_action_and_every_loser_learns_who(tmp_path: Path) -> None:
    many_approve(tmp_path, approvers=64, count=8)


def test_of_many_approvers_one_wins_each_action_on_postgres(tmp_path: Path, postgres_url: str) -> None:
    many_approve(tmp_path, approvers=32, count=10, database=postgres_url)


@pytest.mark.long
def test_of_64_approvers_one_wins_each_of_200_actions(tmp_path: Path) -> None:
    many_approve(tmp_path, approvers=64, count=200)


@pytest.mark.long
def test_of_64_approvers_one_wins_each_of_200_actions_on_postgres(tmp_path: Path, postgres_url: str) -> None:
    many_approve(tmp_path, approvers=64, count=200, database=postgres_url)


@pytest.mark.parametrize(
    ("processes", "each", "count"),
    [(2, 8, 6), pytest.param(4, 16, 200, marks=pytest.mark.long)],
    ids=["few processes", "many processes"],
)
def test_approvers_in_several_processes_have_one_winner_too(
    tmp_path: Path, postgres_url: str, processes: int, each: int, count: int
) -> None:
    config = config_folder(tmp_path / "config")
    place = Branch(tmp_path, config, postgres_url)
    effects = open_world(place)
    application = open_branch(place, effects)
    rows = asked(application, count)
    items = [(row.id, row.digest) for row in rows]
    with crowd(tmp_path, config, postgres_url, processes) as members:
        for number, member in enumerate(members):
            member.start(play, deeds=[Deed(approve, f"person:{number}.{seat}") for seat in range(each)], items=items)
        parts = [member.answer() for member in members]
    told = [[said for part in parts for said in part[number]] for number in range(count)]
    assert_one_winner_each(application, rows, told)
    assert_done_once(application, effects, rows, config)
    application.stop()
    effects.close()


def test_over_http_every_loser_gets_a_409_that_names_the_winner(tmp_path: Path) -> None:
    config = config_folder(tmp_path / "config")
    place = Branch(tmp_path, config)
    effects = open_world(place)
    application = open_branch(place, effects)
    rows = asked(application, 3)
    answers: list[tuple[str, str, int, dict[str, Any]]] = []
    with caller_of(application) as caller:
        barrier = threading.Barrier(12)

        def person(who: str) -> None:
            for row in rows:
                barrier.wait(60)
                said = {"action_id": row.id, "approved": True, "reviewer": who, "digest": row.digest}
                heard = caller.post("/actions/approve", json=said, headers={"x-tenant": TENANT})
                answers.append((row.id, who, heard.status_code, heard.json()))

        people = [threading.Thread(target=person, args=(f"person {number}",)) for number in range(12)]
        for one in people:
            one.start()
        for one in people:
            one.join(120)
        for row in rows:
            heard = [answer for answer in answers if answer[0] == row.id]
            winners = [who for _, who, status, _ in heard if status == 200]
            assert len(heard) == 12 and len(winners) == 1, heard
            for _, _, status, body in heard:
                if status != 200:
                    assert (status, body["error"], body["label"]) == (409, "Conflict", winners[0]), body
                    assert body["decided_by"] == "local:admin" and body["decided_at"]
        assert_done_once(application, effects, rows, config)
    effects.close()
