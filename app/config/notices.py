"""Whom to tell, as config/notices.yaml says, and what must be true of it before anything is sent."""

from collections import Counter
from collections.abc import Sequence

from app.config.checks import Found
from app.config.connections import with_vendor_host
from app.config.model import ConnectionsFile, NoticesFile, VendorFile
from app.domain.notices import NoticeKind, NoticeTarget
from app.domain.tenants import ToolMode
from app.ports.live import Connection


def find_connection_of(target: NoticeTarget, connections: Sequence[Connection]) -> Connection | None:
    """The account that a target is told over, with what is other for this target."""
    ours = [one for one in connections if (one.name, one.tenant) == (target.over, target.tenant)]
    chosen = next((one for one in ours if not one.merchant), ours[0] if ours else None)
    return chosen and chosen.changed(values={**chosen.values, **target.values})


def find_notice_problems(
    said: NoticesFile, vendors: Sequence[VendorFile], connections: ConnectionsFile | None
) -> Found:
    """Each target is told apart, can be reached, and leads to one that exists."""
    known = {vendor.name: vendor for vendor in vendors}
    accounts = [with_vendor_host(one, vendors) for one in connections.connections] if connections else []
    names = Counter((one.tenant, one.name) for one in said.targets)
    for place, one in enumerate(said.targets):
        path = ("targets", place)
        if names[one.tenant, one.name] > 1:
            yield (*path, "name"), f"{one.name!r} is there twice in the tenant {one.tenant}"
        if NoticeKind.SUMMARY in one.tells:
            yield (*path, "tells"), "names summary, which goes to everybody by itself; take it out"
        if one.mode is ToolMode.SIMULATED:
            yield (*path, "mode"), "cannot be simulated; write dry_run, which shows what would be sent, or live"
        vendor = known.get(one.over)
        if vendor is None or vendor.notice is None:
            able = ", ".join(sorted(name for name, each in known.items() if each.notice))
            yield (*path, "over"), f"{one.over!r} brings no messages to people; there are {able}"
        elif connections is not None and find_connection_of(one, accounts) is None:
            yield (*path, "over"), f"the tenant {one.tenant} has no connection {one.over!r}; add it to connections.yaml"
        else:
            for name in sorted(one.values.keys() - {*vendor.values, *vendor.usual}):
                yield (*path, "values", name), f"is no value of {vendor.title}; take it out"
        if one.then and ((one.tenant, one.then.target) not in names or one.then.target == one.name):
            yield (*path, "then", "target"), f"{one.then.target!r} is no other target of the tenant {one.tenant}"
