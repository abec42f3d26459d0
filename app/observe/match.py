"""Which causes of a pack a failing route or a text hints at. Only hints: `app.reason` weighs, this merely tells things
apart.
"""

from collections.abc import Iterable, Mapping, Sequence

from app.config.model import CauseSpec, DomainPack, SignSpec
from app.domain.base import JsonMapping
from app.domain.once import once_for_each
from app.signs.attribute import carriers_of, value_carried
from app.signs.base import texts_of
from app.signs.registry import ROUTE_KINDS

PACKS_KEPT = 16


def listed_values(test: JsonMapping, kind: str) -> tuple[str, ...]:
    """The values a sign's test lists for one kind, as strings."""
    wanted = test.get(kind, ())
    return texts_of(wanted)


def signs_testing(cause: CauseSpec, kind: str) -> list[SignSpec]:
    """The signs of a cause that test one kind of fact."""
    return [sign for sign in cause.signs if kind in sign.test]


def carries_setting(cause: CauseSpec, dimensions: JsonMapping) -> bool:
    """Whether a merchant with these attributes has the very setting that the cause is about."""
    return bool(list_carriers(cause, {"": dimensions}))


def list_carriers(cause: CauseSpec, known: Mapping[str, JsonMapping]) -> tuple[str, ...]:
    """Who of these, by what the directory says of them, has the very setting that the cause is about, sorted."""
    tests = [sign.test["attribute"] for sign in signs_testing(cause, "attribute")]
    return carriers_of([one for one in tests if isinstance(one, Mapping) and "values" in one], known)


def knows_setting(cause: CauseSpec, dimensions: JsonMapping) -> bool:
    """Whether the directory says of a merchant what the cause is about."""
    tests = [sign.test["attribute"] for sign in signs_testing(cause, "attribute")]
    return any(value_carried(one, dimensions)[1] is not None for one in tests if isinstance(one, Mapping))


@once_for_each(PACKS_KEPT)
def code_causes(pack: DomainPack) -> dict[str, frozenset[str]]:
    """For each error code, the causes that list it."""
    found: dict[str, set[str]] = {}
    for cause in pack.causes:
        for sign in cause.signs:
            for code in listed_values(sign.test, "code") if "code" in sign.test else ():
                found.setdefault(code, set()).add(cause.id)
    return {code: frozenset(causes) for code, causes in found.items()}


def route_fit(cause: CauseSpec, key: JsonMapping) -> float:
    """How much of what a cause says about routes holds for one pattern's key: the weights of the signs that hold, over
    those that could be told.
    """
    told = held = 0.0
    for name, kind in ROUTE_KINDS.items():
        value = key.get(kind.part)
        for sign in signs_testing(cause, name) if value not in (None, "") else ():
            told += sign.weight
            held += sign.weight if kind.fits_value(str(value), listed_values(sign.test, name)) else 0.0
    return held / told if told else 0.0


def likely_causes(pack: DomainPack, keys: Sequence[JsonMapping], at_least: float = 0.5) -> list[CauseSpec]:
    """The causes whose routes fit that well, best first."""
    scored = [(max((route_fit(cause, key) for key in keys), default=0.0), cause) for cause in pack.causes]
    return [cause for fit, cause in sorted(scored, key=lambda one: (-one[0], one[1].id)) if fit >= at_least]


def values_tested(causes: Iterable[CauseSpec], kind: str) -> frozenset[str]:
    """What the signs of these causes list for one kind of fact."""
    return frozenset(
        value for cause in causes for sign in signs_testing(cause, kind) for value in listed_values(sign.test, kind)
    )
