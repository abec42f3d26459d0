"""Words of a model that come while one looks: over the real libraries and servers that speak their wire, an answer is
shown as the rules made it, then with what has passed the gate; assessments and actions are worded by the same rules.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import NotFound
from app.domain.questions import AnswerText, Fallback
from app.schemas.incidents import AskRequest, WordsRequest
from app.services.incidents import ask, ask_streaming, case_words
from tests.loop.conftest import Past
from tests.loop.test_loop_model import Staffed, by_rules, list_worded, staff, tamper, word_plainly
from tests.standins.models import MODELS

WHY = "why did you propose this?"


@pytest.fixture(scope="module", params=list(MODELS))
def staffed(request: pytest.FixtureRequest, first_cycle: Past, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with staff(request.param, first_cycle, tmp_path_factory.mktemp("words"), llm_per_minute=1_000) as opened:
        yield opened


@pytest.fixture
def one(first_cycle: Past, tmp_path: Path) -> Iterator[Staffed]:
    with staff("openai", first_cycle, tmp_path, llm_per_minute=1_000) as opened:
        yield opened


def shown_of(staffed: Staffed, question: str) -> tuple[list[AnswerText], AnswerText]:
    """Every state that was shown, and the kept one."""
    shown: list[AnswerText] = []
    request = AskRequest(question=question, about=staffed.row_id(), model="wording")
    kept = ask.answer_question(staffed.agency.ctx, staffed.agency.scope, request, shown.append)
    return shown, kept.answer


def test_the_answer_of_the_rules_stands_first_and_each_line_that_passes_replaces_it(staffed: Staffed) -> None:
    staffed.server.talk = word_plainly
    rules = by_rules(staffed, WHY)
    shown, kept = shown_of(staffed, WHY)
    assert shown[0].sentences == rules.sentences and shown[0].wording == "rules"
    worded = [sum(bool(one.recorded) for one in state.sentences) for state in (*shown, kept)]
    assert worded == sorted(worded) and len(set(worded)) >= 3 and worded[0] == 0
    for state in (*shown, kept):
        assert [one.recorded or one.text for one in state.sentences] == [one.text for one in rules.sentences]


def test_what_does_not_pass_is_never_shown(staffed: Staffed) -> None:
    rules = by_rules(staffed, WHY)
    staffed.server.talk = lambda prompt, told: tamper(word_plainly(prompt, told))
    shown, kept = shown_of(staffed, WHY)
    assert [state.sentences for state in shown] == [rules.sentences] and kept.fallback is Fallback.GATE


def test_half_a_line_is_never_shown(one: Staffed) -> None:
    one.server.talk = lambda prompt, told: re.sub(r" \[2\]$", " MERCH-99 [2]", word_plainly(prompt, told), flags=re.M)
    rules = by_rules(one, WHY)
    shown, kept = shown_of(one, WHY)
    told = {sentence.text for state in (*shown, kept) for sentence in state.sentences}
    assert told <= {text for each in rules.sentences for text in (each.text, f"As recorded: {each.text}")}
    assert kept.sentences[1] == rules.sentences[1] and kept.sentences[0].recorded


def test_a_model_that_comes_too_late_leaves_what_has_passed_unseen_and_the_answer_of_the_rules(one: Staffed) -> None:
    one.server.troubles.extend(["hang"] * 2)
    shown, kept = shown_of(one, WHY)
    one.server.troubles.clear()
    assert [state.wording for state in shown] == ["rules"] and kept.fallback is Fallback.LATE
    assert kept.sentences == shown[0].sentences


def test_a_stream_ends_with_the_answer_as_it_is_kept_and_begins_with_what_is_wrong(one: Staffed) -> None:
    ctx, scope = one.agency.ctx, one.agency.scope
    request = AskRequest(question=WHY, about=one.row_id(), model="wording")
    states = list(ask_streaming.stream_answer(ctx, scope, request))
    last = states[-1].whole
    assert last is not None and all(state.whole is None for state in states[:-1]) and len(states) >= 3
    (turn,) = ask.read_conversation(ctx, scope, last.conversation_id)
    assert turn.answer == last.answer == states[-1].answer and last.answer.wording != "rules"
    with pytest.raises(NotFound):
        next(ask_streaming.stream_answer(ctx, scope, AskRequest(question=WHY, about="INC-00000000")))


def test_an_assessment_and_an_action_are_worded_from_their_facts_only(one: Staffed) -> None:
    ctx, scope, row = one.agency.ctx, one.agency.scope, one.agency.row(one.row_id())
    plain = case_words.word_case(ctx, scope, row.incident_id, WordsRequest())
    assert plain.action is not None and plain.assessment.wording == plain.action.wording == "rules"
    assert not one.server.heard and row.decision.title in plain.action.sentences[0].text
    before = len(list_worded(one))
    worded = case_words.word_case(ctx, scope, row.incident_id, WordsRequest(model="wording"))
    for told, rules in ((worded.assessment, plain.assessment), (worded.action, plain.action)):
        assert told is not None and told.wording == ctx.model.state().name and told.prompts
        assert [each.recorded or each.text for each in told.sentences] == [each.text for each in rules.sentences]
        assert [each.evidence_ids for each in told.sentences] == [each.evidence_ids for each in rules.sentences]
    assert len(list_worded(one)) == before + 2
    one.server.talk = lambda prompt, told: tamper(word_plainly(prompt, told))
    foul = case_words.word_case(ctx, scope, row.incident_id, WordsRequest(model="wording"))
    assert foul.assessment.sentences == plain.assessment.sentences and foul.assessment.fallback is Fallback.GATE


def test_what_is_concluded_is_said_in_the_language_that_is_wanted(one: Staffed) -> None:
    ctx, scope, row = one.agency.ctx, one.agency.scope, one.agency.row(one.row_id())
    told = {
        code: case_words.word_case(ctx, scope, row.incident_id, WordsRequest(language=code)).assessment.sentences
        for code in ("en", "de", "fr", "es")
    }
    assert len({sentences[0].text for sentences in told.values()}) == 4
    assert not one.server.heard
