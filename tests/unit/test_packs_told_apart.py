"""Which two causes nothing tells apart: every pack says its own beforehand, and a pack that does not is told so."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import cli
from app.config.load import load_config
from app.config.model import CauseSpec, DomainPack
from app.config.telling_apart import SPELLINGS, find_inseparable, list_undeclared
from app.config.uploaded import read_uploaded_pack
from app.domain.base import JsonObject
from app.domain.errors import BadConfig
from tests.faults import config, pack

SHIPPED = Path(__file__).resolve().parents[2] / "config"


def sign(name: str, test: JsonObject, weight: float = 1.5, absent: float = 0.0) -> JsonObject:
    return {"id": name, "test": test, "weight": weight, "absent": absent, "says": "x"}


def cause(name: str, *signs: JsonObject, contradictions: tuple[JsonObject, ...] = ()) -> CauseSpec:
    fields = {"category": "x", "title": name, "explanation": "x", "runbook_query": "x"}
    return CauseSpec.model_validate({"id": name, **fields, "signs": signs, "contradictions": contradictions})


def made_of(*causes: CauseSpec, **changes: object) -> DomainPack:
    return pack().changed(causes=causes, **changes)


@pytest.mark.parametrize("name", sorted(config().packs))
def test_no_shipped_pack_has_a_pair_that_it_does_not_declare(name: str) -> None:
    shipped = config().packs[name]
    assert list_undeclared(shipped) == []
    assert len(shipped.inseparable) <= 3


def test_the_causes_of_commerce_are_told_apart_by_what_happens_in_a_shop() -> None:
    """Codes, routes and words may be another platform's."""
    assert find_inseparable(pack(), SPELLINGS) == []


REFUSED, GONE = {"status": [401]}, {"code": ["GONE"]}


@pytest.mark.parametrize(
    ("first", "second", "told_apart"),
    [
        (cause("a", sign("s", REFUSED)), cause("b", sign("t", REFUSED)), False),
        (cause("a", sign("s", REFUSED)), cause("b", sign("t", {"status": ["4xx"]})), False),
        (cause("a", sign("s", REFUSED)), cause("b", sign("t", {"status": [403]})), True),
        (cause("a", sign("s", REFUSED)), cause("b", sign("t", REFUSED), sign("u", GONE)), False),
        (cause("a", sign("s", REFUSED)), cause("b", sign("t", REFUSED), sign("u", GONE, absent=1.0)), True),
        (cause("a", sign("s", REFUSED)), cause("b", sign("t", REFUSED, 2.5)), False),
        (
            cause("a", sign("s", REFUSED), sign("u", GONE)),
            cause("b", sign("t", REFUSED), sign("w", {"stage": ["in_progress"]})),
            True,
        ),
        (
            cause("a", sign("s", {"attribute": {"name": "x", "values": ["1"]}})),
            cause("b", sign("t", {"attribute": {"name": ["x"], "values": ["2"]}})),
            True,
        ),
        (cause("a", sign("s", REFUSED)), cause("b", sign("t", REFUSED), contradictions=(sign("u", GONE),)), False),
    ],
)
def test_each_of_two_needs_something_that_lifts_it_over_the_other(
    first: CauseSpec, second: CauseSpec, told_apart: bool
) -> None:
    for both in ((first, second), (second, first)):
        assert find_inseparable(made_of(*both)) == ([] if told_apart else [("a", "b")])


def test_the_order_in_which_a_pair_is_declared_does_not_matter() -> None:
    twins = (cause("a", sign("s", REFUSED)), cause("b", sign("t", REFUSED)))
    assert list_undeclared(made_of(*twins)) == [("a", "b")]
    assert list_undeclared(made_of(*twins, inseparable=(("b", "a"),))) == []


def with_twin(folder: Path, declared: str) -> Path:
    shutil.copytree(SHIPPED, folder)
    lending = folder / "domain_packs" / "lending"
    one = next(iter(sorted((lending / "causes").glob("*.yaml"))))
    twin = one.with_name("a_twin.yaml")
    twin.write_text(one.read_text("utf-8").replace(f"id: {one.stem}\n", "id: a_twin\n", 1))
    (lending / "pack.yaml").write_text(
        (lending / "pack.yaml").read_text("utf-8") + declared.replace("ONE", one.stem)
    )  # fmt: skip
    return folder


def test_the_doctor_names_a_pair_that_nobody_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUSEWAY_CONFIG", str(with_twin(tmp_path / "bare", "")))
    refused = CliRunner().invoke(cli, ["doctor", "--config-only"])
    assert refused.exit_code == 1 and "BAD  told apart in lending: no sign tells a_twin from" in refused.output
    monkeypatch.setenv("CAUSEWAY_CONFIG", str(with_twin(tmp_path / "said", "\ninseparable: [[a_twin, ONE]]\n")))
    told = CliRunner().invoke(cli, ["doctor", "--config-only"])
    assert told.exit_code == 0 and "all but a_twin and" in told.output
    assert "ok   told apart in commerce: every cause from every other" in told.output


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("\ninseparable: [[a_twin, nobody]]\n", "inseparable[0][1]: 'nobody' is no other cause of this pack"),
        ("\ninseparable: [[ONE, ONE]]\n", "is no other cause"),
        ("\ninseparable: [[a_twin, ONE], [a_twin, ONE], [a_twin, ONE], [a_twin, ONE]]\n", "at most 3"),
    ],
)
def test_a_pair_is_two_causes_of_the_pack_and_there_are_three_at_most(tmp_path: Path, said: str, problem: str) -> None:
    with pytest.raises(BadConfig, match=r".") as refused:
        load_config(with_twin(tmp_path / "config", said))
    assert any(problem in one for one in refused.value.problems), refused.value.problems


def test_an_upload_that_repeats_a_cause_under_another_name_is_refused() -> None:
    same = (SHIPPED / "domain_packs" / "commerce" / "causes" / "cors_origin_missing.yaml").read_text("utf-8")
    files = {"causes/a_twin.yaml": same.replace("id: cors_origin_missing", "id: a_twin", 1)}
    tools = {spec.name: spec for spec in config().tools}
    with pytest.raises(BadConfig, match="no sign tells a_twin from cors_origin_missing"):
        read_uploaded_pack(files, pack(), tools)
    left = read_uploaded_pack(files, pack(), tools, ["cors_origin_missing"])
    assert left.cause("a_twin") and not left.cause("cors_origin_missing")
