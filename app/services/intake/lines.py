"""Gives each line of a log, and each failure that has neither code nor status, the name of its template, in the
transaction that keeps it: lines that differ by numbers and ids are then one stream, whatever is learnt later.

What was learnt is kept with the tenant as plain JSON. Whoever writes in a tenant is alone in it, so a process that
finds another version than its own goes on from that one, and none overwrites what another has learnt.
"""

from collections.abc import Sequence
from typing import Final

from app.domain.base import Untrusted
from app.domain.signals import ERROR_TYPES, Signal, SignalType, build_trusted
from app.observe.groups import code_of
from app.observe.line_names import LineNames
from app.observe.streams import Readers
from app.ports.store import Session

LINES_NOTE: Final = "line templates"
VERSION_NOTE: Final = "line templates version"
"""Small, so that a batch reads the state only where it is another one."""


def name_lines(readers: Readers, session: Session, signals: Sequence[Signal]) -> list[Signal]:
    """The same signals, with the names of their templates where they need one; what is new in them is learnt."""
    lines = [_line_of(one) for one in signals]
    if not any(lines):
        return list(signals)
    names = _catch_up(readers, session)
    known = names.learnt
    found = [_named(one, names.name_of(line)) if line else one for one, line in zip(signals, lines, strict=True)]
    if names.learnt != known:
        names.version += 1
        session.notes.put(LINES_NOTE, names.plain())
        session.notes.put(VERSION_NOTE, {"version": names.version})
    return found


def _line_of(signal: Signal) -> Untrusted | None:
    """The text by which alone it can be told what happened; none where a code or a status tells it."""
    if code_of(signal) is not None:
        return None
    if signal.signal_type is SignalType.LOG:
        return signal.message
    return signal.error_message if signal.signal_type in ERROR_TYPES and signal.status is None else None


def _catch_up(readers: Readers, session: Session) -> LineNames:
    """What this process knows, or what another has learnt since."""
    names = readers.lines_of(session.scope.tenant_id)
    version = (session.notes.get(VERSION_NOTE) or {}).get("version", 0)
    if names.version != version:
        names = LineNames.read(session.notes.get(LINES_NOTE) or {}, version)
        readers.keep_lines(session.scope.tenant_id, names)
    return names


def _named(signal: Signal, name: str) -> Signal:
    return build_trusted(Signal, {**vars(signal), "template": name}, signal.model_fields_set | {"template"})
