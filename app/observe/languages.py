"""In which language a message is written; unknown where too little of it is language."""

from functools import cache, lru_cache
from typing import Any

from app.observe.words import telling_tokens
from app.process.large_imports import import_once

UNKNOWN = "unknown"
SURE = 0.6
"""Below this probability a language is not named."""


@lru_cache(maxsize=4_096)
def language_of(text: str) -> str:
    """The ISO code of a text's language, or 'unknown'."""
    words = [token for token in telling_tokens(text[:1_000]) if not any(mark.isdigit() for mark in token)]
    if not words:
        return UNKNOWN
    code, probability = _identifier().classify(text[:1_000])
    return str(code) if probability >= SURE else UNKNOWN


@cache
def _identifier() -> Any:
    import_once("numpy", "py3langid.langid")
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
