"""What stands in other languages beside an English title."""

from typing import Annotated, TypeAlias

from pydantic import Field

from app.domain.base import Value

OTHER_LANGUAGES = ("de", "fr", "es")
_Title: TypeAlias = Annotated[str, Field(max_length=300)]


class Translations(Value):
    """The same in other languages; where one is left out, the English stands."""

    de: _Title = ""
    fr: _Title = ""
    es: _Title = ""

    def told(self) -> dict[str, str]:
        """By language what is said in it."""
        return {code: text for code in OTHER_LANGUAGES if (text := getattr(self, code))}


Translated: TypeAlias = Annotated[Translations, Field(exclude_if=lambda told: not told.told())]
