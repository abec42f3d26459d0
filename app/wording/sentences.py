"""Puts recorded values into a sentence of the asker's language."""

from typing import Final

from app.wording import de, en, es, fr

BY_LANGUAGE: Final = {"en": en.SENTENCES, "de": de.SENTENCES, "fr": fr.SENTENCES, "es": es.SENTENCES}


def word_sentence(language: str, key: str, **values: object) -> str:
    """The sentence of a key, with its values in their places; in English where the language is not spoken here."""
    return BY_LANGUAGE.get(language, en.SENTENCES)[key].format(**values)
