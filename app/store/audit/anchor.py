"""The anchor: the signed heads of every chain, kept outside the database.

Each line vouches for one link, and a link binds all links before it. A line is signed with a key that lies beside the
file and that only its owner may read: who can write the database cannot write such a line. Nothing is kept in memory
but where the file ended, so that a file that was exchanged or shortened while the program runs is noticed.
"""

import errno
import hashlib
import hmac
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import structlog

from app.domain.base import canonical_json
from app.domain.errors import BadConfig
from app.domain.events import AnchorReading, Event
from app.ports.record import Anchor
from app.process.private_files import own_folder

log = structlog.get_logger()
KEY_BYTES = 32
_MAC = b',"mac":"'
_NUMBER = b',"seq":'
"""Stands behind the tenant: a quotation mark in the tenant's own name would be written with a backslash."""
_TAIL = len(_MAC) + 64 + len(b'"}')
_TORN = b"#torn"
"""Closes a line that a crash cut short: it vouches for nothing, and the next one starts on a line of its own."""


class Head(NamedTuple):
    """What one line says: a link, and whether everything vouched for before it no longer counts."""

    seq: int
    hash: str
    at: str
    anew: bool


class FileAnchor:
    """The Anchor port over a file that only grows, and a key file of mode 600."""

    def __init__(self, path: Path, key_path: Path, draw: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._path = path
        self._key_path = key_path
        self._draw = draw
        self._lock = threading.Lock()
        self._known: tuple[int, int] | None = None

    def open(self) -> str:
        """Make the file and its key where they are missing; the key's fingerprint. BadConfig for a key that others can
        read.
        """
        with self._lock:
            try:
                return self._made()
            except OSError as failure:
                raise BadConfig(
                    [f"the anchor of the audit record cannot be kept at {self._path}: {failure.strerror}"]
                ) from failure

    def append(self, tenant_id: str, seq: int, link_hash: str, at: datetime) -> None:
        """Vouch for a link that was just committed; OSError when the file cannot take it."""
        self._write(_line_body(tenant_id, seq, link_hash, at, anew=False))

    def accept(self, tenant_id: str, seq: int, link_hash: str, at: datetime) -> None:
        """Vouch for a link anew: what was vouched for in this tenant before it is kept, and no longer counts."""
        self._write(_line_body(tenant_id, seq, link_hash, at, anew=True))

    def reading(self, tenant_id: str) -> AnchorReading:
        """Everything vouched for in one tenant; a line that is not ours is named, never passed over."""
        return self.readings([tenant_id])[tenant_id]

    def readings(self, tenant_ids: Sequence[str]) -> dict[str, AnchorReading]:
        """The same for many tenants: the file is read, and each of its lines judged, once."""
        try:
            key = self._key()
            inode, content = self._content()
        except FileNotFoundError as gone:
            return dict.fromkeys(
                tenant_ids, AnchorReading(present=False, trouble=f"the anchor is lost: {gone.filename} is not there")
            )
        except BadConfig as refusal:
            return dict.fromkeys(tenant_ids, AnchorReading(present=True, trouble=refusal.detail))
        except OSError as failure:
            return dict.fromkeys(
                tenant_ids, AnchorReading(present=True, trouble=f"the anchor cannot be read: {failure.strerror}")
            )
        found = read_heads(tenant_ids, key, content.split(b"\n")[:-1])
        if self._shrunk(inode, len(content)):
            return {
                tenant_id: reading.changed(trouble=reading.trouble or _SHRUNK) for tenant_id, reading in found.items()
            }
        return found

    def _made(self) -> str:
        if not self._key_path.exists():
            self._make_key()
        key = self._key()
        own_folder(self._path.parent)
        os.close(os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
        self._known = None
        return hashlib.sha256(key).hexdigest()[:16]

    def _make_key(self) -> None:
        """All of it or none of it, and the first of two processes wins."""
        own_folder(self._key_path.parent)
        draft = self._key_path.with_name(f"{self._key_path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, self._draw(KEY_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            self._key_path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()

    def _key(self) -> bytes:
        """The key as it lies there now; it is never kept."""
        if self._key_path.stat().st_mode & 0o077:
            raise BadConfig(
                [f"the key of the anchor can be read by others; allow its owner only: chmod 600 {self._key_path}"]
            )
        key = self._key_path.read_bytes()
        if len(key) != KEY_BYTES:
            raise BadConfig(
                [f"{self._key_path} is no key of an anchor: it has {len(key)} bytes instead of {KEY_BYTES}"]
            )
        return key

    def _content(self) -> tuple[int, bytes]:
        with self._path.open("rb") as file:
            return os.fstat(file.fileno()).st_ino, file.read()

    def _write(self, body: bytes) -> None:
        with self._lock:
            if self._known is None and not self._path.exists() and not self._key_path.exists():
                self._made()
            try:
                key = self._key()
            except BadConfig as refusal:
                raise PermissionError(errno.EACCES, refusal.detail) from refusal
            self._put(body + _sign_line(key, body))

    def _put(self, line: bytes) -> None:
        """One write at the end of a file that must be the one we know. A line that was cut short is closed first."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND)
        try:
            stands = os.fstat(descriptor)
            if self._shrunk(stands.st_ino, stands.st_size):
                raise OSError(errno.ESTALE, _SHRUNK)
            torn = stands.st_size > 0 and os.pread(descriptor, 1, stands.st_size - 1) != b"\n"
            written = (_TORN + b"\n" if torn else b"") + line + b"\n"
            if os.write(descriptor, written) != len(written):
                raise OSError(errno.ENOSPC, "the anchor took only a part of a line")
            self._known = stands.st_ino, stands.st_size + len(written)
        finally:
            os.close(descriptor)

    def _shrunk(self, inode: int, size: int) -> bool:
        known = self._known
        return known is not None and (inode != known[0] or size < known[1])


class MemoryAnchor:
    """The Anchor port beside a store that goes with its folder: it lives and ends with it."""

    def __init__(self) -> None:
        self._heads: dict[str, list[Head]] = {}

    def open(self) -> str:
        """There is one from the start."""
        return "memory"

    def append(self, tenant_id: str, seq: int, link_hash: str, at: datetime) -> None:
        """Vouch for a link."""
        self._heads.setdefault(tenant_id, []).append(Head(seq, link_hash, at.isoformat(), anew=False))

    def accept(self, tenant_id: str, seq: int, link_hash: str, at: datetime) -> None:
        """Vouch for a link anew."""
        self._heads.setdefault(tenant_id, []).append(Head(seq, link_hash, at.isoformat(), anew=True))

    def reading(self, tenant_id: str) -> AnchorReading:
        """Everything vouched for in one tenant."""
        return _reading_of(list(self._heads.get(tenant_id, ())), "")

    def readings(self, tenant_ids: Sequence[str]) -> dict[str, AnchorReading]:
        """The same for many tenants."""
        return {tenant_id: self.reading(tenant_id) for tenant_id in tenant_ids}


def anchor_head(anchor: Anchor | None, tenant_id: str, head: Event | None) -> None:
    """Anchor the last link of a block that was committed. The commit stands whatever becomes of this: an unanchored
    link shows as such.
    """
    if anchor is None or head is None:
        return
    try:
        anchor.append(tenant_id, head.seq, head.hash, head.at)
    except OSError as failure:
        log.error("anchor.not_written", tenant=tenant_id, link=head.seq, why=failure.strerror)


@dataclass
class _Found:
    """What was read so far of one tenant. Local to one reading."""

    heads: list[Head] = field(default_factory=list)
    trouble: str = ""


def read_heads(tenant_ids: Sequence[str], key: bytes, lines: Iterable[bytes]) -> dict[str, AnchorReading]:
    """What the lines vouch for in each tenant. A line of another tenant must be signed, too: damage anywhere is damage.

    A tenant's trouble ends where a person vouched anew after it.
    """
    found = {_tenant_prefix(tenant_id): _Found() for tenant_id in tenant_ids}
    for number, body, valid in _check_signatures(key, lines):
        if not valid:
            _mark_damaged(found.values(), number)
            continue
        ends = body.find(_NUMBER) + len(_NUMBER)
        own = found.get(body[:ends])
        if own is not None:
            head = _parse_head(body[ends:])
            own.heads.append(head)
            own.trouble = "" if head.anew else own.trouble
    return {
        tenant_id: _reading_of(own.heads, own.trouble)
        for tenant_id, own in zip(tenant_ids, found.values(), strict=True)
    }


def _mark_damaged(found: Iterable[_Found], number: int) -> None:
    for own in found:
        own.trouble = own.trouble or f"line {number} of the anchor is damaged, forged, or signed by another key"


def _check_signatures(key: bytes, lines: Iterable[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """Each line by its number, without its signature, and whether that is right."""
    signer = hmac.new(key, digestmod=hashlib.sha256)
    for number, line in enumerate(lines, 1):
        body, tail = line[:-_TAIL], line[-_TAIL:]
        signing = signer.copy()
        signing.update(body)
        if hmac.compare_digest(tail, b'%b%b"}' % (_MAC, signing.hexdigest().encode())):
            yield number, body, True
        elif not line.endswith(_TORN):
            yield number, body, False


def _reading_of(heads: list[Head], trouble: str) -> AnchorReading:
    """The heads that still count; of two for one link the first is kept, and the second is trouble."""
    accepted = max((place for place, head in enumerate(heads) if head.anew), default=None)
    counting = heads if accepted is None else heads[accepted:]
    kept: dict[int, str] = {}
    for head in counting:
        if kept.setdefault(head.seq, head.hash) != head.hash:
            trouble = (
                trouble
                or f"two different links {head.seq} were anchored: the chain was forked, or set back and written anew"
            )
    until = datetime.fromisoformat(max(counting, key=lambda head: head.seq).at) if counting else None
    return AnchorReading(
        present=True, heads=kept, trouble=trouble, until=until, accepted=0 if accepted is None else heads[accepted].seq
    )


def _tenant_prefix(tenant_id: str) -> bytes:
    return canonical_json({"tenant": tenant_id})[:-1] + _NUMBER


def _line_body(tenant_id: str, seq: int, link_hash: str, at: datetime, *, anew: bool) -> bytes:
    moment = at.astimezone(UTC).isoformat().encode()
    return b'%b%d,"hash":"%b","at":"%b"%b' % (
        _tenant_prefix(tenant_id),
        seq,
        link_hash.encode(),
        moment,
        b',"anew":true' if anew else b"",
    )


def _sign_line(key: bytes, body: bytes) -> bytes:
    return b'%b%b"}' % (_MAC, hmac.new(key, body, hashlib.sha256).hexdigest().encode())


def _parse_head(told: bytes) -> Head:
    """A signed line after its tenant: it is ours, so it has our form."""
    seq, _, rest = told.partition(b',"hash":"')
    moment = rest[64:].removeprefix(b'","at":"').partition(b'"')[0]
    return Head(int(seq), rest[:64].decode(), moment.decode(), anew=rest.endswith(b',"anew":true'))


_SHRUNK = "the anchor was exchanged or shortened while the program ran"
