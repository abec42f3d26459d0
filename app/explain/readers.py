"""What a question names: ids, merchants, tools, causes, waves, times and numbers, each read by its own reader. What was
read stands as a mask in what the matcher gets, so that a name never decides of which kind a question is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from app.explain.inquiry import Inquiry
from app.explain.matcher import load_matcher
from app.explain.merchant_names import MerchantNames
from app.explain.plain_text import count_edits, list_words, plain_form

_NAMED = re.compile(
    r"(?<![\w-])(?:(?:INC|ACT|SIG|EV|DOC|MERCH)-[A-Za-z0-9][A-Za-z0-9_.:-]*[A-Za-z0-9]|[0-9a-f]{64})(?![\w-])",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b([01]?\d|2[0-3])(?:[:h]| uhr )([0-5]\d)\b|\b([01]?\d|2[0-3]) ?(?:uhr|h|o'?clock)\b")
_WAVE = re.compile(r"\b([a-z]{3,7})\s*(?:nr\.?|no\.?|#)?\s*(\d{1,3})\b|\bw(\d{1,3})\b")
_SNAKE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_NUMBERED = re.compile(r"\b[a-z]+_\d+\b")
"""An id of some system: a merchant's where nothing else of that form is known."""
_NUMBER = re.compile(r"(?<![\w.-])\d+(?:[.,]\d+)?(?![\w-])")
WAVES: Final = ("wave", "waves", "welle", "vague", "oleada", "ola", "onda")
MASKS: Final = {"INC": "xincidentx", "ACT": "xactionx", "MERCH": "xmerchantx"}
TOOL_WORDS: Final = {
    "purge_cache": (("cache", "zwischenspeicher"), ("purg", "clear", "empt", "flush", "leer", "vid", "vaci", "limpi")),
    "rotate_token": (("token", "jeton"), ("rotat", "renew", "issue", "erneuer", "rotier", "renouvel", "rota", "renov")),
    "adjust_rate_limit": (("rate", "limit", "sync", "debit"), ("adjust", "lower", "slow", "anpass", "senk", "ajust")),
    "update_callback_url": (("callback", "ruckruf"), ("updat", "correct", "chang", "korrig", "ander", "corrig")),
    "resubscribe_webhook": (("webhook",), ("resubscri", "subscri", "abonn", "suscri")),
}
"""How else people call a tool, by stems that must stand in a question together; one the tenant has not is left out."""


@dataclass(frozen=True)
class KnownNames:
    """What can be named: merchants, tools and causes, each id with what people call it."""

    merchants: Mapping[str, str] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)
    causes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def called(self) -> MerchantNames:
        """Merchants by name and by id, as they stand in a plain text."""
        named = {plain_form(name): one for one, name in self.merchants.items() if name}
        return MerchantNames(named | {plain_form(one): one for one in self.merchants})


@dataclass(frozen=True)
class ReadQuestion:
    """What it names, and the question with masks in their places."""

    asked: Inquiry
    masked: str


def list_ids(question: str) -> tuple[str, ...]:
    """The ids that stand in a question, as they are written there, each once."""
    return tuple(dict.fromkeys(_NAMED.findall(question[:2_000])))


