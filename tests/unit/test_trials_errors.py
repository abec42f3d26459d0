"""A scenario file that is wrong is refused with one clear sentence for each thing: file, line, key, and what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.errors import BadConfig
from simulations.scenarios.trials import load_scenario, load_scenarios

SOUND = """\
id: lonely_hill
title: Some shops cannot take money
seed: 4711
clock: {start: "2026-03-02T00:00:00Z", hours: 8, step: 5}
platform:
  merchants: 60
  waves:
    - {number: 1, stage: post_migration, cutover_in_days: -5}
    - {number: 2, stage: pre_migration, cutover_in_days: 9}
  attributes:
    theme: {atlas: 2.0, linea: 1.0}
faults:
  - mode: callback_not_https
    onset: 90
    ramp: 30
  - mode: kettle_boiled_over
    onset: 120
    scope: {theme: linea, catalogue_size: {above: 50}}
    effects:
      errors:
        - {step: checkout, share: 0.5, code: KETTLE_HOT, status: 418, messages: [kettle of {region} hot]}
      kpi: {conversion: 0.8}
      tickets: {rate: 0.1, symptom: checkout_failing, phrases: {en: [[tea, "No tea from {shop}"]]}}
    cured_by:
      - {tool: escalate, after_minutes: 60}
decoys:
  - {kind: widget_outage, onset: 20, lasts: 100}
noise: {declined: 0.02}
tools:
  - {tool: purge_cache, does: nothing}
expect:
  cause: callback_not_https
  resolved_by: [update_callback_url]
