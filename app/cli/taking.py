"""Take an incident in the terminal, give it to somebody, or say something about it."""

from typing import Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import say_or_json
from app.domain.errors import BadInput

IncidentName = Annotated[str, typer.Argument(help="The incident's id, such as INC-12345678.")]


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (acknowledge, assign, note, merge, mute):
        cli.command()(command)


def acknowledge(
    incident: IncidentName, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False
) -> None:
    """Say that you have it: nobody else is called for it."""
    _send(incident, "acknowledge", "", "is yours", tenant, api_port, json_)


def assign(
    incident: IncidentName,
    who: Annotated[str, typer.Argument(help="A name or a team.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Give it to somebody."""
    _send(incident, "assign", who, f"is assigned to {who}", tenant, api_port, json_)


def note(
    incident: IncidentName,
    text: Annotated[str, typer.Argument(help="What you know; it is part of the record.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Write something down about it."""
    if not text.strip():
        raise BadInput("the note is empty: say what you know")
    _send(incident, "note", text, "has a new note", tenant, api_port, json_)


def merge(
    incident: IncidentName,
    into: Annotated[str, typer.Option(help="The open incident that takes over its signals and merchants.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Make it part of another one that is open."""
    _send(incident, "merge", into, f"was merged into {into}", tenant, api_port, json_)


def mute(
    incident: IncidentName,
    off: Annotated[bool, typer.Option("--off", help="Tell people of it again.")] = False,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Tell nobody of it any more, but for harm; the record goes on."""
    done = "is told of again" if off else "is muted"
    _send(incident, "mute", "off" if off else "on", done, tenant, api_port, json_)


def _send(incident: str, verb: str, value: str, done: str, tenant: str, api_port: int | None, json_: bool) -> None:
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        answer = product.post(f"/incidents/{incident}/{verb}", {"value": value})
    say_or_json(answer, f"{incident} {done}.", json_=json_)
