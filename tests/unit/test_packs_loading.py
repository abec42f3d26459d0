"""The loader of config/: plain files become frozen typed objects, and a wrong one is refused with every problem at
once.
"""

import contextlib
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from app.config.load import load_config
from app.config.model import Config
from app.domain.errors import BadConfig
from app.validation.strict_yaml import read_yaml

SHIPPED = Path(__file__).resolve().parents[2] / "config"
PACK = """\
name: toys
title: Toy shops
unknown_prior: -1.0
known_codes: [TOY_BROKEN]
fallback:
  tool: escalate
  arguments: {team: platform, title: "{title}", summary: "{summary}", severity: "{severity}",
              incident_id: "{incident_id}"}
  title: Call the platform team
  promise: The escalation can be found.
"""
CAUSE = """\
id: wheel_fell_off
category: merchant_configuration
title: A wheel fell off
explanation: Wheels fall off when nobody looks.
signs:
  - {id: code, test: {code: [TOY_BROKEN]}, weight: 2.0, absent: 0.5, says: "{count} toys are broken."}
treatments:
  - tool: purge_cache
    arguments: {merchant_ids: "{merchant_ids}", area: catalog}
    title: Put the wheel back in {stores}
    promise: The wheel holds.
runbook_query: wheel
"""
Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "config"
    root.mkdir()
    for name in ("agent_policies.yaml", "thresholds.yaml", "retention.yaml", "risk_matrix.yaml", "tools.yaml"):
        shutil.copy(SHIPPED / name, root / name)
    causes = root / "domain_packs" / "toys" / "causes"
    causes.mkdir(parents=True)
    (causes.parent / "pack.yaml").write_text(PACK)
    (causes / "wheel_fell_off.yaml").write_text(CAUSE)
    return root


@pytest.fixture
def edit(folder: Path) -> Edit:
    def change(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1))

    return change


def problems(folder: Path) -> list[str]:
    with pytest.raises(BadConfig) as refused:
        load_config(folder)
    return refused.value.problems


