"""The floors that a run is held against, and the scorecard as people read it."""

import pytest

from app.domain.errors import BadConfig
from simulations.scoring.figures import Figures
from simulations.scoring.gates import Floor, figure_names, list_shortfalls, load_floors, read_figure
from simulations.scoring.render import LABELS, render_markdown, render_table
from simulations.scoring.score import compute_figures, score_trials
from tests.score_cases import CAUSES, action, at, fault, incident, money, trial

GOOD = trial(
    [fault()],
    [incident(causes=[(CAUSES[0], 0.9)], lost_revenue=money(900, 1_000, 1_100))],
    [action(status="VERIFIED", settled_at=at(120))],
)


def written(tmp_path, text: str):
    path = tmp_path / "floors.yaml"
    path.write_text(text)
    return path


def test_the_shipped_floors_are_read_and_an_untouched_agent_stands_on_none_of_them():
    for run in ("all", "ci"):
        floors = load_floors(run=run)
        assert floors and set(floors) <= set(figure_names())
    assert list_shortfalls(compute_figures([trial([fault()])]), load_floors()) != ()


def test_a_figure_below_its_floor_is_told_with_both_numbers():
    told = compute_figures([trial([fault(), fault(1)], [incident()])])
    assert list_shortfalls(told, {"found": Floor(least=0.5)}) == ()
    assert list_shortfalls(told, {"found": Floor(least=0.6)}) == ("found is 0.5; at least 0.6 is needed",)
    assert list_shortfalls(told, {"minutes_to_incident.median": Floor(most=5)}) == (
        "minutes_to_incident.median is 6; at most 5 is allowed",
    )


def test_a_figure_never_reached_or_resting_on_nothing_is_not_good():
    told = compute_figures([trial([fault()])])
    assert list_shortfalls(told, {"minutes_to_incident.median": Floor(most=10_000)}) == (
        "minutes_to_incident.median was never reached",
    )
    assert list_shortfalls(told, {"abstention": Floor(least=0.0)}) == ("abstention rests on 0 case(s); 1 needed",)
    assert list_shortfalls(told, {"abstention": Floor(least=0.0, cases=0)}) == ()
    assert list_shortfalls(told, {"wrong_proposed": Floor(most=0.1)}) == ()
    assert list_shortfalls(told, {"found": Floor(least=0.0, cases=30)}) == ("found rests on 1 case(s); 30 needed",)


def test_every_figure_can_have_a_floor():
    told = compute_figures([GOOD])
    for name in figure_names():
        value, n = read_figure(told, name)
        assert value is None or value >= 0
        assert n >= 0
    assert read_figure(told, "calibration.brier") == (pytest.approx(0.01), 1)
    assert read_figure(told, "false_per_healthy_day") == (0.0, pytest.approx(1200 / 1440, abs=1e-6))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("all:\n  fuond: {least: 0.5}\n", "floors.yaml:2: all.fuond: is no figure of the scorecard; known are "),
        ("all:\n  found: {least: 0.5, most: 0.9}\n", "floors.yaml:2: all.found: write either least or most"),
        ("all:\n  found: {}\n", "floors.yaml:2: all.found: write either least or most"),
        ("all:\n  found: {leest: 0.5}\n", "floors.yaml:2: all.found.leest: Extra inputs are not permitted"),
        (
            "all:\n  found: {least: 0.5, cases: -1}\n",
            "floors.yaml:2: all.found.cases: Input should be greater than or equal to 0",
        ),
        ("all:\n  found: 0.5\n", "floors.yaml:2: all.found: Input should be a valid dictionary"),
        ("ci:\n  found: {least: 0.5}\n", "floors.yaml:1: all: there are no floors for the run 'all'"),
        ("all:\n  minutes_to_incident: {most: 5}\n", "floors.yaml:2: all.minutes_to_incident: is no figure"),
        ("all:\n  found: {least: true}\n", "floors.yaml:2: all.found.least: Input should be a valid number"),
        ("all: [\n", "floors.yaml:2: is not YAML"),
    ],
)
def test_a_wrong_floor_is_named_by_file_line_and_key(tmp_path, text, sentence):
    with pytest.raises(BadConfig) as caught:
        load_floors(written(tmp_path, text))
    assert caught.value.problems[0].startswith(sentence)


def test_every_figure_has_a_label_and_every_label_a_figure():
    assert list(LABELS) == list(Figures.model_fields)


def test_the_table_shows_each_rate_with_its_cases_and_its_interval():
    shown = render_table(score_trials([GOOD, trial(scenario="quiet")]))
    assert shown.startswith("Faults: 1, worlds: 2, trials: 2\n")
    lines = {line.split("  ")[0]: " ".join(line.split()) for line in shown.splitlines()}
    assert lines["Incident found"] == "Incident found 100.0% 1/1 20.7% to 100.0% more"
    assert lines["Calibration"] == "Calibration Brier 0.010, ECE 0.100 1 less"
    assert lines["Harm undone"] == "Harm undone - 0 more"
    assert lines["one"] == "one 1 1/1 6.0 (1/1) 1/1 1/1 - 0/1 0/1 4/4 4/4 0/1 1/1 0"
    assert lines["0.8 to 0.9"] == "0.8 to 0.9 0.900 100.0% 1/1 20.7% to 100.0%"


def test_columns_are_aligned():
    totals = render_table(score_trials([GOOD])).split("\n\n")[0].splitlines()[1:]
    starts = [place + 2 for place in range(len(totals[1])) if totals[1].startswith("  -", place)]
    assert len(starts) == 4
    assert all(line[start - 2 : start].strip() == "" for line in totals for start in starts)


def test_no_percentage_stands_alone():
    for line in render_table(score_trials([GOOD])).splitlines():
        assert "%" not in line or "/" in line or "95 % interval" in line, line


def test_markdown_has_the_same_cells():
    card = score_trials([GOOD])
    shown = render_markdown(card)
    assert "| Incident found | 100.0% | 1/1 | 20.7% to 100.0% | more |" in shown
    assert "| one | 1 | 1/1 |" in shown
    rows = [line for line in shown.splitlines() if line.startswith("|")]
    assert len(rows) == len([line for line in render_table(card).splitlines() if line]) - 4
