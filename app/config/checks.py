"""What the shapes alone cannot say: promises that must hold, names that must exist, and treatments that can
be filled.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from app.config.model import (
    ATTRIBUTE_NAME,
    FOR_EVER,
    HOUR,
    LEVELS,
    METHODS,
    OUTSIDE,
    REPEATS,
    TEMPLATE_NAMES,
    CauseSpec,
    PackFile,
    Policies,
    Retention,
    RiskMatrix,
    SourcesFile,
    Thresholds,
    ToolsFile,
    TreatmentSpec,
    age_of,
    names_in_template,
)
from app.domain.base import JsonMapping, Severity, list_in, object_in
from app.domain.decisions import Effect, Verdict
from app.domain.spoken import OTHER_LANGUAGES
from app.ports.connectors import ToolSpec
from app.signs.registry import find_test_problems
from app.sources.registry import SOURCES
from app.validation.condition import Condition, problems_of_condition
from app.validation.policy_facts import PolicyFacts, policy_book
from app.validation.schema import problems_of_schema
from app.validation.strict_yaml import KeyPath

Found = Iterator[tuple[KeyPath, str]]


def _policy_problems(policies: Policies) -> Found:
    ids = Counter(rule.id for rule in policies.rules)
    for place, rule in enumerate(policies.rules):
        path: KeyPath = ("rules", place)
        if ids[rule.id] > 1:
            yield (*path, "id"), f"{rule.id!r} names {ids[rule.id]} rules; give each its own id"
        for what in problems_of_condition(rule.when, policy_book()):
            yield (*path, "when"), what
    for tenant, line in policies.two_people_above.tenants.items():
        if line < 0:
            yield ("two_people_above", "tenants", tenant), f"{line:g} is no line; write an amount of 0 or more"
    for tenant, most in policies.merchants_per_hour.tenants.items():
        if most < 1:
            yield ("merchants_per_hour", "tenants", tenant), f"{most} is no cap; write 1 or more, or leave it out"
    yield from _broken_promises(policies)


NEVER: Mapping[str, str] = MappingProxyType(
    {
        "tool_known": "use a tool nobody declared",
        "changes_production_data": "modify production data",
        "touches_payment": "access payment information",
        "contacts_merchant": "contact merchants directly",
        "human_refused": "override what a person decided",
    }
)
"""What no configuration may allow, by the fact that says so."""


def _broken_promises(policies: Policies) -> Found:
    """`cannot` is not prose: for each promise some rule must deny, whatever else is true."""
    denials = [
        Condition(rule.when)
        for rule in policies.rules
        if rule.verdict is Verdict.DENY and not list(problems_of_condition(rule.when, policy_book()))
    ]
    for fact, promise in NEVER.items():
        facts = {**HARMLESS, fact: fact != "tool_known"}
        if policies.rules and not any(denial.holds(facts) for denial in denials):
            yield (
                ("rules",),
                (
                    f"no rule denies it to {promise}; a rule with the verdict deny must hold when {fact} is"
                    f" {str(facts[fact]).lower()}"
                ),
            )


HARMLESS: JsonMapping = MappingProxyType(
    PolicyFacts(
        effect=Effect.MERCHANT_SETTING,
        tool_known=True,
        tool_enabled=True,
        external=False,
        reversible=True,
        has_undo=True,
        risk_level="low",
        risk_score=0.0,
        severity=Severity.LOW,
        merchants=1,
        confidence=1.0,
        confidence_lower=1.0,
        cause_known=True,
        signals=100,
        auto_confidence=0.5,
        escalate_confidence=0.1,
        max_actions_per_hour=100,
    ).plain()
)
"""A proposal nothing speaks against, so that a denial can come from one fact only."""


def _source_problems(found: SourcesFile) -> Found:
    """A secret tells whose tenant is written into, so no two tenants share one."""
    owners: dict[tuple[str, str], str] = {}
    for place, binding in enumerate(found.sources):
        path: KeyPath = ("sources", place)
        if binding.source not in SOURCES:
            yield (*path, "source"), f"{binding.source!r} is no source; there are {', '.join(SOURCES)}"
        for number, secret in enumerate(binding.secrets):
            if (secret.env is None) == (secret.file is None):
                yield (*path, "secrets", number), "names either env or file, and never the secret itself"
                continue
            name = (binding.source, f"env {secret.env}" if secret.env else f"file {secret.file}")
            if owners.setdefault(name, binding.tenant) != binding.tenant:
                yield (
                    (*path, "secrets", number),
                    f"is the secret of {binding.source} in the tenant {owners[name]} too; give each tenant its own",
                )


def _threshold_problems(thresholds: Thresholds) -> Found:
    if thresholds.escalate_confidence > thresholds.auto_confidence:
        yield ("escalate_confidence",), "is above auto_confidence; lower it, or nothing is ever asked about"
    for place, word in enumerate(thresholds.single_signal_severities):
        if word not in set(Severity):
            yield ("single_signal_severities", place), f"{word!r} is not a severity; write one of {', '.join(Severity)}"
    if thresholds.bucket_minutes > thresholds.window_minutes:
        yield ("bucket_minutes",), "is longer than window_minutes; shorten it"


PROMISED_REPLIES = timedelta(hours=24)
"""How long the same request under its Idempotency-Key is promised its first answer."""


def _retention_problems(retention: Retention, thresholds: Thresholds | None) -> Found:
    looked_at = thresholds.looked_back if thresholds else timedelta()
    looks = "a sweep looks back so far"
    least = {"signals": looked_at, "view": looked_at, "incident_signals": looked_at, "replies": PROMISED_REPLIES}
    why = {"signals": looks, "view": looks, "incident_signals": looks, "replies": "that is promised"}
    for section in ("kept", "simulated"):
        classes = getattr(retention, section)
        if classes.replies == FOR_EVER:
            yield (section, "replies"), "cannot be for_ever; write a number of hours or days"
        for name, lower in least.items():
            age = age_of(getattr(classes, name))
            if age is not None and age < lower:
                yield (
                    (section, name),
                    f"is {getattr(classes, name)}; write {-(-lower // HOUR)}h or more, because {why[name]}",
                )


def _risk_problems(risk: RiskMatrix) -> Found:
    yield from _incomplete_keys("effect", risk.effect, list(Effect))
    yield from _incomplete_keys("severity", risk.severity, list(Severity))
    yield from _incomplete_keys("levels", risk.levels, LEVELS)
    bounds = [risk.levels[level] for level in LEVELS if level in risk.levels]
    if bounds and (bounds[0] != 0 or bounds != sorted(set(bounds)) or bounds[-1] > 1):
        yield ("levels",), "must start at 0 and grow from low to critical, up to 1 at most"
    for name in ("effect", "severity"):
        for key, number in getattr(risk, name).items():
            if not 0 <= number <= 1:
                yield (name, key), f"is {number}; write a number from 0 to 1"


def _incomplete_keys(name: str, given: Mapping[str, float], needed: Iterable[str]) -> Found:
    wanted = [str(word) for word in needed]
    for word in wanted:
        if word not in given:
            yield (name,), f"has no number for {word!r}; add it"
    for word in given:
        if word not in wanted:
            yield (name, word), f"is not one of {', '.join(wanted)}; remove it"


def _tool_problems(file: ToolsFile) -> Found:
    by_name = {spec.name: spec for spec in file.tools}
    places = Counter((spec.method, spec.path) for spec in file.tools)
    names = Counter(spec.name for spec in file.tools)
    for place, spec in enumerate(file.tools):
        path: KeyPath = ("tools", place)
        if names[spec.name] > 1:
            yield (*path, "name"), f"{spec.name!r} names {names[spec.name]} tools; give each its own name"
        if places[spec.method, spec.path] > 1:
            yield (
                (*path, "path"),
                "is shared with another tool of the same method; a request must tell which tool it is",
            )
        for key, what in _spec_problems(spec):
            yield (*path, *key), what
        for key, what in _undo_problems(spec, by_name):
            yield (*path, *key), what


def _spec_problems(spec: ToolSpec) -> Found:
    for key, choices in (("repeat", REPEATS), ("risk", LEVELS), ("method", METHODS)):
        if getattr(spec, key) not in choices:
            yield (key,), f"is {getattr(spec, key)!r}; write one of {', '.join(choices)}"
    for what in problems_of_schema(spec.arguments):
        yield ("arguments",), what
    if spec.effect in OUTSIDE and not spec.external:
        yield ("external",), f"must be true for the effect {spec.effect.value}"
    fields = object_in(spec.arguments, "properties")
    if not spec.path.startswith("/") or ".." in spec.path:
        yield ("path",), "must start with / and hold no '..'"
    for name in names_in_template(spec.path):
        kind = object_in(fields, name).get("type")
        if name not in list_in(spec.arguments, "required") or kind not in ("string", "integer"):
            yield ("path",), f"names {{{name}}}, which is not a required string or integer argument"
    for name in names_in_template(spec.diff):
        if name not in fields:
            yield ("diff",), f"names {{{name}}}, which is not an argument"


def _undo_problems(spec: ToolSpec, tools: Mapping[str, ToolSpec]) -> Found:
    if spec.undo is None:
        if spec.reversible and spec.effect is not Effect.READ:
            yield ("undo",), "is missing; say how to take it back, or declare reversible: false"
        return
    tool = spec.undo.get("tool")
    if not isinstance(tool, str) or tool not in tools:
        yield ("undo", "tool"), f"{tool!r} is not a tool of this file"
        return
    unknown = [one for one in object_in(spec.undo, "translated") if one not in OTHER_LANGUAGES]
    if unknown:
        yield ("undo", "translated", unknown[0]), f"is not one of {', '.join(OTHER_LANGUAGES)}"
    known = {*object_in(spec.arguments, "properties"), "reference"}
    yield from find_argument_problems(spec.undo.get("arguments", {}), tools[tool], known, ("undo",))


def find_argument_problems(
    arguments: object, tool: ToolSpec, known: Iterable[str], path: KeyPath, *, attributes: bool = False
) -> Found:
    """Whether an argument template names only what the tool takes, all that it needs, and only words that can be
    filled.
    """
    if not isinstance(arguments, Mapping):
        yield (*path, "arguments"), "must map argument names to values"
        return
    for key, value in arguments.items():
        if key not in object_in(tool.arguments, "properties"):
            yield (*path, "arguments", key), f"is not an argument of {tool.name}"
        for what in find_unfillable_names(value, known, attributes=attributes):
            yield (*path, "arguments", key), what
    for key in list_in(tool.arguments, "required"):
        if key not in arguments:
            yield (*path, "arguments"), f"lacks {key!r}, which {tool.name} needs"


def find_unfillable_names(template: object, known: Iterable[str], *, attributes: bool) -> Iterator[str]:
    """What a template names that nobody fills."""
    more = " or {attribute.NAME}" if attributes else ""
    for name in names_in_template(template):
        if name not in known and not (attributes and ATTRIBUTE_NAME.fullmatch(name)):
            yield f"names {{{name}}}, which nobody fills; use one of {', '.join(sorted(known))}{more}"


def _treatment_problems(
    treatment: TreatmentSpec, tools: Mapping[str, ToolSpec] | None, path: KeyPath, *, attributes: bool
) -> Found:
    """What is wrong with a treatment; one that must always be possible may not depend on attributes."""
    if tools is not None and treatment.tool not in tools:
        yield (*path, "tool"), f"{treatment.tool!r} is not a tool of tools.yaml"
    elif tools is not None:
        yield from find_argument_problems(
            treatment.arguments, tools[treatment.tool], TEMPLATE_NAMES, path, attributes=attributes
        )
    for what in find_unfillable_names(treatment.title, TEMPLATE_NAMES, attributes=attributes):
        yield (*path, "title"), what
    for language, title in treatment.translated.told().items():
        if set(names_in_template(title)) != set(names_in_template(treatment.title)):
            yield (*path, "translated", language), "has not the same names in braces as the title"
    for what in find_unfillable_names(treatment.promise, TEMPLATE_NAMES, attributes=False):
        yield (*path, "promise"), what


def find_pack_problems(pack: PackFile, folder: str, tools: Mapping[str, ToolSpec] | None) -> Found:
    """What is wrong with the head of a pack beyond its shape."""
    if pack.name != folder:
        yield ("name",), f"is {pack.name!r} in the folder {folder!r}; use one name"
    yield from _treatment_problems(pack.fallback, tools, ("fallback",), attributes=False)
    for place, sign in enumerate(pack.unknown_signs):
        for path, what in find_test_problems(sign.test):
            yield ("unknown_signs", place, "test", *path), what


def find_pair_problems(pack: PackFile, causes: Collection[str]) -> Found:
    """Pairs that are declared not to be told apart are two causes of the pack."""
    for place, pair in enumerate(pack.inseparable):
        for which, name in enumerate(pair):
            if name not in causes or pair[0] == pair[1]:
                yield ("inseparable", place, which), f"{name!r} is no other cause of this pack; name two of its causes"


def find_cause_problems(name: str, tools: Mapping[str, ToolSpec] | None) -> Callable[[CauseSpec], Found]:
    """What is wrong with a cause that stands in a file of this name, beyond its shape."""
    return lambda cause: _cause_problems(cause, Path(name).stem, tools)


def _cause_problems(cause: CauseSpec, stem: str, tools: Mapping[str, ToolSpec] | None) -> Found:
    if cause.id != stem:
        yield ("id",), f"is {cause.id!r} in the file {stem}.yaml; use one name"
    if not cause.signs:
        yield ("signs",), "is empty; a cause needs something to be recognised by"
    ids = Counter(sign.id for sign in (*cause.signs, *cause.contradictions))
    for key in ("signs", "contradictions"):
        for place, sign in enumerate(getattr(cause, key)):
            if ids[sign.id] > 1:
                yield (key, place, "id"), f"{sign.id!r} is used {ids[sign.id]} times; give each sign its own id"
            for path, what in find_test_problems(sign.test):
                yield (key, place, "test", *path), what
    for place, treatment in enumerate(cause.treatments):
        yield from _treatment_problems(treatment, tools, ("treatments", place), attributes=True)
