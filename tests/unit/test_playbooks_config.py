"""What is wrong with a playbook is told by file, line and key before anything starts; what is right is in force."""

import shutil
from pathlib import Path

import pytest

from app.config.load import load_config
from app.config.playbooks import PlaybookSpec
from app.domain.errors import BadConfig
from app.domain.playbooks import StepKind

CONFIG = Path(__file__).resolve().parents[2] / "config"
RIGHT = """id: trial
title: A plan on trial
domain: commerce
when: cause == 'callback_not_https'
steps:
  - {id: fix, title: Mend it, call_tool: {tool: update_callback_url}}
  - {id: proof, title: Prove it, wait_for: {what: receipt}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(CONFIG, tmp_path_factory.mktemp("wrong") / "config"))


def problems_of(folder: Path, text: str) -> list[str]:
    (folder / "playbooks" / "trial.yaml").write_text(text, "utf-8")
    with pytest.raises(BadConfig) as refused:
        load_config(folder)
    return refused.value.problems


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: trial", "id: trail", "playbooks/trial.yaml:1: id: is 'trail' in the file trial.yaml; use one name"),
        ("domain: commerce", "domain: banking", ":3: domain: 'banking' is no domain pack; there are commerce"),
        ("callback_not_https", "callback_not_htps", ":4: when: 'cause' is never 'callback_not_htps'"),
        ("cause ==", "severity == 'hihg' && cause ==", ":4: when: 'severity' is never 'hihg'"),
        ("cause ==", "riks || cause ==", ":4: when: 'riks' is not a fact; the facts are category, cause, confidence"),
        ("'callback_not_https'", "'callback_not_https' && tags == 'x'", "'tags' is a list and 'x' is a string"),
        (
            "update_callback_url",
            "create_tickets",
            ":6: steps[0].call_tool.tool: 'create_tickets' is not a tool of tools.yaml",
        ),
        ("update_callback_url", "close_ticket", "'close_ticket' treats no cause of commerce"),
        ("{tool: update_callback_url}", "{tool: create_ticket, arguments: {}}", ":5: steps: has none; exactly one"),
        ("{tool: update_callback_url}", "{arguments: {}}", ":6: steps[0].call_tool.tool: is missing; arguments belong"),
        (
            "{tool: update_callback_url}",
            "{tool: purge_cache, arguments: {merchant_ids: '{merchant_ids}', area: all}}",
            "steps[0].call_tool.tool: changes merchants, so it can only be the treatment",
        ),
        ("id: proof", "id: fix", "'fix' names 2 steps; give each its own id"),
        ("id: proof,", "id: proof, after: [nothing],", ":7: steps[1].after: 'nothing' is no step above it"),
        ("id: proof,", "id: proof, after: [],", ":7: steps[1].after: waits for the receipt of the treatment"),
        ("what: receipt", "what: minutes", "wait_for.minutes: says how long, and belongs to `what: minutes` alone"),
        ("what: receipt", "what: receipts", ":7: steps[1].wait_for.what: input should be 'receipt'"),
        ("wait_for: {what: receipt}", "notify: {says: 'at {shops}'}", "steps[1].notify.says: names {shops}, which"),
        ("wait_for: {what: receipt}", "notify: {say: x}", "is not a known key; did you mean 'says'?"),
        ("wait_for: {what: receipt}", "add_comment: {}", "has `says`, which the agent notes, or `asks`"),
        ("wait_for: {what: receipt}", "hold_wave: {releases: fix}", "'fix' is no step above it that holds a wave"),
        (", wait_for: {what: receipt}", "", "steps[1]: does nothing; a step does exactly one of call_tool, notify"),
        (
            "call_tool:",
            "set_status: {status: closed}, call_tool:",
            "does call_tool and set_status; a step does",
        ),
        (
            "  - {id: fix",
            "  - {id: shut, title: Shut it, set_status: {status: closed}}\n  - {id: fix",
            "steps[0].set_status.status: ends the incident, so it must be the last step",
        ),
    ],
)
def test_a_wrong_playbook_is_told_by_file_line_and_key(folder: Path, old: str, new: str, said: str) -> None:
    assert old in RIGHT
    found = problems_of(folder, RIGHT.replace(old, new))
    assert any(said in one for one in found), found


def test_playbooks_are_tried_in_the_order_of_their_priority(folder: Path) -> None:
    (folder / "playbooks" / "trial.yaml").write_text(f"{RIGHT}priority: 7\n", "utf-8")
    found = load_config(folder).playbooks
    assert found[0].id == "trial" and found[-1].id == "people_take_over"


def test_without_any_playbook_an_incident_has_one_action_as_before(folder: Path) -> None:
    names = [path.name for path in (folder / "playbooks").iterdir()]
    for name in names:
        (folder / "playbooks" / name).unlink()
    bare = load_config(folder)
    assert bare.playbooks == ()
    assert bare.policy_version == load_config(CONFIG).policy_version, "a playbook permits nothing, so it rules nothing"


SHIPPED = load_config(CONFIG).playbooks


@pytest.mark.parametrize("spec", SHIPPED, ids=[one.id for one in SHIPPED])
def test_a_shipped_playbook_writes_to_merchants_by_a_person_only_and_proves_before_it_tells(spec: PlaybookSpec) -> None:
    kinds = [step.kinds[0] for step in spec.steps]
    assert kinds.count(StepKind.CALL_TOOL) >= 1
    if StepKind.ASK_MERCHANT in kinds:
        assert kinds.index(StepKind.WAIT_FOR) < kinds.index(StepKind.ASK_MERCHANT)
