"""Which plans are worth a look: those of which something happened since the last one. A plan may wait for people for
weeks, and the worker looks every second.

What it remembers is this process's alone. It only saves looks: whoever starts anew looks at every plan once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.context import EVERY_ONE, AppContext
from app.domain.events import Event
from app.domain.playbooks import OPEN_RUNS, PlaybookRun, StepKind, WaitedFor
from app.domain.tenants import Scope
from app.services.playbooks.carry_on import carry_on

MOST_EVENTS = 500
"""After more of them every plan is looked at."""


@dataclass
class _Looked:
    """Up to which event the plans of a tenant were looked at, and which of them only time moves."""

    seq: int | None = None
    timed: bool = True


@dataclass(frozen=True)
class PlanWatch:
    """Carries on what has reason to move."""

    ctx: AppContext
    _looked: defaultdict[str, _Looked] = field(default_factory=lambda: defaultdict(_Looked))

    def carry_on_changed(self, scope: Scope, stopping: Callable[[], bool]) -> None:
        """Carry on every plan of which something happened since the last look; nothing while the kill switch is on."""
        looked = self._looked[scope.tenant_id]
        with self.ctx.store.read(scope) as session:
            newest = session.events.page(newest_first=True, limit=1)
            seq = newest[0].seq if newest else 0
            if (seq == looked.seq and not looked.timed) or session.controls.kill_switch().on:
                return
            events = [] if looked.seq is None else session.events.page(after=looked.seq, limit=MOST_EVENTS)
            runs = session.playbooks.page(statuses=OPEN_RUNS, limit=EVERY_ONE)
        everything = looked.seq is None or len(events) == MOST_EVENTS
        named = _names_in(events)
        for run in reversed(runs):
            if stopping():
                return
            if everything or _is_timed(run) or named & _names_of(run):
                carry_on(self.ctx, scope, run.id)
        looked.seq, looked.timed = seq, any(map(_is_timed, runs))


def _names_in(events: Iterable[Event]) -> set[str]:
    """Every incident and action that the events are about."""
    return {name for one in events for name in (one.subject, str(one.payload.get("incident_id", "")))}


def _names_of(run: PlaybookRun) -> set[str]:
    return {run.incident_id, run.action_id, *(one.reference for one in run.steps if one.reference)}


def _is_timed(run: PlaybookRun) -> bool:
    """Whether it may move without anything having happened to it: time passes, or somebody else holds its wave."""
    return any(one.waits_for is WaitedFor.MINUTES or one.kind is StepKind.HOLD_WAVE for one in run.open_steps())
