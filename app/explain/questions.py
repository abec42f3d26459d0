"""From what a person wrote to what is asked: one question or several, each with its kind, its names and its language.
Nothing here can change anything.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from app.explain.inquiry import Inquiry
from app.explain.kind import UNKNOWN_KIND, QuestionKind
from app.explain.kinds_list import list_kinds
from app.explain.matcher import Likeness, load_matcher
from app.explain.plain_text import list_words
from app.explain.readers import KnownNames, list_ids, read_names
from app.explain.taught import first_example
from app.ports.knowledge import Places

__all__ = ["Understood", "list_ids", "suggest_questions", "understand_parts", "understand_question"]

LEAST: Final = 0.1
"""A question that is like no kind by so much is not understood. Of examples of writers left out this and the next take
two right answers in a hundred, and a sixth of the answers to what asks nothing we know.
"""
STRANGE: Final = 0.2
"""So much more it has to be like one where every word of it is strange."""
LEAST_OURS: Final = 0.5
"""How much it is like a question for us and like its kind, together, has to be so much at least ..."""
ODD: Final = 0.5
"""... after so much was taken off where every word of it is odd."""
CLOSE: Final = 0.6
"""Where the second kind has so much of the likeness of the first either may be meant, and the others are offered."""
LEAST_OF_A_PART: Final = 0.4
"""A part of a message is a question of its own only when it is so much like one: of examples of a writer left out with
several clauses so 96 in 100 stay one question.
"""
LEAST_OF_A_STATEMENT: Final = 0.6
"""Beside a question what is no question has to be so much like one."""
LEAST_BY_WORDS: Final = 0.2
"""Where the words of a half are less like any kind, it is not asked what it means."""
MOST_SPLITS: Final = 3
MOST_WORDS_OF_TWO: Final = 40
"""A longer sentence tells a story, and does not fall into two questions."""
MOST_PARTS: Final = 3
MOST_PIECES: Final = 12
"""So many sentences of a message are read."""
_ENDS = re.compile(r"(?<=[?!;\n])\s*|(?<=[a-z]\.)\s+(?=[A-ZÄÖÜ¿¡])")
_JOINED = re.compile(r",?\s+(?:and|und|sowie|et|y|e)\s+|,\s+", re.IGNORECASE)
_FILLER_WORDS: Final = (
    "why not the a an it is was this that to you we just simply propose choose use try do did didnt run"
    " instead warum wieso nicht einfach pourquoi pas ne simplement por que no simplemente what about and"
    " und et y stattdessen plutot have has hast ist on le la el un une den die das der"
    " any alternative alternatives other option options choice choices else could cant couldnt were there better weigh"
    " alternativen andere anderen optionen gab gabs es noch sonst welche besseres quelle quelles d autre autres avait y"
    " il mieux alternativas otra otras opcion opciones hay habia mejor considered weighed"
)
_FILLER: Final = frozenset(_FILLER_WORDS.split())
_BARE_WORDS: Final = (
    "and und et y e for fur pour para what about by von par por was ist mit en at in bei of de the la el le il los las"
    " w how wie que then dann also auch aussi tambien too"
)
_BARE: Final = frozenset(_BARE_WORDS.split())

_CONDITIONS: Final = frozenset(("if", "should", "once", "unless", "wenn", "falls", "sollte", "sollten", "sobald", "si"))
_CONTRASTS: Final = frozenset(
    ("not", "but", "rather", "nicht", "kein", "keine", "sondern", "pas", "mais", "no", "sino")
)


@dataclass(frozen=True)
class Understood:
    """One question: of which kind it is (or `unknown`), what it names, and which kinds it is most like."""

    kind: str
    asked: Inquiry
    nearest: tuple[str, ...] = ()
    is_doubtful: bool = False
    """Whether the second kind is almost as near: then it is offered beside the answer."""
    is_bare: bool = False
    """Whether it is nothing but a name: it asks the same of another one."""
    share: float = 0.0
    """How much of its likeness is to its kind."""

    @property
    def intent(self) -> str:
        """The name of the kind as an answer carries it."""
        return f"why_not:{self.asked.subject}" if self.kind == "why_not" and self.asked.subject else self.kind

    @property
    def question_kind(self) -> QuestionKind | None:
        """The kind, where it was understood."""
        return list_kinds().get(self.kind)


def understand_question(question: str) -> str:
    """The intent of one question: the id of a kind, `why_not:<what>`, or `unknown`."""
    return _understand_one(question, KnownNames(), "en").intent


def understand_parts(
    question: str, known: KnownNames, language: str = "en", before: str = "", meaning: Places | None = None
) -> list[Understood]:
    """Everything that one message asks, in its order; greetings count only when nothing else is said.

    `language` is that of the conversation so far, for a question too short to tell; `before` is the kind of the last
    question, for one that only names another subject; `meaning` compares by what is meant, where a model is installed.
    """
    pieces = _choose_pieces([piece for piece in _ENDS.split(question) if piece and list_words(piece)]) or [question]
    cut = [(piece, _list_splits(piece, known)) for piece in pieces]
    texts = [read_names(text, known).masked for piece, splits in cut for text in (piece, *chain(*splits))]
    placed = load_matcher().place_together(texts, meaning)
    found = [(piece, _part_piece(piece, splits, known, language, placed)) for piece, splits in cut]
    parts = [one for piece, told in found for one in told if not _only_leads_up(piece, one, pieces)] or found[0][1]
    spoken = parts[0].asked.language if len(parts) == 1 else _understand_one(question, known, language).asked.language
    said = [one for one in parts if one.kind != "small_talk"] or parts[:1]
    clear = [one for one in said if one.kind != UNKNOWN_KIND]
    most = max(clear, key=lambda one: one.share, default=None)
    understood = [one for one in clear if one is most or one.is_bare or one.share >= LEAST_OF_A_PART] or said[:1]
    kept = _drop_repeats([_follow(one, before) for one in understood])[:MOST_PARTS]
    return [replace(one, asked=replace(one.asked, language=spoken)) for one in kept]


def _choose_pieces(pieces: list[str]) -> list[str]:
    """The sentences that are read: of very many those that ask first, then those that come first, in their order."""
    asking = sorted(range(len(pieces)), key=lambda place: (not pieces[place].rstrip().endswith("?"), place))
    return [pieces[place] for place in sorted(asking[:MOST_PIECES])]


def _drop_repeats(parts: Sequence[Understood]) -> list[Understood]:
    return [one for place, one in enumerate(parts) if one.kind not in {other.kind for other in parts[:place]}]


def _follow(one: Understood, before: str) -> Understood:
    """A question that is nothing but a name asks of it what was asked before."""
    kind = list_kinds().get(before)
    if not one.is_bare or kind is None:
        return one
    taken = any(getattr(one.asked, name) for name in kind.takes)
    other_case = kind.of_incident and (one.asked.incidents or one.asked.actions)
    return replace(one, kind=before) if taken or other_case else one


def _only_leads_up(piece: str, one: Understood, pieces: Sequence[str]) -> bool:
    """Whether a sentence that is no question only tells why the question beside it is put."""
    asks = [other for other in pieces if other.rstrip().endswith("?")]
    return bool(asks) and piece not in asks and one.share < LEAST_OF_A_STATEMENT


def _list_splits(piece: str, known: KnownNames) -> list[tuple[str, str]]:
    """Where a sentence may fall into two, as far as the words of the halves tell: what they mean takes longer."""
    splits: list[tuple[float, tuple[str, str]]] = []
    if len(list_words(piece)) > MOST_WORDS_OF_TWO:
        return []
    for joint in _JOINED.finditer(piece):
        halves = piece[: joint.start()], piece[joint.end() :]
        if all(len(list_words(half)) >= 2 for half in halves) and not _hangs_together(*halves):
            told = [load_matcher().compare(read_names(half, known).masked) for half in halves]
            splits.append((min(likeness.best[1] for likeness in told), halves))
    likely = [one for one in splits if one[0] >= LEAST_BY_WORDS]
    return [halves for _, halves in sorted(likely, key=lambda one: -one[0])[:MOST_SPLITS]]


def _hangs_together(first: str, second: str) -> bool:
    """Whether the first half is only the condition of the second, or the second only what the first is not."""
    begins, follows = list_words(first)[0], list_words(second)[0]
    return begins in _CONDITIONS or follows in _CONTRASTS


def _part_piece(
    piece: str, splits: Sequence[tuple[str, str]], known: KnownNames, language: str, meaning: Places | None
) -> list[Understood]:
    """A sentence as one question, or as two where each half is clearly one of its own."""
    whole, told = _compare(piece, known, language, meaning)
    best: list[Understood] = [whole]
    least = max(LEAST_OF_A_PART, CLOSE * told.best[1])
    for halves in splits:
        found = [_compare(half, known, language, meaning) for half in halves]
        scores = [likeness.best[1] for _, likeness in found]
        kinds = {one.kind for one, _ in found}
        bare = any(one.is_bare for one, _ in found)
        if len(kinds) == 2 and not bare and not kinds & {UNKNOWN_KIND, "small_talk"} and min(scores) > least:
            best, least = [one for one, _ in found], min(scores)
    return best


def _understand_one(question: str, known: KnownNames, language: str) -> Understood:
    return _compare(question, known, language)[0]


def _compare(
    question: str, known: KnownNames, language: str, meaning: Places | None = None
) -> tuple[Understood, Likeness]:
    read = read_names(question, known)
    told = load_matcher().compare(read.masked, meaning)
    nearest = tuple(kind for kind, _ in told.kinds if kind not in {UNKNOWN_KIND, "small_talk"})[:3]
    kind = told.best[0] if is_clear(told) else UNKNOWN_KIND
    words = list_words(read.masked)
    asked = replace(read.asked, language=_tell_language(question, told, words, language))
    if kind == "why_not":
        asked = replace(asked, subject="_".join([*asked.tools, *asked.causes] or _left_over(question)))
    left = [word for word in words if word not in _BARE and not (word.startswith("x") and word.endswith("x"))]
    doubtful = kind != UNKNOWN_KIND and told.kinds[1][1] >= CLOSE * told.best[1]
    return Understood(
        kind, asked, nearest, doubtful, is_bare=asked.names_something and not left, share=told.best[1]
    ), told


def is_clear(told: Likeness) -> bool:
    """Whether a question is of a kind that is known."""
    kind, share = told.best
    is_ours = told.ours + share - ODD * told.odd >= LEAST_OURS
    return kind != UNKNOWN_KIND and is_ours and share >= LEAST + STRANGE * told.strange


def _left_over(question: str) -> list[str]:
    return [word for word in list_words(question) if word not in _FILLER]


def _tell_language(text: str, told: Likeness, words: Sequence[str], otherwise: str) -> str:
    """The language it is put in; of the conversation, where the words do not tell."""
    (first, most), (_, second) = told.languages[:2]
    if any(mark in text for mark in "¿¡"):
        return "es"
    plain = [word for word in words if not (word.startswith("x") and word.endswith("x"))]
    return first if plain and most - second > (0.2 if len(plain) > 2 else 0.5) else otherwise


def suggest_questions(kinds: Sequence[str], language: str) -> tuple[str, ...]:
    """The kinds as questions that can be asked, in a language."""
    known = list_kinds()
    found = (first_example(kind, language) for kind in kinds if kind in known)
    return tuple(one for one in found if one)
