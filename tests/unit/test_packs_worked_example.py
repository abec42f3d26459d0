"""docs/adding.md is true: what it tells a newcomer to write loads, recognises its failure, and is proposed with the
merchant's own origin.
"""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import cli
from app.config.load import load_config
from app.config.model import TEMPLATE_NAMES, Config
from app.domain.errors import BadConfig
from app.domain.hypotheses import Assessment, Dossier, Hypothesis
from app.domain.impact import BlastRadius, Impact, Interval
from app.domain.merchants import Merchant
from app.domain.tenants import ToolMode
from app.playbooks.plan import PlanFacts, propose_treatment
from app.signs.registry import KINDS

PROJECT = Path(__file__).resolve().parents[2]
GUIDE = (PROJECT / "docs" / "adding.md").read_text("utf-8")
BLOCKS = {
    block.split(":")[0].split("\n")[0].removeprefix("# ").removeprefix("<!-- "): block.split("\n", 1)[1]
    for block in re.findall(r"^```(?:yaml|markdown)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
}
CAUSE = "config/domain_packs/commerce/causes/cors_origin_missing.yaml"
RUNBOOK = "runbooks/storefront/cors-origin-missing.md"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("config", "runbooks"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    tools = tmp_path / "config" / "tools.yaml"
    widened = re.sub(r"(setting: \{type: string, enum: \[)", r"\1allowed_origin, ", tools.read_text("utf-8"), count=1)
    tools.write_text(f"{widened.rstrip()}\n\n{BLOCKS['config/tools.yaml']}", encoding="utf-8")
    for name in (CAUSE, RUNBOOK):
        (tmp_path / name).write_text(BLOCKS[name], encoding="utf-8")
    return tmp_path


def doctor(project: Path) -> tuple[int, str]:
    places = {"CAUSEWAY_CONFIG": str(project / "config"), "CAUSEWAY_RUNBOOKS": str(project / "runbooks")}
    result = CliRunner().invoke(cli, ["doctor", "--config-only"], env=places)
    return result.exit_code, result.stdout


def diagnosed(config: Config, *merchants: Merchant) -> tuple[str, dict[str, object], str]:
    """What is proposed when the example's cause is likely: tool, arguments, and the first thing that was
    passed over.
    """
    names = tuple(merchant.id for merchant in merchants)
    cause = Hypothesis(
        cause="cors_origin_missing", category="merchant_configuration", title="CORS", confidence=0.8, score=1.0
    )
    dossier = Dossier.model_validate(
        {
            "incident_id": "INC-00000001",
            "evidence_version": 1,
            "title": "t",
            "severity": "high",
            "since": "2026-03-02T09:00:00Z",
            "signal_count": 9,
        }
        | {
            "impact": Impact(lost_orders=Interval(low=0, middle=1, high=2)),
            "blast": BlastRadius(merchants=names),
            "merchants": names,
        }
    )
    found = propose_treatment(
        PlanFacts(
            dossier=dossier,
            assessment=Assessment(incident_id="INC-00000001", summary="Shoppers are blocked.", hypotheses=(cause,)),
            pack=config.packs["commerce"],
            thresholds=config.thresholds,
            specs={spec.name: spec for spec in config.tools},
            merchants={merchant.id: merchant for merchant in merchants},
            tried=(),
            evidence_version=1,
            mode=ToolMode.SIMULATED,
        )
    )
    assert found is not None
    return found.tool, found.arguments, next((other.why_not for other in found.alternatives), "")


def shop(name: str, origin: str) -> Merchant:
    return Merchant(id=name, attributes={"storefront_origin": origin, "cors_state": "missing"})


def test_what_the_guide_shows_loads_and_is_listed(project: Path) -> None:
    code, said = doctor(project)
    assert code == 0, said
    assert all(name in said for name in ("allow_cors_origin", "cors_origin_missing", "storefront-cors-origin-missing"))


def test_the_guides_treatment_is_filled_with_the_origin_of_the_merchant(project: Path) -> None:
    config = load_config(project / "config")
    tool, arguments, _ = diagnosed(config, shop("MERCH-1", "https://one.example"))
    assert (tool, arguments) == ("allow_cors_origin", {"merchant_ids": ["MERCH-1"], "origin": "https://one.example"})


@pytest.mark.parametrize(
    "origins,why_not",
    [
        (
            ("https://one.example", "https://two.example"),
            "the merchants in scope have different values of storefront_origin",
        ),
        (("https://one.example", ""), "storefront_origin is not known"),
        (("http://one.example",), "does not match"),
        ((f"https://{'a' * 195}",), "is too long"),
    ],
)
def test_an_origin_that_is_not_right_for_all_of_them_is_never_sent(
    project: Path, origins: tuple[str, ...], why_not: str
) -> None:
    shops = [shop(f"MERCH-{number}", origin) for number, origin in enumerate(origins)]
    tool, _, said = diagnosed(load_config(project / "config"), *shops)
    assert tool == "escalate"
    assert why_not in said


def test_the_guide_names_every_sign_every_word_and_every_symptom() -> None:
    shipped_words = load_config(PROJECT / "config").packs["commerce"].vocabulary
    assert [kind for kind in KINDS if f"`{kind}: " not in GUIDE] == []
    assert [word for word in TEMPLATE_NAMES if f"`{{{word}}}`" not in GUIDE] == []
    assert [one.id for one in shipped_words.symptoms if f"`{one.id}`" not in GUIDE] == []
    assert [
        kind
        for kind, share in ((name, one.full_share) for name, one in KINDS.items())
        if not re.search(rf"^\| `{kind}: .*\| {share:.0%}".replace("%", " %"), GUIDE, re.MULTILINE)
    ] == []


@pytest.mark.parametrize(
    "file,old,new,place",
    [
        ("config/tools.yaml", "risk: medium", "risk: middling", r"config/tools\.yaml:\d+: tools\[\d+\]\.risk: "),
        (CAUSE, "weight: 1.8", "wieght: 1.8", r"cors_origin_missing\.yaml:\d+: signs\[0\]\.wieght: "),
        (
            RUNBOOK,
            "causes: [cors_origin_missing]",
            "causes: []",
            r"runbooks/storefront/cors-origin-missing\.md:4: causes: ",
        ),
    ],
)
def test_the_quick_check_names_file_line_and_key_and_exits_with_one(
    project: Path, file: str, old: str, new: str, place: str
) -> None:
    path = project / file
    path.write_text(path.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    code, said = doctor(project)
    assert code == 1
    assert re.search(place, said), said


@pytest.mark.parametrize(
    "file,old,new,said",
    [
        (
            CAUSE,
            "promise: Calls",
            'promise: "{attribute.storefront_origin} calls',
            "promise: names {attribute.storefront_origin}",
        ),
        (
            "config/domain_packs/commerce/pack.yaml",
            "team: migration",
            'team: "{attribute.team}"',
            "names {attribute.team}, which nobody fills",
        ),
        (
            CAUSE,
            'origin: "{attribute.storefront_origin}"',
            'origin: "{attribute.a.b}"',
            "names {attribute.a.b}, which nobody fills",
        ),
        (CAUSE, 'origin: "{attribute.storefront_origin}"', 'origin: "{origin}"', "or {attribute.NAME}"),
    ],
)
def test_an_attribute_is_refused_where_it_cannot_be_promised(
    project: Path, file: str, old: str, new: str, said: str
) -> None:
    path = project / file
    text = path.read_text("utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    path.write_text(
        changed.replace("no longer blocked.", 'no longer blocked."') if "promise" in new else changed, encoding="utf-8"
    )
    with pytest.raises(BadConfig) as refused:
        load_config(project / "config")
    assert said in str(refused.value)
