"""The shapes of config/: policies, thresholds, risk, tools and domain packs, loaded into frozen typed objects.

Behaviour is data. A wrong file refuses to start, and every problem is named at once with its file, line and key.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field, ValidationError

from app.checks.condition import Condition, problems_of_condition
from app.checks.facts import Facts
from app.checks.schema import problems_of_schema
from app.checks.strict_yaml import KeyPath, Read, read_yaml
from app.domain.base import Severity, Value, canonical, digest_of
from app.domain.decisions import Effect, Verdict
from app.domain.errors import BadConfig
from app.domain.tenants import Tenant
from app.ports import ToolSpec

HOUR = timedelta(hours=1)
FOR_EVER = "for_ever"
Age = Annotated[str, Field(pattern=r"^([1-9][0-9]{0,4}[hd]|for_ever)$")]


def age_of(said: str) -> timedelta | None:
    """An age such as 36h or 7d; None for ever."""
    return None if said == FOR_EVER else int(said[:-1]) * (HOUR if said.endswith("h") else 24 * HOUR)


class PolicyRule(Value):
    """One rule: when the CEL condition holds over the facts, this verdict is demanded."""

    id: str = Field(pattern=r"^[a-z0-9_.-]+$")
    when: str
    verdict: Verdict
    because: str
    rows: tuple[str, ...] = ()


class Policies(Value):
    """config/agent_policies.yaml: what the agent can and cannot do, and the rules that hold it to that."""

    can: tuple[str, ...]
    cannot: tuple[str, ...]
    rules: tuple[PolicyRule, ...]
    expires_after_minutes: int = Field(ge=1)
    max_attempts: int = Field(ge=1, le=10)
    max_actions_per_hour: int = Field(ge=1)
    cooldown_minutes: int = Field(ge=0, description="how long the same tool is not used again on a merchant without a person; 0 means no such rest")


class Thresholds(Value):
    """config/thresholds.yaml: the numbers observers, reasoner and policy compare with."""

    auto_confidence: float = Field(ge=0, le=1)
    escalate_confidence: float = Field(ge=0, le=1)
    window_minutes: int = Field(ge=1)
    baseline_minutes: int = Field(ge=1)
    bucket_minutes: int = Field(ge=1)
    spike_score: float = Field(ge=0, le=1)
    group_min_count: int = Field(ge=1)
    single_signal_severities: tuple[str, ...]
    cluster_eps: float = Field(gt=0, le=2)
    cluster_min_samples: int = Field(ge=2)
    ticket_link_overlap: float = Field(ge=0, le=1)
    order_grace_minutes: int = Field(ge=0)
    canary_above_merchants: int = Field(ge=1, description="a rollout starts with one merchant when the scope is larger than this")
    retrieval_floor: float = Field(ge=0, le=1)
    checkout_conversion: float = Field(ge=0, le=1, description="share of failed checkouts that would have become an order")

    @property
    def looked_back(self) -> timedelta:
        """How far before something anybody looks who counts it: a window, what that is compared with, and the grace of a payment."""
        return timedelta(minutes=self.window_minutes + self.baseline_minutes + self.order_grace_minutes)


class Keeping(Value):
    """How long each class of things is kept; None is for ever."""

    signals: timedelta | None
    view: timedelta | None
    incident_signals: timedelta | None
    patterns: timedelta | None
    replies: timedelta
    outbox: timedelta | None
    bookmarks: timedelta | None

    def said(self) -> dict[str, str]:
        """The same in the words of the file."""
        ages = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: FOR_EVER if age is None else f"{age // HOUR}h" for name, age in ages.items()} | {"events": FOR_EVER}


class KeptClasses(Value):
    """One section of config/retention.yaml, as it is written."""

    signals: Age
    view: Age
    incident_signals: Age
    patterns: Age
    replies: Age
    outbox: Age
    bookmarks: Age
    events: Literal["for_ever"] = Field(description="the audit record is append-only")

    def read(self) -> Keeping:
        """What it says, in time."""
        return Keeping.model_validate({name: age_of(getattr(self, name)) for name in Keeping.model_fields})


class Retention(Value):
    """config/retention.yaml: how long things are kept, and how long in tenants whose time is simulated."""

    kept: KeptClasses
    simulated: KeptClasses

    def of(self, tenant: Tenant) -> Keeping:
        """What counts in a tenant."""
        return (self.simulated if tenant.simulated_clock else self.kept).read()


class RiskMatrix(Value):
    """config/risk_matrix.yaml: how effect, reach, severity and reversibility add up."""

    effect: dict[str, float]
    severity: dict[str, float]
    per_extra_merchant: float = Field(ge=0)
    extra_merchants_cap: float = Field(ge=0)
    irreversible: float = Field(ge=0)
    external: float = Field(ge=0)
    levels: dict[str, float] = Field(description="level name to its lower bound")


class SignSpec(Value):
    """Something to look for. It matches when `test` holds on the dossier's facts; absent signs may count against."""

    id: str
    test: dict[str, object] = Field(description="one of: code, endpoint, status, text, topic, stage, attribute, symptom, signal_type")
    weight: float = Field(ge=0, description="log-odds for the cause when the sign is fully present")
    absent: float = Field(default=0.0, ge=0, description="log-odds against it when the sign is absent")
    says: str = Field(description="the sentence when present; {share}, {count}, {merchants} and {value} are filled in")


