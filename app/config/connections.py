"""What must be true of live blocks, vendors and connections before anything is sent through them."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from app.config.checks import Found, _tool_problems
from app.config.model import ConnectionsFile, ToolsFile, VendorFile
from app.domain.base import object_in
from app.domain.tenants import ToolMode
from app.ports.connectors import ToolSpec
from app.ports.live import CallSpec, Connection, LiveSpec
from app.ports.notices import NOTICE, make_notice_spec
from app.validation.strict_yaml import KeyPath

HOLE: Final = re.compile(
    r"\{((?:(?:value|secret)\.[a-z][a-z0-9_]*)|[a-z][a-z0-9_]*)(?:\[([a-z][a-z0-9_]*)\])?(?:\|[a-z]+)?\}"
)
HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
GIVEN: Final = frozenset({"merchant", "mark"})
HIDDEN: Final = "secret."


def no_problems(_: object) -> Found:
    """Nothing to check yet: what is wrong shows beside other files."""
    yield from ()


def connect_tools(
    tools: ToolsFile | None, vendors: Sequence[VendorFile], connections: ConnectionsFile | None
) -> tuple[ToolSpec, ...]:
    """The tools as they can be carried out here: a vendor counts once somebody has a connection to it."""
    used = {one.name for one in connections.connections} if connections else set()
    mine = [vendor for vendor in vendors if vendor.name in used]
    specs = (*(tools.tools if tools else ()), *(spec for vendor in mine for spec in vendor.tools))
    return tuple(
        spec.changed(live=(*spec.live, *(vendor.live[spec.name] for vendor in mine if spec.name in vendor.live)))
        for spec in specs
    )


def with_vendor_host(connection: Connection, vendors: Sequence[VendorFile]) -> Connection:
    """The connection with what its vendor says of everybody: the host and the usual values, where it names none."""
    vendor = next((one for one in vendors if one.name == connection.name), None)
    if vendor is None:
        return connection
    return connection.changed(host=connection.host or vendor.host, values={**vendor.usual, **connection.values})


def vendor_check(stem: str, tools: Sequence[ToolSpec] | None, used: bool) -> Callable[[VendorFile], Found]:
    """What is wrong with the file of a vendor, and, once somebody has a connection to it, beside the tools there are.
    A block of a tool that is not there is not used.
    """

    def check(vendor: VendorFile) -> Found:
        if vendor.name != stem:
            yield ("name",), f"is {vendor.name!r} in the file {stem}.yaml; use one name"
        if vendor.hosts and not _is_pattern(vendor.hosts):
            yield ("hosts",), "is no pattern that can be read"
        known = {spec.name: spec for spec in (*(tools or ()), *vendor.tools)}
        for name, live in vendor.live.items():
            if live.connection != vendor.name:
                yield (
                    ("live", name, "connection"),
                    f"is {live.connection!r}; write {vendor.name}, as in the name of the file",
                )
            if used and name in known:
                yield from _under(("live", name), _live_problems(live, known[name], vendor))
        if vendor.notice is not None:
            yield from _under((NOTICE,), _notice_problems(vendor.notice, vendor))
        elif used and not vendor.live.keys() & known.keys():
            yield ("live",), "names no tool of tools.yaml, nor one of this file"
        yield from _own_tool_problems(vendor, tools or ()) if used else ()

    return check


def _notice_problems(live: LiveSpec, vendor: VendorFile) -> Found:
    """What is wrong with the way a message to people is sent."""
    if live.connection != vendor.name:
        yield ("connection",), f"is {live.connection!r}; write {vendor.name}, as in the name of the file"
    if live.per_merchant or live.removes:
        yield ("per_merchant" if live.per_merchant else "removes",), "has no meaning for a message to people"
    yield from _live_problems(live, make_notice_spec(live), vendor)


def _own_tool_problems(vendor: VendorFile, tools: Sequence[ToolSpec]) -> Found:
    """What is wrong with the tools that only this vendor has, beside those there are."""
    if not (vendor.tools and tools):
        return
    for path, what in _tool_problems(ToolsFile(tools=(*tools, *vendor.tools))):
        if len(path) > 1 and isinstance(path[1], int) and path[1] >= len(tools):
            yield ("tools", path[1] - len(tools), *path[2:]), what


def find_live_problems(tools: Sequence[ToolSpec], connections: ConnectionsFile | None) -> Found:
    """What is wrong with the live blocks that stand in tools.yaml itself."""
    for place, spec in enumerate(tools):
        for number, live in enumerate(spec.live):
            yield from _under(("tools", place, "live", number), _live_problems(live, spec, None))


def find_connection_problems(said: ConnectionsFile, vendors: Sequence[VendorFile], tools: Sequence[ToolSpec]) -> Found:
    """Each connection is told apart, leads somewhere, and brings what its vendor needs."""
    known = {vendor.name: vendor for vendor in vendors}
    used = {live.connection for spec in tools for live in spec.live} | {one.name for one in vendors if one.notice}
    twins = Counter((one.name, one.tenant, one.merchant) for one in said.connections)
    for place, one in enumerate(said.connections):
        path: KeyPath = ("connections", place)
        if twins[one.name, one.tenant, one.merchant] > 1:
            yield (*path, "name"), f"{one.name!r} is there twice for the same tenant and merchant"
        if one.name not in used:
            yield (
                (*path, "name"),
                f"{one.name!r} is no vendor and no live block names it; there are {', '.join(sorted(known))}",
            )
        yield from _under(path, _place_problems(with_vendor_host(one, vendors), known.get(one.name)))
        for name, reference in one.secrets.items():
            if (reference.env is None) == (reference.file is None):
                yield (*path, "secrets", name), "names either env or file, and never the secret itself"
    names = {spec.name: spec for spec in tools}
    for place, binding in enumerate(said.modes):
        if binding.tool not in names:
            yield (
                ("modes", place, "tool"),
                f"{binding.tool!r} is not among the tools; there are {', '.join(sorted(names))}",
            )
        elif binding.mode is ToolMode.LIVE and not names[binding.tool].live:
            yield ("modes", place, "mode"), f"is live, and no connection carries out {binding.tool}; add one above"


def _place_problems(one: Connection, vendor: VendorFile | None) -> Found:
    if not HOST.fullmatch(one.host):
        yield ("host",), f"{one.host!r} is no host; write its name only, in small letters"
    elif vendor and vendor.host and not one.unencrypted and one.host != vendor.host:
        yield ("host",), f"{one.host!r} is not where {vendor.title} is, which is {vendor.host}"
    elif vendor and not one.unencrypted and not _fits(vendor.hosts, one.host):
        yield ("host",), f"{one.host!r} is no host of {vendor.title}; it must fit {vendor.hosts}"
    for kind in ("secrets", "values"):
        for name in getattr(vendor, kind, ()):
            if name not in getattr(one, kind):
                yield (kind,), f"lacks {name!r}, which {one.name} needs"


def _live_problems(live: LiveSpec, spec: ToolSpec, vendor: VendorFile | None) -> Found:
    """A block that could be sent twice, sent blindly, or not be filled."""
    if live.removes and live.look is None:
        yield ("look",), "is missing; what is to be taken away has to be found first"
    if live.per_merchant and live.look is None:
        yield ("look",), "is missing; several calls can only be gone on with when each can be looked up"
    if spec.repeat == "reconcilable" and live.look is None and not live.repeatable:
        yield ("look",), f"is missing; {spec.name} says that what happened can be looked up"
    if spec.repeat == "idempotent" and live.kind == "mail":
        yield ("kind",), f"cannot be mail; a letter that was sent twice is two, and {spec.name} says that it is one"
    if spec.repeat == "idempotent" and not _is_repeatable(live):
        yield (
            ("look",),
            f"is missing; {spec.name} says that twice is once: send a key in a header, or say `look`, `already` or"
            " `repeatable`",
        )
    for name in live.only:
        if name not in object_in(spec.arguments, "properties"):
            yield ("only", name), f"is not an argument of {spec.name}"
    yield from _under(("send",), _call_problems(live.send, spec, vendor, {"found"} if live.removes else set()))
    if live.look:
        yield from _under(("look", "call"), _call_problems(live.look.call, spec, vendor, set()))


def _call_problems(call: CallSpec, spec: ToolSpec, vendor: VendorFile | None, late: set[str]) -> Found:
    """A call that would write a secret down, or has a hole that nobody fills."""
    for name in _names_in(call.path):
        if name.startswith(HIDDEN) and not (vendor and vendor.secret_in_path):
            yield ("path",), "holds a secret; addresses are written down everywhere, so put it into a header"
    for part in ("path", "body", "headers"):
        for name in _names_in(getattr(call, part)):
            if not _is_known(name, spec, vendor, {"key"} if part == "headers" else late):
                yield (part,), f"names {{{name}}}, which nobody fills"


def _is_repeatable(live: LiveSpec) -> bool:
    """Whether the vendor can tell a second attempt from a second wish."""
    keyed = "key" in _names_in(live.send.headers) or live.send.method in {"PUT", "DELETE"}
    return bool(live.look or live.already or live.repeatable or keyed)


def _is_known(name: str, spec: ToolSpec, vendor: VendorFile | None, late: Iterable[str]) -> bool:
    if name in GIVEN or name in late or name in object_in(spec.arguments, "properties"):
        return True
    kind, _, inner = name.partition(".")
    if kind not in {"value", "secret"} or not inner:
        return False
    return vendor is None or inner in ((*vendor.values, *vendor.usual) if kind == "value" else vendor.secrets)


def _names_in(template: object) -> set[str]:
    if isinstance(template, str):
        return {name for found in HOLE.finditer(template) for name in (found[1], found[2]) if name}
    if isinstance(template, dict):
        return {name for value in template.values() for name in _names_in(value)}
    return {name for value in template for name in _names_in(value)} if isinstance(template, list | tuple) else set()


def _fits(hosts: str, host: str) -> bool:
    """Whether a host is one of a vendor's; a pattern that cannot be read is a problem of its own file."""
    return not _is_pattern(hosts or "(") or re.fullmatch(hosts, host) is not None


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _under(path: KeyPath, found: Found) -> Iterator[tuple[KeyPath, str]]:
    for inner, what in found:
        yield (*path, *inner), what
