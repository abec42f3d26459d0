"""Has an incident reasoned about anew: because newer evidence came, because it came back, because others got what was
cured, because a person said something of it, or because other causes are in force. What waits for a decision is
withdrawn as newer evidence withdraws it; what people were called to begins another episode, which remembers what was
tried.
"""

import math
from collections.abc import Collection
from datetime import datetime
from typing import Final

from app.context import EVERY_ONE
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.base import Json, JsonObject, list_in, object_in
from app.domain.decisions import Tried
from app.domain.hypotheses import UNKNOWN, Dossier
from app.domain.incidents import ASKED_FOR, REOPENED, Incident, IncidentStatus, last_reopening, latest_episode
from app.observe.groups import is_failure
from app.ports.store import Session
from graph.decisions import EXECUTED_ENDINGS
from graph.state import KEY_OF, LoopState, list_tried, tried_before


def reason_anew(session: Session, incident_id: str, reason: str, at: datetime) -> None:
    """Make the evidence a newer one, within the transaction that notes what was said."""
    incident = session.incidents.get(incident_id)
    if incident.status is not IncidentStatus.ESCALATED:
        session.incidents.save(incident.changed(evidence_version=incident.evidence_version + 1))
        return
    begun = last_reopening(session.incidents.steps(incident_id))
    since = begun.output.get("since") if begun else None
    tried: list[Json] = [one.plain() for one in _list_tried(session, incident_id)]
    reopen_incident(session, incident, {"reason": reason, "since": since, "tried": tried}, at)


def take_up_again(session: Session, known: Incident, reason: str, at: datetime) -> None:
    """Another episode of what people were called to, because more is seen of it: what did not help then, or did harm,
    is not tried again for that.
    """
    since = known.resolved_at.isoformat() if known.resolved_at is not None else None
    tried: list[Json] = [one.plain() for one in _list_tried(session, known.id) if one.ended in EXECUTED_ENDINGS]
    begun: JsonObject = {"reason": reason, "since": since}
    reopen_incident(session, known, {**begun, "tried": tried} if tried else begun, at)


def _list_tried(session: Session, incident_id: str) -> tuple[Tried, ...]:
    """What was refused or tried in the latest episode of an incident and in those it remembers."""
    recorded = session.incidents.steps(incident_id)
    seed: JsonObject = {"tried": tried_before(recorded)}
    outputs = {KEY_OF[one.step]: one.output for one in latest_episode(recorded)}
    return list_tried(LoopState(incident=seed, **outputs))  # type: ignore[typeddict-item]


def find_unheard_word(session: Session, incident_id: str) -> str:
    """What a person said of an incident after it was looked at last, such as while the receipt of what was done was
    awaited; empty where there is nothing of that.
    """
    incident = session.incidents.get(incident_id)
    looks = [one for one in session.incidents.steps(incident_id) if one.step == "observe"]
    if not looks or Dossier.model_validate(looks[-1].output).evidence_version >= incident.evidence_version:
        return ""
    said = [(one.at, f"{one.by} answered {one.sign}: {one.answer.value}") for one in incident.answers]
    if incident.named is not None:
        said.append((incident.named.at, f"{incident.named.by} named the cause {incident.named.cause}"))
    newest, told = max(said, default=(looks[-1].at, ""))
    return told if newest >= looks[-1].at else ""


def was_refused(session: Session, incident_id: str) -> bool:
    """Whether a person said no to what was proposed, or had taken back what was done: that is not asked again because
    more of the same comes in, or other causes are known.
    """
    rows = session.actions.page(incident_id=incident_id, limit=EVERY_ONE)
    return any(row.status is ActionStatus.REJECTED or (row.undo_asked_by and not row.aside) for row in rows)


def reopen_handed_over(session: Session, reason: str, at: datetime) -> list[str]:
    """Another episode for everything that people were called to and that they said no word of, since it may come out
    otherwise now; nothing that was only asked for. The incidents.
    """
    handed = session.incidents.page(statuses=[IncidentStatus.ESCALATED], limit=EVERY_ONE)
    again = [one.id for one in handed if one.type != ASKED_FOR and not was_refused(session, one.id)]
    for name in again:
        reason_anew(session, name, reason, at)
    return again


EXTENDS: Final = "extends"
"""Whom an episode is about that carries a cure on to others, in the step that begins it."""
TREATED: Final = "treated"
"""Who was cured before that, and when that was proven: what they told until then is over."""
MOST_ROWS: Final = 2_000
MORE: Final = 0.5
"""So many more than what waits is about make another question of it."""


