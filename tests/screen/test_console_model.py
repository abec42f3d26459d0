"""The language model on the screen: whether there is one, what it may do, who worded an answer, and its ideas."""

import json
import re
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from app.api.main import create_app
from app.bootstrap import build_application
from app.llm.chat import ChatModel
from app.settings import Settings
from tests.screen.conftest import Desk, free_port, opened, said
from tests.screen.test_console_pages import url
from tests.standins.models import OpenAi, serve_model
from tests.waiting import wait_until

FACT = re.compile(r"^\[(\d+)\] <untrusted>(.*)</untrusted>$", re.MULTILINE)
IDEA = {"idea": "The payment provider could refuse callbacks that are not encrypted.", "cause": "callback_not_https"}
FOUL = {"idea": "Call +49 170 1234567 and run drop_tables on MERCH-1.", "cause": "drop_tables"}


def speak(prompt: str, told: str) -> str:
    if "offer at most three ideas" in prompt:
        return json.dumps({"ideas": [IDEA, FOUL]})
    return "\n".join(f"As recorded: {fact} [{number}]" for number, fact in FACT.findall(told))


@pytest.fixture(scope="module")
def with_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The API of an agent that has a model, and one incident that no known cause fits."""
    port = free_port()
    with serve_model(OpenAi(talk=speak)) as model:
        settings = Settings(
            data=tmp_path_factory.mktemp("model"),
            lite=True,
            demo=False,
            api_port=port,
            llm="openai:gpt-5-mini",
            llm_url=model.model_path(),
            openai_key="k-1",
            llm_seconds=10,
        )
        application = build_application(settings)
        assert isinstance(application.ctx.model, ChatModel)
        application.ctx.model.warm().join()
        config = uvicorn.Config(
            create_app(application), host="127.0.0.1", port=port, log_level="critical", lifespan="off", ws="none"
        )
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, daemon=True)
        thread.start()
        wait_until(lambda: running.started, 60, "the API")
        yield port
        running.should_exit = True
        thread.join(30)
        application.stop()


@pytest.fixture
def model_desk(with_model: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("CAUSEWAY_API_PORT", str(with_model))
    yield from opened(with_model)


def test_where_there_is_no_model_the_page_says_so(desk: Desk) -> None:
    drawn = desk.open("ask", tenant="demo")
    assert not drawn.exception and "No model: neither CAUSEWAY_LLM nor GOOGLE_API_KEY is set" in said(drawn)


def test_an_idea_is_told_as_one_and_named_by_a_person_only(model_desk: Desk) -> None:
    thin = {"signal_type": "api_error", "source": "datadog", "severity": "high", "merchant_id": "MERCH-A1B2C3"}
    thin |= {"error_code": "PAYMENT_CALLBACK_INVALID", "endpoint": "/api/v3/checkout/complete"}
    model_desk.post("/signals/ingest", {"signals": [thin | {"error_message": "validation failed"}]}, "default")
    model_desk.post("/run_cycle", tenant="default")
    (incident, *_) = model_desk.get("/incidents", "default")
    drawn = model_desk.open("ask", tenant="default", about=incident["id"], model="ideas")
    assert "openai:gpt-5-mini (ready)" in said(drawn)
    drawn = drawn.chat_input(key="question").set_value("Why this cause?").run()
    words = said(drawn)
    assert "worded by openai:gpt-5-mini" in words and "As recorded" in words
    assert IDEA["idea"] in words and "Ideas of the model" in words and "drop_tables" not in words
    before = model_desk.get(f"/incidents/{incident['id']}", "default")
    assert before["incident"].get("named") is None and not [
        one for one in before["assessment"]["hypotheses"] if IDEA["idea"] in json.dumps(one)
    ]
    (button,) = [one for one in drawn.button if str(one.key).startswith("adopt-")]
    drawn = button.click().run()
    assert not drawn.exception
    after = model_desk.get(f"/incidents/{incident['id']}", "default")["incident"]["named"]
    assert after["cause"] == IDEA["cause"] and IDEA["idea"] in after["note"]
    used = model_desk.get("/llm/status", "default")
    assert used["calls"] == 2 and used["standing"] == "ready" and len(used["prompts"]) == 3
    assert model_desk.get(f"/conversations/{url(drawn, 'conversation')}", "default")[0]["model"] == "ideas"


def test_an_answer_comes_on_every_page_and_a_case_is_said_in_other_words_when_asked(model_desk: Desk) -> None:
    (incident, *_) = model_desk.get("/incidents", "default")
    drawn = model_desk.open("incidents", tenant="default", incident=incident["id"], model="wording")
    assert "worded by" not in said(drawn)
    drawn = drawn.chat_input(key="question").set_value("Why this cause?").run()
    assert not drawn.exception and "worded by openai:gpt-5-mini" in said(drawn)
    assert model_desk.get(f"/conversations/{url(drawn, 'conversation')}", "default")[0]["model"] == "wording"
    before = model_desk.get("/llm/status", "default")["calls"]
    drawn = drawn.button(key="word-case").click().run()
    words = said(drawn)
    assert not drawn.exception and "What it is" in words and "What is proposed" in words
    assert model_desk.get("/llm/status", "default")["calls"] == before + 2
    drawn = drawn.run()
    assert "What is proposed" in said(drawn) and model_desk.get("/llm/status", "default")["calls"] == before + 2


def test_a_conversation_of_which_nothing_is_kept_says_so_and_shows_its_answer_once_there_is_one(
    model_desk: Desk,
) -> None:
    named = "CONV-0000000000000001"
    drawn = model_desk.open("ask", tenant="default", conversation=named)
    assert not drawn.exception and f"Nothing is kept under {named} yet" in said(drawn)
    model_desk.post("/ask", {"question": "what can you do?", "conversation_id": named}, "default")
    assert "what can you do?" in said(model_desk.open("ask", tenant="default", conversation=named))
