"""The hash chain itself: how a link is made from the one before, and how a walk finds the first that does not fit."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.domain.events import GENESIS, ChainCheck, Event, link_hash
from app.domain.tenants import Scope
from app.store import codec


def hash_of(tenant_id: str, event: Event) -> str:
    """The hash a link must have, from its own plain form (the time as the plain form spells it)."""
    kept = event.plain()
    return link_hash(tenant_id, event.seq, kept["at"], event.kind, event.subject, event.principal, kept["payload"], event.prev_hash)


def link(scope: Scope, last: tuple[int, str] | None, kind: str, subject: str, payload: Mapping[str, Any], at: datetime) -> Event:
    """The next link after `last`, given as its seq and hash."""
    seq, prev_hash = last or (0, GENESIS)
    event = Event(
        seq=seq + 1,
        at=at.astimezone(UTC) if at.tzinfo else at,
        kind=codec.clean(kind),
        subject=codec.clean(subject),
        principal=codec.clean(scope.principal.id),
        payload=codec.plain(payload),
        prev_hash=prev_hash,
        hash="",
    )
    return event.changed(hash=hash_of(scope.tenant_id, event))


def check(tenant_id: str, links: Iterable[Event]) -> ChainCheck:
    """Walk from the first link: numbers without a gap, each bound to the one before, each hash that of its content."""
    seq, prev_hash = 0, GENESIS
    for event in links:
        reason = _fault(tenant_id, event, seq + 1, prev_hash)
        if reason:
            return ChainCheck(ok=False, checked=seq, first_bad=event.seq, reason=reason)
        seq, prev_hash = event.seq, event.hash
    return ChainCheck(ok=True, checked=seq)


def _fault(tenant_id: str, event: Event, expected_seq: int, prev_hash: str) -> str:
    if event.seq != expected_seq:
        return f"link {expected_seq} is missing: link {event.seq} follows link {expected_seq - 1}"
    if event.prev_hash != prev_hash:
        return f"link {event.seq} is not bound to the link before it"
    if event.hash != hash_of(tenant_id, event):
        return f"the content of link {event.seq} does not have the hash it carries"
    return ""
