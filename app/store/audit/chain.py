"""The hash chain itself: how a link is made from the one before, and how a walk finds the first that does not fit."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic_core import from_json

from app.domain.base import canonical_json
from app.domain.events import GENESIS, ChainCheck, Event, Verified, link_hash, sealed_hash
from app.domain.tenants import Scope
from app.store import codec


class Link(NamedTuple):
    """A link as it is kept, before anything is made of it: the time as its plain form spells it, the payload as
    canonical JSON.
    """

    seq: int
    at: str
    kind: str
    subject: str
    principal: str
    payload: bytes
    prev_hash: str
    hash: str


class UnreadableLink(NamedTuple):
    """A row that is no link any more."""

    seq: int | None


def hash_of(tenant_id: str, event: Event) -> str:
    """The hash a link must have, from its own plain form (the time as the plain form spells it)."""
    kept = event.plain()
    return link_hash(
        tenant_id, event.seq, kept["at"], event.kind, event.subject, event.principal, kept["payload"], event.prev_hash
    )


def make_link(
    scope: Scope, last: tuple[int, str] | None, kind: str, subject: str, payload: Mapping[str, codec.Cell], at: datetime
) -> Event:
    """The next link after `last`, given as its seq and hash."""
    seq, prev_hash = last or (0, GENESIS)
    event = Event(
        seq=seq + 1,
        at=at.astimezone(UTC) if at.tzinfo else at,
        kind=codec.clean_text(kind),
        subject=codec.clean_text(subject),
        principal=codec.clean_text(scope.principal.id),
        payload=codec.to_plain(payload),
        prev_hash=prev_hash,
        hash="",
    )
    return event.changed(hash=hash_of(scope.tenant_id, event))


def check_links(tenant_id: str, links: Iterable[Event], heads: Mapping[int, str] | None = None) -> ChainCheck:
    """Walk from the first link: numbers without a gap, each bound to the one before, each hash that of its content.

    With the heads that were anchored, every link among them must have the hash it had then, and none may be missing at
    the end.
    """
    return walk_links(tenant_id, map(_link_of, links), heads)


def walk_links(
    tenant_id: str, links: Iterable[Link | UnreadableLink], heads: Mapping[int, str] | None = None
) -> ChainCheck:
    """The same over links as they are kept, which is many times faster than over values."""
    seq, prev_hash, anchored = 0, GENESIS, heads or {}
    for found in links:
        if isinstance(found, UnreadableLink):
            bad = found.seq or seq + 1
            return _check_result(seq, heads, bad=bad, reason=f"link {bad} cannot be read")
        reason = _fault_of(tenant_id, found, seq + 1, prev_hash)
        if not reason and anchored.get(found.seq, found.hash) != found.hash:
            reason = f"link {found.seq} is not the one that was anchored"
        if reason:
            return _check_result(seq, heads, bad=found.seq, reason=reason)
        seq, prev_hash = found.seq, found.hash
    last = max(anchored, default=0)
    if last > seq:
        return _check_result(seq, heads, bad=seq + 1, reason=f"the chain ends at link {seq}; link {last} was anchored")
    return _check_result(seq, heads)


def _check_result(
    checked: int, heads: Mapping[int, str] | None, *, bad: int | None = None, reason: str = ""
) -> ChainCheck:
    anchored = max(heads, default=None) if heads else None
    unanchored = 0 if heads is None else max(checked - (anchored or 0), 0)
    verdict = Verified.BROKEN if bad is not None else Verified.NOT_YET_ANCHORED if unanchored else Verified.OK
    if verdict is Verified.NOT_YET_ANCHORED:
        reason = f"link {checked - unanchored + 1} and those after it are not yet anchored"
    found = {"checked": checked, "first_bad": bad, "anchored": anchored, "unanchored": unanchored, "reason": reason}
    return ChainCheck(ok=verdict is Verified.OK, verdict=verdict, **found)


def _fault_of(tenant_id: str, found: Link, expected: int, prev_hash: str) -> str:
    if found.seq != expected:
        gap = f"link {expected} is missing: link {found.seq} follows link {expected - 1}"
        return gap if found.seq > expected else f"link {found.seq} is there twice"
    if found.prev_hash != prev_hash:
        return f"link {found.seq} is not bound to the link before it"
    if found.hash != sealed_hash(tenant_id, *found[:7]):
        return f"the content of link {found.seq} does not have the hash it carries"
    return ""


def _link_of(event: Event) -> Link:
    plain = event.plain()
    return Link(
        event.seq,
        plain["at"],
        event.kind,
        event.subject,
        event.principal,
        canonical_json(plain["payload"]),
        event.prev_hash,
        event.hash,
    )


def read_link(row: Sequence[Any]) -> Link | UnreadableLink:
    """A link from its number and the bytes of its other columns, or what is left of one that nobody can
    read any more.
    """
    seq, at, kind, subject, principal, payload, prev_hash, own_hash = row
    if not isinstance(seq, int):
        return UnreadableLink(None)
    try:
        from_json(payload)
        return Link(
            seq,
            _spell_time(at.decode()),
            kind.decode(),
            subject.decode(),
            principal.decode(),
            payload,
            prev_hash.decode(),
            own_hash.decode(),
        )
    except ValueError:
        return UnreadableLink(seq)


def _spell_time(stamped: str) -> str:
    """The time of a column as the plain form of a value spells it; ValueError for anything else."""
    if len(stamped) != _STAMP or stamped[-1] != "Z":
        raise ValueError("a time of another width")
    datetime.fromisoformat(stamped)
    return f"{stamped[:19]}Z" if stamped.endswith(".000000Z") else stamped


_STAMP = len("2026-03-02T09:00:00.000000Z")
