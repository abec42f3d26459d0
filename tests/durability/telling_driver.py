"""Lives of workers that tell people something, over servers that outlive them all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.bootstrap import Application, Seams, build_application
from app.services.notices.deliver import Teller
from app.system import SteppedClock
from tests.builders import NOW
from tests.durability.live_driver import Nothing
from tests.durability.worker_driver import Place, settings_of
from tests.durability.world import Plan
from tests.failpoints import Points
from tests.telling import SCOPE, ask_question

ASK, TELL = "ask", "tell"
"""What a case is for: people are told of all that wait, and then a question is put; or they are only told."""


def open_world(_: Place) -> Nothing:
    """The servers run by themselves."""
    return Nothing()


def open_application(place: Place, _: Nothing, on_point: Callable[[str], None] | None = None) -> Application:
    """The whole product over that place, with points around its store and its door."""
    points = Points(on_point) if on_point else None
    seams = Seams(store=points.store, door=points.door) if points else Seams()
    standins = tuple((place.config.parent / "standins").read_text().split())
    settings = settings_of(place).model_copy(update={"local_standins": standins, "lease_seconds": 30.0})
    return build_application(settings, clock=SteppedClock(NOW), seams=seams)


@dataclass
class Life:
    """One worker: it tells what waits, and may ask then."""

    application: Application
    plan: Plan

    def run(self) -> None:
        """What its cases are for, in order."""
        ctx: Any = self.application.ctx
        for case in self.plan.cases:
            teller = Teller(ctx)
            for target in teller.targets_of(SCOPE.tenant_id):
                teller.tell_target(SCOPE, target)
            if case.tool == ASK:
                ask_question(ctx, NOW, case.number)
