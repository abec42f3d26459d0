"""Incidents with their causes from a file that others wrote, and from the tests: the same shape for every judge.

The file is a list of objects: `cause` (one of the pack, or anything else for what no pack knows), `stage`, `broken`
and `sound` (what the directory says of the hurt and of the healthy), `tickets`, and `signals`, each with its `type` and
what belongs to it: endpoint, status, error_message, error_code, topic; level and message; status, amount and currency.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from app.domain.dossier_facts import MeaningMatch, TextMatches
from app.domain.hypotheses import UNKNOWN, Dossier
from app.domain.signals import FIELDS, SignalType
from app.observe.words import telling_tokens
from app.ports.knowledge import Nearness
from tests.faults import pack
from tests.told import PAID, Case, looked_at, told_as
from tests.told_cases import CASES, STRANGE, THIRD

TOLD_FIELDS = frozenset(
    ("endpoint", "status", "error_message", "error_code", "topic", "level", "message", "amount", "currency")
)
"""What a file may say of a signal; of these counts what its type may carry, as at the door. An amount with a fraction
is told in whole units of its currency.
"""
STAGES = ("pre_migration", "in_progress", "post_migration")


class Labelled(NamedTuple):
    """An incident and what it is; `unknown` where the pack has no such cause. In front of the slash of its name stands
    what its writer calls the cause.
    """

    name: str
    cause: str
    case: Case


def read_labelled(path: Path) -> list[Labelled]:
    """The incidents of a file."""
    known = {one.id for one in pack().causes}
    found = json.loads(path.read_text(encoding="utf-8"))
    return [
        Labelled(
            f"{one['cause']}/{path.stem} {place}", one["cause"] if one["cause"] in known else UNKNOWN, _read_case(one)
        )
        for place, one in enumerate(found)
    ]


def _read_case(told: Mapping[str, Any]) -> Case:
    stage = str(told.get("stage") or STAGES[-1])
    return Case(
        seen=[_read_signal(one) for one in told.get("signals", ())],
        said=[_words_of(one) for one in told.get("tickets", ())],
        broken=told.get("broken") or {},
        sound=told.get("sound") or {},
        stage=stage if stage in STAGES else STAGES[-1],
    )


def _read_signal(told: Mapping[str, Any]) -> dict[str, Any]:
    kind = SignalType(str(told.get("type") or told.get("signal_type") or "api_error"))
    fields = {name: told[name] for name in FIELDS[kind] & TOLD_FIELDS if told.get(name) is not None}
    if isinstance(fields.get("amount"), float):
        fields["amount"] = round(fields["amount"] * 100)
    usual: Mapping[str, Any] = PAID if kind is SignalType.PAYMENT else {}
    if kind is SignalType.LOG:
        usual = {"level": "error"}
    own = {"endpoint": None, "status": None, "error_code": None} if kind is SignalType.API_ERROR else {}
    return {**own, **usual, **fields, "signal_type": kind}


def _words_of(ticket: object) -> str:
    if isinstance(ticket, Mapping):
        return " ".join(str(part) for part in (ticket.get("subject"), ticket.get("body")) if part)
    return str(ticket)


def our_own() -> list[Labelled]:
    """Those of the tests: three wordings of every cause, and what fits none."""
    told = [
        Labelled(f"{cause}/{place}", cause, case)
        for cause, both in CASES.items()
        for place, case in enumerate((*both, THIRD[cause]))
    ]
    return [*told, *(Labelled(name, UNKNOWN, case) for name, case in STRANGE.items())]


# --- the groups of evidence ------------------------------------------------------------------------------------------


def _without_fields(case: Case, *names: str) -> Case:
    return case._replace(seen=[{**one, **{name: None for name in names if name in one}} for one in case.seen])


def without(group: str, case: Case, compared_by: Nearness | None = None) -> Dossier:
    """What is known of an incident of which one group of evidence is kept back."""
    match group:
        case "codes":
            case = _without_fields(case, "error_code")
        case "routes":
            case = _without_fields(case, "endpoint", "topic")
        case "statuses":
            case = _without_fields(case, "status")
        case "words":
            case = _without_fields(case, "error_message", "message")
        case "tickets":
            case = case._replace(said=())
        case "attributes":
            case = case._replace(broken={}, sound={})
    dossier = looked_at(told_as(case), compared_by)
    facts = dossier.facts
    match group:
        case "stage":
            facts = facts.changed(stages={})
        case "symptoms":
            facts = facts.changed(symptoms={})
        case "types":
            facts = facts.changed(signal_types={})
        case "all words":
            facts = facts.changed(texts=TextMatches(), symptoms={}, meanings=MeaningMatch())
        case "meaning":
            facts = facts.changed(meanings=MeaningMatch())
        case "contrast":
            alone = {
                name: {value: one.changed(controls=0, controls_total=0) for value, one in values.items()}
                for name, values in facts.attributes.items()
            }
            facts = facts.changed(attributes=alone)
    return dossier.changed(facts=facts)


GROUPS = (
    *("codes", "routes", "statuses", "words", "tickets", "all words", "meaning", "attributes", "contrast", "stage"),
    *("symptoms", "types"),
)


def every_feature(case: Case) -> Iterator[str]:
    """What a plain learner sees of an incident: codes, statuses, parts of routes, words, settings, stage."""
    for one in case.seen:
        kind = one.get("signal_type", SignalType.API_ERROR)
        yield f"type {kind}"
        for name in ("error_code", "status", "topic"):
            if one.get(name) is not None:
                yield f"{name} {str(one[name]).lower()}"
        for part in telling_tokens(str(one.get("endpoint") or "")):
            yield f"route {part}"
        for word in telling_tokens(f"{one.get('error_message') or ''} {one.get('message') or ''}"):
            yield f"word {word}"
    for text in case.said:
        for word in telling_tokens(text):
            yield f"word {word}"
    for name, value in case.broken.items():
        yield f"setting {name}={value}"
    yield f"stage {case.stage}"
