"""Which domain pack counts in a tenant: the one it put in force, else the one that came with the product.

It is asked of the store each time, so that what was chosen in another process counts here with the next look.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from app.config.model import Config, DomainPack
from app.config.parts import PACK
from app.domain.packs import PACK_CHOICE, SHIPPED, PackChoice, PackPut, label_of
from app.domain.tenants import Scope, Tenant
from app.ports.connectors import ToolSpec
from app.ports.store import Session, Store

log = structlog.get_logger()
MOST_HELD = 16
_Key = tuple[str, int, str]


@dataclass(frozen=True)
class PackInForce:
    """A pack, and what it is called where it was used."""

    pack: DomainPack
    number: int
    digest: str
    trouble: str = ""
    """Why the chosen one does not count, where it does not."""

    @property
    def label(self) -> str:
        """As dossiers and decisions name it."""
        return label_of(self.pack.name, self.number, self.digest)

    @property
    def is_uploaded(self) -> bool:
        """Whether it did not come with the product."""
        return self.number != SHIPPED


class PacksInForce:
    """The packs of every tenant; what was read once is held, since a version never changes."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._tools: Mapping[str, ToolSpec] = {spec.name: spec for spec in config.tools}
        digests = {part.name: part.version for part in config.parts if part.kind == PACK}
        self._shipped = {name: PackInForce(pack, SHIPPED, digests[pack.name]) for name, pack in config.packs.items()}
        self._held: dict[_Key, PackInForce] = {}
        self._lock = threading.Lock()

    def of(self, tenant: Tenant) -> PackInForce:
        """What counts in a tenant now."""
        with self._store.read(Scope(tenant_id=tenant.id)) as session:
            return self.read(session, tenant)

    def shipped(self, tenant: Tenant) -> PackInForce:
        """What came with the product for it."""
        return self._shipped[tenant.pack]

    def read(self, session: Session, tenant: Tenant) -> PackInForce:
        """What counts, as a session sees it."""
        chosen = read_choice(session).in_force
        return self.shipped(tenant) if chosen is None else self._chosen(session, tenant, chosen)

    def version(self, session: Session, tenant: Tenant, number: int) -> PackInForce:
        """One upload, whether it is in force or not; NotFound where there is none of this number."""
        kept = session.packs.get(number)
        return self._open(session, tenant, (tenant.id, number, kept.digest))

    def _chosen(self, session: Session, tenant: Tenant, chosen: PackPut) -> PackInForce:
        found = self._open(session, tenant, (tenant.id, chosen.number, chosen.digest))
        if found.trouble:
            log.warning("pack.unusable", tenant=tenant.id, pack=chosen.number, why=found.trouble)
            shipped = self.shipped(tenant)
            return PackInForce(shipped.pack, SHIPPED, shipped.digest, trouble=found.trouble)
        return found

    def _open(self, session: Session, tenant: Tenant, key: _Key) -> PackInForce:
        with self._lock:
            held = self._held.get(key)
        if held is None:
            held = self._read_content(session, tenant, key)
            with self._lock:
                if len(self._held) >= MOST_HELD:
                    self._held.pop(next(iter(self._held)))
                self._held[key] = held
        return held

    def _read_content(self, session: Session, tenant: Tenant, key: _Key) -> PackInForce:
        """The pack of an upload; one that this release cannot use says why, and the shipped one stands in its place."""
        _, number, digest = key
        try:
            pack = DomainPack.model_validate(session.packs.content(number).pack)
        except ValidationError as error:
            why = f"pack {number} cannot be read by this release ({error.error_count()} problems); upload it anew"
            return PackInForce(self.shipped(tenant).pack, number, digest, trouble=why)
        gone = sorted(
            {
                treatment.tool
                for cause in pack.causes
                for treatment in (*cause.treatments, pack.fallback)
                if treatment.tool not in self._tools
            }
        )
        why = f"pack {number} names tools that are gone: {', '.join(gone)}; upload one without them" if gone else ""
        return PackInForce(pack, number, digest, trouble=why)


def read_choice(session: Session) -> PackChoice:
    """Which packs a tenant chose and tried."""
    kept = session.notes.get(PACK_CHOICE)
    return PackChoice() if kept is None else PackChoice.model_validate(kept)
