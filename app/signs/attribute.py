"""A sign in the settings of the affected merchants: `attribute: {name: token_version, values: [v2]}`, or one number
compared with another: `attribute: {name: sync_rate, above: [sync_limit]}`.

Directories call a setting by different names, so `name` may list several, with stars for anything: the first that the
directory has counts, one with such a value before others.
"""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache

from app.domain.base import JsonMapping
from app.domain.dossier_facts import Comparison, DossierFacts
from app.domain.evidence import Evidence
from app.signs.base import A_LOOK, MOST_NAMED, Hits, SignKind, texts_of
from app.validation.strict_yaml import KeyPath

COMMON_COSTS = 0.7
"""How much less the sign is worth where the healthy merchants have the value as often as the affected."""


class AttributeKind(SignKind):
    """The share of affected merchants with the value; worth less where the healthy ones have it just as often."""

    name = "attribute"
    full_share = 0.7
    example = {"name": "token_version", "values": ["v2", "2"]}  # noqa: RUF012
    contrary_rows = frozenset({"contrast", "attribute"})
    minutes = A_LOOK

    def describe_wanted(self, wanted: object) -> str:
        """The setting and its values, or the limit it is compared with."""
        test = _plain_test(wanted)
        limits = [f"above {one}" for one in texts_of(test["above"])] if "above" in test else []
        listed = limits or texts_of(test.get("values", ()))
        return f"{' or '.join(names_of(test)[:MOST_NAMED])}: {', '.join(listed[:MOST_NAMED])}"

    def count_hits(self, wanted: object, sign: str, facts: DossierFacts) -> Hits | None:
        """The merchants with one of the values, and how common it is among the others."""
        test = _plain_test(wanted)
        words = _words_of(test)
        known = [
            values for one in dimensions_of(test, facts.attributes) if _most_known(values := facts.attributes[one])
        ]
        values = next((one for one in known if any(_fits(name, words) for name in one)), known[0] if known else {})
        total = _most_known(values)
        if not total:
            return None
        fitting = {name: one for name, one in values.items() if _fits(name, words)}
        cases = sum(one.cases for one in fitting.values())
        others = max((one.controls_total for one in fitting.values()), default=0)
        common = sum(one.controls for one in fitting.values()) / others if others else 0.0
        return Hits(
            count=cases,
            total=total,
            by_value={name: one.cases for name, one in fitting.items()},
            weight=1.0 - COMMON_COSTS * min(common, cases / total),
        )

    def is_shown_by(self, row: Evidence, wanted: object, sign: str, hits: Hits) -> bool:
        """The rows about this setting: beside the healthy, or as it is where that shows no difference."""
        return (
            row.kind in self.contrary_rows
            and bool(dimensions_of(_plain_test(wanted), [str(row.data.get("dimension"))]))
            and str(row.data.get("value")) in hits.by_value
        )

    def find_problems(self, wanted: object) -> Iterator[tuple[KeyPath, str]]:
        """A name, and either values or the names of limits."""
        if not isinstance(wanted, Mapping):
            yield (), "must name an attribute and its values: {name: NAME, values: [VALUE]}"
            return
        yield from _name_problems(wanted.get("name"))
        if ("values" in wanted) == ("above" in wanted):
            yield (), "needs either values, or above with the names of limits"
        for key, listed in wanted.items():
            if key in {"values", "above"}:
                for path, what in super().find_problems(listed):
                    yield (key, *path), what
            elif key != "name":
                yield (key,), "is not a known key; write name, and values or above"


def carried_setting(wanted: object, dimensions: JsonMapping) -> str:
    """What of these attributes shows the sign, in words; empty when none does, or it is not known."""
    test = _plain_test(wanted)
    name, value = value_carried(test, dimensions)
    if value is None:
        return ""
    if "above" not in test:
        words = _words_of(test)
        carried = _each(value)
        fitting = [str(one) for one in carried if _fits(one, words)]
        return f"{name} {'is' if carried == [value] else 'have'} {' and '.join(fitting)}" if fitting else ""
    limit = texts_of(test["above"])[0]
    most = dimensions.get(limit)
    if not isinstance(value, int | float) or not isinstance(most, int | float):
        return ""
    return f"{name} is above {limit}" if value > most else ""


