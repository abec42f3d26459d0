"""Titles in the language of whoever asks. They are recorded in English; a pack and the tools say theirs in other
languages as well, and what the agent itself makes up has a form here. What nobody translated stays as it was recorded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import chain
from typing import Final

from app.config.model import DomainPack, PolicyRule
from app.config.playbooks import PlaybookSpec
from app.domain.spoken import OTHER_LANGUAGES, Translations
from app.ports.connectors import ToolSpec
from app.wording.finding_forms import FINDINGS, SUMS, WAVES
from app.wording.outcome_forms import ENDS
from app.wording.plan_forms import PLANS
from app.wording.reason_forms import REASONS, RISKS, WITHDRAWN
from app.wording.row_forms import ROWS
from app.wording.title_forms import FORMS

_BLANK: Final = re.compile(r"{([A-Za-z0-9_.-]+)}")
_FILLED: Final = re.compile(r"{(\w+)}")
_SENTENCES: Final = re.compile(r"(?<=[.?!])\s+(?=[A-Z0-9])")
_CLAUSES: Final = "; "
_AS_WRITTEN: Final = "quote"
"""The blank that holds what a person wrote, or a machine."""


@dataclass(frozen=True)
class Titles:
    """What is said of a pack and of tools: each English title, or template of one, with its translations."""

    told: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def _plain(self) -> dict[str, Mapping[str, str]]:
        return {
            english.casefold().removesuffix("."): {language: said.removesuffix(".") for language, said in told.items()}
            for english, told in self.told.items()
        }

    @cached_property
    def _templates(self) -> list[tuple[re.Pattern[str], Mapping[str, str]]]:
        return [
            (
                _as_pattern(english.removesuffix(".")),
                {language: _BLANK.sub(_name_blank, said.removesuffix(".")) for language, said in told.items()},
            )
            for english, told in self.told.items()
            if "{" in english
        ]

    def word_title(self, language: str, title: str) -> str:
        """A title in a language; as it was recorded where it is not known in that one."""
        if language == "en" or not title:
            return title
        bare = title.removesuffix(".")
        found = self._plain.get(bare.casefold(), {}).get(language) or self._fill_form(language, bare)
        if found is None:
            return title
        return f"{found[:1].upper() if title[:1].isupper() else found[:1]}{found[1:]}{title[len(bare) :]}"

    def word_text(self, language: str, text: str) -> str:
        """A recorded text in a language: as a whole, else sentence by sentence, else clause by clause."""
        told = self.word_title(language, text)
        if told != text or language == "en":
            return told
        for parts, joint in ((_SENTENCES.split(text), " "), (text.split(_CLAUSES), _CLAUSES)):
            if len(parts) > 1:
                return joint.join(self.word_text(language, one) for one in parts)
        return text

    def _fill_form(self, language: str, title: str) -> str | None:
        """By the first form or template that it has; what stands in the blanks is put into words as well."""
        for pattern, told in chain(self._templates, _read_forms()):
            shape = pattern.fullmatch(title)
            if shape and language in told:
                blanks = {
                    name: value if name == _AS_WRITTEN else self.word_text(language, value)
                    for name, value in shape.groupdict(default="").items()
                }
                return _fill_blanks(told[language], blanks)
        return None


@cache
def _read_forms() -> tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]:
    """What the agent makes itself, the most particular first; read when the first answer in another language is."""
    return tuple(
        (re.compile(pattern, re.IGNORECASE), dict(zip(OTHER_LANGUAGES, told, strict=True)))
        for pattern, *told in chain(PLANS, REASONS, RISKS, FINDINGS, SUMS, WITHDRAWN, WAVES, ENDS, ROWS, FORMS)
    )


def _fill_blanks(template: str, blanks: Mapping[str, str]) -> str:
    """What nothing fills stays as it is written."""
    return _FILLED.sub(lambda found: blanks.get(found[1], found[0]), template)


def _as_pattern(template: str) -> re.Pattern[str]:
    """What a template looks like once it is filled."""
    parts = _BLANK.split(template)
    fixed, names = parts[::2], [_clean_name(one) for one in parts[1::2]]
    blanks = [f"(?P<{name}>.+)" if name not in names[:place] else f"(?P={name})" for place, name in enumerate(names)]
    return re.compile("".join(map("".join, zip(map(re.escape, fixed), [*blanks, ""], strict=True))), re.IGNORECASE)


def _name_blank(found: re.Match[str]) -> str:
    return "{" + _clean_name(found[1]) + "}"


def _clean_name(name: str) -> str:
    """The name of a blank as a pattern may have it."""
    return re.sub(r"\W", "_", name)


def list_titles(
    pack: DomainPack,
    tools: Iterable[ToolSpec],
    rules: Iterable[PolicyRule],
    playbooks: Iterable[PlaybookSpec] = (),
) -> Titles:
    """Everything a pack, the tools, the rules of policy and the playbooks say that is said in another language too."""
    ruled = ((one.because, one.translated) for one in rules)
    said = chain(_list_titled(pack), _list_tools(tools), ruled, *map(_list_planned, playbooks))
    return Titles({english: one.told() for english, one in said if one.told()})


def _list_titled(pack: DomainPack) -> Iterator[tuple[str, Translations]]:
    for cause in pack.causes:
        yield cause.title, cause.translated
        yield from ((one.title, one.translated) for one in cause.treatments)
    yield pack.fallback.title, pack.fallback.translated
    for symptom in pack.vocabulary.symptoms:
        yield symptom.title, symptom.translated
        yield symptom.id.replace("_", " "), symptom.translated
    yield from ((one.says, one.translated) for one in pack.vocabulary.headlines)
    yield from ((one.says, one.translated) for one in pack.vocabulary.sayings)


def _list_planned(playbook: PlaybookSpec) -> Iterator[tuple[str, Translations]]:
    yield playbook.title, playbook.translated
    yield from ((one.title, one.translated) for one in playbook.steps)


def _list_tools(tools: Iterable[ToolSpec]) -> Iterator[tuple[str, Translations]]:
    for one in tools:
        yield one.title, one.translated
        if one.undo and one.undo.get("statement"):
            yield str(one.undo["statement"]), Translations.model_validate(one.undo.get("translated", {}))
