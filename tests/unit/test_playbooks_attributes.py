"""Attributes of merchants in treatments: one value that is right for all of them, or none at all."""

from typing import Any

import pytest

from app.config.model import TreatmentSpec
from app.domain.merchants import Merchant
from app.playbooks.attributes import NotShared, attribute_words, shared_value
from app.playbooks.templates import fill_template, filled_arguments


def merchants(*values: Any) -> list[Merchant]:
    return [Merchant(id=f"M{number}", plan="gold", attributes={"x": value}) for number, value in enumerate(values)]


@pytest.mark.parametrize(
    "values,found",
    [(("a",), "a"), (("a", "a"), "a"), ((True, True), True), ((60, 40), 40), ((60, 39.5), 39.5), ((0, 0), 0)],
)
def test_what_they_agree_on_or_the_smallest_number(values: tuple[Any, ...], found: Any) -> None:
    assert shared_value("x", merchants(*values)) == found
    assert type(shared_value("x", merchants(*values))) is type(found)


@pytest.mark.parametrize("values", [("a", "b"), ("a", "A"), (True, False), (1, "1"), (1, True)])
def test_different_values_fill_nothing(values: tuple[Any, ...]) -> None:
    with pytest.raises(NotShared, match="the merchants in scope have different values of x"):
        shared_value("x", merchants(*values))


@pytest.mark.parametrize("values", [(), (None,), ("a", None), ("a", ""), (60, None)])
def test_what_one_of_them_lacks_is_not_known(values: tuple[Any, ...]) -> None:
    with pytest.raises(NotShared, match="x is not known"):
        shared_value("x", merchants(*values))


def test_the_names_are_those_that_signs_compare() -> None:
    assert shared_value("plan", merchants("a", "b")) == "gold"


def test_every_attribute_that_is_named_is_looked_up_and_every_problem_told() -> None:
    treatment = TreatmentSpec(
        tool="t", arguments={"a": "https://{attribute.x}/", "b": 7}, title="Do it at {attribute.plan}", promise="p"
    )
    assert attribute_words(treatment, merchants("h")) == {"attribute.x": "h", "attribute.plan": "gold"}
    both = treatment.changed(arguments={"a": "{attribute.x}", "b": "{attribute.y}"})
    with pytest.raises(NotShared, match="different values of x; y is not known"):
        attribute_words(both, merchants("h", "i"))


def test_an_attribute_is_put_in_as_it_is_and_never_read_as_a_template_or_cut() -> None:
    words = {"attribute.x": "{title} {0.__class__}", "title": "long text"}
    assert fill_template("{attribute.x}", words) == "{title} {0.__class__}"
    assert fill_template("at {attribute.x}!", words) == "at {title} {0.__class__}!"
    schema = {"properties": {"a": {"type": "string", "maxLength": 4}, "b": {"type": "string", "maxLength": 4}}}
    assert filled_arguments({"a": "{attribute.x}", "b": "{title}"}, words, schema) == {
        "a": "{title} {0.__class__}",
        "b": "long",
    }
