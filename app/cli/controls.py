"""The kill switch and the desk in the terminal: stop sending, and see to what is in doubt or was set aside."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import Cells, as_json, say, say_or_json, say_table
from app.domain.errors import BadInput
from app.domain.tenants import KillSwitch

if TYPE_CHECKING:
    from app.domain.signals import SignalAside
    from app.schemas.actions import Doubt, SetAside
    from app.schemas.base import HandedOver

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
    _send_switch(True, reason, everywhere, tenant, api_port, json_)


@group.command()
def off(
    reason: Annotated[str, typer.Option(help="Why it is safe again.")] = "",
    everywhere: Everywhere = False,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Send again; what was held goes out now, if it is neither too old nor overtaken."""
    _send_switch(False, reason, everywhere, tenant, api_port, json_)


@group.command()
def status(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Say whether anything is sent, and if not, who stopped it and why."""
    from app.cli.client import open_line, read_as

    with open_line(tenant, api_port) as product:
        answer = product.get("/kill-switch")
    say_or_json(answer, switch_sentence_of(tenant, read_as(KillSwitch, answer)), json_=json_)


def _send_switch(on: bool, reason: str, everywhere: bool, tenant: str, api_port: int | None, json_: bool) -> None:
    from app.cli.client import open_line, read_as

    with open_line(tenant, api_port) as product:
        answer = product.post("/kill-switch", {"on": on, "reason": reason, "everywhere": everywhere})
    switch = read_as(KillSwitch, answer)
    say_or_json(answer, switch_sentence_of(tenant, switch), json_=json_)
    if on:
        if not json_ and not switch.everywhere:
            say(f"Only tenant {tenant} is stopped; --tenant names another one, --everywhere stops all.")
    elif switch.on:
        typer.echo(still_on(tenant, switch), err=True)
        raise typer.Exit(1)


def switch_sentence_of(tenant: str, switch: KillSwitch) -> str:
    """How the switch stands, in a sentence."""
    if not switch.on:
        return f"The kill switch of {tenant} is off: approved actions are sent."
    where = "anywhere" if switch.everywhere else f"in tenant {tenant}"
    at = f"{switch.at:%Y-%m-%d %H:%M:%S} UTC" if switch.at else "an unknown time"
    who = f" Turned on by {switch.by} at {at}: {switch.reason}" if switch.by else ""
    return f"The kill switch is on: nothing is sent {where}.{who}"


def still_on(tenant: str, switch: KillSwitch) -> str:
    """What else must be turned off before anything is sent again."""
    if switch.everywhere:
        return "The switch for every tenant is still on: python -m app kill-switch off --everywhere"
    return f"The switch of tenant {tenant} itself is still on: python -m app kill-switch off --tenant {tenant}"


# --- the desk
# ------------------------------------------------------------------------------------------------------------


def desk(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """List what waits for a person besides questions: what is in doubt, held, set aside, or handed over."""
    from app.cli.client import open_line, read_as
    from app.schemas.actions import Desk

    with open_line(tenant, api_port) as product:
        answer = product.get("/desk")
    if json_:
        as_json(answer)
        return
    found = read_as(Desk, answer)
    say(switch_sentence_of(tenant, found.kill_switch))
    say(f"{found.questions} question(s) wait for a decision; see actions/pending.")
    for row in found.snoozed:
        until = f"put off until {row.snoozed.until:%Y-%m-%d %H:%M}" if row.snoozed else "held back, see quiet list"
        say(f"  {until}: {row.id} {row.decision.title}")
    say()
    say("In doubt: settle ACTION --happened or --did-not-happen, or reconcile ACTION to ask the tool")
    say_table(["action", "what", "tool", "attempts", "last error"], map(_doubt_row, found.in_doubt), empty="  nothing")
    say()
    say("Set aside: retry INCIDENT")
    say_table(["incident", "what", "was", "failures", "reason"], map(_aside_row, found.set_aside), empty="  nothing")
    say()
    say("Signals set aside: retry SIGNAL once the cause is mended")
    say_table(["signal", "type", "occurred", "reason"], map(_signal_row, found.signals_set_aside), empty="  nothing")
    say()
    say("Handed over to people: acknowledge INCIDENT, assign INCIDENT WHO, or close INCIDENT --reason WHY")
    say_table(["incident", "what", "cause", "why", "since"], map(_handed_row, found.handed_over), empty="  nothing")
    if found.undo_gave_up:
        say()
        say("Not taken back, however often it was tried: undo ACTION --reason WHY once more, or by hand")
        say_table(
            ["undo", "what", "tries", "last error"],
            (
                [row.id, row.decision.title, row.tries, row.result.error if row.result else ""]
                for row in found.undo_gave_up
            ),
            empty="",
        )
    if found.held:
        say()
        say("Held by the kill switch")
        say_table(
            ["action", "what", "approved by"],
            ([row.id, row.decision.title, row.decided_by] for row in found.held),
            empty="",
        )


def _doubt_row(doubt: "Doubt") -> Cells:
    row = doubt.action
    return [row.id, row.decision.title, f"{doubt.tool} ({doubt.repeat})", doubt.attempts, doubt.error]


def _aside_row(aside: "SetAside") -> Cells:
    return [aside.incident.id, aside.incident.title, aside.was, aside.failures, aside.reason]


def _signal_row(aside: "SignalAside") -> Cells:
    one = aside.signal
    return [one.id, one.signal_type.value, one.plain()["occurred_at"], aside.reason]


def _handed_row(handed: "HandedOver") -> Cells:
    incident = handed.incident
    return [incident.id, incident.title, handed.cause, handed.why, f"{handed.since:%Y-%m-%d %H:%M}"]


def settle(
    action: ActionId,
    happened: Annotated[bool, typer.Option("--happened/--did-not-happen", help="Whether it was done.")],
    reason: Annotated[str, typer.Option(help="Where you looked, and what you saw.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Say what became of an action that is in doubt; nothing is sent."""
    from app.cli.client import open_line, read_as
    from app.domain.actions import Action

    if not reason.strip():
        raise BadInput("--reason is empty: say where you looked, and what you saw")
    with open_line(tenant, api_port) as product:
        answer = product.post(f"/actions/{action}/settle", {"happened": happened, "feedback": reason})
    settled = read_as(Action, answer)
    say_or_json(answer, f"{settled.id} is {settled.status.value}: {settled.decision.title}", json_=json_)


def reconcile(action: ActionId, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Ask the tool what became of an action that is in doubt; exit 1 when it cannot tell."""
    from app.cli.client import open_line, read_as
    from app.schemas.actions import ReconcileAnswer

    with open_line(tenant, api_port) as product:
        answer = product.post(f"/actions/{action}/reconcile")
    found = read_as(ReconcileAnswer, answer)
    say_or_json(answer, f"{found.action.id} is {found.action.status.value}. {found.why}", json_=json_)
    if not found.settled:
        raise typer.Exit(1)


def retry(incident: SetAsideId, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Let an incident go on that was set aside, or have a signal that was set aside looked at again."""
    from app.cli.client import open_line, read_as
    from app.domain.incidents import Incident

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
        answer = product.post(f"/incidents/{incident}/retry")
        if product.inside:
            product.run_cycle()
            answer = product.get(f"/incidents/{incident}")["incident"]
    found = read_as(Incident, answer)
    say_or_json(answer, f"{found.id} is {found.status.value}: {found.title}", json_=json_)


def close(
    incident: Annotated[str, typer.Argument(help="The incident's id, such as INC-12345678.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept on the incident and on what was asked about it.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Close an incident, whatever it is at: nothing new is sent, and what is being done to it is finished first."""
    from app.cli.client import open_line, read_as
    from app.domain.incidents import Incident, IncidentStatus

    if not reason.strip():
        raise BadInput("--reason is empty: say why it is to be closed")
    with open_line(tenant, api_port) as product:
        answer = product.post(f"/incidents/{incident}/close", {"value": reason})
        if product.inside:
            product.run_cycle()
            answer = product.get(f"/incidents/{incident}")["incident"]
    found = read_as(Incident, answer)
    waits = "" if found.status is IncidentStatus.CLOSED else "; it ends once what is being done to it is finished"
    say_or_json(answer, f"{found.id} is {found.status.value}: {found.title}{waits}", json_=json_)
