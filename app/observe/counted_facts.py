"""What is counted of one incident: how many failed how, at whom, and what that shows."""

from collections import Counter
from collections.abc import Iterable, Sequence

from app.domain.dossier_facts import Comparison, Counts, DossierFacts, LessonFact, Selector, TextMatches
from app.domain.lessons import Lesson
from app.domain.patterns import PatternKind
from app.domain.signals import SignalType
from app.observe.contrast import Factor
from app.observe.dossier_view import DossierView
from app.observe.groups import code_of, is_failure
from app.observe.missing_money import find_unmatched_payments
from app.observe.routes import endpoint_of
from app.observe.symptoms import symptoms_of

MOST_VALUES = 30


def collect_facts(
    view: DossierView, factors: Sequence[Factor], texts: TextMatches, similar: Sequence[Lesson]
) -> DossierFacts:
    """Everything that is counted, for signs, treatments and policy."""
    errors = [one for one in view.signals if is_failure(one)]
    return DossierFacts(
        signals=len(view.signals),
        errors=len(errors),
        merchants=view.affected,
        selector=_selector_of(view),
        codes=count_values(code_of(one) for one in errors),
        endpoints=count_values(endpoint_of(one.place) for one in errors),
        statuses=count_values(one.status for one in errors),
        topics=count_values(one.topic for one in errors),
        stages=count_stages(view),
        signal_types=count_values(one.signal_type.value for one in view.signals),
        symptoms=_all_symptoms(view),
        attributes=_attribute_facts(factors),
        texts=texts,
        lessons=tuple(
            LessonFact(id=one.id, cause=one.cause, tool=one.tool, outcome=one.outcome.value) for one in similar
        ),
    )


def count_values(values: Iterable[object]) -> Counts:
    """How often each value comes, the most frequent first; nothing is no value."""
    counted = Counter(str(value) for value in values if value not in (None, ""))
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES])


def _selector_of(view: DossierView) -> Selector:
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
        endpoints=tuple(_all_or_any([one.place for one in main])),
        statuses=tuple(sorted(int(one) for one in statuses)),
    )


def _all_or_any(values: Sequence[str | None]) -> list[str]:
    named = sorted({value for value in values if value})
    return named if all(values) and len(named) <= MOST_VALUES else []


def count_stages(view: DossierView) -> Counts:
    """How many of the affected stand in each stage of the migration."""
    said = {one.merchant_id: one.stage.value for one in view.signals if one.merchant_id and one.stage}
    stages = [view.shops[one].stage.value if one in view.shops else said.get(one) for one in view.affected]
    return dict(sorted(Counter(stage for stage in stages if stage).items()))


def _all_symptoms(view: DossierView) -> Counts:
    words = view.pack.vocabulary
    counted = Counter(name for one in view.signals for name in symptoms_of(one, words))
    unpaid, drops = (
        find_unmatched_payments(view),
        [one for one in view.patterns if one.kind in (PatternKind.KPI_DROP, PatternKind.SHORTFALL)],
    )
    if words.counts.paid_without_order:
        counted[words.counts.paid_without_order] += len(unpaid)
    for one in drops:
        symptom = words.leading_symptom_of_metric(str(one.key.get("name")))
        if symptom:
            counted[symptom] += one.count
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


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
