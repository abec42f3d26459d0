"""Who would break at the cutover, and why: what is known to break merchants, held against those who were not cut over
yet. Pure; whoever is looked at is looked at as the merchant will be once cut over.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from app.config.model import CauseSpec, DomainPack
from app.domain.base import JsonObject, Stage
from app.domain.decisions import AttemptEnd
from app.domain.incidents import ASKED_FOR, FEEDABLE, Incident
from app.domain.lessons import Lesson
from app.domain.merchants import Merchant
from app.expect.faults import Fault, FaultState
from app.expect.scan import describe_rule
from app.observe.shortfalls import name_stream
from app.observe.words import count_noun
from app.signs.attribute import carried_setting

LOW_HEALTH: Final = 0.6
"""Below this the directory itself calls a merchant unwell."""


class RiskKind(StrEnum):
    """Where it is known from."""

    SETTING = "setting"
    """The directory shows a setting that the domain pack knows to break merchants."""
    FAULT = "fault"
    """A fault whose description covers the merchant."""
    INCIDENT = "incident"
    """Something is breaking at the merchant already."""
    DIRECTORY = "directory"
    """What the directory says of the merchant's health."""


class Readiness(StrEnum):
    """Whether a cutover may go ahead."""

    GO = "go"
    NO_GO = "no_go"
    DONE = "done"
    """Nobody is left to be cut over."""


@dataclass(frozen=True)
class Risk:
    """Something that is known to break whoever shares it."""

    kind: RiskKind
    what: str
    """What would break, in words."""
    shared: str
    """What those have in common who would break."""
    blocks: bool
    """Whether it is reason enough not to cut over."""
    cause: str = ""
    incident_ids: tuple[str, ...] = ()
    remedy: str = ""
    """What is known to help."""

    @property
    def sentence(self) -> str:
        """For people."""
        shown = f" ({', '.join(self.incident_ids)})" if self.incident_ids else ""
        return f"{self.shared}: {self.what}{shown}"


@dataclass(frozen=True)
class MerchantOutlook:
    """What one merchant would meet at its cutover."""

    merchant: Merchant
    risks: tuple[Risk, ...]

    @property
    def readiness(self) -> Readiness:
        """No go as soon as one risk blocks."""
        if self.merchant.stage is Stage.POST:
            return Readiness.DONE
        return Readiness.NO_GO if any(one.blocks for one in self.risks) else Readiness.GO


@dataclass(frozen=True)
class WaveOutlook:
    """What a wave would meet."""

    wave: int | None
    merchants: tuple[MerchantOutlook, ...]

    @property
    def waiting(self) -> tuple[MerchantOutlook, ...]:
        """Those who were not cut over yet."""
        return tuple(one for one in self.merchants if one.merchant.stage is not Stage.POST)

    @property
    def readiness(self) -> Readiness:
        """No go as soon as one merchant is not ready."""
        if not self.waiting:
            return Readiness.DONE
        stopped = any(one.readiness is Readiness.NO_GO for one in self.waiting)
        return Readiness.NO_GO if stopped else Readiness.GO

    def stages(self) -> dict[str, int]:
        """How many merchants stand in which stage."""
        counted = Counter(one.merchant.stage for one in self.merchants)
        return {stage.value: counted[stage] for stage in Stage if counted[stage]}

    def dates(self) -> list[date]:
        """The days on which those are to be cut over who were not yet, as far as they are known."""
        return sorted(one.merchant.cutover_date for one in self.waiting if one.merchant.cutover_date is not None)

    def shared_risks(self) -> list[tuple[Risk, list[str]]]:
        """Each risk with those who share it, what blocks and reaches furthest first."""
        found: dict[Risk, list[str]] = {}
        for one in self.waiting:
            for risk in one.risks:
                found.setdefault(risk, []).append(one.merchant.id)
        return sorted(found.items(), key=lambda one: (not one[0].blocks, -len(one[1]), one[0].shared))


