"""Reads the facts of a dossier as the signs of a domain pack test them: how far does a sign hold, and which evidence
shows it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from app.config.model import CauseSpec, SignSpec
from app.domain.base import Value
from app.domain.dossier_facts import Counts, DossierFacts
from app.domain.evidence import Evidence
from app.domain.hypotheses import Dossier

FULL_SHARE = {
    "code": 0.5,
    "endpoint": 0.5,
    "status": 0.5,
    "topic": 0.5,
    "text": 0.3,
    "stage": 0.6,
    "attribute": 0.7,
    "symptom": 0.3,
    "signal_type": 0.4,
}
"""The share of signals, messages or merchants at which a sign counts as fully present."""
COMPARED = frozenset({"contrast", "attribute"})
"""Rows about the settings of the affected merchants: beside the healthy ones, or as they are where that shows no
difference.
"""
GROUPS = {"code": "error_code", "endpoint": "endpoint", "status": "status", "topic": "topic"}
COUNTS: dict[str, Callable[[DossierFacts], Counts]] = {
    "code": lambda facts: facts.codes,
    "endpoint": lambda facts: facts.endpoints,
    "status": lambda facts: facts.statuses,
    "topic": lambda facts: facts.topics,
    "symptom": lambda facts: facts.symptoms,
    "signal_type": lambda facts: facts.signal_types,
}


class Presence(Value):
    """How far one sign holds, in [0, 1], and what shows it; not testable when the facts cannot tell."""

    testable: bool
    degree: float = 0.0
    share: float = 0.0
    count: int = 0
    value: str = ""
    evidence_ids: tuple[str, ...] = ()


UNTESTABLE = Presence(testable=False)


def presence_of(sign: SignSpec, cause: CauseSpec, dossier: Dossier, evidence: Sequence[Evidence]) -> Presence:
    """Test one sign on the facts. A sign that holds but whose evidence is gone is not testable: it claims nothing."""
    kind = next((one for one in FULL_SHARE if one in sign.test), None)
    if kind is None:
        return UNTESTABLE
    wanted = sign.test[kind]
    if kind in GROUPS:
        return _route_presence(kind, _texts_of(wanted), dossier.facts, evidence)
    if kind == "text":
        return _text_presence(f"{cause.id}/{sign.id}", dossier.facts, evidence)
    if kind == "attribute":
        return _attribute_presence(wanted if isinstance(wanted, Mapping) else {}, dossier.facts, evidence)
    if kind == "stage":
        return _stage_presence(_texts_of(wanted), dossier.facts, evidence)
    return _share_of_signals(kind, _texts_of(wanted), dossier.facts, evidence)


def _texts_of(wanted: object) -> list[str]:
    return [str(one) for one in wanted] if isinstance(wanted, list | tuple) else [str(wanted)]


def _fits_fact(kind: str, value: str, wanted: Iterable[str]) -> bool:
    if kind == "status":
        return any(
            one == value or (one.lower().endswith("xx") and len(value) == 3 and one[0] == value[0]) for one in wanted
        )
    if kind == "code":
        return value in set(wanted)
    return any(fnmatchcase(value.lower(), one.lower()) for one in wanted)


def _grade_presence(
    kind: str, share: float, count: int, value: str, ids: tuple[str, ...], weight: float = 1.0
) -> Presence:
    degree = min(share / FULL_SHARE[kind], 1.0) * weight
    if degree > 0 and not ids:
        return UNTESTABLE
    return Presence(
        testable=True, degree=round(degree, 6), share=round(share, 6), count=count, value=value, evidence_ids=ids
    )


def _route_presence(kind: str, wanted: Sequence[str], facts: DossierFacts, evidence: Sequence[Evidence]) -> Presence:
    counts = COUNTS[kind](facts)
    told = sum(counts.values())
    if not told:
        return UNTESTABLE
    fitting = {value: count for value, count in counts.items() if _fits_fact(kind, value, wanted)}
    ids = tuple(one.id for one in evidence if one.kind == "error_group" and str(one.data.get(GROUPS[kind])) in fitting)
    value = max(fitting, key=lambda name: (fitting[name], name)) if fitting else ""
    return _grade_presence(kind, sum(fitting.values()) / told, sum(fitting.values()), value, ids)


def _text_presence(name: str, facts: DossierFacts, evidence: Sequence[Evidence]) -> Presence:
    if not facts.texts.total:
        return UNTESTABLE
    hits = facts.texts.hits.get(name, 0)
    ids = tuple(one.id for one in evidence if one.data.get("sign") == name)
    return _grade_presence("text", hits / facts.texts.total, hits, "", ids)


def _attribute_presence(test: Mapping[str, Any], facts: DossierFacts, evidence: Sequence[Evidence]) -> Presence:
    """The share of affected merchants with the value; worth less where the healthy ones have it just as often."""
    above = _texts_of(test["above"]) if "above" in test else []
    dimension = f"{test.get('name')} against {above[0]}" if above else str(test.get("name"))
    wanted = {"above"} if above else {_plain_word(one) for one in _texts_of(test.get("values", ()))}
    values = facts.attributes.get(dimension, {})
    total = max((one.cases_total for one in values.values()), default=0)
    if not total:
        return UNTESTABLE
    fitting = {name: one for name, one in values.items() if _plain_word(name) in wanted}
    cases = sum(one.cases for one in fitting.values())
    others = max((one.controls_total for one in fitting.values()), default=0)
    common = sum(one.controls for one in fitting.values()) / others if others else 0.0
    ids = tuple(
        one.id
        for one in evidence
        if one.kind in COMPARED and one.data.get("dimension") == dimension and str(one.data.get("value")) in fitting
    )
    weight = 1.0 - 0.7 * min(common, cases / total)
    return _grade_presence("attribute", cases / total, cases, ", ".join(sorted(fitting)), ids, weight)


def _plain_word(value: object) -> str:
    return str(value).strip().casefold()


def _stage_presence(wanted: Sequence[str], facts: DossierFacts, evidence: Sequence[Evidence]) -> Presence:
    stages = facts.stages
    told = sum(stages.values())
    if not told:
        return UNTESTABLE
    fitting = sum(count for stage, count in stages.items() if stage in wanted)
    return _grade_presence(
        "stage",
        fitting / told,
        fitting,
        ", ".join(sorted(set(stages) & set(wanted))),
        tuple(one.id for one in evidence if one.kind == "stage"),
    )


def _share_of_signals(kind: str, wanted: Sequence[str], facts: DossierFacts, evidence: Sequence[Evidence]) -> Presence:
    if not facts.signals:
        return UNTESTABLE
    fitting = {name: count for name, count in COUNTS[kind](facts).items() if name in wanted}
    field = "symptom" if kind == "symptom" else "signal_type"
    ids = tuple(
        one.id
        for one in evidence
        if one.data.get(field) in fitting or (kind == "signal_type" and one.kind == "tickets" and "ticket" in fitting)
    )
    share = min(max(fitting.values(), default=0) / facts.signals, 1.0)
    return _grade_presence(kind, share, max(fitting.values(), default=0), ", ".join(sorted(fitting)), ids)
