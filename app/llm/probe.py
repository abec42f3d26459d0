"""Finds out which model an Ollama serves, by asking it."""

import httpx

PROBE_SECONDS = 0.5


def find_ollama(url: str) -> str:
    """The first model there, or nothing where nobody answers."""
    try:
        reply = httpx.get(f"{url.rstrip('/')}/api/tags", timeout=PROBE_SECONDS, trust_env=False)
        models = reply.raise_for_status().json()["models"]
        return str(models[0]["name"]) if models else ""
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        return ""
