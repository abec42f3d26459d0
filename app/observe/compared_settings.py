"""The settings of merchants: what sets the broken apart from the others, who has what is wrong, and who breaks next."""

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from app.config.model import CauseSpec, DomainPack
from app.domain.base import JsonMapping, JsonObject, Stage
from app.domain.evidence import Evidence
from app.observe.contrast import Factor, at_risk, contrast, telling_factors
from app.observe.dossier_view import DossierView
from app.observe.match import carries_setting, knows_setting, list_carriers, listed_values, signs_testing
from app.observe.words import count_noun
from app.signs.attribute import carried_setting, dimensions_of, fitting_names, names_of

PURE_CHANCE, SAME_SHARE = 0.5, 0.1
"""From this p-value on, or with shares this much alike, a comparison shows nothing."""
MOST_FACTORS = 4
MOST_OF_THEM = 0.7
STAGES = tuple(Stage)
"""In the order in which a merchant goes through them."""
ABOVE, WITHIN = "above", "within"


def _list_comparisons(pack: DomainPack) -> list[tuple[str, tuple[str, ...]]]:
    """The signs that compare one attribute with another: (name, the names of limits)."""
    tests = [
        sign.test["attribute"]
        for cause in pack.causes
        for kind in (cause.signs, cause.contradictions)
        for sign in kind
        if "attribute" in sign.test
    ]
    return [
        (name, listed_values(test, "above"))
        for test in tests
        if isinstance(test, dict) and "above" in test
        for name in names_of(test)
    ]


def collect_attributes(view: DossierView) -> dict[str, JsonObject]:
    """The attributes of every known merchant, and of the unknown ones as their own signals tell them."""
    named = {
        name
        for cause in view.pack.causes
        for sign in signs_testing(cause, "attribute")
        if isinstance(test := sign.test["attribute"], dict)
        for name in names_of(test)
    }
    comparisons = _list_comparisons(view.pack)
    named |= {limit for _, limits in comparisons for limit in limits}
    rows = {merchant: dict(known) for merchant, known in view.settings.items()}
    for signal in view.signals:
        if signal.merchant_id:
            row = rows.setdefault(signal.merchant_id, {})
            for name in fitting_names(named, sorted(signal.attributes)):
                row.setdefault(name, signal.attributes[name])
    for row in rows.values():
        for wanted, limits in comparisons:
            for name in fitting_names([wanted], row):
                compared = _compare_attribute(row, name, limits)
                if compared:
                    row[f"{name} against {limits[0]}"] = compared
    return rows


def _compare_attribute(row: JsonMapping, name: str, limits: Sequence[str]) -> str | None:
    value, limit = row.get(name), next((found for one in limits if _is_number(found := row.get(one))), None)
    if not _is_number(value) or limit is None:
        return None
    return ABOVE if value > limit else WITHIN


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def contrast_merchants(view: DossierView, attributes: Mapping[str, JsonMapping]) -> list[Factor]:
    """What the affected have, beside the others that the directory knows."""
    cases = [attributes[one] for one in view.affected if one in attributes]
    controls = [row for merchant, row in attributes.items() if merchant not in view.affected and merchant in view.shops]
    dimensions = sorted({name for row in cases for name in row})
    return contrast(cases, controls, dimensions)


def find_next_to_break(
    view: DossierView, factors: Sequence[Factor], attributes: Mapping[str, JsonMapping]
) -> tuple[str, ...]:
    """Who has still to move and has the setting that is the likeliest cause, or else what the fault is described by: as
    long as nothing says that it reaches those who have not moved as well. Of an incident without a fault: who is
    healthy and shares what sets the hurt apart.
    """
    healthy = [merchant for merchant in view.shops.values() if merchant.id not in view.affected]
    stages = {view.shops[one].stage for one in view.affected if one in view.shops}
    still = [one for one in healthy if one.stage not in stages]
    if view.fault is not None:
        if view.fault.follows_moves is False:
            return ()
        cause = _cause_by_setting(view)
        now = {one.id: one.dimensions() for one in still}
        by_cause = {name for name, says in now.items() if cause is not None and carries_setting(cause, says)}
        by_rule = {name for name, says in now.items() if cause is None and view.fault.will_cover(says)}
        return tuple(sorted(by_cause | by_rule))
    named = _asked_about(view.pack, sorted({one.dimension for one in factors}))
    suspects = [one for one in factors if one.dimension in named and one.lift > 1.5 and one.cases_with * 2 > one.cases]
    return at_risk(telling_factors(factors) or suspects[:1], healthy, attributes)


