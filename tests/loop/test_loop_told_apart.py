"""What is told about one incident is its own: its ending, the attributes of its day, what was seen of it; and nobody is
called healthy who is in another one.
"""

import dataclasses

from langgraph.runtime import Runtime

from app.domain.hypotheses import UNKNOWN
from app.domain.incidents import Incident
from app.domain.knowledge import Passage
from app.domain.tenants import Scope
from app.schemas.incidents import AskRequest
from app.services.incidents import ask, cases
from graph.nodes.reason import reason
from tests.builders import make_incident, make_lesson
from tests.loop.conftest import Agency
from tests.loop.test_loop_repeats import CALLBACK


def judged_with_a_neighbour(agency: Agency, neighbour: str) -> Incident:
    """An incident whose dossier says of this shop that it is healthy, and alike."""
    row = agency.pending(CALLBACK)
    with agency.ctx.store.write(agency.scope) as session:
        seq = session.incidents.last_step(row.incident_id)
        steps = session.incidents.steps(row.incident_id)
        output = next(one.output for one in steps if one.step == "observe")
        blast = {**output["blast"], "at_risk": [neighbour]}
        now = agency.ctx.clock(agency.scope).now()
        session.incidents.put_step(row.incident_id, "observe", {**output, "blast": blast}, at=now, seq=seq + 1)
        return session.incidents.get(row.incident_id)


def a_stranger(agency: Agency) -> str:
    """A shop that is in no open incident."""
    named = {merchant for incident in agency.incidents() for merchant in incident.merchants}
    with agency.ctx.store.read(agency.scope) as session:
        return next(one.id for one in session.merchants.all() if one.id not in named)


def test_a_bill_is_judged_with_the_attributes_of_the_decision(asking: Agency) -> None:
    neighbour = a_stranger(asking)
    incident = judged_with_a_neighbour(asking, neighbour)
    before = cases.report_risk(asking.ctx, asking.scope, incident.id)
    assert before.lost_revenue and before.at_risk == [neighbour]
    with asking.ctx.store.write(asking.scope) as session:
        session.merchants.put(
            [
                one.changed(average_order_value=one.average_order_value * 100, attributes={}, wave=99)
                for one in session.merchants.all()
            ]
        )
    after = cases.report_risk(asking.ctx, asking.scope, incident.id)
    assert after == before


def test_a_shop_in_an_open_incident_is_never_called_healthy(asking: Agency) -> None:
    neighbour = a_stranger(asking)
    incident = judged_with_a_neighbour(asking, neighbour)
    question = AskRequest(question="who is affected?", about=incident.id)

    def told() -> tuple[list[str], str, str]:
        report = cases.report_risk(asking.ctx, asking.scope, incident.id)
        answer = ask.answer_question(asking.ctx, asking.scope, question).answer
        said = " ".join(sentence.text for sentence in answer.sentences)
        return report.at_risk, " ".join(report.sentences), said

    at_risk, sentences, said = told()
    assert at_risk == [neighbour] and neighbour in sentences and neighbour in said
    with asking.ctx.store.write(asking.scope) as session:
        session.incidents.add(make_incident(77, key="another", merchants=(neighbour,)))
    at_risk, sentences, said = told()
    assert at_risk == [] and neighbour not in sentences and neighbour not in said
    detail = cases.read_incident(asking.ctx, asking.scope, incident.id)
    assert detail.dossier is not None and detail.dossier.blast.at_risk == ()


def test_an_ending_is_told_only_of_its_own_incident(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    elsewhere = make_lesson(1, incident_id="INC-ELSEWHERE", cause=CALLBACK, summary="It was cured elsewhere.")
    with asking.ctx.store.write(asking.scope) as session:
        session.lessons.add(elsewhere)
    detail = cases.read_incident(asking.ctx, asking.scope, row.incident_id)
    assert detail.lessons == [] and [one.id for one in detail.lessons_of_others] == [elsewhere.id]


def test_a_conversation_stays_with_its_incident_when_a_question_names_none(asking: Agency) -> None:
    dearest, *others = sorted(
        (row for row in asking.rows() if row.status.value == "PENDING"),
        key=lambda row: -asking.incident(row.incident_id).cost_of_waiting,
    )
    other = next(row for row in others if row.incident_id != dearest.incident_id)

    def say(words: str, about: str | None = None, conversation: str | None = None) -> tuple[str | None, str]:
        wanted = AskRequest(question=words, about=about, conversation_id=conversation)
        told = ask.answer_question(asking.ctx, asking.scope, wanted)
        return told.answer.about, told.conversation_id

    about, conversation = say("why did you propose this?", other.id)
    assert about == other.id
    assert say("did it work?", conversation=conversation)[0] == other.id
    assert say(f"did it work for {dearest.incident_id}?", conversation=conversation)[0] == dearest.id
    assert asking.incident(dearest.incident_id).id == dearest.incident_id


@dataclasses.dataclass
class Shelf:
    """Runbooks that remember what was looked up."""

    asked: list[str] = dataclasses.field(default_factory=list)

    def search(self, scope: Scope, query: str, *, k: int) -> list[Passage]:
        self.asked.append(query)
        return []


def test_runbooks_summary_and_questions_of_an_unknown_cause_are_about_what_was_seen(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    steps = cases.read_incident(asking.ctx, asking.scope, row.incident_id).steps
    dossier = next(one.output for one in steps if one.step == "observe")
    shelf = Shelf()
    ctx = dataclasses.replace(asking.ctx.node_context(asking.scope), retriever=shelf)
    known = reason({"dossier": dossier}, Runtime(context=ctx))["assessment"]
    seen = {"codes": {"TAX_TABLE_EMPTY": 9}, "endpoints": {"/api/v3/tax/quote": 9}, "statuses": {"500": 9}}
    nothing = {
        "texts": {},
        "meanings": {},
        "attributes": {},
        "symptoms": {},
        "topics": {},
        "signal_types": {},
        "stages": {},
    }
    strange = {**dossier, "title": "Taxes", "facts": {**dossier["facts"], **seen, **nothing}}
    unknown = reason({"dossier": strange}, Runtime(context=ctx))["assessment"]
    assert [told["hypotheses"][0]["cause"] for told in (known, unknown)] == [CALLBACK, UNKNOWN]
    assert shelf.asked == [
        ctx.pack.cause(CALLBACK).runbook_query,
        "Taxes tax table empty /api/v3/tax/quote",
    ]
    assert "Seen: 9 with TAX_TABLE_EMPTY, 9 with /api/v3/tax/quote." in unknown["summary"]
    asked = [one.removeprefix("To check: ") for one in unknown["uncertainties"] if one.startswith("To check: ")]
    assert asked[0] == "What makes TAX_TABLE_EMPTY be answered at /api/v3/tax/quote?"
    wrong = [question for cause in ctx.pack.causes for question in cause.questions]
    assert wrong and not set(asked) & set(wrong)