class TreatmentSpec(Value):
    """An action that treats a cause."""

    tool: str
    arguments: dict[str, object] = Field(default_factory=dict)
    title: str
    promise: str
    within_minutes: int = Field(default=10, ge=1)
    target_ratio: float = Field(default=0.2, ge=0, le=1)


class CauseSpec(Value):
    """One mechanism the agent knows: how to recognise it and what treats it."""

    id: str
    category: str
    title: str
    explanation: str
    prior: float = Field(default=-3.0, description="log-odds before any sign")
    signs: tuple[SignSpec, ...]
    contradictions: tuple[SignSpec, ...] = ()
    treatments: tuple[TreatmentSpec, ...] = ()
    runbook_query: str
    questions: tuple[str, ...] = Field(default=(), description="what a person could check next")


class DomainPack(Value):
    """A folder of config/domain_packs: the causes of one domain and the words around them."""

    name: str
    title: str
    unknown_prior: float
    causes: tuple[CauseSpec, ...]
    known_codes: tuple[str, ...] = ()
    fallback: TreatmentSpec = Field(description="what is proposed for an unknown cause, or on thin evidence")

    def cause(self, cause_id: str) -> CauseSpec | None:
        """One cause by id."""
        return next((cause for cause in self.causes if cause.id == cause_id), None)


class Config(Value):
    """All of config/, and the version its content hashes to."""

    policies: Policies
    thresholds: Thresholds
    retention: Retention
    risk: RiskMatrix
    tools: tuple[ToolSpec, ...]
    packs: dict[str, DomainPack]
    policy_version: str = Field(description="sha256 over policies, thresholds, risk matrix and tools as loaded")


# --- loading ---------------------------------------------------------------------------------------------------------

TEMPLATE_NAMES = frozenset(
    {
        *("merchant_ids", "incident_id", "title", "summary", "severity", "cause", "cause_title", "stores", "count"),
        *("code", "endpoint", "topic", "stage", "wave", "requests_per_minute"),
    }
)
"""What a treatment's arguments, title and promise may name in braces; app.playbooks fills them from typed facts."""
ATTRIBUTE = "attribute."
"""Arguments and titles may also name {attribute.NAME}: what the directory says of the merchants in scope, when they agree on it."""
ATTRIBUTE_NAME = re.compile(r"attribute\.[A-Za-z_][A-Za-z0-9_-]{0,62}")
SIGN_TESTS = frozenset({"code", "endpoint", "status", "text", "topic", "stage", "attribute", "symptom", "signal_type"})
REPEATS = ("idempotent", "reconcilable", "neither")
LEVELS = ("low", "medium", "high", "critical")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OUTSIDE = frozenset({Effect.EXTERNAL_ESCALATION, Effect.MERCHANT_CONTACT})
Found = Iterator[tuple[KeyPath, str]]
M = TypeVar("M", bound=Value)


