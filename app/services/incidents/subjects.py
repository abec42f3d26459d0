"""What a question is about: the incident, and perhaps the action, that an id or a merchant leads to; or the sentence
that there is none. Never another one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.context import EVERY_ONE
from app.domain.actions import Action
from app.domain.errors import NotFound
from app.domain.incidents import ACTIVE, Incident
from app.ports.store import Session
from app.wording.sentences import word_sentence

CHUNK_ID = re.compile("[0-9a-fA-F]{64}")
Subject = tuple[Incident, Action | None]


@dataclass(frozen=True)
class SubjectFinder:
    """Looks subjects up in one transaction; what it cannot find it says in the language of the question."""

    session: Session
    language: str = "en"

    def find_subject(self, about: str | None, names: Sequence[str]) -> Subject | str | None:
        """What the question itself names comes first, then what it was asked beside, and only then the incident that
        costs most now; None when there is no incident at all.
        """
        beside = self.follow_name(about) if about else None
        if about and isinstance(beside, str) and not names:
            raise NotFound(beside)
        found = [self.follow_name(name) for name in names]
        for one in found:
            if isinstance(one, str):
                return one
        if isinstance(beside, tuple) and all(self._belongs(name, beside[0]) for name in names):
            return beside
        if found:
            return found[0]
        still = self.session.incidents.page(statuses=ACTIVE, limit=EVERY_ONE)
        return beside or _find_dearest(still or self.session.incidents.page(limit=1))

    def follow_name(self, name: str) -> Subject | str:
        """The incident (and action) that an id leads to, or the sentence that there is none."""
        kind = name.partition("-")[0].upper()
        if kind == "INC":
            return self._read_incident(name.upper()) or self._say("no_incident_id", name)
        if kind == "ACT":
            return self._read_action(name.upper()) or self._say("no_action_id", name)
        if kind == "SIG":
            return self._follow_signal(name)
        if kind == "EV":
            known = (
                incident
                for incident in self.session.incidents.page(limit=EVERY_ONE)
                if name.upper() in self.session.incidents.evidence(incident.id)
            )
            return next(((incident, None) for incident in known), self._say("no_evidence_id", name))
        if kind == "DOC" or CHUNK_ID.fullmatch(name):
            return self._follow_document(name)
        return self._follow_merchant(name)

    def _say(self, key: str, name: str, **values: object) -> str:
        return word_sentence(self.language, key, name=name, **values)

    def _belongs(self, name: str, incident: Incident) -> bool:
        """Whether an id that is no incident and no action is part of this incident: then the question stays about what
        it was asked beside.
        """
        kind = name.partition("-")[0].upper()
        if kind == "SIG":
            return self.session.signals.incidents_of([_spell_signal(name)]).get(_spell_signal(name)) == incident.id
        if kind == "EV":
            return name.upper() in self.session.incidents.evidence(incident.id)
        return any(merchant.upper() == name.upper() for merchant in incident.merchants)

    def _read_incident(self, name: str) -> Subject | None:
        try:
            return self.session.incidents.get(name), None
        except NotFound:
            return None

    def _read_action(self, name: str) -> Subject | None:
        try:
            action = self.session.actions.get(name)
        except NotFound:
            return None
        return self.session.incidents.get(action.incident_id), action

    def _follow_signal(self, name: str) -> Subject | str:
        joined = self.session.signals.incidents_of([_spell_signal(name)])
        if joined:
            return self.session.incidents.get(joined[_spell_signal(name)]), None
        known = self.session.signals.get([_spell_signal(name)])
        return self._say("signal_alone" if known else "no_signal_id", name)

    def _follow_document(self, name: str) -> str:
        """A document is no incident: what it is, or that it is not here."""
        known = {document.id.upper(): document for document in self.session.knowledge.documents()}
        passages = self.session.knowledge.chunks([name.lower()]) if CHUNK_ID.fullmatch(name) else []
        document = known.get(name.upper()) or next((one for one, _ in passages), None)
        if document is None:
            return self._say("no_document", name)
        return self._say("a_document", name, title=document.title, trust=document.trust.value)

    def _follow_merchant(self, name: str) -> Subject | str:
        """The dearest open incident of a merchant, else its latest one."""
        every = self.session.incidents.page(limit=EVERY_ONE)
        theirs = [one for one in every if name.upper() in {merchant.upper() for merchant in one.merchants}]
        found = _find_dearest([incident for incident in theirs if incident.status in ACTIVE] or theirs[:1])
        if found:
            return found
        known = self.session.merchants.get(name) or self.session.merchants.get(name.upper())
        return self._say("merchant_sound" if known else "no_merchant", name)


def _find_dearest(known: Sequence[Incident]) -> Subject | None:
    most = max(known, key=lambda incident: (incident.cost_of_waiting, incident.severity.rank), default=None)
    return (most, None) if most else None


def _spell_signal(name: str) -> str:
    return f"SIG-{name[4:].lower()}"
