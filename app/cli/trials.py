"""Trials in processes of their own, two at a time: each has an agent over a folder that goes with it.
And the door through which the command line takes the example files.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from app.domain.errors import BadInput, Permanent

if TYPE_CHECKING:
    from app.services.trials.operators import OperatorName
    from simulations.scenario import Scenario
    from simulations.world.truth import Trial

AT_ONCE = 2
Told = Callable[[int, int], None]


class Order(NamedTuple):
    """One trial to be lived through."""

    scenario: "Scenario"
    seed: int
    operator: "OperatorName"


def live_trial(order: Order, told: Told | None = None) -> "Trial":
    """One trial in this process: a fresh agent, a fresh tenant, and the time it took. It judges as an installation does
    that has the model of meaning, where there is one; its runbooks are found by their words, which is made in no time.
    """
    from app.bootstrap import build_application, seed_runbooks
    from app.process.collector import calm_collector
    from app.services.trials.simulate import ignore_progress, run_trial
    from app.settings import Settings
    from app.system import SteppedClock
    from rag.text_vectors import remembered_meaning

    calm_collector()
    began = time.process_time()
    scenario, start = order.scenario, order.scenario.clock.start
    settings = Settings(lite=True, multilingual=False, demo=False, log_level="ERROR")
    meaning = None if Settings().lite else remembered_meaning()
    application = build_application(settings, passing=True, clock=SteppedClock(start), meaning=meaning)
    try:
        trial = run_trial(
            application.ctx,
            scenario,
            seed=order.seed,
            operator=order.operator,
            furnish=lambda tenant: seed_runbooks(application.ctx, tenant, settings.runbooks, start),
            told=told or ignore_progress,
        )
    finally:
        application.stop()
    return trial.changed(seconds=round(time.process_time() - began, 3))


def disguise_order(order: Order, noise: float, without: str) -> Order:
    """The same trial as it is lived through: giving little away, with so much noise, and without what is withheld."""
    from simulations.scenarios.disguise import WITHHELD, disguise_scenario

    withheld = [one for one in WITHHELD if one == without]
    if without and not withheld:
        raise BadInput(f"{without!r} cannot be withheld; write one of {', '.join(WITHHELD)}")
    return order._replace(scenario=disguise_scenario(order.scenario, noise=noise, withheld=withheld))


def live_missing(orders: Sequence[Order], told: Told, keep: Path) -> "Iterator[Trial]":
    """The trials of a file, and those that it lacks; each is added to it as soon as it is over."""
    from simulations.world.truth import Trial

    lines = keep.read_text(encoding="utf-8").splitlines() if keep.is_file() else []
    known = {}
    for number, line in enumerate(lines, 1):
        try:
            trial = Trial.model_validate_json(line)
        except ValueError as error:
            raise BadInput(f"{keep}:{number}: holds no trial ({error}); delete the line") from None
        known[trial.scenario, trial.seed, trial.operator] = trial
    yield from known.values()
    missing = [order for order in orders if (order.scenario.id, order.seed, order.operator) not in known]
    for trial in live_all(missing, told) if missing else ():
        with keep.open("a", encoding="utf-8") as file:
            file.write(trial.model_dump_json() + "\n")
        yield trial


def live_all(orders: Sequence[Order], told: Told) -> "Iterator[Trial]":
    """Every trial, in the order asked for, each as soon as it and those before it are over."""
    if len(orders) == 1:
        yield live_trial(orders[0], told)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        try:
            for number, trial in enumerate(pool.map(live_trial, orders), 1):
                told(number, len(orders))
                yield trial
        except BrokenProcessPool:
            raise Permanent(
                "A process that lived through a trial died; the lines above may say why. Is there memory enough?"
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class LaidExamples(NamedTuple):
    """What one example file holds, as its senders would post it."""

    signals: list[Any]
    merchants: list[Any]


def lay_examples(file: str, rows: Sequence[Any], end: datetime) -> LaidExamples:
    """The rows of an example file, laid so that they end just before `end`; rows of another file stay as they are."""
    from simulations.fixtures import merchants_to_send, signals_to_send

    return LaidExamples(signals_to_send(file, rows, end), merchants_to_send(file, rows, end))
