"""What the parts of a dossier are computed from: one incident, what joined it, and what is known around it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.config.currencies import Currencies
from app.config.model import CauseSpec, DomainPack, Thresholds
from app.domain.base import JsonMapping, JsonObject
from app.domain.evidence import Evidence, evidence_id
from app.domain.incidents import Incident
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern
from app.domain.signals import Signal
from app.expect.faults import Fault
from app.observe.bill import IncidentBill
from app.observe.groups import GroupKey, sample_ids


class DossierView(NamedTuple):
    """What the parts of a dossier are computed from."""

    tenant_id: str
    incident: Incident
    signals: tuple[Signal, ...]
    ledger: tuple[Signal, ...]
    kpis: tuple[Signal, ...]
    patterns: tuple[Pattern, ...]
    shops: dict[str, Merchant]
    settings: Mapping[str, JsonMapping]
    """What the directory said of each of them while the fault began, by name: what was changed since is no cause."""
    affected: tuple[str, ...]
    pack: DomainPack
    thresholds: Thresholds
    fault: Fault | None
    bill: IncidentBill | None
    currencies: Currencies
    main: Mapping[GroupKey, Sequence[Signal]]
    """The error groups of the incident's own mechanism; whatever else joined does not tell what it is about."""
    suspects: Sequence[CauseSpec]
    """The causes whose routes these groups fit, best first."""

    def row(
        self,
        kind: str,
        key: object,
        statement: str,
        data: JsonObject,
        signals: Sequence[Signal] = (),
        count: int | None = None,
    ) -> Evidence:
        """One evidence row; its id depends on what it is about, never on the counts."""
        return Evidence(
            id=evidence_id(self.tenant_id, self.incident.id, kind, key),
            incident_id=self.incident.id,
            kind=kind,
            statement=statement,
            data=data,
            signal_ids=sample_ids(signals),
            count=len(signals) if count is None else count,
        )