""".replace("messages: [kettle of {region} hot]", 'messages: ["kettle of {region} hot"]')
Refused = Callable[[str, str], list[str]]


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """What is said about the sound file after one change; without the folder."""

    def said(old: str, new: str) -> list[str]:
        assert SOUND.count(old) >= 1, f"{old!r} is not in the sound file"
        path = tmp_path / "lonely_hill.yaml"
        path.write_text(SOUND.replace(old, new, 1))
        with pytest.raises(BadConfig) as caught:
            load_scenario(path)
        assert all(problem.startswith(path.as_posix()) for problem in caught.value.problems)
        return [problem.replace(path.as_posix(), path.name) for problem in caught.value.problems]

    return said


def line(text: str) -> int:
    return next(number for number, one in enumerate(SOUND.splitlines(), 1) if text in one)


def test_the_sound_file_loads(tmp_path: Path) -> None:
    path = tmp_path / "lonely_hill.yaml"
    path.write_text(SOUND)
    scenario = load_scenario(path)
    assert scenario.expect is not None
    assert scenario.expect.causes == ("callback_not_https", "unknown")
    assert scenario.expect.escalate


CASES = [
    ("title: Some", "titel: Some", "titel: is not a known key; did you mean 'title'?"),
    ("    ramp: 30", "    rampe: 30", "faults[0].rampe: is not a known key; did you mean 'ramp'?"),
    ("above: 50", "abov: 50", "faults[1].scope.catalogue_size.abov: is not a known key; did you mean 'above'?"),
    ("hours: 8", "hour: 8", "clock.hour: is not a known key; did you mean 'hours'?"),
    ("seed: 4711\n", "", "seed: is missing; add it"),
    ("rate: 0.1", "rate: -0.1", "faults[1].effects.tickets.rate: is -0.1; write 0 or more"),
    ("declined: 0.02", "declined: 1.5", "noise.declined: is 1.5; write 1 or less"),
    ("onset: 90", "onset: soon", "faults[0].onset: is 'soon'; write a number"),
    ("merchants: 60", "merchants: 0", "platform.merchants: is 0; write 1 or more"),
    (
        "merchants: 60",
        "merchants: 60\n  residents: [{id: MOLE, nam: Mole}]",
        "platform.residents[0].nam: is not a known key; did you mean 'name'?",
    ),
    (
        "merchants: 60",
        "merchants: 60\n  residents: [{id: MOLE}, {id: MOLE}]",
        "platform.residents[1].id: is 'MOLE' a second time; give each",
    ),
    (
        "merchants: 60",
        "merchants: 1\n  residents: [{id: MOLE}, {id: RAT}]",
        "platform.merchants: is 1, and 2 residents are named; write as many or more",
    ),
    (
        "merchants: 60",
        'merchants: 60\n  residents: [{id: MOLE, attributes: {sync_rate_per_minute: "90"}}]',
        (
            "platform.residents[0].attributes.sync_rate_per_minute: is '90', and sync_rate_per_minute is such as 20;"
            " write one like it"
        ),
    ),
    (
        "merchants: 60",
        "merchants: 60\n  residents: [{id: MOLE, attributes: {plugin_reviews: true}}]",
        "platform.residents[0].attributes.plugin_reviews: has a key of its own; write plugins beside them",
    ),
    ("merchants: 60", "merchants: 60\n  rhythm: wild", "platform.rhythm: is 'wild'; write one of 'daily' or 'even'"),
    (
        "does: nothing",
        "does: little",
        "tools[0].does: is 'little'; write one of 'nothing', 'fails', 'fails_but_did_it' or 'harms'",
    ),
    (
        '"2026-03-02T00:00:00Z"',
        '"2026-03-02T00:00:00"',
        "clock.start: is '2026-03-02T00:00:00'; a time needs an offset, such as 2026-03-02T09:00:00Z",
    ),
    ('"2026-03-02T00:00:00Z"', "2026-03-02", "clock.start: '2026-03-02' would be read as timestamp; put it in quotes"),
    (
        "theme: linea,",
        "theme: {above: high},",
        "faults[1].scope.theme.above: is 'high'; write a number",
    ),
    (
        "id: lonely_hill",
        "id: lonely_hills",
        "id: is 'lonely_hills' in a file named 'lonely_hill'; give both the same name",
    ),
    (
        "mode: callback_not_https",
        "mode: callback_not_htps",
        "no effects of its own; did you mean 'callback_not_https'?",
    ),
    (
        "mode: callback_not_https",
        "mode: gravity",
        (
            "faults[0].mode: no catalogue has 'gravity', and it has no effects of its own; write one of the catalogue,"
            " or give it effects of its own"
        ),
    ),
    (
        "mode: kettle_boiled_over",
        "mode: clock_drifts",
        "faults[1].mode: 'clock_drifts' is nearly 'clock_drift' and is neither that nor clearly another",
    ),
    (
        "kind: widget_outage",
        "kind: widget_outrage",
        "decoys[0].kind: there is no decoy 'widget_outrage', and it has no effects of its own; did you mean",
    ),
    ("onset: 90", "onset: 480", "faults[0].onset: is 480, and the trial ends after 480 minutes; begin it before that"),
    (
        "onset: 20, lasts: 100",
        "onset: 900, lasts: 100",
        "decoys[0].onset: is 900, and the trial ends after 480 minutes; begin it before that",
    ),
    ("lasts: 100", "lasts: 0", "decoys[0].lasts: is 0, so it never happens"),
    (
        "    ramp: 30",
        "    ramp: 30\n    lasts: 20",
        "faults[0].ramp: is 30, and the fault lasts 20 minutes; write a ramp that is over by then",
    ),
    (
        "step: checkout",
        "step: chekout",
        "faults[1].effects.errors[0].step: there is no step 'chekout'; did you mean 'checkout'?",
    ),
    (
        "kettle of {region}",
        "kettle of {regoin}",
        (
            "faults[1].effects.errors[0].messages[0]: speaks of {regoin}, and merchants have no such attribute; did you"
            " mean"
        ),
    ),
    ("kpi: {conversion", "kpi: {conversoin", "faults[1].effects.kpi.conversoin: 'conversoin' is nearly 'conversion'"),
    (
        "symptom: checkout_failing",
        "symptom: checkout_fails",
        "faults[1].effects.tickets.symptom: there are no words for 'checkout_fails'; did you mean",
    ),
    (
        "No tea from {shop}",
        "No tea from {shpo}",
        "faults[1].effects.tickets.phrases.en[0]: speaks of {shpo}, which people do not know; did you mean 'shop'?",
    ),
    (
        "tool: escalate",
        "tool: escalat",
        "faults[1].cured_by[0].tool: there is no tool 'escalat'; did you mean 'escalate'?",
    ),
    (
        "tool: purge_cache",
        "tool: purge_caches",
        "tools[0].tool: there is no tool 'purge_caches'; did you mean 'purge_cache'?",
    ),
    (
        "  - {tool: purge_cache, does: nothing}",
        "  - {tool: purge_cache, does: nothing}\n  - {tool: purge_cache, does: harms}",
        "tools[1].tool: 'purge_cache' is told to behave in two ways; keep one of them",
    ),
    (
        "theme: linea,",
        "them: linea,",
        "faults[1].scope.them: merchants have no attribute 'them'; did you mean 'theme'?",
    ),
    ("theme: linea,", "theme: nova,", "faults[1].scope.theme: nobody's theme can be nova; write one of atlas, linea"),
    (
        "theme: linea,",
        "theme: [linea, nova],",
        "faults[1].scope.theme[1]: nobody's theme can be nova; write one of atlas, linea",
    ),
    (
        "theme: linea,",
        "theme: [],",
        "faults[1].scope.theme: is an empty list, which nobody fits; write at least one value",
    ),
    (
        "theme: linea,",
        'plugin_reviews: "true",',
        "faults[1].scope.plugin_reviews: nobody's plugin_reviews can be 'true'; write one of true, false",
    ),
    (
        "above: 50",
        "above: 70000",
        (
            "faults[1].scope.catalogue_size: is a range in which no value of catalogue_size lies; write a number from 5"
            " to 60000"
        ),
    ),
    ("{above: 50}", "{}", "faults[1].scope.catalogue_size: is a range without bounds; write above, below or both"),
    (
        "{theme: linea, catalogue_size: {above: 50}}",
        "{wave: 2, stage: post_migration}",
        (
            "faults[1].scope: reaches none of the 60 merchants that seed 4711 draws; widen it, or draw the population"
            " otherwise"
        ),
    ),
    (
        "cutover_in_days: -5}\n    - {number: 2",
        "cutover_in_days: -5}\n    - {number: 1",
        "platform.waves[1].number: is 1 a second time; give each wave its own number",
    ),
    (
        "    theme: {atlas: 2.0, linea: 1.0}",
        "    stage: {post_migration: 1.0}",
        "platform.attributes.stage: follows from the waves and is not drawn; remove it",
    ),
    (
        "    theme: {atlas: 2.0, linea: 1.0}",
        "    dns_ttl: {long: 1.0}",
        "platform.attributes.dns_ttl.long: is no number as dns_ttl has; write it in digits, in quotes",
    ),
    (
        "    theme: {atlas: 2.0, linea: 1.0}",
        "    plugin_reviews: {sometimes: 1.0}",
        (
            'platform.attributes.plugin_reviews.sometimes: is no switch as plugin_reviews has; write it as "true" or'
            ' "false"'
        ),
    ),
    (
        "    theme: {atlas: 2.0, linea: 1.0}",
        "    theme: {}",
        "platform.attributes.theme: has no values; write at least one with its weight",
    ),
    (
        "decoys:",
        "  - {mode: callback_not_https, onset: 200}\ndecoys:",
        (
            "faults[2]: is the same fault as faults[0], among the same merchants and at the same time; remove one, or"
            " set them apart"
        ),
    ),
    (
        "  merchants: 60",
        "  domain: library\n  merchants: 60",
        "faults[0].mode: happens at 'checkout', and a platform of the domain 'library' has no such step",
    ),
    (
        "cause: callback_not_https\n  resolved",
        "cause: unknown\n  resolved",
        "expect.cause: says 'unknown', and what is planted makes it 'callback_not_https'; write that, or leave it out",
    ),
    (
        "resolved_by: [update_callback_url]",
        "resolved_by: [purge_cache]",
        (
            "expect.resolved_by: says ['purge_cache'], and what is planted makes it ['update_callback_url']; write"
            " that, or leave it out"
        ),
    ),
]


@pytest.mark.parametrize(("old", "new", "sentence"), CASES, ids=[case[2][:60] for case in CASES])
def test_each_mistake_is_told_in_one_sentence(refused: Refused, old: str, new: str, sentence: str) -> None:
    problems = refused(old, new)
    told = [problem for problem in problems if sentence in problem]
    assert len(told) == 1, problems


def test_the_sentence_names_the_line(refused: Refused) -> None:
    place = line("step: checkout")
    assert refused("step: checkout", "step: chekout")[0].startswith(
        f"lonely_hill.yaml:{place}: faults[1].effects.errors[0].step: "
    )


def test_effects_that_nobody_could_see_are_refused(refused: Refused) -> None:
    start, end = SOUND.index("    effects:\n"), SOUND.index("    cured_by:")
    problems = refused(SOUND[start:end], "    effects: {tickets: {rate: 0.1, symptom: cart_empty}}\n")
    assert problems == [
        "lonely_hill.yaml:19: faults[1].effects: change nothing that anybody could see; write errors, kpi, traffic or"
        " silence"
    ]


@pytest.mark.parametrize("text", ["", "- 1\n", "just words\n", "id: [a\n"])
def test_what_is_no_scenario_at_all_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    with pytest.raises(BadConfig) as caught:
        load_scenario(path)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(f"{path.as_posix()}:")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"nowhere\.yaml:1: cannot be read"):
        load_scenario(tmp_path / "nowhere.yaml")


def test_a_folder_tells_the_mistakes_of_all_its_files(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="holds no scenario"):
        load_scenarios(tmp_path)
    for name in ("lonely_hill", "other_hill"):
        (tmp_path / f"{name}.yaml").write_text(SOUND.replace("onset: 90", "onset: -1"))
    with pytest.raises(BadConfig) as caught:
        load_scenarios(tmp_path)
    assert [Path(problem.split(":")[0]).name for problem in caught.value.problems] == [
        "lonely_hill.yaml",
        "other_hill.yaml",
    ]


def test_the_same_fault_may_come_back_later(tmp_path: Path) -> None:
    path = tmp_path / "lonely_hill.yaml"
    text = SOUND.replace("    ramp: 30", "    lasts: 60").replace(
        "decoys:", "  - {mode: callback_not_https, onset: 200}\ndecoys:", 1
    )
    path.write_text(text)
    assert [fault.mode for fault in load_scenario(path).faults].count("callback_not_https") == 2
