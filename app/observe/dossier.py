"""Everything known about one incident in small counted facts, each with its evidence row. What was done lately is
added by graph.facts, from the ledger: see app.observe.cooldown.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from app.config.currencies import Currencies
from app.config.model import CauseSpec, DomainPack, Thresholds
from app.domain.base import JsonMapping
from app.domain.decisions import AttemptEnd
from app.domain.dossier_facts import Comparison, Counts, DossierFacts, LessonFact, Selector, TextMatches
from app.domain.evidence import Evidence, evidence_id
from app.domain.hypotheses import Dossier
from app.domain.impact import BlastRadius, Impact
from app.domain.incidents import Incident
from app.domain.lessons import Lesson
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern, PatternKind
from app.domain.signals import Signal, SignalType
from app.expect.faults import Fault
from app.observe.base_currency import Span, total_in_base
from app.observe.bill import IncidentBill
from app.observe.contrast import Factor, at_risk, contrast, telling_factors
from app.observe.correlate import key_mechanism
from app.observe.groups import (
    GroupKey,
    code_of,
    group_errors,
    is_failure,
    merchants_by_id,
    merchants_in,
    sample_ids,
    worst_severity,
)
from app.observe.impact import estimate_impact
from app.observe.kpi import Drop, lasting_drops
from app.observe.match import (
    carries_setting,
    knows_setting,
    likely_causes,
    list_carriers,
    listed_values,
    signs_testing,
)
from app.observe.patterns import group_title
from app.observe.reading import read_own_symptoms
from app.observe.reconciliation import amounts_in_words, exact_money, unmatched_payments
from app.observe.said import list_said
from app.observe.shortfalls import describe_shortfall
from app.observe.symptoms import SYMPTOM_WORDS, symptoms_of
from app.observe.words import count_noun, endpoint_of, says_any, split_tokens
from app.signs.attribute import dimensions_of, fitting_names, names_of

PURE_CHANCE, SAME_SHARE = 0.5, 0.1
"""From this p-value on, or with shares this much alike, a comparison shows nothing."""
MOST_VALUES, MOST_GROUPS, MOST_FACTORS = 30, 8, 4
MOST_OF_THEM = 0.7
REASON_PHRASES: Final = {
    one.value: frozenset({one.phrase.casefold(), f"{one.value} {one.phrase}".casefold(), str(one.value)})
    for one in HTTPStatus
}
ABOVE, WITHIN = "above", "within"


class _View(NamedTuple):
    """What the parts of a dossier are computed from."""

    tenant_id: str
    incident: Incident
    signals: tuple[Signal, ...]
    ledger: tuple[Signal, ...]
    kpis: tuple[Signal, ...]
    patterns: tuple[Pattern, ...]
    shops: dict[str, Merchant]
    settings: Mapping[str, JsonMapping]
    """What the directory says of each of them, by name."""
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
        data: dict[str, Any],
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
) -> tuple[Dossier, list[Evidence]]:
    """The dossier of an incident and its evidence. `signals` are those that joined it; `merchants` are all of the
    tenant, the healthy ones too. `fault` is the departure it is about, where one was found: that knows also of those
    who are hit and said nothing, and of all who are exposed.

    `orders` are the tenant's orders since it began (and the payments around them, so that an order naming none is not
    taken from another shopper); `kpis` are the shop metrics of its merchants from well before it began until now.
    `bill` is what it costs by what was expected, where sums of what came in tell.
    """
    ordered = tuple(sorted({one.id: one for one in signals}.values(), key=lambda one: (one.occurred_at, one.id)))
    shops = merchants_by_id(merchants)
    hurt = fault.hurt.intersection(shops) if fault else ()
    affected = tuple(sorted({*_affected_merchants(ordered), *hurt})) or incident.merchants
    found = tuple(sorted(patterns, key=lambda one: (-one.impact_rank, one.id)))
    groups = group_errors(ordered)
    main = {key: groups[key] for key in key_mechanism(groups, incident.key, pack)}
    view = _View(
        tenant_id=scope_tenant,
        incident=incident,
        signals=ordered,
        ledger=tuple(orders),
        kpis=tuple({one.id: one for one in (*kpis, *ordered) if one.signal_type is SignalType.KPI}.values()),
        patterns=found,
        shops=shops,
        settings={one.id: one.dimensions() for one in shops.values()},
        affected=affected,
        pack=pack,
        thresholds=thresholds,
        fault=fault,
        bill=bill,
        currencies=currencies or Currencies(),
        main=main,
        suspects=likely_causes(pack, [one.plain_key() for one in main]),
    )
    attributes = _collect_attributes(view)
    factors = _contrast_factors(view, attributes)
    texts, text_rows = _match_texts(view)
    similar = _similar_lessons(view, lessons, texts)
    impact, impact_row = _estimate_impact(view, now)
    evidence = [
        *_error_rows(view),
        *_spike_rows(view),
        *_stage_rows(view),
        *_contrast_rows(view, factors),
        *_ticket_rows(view),
        *text_rows,
        *_symptom_rows(view),
        *_shortfall_rows(view),
        impact_row,
        *_lesson_rows(view, similar),
        *_baseline_rows(view),
        *list_said(view.tenant_id, view.incident),
    ]
    unique = list({one.id: one for one in evidence}.values())
    facts = _collect_facts(view, factors, texts, similar)
    blast = BlastRadius(
        merchants=affected,
        failures=_count_values(one.merchant_id for one in view.signals if is_failure(one)),
        exposed=tuple(sorted(fault.scope.intersection(shops))) if fault else (),
        carriers=_setting_carriers(view),
        stages=_merchant_stages(view),
        at_risk=_next_to_break(view, factors, attributes),
    )
    return _assemble_dossier(view, facts, impact, blast, unique, similar), unique


def _assemble_dossier(
    view: _View,
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


def _similar_lessons(view: _View, lessons: Sequence[Lesson], texts: TextMatches) -> list[Lesson]:
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


# --- facts ---------------------------------------------------------------------------------------------------------


def _collect_facts(
    view: _View, factors: Sequence[Factor], texts: TextMatches, similar: Sequence[Lesson]
) -> DossierFacts:
    errors = [one for one in view.signals if is_failure(one)]
    return DossierFacts(
        signals=len(view.signals),
        errors=len(errors),
        merchants=view.affected,
        selector=_selector_of(view),
        codes=_count_values(code_of(one) for one in errors),
        endpoints=_count_values(endpoint_of(one.endpoint) for one in errors),
        statuses=_count_values(one.status for one in errors),
        topics=_count_values(one.topic for one in errors),
        stages=_merchant_stages(view),
        signal_types=_count_values(one.signal_type.value for one in view.signals),
        symptoms=_all_symptoms(view),
        attributes=_attribute_facts(factors),
        texts=texts,
        lessons=tuple(
            LessonFact(id=one.id, cause=one.cause, tool=one.tool, outcome=one.outcome.value) for one in similar
        ),
    )


def _count_values(values: Iterable[object]) -> Counts:
    counted = Counter(str(value) for value in values if value not in (None, ""))
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES])


def _selector_of(view: _View) -> Selector:
    """Which signals tell whether it got better: the failures of its key mechanism; the tickets when nothing else was
    seen.
    """
    main = [one for group in view.main.values() for one in group]
    main = [one for one in main if one.signal_type is not SignalType.LOG] or main
    if not main:
        kinds = sorted({one.signal_type.value for one in view.signals})
        return Selector(signal_types=tuple(kinds))
    statuses = _all_or_any([str(one.status) if isinstance(one.status, int) else None for one in main])
    return Selector(
        signal_types=tuple(sorted({one.signal_type.value for one in main})),
        error_codes=tuple(_all_or_any([one.error_code for one in main])),
        endpoints=tuple(_all_or_any([one.endpoint for one in main])),
        statuses=tuple(sorted(int(one) for one in statuses)),
    )


def _all_or_any(values: Sequence[str | None]) -> list[str]:
    named = sorted({value for value in values if value})
    return named if all(values) and len(named) <= MOST_VALUES else []


def _merchant_stages(view: _View) -> Counts:
    said = {one.merchant_id: one.stage.value for one in view.signals if one.merchant_id and one.stage}
    stages = [view.shops[one].stage.value if one in view.shops else said.get(one) for one in view.affected]
    return dict(sorted(Counter(stage for stage in stages if stage).items()))


def _symptoms_shown(view: _View, signal: Signal) -> set[str]:
    """What one signal shows: in general, and in words that only this domain has."""
    return symptoms_of(signal) | read_own_symptoms(signal.text(), view.pack.vocabulary)


def _symptom_of_drop(view: _View, drop: Pattern) -> str:
    """What a metric that fell shows: a symptom of this domain where its pack names one, else that fewer succeed."""
    told = view.pack.vocabulary.symptoms_of_metric(str(drop.key.get("name")))
    return min(told.difference(SYMPTOM_WORDS), default="conversion_drop")


def _all_symptoms(view: _View) -> Counts:
    counted = Counter(name for one in view.signals for name in _symptoms_shown(view, one))
    unpaid, drops = (
        _unmatched_payments(view),
        [one for one in view.patterns if one.kind in (PatternKind.KPI_DROP, PatternKind.SHORTFALL)],
    )
    if unpaid:
        counted["order_missing"] += len(unpaid)
    for one in drops:
        counted[_symptom_of_drop(view, one)] += one.count
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


# --- attributes and contrast -----------------------------------------------------------------------------------------


def _list_comparisons(pack: DomainPack) -> list[tuple[str, tuple[str, ...]]]:
    """The signs that compare one attribute with another: (name, the names of limits)."""
    tests = [
        sign.test["attribute"]
        for cause in pack.causes
        for kind in (cause.signs, cause.contradictions)
        for sign in kind
        if "attribute" in sign.test
    ]
    return [
        (name, tuple(listed_values(test, "above")))
        for test in tests
        if isinstance(test, dict) and "above" in test
        for name in names_of(test)
    ]


def _collect_attributes(view: _View) -> dict[str, dict[str, Any]]:
    """The attributes of every known merchant, and of the unknown ones as their own signals tell them."""
    named = {
        name
        for cause in view.pack.causes
        for sign in signs_testing(cause, "attribute")
        if isinstance(test := sign.test["attribute"], dict)
        for name in names_of(test)
    }
    comparisons = _list_comparisons(view.pack)
    named |= {limit for _, limits in comparisons for limit in limits}
    rows = {merchant: dict(known) for merchant, known in view.settings.items()}
    for signal in view.signals:
        if signal.merchant_id:
            row = rows.setdefault(signal.merchant_id, {})
            for name in fitting_names(named, sorted(signal.attributes)):
                row.setdefault(name, signal.attributes[name])
    for row in rows.values():
        for wanted, limits in comparisons:
            for name in fitting_names([wanted], row):
                compared = _compare_attribute(row, name, limits)
                if compared:
                    row[f"{name} against {limits[0]}"] = compared
    return rows


def _compare_attribute(row: Mapping[str, Any], name: str, limits: Sequence[str]) -> str | None:
    value, limit = row.get(name), next((row[one] for one in limits if _is_number(row.get(one))), None)
    if not _is_number(value) or limit is None:
        return None
    return ABOVE if value is not None and value > limit else WITHIN


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _contrast_factors(view: _View, attributes: Mapping[str, Mapping[str, Any]]) -> list[Factor]:
    cases = [attributes[one] for one in view.affected if one in attributes]
    controls = [row for merchant, row in attributes.items() if merchant not in view.affected and merchant in view.shops]
    dimensions = sorted({name for row in cases for name in row})
    return contrast(cases, controls, dimensions)


def _attribute_facts(factors: Sequence[Factor]) -> dict[str, dict[str, Comparison]]:
    facts: dict[str, dict[str, Comparison]] = {}
    for one in factors:
        values = facts.setdefault(one.dimension, {})
        if len(values) < MOST_VALUES:
            values[str(one.value)] = Comparison(
                cases=one.cases_with,
                cases_total=one.cases,
                controls=one.controls_with,
                controls_total=one.controls,
                p=one.p,
                q=one.q,
                lift=one.lift,
            )
    return facts


def _next_to_break(
    view: _View, factors: Sequence[Factor], attributes: Mapping[str, Mapping[str, Any]]
) -> tuple[str, ...]:
    """Who has still to move and has the setting that is the likeliest cause, or else what the fault is described by.
    Of an incident without a fault: who is healthy and shares what sets the hurt apart.
    """
    healthy = [merchant for merchant in view.shops.values() if merchant.id not in view.affected]
    stages = {view.shops[one].stage for one in view.affected if one in view.shops}
    still = [one for one in healthy if one.stage not in stages]
    if view.fault is not None:
        cause = _cause_by_setting(view)
        by_cause = {one.id for one in still if cause is not None and carries_setting(cause, view.settings[one.id])}
        by_rule = {one.id for one in still if cause is None and view.fault.will_cover(view.settings[one.id])}
        return tuple(sorted(by_cause | by_rule))
    named = _asked_about(view.pack, sorted({one.dimension for one in factors}))
    suspects = [one for one in factors if one.dimension in named and one.lift > 1.5 and one.cases_with * 2 > one.cases]
    return at_risk(telling_factors(factors) or suspects[:1], healthy, attributes)


def _cause_by_setting(view: _View) -> CauseSpec | None:
    """The likeliest cause, if it is about a setting that the hurt have as far as the directory says."""
    hurt = [view.settings[one] for one in view.affected if one in view.settings]
    for cause in view.suspects[:1]:
        known = [one for one in hurt if knows_setting(cause, one)]
        if known and sum(carries_setting(cause, one) for one in known) >= MOST_OF_THEM * len(known):
            return cause
    return None


def _setting_carriers(view: _View) -> dict[str, tuple[str, ...]]:
    """By likely cause, who has the setting it is about, among those who are as far with their move as the hurt."""
    stages = {view.shops[one].stage for one in view.affected if one in view.shops}
    alike = {one.id: view.settings[one.id] for one in view.shops.values() if one.stage in stages}
    found = {cause.id: list_carriers(cause, alike) for cause in view.suspects}
    return {cause: merchants for cause, merchants in found.items() if merchants}


def _asked_about(pack: DomainPack, dimensions: Sequence[str]) -> set[str]:
    """Which of these the signs of the pack are about."""
    tests = [sign.test["attribute"] for cause in pack.causes for sign in signs_testing(cause, "attribute")]
    return {name for test in tests if isinstance(test, dict) for name in dimensions_of(test, dimensions)}


def _contrast_rows(view: _View, factors: Sequence[Factor]) -> list[Evidence]:
    """What sets the broken apart. Where nothing does, a setting that the pack asks about is told as it is, without a
    comparison.
    """
    named = _asked_about(view.pack, sorted({one.dimension for one in factors}))
    shown = [*telling_factors(factors)[:MOST_FACTORS], *(one for one in factors if one.dimension in named)]
    rows = []
    for one in {(factor.dimension, str(factor.value)): factor for factor in shown}.values():
        if one.p >= PURE_CHANCE or abs(one.lift - 1) < SAME_SHARE:
            if one.dimension in named:
                statement = (
                    f"{one.cases_with} of {count_noun(one.cases, 'affected merchant')}"
                    f" {'has' if one.cases == 1 else 'have'} {one.dimension} = {one.value}."
                )
                data = {
                    "dimension": one.dimension,
                    "value": one.value,
                    "cases_with": one.cases_with,
                    "cases": one.cases,
                }
                rows.append(
                    view.row("attribute", [one.dimension, str(one.value)], statement, data, count=one.cases_with)
                )
            continue
        statement = (
            f"{one.cases_with} of {one.cases} affected merchants have {one.dimension} = {one.value}, "
            f"and {one.controls_with} of {one.controls} others (chance alone: p = {one.p:.3g})."
        )
        rows.append(view.row("contrast", [one.dimension, str(one.value)], statement, one.plain(), count=one.cases_with))
    return rows


# --- evidence ------------------------------------------------------------------------------------------------------


def _error_rows(view: _View) -> list[Evidence]:
    groups = group_errors(view.signals)
    rows = []
    for key, members in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0].order()))[:MOST_GROUPS]:
        merchants = merchants_in(members)
        data = {**key.plain_key(), "count": len(members), "merchants": len(merchants)}
        named = group_title(key) if key.signal_type != "log" or key.error_code else "log lines of one kind"
        statement = (
            f"{count_noun(len(members), 'failure')} of {count_noun(len(merchants), 'merchant')}:"
            f" {named}{_status_words(key.status, named)}."
        )
        rows.append(view.row("error_group", key.plain_key(), statement, data, members))
    return rows


def _status_words(status: int | str | None, named: str) -> str:
    return f", status {status}" if status is not None and f"status {status}" not in named else ""


def _spike_rows(view: _View) -> list[Evidence]:
    rows = []
    for one in view.patterns:
        if one.spike is not None and one.spike.score >= view.thresholds.spike_score:
            usual = f"{one.spike.ratio:.1f} times its usual rate ({one.spike.baseline * 60:.1f} an hour before)"
            busiest = f"came in at up to {usual}" if one.spike.baseline else "was not seen before this window"
            statement = f"{one.title} {busiest}; anomaly score {one.spike.score:.2f}."
            members = [signal for signal in view.signals if signal.id in set(one.signal_ids)]
            rows.append(
                view.row("spike", one.id, statement, {"pattern": one.id, **one.spike.plain()}, members, count=one.count)
            )
    return rows


def _stage_rows(view: _View) -> list[Evidence]:
    stages = _merchant_stages(view)
    if not stages:
        return []
    everyone = Counter(merchant.stage.value for merchant in view.shops.values())
    parts = [
        f"{count} in {stage}" + (f" (of {everyone[stage]} there)" if everyone[stage] else "")
        for stage, count in stages.items()
    ]
    statement = f"Affected merchants by migration stage: {', '.join(parts)}."
    return [
        view.row(
            "stage",
            "stages",
            statement,
            {"stages": stages, "all": dict(sorted(everyone.items()))},
            count=sum(stages.values()),
        )
    ]


def _ticket_rows(view: _View) -> list[Evidence]:
    by_id = {one.id: one for one in view.signals}
    rows = []
    for one in view.patterns:
        members = [by_id[signal] for signal in one.signal_ids if signal in by_id]
        if one.kind is PatternKind.TICKET_CLUSTER and members:
            merchants = merchants_in(members)
            alike = " speak of the same" if len(members) > 1 else " fits this incident"
            statement = f"{count_noun(len(members), 'ticket')} of {count_noun(len(merchants), 'merchant')}{alike}."
            data = {"pattern": one.id, "terms": list(one.terms), "merchants": len(merchants)}
            rows.append(view.row("tickets", one.id, statement, data, members))
    return sorted(rows, key=lambda row: (-row.count, row.id))[:MOST_GROUPS]


def _match_texts(view: _View) -> tuple[TextMatches, list[Evidence]]:
    """How many messages each text sign matches, and one row for each that matches any."""
    texts = ((one, one.text()) for one in view.signals)
    spoken = [(one, tuple(split_tokens(text))) for one, text in texts if text and not _names_status(text, one.status)]
    distinct = {said for _, said in spoken}
    hits: dict[str, int] = {}
    rows = []
    for cause in view.pack.causes:
        for sign in [one for one in (*cause.signs, *cause.contradictions) if "text" in one.test]:
            phrases = listed_values(sign.test, "text")
            fitting = {said for said in distinct if says_any(phrases, said)}
            members = [one for one, said in spoken if said in fitting]
            if members:
                name = f"{cause.id}/{sign.id}"
                hits[name] = len(members)
                statement = (
                    f"{len(members)} of {count_noun(len(spoken), 'message')} {_show_or_shows(members)} the sign"
                    f" {sign.id.replace('_', ' ')}."
                )
                rows.append(
                    view.row(
                        "symptom",
                        ["text", name],
                        statement,
                        {"sign": name, "messages": len(members), "of": len(spoken)},
                        members,
                    )
                )
    return TextMatches(total=len(spoken), hits=hits), rows


def _names_status(text: str, status: int | str | None) -> bool:
    """Whether a message says no more than its status does: 403 is called "Forbidden", whatever was forbidden."""
    return isinstance(status, int) and text.strip(" .!").casefold() in REASON_PHRASES.get(status, ())


def _show_or_shows(members: Sequence[Signal]) -> str:
    return "shows" if len(members) == 1 else "show"


def _symptom_rows(view: _View) -> list[Evidence]:
    showing: dict[str, list[Signal]] = {}
    for one in view.signals:
        for name in _symptoms_shown(view, one):
            showing.setdefault(name, []).append(one)
    rows = []
    for name, members in sorted(showing.items(), key=lambda item: (-len(item[1]), item[0])):
        statement = (
            f"{len(members)} of {count_noun(len(view.signals), 'signal')} {_show_or_shows(members)} the symptom"
            f" {name.replace('_', ' ')}."
        )
        rows.append(view.row("symptom", name, statement, {"symptom": name}, members))
    return rows


def _unmatched_payments(view: _View) -> list[Signal]:
    """Every payment that ever joined and still has no order: to the cent, over the whole life of the incident."""
    joined = {one.payment_id or one.id for one in view.signals if one.signal_type is SignalType.PAYMENT}
    if not joined:
        return []
    known = {
        one.id: one
        for one in (*view.signals, *view.ledger)
        if one.signal_type in {SignalType.PAYMENT, SignalType.ORDER}
    }
    latest = max(one.occurred_at for one in known.values())
    return [
        one
        for one in unmatched_payments(known.values(), now=latest, grace_minutes=0)
        if (one.payment_id or one.id) in joined
    ]


def _shortfall_rows(view: _View) -> list[Evidence]:
    rows = []
    unpaid = _unmatched_payments(view)
    if unpaid:
        money = exact_money(unpaid)
        statement = (
            f"{count_noun(len(unpaid), 'payment')} took money and {'has' if len(unpaid) == 1 else 'have'} no order:"
            f" {amounts_in_words(money)}."
        )
        data = {"symptom": "order_missing", "payments": len(unpaid), "money": [one.plain() for one in money]}
        rows.append(view.row("symptom", "paid_without_order", statement, data, unpaid))
    for one in view.patterns:
        if one.kind is PatternKind.SHORTFALL:
            members = [signal for signal in view.signals if signal.id in set(one.signal_ids)]
            rows.append(view.row("shortfall", one.id, describe_shortfall(one), dict(one.key), members, count=one.count))
        if one.kind is PatternKind.KPI_DROP:
            rows.append(
                view.row(
                    "symptom",
                    one.id,
                    f"{one.title}.",
                    {"symptom": _symptom_of_drop(view, one), **one.key},
                    count=one.count,
                )
            )
    return rows


def _estimate_impact(view: _View, now: datetime) -> tuple[Impact, Evidence]:
    since = min([view.incident.first_seen, *(one.occurred_at for one in view.signals[:1])])
    key = evidence_id(view.tenant_id, view.incident.id, "impact", "impact")
    until, unmatched = max(now, since), _unmatched_payments(view)
    impact = estimate_impact(
        view.signals,
        view.shops,
        conversion=view.thresholds.checkout_conversion,
        since=since,
        until=until,
        unmatched=unmatched,
        drops=_joined_drops(view),
        words=view.pack.vocabulary,
        bill=view.bill,
        evidence_ids=(key,),
    )
    base = view.currencies.base_of(view.tenant_id)
    impact = impact.changed(base=total_in_base(impact, unmatched, view.currencies, base, Span(since, until)))
    orders = impact.lost_orders
    money = (
        " and ".join(f"{one.middle} ({one.low} to {one.high})" for one in impact.lost_revenue) or "no amount is known"
    )
    lost = (
        f"About {orders.middle:.1f} {'order' if orders.middle == 1 else 'orders'} lost so far ({orders.low:.1f} to"
        f" {orders.high:.1f}), worth {money}"
        if orders.high
        else "0 orders lost so far"
    )
    statement = f"{lost}: {impact.basis}."
    data = {
        "lost_orders": orders.plain(),
        "lost_revenue": [one.plain() for one in impact.lost_revenue],
        "paid_without_order": impact.paid_without_order_count,
    }
    return impact, view.row("impact", "impact", statement, data, count=len(view.signals))


def _joined_drops(view: _View) -> list[Drop]:
    """What the metrics whose failures lose orders, and that joined this incident, lost since it began; metrics that
    another incident explains are left to that one.
    """
    loses = view.pack.vocabulary.loses_orders
    falls = [
        one
        for one in view.patterns
        if one.kind is PatternKind.KPI_DROP and "before" in one.key and loses(str(one.key.get("name")))
    ]
    usual: dict[tuple[str, str], float] = {}
    for one in falls:
        place = (str(one.key["merchant_id"]), str(one.key["name"]))
        usual[place] = max(float(one.key["before"]), usual.get(place, 0.0))
    joined = {
        (one.merchant_id, one.name)
        for one in view.signals
        if one.signal_type is SignalType.KPI and loses(one.name or "")
    }
    found = lasting_drops(view.kpis, since=view.incident.first_seen, usual=usual)
    return [one for one in found if (one.merchant_id, one.name) in joined | set(usual)]


def _lesson_rows(view: _View, similar: Sequence[Lesson]) -> list[Evidence]:
    rows = []
    for one in similar:
        what = f"{one.tool} for {one.cause}" if one.tool else one.cause
        same = (
            "The incident that this one repeats"
            if one.incident_id in {view.incident.id, view.incident.previous_id}
            else "An earlier incident with this cause"
        )
        ended = "was named by a person" if one.outcome is AttemptEnd.NAMED else f"ended {one.outcome}"
        statement = f"{same} ({one.incident_id}) {ended}: {what}."
        data = {"lesson": one.id, "cause": one.cause, "tool": one.tool, "outcome": one.outcome.value}
        rows.append(view.row("lesson", one.id, statement, data, count=1))
    return rows


def _baseline_rows(view: _View) -> list[Evidence]:
    others = sorted(one for one in view.shops if one not in view.affected)
    if not others:
        return []
    statement = (
        f"{count_noun(len(others), 'other known merchant')} {'shows' if len(others) == 1 else 'show'} none of this."
    )
    return [
        view.row(
            "baseline", "others", statement, {"others": len(others), "affected": len(view.affected)}, count=len(others)
        )
    ]