def read_names(question: str, known: KnownNames) -> ReadQuestion:
    """Every name in a question, and what is left for the matcher."""
    ids = list_ids(question)
    masked = plain_form(
        _NAMED.sub(lambda one: f" {MASKS.get(one[0].partition('-')[0].upper(), 'xincidentx')} ", question)
    )
    clock = _CLOCK.search(masked)
    masked = _CLOCK.sub(" xtimex ", masked)
    waves, masked = _read_waves(masked)
    shops, masked = known.called.read(masked, load_matcher().speller.knows)
    strangers = tuple(dict.fromkeys(_NUMBERED.findall(masked)))
    masked = _NUMBERED.sub(" xmerchantx ", masked)
    tools, masked = _read_tools(masked, known.tools)
    causes, masked = _read_causes(masked, known.causes)
    masked = _SNAKE.sub(" xtoolx ", masked)
    upper = [one.upper() for one in ids]
    spelled = {one.upper(): one for one in known.merchants}
    merchants = [spelled.get(one, one) for one in upper if one.startswith("MERCH-")]
    asked = Inquiry(
        text=question,
        incidents=tuple(one for one in upper if one.startswith("INC-")),
        actions=tuple(one for one in upper if one.startswith("ACT-")),
        merchants=tuple(dict.fromkeys([*merchants, *shops, *strangers])),
        tools=tools,
        causes=causes,
        waves=waves,
        numbers=tuple(float(one.replace(",", ".")) for one in _NUMBER.findall(masked)),
        clock=f"{int(clock[1] or clock[3]):02d}:{clock[2] or '00'}" if clock else "",
    )
    return ReadQuestion(asked, masked)


def _read_waves(text: str) -> tuple[tuple[int, ...], str]:
    found: list[int] = []

    def mask(match: re.Match[str]) -> str:
        word, number = match[1], match[2] or match[3]
        if word and not any(count_edits(word, one, 1) <= (len(one) > 3) for one in WAVES):
            return match[0]
        found.append(int(number))
        return " xwavex "

    masked = _WAVE.sub(mask, text)
    return tuple(dict.fromkeys(found)), masked


def _read_tools(text: str, known: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    found = [one for one in known if re.search(rf"\b{re.escape(one)}\b", text)]
    for one in found:
        text = re.sub(rf"\b{re.escape(one)}\b", " xtoolx ", text)
    words = list_words(text)
    for one in known:
        parts = one.split("_")
        if one not in found and len(parts) > 1 and all(_stands_in(part, words) for part in parts):
            found.append(one)
            text = _mask_words(text, parts, "xtoolx")
    for one, groups in TOOL_WORDS.items():
        if one in known and one not in found and all(any(_begins(stem, words) for stem in group) for group in groups):
            found.append(one)
            text = _mask_stems(text, [stem for group in groups for stem in group])
    return tuple(found), text


def _read_causes(text: str, known: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    found = [one for one in known if re.search(rf"\b{re.escape(one)}\b", text)]
    for one in found:
        text = re.sub(rf"\b{re.escape(one)}\b", " xcausex ", text)
    words = list_words(text)
    for one in known:
        parts = [part for part in one.split("_") if len(part) > 2]
        if one not in found and len(parts) > 1 and all(_stands_in(part, words) for part in parts):
            found.append(one)
            text = _mask_words(text, parts, "xcausex")
    return tuple(found), text


def _stands_in(part: str, words: list[str]) -> bool:
    """Whether a word stands among others, perhaps with another ending or a slip of the pen."""
    stem = part[:-1] if len(part) > 4 and part.endswith("e") else part
    return any(
        word == part or (len(stem) > 3 and word.startswith(stem)) or (len(part) > 4 and count_edits(word, part, 1) <= 1)
        for word in words
    )


def _mask_stems(text: str, stems: list[str]) -> str:
    """The words that tell of a tool as one mask, where the first of them stood."""
    told: list[str] = []
    for word in text.split():
        if not any(_begins(stem, [word]) for stem in stems):
            told.append(word)
        elif "xtoolx" not in told:
            told.append("xtoolx")
    return " ".join(told)


def _begins(stem: str, words: list[str]) -> bool:
    """Whether a word begins so, be it a German participle."""
    return any(word.startswith((stem, f"ge{stem}")) for word in words)


def _mask_words(text: str, parts: list[str], mask: str) -> str:
    """The words of a name as one mask, where the first of them stood."""
    first = True
    told: list[str] = []
    for word in text.split():
        if _stands_in(word.strip("?!.,;:"), parts) or any(_stands_in(part, [word.strip("?!.,;:")]) for part in parts):
            told += [mask] if first else []
            first = False
        else:
            told.append(word)
    return " ".join(told)
