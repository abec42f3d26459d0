"""Fills the texts of a live block. A name in braces is replaced; nothing in them is ever carried out."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote

from app.domain.base import Json, canonical_json
from app.domain.errors import BadInput

NAME: Final = re.compile(
    r"\{(?P<name>(?:(?:value|secret)\.[a-z][a-z0-9_]*(?:\[(?P<key>[a-z][a-z0-9_]*)\])?)|[a-z][a-z0-9_]*)"
    r"(?:\|(?P<filter>[a-z]+))?\}"
)
"""Spaces make it text: GraphQL is full of braces."""
LEFT_OPEN: Final = frozenset({"key", "found"})
"""What is known only when it is sent: the key of the attempt, and the id of what is to be taken away."""
OPENING, CLOSING = "\ue000", "\ue001"
"""Around what stays open while words are filled in, so that a word that looks like it is told from it."""
BARE: Final = str.maketrans("", "", OPENING + CLOSING)
Words = Mapping[str, Json]


def names_in(template: Json) -> Iterator[str]:
    """Every name in a template of any depth, as it is written, without its filter."""
    if isinstance(template, str):
        yield from (found["name"] for found in NAME.finditer(template))
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from names_in(value)
    elif isinstance(template, list | tuple):
        for value in template:
            yield from names_in(value)


def fill_holes(template: Json, words: Words) -> Json:
    """The template with its names replaced; a text that is one name keeps the type of its word."""
    if isinstance(template, str):
        whole = NAME.fullmatch(template)
        if whole and not _stays(whole["name"]) and not whole["filter"]:
            return _word(whole, words)
        return NAME.sub(lambda found: _as_text(found, words), template)
    if isinstance(template, Mapping):
        return {key: fill_holes(value, words) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [fill_holes(value, words) for value in template]
    return template


def fill_body(template: Json, words: Words) -> str:
    """A body as JSON. A word that looks like something left open is spelled so that it never is: a text of somebody
    else cannot ask for a secret.
    """
    text = canonical_json(fill_holes(template, words)).decode()
    return _reopen(NAME.sub(lambda found: f"\\u007b{found[0][1:]}", text))


def fill_header(template: str, words: Words) -> str:
    """The value of a header; BadInput for a word that looks like something left open."""
    text = str(fill_holes(template, words))
    if NAME.search(text):
        raise BadInput("a header cannot hold what is written like a name in braces")
    return _reopen(text)


def fill_path(template: str, words: Words) -> str:
    """A path whose words can neither add nor leave a segment."""

    def encoded(found: re.Match[str]) -> str:
        text = _as_text(found, words)
        if _stays(found["name"]):
            return found[0]
        parts = text.split("/") if found["filter"] == "path" else [text]
        if {"", ".", ".."} & set(parts):
            raise BadInput(f"{found['name']} cannot be part of an address")
        return "/".join(quote(part, safe="") for part in parts)

    return NAME.sub(encoded, template)


def fill_late(text: str, late: Mapping[str, str], *, within: str) -> str:
    """What was left open, filled in as the place demands: `path`, `json`, or `header`."""

    def filled(found: re.Match[str]) -> str:
        word = late.get(found["name"])
        if word is None:
            return found[0]
        if found["filter"] == "basic":
            word = base64.b64encode(word.encode()).decode()
        if within == "path":
            return quote(word, safe="")
        return json.dumps(word, ensure_ascii=False)[1:-1] if within == "json" else word

    return NAME.sub(filled, text)


def _stays(name: str) -> bool:
    return name in LEFT_OPEN or name.startswith("secret.")


def _as_text(found: re.Match[str], words: Words) -> str:
    if _stays(found["name"]):
        return f"{OPENING}{found[0][1:-1]}{CLOSING}"
    word = _word(found, words)
    text = word if isinstance(word, str) else json.dumps(word, ensure_ascii=False)
    if found["filter"] == "escaped":
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()) if found["filter"] == "enum" else text


def _word(found: re.Match[str], words: Words) -> Json:
    name, key = found["name"].split("[")[0], found["key"]
    word = words.get(name)
    if key is not None:
        word = word.get(str(words.get(key))) if isinstance(word, Mapping) else None
    if word is None:
        raise BadInput(f"nothing is known for {found['name']}, which its live block names", name=found["name"])
    return _bare(word)


def _bare(word: Json) -> Json:
    """A word without the marks that only we set."""
    if isinstance(word, str):
        return word.translate(BARE)
    if isinstance(word, Mapping):
        return {str(_bare(key)): _bare(value) for key, value in word.items()}
    return [_bare(one) for one in word] if isinstance(word, list | tuple) else word


def _reopen(text: str) -> str:
    return text.replace(OPENING, "{").replace(CLOSING, "}")
