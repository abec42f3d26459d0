"""How attempts ended is a closed list of words: what was stored reads back, and is written in the same words."""

import pytest

from app.domain.action_states import ActionStatus
from app.domain.base import canonical_json
from app.domain.decisions import AttemptEnd, Tried
from app.domain.lessons import Lesson
from app.domain.receipts import ReceiptVerdict
from tests.builders import make_lesson


@pytest.mark.parametrize("word", AttemptEnd)
def test_a_stored_word_reads_back_and_is_written_the_same(word: AttemptEnd) -> None:
    tried = Tried(action_id="ACT-1", cause="c", tool="purge_cache", ended=word, evidence_version=1)
    written = make_lesson(1, outcome=word, earlier=(tried,)).plain()
    assert (written["outcome"], type(written["outcome"])) == (word.value, str)
    assert (written["earlier"][0]["ended"], type(written["earlier"][0]["ended"])) == (word.value, str)
    read = Lesson.model_validate(written)
    assert read.outcome is word and read.earlier[0].ended is word
    assert canonical_json(read.plain()) == canonical_json(written) and f"ended {read.outcome}" == f"ended {word.value}"


def test_whatever_an_action_or_a_receipt_ends_with_is_a_word_for_the_attempt() -> None:
    final = {ActionStatus.EXECUTED, ActionStatus.NOT_APPLIED, ActionStatus.FAILED, ActionStatus.IN_DOUBT}
    assert {one.value for one in (*final, *ReceiptVerdict)} <= set(AttemptEnd)
    assert {one.value for one in ActionStatus} - set(AttemptEnd) == {"PROPOSED", "PENDING", "APPROVED", "SENDING"}