def line_of(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def test_the_shipped_configuration_loads() -> None:
    config = load_config(SHIPPED)
    assert isinstance(config, Config)
    assert "commerce" in config.packs
    assert config.thresholds.auto_confidence == 0.85


def test_every_guardrail_has_a_rule(folder: Path) -> None:
    policies = load_config(folder).policies
    verdicts = {rule.id: rule.verdict.value for rule in policies.rules}
    never = "unknown_tool production_data payment_information contact_merchant override_human attempts_spent runaway"
    ask = "low_confidence risk critical_severity many_merchants external no_way_back thin_evidence unknown_cause"
    wanted = {f"never.{name}": "deny" for name in never.split()} | {f"ask.{name}": "ask" for name in ask.split()}
    assert wanted.items() <= verdicts.items()
    assert len(policies.can) == 5
    assert len(policies.cannot) == 5


def test_a_folder_loads_into_frozen_values(folder: Path) -> None:
    config = load_config(folder)
    assert config.packs["toys"].cause("wheel_fell_off") is not None
    with pytest.raises(ValueError, match="frozen"):
        config.thresholds.auto_confidence = 0.1  # type: ignore[misc]


def test_the_version_follows_the_content_and_not_the_spelling(folder: Path, edit: Edit) -> None:
    before = load_config(folder).policy_version
    edit("thresholds.yaml", "auto_confidence: 0.85", "auto_confidence:   0.850   # the same")
    assert load_config(folder).policy_version == before
    edit("thresholds.yaml", "0.850 ", "0.875 ")
    assert load_config(folder).policy_version != before


@pytest.mark.parametrize(
    "old,new", [("purge_cache\n", "purge_cache\n    enabled: false\n"), ("effect: read", "effect: internal_note")]
)
def test_a_change_of_a_tool_is_a_change_of_policy(folder: Path, edit: Edit, old: str, new: str) -> None:
    before = load_config(folder).policy_version
    edit("tools.yaml", old, new)
    if "internal_note" in new:
        edit("tools.yaml", "    diff: Nothing changes.", "    reversible: false\n    diff: Nothing changes.")
    assert load_config(folder).policy_version != before


def test_every_problem_of_every_file_is_named_at_once(folder: Path, edit: Edit) -> None:
    edit("agent_policies.yaml", "merchants > 1", "mrechants > 1")
    edit("thresholds.yaml", "spike_score: 0.8", "spike_score: 1.8")
    edit("risk_matrix.yaml", "  read: 0.0\n", "")
    edit("tools.yaml", "repeat: reconcilable", "repeat: sometimes")
    edit("domain_packs/toys/causes/wheel_fell_off.yaml", "purge_cache", "purge_everything")
    found = problems(folder)
    assert [line.split(":")[0] for line in found] == [
        "agent_policies.yaml",
        "thresholds.yaml",
        "risk_matrix.yaml",
        "tools.yaml",
        "domain_packs/toys/causes/wheel_fell_off.yaml",
    ]


def test_a_problem_names_file_line_and_key_and_what_to_do(folder: Path, edit: Edit) -> None:
    edit("agent_policies.yaml", "merchants > 1", "mrechants > 1")
    (found,) = problems(folder)
    line = line_of(folder / "agent_policies.yaml", "mrechants")
    assert found.startswith(f"agent_policies.yaml:{line}: rules[")
    assert "].when: 'mrechants' is not a fact; the facts are " in found


@pytest.mark.parametrize(
    "name,old,new,says",
    [
        (
            "thresholds.yaml",
            "spike_score: 0.8",
            "spike_score: 0.8\nspike_score: 0.9",
            "is written twice (first on line",
        ),
        ("thresholds.yaml", "spike_score: 0.8", "spike_scroe: 0.8", "did you mean 'spike_score'?"),
        ("thresholds.yaml", "spike_score: 0.8", "", "spike_score: is missing; add it"),
        ("thresholds.yaml", "spike_score: 0.8", "spike_score: .inf", "is not a plain finite number"),
        ("thresholds.yaml", "spike_score: 0.8", "spike_score: .nan", "is not a plain finite number"),
        ("thresholds.yaml", "spike_score: 0.8", "spike_score: 1.0e+999", "is not a plain finite number"),
        ("thresholds.yaml", "window_minutes: 60", "window_minutes: 0100", "is not a plain whole number"),
        ("thresholds.yaml", "window_minutes: 60", "window_minutes: 1:30", "is not a plain whole number"),
        (
            "thresholds.yaml",
            "window_minutes: 60",
            'window_minutes: "60"',
            "window_minutes: input should be a valid integer",
        ),
        ("thresholds.yaml", "window_minutes: 60", "window_minutes: 2026-03-02", "put it in quotes"),
        (
            "thresholds.yaml",
            "window_minutes: 60",
            "window_minutes: &a 60\nx: *a",
            "anchors (&) and aliases (*) are refused",
        ),
        ("thresholds.yaml", "window_minutes: 60", "window_minutes: !!python/object:os.system 60", "would be read as"),
        ("thresholds.yaml", "window_minutes: 60", "window_minutes: [60", "is not YAML"),
        ("thresholds.yaml", "window_minutes: 60", "1: 60\nwindow_minutes: 60", "is not a text; put it in quotes"),
        ("thresholds.yaml", "escalate_confidence: 0.55", "escalate_confidence: 0.95", "is above auto_confidence"),
        (
            "thresholds.yaml",
            "[high, critical]",
            "[high, awful]",
            "single_signal_severities[1]: 'awful' is not a severity",
        ),
        (
            "agent_policies.yaml",
            "verdict: deny",
            "verdict: forbid",
            "verdict: input should be 'allow', 'ask' or 'deny'",
        ),
        ("agent_policies.yaml", "id: ask.risk", "id: ask.external", "'ask.external' names 2 rules"),
        ("agent_policies.yaml", "when: single_signal", "when: true || riks > 1", "'riks' is not a fact"),
        ("agent_policies.yaml", "when: single_signal", "when: yes", "would be read as yes or no"),
        ("agent_policies.yaml", "when: single_signal", "when: single_signal && 1", "'1' is not a yes-or-no question"),
        ("retention.yaml", "signals: 7d", "signals: a week", "kept.signals: string should match pattern"),
        (
            "retention.yaml",
            "signals: 7d",
            "signals: 2h",
            "kept.signals: is 2h; write 5h or more, because a sweep looks back so far",
        ),
        (
            "retention.yaml",
            "replies: 24h",
            "replies: 1h",
            "kept.replies: is 1h; write 24h or more, because that is promised",
        ),
        ("retention.yaml", "replies: 24h", "replies: for_ever", "kept.replies: cannot be for_ever"),
        ("retention.yaml", "patterns: 30d", "patern: 30d", "did you mean 'patterns'?"),
        ("retention.yaml", "events: for_ever", "events: 30d", "kept.events: input should be 'for_ever'"),
        ("risk_matrix.yaml", "  medium: 0.35", "  medium: 0.95", "levels: must start at 0 and grow"),
        ("risk_matrix.yaml", "  read: 0.0", "  reed: 0.0", "effect: has no number for 'read'; add it"),
        (
            "risk_matrix.yaml",
            "  payment_data: 0.9",
            "  payment_data: 90.0",
            "effect.payment_data: is 90.0; write a number from 0 to 1",
        ),
        ("tools.yaml", "tool: close_ticket", "tool: shut_ticket", "undo.tool: 'shut_ticket' is not a tool"),
        ("tools.yaml", "{setting: callback_scheme, ", "{", "lacks 'setting', which restore_setting needs"),
        (
            "tools.yaml",
            "waves/{wave}/hold",
            "waves/{wafe}/hold",
            "path: names {wafe}, which is not a required string or integer argument",
        ),
        ("tools.yaml", "/v1/tickets\n", "/v1/escalations\n", "is shared with another tool"),
        ("tools.yaml", "    external: true\n", "", "external: must be true for the effect external_escalation"),
        ("tools.yaml", "{type: string, enum: [https, http]}", "{type: string}", "callback_scheme: needs maxLength"),
        (
            "tools.yaml",
            "additionalProperties: false",
            "additionalProperties: true",
            "needs additionalProperties: false",
        ),
        ("tools.yaml", "type: object", "type: objekt", "is not a JSON Schema"),
        ("domain_packs/toys/pack.yaml", "tool: escalate", "tool: shout", "fallback.tool: 'shout' is not a tool"),
        ("domain_packs/toys/pack.yaml", "{team: platform, ", "{", "lacks 'team', which escalate needs"),
        ("domain_packs/toys/pack.yaml", '"{summary}"', '"{sumary}"', "names {sumary}, which nobody fills"),
        ("domain_packs/toys/pack.yaml", "name: toys", "name: games", "is 'games' in the folder 'toys'"),
        (
            "domain_packs/toys/causes/wheel_fell_off.yaml",
            "id: wheel_fell_off",
            "id: wheel",
            "in the file wheel_fell_off.yaml",
        ),
        ("domain_packs/toys/causes/wheel_fell_off.yaml", "weight: 2.0", "wieght: 2.0", "did you mean 'weight'?"),
        (
            "domain_packs/toys/causes/wheel_fell_off.yaml",
            "test: {code:",
            "test: {coed:",
            "signs[0].test: must test one thing",
        ),
        (
            "domain_packs/toys/causes/wheel_fell_off.yaml",
            "area: catalog",
            "aera: catalog",
            "is not an argument of purge_cache",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(
    folder: Path, edit: Edit, name: str, old: str, new: str, says: str
) -> None:
    edit(name, old, new)
    found = problems(folder)
    assert any(line.startswith(f"{name}:") and says in line for line in found), found
    assert all(re.match(r"^[a-z_./]+\.yaml:\d+: ", line) for line in found), found


@pytest.mark.parametrize(
    "name", ["agent_policies.yaml", "thresholds.yaml", "retention.yaml", "risk_matrix.yaml", "tools.yaml"]
)
def test_a_missing_or_empty_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert any(line.startswith(f"{name}:1: cannot be read") for line in problems(folder))
    (folder / name).write_text("# nothing\n")
    assert any(line.startswith(f"{name}:1: the file is empty") for line in problems(folder))


def test_a_pack_without_causes_and_a_folder_without_packs_are_refused(folder: Path) -> None:
    (folder / "domain_packs/toys/causes/wheel_fell_off.yaml").unlink()
    assert problems(folder) == ["domain_packs/toys/causes:1: holds no cause; add one YAML file for each"]
    (folder / "domain_packs/toys/pack.yaml").unlink()
    assert any(line.startswith("domain_packs/toys/pack.yaml:1: cannot be read") for line in problems(folder))
    shutil.rmtree(folder / "domain_packs/toys")
    assert problems(folder) == ["domain_packs:1: holds no pack; add domain_packs/<pack>/pack.yaml"]


def test_bytes_that_are_no_text_and_endless_nesting_are_refused(folder: Path) -> None:
    (folder / "thresholds.yaml").write_bytes(b"auto_confidence: 0.7\nx: \xff\xfe\n")
    assert problems(folder)[0].startswith("thresholds.yaml:2: is not UTF-8")
    (folder / "thresholds.yaml").write_text("a: " + "[" * 500 + "]" * 500)
    assert "nested deeper" in problems(folder)[0]
    (folder / "thresholds.yaml").write_text("a: 1\n---\nb: 2\n")
    assert "more than one document" in problems(folder)[0]


@pytest.mark.parametrize("seed", [20260302])
def test_no_damage_to_a_file_crashes_the_reader_or_goes_unnamed(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    text = (folder / "thresholds.yaml").read_text()
    for turn in range(400):
        place, cut = chance.randrange(len(text)), chance.randrange(3)
        new = chance.choice(["", ":", "{", "]", "\t", "&a ", "*a", "'", "\x00", "é", "-", "\n", "!!set "])
        damaged = text[:place] + new + text[place + cut :]
        read = read_yaml(damaged.encode())
        assert read.problems or isinstance(read.value, dict | str)
        if turn % 40 == 0:
            (folder / "thresholds.yaml").write_text(damaged)
            with contextlib.suppress(BadConfig):
                load_config(folder)


def test_the_numbers_are_the_ones_written(folder: Path) -> None:
    written = yaml.safe_load((SHIPPED / "thresholds.yaml").read_text())
    assert load_config(folder).thresholds.plain() == written


@pytest.mark.parametrize(
    ("rule", "promise"),
    [
        ("never.production_data", "modify production data"),
        ("never.payment_information", "access payment information"),
        ("never.contact_merchant", "contact merchants directly"),
        ("never.override_human", "override what a person decided"),
    ],
)
def test_a_configuration_that_drops_a_promise_does_not_start(folder: Path, rule: str, promise: str) -> None:
    path = folder / "agent_policies.yaml"
    before, after = path.read_text().split(f"- id: {rule}", 1)
    path.write_text(f"{before}- id: {rule}{after.replace('verdict: deny', 'verdict: ask', 1)}")
    assert [told for told in problems(folder) if promise in told and "agent_policies.yaml:" in told]
