"""Fills the templates of treatments from typed facts: a template names a fact, and never holds an expression."""

from string import Formatter
from typing import Any

from app.config.model import names_in_template
from app.domain.base import JsonMapping, JsonObject, object_in
from app.playbooks.attributes import names_attribute

Words = JsonMapping


def fill_template(template: Any, words: Words) -> Any:
    """The template with its names replaced; a template that is one name keeps the type of the fact. None when a fact is
    missing.
    """
    names = names_in_template(template)
    if not names:
        return template
    if any(words.get(name) is None for name in names):
        return None
    if template == f"{{{names[0]}}}":
        return words[names[0]]
    return "".join(
        text + ("" if name is None else fact_in_words(words[name])) for text, name, _, _ in Formatter().parse(template)
    )


def filled_arguments(templates: JsonMapping, words: Words, schema: JsonMapping) -> JsonObject:
    """The arguments a tool knows, filled; texts are cut to what the schema allows (attributes are not), and what has no
    fact is left out.
    """
    fields = object_in(schema, "properties")
    values = {key: fill_template(template, words) for key, template in templates.items() if key in fields}
    return {
        key: value if names_attribute(templates[key]) else _cut_to_limit(value, object_in(fields, key))
        for key, value in values.items()
        if value is not None
    }


def _cut_to_limit(value: Any, field: JsonMapping) -> Any:
    limit = field.get("maxLength")
    return value[:limit] if isinstance(value, str) and isinstance(limit, int) else value


def fact_in_words(value: Any) -> str:
    """A fact in the middle of a sentence."""
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)
