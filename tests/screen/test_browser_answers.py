"""An answer that comes slowly, in a real Chromium: what is on the screen meanwhile, and how whoever leaves finds it."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.screen.conftest import up_on_ports
from tests.standins.models import OpenAi, serve_model
from tests.waiting import wait_until

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright on this machine: the browser tests need it")
pytestmark = pytest.mark.browser

PATIENCE = 60_000
FACT = re.compile(r"^\[(\d+)\] <untrusted>(.*)</untrusted>$", re.MULTILINE)


def speak(prompt: str, told: str) -> str:
    return "\n".join(f"As recorded: {fact} [{number}]" for number, fact in FACT.findall(told))


@dataclass
class Hesitant(OpenAi):
    """A model that says the most of an answer and keeps the rest until it is told to go on."""

    go_on: threading.Event = field(default_factory=threading.Event)

    def write(self, text: str, *, streamed: bool) -> Iterator[bytes]:
        parts = list(super().write(text, streamed=streamed))
        yield from parts[:-6]
        self.go_on.wait(60)
        yield from parts[-6:]


def standing_of(api: int) -> str:
    answer = httpx.get(f"http://127.0.0.1:{api}/llm/status", timeout=60, trust_env=False)
    return str(answer.raise_for_status().json()["standing"])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[tuple[str, Hesitant]]:
    """The console of an agent with such a model."""
    with serve_model(Hesitant(talk=speak)) as model:
        assert isinstance(model, Hesitant)
        named = {"CAUSEWAY_LLM": "openai:gpt-5-mini", "CAUSEWAY_LLM_URL": model.model_path(), "OPENAI_API_KEY": "k-1"}
        with up_on_ports(tmp_path_factory.mktemp("coming"), CAUSEWAY_LLM_SECONDS="30", **named) as (api, console):
            wait_until(lambda: standing_of(api) == "ready", 120, "the model")
            yield f"http://127.0.0.1:{console}", model
        model.go_on.set()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    found = browser.new_page(viewport={"width": 1440, "height": 900})
    found.set_default_timeout(PATIENCE)
    sync_api.expect.set_options(timeout=PATIENCE)
    yield found
    found.close()


def ask(page: Any, question: str) -> None:
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")


def see(page: Any, words: str | re.Pattern[str]) -> Any:
    found = page.get_by_text(words).last
    sync_api.expect(found).to_be_visible()
    return found


def test_whoever_leaves_while_a_first_answer_comes_finds_it_under_its_link(
    house: tuple[str, Hesitant], page: Any
) -> None:
    console, model = house
    page.goto(f"{console}/ask?tenant=demo&model=wording")
    ask(page, "What can you do?")
    see(page, "The model is putting it into other words")
    page.wait_for_url(re.compile("conversation=CONV-"))
    link = page.url
    page.reload()
    see(page, "A first answer that is still being written appears here by itself.")
    assert page.url == link
    model.go_on.set()
    see(page, "worded by")
    see(page, "As recorded:")

    model.go_on.clear()
    ask(page, "Which incidents are open?")
    see(page, "The model is putting it into other words")
    sync_api.expect(page.get_by_text("What can you do?").first).to_be_attached()
    assert page.get_by_text("worded by").count() == 1, "the turn before stays on the screen"
    sync_api.expect(page.get_by_text("The model is putting it into other words")).to_be_in_viewport()
    page.get_by_role("link", name="Incidents").click()
    model.go_on.set()
    see(page, "Incidents")
    page.get_by_role("link", name="Ask").click()
    page.get_by_role("button", name="Back to the last conversation").click()
    see(page, "What can you do?")
    page.wait_for_url(re.compile(re.escape(link.rpartition("=")[2])))
