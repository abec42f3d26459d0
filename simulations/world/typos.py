"""What a hand does to a sentence on its way into a form: slips of the finger, letters the keyboard lacks, shouting, too
many marks.

A text comes as pieces, words and the names of facts by turns, so that what a person copied from a screen (a code, an
order, an amount) is never touched.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from simulations.world.seeded_random import Draws

Pieces = tuple[str, ...]
"""Words at even places, names of facts at odd ones."""

_FACT: Final = re.compile(r"\{([a-z_]+)\}")
_LONG_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE: Final = {pair[0]: pair[1] for row in _ROWS for pair in (*pairwise(row), (row[-1], row[-2]))}

Swaps = tuple[tuple[str, str], ...]


def _parse_swaps(letters: str) -> Swaps:
    return tuple((pair[0], pair[1:]) for pair in letters.split())


_BARE: Final[Mapping[str, tuple[Swaps, ...]]] = {
    "en": (),
    "de": (_parse_swaps("äae öoe üue ÄAe ÖOe ÜUe ßss"), _parse_swaps("äa öo üu ÄA ÖO ÜU ßss")),
    "fr": (_parse_swaps("ée èe êe ëe àa âa çc îi ïi ôo ùu ûu œoe ÉE ÀA ÇC"),),
    "es": (_parse_swaps("áa ée íi óo úu ñn üu ¿ ¡ ÁA ÉE ÍI ÓO ÚU"), _parse_swaps("áa ée íi óo úu ¿ ¡")),
}
"""By language, the ways in which people without the right keys write its letters."""


class Hand(NamedTuple):
    """How likely a writer of some temper is to write this way."""

    slips: tuple[float, ...] = (0.30, 0.10)
    """The chance of a first slip, then of a second one after it, and so on."""
    bare: float = 0.30
    lower: float = 0.10
    shouted_subject: float = 0.03
    shouted_body: float = 0.0
    more_marks: float = 0.10
    no_last_stop: float = 0.20


HANDS: Final[Mapping[str, Hand]] = {
    "polite": Hand(slips=(0.2, 0.05), bare=0.15, lower=0.02, more_marks=0.03, no_last_stop=0.05),
    "angry": Hand(slips=(0.4, 0.3, 0.1), lower=0.1, shouted_subject=0.3, shouted_body=0.12, more_marks=0.6),
    "terse": Hand(slips=(0.35, 0.1), bare=0.5, lower=0.35, shouted_subject=0.08, no_last_stop=0.5),
    "rambling": Hand(slips=(0.7, 0.6, 0.4, 0.2), more_marks=0.2),
    "misspelt": Hand(slips=(0.8, 0.7, 0.5), bare=0.7, lower=0.5, more_marks=0.3, no_last_stop=0.5),
}
_USUAL: Final = Hand()


def pieces_of(text: str) -> Pieces:
    """A text cut at its {facts}."""
    return tuple(_FACT.split(text))


def distort_ticket(subject: Pieces, body: Pieces, tone: str, language: str, draws: Draws) -> tuple[Pieces, Pieces]:
    """Subject and body as this writer types them."""
    hand = HANDS.get(tone, _USUAL)
    said, told = list(subject), list(body)
    ways = _BARE.get(language, ())
    if draws.happens(hand.bare) and ways:
        swaps = draws.choice(ways)
        _change_words(said, lambda words: _replace_letters(words, swaps))
        _change_words(told, lambda words: _replace_letters(words, swaps))
    _change_case(said, told, hand, draws)
    _change_marks(said, told, hand, draws)
    for chance in hand.slips:
        if not draws.happens(chance):
            break
        _add_slip(told if draws.happens(0.85) else said, draws)
    return tuple(said), tuple(told)


def _change_words(pieces: list[str], change: Callable[[str], str]) -> None:
    pieces[::2] = map(change, pieces[::2])


def _replace_letters(words: str, swaps: Swaps) -> str:
    for letter, instead in swaps:
        words = words.replace(letter, instead)
    return words


def _change_case(said: list[str], told: list[str], hand: Hand, draws: Draws) -> None:
    lot = draws.uniform()
    if lot < hand.lower:
        _change_words(said, str.lower)
        _change_words(told, str.lower)
        return
    if lot < hand.lower + hand.shouted_subject:
        _change_words(said, str.upper)
    if lot > 1.0 - hand.shouted_body:
        _change_words(told, str.upper)


def _change_marks(said: list[str], told: list[str], hand: Hand, draws: Draws) -> None:
    if draws.happens(hand.more_marks):
        mark, instead = draws.choice(
            (
                ("!", "!!"),
                ("!", "!!!"),
                ("?", "??"),
                ("?", "?!"),
                (". ", "... "),
                (". ", "! "),
                (", ", " , "),
                (", ", ","),
            )
        )
        _change_words(said, lambda words: words.replace(mark, instead))
        _change_words(told, lambda words: words.replace(mark, instead))
    if draws.happens(hand.no_last_stop):
        told[-1] = told[-1].removesuffix(".")


def _add_slip(pieces: list[str], draws: Draws) -> None:
    """One slip of the finger in one longer word, never in its first letter."""
    place = 2 * int(draws.uniform() * ((len(pieces) + 1) // 2))
    words = pieces[place]
    found = _LONG_WORD.search(words, int(draws.uniform() * len(words))) or _LONG_WORD.search(words)
    if found:
        at = found.start() + 1 + int(draws.uniform() * (found.end() - found.start() - 2))
        pieces[place] = words[:at] + _slip_letters(words[at], words[at + 1], draws.uniform()) + words[at + 2 :]


def _slip_letters(first: str, second: str, lot: float) -> str:
    """Two neighbouring letters after a slip: swapped, one lost, one doubled, or the key beside."""
    if lot < 0.4:
        return second + first
    if lot < 0.65:
        return first
    if lot < 0.8:
        return first + first + second
    return _BESIDE.get(first, "") + second


def fill_facts(pieces: Sequence[str], facts: Mapping[str, str]) -> str:
    """The text with its facts in their places."""
    if len(pieces) == 1:
        return pieces[0]
    return "".join([facts[piece] if place % 2 else piece for place, piece in enumerate(pieces)])
