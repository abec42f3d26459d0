"""Notices in the terminal: who is told, what went out, and whether a target can be reached."""

from typing import Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say, say_or_json, say_table
from app.domain.errors import BadInput

group = typer.Typer(help="Who is told what waits for people, and what became of it.", no_args_is_help=True)
MOST_SHOWN = 70
SHORT_ID = 10
States = Annotated[list[str] | None, typer.Option(help="Only these, such as GAVE_UP or HELD; may be repeated.")]


@group.command("list")
def list_(
    state: States = None,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """List the targets of a tenant and what they were told, the newest first."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get("/notices", **({"state": state} if state else {}))
    if json_:
        as_json(found)
        return
    targets = [
        (
            one["name"],
            one["over"],
            one["mode"],
            f"{one['sent_last_hour']} of {one['per_hour']}",
            one["waiting"],
            one["held"],
            one["failed"],
            "silent" if one["silent"] else "answers",
        )
        for one in found["targets"]
    ]
    heads = ("TARGET", "OVER", "MODE", "THIS HOUR", "WAITING", "HELD", "FAILED", "OTHER SIDE")
    say_table(heads, targets, empty="Nobody is told anything: config/notices.yaml names no target of this tenant.")
    say()
    rows = [
        (
            one["id"][:SHORT_ID],
            one["created_at"][:16],
            one["target"],
            one["state"],
            one["incident_id"] or "-",
            (one["error"] or one["text"].splitlines()[0])[:MOST_SHOWN],
        )
        for one in found["notices"]
    ]
    say_table(("ID", "WHEN", "TARGET", "STATE", "INCIDENT", "WHAT"), rows, empty="Nobody was told anything yet.")


@group.command()
def test(
    target: Annotated[str, typer.Argument(help="A target of config/notices.yaml.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Make the harmless call of a target's vendor; nobody is told anything."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        answer = product.post(f"/notices/targets/{target}/test", {})
    said = "works" if answer["works"] else f"does not work: {answer['why']}"
    say_or_json(answer, f"{target} {said}", json_=json_)
    if not answer["works"]:
        raise typer.Exit(1)


@group.command()
def resend(
    notice: Annotated[str, typer.Argument(help="The id of what was given up or is in doubt, or how it begins.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Send a message anew that did not arrive, under the same id."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        failed = product.get("/notices", state=["GAVE_UP", "IN_DOUBT"], limit=500)["notices"]
        found = [one["id"] for one in failed if one["id"].startswith(notice)] or [notice]
        if len(found) > 1:
            raise BadInput(f"{len(found)} messages begin with {notice}: write more of the id")
        answer = product.post(f"/notices/{found[0]}/resend", {})
    say_or_json(answer, answer["note"], json_=json_)
