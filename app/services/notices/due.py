"""What people are to be told now: read from the record and from what waits, so that nothing is forgotten by a crash and
nothing is told twice, whoever reads it.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from urllib.parse import urlencode

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.decisions import Verdict
from app.domain.events import Event
from app.domain.incidents import GONE, Incident, IncidentStatus
from app.domain.notices import FAILED_TO_TELL, Notice, NoticeKind, NoticeState, NoticeTarget, NoticeWords
from app.domain.notices import notice_identity as identity_of
from app.domain.validity import valid_until
from app.ports.store import Session
from app.services.loop.held_back import read_quiet
from app.services.loop.plans import TOLD as TOLD_BY_PLAN
from app.services.loop.undoing import GAVE_UP
from app.wording.notices import word_notice, word_second, word_switch

MOST_PENDING = 500
MOST_TOLD = 5_000
EVENTS_AT_ONCE = 200
OLDEST_EVENT = timedelta(hours=24)
"""What happened longer ago is no news any more."""
LATE = timedelta(hours=2)
"""So long after it was due a second target is still told."""
HANDED_OVER = frozenset({IncidentStatus.ESCALATED, IncidentStatus.FAILED})
SWITCHED = {
    "kill_switch.on": True,
    "kill_switch.off": False,
    "kill_switch.everywhere_on": True,
    "kill_switch.everywhere_off": False,
}
WAITS_FOR_PEOPLE = (NoticeKind.PENDING, NoticeKind.EXPIRING)
WAITS = frozenset({ActionStatus.PENDING, ActionStatus.IN_DOUBT})
TOLD = (NoticeState.SENT, NoticeState.SHOWN, NoticeState.SUMMED, *FAILED_TO_TELL)


class Subject(NamedTuple):
    """What a message is about."""

    kind: NoticeKind
    name: str
    version: int
    incident: Incident | None = None
    action: Action | None = None


@dataclass(frozen=True)
class DueReader:
    """Reads what one target is to be told, in one tenant, at one moment: the tenant's for what happened there, the
    system's for when people are told.
    """

    session: Session
    target: NoticeTarget
    link_url: str
    tenant_now: datetime
    now: datetime
    known: set[str] = field(default_factory=set)
    """Ids that were written down before: they are not looked for again."""

    def read_questions(self) -> Iterator[Notice]:
        """Questions that wait, those that soon expire, and what is in doubt while it is watched."""
        if not set(WAITS_FOR_PEOPLE) & set(self.target.tells):
            return
        soon = self.tenant_now + timedelta(minutes=self.target.expiring_minutes)
        for row in self.session.actions.page(statuses=[ActionStatus.PENDING], limit=MOST_PENDING):
            if row.step is not RowKind.FIRST or row.decision.ruling.verdict is not Verdict.ASK:
                continue
            if row.is_snoozed(self.tenant_now):
                continue
            until = valid_until(row)
            lasts = until is not None and until - row.proposed_at > soon - self.tenant_now
            expires = lasts and until is not None and self.tenant_now < until <= soon
            for kind in WAITS_FOR_PEOPLE if expires else WAITS_FOR_PEOPLE[:1]:
                second = f"{row.id}-second" if row.approved_first_by else row.id
                yield from self._notices_of(kind, second, row.version, row)
        for row in self.session.actions.page(statuses=[ActionStatus.IN_DOUBT], limit=MOST_PENDING):
            if self.session.incidents.get(row.incident_id).status is IncidentStatus.VERIFYING:
                yield from self._notices_of(NoticeKind.PENDING, row.id, row.version, row)

    def read_happenings(self, events: Collection[Event]) -> Iterator[Notice]:
        """What the record tells of: people were called, something did harm, a switch was turned."""
        for event in events:
            if event.at < self.tenant_now - OLDEST_EVENT:
                continue
            if event.kind == "incident.moved" and event.payload.get("to") in HANDED_OVER:
                incident = self.session.incidents.get(event.subject)
                yield from self._notice_on(
                    Subject(NoticeKind.ESCALATED, incident.id, event.seq, incident),
                    partial(self._word_escalated, incident, str(event.payload.get("reason", ""))),
                )
            elif event.kind == "action.harmed":
                row = self.session.actions.get(event.subject)
                yield from self._notices_of(NoticeKind.HARM, row.id, row.version, row)
            elif event.kind == TOLD_BY_PLAN:
                incident = self.session.incidents.get(event.subject)
                step = f"{event.payload.get('run_id')}:{event.payload.get('step')}"
                yield from self._notice_on(
                    Subject(NoticeKind.PLAYBOOK, step, event.seq, incident), partial(self._word_step, incident, event)
                )
            elif event.kind == GAVE_UP:
                undo = self.session.actions.get(event.subject)
                yield from self._notices_of(NoticeKind.HARM, undo.id, undo.version, undo)
            elif event.kind in SWITCHED:
                yield from self._notice_on(
                    Subject(NoticeKind.KILL_SWITCH, self.session.scope.tenant_id, event.seq),
                    partial(self._word_switch, event),
                )

    def read_unanswered(self) -> Iterator[Notice]:
        """What the second target is told, since nobody took what this one was told, or it could not be reached."""
        then = self.target.then
        if then is None:
            return
        patience = timedelta(minutes=then.after_minutes)
        told = self.session.notices.page(
            target=self.target.name, states=TOLD, since=self.now - patience - LATE, limit=MOST_TOLD
        )
        for one in told:
            reached = self._was_reached(one)
            due = one.ended_at is not None and (not reached or one.ended_at + patience <= self.now)
            name = identity_of(self.session.scope.tenant_id, then.target, one.kind, one.subject, one.version)
            if not due or self._is_known(name) or one.kind in {NoticeKind.KILL_SWITCH, NoticeKind.SUMMARY}:
                continue
            if not is_answered(self.session, one):
                words = word_second(one.words, self.target.name, then.after_minutes, reached=reached)
                yield one.passed_on(name, then.target, words, self.now)

    def _was_reached(self, one: Notice) -> bool:
        """Whether the target has it: by itself, or in a summary that went out."""
        summary = self.session.notices.get(one.summed_in) if one.summed_in else None
        return (summary or one).state not in FAILED_TO_TELL

    def _notices_of(self, kind: NoticeKind, name: str, version: int, row: Action) -> Iterator[Notice]:
        if kind in self.target.tells and self._identity_of(kind, name, version) not in self.known:
            incident = self.session.incidents.get(row.incident_id)
            yield from self._notice_on(
                Subject(kind, name, version, incident, row), partial(self._word_action, kind, incident, row)
            )

    def _notice_on(self, subject: Subject, words: Callable[[], NoticeWords]) -> Iterator[Notice]:
        incident, action = subject.incident, subject.action
        severity = incident.severity if incident else None
        muted = incident is not None and incident.muted and subject.kind is not NoticeKind.HARM
        identity = self._identity_of(subject.kind, subject.name, subject.version)
        if muted or not self.target.wants(subject.kind, severity) or self._is_known(identity):
            return
        yield Notice(
            id=identity,
            target=self.target.name,
            kind=subject.kind,
            subject=subject.name,
            version=subject.version,
            incident_id=incident.id if incident else "",
            action_id=action.id if action else "",
            severity=severity,
            words=words(),
            created_at=self.now,
            not_before=self._held_until(subject),
        )

    def _held_until(self, subject: Subject) -> datetime:
        """From when on it may be told: after the windows and mutes that hold its incident back, but for harm."""
        if subject.incident is None or subject.kind is NoticeKind.HARM:
            return self.now
        holds = read_quiet(self.session, self.tenant_now).find_holds(subject.incident)
        return self.now + (holds[0].until - self.tenant_now) if holds else self.now

    def _identity_of(self, kind: NoticeKind, name: str, version: int) -> str:
        return identity_of(self.session.scope.tenant_id, self.target.name, kind, name, version)

    def _is_known(self, identity: str) -> bool:
        """Whether it was written down before, by whomever."""
        if identity not in self.known and self.session.notices.get(identity) is not None:
            self.known.add(identity)
        return identity in self.known

    def _word_action(self, kind: NoticeKind, incident: Incident, row: Action) -> NoticeWords:
        if kind is NoticeKind.HARM:
            asked = f"{row.decision.title} made things worse; see whether it is undone, and what is left to do."
            if row.step is RowKind.UNDO:
                asked = _word_given_up(row)
            return word_notice(kind, incident.headline, asked, link=self.link("incidents", incident=incident.id))
        if row.status is ActionStatus.IN_DOUBT:
            asked = f"Say whether it happened: {row.decision.title}. No clear answer came; what follows is watched."
            return word_notice(kind, incident.headline, asked, link=self.link("inbox", action=row.id))
        return word_notice(
            kind,
            incident.headline,
            f"Approve or reject: {row.decision.title}. {row.still_needs_another}".strip(),
            until=valid_until(row),
            cost=_cost_of(incident),
            link=self.link("inbox", action=row.id),
        )

    def _word_escalated(self, incident: Incident, why: str) -> NoticeWords:
        return word_notice(
            NoticeKind.ESCALATED,
            incident.headline,
            f"Take it over: {why or 'people are needed'}.",
            cost=_cost_of(incident),
            link=self.link("incidents", incident=incident.id),
        )

    def _word_step(self, incident: Incident, event: Event) -> NoticeWords:
        return word_notice(
            NoticeKind.PLAYBOOK,
            incident.headline,
            str(event.payload.get("says", "")),
            link=self.link("incidents", incident=incident.id),
        )

    def _word_switch(self, event: Event) -> NoticeWords:
        told = event.payload
        return word_switch(
            self.session.scope.tenant_id,
            on=SWITCHED[event.kind],
            by=str(told.get("by") or event.principal),
            reason=str(told.get("reason") or ""),
            link=self.link("audit"),
        )

    def link(self, place: str, **ids: str) -> str:
        """The page of the console that shows it."""
        return f"{self.link_url}/{place}?{urlencode({'tenant': self.session.scope.tenant_id, **ids})}"


def _word_given_up(undo: Action) -> str:
    """What to do about an undo that failed as often as it is tried."""
    whom = ", ".join(undo.decision.undo_requests[undo.cohort].merchants) or "nobody by name"
    error = undo.result.error if undo.result else ""
    return (
        f"Take it back by hand, or ask for it once more: the undo of {undo.decision.title} for {whom} failed"
        f" {undo.tries} times, so what was done stands. {error}".strip()
    )


def is_over(session: Session, notice: Notice) -> bool:
    """Whether a message that was not sent yet has nothing to tell any more."""
    if notice.kind in WAITS_FOR_PEOPLE:
        row = session.actions.get(notice.action_id)
        return row.status not in WAITS or row.version != notice.version
    if notice.kind is NoticeKind.ESCALATED:
        incident = session.incidents.get(notice.incident_id)
        return incident.status not in HANDED_OVER or is_taken(incident)
    if notice.kind is NoticeKind.PLAYBOOK:
        run_id, _, step = notice.subject.partition(":")
        run = session.playbooks.get(run_id)
        return run.plan.step(step).by_person and not any(one.id == step for one in run.open_steps())
    return False


def is_answered(session: Session, notice: Notice) -> bool:
    """Whether somebody took what a message told of, or it needs nobody any more."""
    return is_over(session, notice) or is_taken(session.incidents.get(notice.incident_id))


def is_taken(incident: Incident) -> bool:
    """Whether somebody has it, or nobody needs to."""
    return bool(incident.acknowledged_by or incident.assignee or incident.muted) or incident.status in GONE


def _cost_of(incident: Incident) -> str:
    costs = " and ".join(str(money) for money in incident.hourly_costs if money.minor)
    return f"Waiting costs about {costs} an hour." if costs else ""
