"""What people write: complaints by what their writer noticed, and quite other matters, in the four languages of the
platform.

The words stand in `words/<symptom>.yaml`; a new file there is a new symptom. A domain with a folder of its own,
`words/<domain>`, has its symptoms and its other matters there instead. Whoever writes knows what hurts and seldom why,
so no file belongs to a cause. A ticket is a wording whose facts are all known, with the manners, asides and slips of
its writer, so that two people rarely write the same. Everything follows from the draws that are handed in.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, TypeVar

from pydantic import Field, StringConstraints, ValidationError, model_validator

from app.domain.base import Value, canonical_json
from app.domain.errors import BadConfig
from app.validation.strict_yaml import Read, read_yaml
from simulations.world.seeded_random import Draws
from simulations.world.typos import Pieces, distort_ticket, fill_facts, pieces_of

WORDS: Final = Path(__file__).parent / "words"
SMALL_TALK: Final = "small_talk"
MANNERS: Final = "manners"
FACTS: Final = frozenset({"product", "shop", "code", "order", "amount"})
"""What a wording may speak of. One that speaks of a fact nobody gave is not chosen."""

Tone = Literal["polite", "angry", "terse", "rambling", "misspelt", "asking", "mixed", "plain"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]
Ticket = tuple[str, str]
Shape = TypeVar("Shape", bound=Value)

_STOPS: Final = (".", "!", "?", "»", "“")
_ALSO: Final[Mapping[str, float]] = {"terse": 0.0, "mixed": 0.0, "angry": 0.02}
_OPENS: Final[Mapping[str, float]] = {"polite": 0.9, "angry": 0.1, "terse": 0.06, "misspelt": 0.25}
_CLOSES: Final[Mapping[str, float]] = {"polite": 0.95, "angry": 0.25, "terse": 0.1, "misspelt": 0.25}
_ASIDES: Final[Mapping[str, float]] = {"terse": 0.12, "polite": 0.25, "rambling": 0.4}
"""How often a writer of that temper brings up another matter, opens, closes, or says something beside the point; else
the usual share.
"""


class Wording(Value):
    """One way to put it."""

    who: Literal["shopper", "owner", "developer"]
    tone: Tone
    subject: Text
    body: Text

    @model_validator(mode="after")
    def _speaks_of_known_facts(self) -> "Wording":
        unknown = sorted(_facts_named(self) - FACTS)
        if unknown:
            raise ValueError(f"speaks of {{{unknown[0]}}}; a wording may speak of {', '.join(sorted(FACTS))}")
        if "{" in _without_facts(self) or "}" in _without_facts(self):
            raise ValueError("has a brace that belongs to no fact; remove it")
        return self


Wordings = Annotated[tuple[Wording, ...], Field(min_length=1)]


class WordsFile(Value):
    """One symptom, or the other matters, in every language."""

    en: Wordings
    de: Wordings
    fr: Wordings
    es: Wordings

    @model_validator(mode="after")
    def _can_be_said_without_facts(self) -> "WordsFile":
        for language in type(self).model_fields:
            if all(_facts_named(wording) for wording in getattr(self, language)):
                raise ValueError(f"every wording in {language} speaks of some fact; add one that speaks of none")
        return self


class Manners(Value):
    """How letters begin and end, and what people add, in one language. {name} stands for one of the names."""

    openings: tuple[Text, ...] = Field(min_length=1)
    closings: tuple[Text, ...] = Field(min_length=1)
    names: tuple[Text, ...] = Field(min_length=1)
    asides: tuple[Text, ...] = Field(min_length=1)
    links: tuple[Text, ...] = Field(min_length=1)
    prefixes: tuple[Text, ...] = Field(min_length=1)


class MannersFile(Value):
    """The manners of every language."""

    en: Manners
    de: Manners
    fr: Manners
    es: Manners


class _Spoken(NamedTuple):
    """A wording cut into pieces, and the facts it needs."""

    tone: str
    subject: Pieces
    body: Pieces
    needs: frozenset[str]


@cache
def words_of(domain: str) -> Path:
    """Where the words of a domain are: in a folder of its own, or with those of the shops."""
    own = WORDS / domain
    return own if domain and own.is_dir() else WORDS


def list_symptoms(domain: str = "") -> frozenset[str]:
    """What people can complain about: the files of words, but for the other matters and the manners."""
    return frozenset(path.stem for path in words_of(domain).glob("*.yaml")) - {SMALL_TALK, MANNERS}


def write_complaint(
    symptom: str,
    language: str,
    draws: Draws,
    *,
    facts: Mapping[str, str],
    phrases: Sequence[tuple[str, str]] = (),
    domain: str = "",
) -> Ticket:
    """Subject and body of somebody who noticed this symptom; phrases, where any can be filled, are said instead of the
    symptom's words.
    """
    given, words = _facts_given(facts), words_of(domain)
    own = tuple(phrase for phrase in (_cut_phrase(subject, body) for subject, body in phrases) if phrase.needs <= given)
    other = _list_sayable(words, SMALL_TALK, language, given)
    return _write_ticket(
        draws.choice(own or _list_sayable(words, symptom, language, given)),
        language,
        draws,
        facts,
        other,
        troubled=True,
    )


def small_talk(language: str, draws: Draws, facts: Mapping[str, str], domain: str = "") -> Ticket:
    """Subject and body about something that has nothing to do with any fault."""
    other = _list_sayable(words_of(domain), SMALL_TALK, language, _facts_given(facts))
    return _write_ticket(draws.choice(other), language, draws, facts, other, troubled=False)


def _facts_given(facts: Mapping[str, str]) -> frozenset[str]:
    return frozenset([name for name, value in facts.items() if value])


def _write_ticket(
    spoken: _Spoken, language: str, draws: Draws, facts: Mapping[str, str], other: Sequence[_Spoken], *, troubled: bool
) -> Ticket:
    """The wording as one person writes it down."""
    manners = getattr(manners_in(WORDS), language)
    subject = _write_subject(spoken, manners, draws)
    more = _draw_asides(spoken.tone, manners, draws) if troubled else ("", "")
    body = _join_parts(_draw_parts(spoken, manners, draws, other, more))
    subject, body = distort_ticket(subject, body, spoken.tone, language, draws)
    return fill_facts(subject, facts), fill_facts(body, facts)


def _write_subject(spoken: _Spoken, manners: Manners, draws: Draws) -> Pieces:
    if not draws.happens(0.2 if spoken.tone == "angry" else 0.06):
        return spoken.subject
    return (f"{draws.choice(manners.prefixes)} {spoken.subject[0]}", *spoken.subject[1:])


def _draw_asides(tone: str, manners: Manners, draws: Draws) -> tuple[str, str]:
    """What a troubled writer says before and after the matter; mostly nothing."""
    share = draws.uniform() / _ASIDES.get(tone, 0.2)
    if share >= 1.0:
        return "", ""
    said = draws.choice(manners.asides)
    return (said + " ", "") if share < 0.3 else ("", " " + said)


def _draw_parts(
    spoken: _Spoken, manners: Manners, draws: Draws, others: Sequence[_Spoken], more: tuple[str, str]
) -> Iterator[Pieces]:
    """Opening, matter between its asides, other matter, closing: whichever this writer has."""
    tone = spoken.tone
    if draws.happens(_OPENS.get(tone, 0.4)):
        yield (draws.choice(manners.openings) + "\n",)
    if more[0]:
        yield (more[0],)
    yield spoken.body
    if more[1]:
        yield (more[1] if spoken.body[-1].endswith(_STOPS) else f".{more[1]}",)
    if draws.happens(_ALSO.get(tone, 0.06)):
        other = draws.choice(others).body
        yield (f"\n{draws.choice(manners.links)} {other[0]}", *other[1:])
    if draws.happens(_CLOSES.get(tone, 0.4)):
        yield ("\n" + draws.choice(manners.closings).replace("{name}", draws.choice(manners.names)),)


def _join_parts(parts: Iterator[Pieces]) -> Pieces:
    """Several pieces as one: where two meet, their words become one."""
    whole = [""]
    for part in parts:
        whole[-1] += part[0]
        whole += part[1:]
    return tuple(whole)


@cache
def _list_sayable(words: Path, symptom: str, language: str, given: frozenset[str]) -> tuple[_Spoken, ...]:
    """The wordings of a symptom whose facts are all given."""
    told: Wordings = getattr(words_in(words, symptom), language)
    return tuple(spoken for spoken in map(_cut_wording, told) if spoken.needs <= given)


def _cut_wording(wording: Wording) -> _Spoken:
    return _Spoken(wording.tone, pieces_of(wording.subject), pieces_of(wording.body), _facts_named(wording))


@lru_cache(maxsize=4_096)
def _cut_phrase(subject: str, body: str) -> _Spoken:
    """A phrase that a scenario brought."""
    said, told = pieces_of(subject), pieces_of(body)
    return _Spoken("plain", said, told, frozenset((*said[1::2], *told[1::2])))


def _facts_named(wording: Wording) -> frozenset[str]:
    return frozenset((*pieces_of(wording.subject)[1::2], *pieces_of(wording.body)[1::2]))


def _without_facts(wording: Wording) -> str:
    return "".join((*pieces_of(wording.subject)[::2], *pieces_of(wording.body)[::2]))


@cache
def words_in(folder: Path, symptom: str) -> WordsFile:
    """The words of one symptom, read once; a wrong file is told by file, line and key."""
    return _load_shape(folder / f"{symptom}.yaml", WordsFile)


@cache
def manners_in(folder: Path) -> MannersFile:
    """The manners, read once."""
    return _load_shape(folder / f"{MANNERS}.yaml", MannersFile)


def _load_shape(path: Path, shape: type[Shape]) -> Shape:
    name = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        raise BadConfig(
            [f"{name}: there are no words for {path.stem!r}; known are {', '.join(sorted(list_symptoms()))}"]
        )
    found = read_yaml(path.read_bytes())
    if not found.problems:
        try:
            return shape.model_validate_json(canonical_json(found.value), strict=True)
        except ValidationError as error:
            _note_errors(error, found)
    raise BadConfig([problem.shown(name) for problem in found.problems])


def _note_errors(error: ValidationError, found: Read) -> None:
    for item in error.errors(include_url=False, include_context=False):
        found.add(item["loc"], item["msg"].removeprefix("Value error, "))