def extend_cure(session: Session, incident_id: str, at: datetime) -> bool:
    """Begin another episode for those who began to fail while others were cured, where there are any: one question
    about all of them, under the same incident. Who merely wrote of it is not treated for that.
    """
    incident = session.incidents.get(incident_id)
    recorded = latest_episode(session.incidents.steps(incident_id))
    looked = next((one.output for one in reversed(recorded) if one.step == "observe"), None)
    cured = _list_cured(session, incident_id)
    known = {*cured, *map(str, list_in(looked, "merchants"))} if looked else set(incident.merchants)
    failing = {str(one.merchant_id) for one in session.signals.of_incident(incident_id) if is_failure(one)}
    joined = sorted(failing.intersection(incident.merchants) - known)
    if not joined:
        return False
    stores = "1 more store has" if len(joined) == 1 else f"{len(joined)} more stores have"
    reason = f"it worked, and {stores} the same since it was proposed"
    begun: JsonObject = {"reason": reason, "since": None, EXTENDS: [*joined], TREATED: dict(sorted(cured.items()))}
    reopen_incident(session, incident, begun, at)
    return True


def begin_again(session: Session, known: Incident, merchants: Collection[str], reason: str, at: datetime) -> None:
    """Another episode of what was over, of which only what came since tells. Where others have now what was cured,
    that is carried on to them, and everything they told counts.
    """
    cured = _list_cured(session, known.id)
    since = known.resolved_at.isoformat() if known.resolved_at is not None else None
    joined = sorted({*merchants} - cured.keys())
    begun: JsonObject = {"reason": reason, "since": since}
    if cured and joined:
        begun = {"reason": reason, "since": None, EXTENDS: [*joined], TREATED: dict(sorted(cured.items()))}
    reopen_incident(session, known, begun, at)


def _list_cured(session: Session, incident_id: str) -> dict[str, str]:
    """Whom anything cured on an incident, and when that was proven."""
    return {
        name: row.receipt.at.isoformat()
        for row in session.actions.page(incident_id=incident_id, limit=MOST_ROWS)
        if row.status is ActionStatus.VERIFIED and row.step is not RowKind.UNDO and row.receipt
        if not (row.decision.forecast and row.decision.forecast.only_recorded)
        for name in row.decision.requests[row.cohort].merchants
    }


def renews_evidence(session: Session, known: Incident, merchants: Collection[str]) -> bool:
    """Whether those who join make the evidence a newer one. What waits for a person is not asked anew for each of them:
    only when half as many more are concerned as it is about. Where a cure is carried on to others, that is when they
    have doubled since, and again when they have doubled once more.
    """
    if set(merchants) <= set(known.merchants):
        return False
    begun = last_reopening(session.incidents.steps(known.id))
    asked = {*map(str, list_in(begun.output, EXTENDS))} if begun else set()
    if begun is None or not asked:
        waiting = _list_waiting(session, known.id)
        beyond = {*known.merchants, *merchants} - waiting
        return not waiting or len(beyond) >= MORE * len(waiting)
    treated = object_in(begun.output, TREATED).keys()
    before, after = {*known.merchants} - treated, {*known.merchants, *merchants} - treated
    return _doublings(len(after), len(asked)) > _doublings(len(before), len(asked))


def tells_otherwise(session: Session, known: Incident, newer: Collection[JsonObject]) -> bool:
    """Whether further mechanisms make the evidence a newer one. What waits for a person with a cause that was told is
    not asked anew because the same code comes from a further place.
    """
    if not newer:
        return False
    codes = {key["error_code"] for key in known.pattern_keys if key.get("error_code")}
    if any(key.get("error_code") not in codes for key in newer):
        return True
    waiting = [row.decision.cause for row in _rows_waiting(session, known.id)]
    return not waiting or any(cause in (None, UNKNOWN) for cause in waiting)


def _list_waiting(session: Session, incident_id: str) -> set[str]:
    """Whom that is about which waits for a person."""
    return {name for row in _rows_waiting(session, incident_id) for name in row.decision.scope}


def _rows_waiting(session: Session, incident_id: str) -> list[Action]:
    rows = session.actions.page(incident_id=incident_id, statuses=[ActionStatus.PENDING], limit=EVERY_ONE)
    return [row for row in rows if row.step is RowKind.FIRST]


def _doublings(count: int, asked: int) -> int:
    return int(math.log2(max(count / asked, 1.0)))


def reopen_incident(session: Session, known: Incident, output: JsonObject, at: datetime) -> None:
    """Another episode of the same incident, which is reasoned about from the start; `output` says why, and from when on
    signals tell of it. Whoever acknowledged one that was over has not heard of this.
    """
    session.incidents.put_step(known.id, REOPENED, output, at=at, seq=session.incidents.last_step(known.id) + 1)
    taken_by = None if known.status is IncidentStatus.RESOLVED else known.acknowledged_by
    version = known.evidence_version + 1
    session.incidents.save(known.changed(resolution=None, evidence_version=version, acknowledged_by=taken_by))
    session.incidents.move(known.id, IncidentStatus.OPEN, at=at, reason=str(output["reason"]))
