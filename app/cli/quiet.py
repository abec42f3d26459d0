"""Maintenance windows and mutes in the terminal."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say_or_json, say_table
from app.domain.base import JsonObject

if TYPE_CHECKING:
    from app.schemas.quiet import QuietShown

group = typer.Typer(
    help="Maintenance windows and mutes: what is found meanwhile is recorded, and not asked about.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="How it is called.")]
Reason = Annotated[str, typer.Option(help="Why; whoever misses a message must know.")]
Until = Annotated[str | None, typer.Option(help="Until when, such as 2026-03-02T15:30:00Z.")]
Merchants = Annotated[list[str] | None, typer.Option("--merchant", help="Only this merchant; repeat for several.")]
QuietId = Annotated[str, typer.Argument(help="The id, from `quiet list`.")]


@group.command("list")
def list_(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """List the windows and mutes of a tenant."""
    from app.cli.client import open_line, read_as
    from app.schemas.quiet import QuietShown

    with open_line(tenant, api_port) as product:
        found = product.get("/quiet")
    if json_:
        as_json(found)
        return
    shown = [read_as(QuietShown, one) for one in found]
    rows = [
        (one.rule.id, one.rule.kind.value, one.rule.name, _holds(one), one.rule.by, one.rule.reason) for one in shown
    ]
    say_table(("ID", "KIND", "NAME", "HOLDS", "BY", "WHY"), rows, empty="Nothing is held back.")


def _holds(one: "QuietShown") -> str:
    if one.over:
        return "over"
    return f"until {one.holds_until:%Y-%m-%d %H:%M}" if one.holds_until else "not now"


@group.command()
def window(
    name: Name,
    reason: Reason,
    until: Until = None,
    since: Annotated[str | None, typer.Option(help="From when; at once when it is left out.")] = None,
    days: Annotated[list[str] | None, typer.Option("--day", help="Weekly on this day (mon to sun); repeat.")] = None,
    begins: Annotated[str | None, typer.Option(help="Weekly from this time on, in UTC, such as 22:00.")] = None,
    ends: Annotated[str | None, typer.Option(help="Weekly until then, in UTC, such as 02:00.")] = None,
    merchants: Merchants = None,
    waves: Annotated[list[int] | None, typer.Option("--wave", help="Only this wave; repeat for several.")] = None,
    keys: Annotated[list[str] | None, typer.Option("--key", help="Only incidents with a key like this.")] = None,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Open a maintenance window: nothing is asked, and nothing done that no person approved, but the undo of a harm."""
    weekly = {"days": days, "begins": begins, "ends": ends} if days or begins or ends else None
    wish = {"since": since, "until": until, "weekly": weekly, "merchants": merchants, "waves": waves, "keys": keys}
    _add("/quiet/windows", {"name": name, "reason": reason, **_said(wish)}, tenant, api_port, json_)


@group.command()
def mute(
    name: Name,
    reason: Reason,
    until: Annotated[str, typer.Option(help="Until when, such as 2026-03-02T15:30:00Z.")],
    causes: Annotated[list[str] | None, typer.Option("--cause", help="About this cause; repeat for several.")] = None,
    routes: Annotated[list[str] | None, typer.Option("--route", help="About routes like this; repeat.")] = None,
    merchants: Merchants = None,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Stop asking about a cause, a route or a merchant until then; what a rule allows goes on."""
    about = _said({"causes": causes, "routes": routes, "merchants": merchants})
    _add("/quiet/mutes", {"name": name, "reason": reason, "until": until, **about}, tenant, api_port, json_)


@group.command()
def end(rule: QuietId, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """End a window or a mute at once."""
    from app.cli.client import open_line, read_as
    from app.schemas.quiet import QuietShown

    with open_line(tenant, api_port) as product:
        answer = product.post(f"/quiet/{rule}/end")
    ended = read_as(QuietShown, answer).rule
    say_or_json(answer, f"{ended.id} is over: {ended.name}", json_=json_)


def _said(wish: Mapping[str, Any]) -> JsonObject:
    return {name: value for name, value in wish.items() if value}


def _add(path: str, body: JsonObject, tenant: str, api_port: int | None, json_: bool) -> None:
    from app.cli.client import open_line, read_as
    from app.schemas.quiet import QuietShown

    with open_line(tenant, api_port) as product:
        answer = product.post(path, body)
    kept = read_as(QuietShown, answer)
    say_or_json(answer, f"{kept.rule.id} ({kept.rule.kind.value} {kept.rule.name}) holds {_holds(kept)}.", json_=json_)
