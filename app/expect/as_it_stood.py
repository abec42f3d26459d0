"""What a directory said while a fault began: what it has said since is no cause of it, whoever changed it. Treatments
change settings of those a fault has hit, and so do merchants who try to help themselves.

Kept with the fault is only what differs from the directory of now, so that it costs by how much was changed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from app.expect.descriptions import MOVES
from app.expect.faults import Fault, FaultState

DIRECTORY_NOTE: Final = "directory looked at"
"""Under which name it is kept what a tenant's directory said at the last look, as long as a fault goes on."""
MOST_STOOD: Final = 5_000
"""Of so many merchants a fault remembers what was changed."""
Directory = Mapping[str, Mapping[str, Any]]
"""By merchant, what is said of it."""


def remember_changed(fault: Fault, before: Directory, now: Directory) -> Fault:
    """A fault that knows what was changed from one directory to the next. Who moves while well has from then on what it
    moved with: that may be what hits it. What is put back was never changed.
    """
    if fault.state is FaultState.ENDED or before == now:
        return fault
    stood = dict(fault.stood)
    for name, said in before.items():
        changed = _list_changed(said, now.get(name, said))
        if not changed or (MOVES in changed and name not in fault.hurt):
            continue
        if name in stood or len(stood) < MOST_STOOD:
            stood[name] = {**changed, **stood.get(name, {})}
    return replace(fault, stood=_without_put_back(stood, now))


def _list_changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What was said of what is said otherwise now; None of what was not said."""
    return {name: before.get(name) for name in {**before, **now} if before.get(name) != now.get(name)}


def _without_put_back(stood: Directory, now: Directory) -> dict[str, dict[str, Any]]:
    found = {
        name: {one: value for one, value in said.items() if value != now.get(name, {}).get(one)}
        for name, said in stood.items()
    }
    return {name: said for name, said in found.items() if said}
