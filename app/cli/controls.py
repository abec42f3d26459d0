"""The kill switch and the desk in the terminal: stop sending, and see to what is in doubt or was set aside."""

from typing import Annotated, Any

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say, say_or_json, say_table
from app.domain.errors import BadInput

group = typer.Typer(
    help="Stop sending, or go on; what is approved meanwhile stays approved and is held.", no_args_is_help=True
)
ActionId = Annotated[str, typer.Argument(help="The action's id, such as ACT-12345678.")]
SetAsideId = Annotated[
    str, typer.Argument(help="The id of an incident, such as INC-12345678, or of a signal, such as SIG-12345678.")
]
SIGNAL_PREFIX = "SIG-"
Everywhere = Annotated[bool, typer.Option("--everywhere", help="For every tenant instead of one.")]


def register(cli: typer.Typer) -> None:
    """Add the commands of this file that stand alone."""
    for command in (desk, settle, reconcile, retry, close):
        cli.command()(command)


# --- the kill switch
# -----------------------------------------------------------------------------------------------------


@group.command()
def on(
    reason: Annotated[str, typer.Option(help="Why; whoever finds everything held must know.")],
    everywhere: Everywhere = False,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Send nothing any more, from this moment on: in one tenant (`default` when none is named), or everywhere."""
    _send_switch({"on": True, "reason": reason, "everywhere": everywhere}, tenant, api_port, json_)


@group.command()
def off(
    reason: Annotated[str, typer.Option(help="Why it is safe again.")] = "",
    everywhere: Everywhere = False,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Send again; what was held goes out now, if it is neither too old nor overtaken."""
    _send_switch({"on": False, "reason": reason, "everywhere": everywhere}, tenant, api_port, json_)


@group.command()
def status(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Say whether anything is sent, and if not, who stopped it and why."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        switch = product.get("/kill-switch")
    say_or_json(switch, switch_sentence_of(tenant, switch), json_=json_)


def _send_switch(wanted: dict[str, Any], tenant: str, api_port: int | None, json_: bool) -> None:
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        switch = product.post("/kill-switch", wanted)
    say_or_json(switch, switch_sentence_of(tenant, switch), json_=json_)
    if wanted["on"]:
        if not json_ and not switch["everywhere"]:
            say(f"Only tenant {tenant} is stopped; --tenant names another one, --everywhere stops all.")
    elif switch["on"]:
        typer.echo(still_on(tenant, switch), err=True)
        raise typer.Exit(1)


def switch_sentence_of(tenant: str, switch: dict[str, Any]) -> str:
    """How the switch stands, in a sentence."""
    if not switch["on"]:
        return f"The kill switch of {tenant} is off: approved actions are sent."
    where = "anywhere" if switch["everywhere"] else f"in tenant {tenant}"
    who = (
        f" Turned on by {switch['by']} at {str(switch['at'])[:19].replace('T', ' ')} UTC: {switch['reason']}"
        if switch["by"]
        else ""
    )
    return f"The kill switch is on: nothing is sent {where}.{who}"


def still_on(tenant: str, switch: dict[str, Any]) -> str:
    """What else must be turned off before anything is sent again."""
    if switch["everywhere"]:
        return "The switch for every tenant is still on: python -m app kill-switch off --everywhere"
    return f"The switch of tenant {tenant} itself is still on: python -m app kill-switch off --tenant {tenant}"


# --- the desk
# ------------------------------------------------------------------------------------------------------------


def desk(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """List what waits for a person besides questions: what is in doubt, held, set aside, or handed over."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get("/desk")
    if json_:
        as_json(found)
        return
    say(switch_sentence_of(tenant, found["kill_switch"]))
    say(f"{found['questions']} question(s) wait for a decision; see actions/pending.")
    say()
    say("In doubt: settle ACTION --happened or --did-not-happen, or reconcile ACTION to ask the tool")
    say_table(
        ["action", "what", "tool", "attempts", "last error"], map(_doubt_row, found["in_doubt"]), empty="  nothing"
    )
    say()
    say("Set aside: retry INCIDENT")
    say_table(["incident", "what", "was", "failures", "reason"], map(_aside_row, found["set_aside"]), empty="  nothing")
    say()
    say("Signals set aside: retry SIGNAL once the cause is mended")
    say_table(["signal", "type", "occurred", "reason"], map(_signal_row, found["signals_set_aside"]), empty="  nothing")
    say()
    say(
        "Handed over to people: close INCIDENT, or acknowledge and assign in the console, or with POST"
        " /incidents/INCIDENT/acknowledge"
    )
    say_table(["incident", "what", "cause", "why", "since"], map(_handed_row, found["handed_over"]), empty="  nothing")
    if found["held"]:
        say()
        say("Held by the kill switch")
        say_table(
            ["action", "what", "approved by"],
            ([row["id"], row["decision"]["title"], row["decided_by"]] for row in found["held"]),
            empty="",
        )


def _doubt_row(doubt: dict[str, Any]) -> list[Any]:
    row = doubt["action"]
    return [
        row["id"],
        row["decision"]["title"],
        f"{doubt['tool']} ({doubt['repeat']})",
        doubt["attempts"],
        doubt["error"],
    ]


def _aside_row(aside: dict[str, Any]) -> list[Any]:
    incident = aside["incident"]
    return [incident["id"], incident["title"], aside["was"], aside["failures"], aside["reason"]]


def _signal_row(aside: dict[str, Any]) -> list[Any]:
    one = aside["signal"]
    return [one["id"], one["signal_type"], one["occurred_at"], aside["reason"]]


def _handed_row(handed: dict[str, Any]) -> list[Any]:
    incident = handed["incident"]
    return [
        incident["id"],
        incident["title"],
        handed["cause"],
        handed["why"],
        str(handed["since"])[:16].replace("T", " "),
    ]


def settle(
    action: ActionId,
    happened: Annotated[bool, typer.Option("--happened/--did-not-happen", help="Whether it was done.")],
    reason: Annotated[str, typer.Option(help="Where you looked, and what you saw.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Say what became of an action that is in doubt; nothing is sent."""
    from app.cli.client import open_line

    if not reason.strip():
        raise BadInput("--reason is empty: say where you looked, and what you saw")
    with open_line(tenant, api_port) as product:
        settled = product.post(f"/actions/{action}/settle", {"happened": happened, "feedback": reason})
    say_or_json(settled, f"{settled['id']} is {settled['status']}: {settled['decision']['title']}", json_=json_)


def reconcile(action: ActionId, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Ask the tool what became of an action that is in doubt; exit 1 when it cannot tell."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        answer = product.post(f"/actions/{action}/reconcile")
    say_or_json(answer, f"{answer['action']['id']} is {answer['action']['status']}. {answer['why']}", json_=json_)
    if not answer["settled"]:
        raise typer.Exit(1)


def retry(incident: SetAsideId, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Let an incident go on that was set aside, or have a signal that was set aside looked at again."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        if incident.startswith(SIGNAL_PREFIX):
            back = product.post("/signals/aside/retry", {"signal_ids": [incident]})
            if product.inside:
                product.post("/observe")
            say_or_json(
                back,
                f"{incident} is looked at again; python -m app desk says whether it was set aside again.",
                json_=json_,
            )
            return
        found = product.post(f"/incidents/{incident}/retry")
        if product.inside:
            product.run_cycle()
            found = product.get(f"/incidents/{incident}")["incident"]
    say_or_json(found, f"{found['id']} is {found['status']}: {found['title']}", json_=json_)


def close(
    incident: Annotated[str, typer.Argument(help="The incident's id, such as INC-12345678.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept on the incident and on what was asked about it.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Close an incident, whatever it is at: nothing new is sent, and what is being done to it is finished first."""
    from app.cli.client import open_line

    if not reason.strip():
        raise BadInput("--reason is empty: say why it is to be closed")
    with open_line(tenant, api_port) as product:
        found = product.post(f"/incidents/{incident}/close", {"value": reason})
        if product.inside:
            product.run_cycle()
            found = product.get(f"/incidents/{incident}")["incident"]
    waits = "" if found["status"] == "CLOSED" else "; it ends once what is being done to it is finished"
    say_or_json(found, f"{found['id']} is {found['status']}: {found['title']}{waits}", json_=json_)
