"""What the merchants in scope have in common: the words {attribute.NAME} of a treatment, or the reason why one cannot
be filled. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.config.model import ATTRIBUTE, TreatmentSpec, names_in_template
from app.domain.base import JsonObject
from app.domain.merchants import Merchant

SHORT_NAMES: Mapping[str, str] = {"requests_per_minute": "sync_limit_per_minute"}
"""Words of treatments that stand for an attribute of another name."""


class NotShared(ValueError):
    """An attribute has no value that would be right for every merchant in scope."""


def attribute_words(treatment: TreatmentSpec, merchants: Sequence[Merchant]) -> JsonObject:
    """The attributes a treatment names, by the word it uses; NotShared names every one that cannot be filled."""
    words: JsonObject = {}
    reasons: list[str] = []
    for word in sorted(set(_words_in(treatment))):
        try:
            words[word] = shared_value(SHORT_NAMES.get(word, word.removeprefix(ATTRIBUTE)), merchants)
        except NotShared as reason:
            reasons.append(str(reason))
    if reasons:
        raise NotShared("; ".join(reasons))
    return words


def shared_value(name: str, merchants: Sequence[Merchant]) -> Any:
    """The one value all of them have, or the smallest of different numbers, which is within what each of
    them may have.
    """
    values = [merchant.dimensions().get(name) for merchant in merchants]
    if not values or any(value is None or value == "" for value in values):
        raise NotShared(f"{name} is not known")
    if len({(type(value), value) for value in values}) == 1:
        return values[0]
    if not all(type(value) in {int, float} for value in values):
        raise NotShared(f"the merchants in scope have different values of {name}")
    return min(values)  # type: ignore[type-var]


def names_attribute(template: object) -> bool:
    """Whether a template is filled from an attribute; such a value is sent whole or not at all."""
    return any(name.startswith(ATTRIBUTE) for name in names_in_template(template))


def _words_in(treatment: TreatmentSpec) -> Iterable[str]:
    for template in (*treatment.arguments.values(), treatment.title, treatment.promise):
        yield from (name for name in names_in_template(template) if name in SHORT_NAMES or name.startswith(ATTRIBUTE))
