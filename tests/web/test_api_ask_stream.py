"""An answer that is seen as it comes: a line for each state of it, and the same as POST /ask at the end."""

import json

import pytest
from fastapi.testclient import TestClient

from app.schemas.incidents import AskProgress


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "stream-1"}])
def test_the_last_line_is_the_kept_answer_whether_the_request_has_a_key_or_not(
    client: TestClient, headers: dict[str, str]
) -> None:
    told = client.post("/ask/stream", json={"question": "what can you do?"}, headers=headers)
    assert told.status_code == 200 and told.headers["content-type"].startswith("application/x-ndjson")
    first, *_, last = [AskProgress.model_validate_json(line) for line in told.text.splitlines()]
    assert first.whole is None and first.answer.sentences == last.answer.sentences != ()
    assert last.whole is not None
    assert first.conversation_id == last.conversation_id == last.whole.conversation_id
    (turn,) = client.get(f"/conversations/{last.whole.conversation_id}").json()
    assert turn["answer"] == json.loads(last.whole.answer.model_dump_json())
    if headers:
        again = client.post("/ask/stream", json={"question": "what can you do?"}, headers=headers)
        assert again.text == told.text


def test_a_question_about_what_is_not_there_is_refused_before_the_first_line(client: TestClient) -> None:
    told = client.post("/ask/stream", json={"question": "why?", "about": "INC-00000000"})
    assert told.status_code == 404 and "INC-00000000" in told.json()["detail"]
    assert client.post("/incidents/INC-00000000/words", json={}).status_code == 404