@dataclass(frozen=True)
class KnownTroubles:
    """Everything that is known to break merchants."""

    pack: DomainPack
    faults: Sequence[Fault] = ()
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    lessons: Sequence[Lesson] = ()
    treated: Mapping[str, Collection[str]] = field(default_factory=dict)
    """By cause: the merchants whom something cured of it; the directory may still show the setting from before."""

    @property
    def open_incidents(self) -> list[Incident]:
        """Those that are not over, by id; a hold that somebody asked for breaks nothing."""
        found = [one for one in self.incidents.values() if one.status in FEEDABLE and one.type != ASKED_FOR]
        return sorted(found, key=lambda one: one.id)

    def risks_of(self, merchant: Merchant) -> tuple[Risk, ...]:
        """What this merchant would meet. What shows in a setting is told with it, and nothing twice."""
        own_settings: JsonObject = {"plugins": [*merchant.plugins], "stage": Stage.POST.value}
        dimensions = merchant.dimensions() | own_settings
        own = [one for one in self.open_incidents if merchant.id in one.merchants]
        ours = {one.id for one in own}
        faults = [
            one
            for one in self.faults
            if one.id not in ours and _covers(one, merchant.id, dimensions) and not self._is_cured(merchant, one)
        ]
        by_setting = [one for cause in self.pack.causes if (one := self._setting_risk(cause, merchant, dimensions))]
        causes = {one.cause for one in by_setting}
        told = {name for one in by_setting for name in one.incident_ids}
        by_fault = [self._fault_risk(one, merchant.id) for one in faults if self._cause_of(one) not in causes]
        by_incident = [self._incident_risk(one) for one in own if one.id not in told]
        return (*by_setting, *dict.fromkeys(by_fault), *by_incident, *_directory_risks(merchant))

    def _setting_risk(self, cause: CauseSpec, merchant: Merchant, dimensions: JsonObject) -> Risk | None:
        if merchant.id in self.treated.get(cause.id, ()):
            return None
        tests = (sign.test["attribute"] for sign in cause.signs if "attribute" in sign.test)
        carried = [words for test in tests if (words := carried_setting(test, dimensions))]
        if not carried:
            return None
        faults = {one.id for one in self.faults if one.id and self._cause_of(one) == cause.id}
        open_ones = {one.id for one in self.open_incidents if one.metrics_snapshot.get("cause") == cause.id}
        return Risk(
            kind=RiskKind.SETTING,
            what=cause.title,
            shared=" and ".join(carried),
            blocks=True,
            cause=cause.id,
            incident_ids=tuple(sorted(faults | open_ones)),
            remedy=self._remedy_of(cause),
        )

    def _fault_risk(self, fault: Fault, merchant_id: str) -> Risk:
        cause = self._cause_of(fault)
        known = self.pack.cause(cause)
        state = {FaultState.OPEN: "breaks now", FaultState.WATCHED: "is watched", FaultState.ENDED: "ended lately"}
        what = known.title if known else name_stream(fault.streams[0])
        where = "at it" if merchant_id in fault.hurt else "at others like it"
        return Risk(
            kind=RiskKind.FAULT,
            what=f"{what}: {state[fault.state]} {where}",
            shared=describe_rule(fault.rule) or "whoever is on the platform",
            blocks=fault.state is FaultState.OPEN,
            cause=cause,
            incident_ids=(fault.id,) if fault.id else (),
            remedy=self._remedy_of(known) if known else "",
        )

    def _incident_risk(self, incident: Incident) -> Risk:
        cause = str(incident.metrics_snapshot.get("cause", ""))
        known = self.pack.cause(cause)
        return Risk(
            kind=RiskKind.INCIDENT,
            what=incident.title,
            shared="hit already",
            blocks=True,
            cause=cause,
            incident_ids=(incident.id,),
            remedy=self._remedy_of(known) if known else "",
        )

    def _is_cured(self, merchant: Merchant, fault: Fault) -> bool:
        return merchant.id in self.treated.get(self._cause_of(fault), ())

    def _cause_of(self, fault: Fault) -> str:
        incident = self.incidents.get(fault.id)
        return str(incident.metrics_snapshot.get("cause", "")) if incident else ""

    def _remedy_of(self, cause: CauseSpec) -> str:
        """What worked before, else what the domain pack would try first."""
        mine = [one for one in self.lessons if one.cause == cause.id and one.tool]
        worked = Counter(one.tool for one in mine if one.outcome is AttemptEnd.VERIFIED)
        if worked:
            tool, times = max(worked.items(), key=lambda one: (one[1], str(one[0])))
            tries = sum(1 for one in mine if one.tool == tool)
            return f"{tool} worked {times} of {count_noun(tries, 'time')}"
        first = next(iter(cause.treatments), None)
        return f"{first.title} ({first.tool}); not tried yet" if first else ""


def assess_waves(merchants: Iterable[Merchant], known: KnownTroubles) -> list[WaveOutlook]:
    """Every wave in its order; last those who belong to none. Nobody who was cut over has a risk of a cutover."""
    waves: dict[int | None, list[MerchantOutlook]] = {}
    for one in sorted(merchants, key=lambda one: one.id):
        risks = () if one.stage is Stage.POST else known.risks_of(one)
        waves.setdefault(one.wave, []).append(MerchantOutlook(one, risks))
    ordered = sorted(waves, key=lambda wave: (wave is None, wave or 0))
    return [WaveOutlook(wave, tuple(waves[wave])) for wave in ordered]


def _covers(fault: Fault, merchant_id: str, dimensions: JsonObject) -> bool:
    """Whether a fault concerns somebody with these attributes. One that is told by names alone concerns these."""
    if fault.rule:
        return fault.describes(dimensions)
    return merchant_id in fault.scope if fault.listed else True


def _directory_risks(merchant: Merchant) -> list[Risk]:
    found = []
    if merchant.health is not None and merchant.health < LOW_HEALTH:
        found.append(
            Risk(RiskKind.DIRECTORY, "the directory calls it unwell", f"health below {LOW_HEALTH:.0%}", blocks=False)
        )
    return found