class PackFile(Value):
    """config/domain_packs/<pack>/pack.yaml: a pack without its causes, which have a file each."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    title: str
    unknown_prior: float
    known_codes: tuple[str, ...] = ()
    fallback: TreatmentSpec


class ToolsFile(Value):
    """config/tools.yaml."""

    tools: tuple[ToolSpec, ...] = Field(min_length=1)


def load_config(folder: Path) -> Config:
    """Everything under config/, or BadConfig with every problem of every file: file, line, key, and what to do."""
    loading = _Loading(folder)
    policies = loading.one("agent_policies.yaml", Policies, _policy_problems)
    thresholds = loading.one("thresholds.yaml", Thresholds, _threshold_problems)
    retention = loading.one("retention.yaml", Retention, lambda wanted: _retention_problems(wanted, thresholds.value))
    risk = loading.one("risk_matrix.yaml", RiskMatrix, _risk_problems)
    tools = loading.one("tools.yaml", ToolsFile, _tool_problems)
    packs = loading.packs({spec.name: spec for spec in tools.value.tools} if tools.value else None)
    if loading.problems or not (policies.value and thresholds.value and retention.value and risk.value and tools.value):
        raise BadConfig(loading.problems)
    ruling = [policies.value.plain(), thresholds.value.plain(), risk.value.plain(), tools.value.plain()]
    return Config(
        policies=policies.value,
        thresholds=thresholds.value,
        retention=retention.value,
        risk=risk.value,
        tools=tools.value.tools,
        packs={pack.name: pack for pack in packs},
        policy_version=digest_of(ruling),
    )


@dataclass
class _File(Generic[M]):
    """One file while it is checked: its name, what it says, and its value when it has the right shape."""

    name: str
    read: Read
    value: M | None = None


@dataclass
class _Loading:
    """Reads the files of one folder and gathers every problem, so that one start shows them all."""

    folder: Path
    problems: list[str] = field(default_factory=list)

    def one(self, name: str, shape: type[M], check: Callable[[M], Found]) -> _File[M]:
        """Read one file into its shape, and check what a shape cannot say."""
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            self.problems.append(f"{name}:1: cannot be read ({error.strerror}); put the file there")
            return _File(name, Read())
        found = _File[M](name, read_yaml(content))
        if not found.read.problems:
            _shape(found, shape)
        self.check(found, check)
        return found

    def check(self, found: _File[M], check: Callable[[M], Found]) -> None:
        """Check a file that has its shape, and keep what is wrong."""
        for path, what in check(found.value) if found.value is not None else ():
            found.read.add(path, what)
        self.problems += [problem.shown(found.name) for problem in sorted(found.read.problems, key=lambda problem: problem.line)]
        found.read.problems.clear()

    def packs(self, tools: Mapping[str, ToolSpec] | None) -> list[DomainPack]:
        """Every folder of domain_packs."""
        folders = sorted(path for path in (self.folder / "domain_packs").glob("*") if path.is_dir())
        if not folders:
            self.problems.append("domain_packs:1: holds no pack; add domain_packs/<pack>/pack.yaml")
        return [pack for folder in folders for pack in self._pack(folder, tools)]

    def _pack(self, folder: Path, tools: Mapping[str, ToolSpec] | None) -> list[DomainPack]:
        base = folder.relative_to(self.folder).as_posix()
        head = self.one(f"{base}/pack.yaml", PackFile, lambda pack: _pack_problems(pack, folder.name, tools))
        names = [path.relative_to(self.folder).as_posix() for path in sorted(folder.glob("causes/*.yaml"))]
        if not names:
            self.problems.append(f"{base}/causes:1: holds no cause; add one YAML file for each")
        files = [self.one(name, CauseSpec, _cause_check(name, tools)) for name in names]
        causes = tuple(file.value for file in files if file.value)
        return [DomainPack(**dict(head.value), causes=causes)] if head.value and len(causes) == len(names) else []


def _shape(found: _File[M], shape: type[M]) -> None:
    try:
        found.value = shape.model_validate_json(canonical(found.read.value), strict=True)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False):
            path = tuple(part for part in item["loc"] if part != "[key]")
            found.read.add(path, _advice(item["type"], item["msg"], path, shape))


def _advice(kind: str, message: str, path: KeyPath, shape: type[Value]) -> str:
    """What to do about a shape problem, in one sentence."""
    if kind == "missing":
        return "is missing; add it"
    if kind == "extra_forbidden":
        near = get_close_matches(str(path[-1]), _known_keys(shape), n=1)
        return f"is not a known key; {f'did you mean {near[0]!r}?' if near else 'remove it'}"
    return message[:1].lower() + message[1:]


def _known_keys(shape: type[Value]) -> list[str]:
    """The keys a file of this shape may hold anywhere."""
    inner: dict[type[Value], tuple[type[Value], ...]] = {
        Policies: (PolicyRule,),
        Retention: (KeptClasses,),
        ToolsFile: (ToolSpec,),
        CauseSpec: (SignSpec, TreatmentSpec),
        PackFile: (TreatmentSpec,),
    }
    return [name for known in (shape, *inner.get(shape, ())) for name in known.model_fields]


def _policy_problems(policies: Policies) -> Found:
    ids = Counter(rule.id for rule in policies.rules)
    for place, rule in enumerate(policies.rules):
        path: KeyPath = ("rules", place)
        if ids[rule.id] > 1:
            yield (*path, "id"), f"{rule.id!r} names {ids[rule.id]} rules; give each its own id"
        for what in problems_of_condition(rule.when):
            yield (*path, "when"), what
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
    denials = [Condition(rule.when) for rule in policies.rules if rule.verdict is Verdict.DENY and not list(problems_of_condition(rule.when))]
    for fact, promise in NEVER.items():
        facts = {**HARMLESS, fact: fact != "tool_known"}
        if policies.rules and not any(denial.holds(facts) for denial in denials):
            yield ("rules",), f"no rule denies it to {promise}; a rule with the verdict deny must hold when {fact} is {str(facts[fact]).lower()}"


HARMLESS: Mapping[str, object] = MappingProxyType(
    Facts(
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
                yield (section, name), f"is {getattr(classes, name)}; write {-(-lower // HOUR)}h or more, because {why[name]}"


def _risk_problems(risk: RiskMatrix) -> Found:
    yield from _complete("effect", risk.effect, list(Effect))
    yield from _complete("severity", risk.severity, list(Severity))
    yield from _complete("levels", risk.levels, LEVELS)
    bounds = [risk.levels[level] for level in LEVELS if level in risk.levels]
    if bounds and (bounds[0] != 0 or bounds != sorted(set(bounds)) or bounds[-1] > 1):
        yield ("levels",), "must start at 0 and grow from low to critical, up to 1 at most"
    for name in ("effect", "severity"):
        for key, number in getattr(risk, name).items():
            if not 0 <= number <= 1:
                yield (name, key), f"is {number}; write a number from 0 to 1"


def _complete(name: str, given: Mapping[str, float], needed: Iterable[str]) -> Found:
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
            yield (*path, "path"), "is shared with another tool of the same method; a request must tell which tool it is"
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
    fields = spec.arguments.get("properties", {})
    if not spec.path.startswith("/") or ".." in spec.path:
        yield ("path",), "must start with / and hold no '..'"
    for name in names_in(spec.path):
        if name not in spec.arguments.get("required", ()) or fields.get(name, {}).get("type") not in {"string", "integer"}:
            yield ("path",), f"names {{{name}}}, which is not a required string or integer argument"
    for name in names_in(spec.diff):
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
    known = {*spec.arguments.get("properties", {}), "reference"}
    yield from _argument_problems(spec.undo.get("arguments", {}), tools[tool], known, ("undo",))


def _argument_problems(arguments: object, tool: ToolSpec, known: Iterable[str], path: KeyPath, *, attributes: bool = False) -> Found:
    """Whether an argument template names only what the tool takes, all that it needs, and only words that can be filled."""
    if not isinstance(arguments, Mapping):
        yield (*path, "arguments"), "must map argument names to values"
        return
    for key, value in arguments.items():
        if key not in tool.arguments.get("properties", {}):
            yield (*path, "arguments", key), f"is not an argument of {tool.name}"
        for what in _unfillable(value, known, attributes=attributes):
            yield (*path, "arguments", key), what
    for key in tool.arguments.get("required", ()):
        if key not in arguments:
            yield (*path, "arguments"), f"lacks {key!r}, which {tool.name} needs"


def _unfillable(template: object, known: Iterable[str], *, attributes: bool) -> Iterator[str]:
    """What a template names that nobody fills."""
    more = " or {attribute.NAME}" if attributes else ""
    for name in names_in(template):
        if name not in known and not (attributes and ATTRIBUTE_NAME.fullmatch(name)):
            yield f"names {{{name}}}, which nobody fills; use one of {', '.join(sorted(known))}{more}"


def names_in(template: object) -> list[str]:
    """The names in braces of a template; none when it is no text."""
    if not isinstance(template, str):
        return []
    try:
        return [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    except ValueError:
        return [template]


def _treatment_problems(treatment: TreatmentSpec, tools: Mapping[str, ToolSpec] | None, path: KeyPath, *, attributes: bool) -> Found:
    """What is wrong with a treatment; one that must always be possible may not depend on attributes."""
    if tools is not None and treatment.tool not in tools:
        yield (*path, "tool"), f"{treatment.tool!r} is not a tool of tools.yaml"
    elif tools is not None:
        yield from _argument_problems(treatment.arguments, tools[treatment.tool], TEMPLATE_NAMES, path, attributes=attributes)
    for what in _unfillable(treatment.title, TEMPLATE_NAMES, attributes=attributes):
        yield (*path, "title"), what
    for what in _unfillable(treatment.promise, TEMPLATE_NAMES, attributes=False):
        yield (*path, "promise"), what


def _pack_problems(pack: PackFile, folder: str, tools: Mapping[str, ToolSpec] | None) -> Found:
    if pack.name != folder:
        yield ("name",), f"is {pack.name!r} in the folder {folder!r}; use one name"
    yield from _treatment_problems(pack.fallback, tools, ("fallback",), attributes=False)


def _cause_check(name: str, tools: Mapping[str, ToolSpec] | None) -> Callable[[CauseSpec], Found]:
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
            if len(sign.test) != 1 or not SIGN_TESTS.issuperset(sign.test):
                yield (key, place, "test"), f"must test one thing: {', '.join(sorted(SIGN_TESTS))}"
    for place, treatment in enumerate(cause.treatments):
        yield from _treatment_problems(treatment, tools, ("treatments", place), attributes=True)
