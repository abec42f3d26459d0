"""Words as the observers see them: tokens of several languages, stop words, phrases, and the fixed part of a log line.

Text is somebody else's; nothing here executes, stores or shows it. It is only cut, folded and counted.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

TEXT_LIMIT = 8_000
SHORT = 2_000
"""Texts up to this length are remembered with what was found in them."""
TOKEN = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?", re.UNICODE)
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    a about after again all also am an and any are as at back be because been before being but by can cant could did
    do does doesnt doing dont down each even ever every few for from get gets getting give go goes going gone got had
    has have having he hello help her here hey hi him his how i if im in into is isnt it its ive just know let like ll
    look made make many may me might more most much must my need no nor not now of off ok on once one only or other
    our out over own per please pls re really regards same see seems she should since so some still such sure tell
    than thank thanks that thats the their them then there these they thing this those thx time to today too under
    until up us use ve very want was way we well were what when where which while who why will with would yes
    yesterday yet you your aber alle als auch auf aus bei bin bis bitte da danke das dass dem den der des die dies
    diese dieser doch ein eine einem einen einer er es fur gibt habe haben hallo hat ich ihr ist ja kann kein keine
    konnen mehr mein mit nach nicht noch nur oder schon sehr sein seit sich sie sind uber um und uns unser unsere von
    vor war wenn werden wie wir wird zu zum zur grusse guten tag au aux avec bonjour ca ce ces cet cette chez comme
    dans de depuis du elle en est et etait ete il ils j je l la le les leur lui ma mais merci mes mon n ne nos notre
    nous ont ou par pas plus pour qu que qui s sa sans se ses si son sont sur tous tout toute tres un une vos votre
    vous y al ante con como cuando del desde donde el ella entre era esta estan este esto ha hace hasta hay hola las
    lo los mas mi muy nada nuestra nuestro o para pero por porque ser sin sobre su sus tambien tiene todo una unos ya
    gracias
    """,
    )
)
_MASKS = (
    (re.compile(r"https?://\S+"), "<url>"),
    (re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b"), "<id>"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]{6,}\b"), "<id>"),
    (re.compile(r"\b\d[\d.,:]*\b"), "<n>"),
    (re.compile(r"\"[^\"]*\"|'[^']*'"), "<text>"),
)


def fold_text(text: str) -> str:
    """Lower case without accents and hidden marks, capped, so that 'Précios' and 'precios' meet."""
    if text.isascii():
        return text[:TEXT_LIMIT].lower()
    parted = unicodedata.normalize("NFKD", text[:TEXT_LIMIT]).casefold()
    return "".join(mark for mark in parted if not unicodedata.combining(mark) and unicodedata.category(mark) != "Cf")


def split_tokens(text: str) -> list[str]:
    """The words and numbers of a text, folded, in order."""
    return list(_remembered_tokens(text) if len(text) <= SHORT else _cut_tokens(text))


@lru_cache(maxsize=2048)
def _remembered_tokens(text: str) -> tuple[str, ...]:
    """A text is looked at by several observers, and by every sweep while it is in the window."""
    return _cut_tokens(text)


def _cut_tokens(text: str) -> tuple[str, ...]:
    return tuple([match.group().replace("'", "") for match in TOKEN.finditer(fold_text(text).replace("’", "'"))])


def telling_tokens(text: str) -> list[str]:
    """The tokens that carry meaning: no stop words, no single letters, no bare numbers."""
    return [token for token in split_tokens(text) if len(token) > 2 and token not in STOP_WORDS and not token.isdigit()]


def common_terms(texts: Iterable[str], limit: int) -> tuple[str, ...]:
    """The telling words that occur in most of the texts; ties in alphabetical order."""
    counted = Counter(token for text in texts for token in set(telling_tokens(text)))
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return tuple(word for word, _ in ranked[:limit])


class _Phrases(NamedTuple):
    """Phrases, sorted by how they can be found: single words, beginnings of words, and rows of words."""

    words: frozenset[str]
    beginnings: tuple[str, ...]
    rows: re.Pattern[str] | None
    firsts: frozenset[str]
    """The words that rows begin with; without one of them, or of the beginnings below, no row is looked for."""
    first_beginnings: tuple[str, ...]


@lru_cache(maxsize=1024)
def _prepare_phrases(phrases: tuple[str, ...], reach: int = 3) -> _Phrases:
    spelled = [re.findall(r"[^\W_]+\*?", fold_text(phrase)) for phrase in phrases]
    single = [words[0] for words in spelled if len(words) == 1]
    between = rf"(?: \w+){{0,{reach - 1}}} "
    several = [words for words in spelled if len(words) > 1]
    rows = [rf"(?<!\S){between.join(map(_word_pattern, words))}(?!\S)" for words in several]
    words, beginnings = _split_by_star(single)
    firsts, first_beginnings = _split_by_star([words[0] for words in several])
    return _Phrases(words, beginnings, re.compile("|".join(rows)) if rows else None, firsts, first_beginnings)


def _split_by_star(words: Sequence[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Whole words, and the beginnings of those whose ending is open, each behind the blank before it."""
    return (
        frozenset(word for word in words if not word.endswith("*")),
        tuple(dict.fromkeys(f" {word[:-1]}" for word in words if word.endswith("*"))),
    )


def _word_pattern(word: str) -> str:
    return rf"{re.escape(word[:-1])}\w*" if word.endswith("*") else re.escape(word)


def says_any(phrases: Iterable[str], said: Sequence[str]) -> bool:
    """Whether any of the phrases occurs in the tokens of a text: its words in order, each at most three tokens after
    the last.

    A trailing star leaves the ending of a word open ('redirect*'), so that inflections and other languages need no list
    of forms.
    """
    wanted = _prepare_phrases(tuple(phrases))
    if not wanted.words.isdisjoint(said):
        return True
    whole = f" {' '.join(said)}"
    if any(beginning in whole for beginning in wanted.beginnings):
        return True
    if wanted.rows is None or (
        wanted.firsts.isdisjoint(said) and not any(beginning in whole for beginning in wanted.first_beginnings)
    ):
        return False
    return wanted.rows.search(whole) is not None


def count_noun(count: int, what: str) -> str:
    """A count with its noun: 1 order, 2 orders."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def template_of(line: str, limit: int = 160) -> str:
    """The fixed part of a message: addresses, ids, numbers and quoted values are masked."""
    text = " ".join(line[:TEXT_LIMIT].split())
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text[:limit]
