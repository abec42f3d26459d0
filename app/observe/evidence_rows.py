"""The evidence of one incident, row by row: what failed, what people wrote, what was learnt before."""

from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from app.domain.base import JsonObject
from app.domain.decisions import AttemptEnd
from app.domain.dossier_facts import MeaningMatch, TextMatches
from app.domain.evidence import Evidence
from app.domain.hypotheses import OTHER_TROUBLE, UNKNOWN
from app.domain.lessons import Lesson
from app.domain.patterns import PatternKind
from app.domain.signals import Signal
from app.observe.counted_facts import count_stages
from app.observe.dossier_view import DossierView
from app.observe.groups import group_errors, is_routine, merchants_in
from app.observe.match import listed_values
from app.observe.meanings import code_in_words, match_meanings, say_what_is_meant
from app.observe.patterns import group_title
from app.observe.symptoms import symptoms_of
from app.observe.words import count_noun, says_any, split_tokens
from app.ports.knowledge import Nearness

MOST_GROUPS = 8
MOST_MEANT = 3
Messages = Sequence[tuple[Signal, str]]
"""What is written, with the signal that says it."""
REASON_PHRASES: Final = {
    one.value: frozenset({one.phrase.casefold(), f"{one.value} {one.phrase}".casefold(), str(one.value)})
    for one in HTTPStatus
}


def list_error_rows(view: DossierView) -> list[Evidence]:
    """The groups of failures, the biggest first."""
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


def list_spike_rows(view: DossierView) -> list[Evidence]:
    """What came far more often than before."""
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


def list_stage_rows(view: DossierView) -> list[Evidence]:
    """Where in the migration the affected stand; nothing where nobody knows."""
    stages = count_stages(view)
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
            {"stages": dict(stages), "all": dict(sorted(everyone.items()))},
            count=sum(stages.values()),
        )
    ]


def list_ticket_rows(view: DossierView) -> list[Evidence]:
    """Tickets that speak of the same, the biggest group first."""
    by_id = {one.id: one for one in view.signals}
    rows = []
    for one in view.patterns:
        members = [by_id[signal] for signal in one.signal_ids if signal in by_id]
        if one.kind is PatternKind.TICKET_CLUSTER and members:
            merchants = merchants_in(members)
            alike = " speak of the same" if len(members) > 1 else " fits this incident"
            statement = f"{count_noun(len(members), 'ticket')} of {count_noun(len(merchants), 'merchant')}{alike}."
            data: JsonObject = {"pattern": one.id, "terms": list(one.terms), "merchants": len(merchants)}
            rows.append(view.row("tickets", one.id, statement, data, members))
    return sorted(rows, key=lambda row: (-row.count, row.id))[:MOST_GROUPS]


def compare_meanings(view: DossierView, compared_by: Nearness | None) -> tuple[MeaningMatch, list[Evidence]]:
    """How near what is written, codes included, comes to what each sign says, and one row for all of it."""
    spoken = [(one, say_what_is_meant(one, _telling_text(one))) for one in view.signals] if compared_by else []
    said = [(one, text) for one, text in spoken if text]
    routine = {text for one, text in said if is_routine(one)}.difference(
        text for one, text in said if not is_routine(one)
    )
    found = match_meanings([text for _, text in said], view.pack, compared_by, routine)
    if not found.likeness:
        return found, []
    titles = {UNKNOWN: OTHER_TROUBLE, **{cause.id: cause.title for cause in view.pack.causes}}
    nearest = sorted(found.likeness, key=lambda name: (-found.likeness[name], name))[:MOST_MEANT]
    best = {titles[name.partition("/")[0]]: found.likeness[name] for name in nearest if found.likeness[name] > 0}
    told = "; ".join(f"{what} ({share:.0%})" for what, share in best.items())
    statement = f"What {count_noun(found.messages, 'message')} say is explained best by: {told}."
    data: JsonObject = {
        "meanings": {name: found.likeness[name] for name in nearest},
        "explained": {**best},
        "messages": found.messages,
    }
    return found, [view.row("symptom", "meaning", statement, data, [one for one, _ in said])]


def match_texts(view: DossierView, messages: Messages) -> tuple[TextMatches, list[Evidence]]:
    """How many messages each text sign matches, and one row for each that matches any."""
    spoken = [(one, tuple(split_tokens(text))) for one, text in messages]
    distinct = {said for _, said in spoken}
    routine = {one.id for one, _ in spoken if is_routine(one)}
    hits, routine_hits = dict[str, int](), dict[str, int]()
    rows = []
    for cause in view.pack.causes:
        for sign in [one for one in (*cause.signs, *cause.contradictions) if "text" in one.test]:
            phrases = listed_values(sign.test, "text")
            fitting = {said for said in distinct if says_any(phrases, said)}
            members = [one for one, said in spoken if said in fitting]
            if members:
                name = f"{cause.id}/{sign.id}"
                hits[name] = len(members)
                if usual := sum(one.id in routine for one in members):
                    routine_hits[name] = usual
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
    found = TextMatches(total=len(spoken), hits=hits, routine=len(routine), routine_hits=routine_hits)
    return found, rows


def list_messages(view: DossierView) -> Messages:
    """What is written, by people and by machines, with the words of the code beside it."""
    texts = ((one, _telling_text(one)) for one in view.signals)
    return [(one, f"{code_in_words(one)} {text}".strip()) for one, text in texts if text]


def _telling_text(signal: Signal) -> str:
    """What is written in a signal; nothing where it says no more than the status does: 403 is called "Forbidden",
    whatever was forbidden.
    """
    text, status = signal.text(), signal.status
    known = REASON_PHRASES.get(status, ()) if isinstance(status, int) else ()
    return "" if text.strip(" .!").casefold() in known else text


def _show_or_shows(members: Sequence[Signal]) -> str:
    return "shows" if len(members) == 1 else "show"


def list_symptom_rows(view: DossierView) -> list[Evidence]:
    """What signals show, by what they are and by what they say."""
    showing: dict[str, list[Signal]] = {}
    for one in view.signals:
        for name in symptoms_of(one, view.pack.vocabulary):
            showing.setdefault(name, []).append(one)
    rows = []
    for name, members in sorted(showing.items(), key=lambda item: (-len(item[1]), item[0])):
        statement = (
            f"{len(members)} of {count_noun(len(view.signals), 'signal')} {_show_or_shows(members)} the symptom"
            f" {name.replace('_', ' ')}."
        )
        rows.append(view.row("symptom", name, statement, {"symptom": name}, members))
    return rows


def list_lesson_rows(view: DossierView, similar: Sequence[Lesson]) -> list[Evidence]:
    """What earlier incidents like it came to."""
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
        data: JsonObject = {"lesson": one.id, "cause": one.cause, "tool": one.tool, "outcome": one.outcome.value}
        rows.append(view.row("lesson", one.id, statement, data, count=1))
    return rows


def list_baseline_rows(view: DossierView) -> list[Evidence]:
    """How many show none of it."""
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
