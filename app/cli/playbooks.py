"""Plans of several steps in the terminal: which playbooks there are, how far an incident's plan is, and a person's word
on a step or on the whole of it.
"""

from typing import Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say, say_or_json, say_table

group = typer.Typer(help="What is done in several steps, and how far it is.", no_args_is_help=True)
IncidentName = Annotated[str, typer.Argument(help="The incident's id, such as INC-12345678.")]
STEP_HEADS = ("STEP", "STATE", "BY", "WHAT", "HOW IT STANDS")


@group.command("list")
def list_(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """List the playbooks of a tenant's domain, and what became of the plans made of them."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get("/playbooks")
    if json_:
        as_json(found)
        return
    rows = [
        (
            one["playbook"]["id"],
            len(one["playbook"]["steps"]),
            *(one["figures"][name] for name in ("assigned", "open", "completed", "stopped")),
            one["playbook"]["title"],
        )
        for one in found
    ]
    heads = ("PLAYBOOK", "STEPS", "PLANS", "OPEN", "COMPLETED", "STOPPED", "WHAT")
    say_table(heads, rows, empty="There is no playbook of this tenant's domain.")


@group.command()
def show(incident: IncidentName, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Show the plan of an incident, step by step: how far each is, and who must do it."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get(f"/playbooks/incidents/{incident}")
    if json_:
        as_json(found)
        return
    if found is None:
        say(f"{incident} has no plan: no playbook fits what is known of it.")
        return
    say(f"{found['run']['plan']['title']}: {found['standing']['sentence']}")
    rows = [
        (one["step"]["id"], one["record"]["state"], one["doer"], one["step"]["title"], one["now"])
        for one in found["steps"]
    ]
    say_table(STEP_HEADS, rows, empty="")
    for one in found["steps"]:
        if one["step"]["id"] in found["standing"]["for_people"]:
            say(f"{one['step']['id']}: {one['step']['says']}")
    for line in found["to_take_back"]:
        say(f"To be taken back: {line}")


@group.command()
def complete(
    incident: IncidentName,
    step: Annotated[str, typer.Argument(help="The id of the step, as `show` lists it.")],
    note: Annotated[str, typer.Option(help="What came of it; needed with --cannot.")] = "",
    cannot: Annotated[bool, typer.Option("--cannot", help="It cannot be done: the plan stops.")] = False,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Say that a step of yours is done, or cannot be."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        path = f"/playbooks/incidents/{incident}/steps/{step}/complete"
        answer = product.post(path, {"done": not cannot, "note": note})
    say_or_json(answer, f"{step}: {'given up' if cannot else 'done'}. {answer['standing']['sentence']}", json_=json_)


@group.command()
def stop(
    incident: IncidentName,
    reason: Annotated[str, typer.Option(help="Why it goes no further.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Stop the plan of an incident; what was done of it stands, and is listed with its way back."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        answer = product.post(f"/playbooks/incidents/{incident}/stop", {"reason": reason})
    stands = [f"To be taken back: {line}" for line in answer["to_take_back"]] or ["Nothing of it was done."]
    say_or_json(answer, "\n".join([answer["standing"]["sentence"], *stands]), json_=json_)


@group.command()
def recalculate(
    incident: IncidentName,
    reason: Annotated[str, typer.Option(help="Why it is made anew.")] = "",
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Have the plan of an incident made anew, while nothing of it was done."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        answer = product.post(f"/playbooks/incidents/{incident}/recalculate", {"reason": reason})
    say_or_json(answer, f"{incident} is reasoned about anew, and with it its plan.", json_=json_)
