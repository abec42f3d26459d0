"""How a durability test is run: children that are killed, one that finishes, and what is found afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.action_states import ActionStatus
from app.domain.tenants import Scope
from tests.durability.fork_server import Nursery
from tests.durability.oracle import check, endings, unlike
from tests.durability.worker_driver import Life, Place, open_application, open_world
from tests.durability.world import Case, Plan, specs_in

Ending = dict[tuple[str, str], Any]
_known: dict[tuple[Plan, tuple[str, ...]], Ending] = {}
"""References that were lived already: the same plan ends the same on every database."""


@dataclass(frozen=True)
class Findings:
    """What was found after the last child was done: what is wrong, and how many actions of the class `neither` are in
    doubt.
    """

    wrong: tuple[str, ...]
    doubts: int
    effects: int
    actions: int
    incidents: int


def job_of(place: Place, cases: Sequence[Case], **orders: Any) -> dict[str, Any]:
    """One life: where, with which plan, and how it is to end."""
    return {"place": place.plain(), "plan": [list(case) for case in cases], **orders}


def live_unkilled(nursery: Nursery, place: Place, cases: Sequence[Case]) -> None:
    """One child that is left alone until it is done."""
    obituary = nursery.raise_child(job_of(place, cases))
    assert obituary["ended"] == 0, obituary


def reference_of(folder: Path, config: Path, plan: Plan, failing: Sequence[str] = ()) -> Ending:
    """How the plan ends when nobody is killed: lived over a passing folder, by this process, once."""
    plot = (plan, tuple(failing))
    if plot not in _known:
        folder.mkdir()
        _known[plot] = _lived_unkilled(Place(folder, config), plan, failing)
    return _known[plot]


def _lived_unkilled(place: Place, plan: Plan, failing: Sequence[str]) -> Ending:
    effects = open_world(place)
    for tool in failing:
        effects.fails(tool, "500")
    application = open_application(place, effects, passing=True)
    try:
        Life(application, plan).run()
        return endings(application.store)
    finally:
        application.stop()
        effects.close()


def find(place: Place, plan: Plan, reference: Callable[[Ending], Ending]) -> Findings:
    """The oracle pack over a place, and the comparison with what the reference says the incidents that are there should
    have come to.
    """
    specs, effects = specs_in(place.config), open_world(place)
    application = open_application(place, effects)
    try:
        store = application.store
        files = () if place.database else (place.data / "causeway.sqlite", place.data / "checkpoints.sqlite")
        wrong = check(store, effects, specs, accepted=accepted_of(plan), anchor=application.ctx.anchor, files=files)
        seen = endings(store)
        unlike_reference, doubts = unlike(reference(seen), seen, specs)
        wrong += unlike_reference + _unlisted(application, plan)
        rows = sum(len(ending[1]) for ending in seen.values())
        return Findings(tuple(wrong), doubts, len(effects.effects()), rows, len(seen))
    finally:
        application.stop()
        effects.close()


def accepted_of(plan: Plan) -> dict[str, list[str]]:
    """The signals that every tenant of the plan was told it has."""
    return {tenant: [name for case in plan.of(tenant) for name in case.signal_ids()] for tenant in plan.tenants}


def _unlisted(application: Any, plan: Plan) -> list[str]:
    """Doubts that nobody is shown: each is in the list of actions in doubt, and says what is known."""
    wrong = []
    for tenant in plan.tenants:
        with application.store.read(Scope(tenant_id=tenant)) as session:
            doubtful = session.actions.page(statuses=[ActionStatus.IN_DOUBT], limit=100_000)
        wrong += [
            f"{row.id} is in doubt and does not say why" for row in doubtful if not (row.result and row.result.error)
        ]
    return wrong
