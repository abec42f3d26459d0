"""What the shape of a playbook cannot say: one treatment, steps in an order, words that somebody fills, a condition
that can hold.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from app.config.checks import Found, find_argument_problems, find_unfillable_names
from app.config.model import TEMPLATE_NAMES, DomainPack
from app.config.playbooks import PlaybookSpec, StepSpec, ToolCall
from app.domain.base import object_in
from app.domain.decisions import Effect
from app.domain.playbooks import StepKind, WaitedFor
from app.ports.connectors import ToolSpec
from app.validation.condition import problems_of_condition
from app.validation.playbook_facts import playbook_book
from app.validation.strict_yaml import KeyPath


def playbook_check(
    stem: str, packs: Mapping[str, DomainPack] | None, tools: Mapping[str, ToolSpec] | None
) -> Callable[[PlaybookSpec], Found]:
    """The check of one file; without packs or tools, which are wrong themselves, only what it says of itself."""
    return lambda spec: _playbook_problems(spec, stem, packs, tools)


def _playbook_problems(
    spec: PlaybookSpec, stem: str, packs: Mapping[str, DomainPack] | None, tools: Mapping[str, ToolSpec] | None
) -> Found:
    if spec.id != stem:
        yield ("id",), f"is {spec.id!r} in the file {stem}.yaml; use one name"
    pack = packs.get(spec.domain) if packs is not None else None
    if packs is not None and pack is None:
        yield ("domain",), f"{spec.domain!r} is no domain pack; there are {', '.join(sorted(packs))}"
    if pack is not None and tools is not None:
        for what in problems_of_condition(spec.when, playbook_book({c.id: c.category for c in pack.causes}, tools)):
            yield ("when",), what
    treatments = [place for place, one in enumerate(spec.steps) if one.is_treatment]
    if len(treatments) != 1:
        found = "has none" if not treatments else f"has {len(treatments)}"
        yield (
            ("steps",),
            f"{found}; exactly one call_tool leaves its `arguments` out: the treatment that the incident's question"
            " asks for",
        )
    ids = Counter(one.id for one in spec.steps)
    for place, step in enumerate(spec.steps):
        if ids[step.id] > 1:
            yield ("steps", place, "id"), f"{step.id!r} names {ids[step.id]} steps; give each its own id"
        yield from _step_problems(spec, place, pack, tools)


def _step_problems(
    spec: PlaybookSpec, place: int, pack: DomainPack | None, tools: Mapping[str, ToolSpec] | None
) -> Found:
    step, path = spec.steps[place], ("steps", place)
    before = {one.id: one for one in spec.steps[:place]}
    if len(step.kinds) != 1:
        named = " and ".join(step.kinds) or "nothing"
        yield path, f"does {named}; a step does exactly one of {', '.join(StepKind)}"
    for name in step.after or ():
        if name not in before:
            yield (*path, "after"), f"{name!r} is no step above it; a step comes after steps above it"
    for key, text in _texts_of(step):
        for what in find_unfillable_names(text, TEMPLATE_NAMES, attributes=False):
            yield (*path, *key), what
    if step.call_tool is not None:
        yield from _tool_problems(step.call_tool, (*path, "call_tool"), pack, tools)
    if step.add_comment is not None and bool(step.add_comment.says) is bool(step.add_comment.asks):
        yield (*path, "add_comment"), "has `says`, which the agent notes, or `asks`, which a person answers; say one"
    if step.set_status is not None and step.set_status.status == "closed" and place != len(spec.steps) - 1:
        yield (*path, "set_status", "status"), "ends the incident, so it must be the last step"
    if step.hold_wave is not None and step.hold_wave.releases:
        held = before.get(step.hold_wave.releases)
        if held is None or held.hold_wave is None or held.hold_wave.releases:
            yield (*path, "hold_wave", "releases"), f"{step.hold_wave.releases!r} is no step above it that holds a wave"
    if step.wait_for is not None and (step.wait_for.minutes is None) is (step.wait_for.what is WaitedFor.MINUTES):
        yield (*path, "wait_for", "minutes"), "says how long, and belongs to `what: minutes` alone"
    if step.wait_for is not None and step.wait_for.what is WaitedFor.RECEIPT and not _follows_treatment(spec, place):
        yield (*path, "after"), "waits for the receipt of the treatment, so it must come after it"


def _texts_of(step: StepSpec) -> Sequence[tuple[KeyPath, str]]:
    """What is filled in from facts, and where it stands."""
    found: list[tuple[KeyPath, str]] = [(("title",), step.title)]
    if step.notify is not None:
        found.append((("notify", "says"), step.notify.says))
    if step.assign_owner is not None:
        found.append((("assign_owner", "owner"), step.assign_owner.owner))
    if step.add_comment is not None:
        found += [(("add_comment", "says"), step.add_comment.says), (("add_comment", "asks"), step.add_comment.asks)]
    if step.ask_merchant is not None:
        found.append((("ask_merchant", "draft"), step.ask_merchant.draft))
    return found


def _tool_problems(
    call: ToolCall, path: KeyPath, pack: DomainPack | None, tools: Mapping[str, ToolSpec] | None
) -> Found:
    if call.tool is None:
        if call.arguments is not None:
            yield (*path, "tool"), "is missing; arguments belong to a tool"
        return
    spec = tools.get(call.tool) if tools is not None else None
    if tools is not None and spec is None:
        yield (*path, "tool"), f"{call.tool!r} is not a tool of tools.yaml"
    elif spec is not None and call.arguments is not None and _changes_merchants(spec):
        yield (*path, "tool"), "changes merchants, so it can only be the treatment; leave its `arguments` out"
    elif spec is not None and call.arguments is not None:
        yield from find_argument_problems(call.arguments, spec, TEMPLATE_NAMES, path, attributes=False)
    elif pack is not None:
        treats = {one.tool for cause in pack.causes for one in cause.treatments} | {pack.fallback.tool}
        if call.tool not in treats:
            yield (*path, "tool"), f"{call.tool!r} treats no cause of {pack.name}; it would never be the treatment"


def _changes_merchants(spec: ToolSpec) -> bool:
    """Whether a tool is sent merchant by merchant, as rollouts are."""
    return spec.effect is not Effect.READ and "merchant_ids" in object_in(spec.arguments, "properties")


def _follows_treatment(spec: PlaybookSpec, place: int) -> bool:
    """Whether a step comes after the treatment, directly or by others."""
    places = {one.id: number for number, one in enumerate(spec.steps)}
    waiting, seen = [place], set[int]()
    while waiting:
        number = waiting.pop()
        if spec.steps[number].is_treatment:
            return True
        seen.add(number)
        known = (places.get(name) for name in spec.after_of(number))
        waiting += [one for one in known if one is not None and one < number and one not in seen]
    return False