def _cause_by_setting(view: DossierView) -> CauseSpec | None:
    """The likeliest cause, if it is about a setting that the hurt have as far as the directory says."""
    return next((cause for cause in view.suspects[:1] if _is_carried_by_hurt(cause, view)), None)


def _is_carried_by_hurt(cause: CauseSpec, view: DossierView) -> bool:
    """Whether most of the hurt have the setting that a cause is about, as far as the directory says."""
    hurt = [view.settings[one] for one in view.affected if one in view.settings]
    known = [one for one in hurt if knows_setting(cause, one)]
    return bool(known) and sum(carries_setting(cause, one) for one in known) >= MOST_OF_THEM * len(known)


def find_setting_carriers(view: DossierView) -> dict[str, tuple[str, ...]]:
    """By cause that the failing routes hint at, or whose setting the hurt have in common, who has that setting among
    those who are as far with their move as one of the hurt, or further, or whom the fault's own description covers, by
    the directory of now; among all where the cause has nothing to do with the move. Routes and codes may be spelt as no
    pack spells them.
    """
    covered = view.fault.scope if view.fault else frozenset()
    reached = [STAGES.index(view.shops[one].stage) for one in view.affected if one in view.shops]
    as_far = STAGES[min(reached) :] if reached else ()
    every = {one.id: one.dimensions() for one in view.shops.values()}
    alike = {one: says for one, says in every.items() if view.shops[one].stage in as_far or one in covered}
    shared = [cause for cause in view.pack.causes if cause not in view.suspects and _is_carried_by_hurt(cause, view)]
    causes = (*view.suspects, *shared)
    found = {one.id: _list_wrong(one, alike if signs_testing(one, "stage") else every) for one in causes}
    return {cause: merchants for cause, merchants in found.items() if merchants}


def _list_wrong(cause: CauseSpec, known: Mapping[str, JsonMapping]) -> tuple[str, ...]:
    """Who of these has a value that a cause names, or one beyond a limit that it names, sorted."""
    tests = [sign.test["attribute"] for sign in signs_testing(cause, "attribute")]
    limits = [one for one in tests if isinstance(one, Mapping) and "above" in one]
    beyond = {who for who, says in known.items() if any(carried_setting(one, says) for one in limits)}
    return tuple(sorted(beyond.union(list_carriers(cause, known))))


def _asked_about(pack: DomainPack, dimensions: Sequence[str]) -> set[str]:
    """Which of these the signs of the pack are about."""
    tests = [sign.test["attribute"] for cause in pack.causes for sign in signs_testing(cause, "attribute")]
    return {name for test in tests if isinstance(test, dict) for name in dimensions_of(test, dimensions)}


def list_contrast_rows(view: DossierView, factors: Sequence[Factor]) -> list[Evidence]:
    """What sets the broken apart. Where nothing does, a setting that the pack asks about is told as it is, without a
    comparison.
    """
    named = _asked_about(view.pack, sorted({one.dimension for one in factors}))
    shown = [*telling_factors(factors)[:MOST_FACTORS], *(one for one in factors if one.dimension in named)]
    rows = []
    for one in {(factor.dimension, str(factor.value)): factor for factor in shown}.values():
        if one.p >= PURE_CHANCE or abs(one.lift - 1) < SAME_SHARE:
            if one.dimension in named:
                statement = (
                    f"{one.cases_with} of {count_noun(one.cases, 'affected merchant')}"
                    f" {'has' if one.cases == 1 else 'have'} {one.dimension} = {one.value}."
                )
                data = {
                    "dimension": one.dimension,
                    "value": one.value,
                    "cases_with": one.cases_with,
                    "cases": one.cases,
                }
                rows.append(
                    view.row("attribute", [one.dimension, str(one.value)], statement, data, count=one.cases_with)
                )
            continue
        statement = (
            f"{one.cases_with} of {one.cases} affected merchants have {one.dimension} = {one.value}, "
            f"and {one.controls_with} of {one.controls} others (chance alone: p = {one.p:.3g})."
        )
        rows.append(view.row("contrast", [one.dimension, str(one.value)], statement, one.plain(), count=one.cases_with))
    return rows
