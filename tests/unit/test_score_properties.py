"""Laws of the scorecard over random trials. A failure prints its seed."""

import json
import random
from datetime import timedelta

import pytest

from app.domain.base import canonical_json
from simulations.scoring.figures import Figures
from simulations.scoring.leak_checks import find_suspicions
from simulations.scoring.render import LABELS
from simulations.scoring.score import compute_figures, score_trials
from simulations.scoring.sorting import find_owning_fault
from simulations.scoring.statistics import Amount, Calibration, Rate, Spread
from simulations.world.seeded_random import Draws
from simulations.world.truth import NOBODY, IncidentSeen, Suspect, Trial
from tests.score_cases import CAUSES, MERCHANTS, lived, random_agent

SEEDS = random.SystemRandom().sample(range(2**32), 3)


@pytest.fixture(params=SEEDS, ids=[f"seed{place}" for place in range(len(SEEDS))])
def seed(request) -> int:
    print(f"seed {request.param}")
    return request.param


def copies(trial: Trial, draws: Draws, *, altered: bool) -> Trial:
    """The trial with more incidents about the same faults, not earlier than those that are there: the same words, or
    any others.
    """
    faults = {one.number: one for one in trial.truth.faults}
    extra = []
    for place in range(5 if trial.incidents else 0):
        one = draws.choice(trial.incidents)
        copy = _copy(one, draws, f"-{place}", altered=altered)
        if not altered or find_owning_fault(copy, faults.values()) == find_owning_fault(one, faults.values()) != NOBODY:
            extra.append(copy)
    return trial.changed(incidents=(*trial.incidents, *extra))


def _copy(one: IncidentSeen, draws: Draws, mark: str, *, altered: bool) -> IncidentSeen:
    later = {
        "id": one.id + mark,
        "detected_at": one.detected_at + timedelta(minutes=draws.choice([0, 0, 5, 100]) if altered else 0),
    }
    if not altered:
        return one.changed(**later)
    later["suspects"] = (Suspect(cause=draws.choice(CAUSES), confidence=draws.uniform()),)
    later["merchants"] = tuple(f"m{n}" for n in range(MERCHANTS) if draws.happens(0.3))
    return one.changed(**later)


def values(told: Figures) -> dict[str, float]:
    """Every figure as one number that is higher when it is better; None of a spread is the worst."""
    found: dict[str, float] = {}
    for name, (_, better) in LABELS.items():
        figure = getattr(told, name)
        if isinstance(figure, Rate | Amount) and better:
            value = figure.value or 0.0
            found[name] = value if better == "more" else -value
        elif isinstance(figure, Spread):
            for part in ("median", "p90"):
                value = getattr(figure, part)
                found[f"{name}.{part}"] = (-(10.0**12) if figure.n else 0.0) if value is None else -value
    return found


def test_every_figure_stays_within_its_bounds(seed):
    told = compute_figures(lived(random_agent, seed))
    for name in LABELS:
        figure = getattr(told, name)
        if isinstance(figure, Rate):
            assert 0 <= figure.low <= figure.high <= 1 and figure.hits <= figure.n, name
        elif isinstance(figure, Amount):
            assert figure.value is None or 0 <= figure.low <= figure.value <= (figure.high or 0), name
        elif isinstance(figure, Calibration):
            assert (
                0 <= figure.brier <= 1 and 0 <= figure.ece <= 1 and sum(one.right.n for one in figure.bins) == figure.n
            )
        else:
            assert figure.known <= figure.n and (figure.p90 is None or 0 <= figure.median <= figure.p90), name


def test_the_order_of_trials_incidents_and_actions_changes_no_byte(seed):
    trials = lived(random_agent, seed)
    shuffler = random.Random(seed)
    mixed = [
        one.changed(
            incidents=tuple(shuffler.sample(one.incidents, len(one.incidents))),
            actions=tuple(shuffler.sample(one.actions, len(one.actions))),
        )
        for one in shuffler.sample(trials, len(trials))
    ]
    assert canonical_json(score_trials(mixed).plain()) == canonical_json(score_trials(trials).plain())


def test_copies_of_incidents_raise_no_figure(seed):
    draws = Draws(seed, "copies")
    trials = lived(random_agent, seed)
    before, after = (
        values(compute_figures(trials)),
        values(compute_figures([copies(one, draws, altered=False) for one in trials])),
    )
    assert [name for name in before if after[name] > before[name] + 1e-9] == []


def test_later_incidents_with_other_words_raise_no_figure_about_the_fault(seed):
    draws = Draws(seed, "altered")
    trials = lived(random_agent, seed)
    before, after = (
        values(compute_figures(trials)),
        values(compute_figures([copies(one, draws, altered=True) for one in trials])),
    )
    assert [name for name in before if after[name] > before[name] + 1e-9] == []


def test_missing_an_incident_never_raises_recall_causes_or_scope(seed):
    trials = lived(random_agent, seed)
    blind = [one.changed(incidents=()) for one in trials]
    told = compute_figures(blind)
    assert (told.found.hits, told.cause_top1.hits, told.scope_recall.hits, told.abstention.hits) == (0, 0, 0, 0)
    assert told.found.n == compute_figures(trials).found.n and told.cause_top1.n == compute_figures(trials).cause_top1.n


def test_the_card_is_plain_json_and_reads_back(seed):
    card = score_trials(lived(random_agent, seed))
    told = json.loads(json.dumps(card.plain(), allow_nan=False))
    assert type(card).model_validate(told) == card


def test_an_agent_that_knows_nothing_is_not_suspected_of_knowing(seed):
    """Its incidents hold signals at random, which is itself a sign; what it names is not."""
    hints = {one.hint for one in find_suspicions(lived(random_agent, seed, count=120))}
    assert hints <= {"opened_on_nothing"}
