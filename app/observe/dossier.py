"""Everything known about one incident in small counted facts, each with its evidence row. What was done lately is
added by graph.facts, from the ledger: see app.observe.cooldown.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.config.currencies import Currencies
from app.config.model import DomainPack, Thresholds
from app.domain.decisions import AttemptEnd
from app.domain.dossier_facts import DossierFacts, TextMatches
from app.domain.evidence import Evidence
from app.domain.hypotheses import Dossier
from app.domain.impact import BlastRadius, Impact
from app.domain.incidents import Incident
from app.domain.lessons import Lesson
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern
from app.domain.signals import Signal, SignalType
from app.expect.descriptions import put_back
from app.expect.faults import Fault
from app.observe.bill import IncidentBill
from app.observe.compared_settings import (
    collect_attributes,
    contrast_merchants,
    find_next_to_break,
    find_setting_carriers,
    list_contrast_rows,
)
from app.observe.counted_facts import collect_facts, count_stages, count_values
from app.observe.dossier_view import DossierView
from app.observe.evidence_rows import (
    compare_meanings,
    list_baseline_rows,
    list_error_rows,
    list_lesson_rows,
    list_messages,
    list_spike_rows,
    list_stage_rows,
    list_symptom_rows,
    list_ticket_rows,
    match_texts,
)
from app.observe.groups import group_errors, is_failure, merchants_by_id, merchants_in, worst_severity
from app.observe.match import likely_causes
from app.observe.mechanisms import key_mechanism
from app.observe.missing_money import estimate_cost, list_shortfall_rows
from app.observe.said import list_said
from app.observe.told_again import drop_told_again
from app.ports.knowledge import Nearness


def build_dossier(
    scope_tenant: str,
    incident: Incident,
    signals: Sequence[Signal],
    patterns: Sequence[Pattern],
    merchants: Mapping[str, Merchant] | Iterable[Merchant],
    lessons: Sequence[Lesson],
    thresholds: Thresholds,
    pack: DomainPack,
    now: datetime,
    *,
    orders: Sequence[Signal] = (),
    kpis: Sequence[Signal] = (),
    fault: Fault | None = None,
    bill: IncidentBill | None = None,
    currencies: Currencies | None = None,
    compared_by: Nearness | None = None,
) -> tuple[Dossier, list[Evidence]]:
    """The dossier of an incident and its evidence. `signals` are those that joined it; `merchants` are all of the
    tenant, the healthy ones too. `fault` is the departure it is about, where one was found: that knows also of those
    who are hit and said nothing, and of all who are exposed.

    `orders` are the tenant's orders since it began (and the payments around them, so that an order naming none is not
    taken from another shopper); `kpis` are the shop metrics of its merchants from well before it began until now.
    `bill` is what it costs by what was expected, where sums of what came in tell; `compared_by` compares what is
    written with the sentences of the pack.
    """
    ordered = tuple(sorted({one.id: one for one in signals}.values(), key=lambda one: (one.occurred_at, one.id)))
    shops = merchants_by_id(merchants)
    hurt = fault.hurt.intersection(shops) if fault else ()
    affected = tuple(sorted({*_affected_merchants(ordered), *hurt})) or incident.merchants
    found = tuple(sorted(patterns, key=lambda one: (-one.impact_rank, one.id)))
    groups = group_errors(ordered)
    main = {key: groups[key] for key in key_mechanism(groups, incident.key, pack)}
    view = DossierView(
        tenant_id=scope_tenant,
        incident=incident,
        signals=ordered,
        ledger=tuple(orders),
        kpis=tuple({one.id: one for one in (*kpis, *ordered) if one.signal_type is SignalType.KPI}.values()),
        patterns=found,
        shops=shops,
        settings={
            one.id: put_back(one.dimensions(), fault.stood.get(one.id, {}) if fault else {}) for one in shops.values()
        },
        affected=affected,
        pack=pack,
        thresholds=thresholds,
        fault=fault,
        bill=bill,
        currencies=currencies or Currencies(),
        main=main,
        suspects=likely_causes(pack, [one.plain_key() for one in main]),
    )
    attributes = collect_attributes(view)
    factors = contrast_merchants(view, attributes)
    messages = list_messages(view)
    texts, text_rows = match_texts(view, messages)
    meanings, meaning_rows = compare_meanings(view, compared_by)
    similar = _similar_lessons(view, lessons, texts)
    impact, impact_row = estimate_cost(view, now)
    evidence = [
        *list_error_rows(view),
        *list_spike_rows(view),
        *list_stage_rows(view),
        *list_contrast_rows(view, factors),
        *list_ticket_rows(view),
        *text_rows,
        *meaning_rows,
        *list_symptom_rows(view),
        *list_shortfall_rows(view),
        impact_row,
        *list_lesson_rows(view, similar),
        *list_baseline_rows(view),
        *list_said(view.tenant_id, view.incident),
    ]
    unique = list({one.id: one for one in evidence}.values())
    facts = collect_facts(view, factors, texts, similar).changed(meanings=meanings)
    blast = BlastRadius(
        merchants=affected,
        failures=_count_failures(view),
        exposed=tuple(sorted(fault.scope.intersection(shops))) if fault else (),
        carriers=find_setting_carriers(view),
        stages=count_stages(view),
        at_risk=find_next_to_break(view, factors, attributes),
    )
    return _assemble_dossier(view, facts, impact, blast, unique, similar), unique


def _count_failures(view: DossierView) -> dict[str, int]:
    """How many failures each merchant had, of those told again and again one."""
    failed = (one for one in view.signals if is_failure(one))
    return count_values(one.merchant_id for one in drop_told_again(failed, view.pack.vocabulary))


def _assemble_dossier(
    view: DossierView,
    facts: DossierFacts,
    impact: Impact,
    blast: BlastRadius,
    evidence: Sequence[Evidence],
    similar: Sequence[Lesson],
) -> Dossier:
    since = min([view.incident.first_seen, *(one.occurred_at for one in view.signals[:1])])
    severity = max(view.incident.severity, worst_severity(view.signals), key=lambda one: one.rank)
    return Dossier(
        incident_id=view.incident.id,
        evidence_version=view.incident.evidence_version,
        title=view.incident.title,
        severity=severity.value,
        since=since.isoformat().replace("+00:00", "Z"),
        merchants=view.affected,
        pattern_ids=tuple(one.id for one in view.patterns),
        signal_count=len(view.signals),
        evidence_ids=tuple(one.id for one in evidence),
        facts=facts,
        impact=impact,
        blast=blast,
        lesson_ids=tuple(one.id for one in similar),
        answers=view.incident.answers,
        named=view.incident.named,
    )


def _similar_lessons(view: DossierView, lessons: Sequence[Lesson], texts: TextMatches) -> list[Lesson]:
    """Lessons about a cause that the key mechanism points at (or the words, when no machine speaks), or of the incident
    that this one repeats.
    """
    suspects = {cause.id for cause in view.suspects}
    if not view.main:
        suspects = {name.partition("/")[0] for name, hits in texts.hits.items() if 2 * hits >= texts.total}
    repeated = {view.incident.id, view.incident.previous_id}
    latest = {one.incident_id: one.id for one in sorted(lessons, key=_by_time) if one.outcome is AttemptEnd.NAMED}
    alike = [
        one
        for one in lessons
        if (one.cause in suspects or one.incident_id in repeated) and _stands(one, view.incident.id, latest)
    ]
    return sorted(alike, key=_by_time)[-20:]


def _by_time(lesson: Lesson) -> tuple[datetime, str]:
    return lesson.at, lesson.id


def _stands(lesson: Lesson, incident_id: str, latest: Mapping[str, str]) -> bool:
    """Of the names that people gave to one incident the last counts, and what is named teaches others, not itself."""
    named = lesson.outcome is AttemptEnd.NAMED
    return not named or (lesson.incident_id != incident_id and latest[lesson.incident_id] == lesson.id)


def _affected_merchants(signals: Sequence[Signal]) -> tuple[str, ...]:
    """Who is hit: merchants whose machines show it. Only when no machine shows anything, those who complain. Signs of
    life hit nobody.

    A ticket alone never widens the circle of an action: whoever merely writes of something alike may have another
    fault.
    """
    shown = merchants_in(
        one for one in signals if is_failure(one) or one.signal_type in {SignalType.PAYMENT, SignalType.KPI}
    )
    return shown or merchants_in(one for one in signals if one.signal_type is SignalType.TICKET)
