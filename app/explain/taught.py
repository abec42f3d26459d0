"""The examples that questions are learnt from: a file for each kind, in which what each writer wrote stands apart, so
that what was learnt from one can be judged on the other.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from app.domain.errors import BadConfig
from app.explain.kind import LANGUAGES
from app.validation.strict_yaml import Read, read_yaml

FOLDER: Final = Path(__file__).parent / "examples"
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
