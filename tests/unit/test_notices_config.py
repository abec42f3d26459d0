"""What is wrong with config/notices.yaml is told by file and key before anything starts, and so is a vendor's block."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.config.load import load_config
from app.domain.errors import BadConfig

CONFIG = Path(__file__).resolve().parents[2] / "config"
SLACK = {"name": "slack", "secrets": {"token": {"env": "SLACK_BOT_TOKEN"}}, "values": {"channel": "C1"}}
OPS = {"name": "ops", "over": "slack", "tells": ["pending"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path / "config")
    (tmp_path / "config" / "connections.yaml").write_text(json.dumps({"connections": [SLACK]}))
    return tmp_path / "config"


def problems_of(folder: Path, *targets: dict[str, Any]) -> list[str]:
    (folder / "notices.yaml").write_text(json.dumps({"targets": targets}))
    with pytest.raises(BadConfig) as refused:
        load_config(folder)
    return [one.partition(": ")[2] for one in refused.value.problems]


def test_without_the_file_nobody_is_told(folder: Path) -> None:
    (folder / "notices.yaml").unlink()
    assert load_config(folder).notices == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"over": "jira"},
            "targets[0].over: 'jira' brings no messages to people; there are events, mail, slack, telegram",
        ),
        ({"over": "telegram"}, "targets[0].over: the tenant default has no connection 'telegram'"),
        ({"tenant": "demo"}, "targets[0].over: the tenant demo has no connection 'slack'"),
        ({"values": {"chanel": "C2"}}, "targets[0].values.chanel: is no value of Slack; take it out"),
        ({"mode": "simulated"}, "targets[0].mode: cannot be simulated"),
        ({"tells": ["summary"]}, "targets[0].tells: names summary, which goes to everybody by itself"),
        ({"then": {"target": "ops"}}, "targets[0].then.target: 'ops' is no other target of the tenant default"),
        ({"per_our": 3}, "targets[0].per_our: is not a known key; did you mean 'per_hour'?"),
    ],
)
def test_a_target_that_cannot_be_told_refuses_to_start(folder: Path, wrong: dict[str, Any], said: str) -> None:
    (found,) = problems_of(folder, {**OPS, **wrong})
    assert found.startswith(said)


def test_two_targets_of_one_name_are_refused(folder: Path) -> None:
    assert all("is there twice" in one for one in problems_of(folder, OPS, OPS))


def test_a_notice_block_that_nobody_can_fill_refuses_to_start(folder: Path) -> None:
    path = folder / "vendors" / "slack.yaml"
    path.write_text(path.read_text().replace("{text|escaped}", "{words}"))
    (found,) = problems_of(folder, OPS)
    assert "notice.send.body: names {words}, which nobody fills" in found


def test_a_secret_stands_in_an_address_only_where_the_vendor_says_so(folder: Path) -> None:
    path = folder / "vendors" / "telegram.yaml"
    path.write_text(path.read_text().replace("secret_in_path: true\n", ""))
    (found,) = problems_of(folder, OPS)
    assert "notice.send.path: holds a secret" in found
