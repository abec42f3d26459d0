"""Questions that were written down, put to an agency: what they name is filled in from what it knows."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.actions import Action
from app.domain.questions import AnswerText
from app.explain.case import Case
from app.explain.questions import understand_parts
from app.explain.readers import KnownNames
from app.schemas.incidents import AskAnswer, AskRequest, IncidentDetail
from app.services.incidents import ask
from app.wording.sentences import word_sentence
from app.wording.titles import Titles, list_titles
from tests.loop.conftest import Agency

QUESTIONS = Path(__file__).parent / "questions"


def read_questions(name: str) -> dict[str, list[dict[str, Any]]]:
    """Everything in a file of questions."""
    found: dict[str, list[dict[str, Any]]] = json.loads((QUESTIONS / f"{name}.json").read_text(encoding="utf-8"))
    return found


@dataclass
class Desk:
    """Somebody who asks an agency."""

    agency: Agency
    row: Action
    names: dict[str, str]

    @classmethod
    def at(cls, agency: Agency) -> "Desk":
        """At an agency whose proposals wait."""
        row = agency.pending("callback_not_https")
        first = agency.incident(row.incident_id)
        other = next(one for one in agency.incidents() if one.id != first.id)
        with agency.ctx.store.read(agency.scope) as session:
            everyone = [one.id for one in session.merchants.all()]
        hit = {name for one in agency.incidents() for name in one.merchants}
        names = {"incident": first.id, "incident2": other.id, "action": row.id, "merchant": first.merchants[0]}
        names |= {"merchant2": first.merchants[-1], "outsider": next(one for one in everyone if one not in hit)}
        return cls(agency, row, names)

    def fill(self, question: str) -> str:
        """The question with what it names."""
        for name, value in self.names.items():
            question = question.replace("{" + name + "}", value)
        return question

    def ask(self, question: str, about: str | None = None, conversation: str | None = None) -> AskAnswer:
        """Put it, in a conversation or by itself."""
        request = AskRequest(question=self.fill(question), about=about, conversation_id=conversation)
        return ask.answer_question(self.agency.ctx, self.agency.scope, request)

    def known(self) -> KnownNames:
        """What a question can name here."""
        with self.agency.ctx.store.read(self.agency.scope) as session:
            return ask.read_known_names(self.agency.ctx, self.agency.scope, session)

    def titles(self) -> Titles:
        """The titles that are said in other languages."""
        config = self.agency.ctx.config
        return list_titles(self.agency.ctx.pack(self.agency.scope), config.tools, config.policies.rules)

    def case_of(self, whole: IncidentDetail) -> Case:
        """What was recorded about the incident of the action, without its decision."""
        return Case(
            incident=whole.incident,
            dossier=whole.dossier,
            assessment=whole.assessment,
            action=self.row,
            evidence={row.id: row for row in whole.evidence},
        )

    def is_put_right(self, told: str, answer: AnswerText) -> bool:
        """Whether an answer says how it really is, where its question took something wrong for granted."""
        text = " ".join([*(one.text for one in answer.sentences), *answer.unknown])
        row, speak = self.row, answer.language
        title = self.titles().word_title(speak, row.decision.title)
        named = {"id": row.id, "title": title, "status": row.status.value}
        if told == "not_proposed":
            return str(row.decision.tool) in text and title in text and row.incident_id in text
        if told == "not_affected":
            return word_sentence(speak, "merchant_sound", name=self.names["outsider"]) in text
        if told == "nobody_approved":
            return word_sentence(speak, "nobody_decided", **named) in text
        if told == "not_done":
            return word_sentence(speak, "not_carried_out", **named) in text
        if told == "was_asked":
            return word_sentence(speak, "people_asked", **named) in text
        return bool(answer.unknown) and not answer.sentences


def understood_rightly(desk: Desk, one: dict[str, Any]) -> bool:
    """Whether a question alone is understood as what it was meant as."""
    known = desk.known()
    parts = understand_parts(desk.fill(one["question"]), known)
    return [part.kind for part in parts] == [one["kind"]]
