"""A tenant's own pack counts once it was tried and an administrator says so, for what is looked at from then on; and it
frees the agent from no question.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.config.packs_in_force import PacksInForce
from app.domain.action_states import ActionStatus as A
from app.domain.actions import Action
from app.domain.base import JsonObject
from app.domain.decisions import Verdict
from app.domain.errors import BadInput, Conflict, Forbidden, NotFound
from app.domain.incidents import IncidentStatus
from app.domain.packs import PACK_CHOICE
from app.domain.tenants import Principal, Role, Scope
from app.domain.validity import Withdrawal
from app.schemas.incidents import CauseRequest
from app.schemas.packs import PackUpload
from app.services.incidents import said
from app.services.incidents.cases import read_incident
from app.services.knowledge import pack_trial, packs
from app.store.sql.engine import open_store
from tests.builders import make_tenant
from tests.conftest import new_database
from tests.loop.conftest import Agency, Past, open_agency
from tests.postgres import Server

CAUSES = Path(__file__).resolve().parents[2] / "config" / "domain_packs" / "commerce" / "causes"
CAUSE, SURE = "callback_not_https", "inventory_sync_over_limit"


def cause_file(name: str, **changes: object) -> JsonObject:
    found: JsonObject = yaml.safe_load((CAUSES / f"{name}.yaml").read_text("utf-8"))
    return {**found, **changes}


def upload_of(*causes: JsonObject, **changes: object) -> PackUpload:
    files = {f"causes/{one['id']}.yaml": yaml.safe_dump(one) for one in causes}
    return PackUpload.model_validate({"files": files, "note": "ours"} | changes)


def put_in_force(agency: Agency, wanted: PackUpload) -> int:
    number = packs.upload_pack(agency.ctx, agency.scope, wanted).number
    pack_trial.try_pack(agency.ctx, agency.scope, number, 25)
    packs.activate_pack(agency.ctx, agency.scope, number, "it was tried")
    return number


def test_what_is_looked_at_once_it_is_in_force_is_looked_at_with_it_and_says_so(agency: Agency) -> None:
    before = packs.list_packs(agency.ctx, agency.scope)
    assert before.in_force == before.shipped and "shipped" in before.shipped
    assert CAUSE in {one.id for one in before.causes}
    put_in_force(agency, upload_of(cause_file(CAUSE, title="our own words for it")))
    now = packs.list_packs(agency.ctx, agency.scope)
    assert now.in_force.startswith("commerce 1 (") and now.versions[0].in_force
    assert now.versions[0].replaced == (CAUSE,) and not now.versions[0].added
    agency.cycle()
    row = agency.pending(CAUSE)
    detail = read_incident(agency.ctx, agency.scope, row.incident_id)
    assert detail.dossier is not None and detail.assessment is not None
    assert row.decision.pack == detail.dossier.pack == now.in_force
    assert detail.assessment.best.title == "our own words for it"
    assert row.decision.computed_digest("shop") == row.digest != row.decision.changed(pack="").computed_digest("shop")


def test_a_dry_run_says_what_would_differ_beside_what_is_known_and_changes_nothing(asking: Agency) -> None:
    row = asking.pending(CAUSE)
    said.name_cause(asking.ctx, asking.scope, row.incident_id, CauseRequest(cause=CAUSE))
    standing = {one.id: one.status for one in asking.incidents()}
    number = packs.upload_pack(asking.ctx, asking.scope, upload_of(left_out=[CAUSE])).number
    found = pack_trial.try_pack(asking.ctx, asking.scope, number, 25)
    first = found.incidents[0]
    assert [one.changed for one in found.incidents] == sorted((one.changed for one in found.incidents), reverse=True)
    assert (first.incident_id, first.cause_before, first.known_cause) == (row.incident_id, CAUSE, CAUSE)
    assert first.cause_after != CAUSE and first.known_by == "a person" and first.changed
    assert first.confidence_before == pytest.approx(row.decision.confidence, abs=0.05), "the name is left out"
    assert (found.tried.right_before, found.tried.right_after, found.tried.labelled) == (1, 0, 1)
    assert found.tried.differ == sum(one.changed for one in found.incidents) >= 1
    assert "So few prove little" in found.sentence
    assert {one.id: one.status for one in asking.incidents()} == standing
    assert packs.list_packs(asking.ctx, asking.scope).number == 0
    same = packs.upload_pack(asking.ctx, asking.scope, upload_of(cause_file(CAUSE))).number
    assert pack_trial.try_pack(asking.ctx, asking.scope, same, 25).tried.differ == 0


def test_an_upload_is_put_in_force_only_after_it_was_tried_and_taken_back_step_by_step(agency: Agency) -> None:
    first, second = (
        packs.upload_pack(agency.ctx, agency.scope, upload_of(cause_file(CAUSE, title=title))).number
        for title in ("one", "two")
    )
    with pytest.raises(Conflict, match="was not tried yet"):
        packs.activate_pack(agency.ctx, agency.scope, first, "now")
    with pytest.raises(NotFound):
        packs.activate_pack(agency.ctx, agency.scope, 9, "now")
    for number in (first, second):
        pack_trial.try_pack(agency.ctx, agency.scope, number, 5)
        assert packs.activate_pack(agency.ctx, agency.scope, number, "now").number == number
    packs.activate_pack(agency.ctx, agency.scope, second, "once more")
    assert packs.roll_back_pack(agency.ctx, agency.scope, "worse").number == first
    assert packs.roll_back_pack(agency.ctx, agency.scope, "worse still").number == 0
    with pytest.raises(Conflict, match="nothing to go back to"):
        packs.roll_back_pack(agency.ctx, agency.scope, "again")
    with agency.ctx.store.read(agency.scope) as session:
        told = [(one.kind, one.subject) for one in session.events.page(limit=500) if one.kind.startswith("pack.")]
    uploaded = [("pack.uploaded", "pack:1"), ("pack.uploaded", "pack:2")]
    put = [(kind, f"pack:{number}") for number in (1, 2) for kind in ("pack.tried", "pack.activated")]
    assert sorted(told) == sorted([*uploaded, *put, ("pack.rolled_back", "pack:1"), ("pack.rolled_back", "pack:0")])


def test_who_may_not_is_refused(agency: Agency) -> None:
    approver = Scope(tenant_id="shop", principal=Principal(id="person:ada", role=Role.APPROVER))
    operator = Scope(tenant_id="shop", principal=Principal(id="person:bob", role=Role.OPERATOR))
    with pytest.raises(Forbidden):
        packs.upload_pack(agency.ctx, operator, upload_of(cause_file(CAUSE)))
    number = packs.upload_pack(agency.ctx, approver, upload_of(cause_file(CAUSE))).number
    pack_trial.try_pack(agency.ctx, approver, number, 5)
    for refused in (
        lambda: packs.activate_pack(agency.ctx, approver, number, "x"),
        lambda: packs.roll_back_pack(agency.ctx, approver, "x"),
    ):
        with pytest.raises(Forbidden):
            refused()


def test_an_upload_lets_the_agent_do_nothing_more_alone(tmp_path: Path, two_hours: Past) -> None:
    """It is sure of a cause that the shipped pack hardly believes in, and of one that the shipped pack has not."""
    config = tmp_path / "config"
    shutil.copytree(CAUSES.parents[2], config)
    known = config / "domain_packs" / "commerce" / "causes" / f"{SURE}.yaml"
    known.write_text(known.read_text("utf-8").replace("\nprior: -3.0", "\nprior: -20.0", 1))
    agency = open_agency(tmp_path / "data", past=two_hours, config=config)
    own = cause_file("cache_not_invalidated", id="cache_left_alone", title="the cache was left alone")
    put_in_force(agency, upload_of(cause_file(SURE), own, left_out=["cache_not_invalidated"]))
    agency.cycle()
    found = {row.decision.cause: row.decision for row in agency.rows()}
    agency.application.stop()
    for cause in (SURE, "cache_left_alone"):
        assert found[cause].confidence > 0.9 and found[cause].tool, "the uploaded pack is sure"
        assert found[cause].ruling.verdict is Verdict.ASK and "ask.low_confidence" in found[cause].ruling.rule_ids
    assert found["webhook_v2_endpoint_gone"].ruling.verdict is Verdict.ALLOW, "what is in both is as free as it was"


def test_what_is_wrong_is_told_by_file_line_and_key_and_nothing_is_kept(agency: Agency) -> None:
    bad = cause_file(CAUSE)
    bad["treatments"][0]["tool"] = "launch_rocket"  # type: ignore[index,call-overload]
    bad["signs"][0]["weight"] = 9.0  # type: ignore[index,call-overload]
    wanted = upload_of(bad, left_out=["no_such_cause"])
    files = {**wanted.files, "tools.yaml": "tools: []", "words.yaml": "symptoms: 3"}
    with pytest.raises(BadInput) as refused:
        packs.upload_pack(agency.ctx, agency.scope, PackUpload(files=files, left_out=["no_such_cause"]))
    told = [f"{one['path']} {one['problem']}" for one in refused.value.problems]
    line = next(n for n, text in enumerate(files[f"causes/{CAUSE}.yaml"].splitlines(), 1) if "launch_rocket" in text)
    assert any(one.startswith(f"causes/{CAUSE}.yaml:{line} treatments[0].tool: 'launch_rocket'") for one in told), told
    assert any("signs[0].weight: is 9, so that this sign decides alone" in one for one in told), told
    assert any("tools.yaml:1 is no file of a pack" in one for one in told), told
    assert any(one.startswith("words.yaml:1") for one in told), told
    assert any("'no_such_cause' is no cause" in one for one in told), told
    assert packs.list_packs(agency.ctx, agency.scope).versions == []


def test_it_counts_after_a_restart(tmp_path: Path) -> None:
    agency = open_agency(tmp_path, passing=False)
    number = put_in_force(agency, upload_of(cause_file(CAUSE, title="after the restart")))
    agency.application.stop()
    again = open_agency(tmp_path, passing=False, fresh=False)
    found = again.ctx.pack(again.scope).cause(CAUSE)
    shown = packs.read_pack(again.ctx, again.scope, number)
    again.application.stop()
    assert found is not None and found.title == "after the restart"
    assert shown.in_force and "after the restart" in shown.content[f"causes/{CAUSE}.yaml"]


@pytest.fixture
def database(postgres_server: Server) -> Iterator[str]:
    yield new_database(postgres_server)


def test_another_process_sees_it_with_its_next_look(agency: Agency, database: str) -> None:
    number = put_in_force(agency, upload_of(cause_file(CAUSE, title="seen by both")))
    one, two = open_store(database), open_store(database)
    tenant = make_tenant("shop")
    one.put_tenant(tenant)
    elsewhere = PacksInForce(two, agency.ctx.config)
    assert elsewhere.of(tenant).number == 0
    with agency.ctx.store.read(agency.scope) as kept, one.write(agency.scope) as session:
        session.packs.add(kept.packs.get(number), kept.packs.content(number))
        choice = kept.notes.get(PACK_CHOICE)
        assert choice is not None
        session.notes.put(PACK_CHOICE, choice)
    found = elsewhere.of(tenant)
    one.close()
    two.close()
    assert found.number == number and found.pack.cause(CAUSE).title == "seen by both"  # type: ignore[union-attr]


def test_one_whose_tool_is_gone_stands_back_for_the_shipped_one_and_says_why(agency: Agency) -> None:
    put_in_force(agency, upload_of(cause_file(CAUSE, title="ours")))
    config = agency.ctx.config
    tool = cause_file(CAUSE)["treatments"][0]["tool"]  # type: ignore[index,call-overload]
    poorer = config.changed(tools=[spec for spec in config.tools if spec.name != tool])
    found = PacksInForce(agency.ctx.store, poorer).of(agency.ctx.tenant(agency.scope))
    assert found.number == 0 and tool in found.trouble and "upload one without" in found.trouble


# --- what is open when another pack is put in force ------------------------------------------------------------------


def renamed() -> PackUpload:
    return upload_of(cause_file(CAUSE, title="our own words for it"))


def waiting_for(agency: Agency, incident_id: str) -> list[Action]:
    return [row for row in agency.rows(A.PENDING) if row.incident_id == incident_id]


@pytest.mark.parametrize("approved", [False, True])
def test_what_was_asked_by_the_pack_before_is_asked_anew_by_the_next_tick(asking: Agency, approved: bool) -> None:
    row = asking.pending(CAUSE)
    if approved:
        asking.approve(row)
    put_in_force(asking, renamed())
    if not approved:
        with pytest.raises(Conflict, match=r"other causes are in force now .*\(withdraw.other_pack\)"):
            asking.approve(row)
    asking.drain()
    before = asking.row(row.id)
    assert before.status is A.SUPERSEDED and Withdrawal.PACK.value in before.withdrawn_because
    (fresh,) = waiting_for(asking, row.incident_id)
    assert fresh.decision.pack.startswith("commerce 1 (") and fresh.decision.arguments == row.decision.arguments
    detail = read_incident(asking.ctx, asking.scope, row.incident_id)
    assert detail.assessment is not None and detail.assessment.best.title == "our own words for it"
    assert detail.incident.evidence_version == row.decision.evidence_version, "nothing more is known of it"
    assert asking.calls(str(row.decision.tool)) == []
    packs.roll_back_pack(asking.ctx, asking.scope, "worse")
    asking.drain()
    assert asking.row(fresh.id).status is A.SUPERSEDED
    (back,) = waiting_for(asking, row.incident_id)
    assert back.decision.pack == row.decision.pack and back.id not in {row.id, fresh.id}
    asking.approve(back)
    asking.drain()
    assert asking.row(back.id).status is A.EXECUTED


def test_what_was_sent_by_the_pack_before_gets_its_receipt(asking: Agency) -> None:
    row = asking.approve(asking.pending(CAUSE))
    asking.drain()
    put_in_force(asking, renamed())
    asking.drain()
    assert asking.row(row.id).status is A.EXECUTED and waiting_for(asking, row.incident_id) == []
    assert asking.until_receipt(row.id).status is A.VERIFIED


def test_what_a_person_refused_is_not_asked_again_because_other_causes_are_in_force(asking: Agency) -> None:
    row = asking.pending(CAUSE)
    asking.reject(row, "not on a Monday")
    asking.drain()
    put_in_force(asking, renamed())
    asking.drain()
    asked = [(one.decision.cause, one.decision.tool) for one in waiting_for(asking, row.incident_id)]
    assert (row.decision.cause, row.decision.tool) not in asked


def test_what_was_handed_to_people_for_want_of_a_cause_is_reasoned_about_anew(agency: Agency) -> None:
    put_in_force(agency, upload_of(left_out=[CAUSE]))
    agency.cycle()
    (told,) = [row for row in agency.rows(A.PENDING) if "callback" in agency.incident(row.incident_id).title.lower()]
    agency.approve(told)
    agency.drain()
    if agency.row(told.id).receipt is None:
        agency.until_receipt(told.id)
    assert agency.incident(told.incident_id).status is IncidentStatus.ESCALATED
    packs.roll_back_pack(agency.ctx, agency.scope, "it was missed")
    agency.drain()
    row = agency.pending(CAUSE)
    assert row.incident_id == told.incident_id and row.decision.tool == "update_callback_url"
    with agency.ctx.store.read(agency.scope) as session:
        (event,) = [one for one in session.events.page(limit=2_000) if one.kind == "pack.rolled_back"]
    assert told.incident_id in event.payload["reasoned_anew"]