def carriers_of(tests: Iterable[JsonMapping], known: Mapping[str, JsonMapping]) -> tuple[str, ...]:
    """Who of these, by what the directory says of them, has a value that one of the tests names, sorted."""
    wanted = [(names_of(one), _words_of(one)) for one in tests]
    if not wanted:
        return ()
    return tuple(
        sorted(
            who
            for who, says in known.items()
            if any(_carries(_value_among(names, words, says)[1], words) for names, words in wanted)
        )
    )


def _carries(value: object, words: frozenset[str]) -> bool:
    return value is not None and any(_fits(one, words) for one in _each(value))


def value_carried(test: JsonMapping, dimensions: JsonMapping) -> tuple[str, object]:
    """The first of the names that these attributes have, and what it says; no name and None when they have none."""
    return _value_among(names_of(test), _words_of(test), dimensions)


def _value_among(
    names: tuple[str, ...], words: frozenset[str], dimensions: JsonMapping
) -> tuple[str, object]:  # fmt: skip
    found = _fitting(names, tuple(dimensions))
    known = [(name, value) for name in found if (value := dimensions[name]) is not None and value != ""]
    return next((one for one in known if _carries(one[1], words)), known[0] if known else ("", None))


def names_of(test: JsonMapping) -> tuple[str, ...]:
    """What the attribute may be called, the likeliest first; a single name may stand without a list."""
    return texts_of(test.get("name", ()))


def dimensions_of(test: JsonMapping, known: Iterable[str]) -> list[str]:
    """Which of the names that the dossier knows are what is compared, the likeliest first."""
    limits = texts_of(test["above"]) if "above" in test else []
    return fitting_names([f"{name} against {limits[0]}" if limits else name for name in names_of(test)], known)


def fitting_names(wanted: Iterable[str], known: Iterable[str]) -> list[str]:
    """The known names that fit, in the order in which they are wanted; stars stand for anything."""
    return list(_fitting(tuple(wanted), tuple(known)))


@lru_cache(maxsize=4096)
def _fitting(wanted: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """Directories call the settings of all their merchants by the same few names, so what fitted is remembered."""
    return tuple(dict.fromkeys(name for one in wanted for name in known if name == one or _is_like(name, one)))


def _is_like(text: str, wanted: str) -> bool:
    """Whether a text fits one with stars; what has none is not looked at as a pattern, as most of them have none."""
    return any(mark in wanted for mark in "*?[") and fnmatchcase(text, wanted)


def _name_problems(name: object) -> Iterator[tuple[KeyPath, str]]:
    listed = name if isinstance(name, list | tuple) else [name]
    if not listed:
        yield ("name",), "lists nothing; write the name of an attribute"
    for place, one in enumerate(listed):
        if not isinstance(one, str) or not one.strip():
            yield ("name", place) if listed is name else ("name",), "is missing; write the name of an attribute"


def _most_known(values: Mapping[str, Comparison]) -> int:
    """Of how many affected merchants the attribute is known."""
    return max((one.cases_total for one in values.values()), default=0)


def _plain_test(wanted: object) -> JsonMapping:
    return wanted if isinstance(wanted, Mapping) else {}


def _words_of(test: JsonMapping) -> frozenset[str]:
    return _plain_words(("above",) if "above" in test else texts_of(test.get("values", ())))


@lru_cache(maxsize=1024)
def _plain_words(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_plain_word(one) for one in values)


def _fits(value: object, words: frozenset[str]) -> bool:
    """Whether a value is one of these words; stars stand for anything."""
    return _is_one_of(_plain_word(value), words)


@lru_cache(maxsize=4096)
def _is_one_of(plain: str, words: frozenset[str]) -> bool:
    return plain in words or any("*" in one and fnmatchcase(plain, one) for one in words)


def _each(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _plain_word(value: object) -> str:
    return str(value).strip().casefold()


KIND = AttributeKind()
