"""Opens the model that the settings name, or says in a sentence why there is none."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from app.domain.errors import BadConfig
from app.llm.chat import ChatModel, Lines, Prices
from app.llm.probe import find_ollama
from app.llm.prompts import load_prompts
from app.llm.traces import Traces
from app.ports.model import LanguageModel, NoModel
from app.process.large_imports import import_once
from app.settings import Settings

LIBRARIES: Final = {
    "google_genai": "langchain_google_genai",
    "openai": "langchain_openai",
    "ollama": "langchain_ollama",
}
OLLAMA: Final = "http://127.0.0.1:11434"
MOST_WRITTEN: Final = 900
"""Tokens that an answer may have."""
HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class Wanted(NamedTuple):
    """What is to be opened."""

    provider: str
    model: str
    options: Mapping[str, Any]


def open_model(settings: Settings, lines: Lines) -> LanguageModel:
    """The model by `provider:model`; nothing large is imported and nobody is asked before `ChatModel.warm`."""
    if not settings.model:
        return NoModel("neither CAUSEWAY_LLM nor GOOGLE_API_KEY is set")
    provider, _, model = settings.model.partition(":")
    missing = [name for name in ("langchain", LIBRARIES[provider]) if find_spec(name) is None]
    if missing:
        return NoModel(f"{settings.model} needs libraries that are not installed: run 'LLM=1 make run'")
    key = {"google_genai": settings.gemini_key, "openai": settings.openai_key}.get(provider)
    if provider != "ollama" and key is None:
        names = (
            "GOOGLE_API_KEY or GEMINI_API_KEY" if provider == "google_genai" else "CAUSEWAY_LLM_KEY or OPENAI_API_KEY"
        )
        return NoModel(f"{settings.model} needs a key: set {names}")
    _check_address(settings.llm_url)
    options = _list_options(provider, settings, key.get_secret_value() if key else "")
    prices = Prices(settings.llm_usd_in, settings.llm_usd_out)
    prompts = load_prompts(settings.config / "prompts")
    name = settings.model if model else "ollama"
    return ChatModel(
        name, _opener(Wanted(provider, model, options)), prompts, lines, prices, Traces(settings.otlp_endpoint)
    )


def _check_address(url: str | None) -> None:
    """Facts and keys leave encrypted, or not at all."""
    if url is None:
        return
    try:
        parts = urlsplit(url)
        known = parts.hostname is not None and parts.scheme in {"http", "https"}
    except ValueError:
        known = False
    if not known or (parts.scheme == "http" and parts.hostname not in HERE):
        raise BadConfig([f"CAUSEWAY_LLM_URL is {url[:200]!r}; write https://..., or http:// for this machine"])


def _list_options(provider: str, settings: Settings, key: str) -> dict[str, Any]:
    """What each vendor's class calls the same things; no library tries again by itself."""
    seconds = settings.llm_seconds
    if provider == "ollama":
        url = settings.llm_url or OLLAMA
        return {"base_url": url, "client_kwargs": {"timeout": seconds}, "num_predict": MOST_WRITTEN, "temperature": 0}
    most = "max_output_tokens" if provider == "google_genai" else "max_tokens"
    options = {"api_key": key, "timeout": seconds, "max_retries": 0, "temperature": 0, most: MOST_WRITTEN}
    options |= {"max_retries": 1} if provider == "google_genai" else {"stream_usage": True}
    return options | ({"base_url": settings.llm_url} if settings.llm_url else {})


def _opener(wanted: Wanted) -> Callable[[], tuple[str, Any] | str]:
    """What makes the client once it is needed: its name and itself, or a sentence why there is none."""

    def make() -> tuple[str, Any] | str:
        model = wanted.model
        if not model:
            model = find_ollama(str(wanted.options["base_url"]))
            if not model:
                return f"no Ollama with a model answers at {wanted.options['base_url']}"
        import_once("langchain.chat_models", LIBRARIES[wanted.provider])
        from langchain.chat_models import init_chat_model

        opened: Any = init_chat_model(f"{wanted.provider}:{model}", **wanted.options)
        return f"{wanted.provider}:{model}", opened

    return make
