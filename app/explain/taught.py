"""The examples that questions are learnt from: a file for each kind, in which what each writer wrote stands apart, so
that what was learnt from one can be judged on the other. What is for us and what is not is spelt out from
the things that stand in `none/`: both are asked for in the same words.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from app.domain.errors import BadConfig
from app.explain.kind import LANGUAGES
from app.validation.strict_yaml import Read, read_yaml

FOLDER: Final = Path(__file__).parent / "examples"
NONE_FOLDER: Final = Path(__file__).parent / "none"
FRAMES_EACH: Final = 3
"""Each thing that is not ours is asked for in so many ways ..."""
OURS_EACH: Final = 14
"""... and each that is, of which there are fewer, in so many."""
LEARNT: Final = FOLDER / "learnt.npz"
"""What `app.explain.learning` made of them."""


@dataclass(frozen=True)
class Example:
    """One question as somebody would put it, names as slots such as {merchant}."""

    kind: str
    writer: str
    language: str
    text: str


@cache
def read_examples(kind: str) -> tuple[Example, ...]:
    """The examples of one kind, or of what is none; the first writer's come first."""
    path = FOLDER / f"{kind}.yaml"
    found = read_yaml(path.read_bytes())
    examples = () if found.problems else tuple(_list_examples(kind, found))
    if found.problems:
        raise BadConfig([one.shown(path.name) for one in found.problems])
    return examples


def _list_examples(kind: str, found: Read) -> list[Example]:
    """What stands in a file of writer, language and questions; whatever has another form is noted as a problem."""
    examples: list[Example] = []
    writers = found.value if isinstance(found.value, dict) else {}
    if not writers:
        found.add((), "write who wrote them, then the language, then a list of questions")
    for writer, languages in writers.items():
        for language, texts in languages.items() if isinstance(languages, dict) else [("", None)]:
            if language not in LANGUAGES or not isinstance(texts, list):
                found.add((writer, language), f"is not one of {', '.join(LANGUAGES)} with a list of questions")
                continue
            for place, text in enumerate(texts):
                if isinstance(text, str) and text.strip():
                    examples.append(Example(kind, writer, language, text))
                else:
                    found.add((writer, language, place), "is not a question; write it in quotes")
    return examples


@dataclass(frozen=True)
class SpeltOut:
    """A question that is for us or is not, of whatever kind."""

    text: str
    language: str
    is_ours: bool


@cache
def spell_out() -> tuple[SpeltOut, ...]:
    """The same questions about things that are ours and about things we know nothing of, in every language."""
    return tuple(one for language in LANGUAGES for one in _spell_language(language))


def _spell_language(language: str) -> list[SpeltOut]:
    told = _read_none(language)
    others = [
        SpeltOut(text, language, is_ours=False) for text in _fill_frames(told["frames"], told["things"], FRAMES_EACH)
    ]
    ours = [SpeltOut(text, language, is_ours=True) for text in _fill_frames(told["frames"], told["ours"], OURS_EACH)]
    return [*others, *ours, *(SpeltOut(text, language, is_ours=False) for text in told["said"])]


def _fill_frames(frames: list[str], things: list[str], each: int) -> list[str]:
    """Each thing in some of the frames, in such steps that every frame and every thing meets many of the other."""
    return [
        frames[(21 * place + 11 * step) % len(frames)]
        .replace("{thing}", thing)
        .replace("{other}", things[(place + 7) % len(things)])
        for place, thing in enumerate(things)
        for step in range(each)
    ]


def _read_none(language: str) -> dict[str, list[str]]:
    path = NONE_FOLDER / f"{language}.yaml"
    found = read_yaml(path.read_bytes())
    told: dict[str, list[str]] = {}
    for name in ("frames", "things", "ours", "said"):
        texts = found.value.get(name) if isinstance(found.value, dict) else None
        if isinstance(texts, list) and texts and all(isinstance(text, str) and text.strip() for text in texts):
            told[name] = texts
        else:
            found.add((name,), "is not a list of texts; write each in quotes")
    if found.problems:
        raise BadConfig([one.shown(path.name) for one in found.problems])
    return told


def list_taught() -> list[str]:
    """The kinds that have examples, in the order of their names; `unknown` is what is a question of none."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read_all_examples() -> tuple[Example, ...]:
    """Every example of every kind."""
    return tuple(one for kind in list_taught() for one in read_examples(kind))


def first_example(kind: str, language: str) -> str:
    """The question that is suggested for a kind: its first that names nothing; empty where each of them does."""
    spoken = [one.text for one in read_examples(kind) if one.language == (language if language in LANGUAGES else "en")]
    return next((text for text in spoken if "{" not in text), "")
