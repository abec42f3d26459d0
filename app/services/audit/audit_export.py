"""The record as a file: one JSON object per line, escaped so that no text in it steers a terminal, and the way back
from it.

A file proves that it hangs together, and that it holds the links whose hashes its last line names. Only the anchor
proves those.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from pydantic import Field

from app.domain.base import JsonObject, Value
from app.domain.errors import BadInput
from app.domain.events import AnchorReading, ChainCheck, Event, Verified
from app.domain.replay import EventFact, States, replay_events
from app.store.audit import chain


class LastLine(Value):
    """How an export ends."""

    tenant: str
    events: int
    anchored: AnchorReading
    check: ChainCheck


class Replayed(Value):
    """What an export says by itself."""

    tenant: str
    check: ChainCheck
    states: States
    events: dict[str, int] = Field(description="how many there are of each kind")
    when_exported: ChainCheck | None = Field(default=None, description="what the check said when the file was written")


def event_line(tenant_id: str, event: Event) -> str:
    """One event."""
    return json.dumps({"tenant": tenant_id, **event.plain()})


def last_line(tenant_id: str, count: int, reading: AnchorReading, check: ChainCheck) -> str:
    """The anchored heads and the check."""
    return json.dumps(LastLine(tenant=tenant_id, events=count, anchored=reading, check=check).plain())


def replay_lines(lines: Iterable[str]) -> Replayed:
    """Verify the chain from the file alone and tell where everything stands at its end; BadInput with the line that is
    no part of one.
    """
    tenant, links, end = _parse_export(lines)
    check = chain.check_links(tenant, links, end.anchored.heads if end else None)
    if end is None and check.ok:
        check = check.changed(
            ok=False, verdict=Verified.UNVERIFIABLE, reason="the file has no last line: it was cut short"
        )
    elif end is not None and check.verdict is not Verified.BROKEN and end.events != len(links):
        reason = f"the file holds {len(links)} events, its last line says {end.events}"
        check = check.changed(ok=False, verdict=Verified.BROKEN, reason=reason)
    states = replay_events(EventFact(link.seq, link.kind, link.subject, link.payload) for link in links)
    kinds = dict(sorted(Counter(link.kind for link in links).items()))
    return Replayed(tenant=tenant, check=check, states=states, events=kinds, when_exported=end.check if end else None)


def _parse_export(lines: Iterable[str]) -> tuple[str, list[Event], LastLine | None]:
    links: list[Event] = []
    tenants: set[str] = set()
    end: LastLine | None = None
    for number, kept in _json_lines(lines):
        if end is not None:
            raise BadInput(f"line {number}: there is something after the last line of the export")
        try:
            tenants.add(str(kept["tenant"]))
            if "check" in kept:
                end = LastLine.model_validate(kept)
            else:
                links.append(Event.model_validate({name: member for name, member in kept.items() if name != "tenant"}))
        except (KeyError, ValueError):
            raise BadInput(f"line {number} is no event of an export and not its last line") from None
    if len(tenants) != 1:
        raise BadInput(
            "an export holds the record of one tenant; this file holds " + (f"{len(tenants)}" if tenants else "nothing")
        )
    return tenants.pop(), links, end


def _json_lines(lines: Iterable[str]) -> Iterator[tuple[int, JsonObject]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            kept = json.loads(line)
        except (ValueError, RecursionError):
            kept = None
        if not isinstance(kept, dict):
            raise BadInput(f"line {number} is no JSON object; an export has one per line")
        yield number, kept
