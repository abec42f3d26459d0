"""A model is opened by its name, or it is said in a sentence why there is none."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.connectors.breaker import Breakers
from app.domain.errors import BadConfig
from app.llm import opened
from app.llm.opened import open_model
from app.llm.prompts import load_prompts
from app.ports.model import ModelStanding
from app.settings import PROJECT, Settings


def wanted(**settings: object) -> Settings:
    return Settings.model_validate({"gemini_key": None, "openai_key": None, **settings})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, "neither CAUSEWAY_LLM nor GOOGLE_API_KEY is set"),
        ({"llm": "google_genai:gemini-3.8-flash"}, "set GOOGLE_API_KEY or GEMINI_API_KEY"),
        ({"llm": "openai:gpt-5-mini"}, "set CAUSEWAY_LLM_KEY or OPENAI_API_KEY"),
    ],
)
def test_without_a_name_or_a_key_there_is_none(settings: dict[str, object], reason: str) -> None:
    state = open_model(wanted(**settings), Breakers()).state()
    assert state.standing is ModelStanding.NONE and reason in state.reason


@pytest.mark.parametrize("name", ["GOOGLE_API_KEY", "GEMINI_API_KEY"])
def test_a_key_of_gemini_is_enough(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "CAUSEWAY_LLM"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "k-1")
    state = open_model(Settings(), Breakers()).state()
    assert (state.name, state.standing) == ("google_genai:gemini-3.8-flash", ModelStanding.STARTING)


def test_without_its_libraries_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "find_spec", lambda name: None)
    assert "LLM=1 make run" in open_model(wanted(llm="openai:x", openai_key="k"), Breakers()).state().reason


@pytest.mark.parametrize("name", ["gpt-5", "openai:", "openai:a b", "azure:x", "openai:../x\n"])
def test_a_name_of_another_form_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        wanted(llm=name)


@pytest.mark.parametrize("url", ["http://models.example/v1", "ftp://127.0.0.1", "models.example", "http://[broken"])
def test_facts_and_keys_leave_encrypted_or_stay_on_this_machine(url: str) -> None:
    with pytest.raises(BadConfig, match="CAUSEWAY_LLM_URL"):
        open_model(wanted(llm="openai:x", openai_key="k", llm_url=url), Breakers())


def test_every_prompt_has_a_version_and_a_changed_text_is_another_one(tmp_path: Path) -> None:
    shipped = load_prompts(PROJECT / "config" / "prompts")
    for name, prompt in shipped.items():
        (tmp_path / f"{name}.md").write_text(f"---\nversion: 1\n---\n{prompt.text}\n", "utf-8")
    assert load_prompts(tmp_path) == shipped
    (tmp_path / "wording.md").write_text("---\nversion: 1\n---\nother words\n", "utf-8")
    assert load_prompts(tmp_path)["wording"].version != shipped["wording"].version
    (tmp_path / "ideas.md").write_text("no version\n", "utf-8")
    with pytest.raises(BadConfig, match=r"ideas\.md"):
        load_prompts(tmp_path)
