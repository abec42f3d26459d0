"""Trials in processes of their own, two at a time: each has an agent over memory that leaves nothing behind."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from app.domain.errors import Permanent

if TYPE_CHECKING:
    from app.services.operators import OperatorName
    from simulations.scenario import Scenario
    from simulations.truth import Trial

AT_ONCE = 2
COLLECT_SELDOM = (100_000, 50, 100)
"""A trial keeps a hundred thousand signals; looking through all of them for garbage again and again takes a tenth of its time."""
Told = Callable[[int, int], None]


class Order(NamedTuple):
    """One trial to be lived through."""

    scenario: "Scenario"
    seed: int
    operator: "OperatorName"


def live(order: Order, told: Told | None = None) -> "Trial":
    """One trial in this process: a fresh agent, a fresh tenant, and the time it took."""
    from app.ambient import SteppedClock
    from app.bootstrap import build, stock
    from app.services.simulate import nobody, run
    from app.settings import Settings

    gc.set_threshold(*COLLECT_SELDOM)
    began = time.process_time()
    scenario, start = order.scenario, order.scenario.clock.start
    settings = Settings(lite=True, demo=False, log_level="ERROR")
    application = build(settings, memory=True, clock=SteppedClock(start))
    try:
        trial = run(
            application.house,
            scenario,
            seed=order.seed,
            operator=order.operator,
            furnish=lambda tenant: stock(application.house, tenant, settings.runbooks, start),
            told=told or nobody,
        )
    finally:
        application.stop()
    return trial.changed(seconds=round(time.process_time() - began, 3))


def live_all(orders: Sequence[Order], told: Told) -> "Iterator[Trial]":
    """Every trial, in the order asked for, each as soon as it and those before it are over."""
    if len(orders) == 1:
        yield live(orders[0], told)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        try:
            for number, trial in enumerate(pool.map(live, orders), 1):
                told(number, len(orders))
                yield trial
        except BrokenProcessPool:
            raise Permanent("A process that lived through a trial died; the lines above may say why. Is there memory enough?") from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
