"""Tools in the terminal: what there is, whether a connection works, and how far a tool may reach."""

from typing import Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say, say_or_json, say_table

group = typer.Typer(
    help="What the agent can do, over which connections, and how far it may reach.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="The tool's name, from `tools list`.")]
Reason = Annotated[str, typer.Option(help="Why; it is part of the audit record.")]
MOST_WHY = 200


@group.command("list")
def list_(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """List the tools of a tenant with their modes."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get("/tools")
    if json_:
        as_json(found)
        return
    rows = [
        (
            one["name"],
            one["mode"] if one["on"] else "off",
            one["mode_from"],
            ", ".join(sorted({each["name"] for each in one["connections"]})) or "none",
            one["breaker"],
        )
        for one in found
    ]
    say_table(("TOOL", "MODE", "SAID BY", "CONNECTED", "BREAKER"), rows, empty="There are no tools.")


@group.command()
def show(name: Name, tenant: Tenant = "default", api_port: ApiPort = None) -> None:
    """Show one tool."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        as_json(product.get(f"/tools/{name}"))


@group.command()
def test(name: Name, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Make the vendor's harmless call over each connection of a tool, and say what came back."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        answer = product.post(f"/tools/{name}/test", {})
    if json_:
        as_json(answer)
    else:
        say(answer["why"] or f"{name}: {'every connection works' if answer['works'] else 'not every connection works'}")
        for call in answer["calls"]:
            who = f" of {call['merchant']}" if call.get("merchant") else ""
            said = "works" if call.get("works") else f"does not work: {str(call.get('why'))[:MOST_WHY]}"
            say(f"  {call['connection']}{who} {said}  {call.get('call', '')}")
    if not answer["works"]:
        raise typer.Exit(1)


@group.command("set")
def set_(
    name: Name,
    mode: Annotated[str, typer.Argument(help="dry_run, simulated, live, usual (as configured), on or off.")],
    reason: Reason,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Say how far a tool may reach in a tenant, or switch it on or off. For administrators."""
    from app.cli.client import open_line

    wanted = {"on": mode == "on"} if mode in {"on", "off"} else {"mode": mode}
    with open_line(tenant, api_port) as product:
        answer = product.post(f"/tools/{name}/setting", {**wanted, "reason": reason})
    now = answer["mode"] if answer["on"] else "off"
    say_or_json(answer, f"{name} is {now} in the tenant {tenant}.", json_=json_)


@group.command()
def executions(
    tool: Annotated[str | None, typer.Option(help="Only of this tool.")] = None,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """List what was sent, newest first."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get("/tools/executions", **({"tool": tool} if tool else {}))
    if json_:
        as_json(found)
        return
    rows = [(one["id"], one["tool"], one["mode"], one["state"], one["error"][:60]) for one in found]
    say_table(("ACTION", "TOOL", "MODE", "STATE", "ERROR"), rows, empty="Nothing was sent yet.")
